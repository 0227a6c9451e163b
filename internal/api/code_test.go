package api_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/signin"
)

// A program that signs in as somebody gives the code of her second step, and does nothing for her before she has what her role demands.
func TestAProgramGivesTheCode(t *testing.T) {
	mk := nodetest.New(t, nodetest.At("MK")).Node("MK")
	const phrase = "ana likes 7 purple teapots"
	come := func(code string) (*asking, string) {
		q := &asking{t: t, h: mk.API.Handler()}
		w := q.do(http.MethodPost, "/sessions", map[string]string{"login": "ana", "passphrase": phrase, "code": code})
		if w.Code/100 != 2 {
			return nil, keyOf(w)
		}
		var in struct{ Token string }
		decode(t, w, &in)
		q.token = in.Token
		return q, ""
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(mk.Signin.Demand(t.Context(), mk.As("ada").Actor, []access.Role{mk.As("ana").Role}))
	q, _ := come("")
	if w := q.do(http.MethodGet, "/cases", nil); keyOf(w) != "signin.owes" {
		t.Errorf("with a passphrase alone: %d %s", w.Code, w.Body)
	}
	if w := q.do(http.MethodDelete, "/sessions/current", nil); w.Code/100 != 2 {
		t.Errorf("signing out: %d %s", w.Code, w.Body)
	}
	ana := mk.As("ana").Actor
	ticket, err := mk.Signin.Prove(t.Context(), ana, phrase, "192.0.2.1")
	must(err)
	secret := mk.Signin.ShareSecond(signin.User{Login: "ana"}).Secret
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	must(err)
	code := func() string {
		m := hmac.New(sha1.New, raw)
		m.Write(binary.BigEndian.AppendUint64(nil, uint64(mk.Net.Clock.Now().Unix()/30)))
		h := m.Sum(nil)
		return fmt.Sprintf("%06d", binary.BigEndian.Uint32(h[h[19]&15:])&0x7fffffff%1000000)
	}
	_, err = mk.Signin.AddSecond(t.Context(), ana, ticket, secret, code())
	must(err)
	mk.Net.Clock.Advance(time.Minute)
	if _, key := come(""); key != "signin.code" {
		t.Errorf("without a code: %q", key)
	}
	if _, key := come("000000"); key != "signin.code.wrong" {
		t.Errorf("with another code: %q", key)
	}
	q, key := come(code())
	if key != "" {
		t.Fatalf("with the code: %q", key)
	}
	if w := q.do(http.MethodGet, "/cases", nil); w.Code != http.StatusOK {
		t.Errorf("with the code: %d %s", w.Code, w.Body)
	}
}
