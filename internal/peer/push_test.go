package peer_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/peer"
)

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// browser is a subscriber who can decrypt, written from RFC 8291 apart from the code it tests.
type browser struct {
	private *ecdh.PrivateKey
	auth    []byte
}

func newBrowser(t *testing.T) browser {
	t.Helper()
	k, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b := browser{k, make([]byte, 16)}
	_, _ = rand.Read(b.auth)
	return b
}

func (b browser) subscription(endpoint string) string {
	s, _ := json.Marshal(map[string]any{"endpoint": endpoint, "keys": map[string]string{"auth": b64(b.auth), "p256dh": b64(b.private.PublicKey().Bytes())}})
	return string(s)
}

func (b browser) open(t *testing.T, body []byte) string {
	t.Helper()
	salt, sender := body[:16], body[21:21+int(body[20])]
	public, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := b.private.ECDH(public)
	if err != nil {
		t.Fatal(err)
	}
	key := func(secret, salt []byte, info string, n int) []byte {
		out, err := hkdf.Key(sha256.New, secret, salt, info, n)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	ikm := key(shared, b.auth, "WebPush: info\x00"+string(b.private.PublicKey().Bytes())+string(sender), 32)
	block, err := aes.NewCipher(key(ikm, salt, "Content-Encoding: aes128gcm\x00", 16))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := gcm.Open(nil, key(ikm, salt, "Content-Encoding: nonce\x00", 12), body[21+len(sender):], nil)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(plain), "\x02")
}

func TestPushToABrowser(t *testing.T) {
	b := newBrowser(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	answer, said := http.StatusCreated, ""
	var body []byte
	var header http.Header
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		header = r.Header
		w.WriteHeader(answer)
	}))
	defer s.Close()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	p := &peer.Push{Key: key, Contact: "mailto:office@example.org", Rand: rand.Reader, Now: func() time.Time { return now }, Client: s.Client(), Services: []string{strings.TrimPrefix(s.URL, "https://")}}
	message := notify.Message{To: b.subscription(s.URL + "/push/1"), Subject: "mk-7k2p", Body: "има нешто", Urgent: true}
	if err := p.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	said = b.open(t, body)
	if said != `{"title":"mk-7k2p","body":"има нешто"}` {
		t.Errorf("the browser reads %q", said)
	}
	if header.Get("Content-Encoding") != "aes128gcm" || header.Get("Urgency") != "high" || header.Get("TTL") != "43200" {
		t.Errorf("header: %v", header)
	}
	checkToken(t, header.Get("Authorization"), &key.PublicKey, s.URL, now)
	if err := p.Send(t.Context(), notify.Message{To: b.subscription(s.URL), Body: strings.Repeat("x", 5000)}); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too long: %v", err)
	}
	for code, want := range map[int]fault.Kind{
		http.StatusNotFound: fault.NotFound, http.StatusGone: fault.NotFound, http.StatusForbidden: fault.Invalid,
		http.StatusTooManyRequests: fault.Unavailable, http.StatusBadGateway: fault.Unavailable, http.StatusFound: fault.Invalid,
	} {
		answer = code
		if err := p.Send(t.Context(), message); !fault.Is(err, want) {
			t.Errorf("status %d: %v, want %v", code, err, want)
		}
	}
}

