package peer

import (
	"bytes"
	"crypto/ecdh"
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
)

func decode(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPushVector is the example of RFC 8291, section 5 and appendix A.
func TestPushVector(t *testing.T) {
	sender, err := ecdh.P256().NewPrivateKey(decode(t, "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
	if err != nil {
		t.Fatal(err)
	}
	to, err := parseSubscription(`{"endpoint":"https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV","keys":{"auth":"BTBZMqHH6r4Tts7J_aSIgg",` +
		`"p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"}}`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := sealPush(to, sender, decode(t, "DGv6ra1nlYgDCS1FRnbzlw"), []byte("When I grow up, I want to be a watermelon"))
	if err != nil {
		t.Fatal(err)
	}
	want := decode(t, "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN")
	if !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
}

func FuzzSubscription(f *testing.F) {
	f.Add(`{"endpoint":"https://push.example.net/push/1","keys":{"auth":"BTBZMqHH6r4Tts7J_aSIgg","p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"}}`)
	f.Add(`{}`)
	f.Fuzz(func(t *testing.T, s string) {
		to, err := parseSubscription(s)
		if err == nil && (to.endpoint.Scheme != "https" || to.endpoint.Host == "" || len(to.auth) != 16 || to.public == nil) {
			t.Errorf("%q is taken as %+v", s, to)
		}
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", s, err)
		}
	})
}

func FuzzParcel(f *testing.F) {
	f.Add(packParcel([][]byte{[]byte("a"), []byte("bb")}))
	f.Add([]byte{0, 0, 0, 9, 1})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		items, err := openParcel(b, 100)
		if err != nil {
			return
		}
		for _, x := range items {
			if len(x) == 0 || len(x) > 100 {
				t.Errorf("an item of %d bytes", len(x))
			}
		}
		if !bytes.Equal(packParcel(items), b) && len(b) > 0 {
			t.Error("a parcel has two forms")
		}
	})
}

// FuzzProblem: whatever another node answers, it becomes a failure of ours with a key that can be shown.
func FuzzProblem(f *testing.F) {
	for _, k := range fault.Kinds() {
		b, err := json.Marshal(problem{Status: status(k), Kind: k.String(), Key: "exchange.signature", Args: map[string]string{"field": "v"}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(status(k), b)
	}
	f.Fuzz(func(t *testing.T, code int, raw []byte) {
		err := understood(code, raw)
		kind, key, args := fault.Public(err)
		if err == nil || kind == fault.Internal || kind == fault.Locked {
			t.Fatalf("%d %q: %v", code, raw, err)
		}
		if !messageKey(key) || len(args) > 8 {
			t.Errorf("%d %q: key %q", code, raw, key)
		}
	})
}

// TestStatus: every kind has a status, what may be repeated is told apart from what may not, and the way back gives
// the same kind for what a caller can act upon.
func TestStatus(t *testing.T) {
	for _, k := range fault.Kinds() {
		if s := status(k); s < 400 || s > 599 {
			t.Errorf("%v: status %d", k, s)
		}
		want := k
		switch k {
		case fault.Internal, fault.Locked:
			want = fault.Unavailable
		case fault.Hidden:
			want = fault.NotFound
		}
		kind, key, args := fault.Public(fault.New(k, "exchange.header.field").With("field", "to"))
		raw, err := json.Marshal(problem{Status: status(kind), Kind: kind.String(), Key: key, Args: args})
		if err != nil {
			t.Fatal(err)
		}
		if got := understood(status(kind), raw); !fault.Is(got, want) {
			t.Errorf("%v comes back as %v, want %v", k, got, want)
		}
	}
}
