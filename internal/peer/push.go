package peer

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/notify"
)

// Push carries notices over Web Push (RFC 8030): encrypted to the browser (RFC 8291), signed by this node (RFC 8292),
// so that the push service learns nothing but that there is a message.
type Push struct {
	Key     *ecdsa.PrivateKey // P-256, of VAPID; browsers subscribe to its public half
	Contact string            // "mailto:…" or "https://…" of the office, for the push service
	Inside  bool              // may reach this machine and its network: tests and demonstrations only

	// Services are the hosts of push services, "host" or "host:port", to which messages go; one with a dot before it stands for
	// every host below it. Nil: those of the browsers that people have.
	Services []string
	Rand     io.Reader
	Now      func() time.Time

	Client *http.Client // nil: one that follows no redirect and reaches no address inside
}

var (
	_ notify.Sender  = (*Push)(nil)
	_ notify.Checker = (*Push)(nil)
)

// pushServices are the push services of Chrome and what is built like it, Firefox, Safari and Edge.
func pushServices() []string {
	return []string{"fcm.googleapis.com", ".push.services.mozilla.com", ".push.apple.com", ".notify.windows.com"}
}

const (
	pushLife   = 12 * time.Hour // of a token and of a message that nobody fetches
	pushRecord = 4096           // RFC 8291, section 4: one record
	maxPush    = pushRecord - 86 - 17
)

// subscription is what a browser gives (Push API): the address of a message is its canonical JSON.
type subscription struct {
	Endpoint string `json:"endpoint"`
	Keys     struct {
		Auth   string `json:"auth"`
		P256DH string `json:"p256dh"`
	} `json:"keys"`
}

// target is a subscription, read.
type target struct {
	endpoint *url.URL
	public   *ecdh.PublicKey
	auth     []byte
}

// parseSubscription reads the address of a message.
//
// It fails with [fault.Invalid] "notify.address" for anything but a subscription over https.
func parseSubscription(s string) (target, error) {
	bad := func(err error) error { return fault.Wrap(fault.Invalid, "notify.address", err) }
	if len(s) > 2048 {
		return target{}, bad(nil)
	}
	var sub subscription
	dec := json.NewDecoder(strings.NewReader(s))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&sub); err != nil {
		return target{}, bad(err)
	}
	u, err := url.Parse(sub.Endpoint)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return target{}, bad(err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(sub.Keys.P256DH, "="))
	if err != nil {
		return target{}, bad(err)
	}
	public, err := ecdh.P256().NewPublicKey(raw)
	if err != nil {
		return target{}, bad(err)
	}
	auth, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(sub.Keys.Auth, "="))
	if err != nil || len(auth) != 16 {
		return target{}, bad(err)
	}
	return target{u, public, auth}, nil
}

// Check reads a subscription.
//
// It fails with [fault.Invalid] "notify.address" for anything but a subscription over https to a known push service.
func (p *Push) Check(address string) error {
	_, err := p.target(address)
	return err
}

// target reads a subscription to a known push service.
func (p *Push) target(address string) (target, error) {
	to, err := parseSubscription(address)
	if err == nil && !p.serves(to.endpoint) {
		err = fault.New(fault.Invalid, "notify.address")
	}
	return to, err
}

// serves reports whether an endpoint is one of a known push service.
func (p *Push) serves(endpoint *url.URL) bool {
	host, known := strings.TrimSuffix(strings.ToLower(endpoint.Host), ":443"), p.Services
	if known == nil {
		known = pushServices()
	}
	return slices.ContainsFunc(known, func(s string) bool {
		if strings.HasPrefix(s, ".") {
			return len(host) > len(s) && strings.HasSuffix(host, s)
		}
		return host == s
	})
}

// pushed is what the browser decrypts.
type pushed struct {
	Title string `json:"title"`
	Body  string `json:"body"`
}