// checkToken verifies a VAPID token (RFC 8292) apart from the code it tests.
func checkToken(t *testing.T, got string, key *ecdsa.PublicKey, origin string, now time.Time) {
	t.Helper()
	token, public, ok := strings.Cut(strings.TrimPrefix(got, "vapid t="), ", k=")
	parts := strings.Split(token, ".")
	if !ok || len(parts) != 3 {
		t.Fatalf("token %q", got)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	sig, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(sig) != 64 || !ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
		t.Errorf("the signature does not verify: %v", err)
	}
	k, err := key.ECDH()
	if err != nil || public != b64(k.Bytes()) {
		t.Errorf("another key: %q", public)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(raw, &claims); err != nil || claims.Aud != origin || claims.Exp <= now.Unix() || claims.Exp > now.Add(24*time.Hour).Unix() {
		t.Errorf("claims %s, %v", raw, err)
	}
}

// TestPushReachesNothingInside: a subscription is an address that somebody chose, and must not lead into the network of
// the node.
func TestPushReachesNothingInside(t *testing.T) {
	hit := false
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hit = true }))
	defer s.Close()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t)
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	p := &peer.Push{Key: key, Contact: "mailto:office@example.org", Rand: rand.Reader, Services: []string{
		"127.0.0.1" + port, "localhost" + port, "[::ffff:127.0.0.1]" + port, "[::ffff:7f00:1]" + port, "push.example", // allowed by name: what is dialled is looked at
	}}
	for _, endpoint := range []string{s.URL, "https://localhost" + port, "https://[::ffff:127.0.0.1]" + port, "http://push.example/", "https://user@push.example/", "file:///etc/passwd"} {
		if err := p.Send(t.Context(), notify.Message{To: b.subscription(endpoint), Subject: "s", Body: "b"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
	if hit {
		t.Error("something inside was reached")
	}
}

// TestPushGoesToKnownServicesOnly: what a browser gives is an address that somebody chose, and only hosts of push services are
// written to.
func TestPushGoesToKnownServicesOnly(t *testing.T) {
	key, err := peer.NewPushKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k, err := peer.ParsePushKey(key)
	if err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t)
	usual, own := &peer.Push{Key: k}, &peer.Push{Key: k, Services: []string{"push.example.org:8443", ".many.example.org"}}
	for _, c := range []struct {
		by       *peer.Push
		endpoint string
		want     bool
	}{
		{usual, "https://fcm.googleapis.com/fcm/send/x", true},
		{usual, "https://FCM.googleapis.com:443/fcm/send/x", true},
		{usual, "https://updates.push.services.mozilla.com/wpush/v2/x", true},
		{usual, "https://web.push.apple.com/x", true},
		{usual, "https://wns2-par02p.notify.windows.com/w/?token=x", true},
		{usual, "https://fcm.googleapis.com:8443/x", false},
		{usual, "https://fcm.googleapis.com.example.org/x", false},
		{usual, "https://afcm.googleapis.com/x", false},
		{usual, "https://.push.apple.com/x", false},
		{usual, "https://push.apple.com/x", false},
		{usual, "https://evilpush.apple.com.example.org/x", false},
		{usual, "https://192.0.2.1/x", false},
		{usual, "http://fcm.googleapis.com/x", false},
		{own, "https://push.example.org:8443/x", true},
		{own, "https://a.many.example.org/x", true},
		{own, "https://push.example.org/x", false},
		{own, "https://fcm.googleapis.com/x", false},
	} {
		err := c.by.Check(b.subscription(c.endpoint))
		if c.want != (err == nil) || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", c.endpoint, err)
		}
		if c.want {
			continue
		}
		if err := c.by.Send(t.Context(), notify.Message{To: b.subscription(c.endpoint)}); !fault.Is(err, fault.Invalid) {
			t.Errorf("sent to %s: %v", c.endpoint, err)
		}
	}
}

func TestSMS(t *testing.T) {
	key := []byte("a key shared with the gateway 32b!")
	var body []byte
	var signature string
	answer := http.StatusOK
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		signature = r.Header.Get("Opentrm-Signature")
		w.WriteHeader(answer)
	}))
	defer s.Close()
	sender, err := peer.NewSMS(s.URL+"/hook", key)
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), notify.Message{To: "+38970123456", Subject: "not sent", Body: "mk-7k2p чека", Urgent: true}); err != nil {
		t.Fatal(err)
	}
	if string(body) != `{"to":"+38970123456","text":"mk-7k2p чека","urgent":true}` {
		t.Errorf("body %s", body)
	}
	fields := strings.Split(signature, ",")
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(strings.TrimPrefix(fields[0], "t=") + "." + strings.TrimPrefix(fields[1], "id=") + "." + string(body)))
	if want := "v1=" + hex.EncodeToString(mac.Sum(nil)); fields[2] != want {
		t.Errorf("signature %s, want %s", signature, want)
	}
	for _, c := range []struct {
		to   string
		code int
		want fault.Kind
	}{
		{"070 123 456", 200, fault.Invalid},
		{"+0123456", 200, fault.Invalid},
		{"+38970123456", 503, fault.Unavailable},
		{"+38970123456", 400, fault.Invalid},
		{"+38970123456", 302, fault.Invalid},
	} {
		answer = c.code
		if err := sender.Send(t.Context(), notify.Message{To: c.to, Body: "b"}); !fault.Is(err, c.want) {
			t.Errorf("%s, %d: %v, want %v", c.to, c.code, err, c.want)
		}
	}
	for hook, k := range map[string][]byte{"http://sms.example/": key, "https://sms.example/": key[:31], "ftp://127.0.0.1/": key, "": key} {
		if _, err := peer.NewSMS(hook, k); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q with %d bytes: %v", hook, len(k), err)
		}
	}
}
