package envelope

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/spectest"
)

const testTime = frame.Time(1772352000000000) // 2026-03-01T08:00:00Z

const life = 30 * 24 * time.Hour // of the envelopes of the vectors

// sample is a whole, valid input: MD asks a desk in Skopje.
func sample(t testing.TB) Sealing {
	t.Helper()
	k := func(name string) seal.KEMPublic {
		b, _ := hex.DecodeString(seedOf("kem " + name))
		p, err := seal.ParseKEMPrivate(b)
		if err != nil {
			t.Fatal(err)
		}
		return p.Public()
	}
	return Sealing{
		Header: Header{
			Suite: seal.SuiteHybrid, From: "MD", To: "MK", Created: testTime, Expires: testTime.Add(life),
			Roster: Version{3, seedOf("roster")}, Sheet: 7,
		},
		Control: Control{
			Kind: Referral, FromDesk: "focal-point", ToDesk: "shelter-intake", Realm: access.Assistance,
			Thread: "0123456789abcdefghjkmnpqr0", Side: Opener, Seq: 1, Consent: "zyxwvtsrqpnmkjhgfedcba9870",
			Basis: "consent", Rule: "noneu-noneu.assistance", Categories: []string{"accommodation", "language"},
			Urgency: "urgent", Risk: "high", Until: testTime.Add(life), Bundle: "00000000000000000000000004",
			Body: json.RawMessage(`{}`),
		},
		Content: []byte(`{"needs":["accommodation"],"sex":"female"}`),
		ToNode:  k("MK control"), ToDesk: k("MK intake"), Signer: signerOf(t, "MD"),
	}
}