// Send carries one message.
//
// It fails with [fault.Unavailable] if it may be tried again, with [fault.NotFound] "notify.address" if the subscription is
// over, and with [fault.Invalid] "notify.address" if it is none or the push service refuses it.
func (p *Push) Send(ctx context.Context, n notify.Message) error {
	to, err := p.target(n.To)
	if err != nil {
		return err
	}
	plain, err := json.Marshal(pushed{n.Subject, n.Body})
	if err != nil {
		return fault.Wrap(fault.Internal, "peer.message", err)
	}
	ephemeral, err := ecdh.P256().GenerateKey(p.Rand)
	if err != nil {
		return fault.Wrap(fault.Internal, "peer.random", err)
	}
	salt := make([]byte, 16)
	if _, err := io.ReadFull(p.Rand, salt); err != nil {
		return fault.Wrap(fault.Internal, "peer.random", err)
	}
	body, err := sealPush(to, ephemeral, salt, plain)
	if err != nil {
		return err
	}
	token, err := p.token(to.endpoint)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.endpoint.String(), bytes.NewReader(body))
	if err != nil {
		return fault.Wrap(fault.Invalid, "notify.address", err)
	}
	r.Header.Set("Authorization", token)
	r.Header.Set("Content-Encoding", "aes128gcm")
	r.Header.Set("Content-Type", "application/octet-stream")
	r.Header.Set("TTL", strconv.Itoa(int(pushLife/time.Second)))
	r.Header.Set("Urgency", map[bool]string{true: "high", false: "normal"}[n.Urgent])
	client := p.Client
	if client == nil {
		client = outward(p.Inside, 20*time.Second)
		defer client.CloseIdleConnections()
	}
	code, err := post(ctx, client, r)
	if err != nil {
		return err
	}
	if code == http.StatusNotFound || code == http.StatusGone { // RFC 8030, section 7.3
		return fault.New(fault.NotFound, "notify.address")
	}
	return taken(code)
}

// sealPush encrypts a message to a browser (RFC 8291, section 3.4; RFC 8188 with one record).
func sealPush(to target, ephemeral *ecdh.PrivateKey, salt, plain []byte) ([]byte, error) {
	if len(plain) > maxPush {
		return nil, fault.New(fault.TooLarge, "peer.message")
	}
	shared, err := ephemeral.ECDH(to.public)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "notify.address", err)
	}
	defer clear(shared)
	theirs, ours := to.public.Bytes(), ephemeral.PublicKey().Bytes()
	info := "WebPush: info\x00" + string(theirs) + string(ours)
	ikm, err := hkdf.Key(sha256.New, shared, to.auth, info, 32)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "peer.push", err)
	}
	defer clear(ikm)
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "peer.push", err)
	}
	defer clear(key)
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "peer.push", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "peer.push", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "peer.push", err)
	}
	out := binary.BigEndian.AppendUint32(append([]byte{}, salt...), pushRecord)
	out = append(append(out, byte(len(ours))), ours...)
	return gcm.Seal(out, nonce, append(append([]byte{}, plain...), 2), nil), nil // 2 marks the last record
}

// token signs who sends, for one push service (RFC 8292).
func (p *Push) token(endpoint *url.URL) (string, error) {
	now := time.Now
	if p.Now != nil {
		now = p.Now
	}
	claims, err := json.Marshal(map[string]any{
		"aud": endpoint.Scheme + "://" + endpoint.Host, "exp": now().Add(pushLife).Unix(), "sub": p.Contact,
	})
	if err != nil {
		return "", fault.Wrap(fault.Internal, "peer.push", err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	signed := b64([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + b64(claims)
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(p.Rand, p.Key, sum[:])
	if err != nil {
		return "", fault.Wrap(fault.Internal, "peer.push", err)
	}
	raw := make([]byte, 64)
	r.FillBytes(raw[:32])
	s.FillBytes(raw[32:])
	public, err := p.Public()
	if err != nil {
		return "", err
	}
	return "vapid t=" + signed + "." + b64(raw) + ", k=" + public, nil
}
