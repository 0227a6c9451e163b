package referral_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/spectest"
)

func TestSchemaOfEvent(t *testing.T) {
	var texts [][]byte
	for e := range every {
		b, err := e.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, b)
	}
	spectest.Compare(t, spectest.Form{
		Schema: "referral-event", Texts: texts,
		Read: func(b []byte) error { _, err := referral.Parse(b); return err },
		Beyond: []spectest.Rule{
			{Page: "referral.md", Says: "when an undecided request expires, after `at` by at most 180 days", Broken: func(v spectest.Value) bool {
				at, expires := v.At("at").Number(), v.At("expires").Number()
				return expires != 0 && (expires <= at || expires > at+referral.MaxExpiry.Microseconds())
			}},
			{Page: "referral.md", Says: "the desk asked, another than `desk`", Broken: func(v spectest.Value) bool {
				to, desk := v.At("to"), v.At("desk")
				return to.At("desk").Text() != "" && to.At("desk") == desk.At("desk") && to.At("member") == desk.At("member")
			}},
			{Page: "referral.md", Says: "another referral; section 8", Broken: func(v spectest.Value) bool {
				return v.At("continues") == v.At("referral")
			}},
		},
	})
}

func TestSchemaOfBody(t *testing.T) {
	key := seal.NewSign(nil)
	s, err := whole(referral.Sender, referral.Closed).Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	b, err := frame.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	spectest.Compare(t, spectest.Form{
		Schema: "body-referral", Texts: [][]byte{b},
		Read: func(b []byte) error {
			var s referral.Signed
			if err := frame.Decode(b, len(b), &s); err != nil {
				return err
			}
			_, err := s.Open(key.Public())
			if f, ok := errors.AsType[*fault.Error](err); ok && f.Key == "seal.signature.wrong" {
				return nil // of other bytes; that is not the form's business
			}
			return err
		},
	})
}

func TestSchemasOfContents(t *testing.T) {
	request := func(b string) []byte {
		return []byte(`{"age_class":"adult","capacity":"free","children":2,"form":"opentrm/referral-request/1",` + b +
			`"risk":"high","sex":"female","urgency":"urgent"}`)
	}
	spectest.Compare(t, spectest.Form{
		Schema: "referral-request",
		Texts: [][]byte{
			request(`"languages":["mk"],"needs":["accommodation"],`), request(`"languages":[],"needs":["accommodation","medical"],`),
			request(`"interpreter":{"aid":true,"apart":false,"needed":"yes","remote":"not-asked","sex":"female"},"languages":["mk"],"needs":["accommodation"],`),
		},
		Read: func(b []byte) error { _, err := referral.ParseRequest(b); return err },
		Beyond: []spectest.Rule{
			{Page: "referral.md", Says: "1 to 30 codes in order", Broken: func(v spectest.Value) bool {
				needs := v.All("needs[]")
				return !slices.IsSortedFunc(needs, func(a, b spectest.Value) int { return strings.Compare(a.Text(), b.Text()) })
			}},
		},
	})
	spectest.Compare(t, spectest.Form{
		Schema: "referral-words", Texts: [][]byte{[]byte(`{"form":"opentrm/referral-words/1","text":"збор\n"}`)},
		Read: func(b []byte) error { _, err := referral.ParseWords(b); return err },
		Beyond: []spectest.Rule{
			{Page: "referral.md", Says: "without control characters but line feed and tab", Broken: func(v spectest.Value) bool {
				return strings.ContainsFunc(v.At("text").Text(), func(r rune) bool { return r != '\n' && r != '\t' && unicode.Is(unicode.Cc, r) })
			}},
		},
	})
}

// TestNobodyAsksForALanguage: a request in which nobody named a language holds an empty list, not none.
func TestNobodyAsksForALanguage(t *testing.T) {
	x := tell(t, "MK")
	d := x.drafting()
	d.Request.Languages = nil
	r, err := x.from.Draft(t.Context(), x.ana, x.file.ID, referral.At{}, d)
	x.must(err)
	_, err = x.from.Check(t.Context(), x.ana, referral.At{Referral: r.ID})
	x.must(err)
}
