package envelope

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/spectest"
)

// accepted returns a field of the vectors of a directory that must be accepted.
func accepted(t *testing.T, dir, field string) [][]byte {
	t.Helper()
	files, err := filepath.Glob("../../spec/testdata/" + dir + "/*")
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for _, f := range files {
		if v := spectest.Read(t, f); v["must"] == "accept" {
			all = append(all, []byte(v[field]))
		}
	}
	return all
}

func encoded(t *testing.T, all ...any) [][]byte {
	t.Helper()
	out := make([][]byte, len(all))
	for i, v := range all {
		var err error
		if out[i], err = frame.Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// later is broken where a moment does not lie within life after another.
func later(from, to string, life time.Duration) func(spectest.Value) bool {
	return func(v spectest.Value) bool {
		a, b := v.At(from).Number(), v.At(to).Number()
		return b <= a || b > a+life.Microseconds()
	}
}

func TestSchemaOfHeader(t *testing.T) {
	_, whole, err := Seal(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	s := sample(t)
	s.Content, s.Header.Sheet, s.Header.Log = nil, 0, "opentrm/MD/log/1\n"
	_, bare, err := Seal(s)
	if err != nil {
		t.Fatal(err)
	}
	spectest.Compare(t, spectest.Form{
		Schema: "envelope-header", Texts: [][]byte{whole.header, bare.header},
		Read: func(b []byte) error { _, err := parseHeader(b); return err },
		Beyond: []spectest.Rule{
			{Page: "envelope.md", Says: "`expires` is later, by at most 180 days", Broken: later("created", "expires", MaxLife)},
			{Page: "envelope.md", Says: "1 to 64 bytes", Broken: spectest.Longer("suite", 64)},
			{Page: "envelope.md", Says: "at most 4 KiB; empty if there is none yet", Broken: spectest.Longer("log", maxNote)},
		},
	})
}

func TestSchemaOfControl(t *testing.T) {
	texts := accepted(t, "envelope", "control")
	for _, k := range Kinds() {
		c := Control{Kind: k.Kind, Categories: []string{}, Body: json.RawMessage(`{}`), Immediate: k.Immediate == Always}
		if k.Sequenced {
			c.Thread, c.Side, c.Seq = "0123456789abcdefghjkmnpqr0", Opener, 1
		}
		if k.Desks {
			c.FromDesk, c.ToDesk, c.Realm = "focal-point", "shelter-intake", access.Assistance
		}
		if k.Ruled {
			c.Basis, c.Rule = "consent", "noneu-noneu.assistance"
		}
		b, err := c.encode(k.Content == Always)
		if err != nil {
			t.Fatal(k.Kind, err)
		}
		texts = append(texts, b)
	}
	spectest.Compare(t, spectest.Form{
		Schema: "envelope-control", Texts: texts,
		Read: func(b []byte) error { // whether there is a content stands in the header
			if _, err := parseControl(b, false); err == nil {
				return nil
			}
			_, err := parseControl(b, true)
			return err
		},
		Beyond: []spectest.Rule{
			{Page: "frame.md", Says: "Numbers are integers", Broken: spectest.NoForm}, // in the body
			{Page: "envelope.md", Says: "sorted by bytes, each once", Broken: spectest.Unsorted("categories", "")},
			{
				Page: "envelope.md", Says: "`prev` is then the last that it knows, or empty",
				Broken: func(v spectest.Value) bool {
					return v.At("seq").Number() > 1<<20 && v.At("seq").Number()%(1<<20) != 1 && v.At("prev").Text() == ""
				},
			},
			{
				Page: "envelope.md", Says: "the thread in which the identity bundle will travel, another than `thread`",
				Broken: func(v spectest.Value) bool {
					return v.At("bundle").Text() != "" && v.At("bundle") == v.At("thread")
				},
			},
		},
	})
}

func TestSchemaOfReceipt(t *testing.T) {
	spectest.Compare(t, spectest.Form{
		Schema: "receipt", Texts: accepted(t, "receipt", "receipt"),
		Read: func(b []byte) error { _, err := ParseReceipt(b); return err },
	})
}

func TestSchemasOfBodies(t *testing.T) {
	var got []SignedReceipt
	for _, name := range []string{"stage-delivered", "stage-refused", "stage-kept"} {
		r, err := ParseReceipt([]byte(spectest.Read(t, "../../spec/testdata/receipt/"+name)["receipt"]))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r)
	}
	const consent = "zyxwvtsrqpnmkjhgfedcba9870"
	control := func(b []byte) Control { // of the consent that the body names
		var same struct{ Consent id.Consent }
		_ = json.Unmarshal(b, &same)
		return Control{Consent: same.Consent, Body: b}
	}
	known := id.Envelope(seedOf("known"))
	lost := Lost{Envelope: got[0].Receipt.Envelope, Created: testTime, Expires: testTime.Add(life), Control: json.RawMessage(`{}`), Receipt: got[0]}
	for _, f := range []spectest.Form{
		{
			Schema: "body-withdrawal", Texts: encoded(t, WithdrawalBody{consent, testTime}),
			Read: func(b []byte) error { _, err := control(b).Withdrawal(); return err },
		},
		{
			Schema: "body-withdrawal-answer",
			Texts: encoded(t, WithdrawalAnswerBody{consent, "kept", "criminal-proceedings", "mk.cpc.1", testTime},
				WithdrawalAnswerBody{consent, "erased", "", "", testTime}),
			Read: func(b []byte) error { _, err := control(b).WithdrawalAnswer(); return err },
		},
		{
			Schema: "body-escalation", Texts: encoded(t, EscalationBody{consent, "acknowledge", testTime, testTime, true}),
			Read: func(b []byte) error { _, err := control(b).Escalation(); return err },
		},
		{
			Schema: "body-note", Texts: encoded(t, NoteBody{"opentrm/MK/log/1\n"}),
			Read: func(b []byte) error { _, err := control(b).Note(); return err },
			Beyond: []spectest.Rule{
				{Page: "envelope.md", Says: "`note`, 1 to 65,536 bytes", Broken: spectest.Longer("note", maxProof)},
			},
		},
		{
			Schema: "body-receipts", Texts: encoded(t, ReceiptsBody{1, got[:1]}, ReceiptsBody{2, got}),
			Read: func(b []byte) error { _, err := control(b).CarriedReceipts(); return err },
			Many: map[string]func(int) any{"receipts": func(int) any { return got[0] }},
		},
		{
			Schema: "body-erasure", Texts: encoded(t, ErasureBody{[]string{"a"}}, ErasureBody{[]string{"a", "b"}}),
			Read: func(b []byte) error { _, err := control(b).Erased(); return err },
			Beyond: []spectest.Rule{
				{Page: "envelope.md", Says: "identifiers of 1 to 64 bytes", Broken: spectest.Longer("erased[]", 64)},
				{Page: "envelope.md", Says: "`erased`, sorted by bytes, each once", Broken: spectest.Unsorted("erased", "")},
			},
		},
		{
			Schema: "body-resync",
			Texts: encoded(t,
				ResyncBody{Ask: true, Epoch: 2, Since: testTime, Known: []id.Envelope{known}, Items: []Lost{}},
				ResyncBody{Epoch: 2, Since: testTime, Known: []id.Envelope{}, Page: 1, Items: []Lost{lost}, Done: true},
				ResyncBody{Epoch: 2, Since: testTime, Known: []id.Envelope{known}, Asked: 3, Page: 1, Items: []Lost{}},
				ResyncBody{Epoch: 2, Since: testTime, Known: []id.Envelope{}, Items: []Lost{lost}}),
			Read: func(b []byte) error { _, err := control(b).Resync(); return err },
			Many: map[string]func(int) any{"items": func(int) any { return lost }, "known": func(int) any { return known }},
		},
	} {
		t.Run(f.Schema, func(t *testing.T) { spectest.Compare(t, f) })
	}
}
