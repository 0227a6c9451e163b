package peer

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/webhook"
)

// Webhook carries what has happened to systems of the member, as the Standard Webhooks convention says (spec/webhook.md): POST over https, signed with a
// shared secret and with a key whose public half anybody may have. It follows no redirect, and reaches no address of this machine, nor of a private
// network where the webhook may not lie in one.
type Webhook struct {
	Roots    *x509.CertPool // whose certificates are believed; nil: those of the system
	Loopback bool           // may reach this machine: tests and demonstrations only

	once            sync.Once
	outside, inside *http.Client
}

var _ webhook.Sender = (*Webhook)(nil)

// maxRetryAfter is what a receiver may ask to be left alone for; more is taken as this.
const maxRetryAfter = 7 * 24 * time.Hour

// mostAnswer is how long an answer may take where the caller gives no less.
const mostAnswer = 30 * time.Second

// Check reads an address.
//
// It fails with [fault.Invalid] "webhook.url" for anything but https with a host, and for a number of a host that nothing is sent to.
func (w *Webhook) Check(address string, inside bool) error {
	bad := fault.New(fault.Invalid, "webhook.url")
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" || strings.ContainsAny(address, " \r\n\t") {
		return bad
	}
	for i := range len(address) {
		if address[i] > '~' {
			return bad
		}
	}
	if at, err := netip.ParseAddr(u.Hostname()); err == nil && (at.Zone() != "" || !w.allows(inside)(at.Unmap())) {
		return bad
	}
	if host := strings.TrimSuffix(strings.ToLower(u.Hostname()), "."); !w.Loopback && (host == "localhost" || strings.HasSuffix(host, ".localhost")) {
		return bad
	}
	return nil
}

// allows returns which addresses a webhook may reach: never what only this machine or its own link has.
func (w *Webhook) allows(inside bool) func(netip.Addr) bool {
	return func(a netip.Addr) bool {
		return public(a) || inside && a.IsPrivate() || w.Loopback && a.IsLoopback()
	}
}

// Send carries one message.
//
// It fails with [fault.Unavailable] "webhook.unreachable" if nobody answered, and with [fault.Invalid] "webhook.url" if it may not be sent there.
func (w *Webhook) Send(ctx context.Context, m webhook.Message) (webhook.Answer, error) {
	if err := w.Check(m.URL, m.Inside); err != nil {
		return webhook.Answer{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return webhook.Answer{}, fault.Wrap(fault.Invalid, "webhook.url", err)
	}
	stamp := strconv.FormatInt(m.At.Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "OpenTRM")
	r.Header.Set("Webhook-Id", string(m.ID))
	r.Header.Set("Webhook-Timestamp", stamp)
	r.Header.Set("Webhook-Signature", signatures(string(m.ID), stamp, m.Body, m.Secrets, m.Seed))
	w.once.Do(func() {
		w.outside, w.inside = outwardTo(w.allows(false), mostAnswer, w.Roots), outwardTo(w.allows(true), mostAnswer, w.Roots)
	})
	client := w.outside
	if m.Inside {
		client = w.inside
	}
	a, err := client.Do(r)
	if errors.Is(err, errInside) {
		return webhook.Answer{}, fault.Wrap(fault.Invalid, "webhook.url", err)
	}
	if err != nil {
		return webhook.Answer{}, fault.Wrap(fault.Unavailable, "webhook.unreachable", err)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(a.Body, 4<<10)) // nobody reads it; the connection can be used again
	_ = a.Body.Close()
	return webhook.Answer{Status: a.StatusCode, After: retryAfter(a.Header.Get("Retry-After"))}, nil
}

// signatures writes the header webhook-signature: a signature with each secret, and one with the key (spec/webhook.md 3).
func signatures(message, stamp string, body []byte, secrets [][]byte, seed []byte) string {
	signed := []byte(message + "." + stamp + ".")
	signed = append(signed, body...)
	var all []string
	for _, s := range secrets {
		mac := hmac.New(sha256.New, s)
		mac.Write(signed)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	if len(seed) == ed25519.SeedSize {
		all = append(all, "v1a,"+base64.StdEncoding.EncodeToString(ed25519.Sign(ed25519.NewKeyFromSeed(seed), signed)))
	}
	return strings.Join(all, " ")
}

// retryAfter reads how many seconds a receiver asks to be left alone; 0 for anything else.
func retryAfter(s string) time.Duration {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, maxRetryAfter)
}
