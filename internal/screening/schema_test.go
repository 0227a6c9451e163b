package screening_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/screening"
	"github.com/opentrm/opentrm/internal/spectest"
)

// full is a sheet with every kind of thing in it.
func full() screening.Sheet {
	s := sheet("child-labour", "1.1", "4.1", "4.2", "5.10")
	s.Answers["1.2"], s.Answers["2.1"], s.Answers["3.16"], s.Answers["6.7"] = screening.No, screening.Unsafe, screening.Declined, screening.NotSure
	s.Observed = []string{"g1", "g15", "s7"}
	s.Disagreement = &screening.Disagreement{Suggestion: screening.LookCloser, Reason: "the family\nexplains the hours"}
	return s
}

func encoded(t testing.TB, v any) []byte {
	t.Helper()
	b, err := frame.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSchemaOfSheet compares the schema that spec/screening.md publishes with what is read here.
func TestSchemaOfSheet(t *testing.T) {
	d := shipped(t)
	spectest.Compare(t, spectest.Form{
		Schema: "screening-sheet", Texts: [][]byte{encoded(t, sheet("adult-labour", "3.8", "4.8")), encoded(t, full())},
		Read: func(b []byte) error {
			_, err := d.ParseSheet(b)
			return err
		},
		Beyond: []spectest.Rule{
			{Page: "screening.md", Says: "sorted by their bytes, nothing twice", Broken: spectest.Unsorted("observed", "")},
			{Page: "screening.md", Says: "not blank, without control characters but line feed and tab, and without marks that turn the direction", Broken: func(v spectest.Value) bool {
				return slices.ContainsFunc(v.All("disagreement.reason"), func(x spectest.Value) bool {
					return strings.TrimSpace(x.Text()) == "" || !person.Text(x.Text(), len(x.Text()))
				})
			}},
		},
	})
}

func TestSheetIsReadAsPeopleWriteIt(t *testing.T) {
	d := shipped(t)
	loose := ` { "version": 1, "set": "adult-labour",
		"observed": [], "form": "opentrm/screening-sheet/1", "answers": {"4.1": "yes", "1.1": "no"} } `
	if s, err := d.ParseSheet([]byte(loose)); err != nil || s.Answers["4.1"] != screening.Yes {
		t.Errorf("%+v, %v", s, err)
	}
	for name, c := range map[string]struct {
		text string
		kind fault.Kind
	}{
		"nothing":          {"", fault.Invalid},
		"a name twice":     {strings.Replace(loose, `"4.1"`, `"1.1"`, 1), fault.Invalid},
		"two sheets":       {loose + loose, fault.Invalid},
		"unknown field":    {strings.Replace(loose, `"set"`, `"x": 1, "set"`, 1), fault.Invalid},
		"unknown answer":   {strings.Replace(loose, `"yes"`, `"maybe"`, 1), fault.Invalid},
		"another version":  {strings.Replace(loose, `"version": 1`, `"version": 2`, 1), fault.Conflict},
		"no reason":        {strings.Replace(loose, `"set"`, `"disagreement": {"suggestion": "none", "reason": " "}, "set"`, 1), fault.Invalid},
		"denies somebody":  {strings.Replace(loose, `"set"`, `"disagreement": {"suggestion": "not-a-victim", "reason": "x"}, "set"`, 1), fault.Invalid},
		"more than enough": {strings.Repeat(" ", screening.MaxSheet) + loose, fault.TooLarge},
	} {
		if _, err := d.ParseSheet([]byte(c.text)); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v, want %v", name, err, c.kind)
		}
	}
}

func FuzzParseSheet(f *testing.F) {
	d := shipped(f)
	f.Add(encoded(f, sheet("adult-labour", "1.1", "5.15")))
	f.Add(encoded(f, full()))
	f.Add([]byte(`{"form":"opentrm/screening-sheet/1","set":"adult-sexual","version":1,"answers":{},"observed":[]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := d.ParseSheet(raw)
		if err != nil {
			if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) && !fault.Is(err, fault.Conflict) {
				t.Fatalf("refused as %v", err)
			}
			return
		}
		if _, err := d.Judge(s); err != nil {
			t.Fatalf("what was read cannot be judged: %v", err)
		}
		if again, err := d.ParseSheet(encoded(t, s)); err != nil || !reflect.DeepEqual(again, s) {
			t.Fatalf("what was read cannot be written and read again: %v", err)
		}
	})
}
