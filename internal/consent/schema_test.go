package consent

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/spectest"
)

func written(t testing.TB, v any) []byte {
	t.Helper()
	b, err := frame.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// unordered is broken where addresses are not in order, each once.
func unordered(path string) func(spectest.Value) bool {
	return func(v spectest.Value) bool {
		last := ""
		for _, a := range v.All(path) {
			text := a.At("member").Text() + "/" + a.At("desk").Text()
			if text <= last {
				return true
			}
			last = text
		}
		return false
	}
}

// unseen is broken where a text holds a character that is not to be in words.
func unseen(paths ...string) func(spectest.Value) bool {
	return func(v spectest.Value) bool {
		for _, path := range paths {
			for _, x := range v.All(path) {
				if !person.Text(x.Text(), len(x.Text())) {
					return true
				}
			}
		}
		return false
	}
}

func TestSchemaOfRecord(t *testing.T) {
	one := valid()
	one.Consent = "0123456789abcdefghjkmnpqr0"
	child := one
	child.AgeClass, child.GivenBy, child.Assent, child.BestInterests = person.Child, ByGuardian, true, "with her aunt"
	child.Guardian = Guardian{Name: "Vera", Relation: "aunt", Authority: "court", Document: "12"}
	child.How, child.Witness, child.Interpreter, child.ReadBack = Oral, "a nurse", "Nada", true
	child.Purposes, child.Recipients, child.Categories = []Purpose{ForServices}, []id.Address{}, []Code{}
	child.Withheld = []Withheld{{Category: "needs", Reason: "private", Note: "no"}}
	other := child
	other.GivenBy, other.Guardian = ByAuthority, Guardian{Authority: "centre for social work"}
	spectest.Compare(t, spectest.Form{
		Schema: "consent-record", Texts: [][]byte{written(t, one), written(t, child), written(t, other)},
		Read: func(b []byte) error {
			var r Record
			if err := frame.Decode(b, MaxRecord, &r); err != nil {
				return err
			}
			return r.Check()
		},
		Beyond: []spectest.Rule{
			{Page: "consent.md", Says: "at most 365 days after it begins", Broken: func(v spectest.Value) bool {
				from, to := v.At("valid_from").Number(), v.At("valid_to").Number()
				return to <= from || to > from+days(mustShipped().LongestDays).Microseconds()
			}},
			{Page: "consent.md", Says: "begins not before it was taken", Broken: func(v spectest.Value) bool {
				return v.At("valid_from").Number() < v.At("obtained_at").Number()
			}},
			{Page: "consent.md", Says: "lists are sorted and hold nothing twice", Broken: func(v spectest.Value) bool {
				return spectest.Unsorted("purposes", "")(v) || spectest.Unsorted("categories", "")(v) || unordered("recipients[]")(v)
			}},
			{Page: "consent.md", Says: "no category is both consented to and withheld", Broken: func(v spectest.Value) bool {
				for _, w := range v.All("withheld[].category") {
					for _, c := range v.All("categories[]") {
						if c == w {
							return true
						}
					}
				}
				return false
			}},
			{Page: "consent.md", Says: "reviewed by a native reader, or an interpreter helped, or they were read back", Broken: func(v spectest.Value) bool {
				return !mustShipped().Reviewed(v.At("language").Text()) && v.At("interpreter").Text() == "" && !v.At("read_back").True()
			}},
			{Page: "consent.md", Says: "no control characters but line feed and tab, and none that changes the direction of writing", Broken: unseen(
				"interpreter", "witness", "safe_way", "best_interests", "withheld[].note", "guardian.name", "guardian.relation", "guardian.authority", "guardian.document")},
			{Page: "consent.md", Says: "the four of `guardian` together have at most 800 characters", Broken: func(v spectest.Value) bool {
				g := v.At("guardian")
				return len([]rune(g.At("name").Text()+g.At("relation").Text()+g.At("authority").Text()+g.At("document").Text())) > 4*maxText
			}},
		},
	})
}

func TestSchemaOfExtract(t *testing.T) {
	few, _ := bundleOf(t, Content{}, []Code{"needs"})
	more, _ := bundleOf(t, Content{}, []Code{"identity.names", "needs"})
	more.Extract.Basis, more.Extract.Purposes = "vital-interests", []Purpose{ForReferral, ForServices}
	spectest.Compare(t, spectest.Form{
		Schema: "consent-extract", Texts: [][]byte{written(t, few.Extract), written(t, more.Extract)},
		Read: func(b []byte) error {
			_, err := ParseBundle([]byte(`{"content":{},"extract":` + string(b) + `,"form":"` + BundleForm + `"}`))
			return err
		},
		Beyond: []spectest.Rule{
			{Page: "consent.md", Says: "lists are sorted and hold nothing twice", Broken: func(v spectest.Value) bool {
				return spectest.Unsorted("purposes", "")(v) || spectest.Unsorted("categories", "")(v)
			}},
			{Page: "consent.md", Says: "It ends after it was issued", Broken: func(v spectest.Value) bool {
				return v.At("valid_to").Number() <= v.At("issued").Number()
			}},
		},
	})
}

// TestSchemaOfReceipt: nobody reads a receipt but she, so only what is written is compared.
func TestSchemaOfReceipt(t *testing.T) {
	r := valid()
	for _, state := range []State{Given, Withdrawn, Expired} {
		c := Consent{
			ID: r.Consent, State: state, Purposes: r.Purposes, Recipients: r.Recipients, Categories: r.Categories,
			Given: start, Withdrawn: start + 1, ValidTo: r.ValidTo,
		}
		b, err := ReceiptOf("MK", r, c).Encode()
		if err != nil {
			t.Fatal(err)
		}
		s := spectest.Compiled(t, "consent-receipt")
		if err := spectest.Fits(s, b); err != nil {
			t.Error(err)
		}
		if spectest.Fits(s, []byte(strings.Replace(string(b), `{`, `{"name":"x",`, 1))) == nil {
			t.Error("it is not closed")
		}
	}
}

// TestSchemaOfCategories: another country finds every category in the spec, with the members of a content that it covers.
func TestSchemaOfCategories(t *testing.T) {
	type line struct {
		Code        Code        `json:"code"`
		Sensitivity Sensitivity `json:"sensitivity"`
		Covers      []string    `json:"covers"`
	}
	d := mustShipped()
	out := struct {
		Source     string `json:"source"`
		Verified   bool   `json:"verified"`
		Version    int64  `json:"version"`
		Categories []line `json:"categories"`
	}{Source: "spec/consent.md 1; " + d.CategoriesOrigin.Source, Version: d.Version}
	for _, c := range d.Categories {
		out.Categories = append(out.Categories, line{c.Code, c.Sensitivity, c.Covers})
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const path = "../../spec/schema/consent-categories.json"
	b = append(b, '\n')
	if *rewrite {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, b) {
		t.Errorf("%s differs from the categories of this program, %v: go test ./internal/consent -rewrite-vectors", path, err)
	}
}