func writeEnvelopes(t *testing.T) {
	put := func(name, must, why, what string, b []byte, s Sealing) {
		v := spectest.Vector{
			"what": what, "envelope": base64.RawURLEncoding.EncodeToString(b), "roster": rosterLine(t, "AL", "MD"),
			"control-key": seedOf("kem MK control"), "content-key": seedOf("kem MK intake"),
		}
		if must == "accept" {
			text, err := s.Control.encode(s.Content != nil)
			if err != nil {
				t.Fatal(err)
			}
			e, err := Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			v["control"], v["content"], v["id"] = string(text), hex.EncodeToString(s.Content), string(e.ID)
		}
		save(t, "envelope", name, why, judgeEnvelope, v)
	}
	sealed := func(change func(*Sealing)) (Sealing, Envelope, []byte) {
		s := sample(t)
		if change != nil {
			change(&s)
		}
		b, e, err := Seal(s)
		if err != nil {
			t.Fatal(err)
		}
		return s, e, b
	}
	bare := func(s *Sealing) { s.Content, s.Header.Sheet = nil, 0 }

	s, whole, b := sealed(nil)
	put("request", "accept", "", "a request with content", b, s)
	s1, _, b1 := sealed(func(s *Sealing) { bare(s); s.Control.Bundle = "" })
	put("control-only", "accept", "", "a transition without content", b1, s1)
	s2, _, b2 := sealed(func(s *Sealing) {
		bare(s)
		c := &s.Control
		c.Kind, c.Immediate, c.Basis, c.Rule, c.Categories, c.Bundle = Withdrawal, true, "", "", []string{}, ""
		c.Seq, c.Prev = 2, id.Envelope(seedOf("prev"))
		c.Body, _ = EncodeBody(WithdrawalBody{c.Consent, testTime})
	})
	put("withdrawal", "accept", "", "takes effect whatever is missing before it", b2, s2)
	s4, _, b4 := sealed(func(s *Sealing) {
		bare(s)
		s.Control = Control{Kind: Escalation, Categories: []string{}}
		s.Control.Body, _ = EncodeBody(EscalationBody{"zyxwvtsrqpnmkjhgfedcba9870", "acknowledge", testTime, testTime, true})
	})
	put("escalation", "accept", "", "a reference and an age for the other coordinator", b4, s4)
	s3, _, b3 := sealed(func(s *Sealing) { s.Content = bytes.Repeat([]byte{'x'}, 5000) })
	put("content-16k", "accept", "", "a content of the second step of padding", b3, s3)

	refuse := func(name, why, what string, b []byte) { put(name, "refuse", why, what, b, Sealing{}) }
	bent := func(i int) []byte {
		c := bytes.Clone(b)
		c[i] ^= 1
		return c
	}
	refuse("magic", "exchange.magic", "other first bytes", append([]byte("TRM2"), b[4:]...))
	refuse("truncated", "frame.truncated", "the last byte is missing", b[:len(b)-1])
	refuse("trailing", "frame.trailing", "a byte follows", append(bytes.Clone(b), 0))
	refuse("control-bit", "exchange.digest", "one bit of the control differs", bent(len(Magic)+4+len(whole.header)+4+2000))
	refuse("content-bit", "exchange.digest", "one bit of the content differs", bent(len(b)-4-seal.SignatureSize-100))
	refuse("signature-bit", "exchange.signature", "one bit of the signature differs", bent(len(b)-10))
	refuse("signature-slot", "seal.algorithm", "the second slot of the signature is in use", bent(len(b)-1))

	// again signs a changed header, as somebody with the sender's key could.
	again := func(e Envelope, who string, change func(map[string]any)) []byte {
		var h map[string]any
		d := json.NewDecoder(bytes.NewReader(e.header))
		d.UseNumber()
		if err := d.Decode(&h); err != nil {
			t.Fatal(err)
		}
		change(h)
		var err error
		if e.header, err = frame.Encode(h); err != nil {
			t.Fatal(err)
		}
		e.Signature = signerOf(t, who).Sign(seal.DomainEnvelope, e.header)
		return e.Bytes()
	}
	refuse("stripped-and-resigned", "seal.open", "another member put its name on the header", again(whole, "AL", func(h map[string]any) {
		h["from"], h["signer"] = "AL", string(signerOf(t, "AL").Public().ID())
	}))
	refuse("other-created", "seal.open", "the sender's key signs the same parts under another time", again(whole, "MD", func(h map[string]any) {
		h["created"] = int64(testTime) + 1
	}))
	refuse("version", "exchange.header.version", "a later version of the format", again(whole, "MD", func(h map[string]any) { h["v"] = 2 }))
	refuse("unknown-field", "frame.fields", "a field that is not in the schema", again(whole, "MD", func(h map[string]any) { h["note"] = "" }))
	refuse("missing-field", "frame.fields", "a field of the schema is left out", again(whole, "MD", func(h map[string]any) { delete(h, "log") }))
	refuse("life", "exchange.header.field", "more than 180 days", again(whole, "MD", func(h map[string]any) {
		h["expires"] = int64(testTime.Add(MaxLife)) + 1
	}))
	refuse("unknown-sender", "exchange.member.unknown", "the roster has no such member", again(whole, "MD", func(h map[string]any) { h["from"] = "XX" }))
	refuse("size", "exchange.header.field", "not a padded size", again(whole, "MD", func(h map[string]any) {
		h["control"].(map[string]any)["size"] = 5234
	}))
	refuse("sheet-without-content", "exchange.header.field", "a desk sheet without a content", again(whole, "MD", func(h map[string]any) { delete(h, "content") }))
	spaced := whole
	spaced.header = append([]byte{'{', ' '}, whole.header[1:]...)
	spaced.Signature = signerOf(t, "MD").Sign(seal.DomainEnvelope, spaced.header)
	refuse("header-spelling", "frame.not-canonical", "a space in the header, signed", spaced.Bytes())

	_, other, _ := sealed(func(s *Sealing) { s.Header.Created++ })
	swapped := whole
	swapped.content = other.content
	refuse("content-of-another", "seal.open", "the sender's key signs the content of another envelope into this one",
		again(swapped, "MD", func(h map[string]any) {
			h["content"].(map[string]any)["sha256"] = other.Header.Content.SHA256
		}))

	// told seals a control text as it stands.
	told := func(text string) []byte {
		s := sample(t)
		bare(&s)
		h := s.Header
		h.Format, h.Signer = 1, s.Signer.Public().ID()
		known, err := h.known()
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := sealPart(nil, known, "control", s.ToNode, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		h.Control = describe(s.ToNode.ID(), sealed)
		header, err := h.encode()
		if err != nil {
			t.Fatal(err)
		}
		return Envelope{header: header, control: sealed, Signature: s.Signer.Sign(seal.DomainEnvelope, header)}.Bytes()
	}
	control := func(change func(map[string]any)) string {
		c := sample(t).Control
		c.Bundle = ""
		text, err := c.encode(false)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&m); err != nil {
			t.Fatal(err)
		}
		change(m)
		b, err := frame.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	refuse("kind", "exchange.kind.unknown", "a kind of a later version", told(control(func(m map[string]any) { m["kind"] = "séance" })))
	for _, c := range []struct {
		name, what string
		change     func(map[string]any)
	}{
		{"free-text", "a category that is no code", func(m map[string]any) { m["categories"] = []string{"She is called Ana"} }},
		{"categories-order", "categories out of order", func(m map[string]any) { m["categories"] = []string{"b", "a"} }},
		{"sequence-zero", "no place in the thread", func(m map[string]any) { m["seq"] = 0 }},
		{"previous-missing", "a second envelope that names none before it", func(m map[string]any) { m["seq"] = 2 }},
		{"no-basis", "no legal basis", func(m map[string]any) { m["basis"] = "" }},
		{"realm", "a realm that is none", func(m map[string]any) { m["realm"] = "media" }},
		{"content-missing", "an identity bundle without content", func(m map[string]any) { m["kind"] = "identity" }},
		{"not-immediate", "a withdrawal that would wait", func(m map[string]any) {
			m["kind"], m["basis"], m["rule"] = "withdrawal", "", ""
		}},
	} {
		refuse("control-"+c.name, "exchange.control.field", c.what, told(control(c.change)))
	}
	refuse("control-field", "frame.fields", "a field of the control that is not in the schema", told(control(func(m map[string]any) { m["name"] = "" })))
	refuse("control-spelling", "frame.not-canonical", "a control in another spelling", told(" "+control(func(map[string]any) {})))
}

func writeReceipts(t *testing.T) {
	base := Receipt{
		Envelope: id.Envelope(seedOf("envelope")), From: "MD", By: "MK", Stage: Delivered, At: testTime, Leaf: seedOf("leaf"),
		Roster: Version{3, seedOf("roster")},
	}
	make := func(change func(*Receipt)) []byte {
		r := base
		change(&r)
		b, err := r.Sign(signerOf(t, string(r.By)))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	put := func(name, must, why, what string, b []byte) {
		v := spectest.Vector{"what": what, "receipt": string(b), "roster": rosterLine(t, "MD", "MK")}
		if must == "accept" {
			v["digest"] = Digest(b)
		}
		save(t, "receipt", name, why, judgeReceipt, v)
	}
	for _, s := range Stages() {
		put("stage-"+string(s), "accept", "", "a receipt of this stage", make(func(r *Receipt) {
			r.Stage = s
			switch s {
			case Refused:
				r.Refusal = StaleKey
			case Kept:
				r.Ground, r.Until = "criminal-proceedings", testTime.Add(life)
			case Erased:
				r.Until = testTime.Add(life)
			case Opened:
				r.Previous = seedOf("previous")
			}
		}))
	}
	for i, code := range Refusals() {
		put("refusal-"+strconv.Itoa(100 + i)[1:]+"-"+string(code), "accept", "", "a refusal code", make(func(r *Receipt) { r.Stage, r.Refusal = Refused, code }))
	}
	// loose signs a receipt as it stands.
	loose := func(domain seal.Domain, change func(map[string]any)) []byte {
		var s map[string]any
		d := json.NewDecoder(bytes.NewReader(make(func(*Receipt) {})))
		d.UseNumber()
		if err := d.Decode(&s); err != nil {
			t.Fatal(err)
		}
		r := s["receipt"].(map[string]any)
		change(r)
		text, err := frame.Encode(r)
		if err != nil {
			t.Fatal(err)
		}
		sig, _ := signerOf(t, "MK").Sign(domain, text).MarshalText()
		b, err := frame.Encode(map[string]any{"receipt": r, "signature": string(sig)})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct {
		name, why, what string
		change          func(map[string]any)
	}{
		{"no-code", "exchange.receipt.field", "refused without a code", func(r map[string]any) { r["stage"] = "refused" }},
		{"unattributable-code", "exchange.receipt.field", "a code that is never signed", func(r map[string]any) { r["stage"], r["refusal"] = "refused", "forged" }},
		{"code-without-refusal", "exchange.receipt.field", "delivered and refused", func(r map[string]any) { r["refusal"] = "clock" }},
		{"no-ground", "exchange.receipt.field", "kept without a ground", func(r map[string]any) { r["stage"], r["until"] = "kept", int64(testTime) }},
		{"no-until", "exchange.receipt.field", "erased without the day on which the last copy is gone", func(r map[string]any) { r["stage"] = "erased" }},
		{"stage", "exchange.receipt.field", "a stage that is none", func(r map[string]any) { r["stage"] = "read" }},
		{"field", "frame.fields", "a field that is not in the schema", func(r map[string]any) { r["note"] = "x" }},
		{"stranger", "exchange.member.unknown", "a maker whom the roster does not list", func(r map[string]any) { r["by"] = "XX" }},
		{"other-signer", "exchange.signature", "signed by MK in the name of MD", func(r map[string]any) { r["by"] = "MD" }},
	} {
		put(c.name, "refuse", c.why, c.what, loose(seal.DomainReceipt, c.change))
	}
	put("mailbox-says-delivered", "refuse", "exchange.signature", "delivered, signed in the domain of mailboxes", loose(seal.DomainRelay, func(map[string]any) {}))
	put("receiver-says-relayed", "refuse", "exchange.signature", "relayed, signed in the domain of receivers", loose(seal.DomainReceipt, func(r map[string]any) { r["stage"] = "relayed" }))
	put("space", "refuse", "frame.not-canonical", "a space at the end", append(make(func(*Receipt) {}), ' '))
}

func seedBytes(t testing.TB, name string) []byte {
	t.Helper()
	b, err := hex.DecodeString(seedOf(name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
