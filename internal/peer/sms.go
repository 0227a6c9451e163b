package peer

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/notify"
)

// SMS hands notices to the HTTP hook of a gateway: POST, JSON, signed.
//
// The header Opentrm-Signature is "t=<seconds since 1970>,id=<identifier>,v1=<hex>", where v1 is HMAC-SHA256 of
// "<t>.<id>.<body>". The gateway refuses what is older than a few minutes and an identifier that it has seen.
type SMS struct {
	Hook    string // https address of the gateway; http only on loopback
	Key     []byte // shared with the gateway, at least 32 bytes
	Timeout time.Duration
	Now     func() time.Time

	client *http.Client
}

var (
	_ notify.Sender  = (*SMS)(nil)
	_ notify.Checker = (*SMS)(nil)
)

// Check reads a number.
//
// It fails with [fault.Invalid] "notify.address" for anything but one in the form of E.164: "+38970123456".
func (s *SMS) Check(address string) error {
	if !number(address) {
		return fault.New(fault.Invalid, "notify.address")
	}
	return nil
}

type sms struct {
	To     string `json:"to"`
	Text   string `json:"text"`
	Urgent bool   `json:"urgent"`
}

// NewSMS returns a sender for a hook.
//
// It fails with [fault.Invalid] "peer.sms.config" if the address is not https or the key is shorter than 32 bytes.
func NewSMS(hook string, key []byte) (*SMS, error) {
	u, err := url.Parse(hook)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) || len(key) < 32 {
		return nil, fault.Wrap(fault.Invalid, "peer.sms.config", err)
	}
	return &SMS{Hook: hook, Key: key, client: outward(true, 20*time.Second)}, nil
}

// Send carries one message.
//
// It fails with [fault.Unavailable] if it may be tried again, and with [fault.Invalid] "notify.address" if the
// number will never work.
func (s *SMS) Send(ctx context.Context, n notify.Message) error {
	if !number(n.To) {
		return fault.New(fault.Invalid, "notify.address")
	}
	body, err := json.Marshal(sms{To: n.To, Text: n.Body, Urgent: n.Urgent})
	if err != nil {
		return fault.Wrap(fault.Internal, "peer.message", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Hook, bytes.NewReader(body))
	if err != nil {
		return fault.Wrap(fault.Unavailable, "peer.sms.config", err)
	}
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Opentrm-Signature", s.signature(now(), string(id.Random[id.Notice](id.Maker{})), body))
	code, err := post(ctx, s.client, r)
	if err != nil {
		return err
	}
	return taken(code)
}

func (s *SMS) signature(at time.Time, message string, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, s.Key)
	mac.Write([]byte(t + "." + message + "."))
	mac.Write(body)
	return "t=" + t + ",id=" + message + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// number reports whether s is an E.164 number.
func number(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	return ok && len(digits) >= 4 && len(digits) <= 15 && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}
