package referral_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/spectest"
)

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
		Schema: "referral-words", Texts: [][]byte{
			[]byte(`{"form":"opentrm/referral-words/1","text":"збор\n"}`),
			[]byte(`{"answers":[{"question":"met-by","text":"a"},{"question":"missing","text":"b"}],"form":"opentrm/referral-words/1","language":"ro","text":"c"}`),
		},
		Read: func(b []byte) error { _, err := referral.ParseWords(b); return err },
		Beyond: []spectest.Rule{
			{Page: "referral.md", Says: "without control characters but line feed and tab", Broken: func(v spectest.Value) bool {
				return slices.ContainsFunc(append(v.All("answers[].text"), v.At("text")), func(v spectest.Value) bool {
					return strings.ContainsFunc(v.Text(), func(r rune) bool { return r != '\n' && r != '\t' && unicode.Is(unicode.Cc, r) })
				})
			}},
			{Page: "referral.md", Says: "each of a question once", Broken: func(v spectest.Value) bool {
				asked := map[string]bool{}
				return slices.ContainsFunc(v.All("answers[].question"), func(v spectest.Value) bool {
					was := asked[v.Text()]
					asked[v.Text()] = true
					return was
				})
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
