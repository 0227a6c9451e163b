package peer_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/seal"
)

// TestHostileParcel brings the same in one push, with good ones among them: each is answered for itself.
func TestHostileParcel(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"), nodetest.At("RS").Mailbox())
	md, mk := n.Node("MD"), n.Node("MK")
	var list [][]byte
	var want []string
	good := func() {
		s := sealing(t, n, "MD", "MK")
		m := id.Random[id.Message](id.Maker{})
		body, err := envelope.EncodeBody(map[string]any{"message": m, "referral": ""})
		if err != nil {
			t.Fatal(err)
		}
		s.Control.Body = body
		s.Content, err = envelope.EncodeBody(map[string]any{
			"schema": "opentrm/message/1", "id": m, "thread": s.Control.Thread, "language": "en", "text": planted,
		})
		if err != nil {
			t.Fatal(err)
		}
		list, want = append(list, sealed(t, s)), append(want, "receipt delivered")
	}
	good()
	for _, c := range spoiltOnes(t, n) {
		list, want = append(list, c.body), append(want, c.want)
	}
	good()
	list, want = append(list, list[0]), append(want, want[0])
	r := as(t, md, mk)
	for turn := range 2 {
		_, b := r.said(http.MethodPut, "/exchange/v1/envelopes", bytes.NewReader(frame.Join(list...)))
		answers, err := frame.Split(b, len(list))
		if err != nil {
			t.Fatalf("turn %d: %v\n%s", turn, err, b)
		}
		for i, a := range answers {
			if got := spoken(a); got != want[i] {
				t.Errorf("turn %d, %d: %q, want %q", turn, i, got, want[i])
			}
		}
	}
	if got := read(t, mk); got != 2 {
		t.Fatalf("%d messages took effect, want 2", got)
	}
	if !strings.Contains(mk.Logs.String(), `"key":"peer.envelope.sender"`) {
		t.Error("the log of MK does not say who brought the envelope of another")
	}
	one := sealed(t, sealing(t, n, "MD", "MK"))
	for name, c := range map[string]struct {
		body []byte
		want string
	}{
		"nothing":      {[]byte{0}, "invalid peer.parcel"},
		"an empty one": {frame.Join(one, nil), "invalid peer.parcel"},
		"cut":          {frame.Join(one)[:len(one)], "invalid peer.parcel"},
		"too many":     {frame.Join(slices.Repeat([][]byte{one}, 65)...), "invalid peer.parcel"},
		"too long":     {make([]byte, 5<<20), "too-large peer.too-large"},
	} {
		if got, _ := r.said(http.MethodPut, "/exchange/v1/envelopes", bytes.NewReader(c.body)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	n.Run()
}

// spoken is what an answer says.
func spoken(b []byte) string {
	var p struct{ Kind, Key string }
	if json.Unmarshal(b, &p) == nil && p.Kind != "" {
		return p.Kind + " " + p.Key
	}
	s, err := envelope.ParseReceipt(b)
	if err != nil {
		return "nothing"
	}
	return strings.TrimSpace("receipt " + string(s.Receipt.Stage) + " " + string(s.Receipt.Refusal))
}

// stolen puts another sender's name and signature on an envelope.
func stolen(t *testing.T, b []byte, by id.Member, key seal.SignPrivate) []byte {
	t.Helper()
	e, err := envelope.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := frame.Split(b[len(envelope.Magic):], 4)
	if err != nil {
		t.Fatal(err)
	}
	h := e.Header
	h.From, h.Signer = by, key.Public().ID()
	if parts[0], err = frame.Encode(h); err != nil {
		t.Fatal(err)
	}
	parts[3] = key.Sign(seal.DomainEnvelope, parts[0]).Bytes()
	return append([]byte(envelope.Magic), frame.Join(parts...)...)
}

// TestALargeEnvelopeThatIsRefusedSilencesNobody: it goes by itself, and its member has answered all the same.
func TestALargeEnvelopeThatIsRefusedSilencesNobody(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	s := sealing(t, n, "MD", "MK")
	s.Content = bytes.Repeat([]byte{1}, 5<<20)
	forged := sealed(t, s)
	forged[len(forged)-20] ^= 1
	to, _ := n.Roster.Roster.Find("MK")
	to.Addresses = []string{"https://" + n.Node("MK").PeerAddress()}
	answers, err := n.Node("MD").Caller.Push(t.Context(), to, [][]byte{forged})
	if err != nil || len(answers) != 1 || !fault.Is(answers[0].Err, fault.Denied) {
		t.Errorf("answered %v, %v", answers, err)
	}
	to.Keys.TLS = []string{strings.Repeat("0", 64)}
	if _, err := n.Node("MD").Caller.Push(t.Context(), to, [][]byte{forged}); !fault.Is(err, fault.Denied) {
		t.Errorf("somebody else answered: %v", err)
	}
}
