package lang

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/opentrm/opentrm/internal/fault"
)

// half is a catalogue whose second language lacks a message and a plural form.
func half(t *testing.T) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{
		"text/status.json": {Data: []byte(`{"en": {"state": "reference"}, "mk": {"state": "machine-drafted"}}`)},
		"text/person.json": {Data: []byte(`{"consent": ["a.*"]}`)},
		"text/en/a.json":   {Data: []byte(`{"a.one": "One {{.x}}", "a.two": "Two", "a.n": {"one": "{{.n}} thing", "other": "{{.n}} things"}}`)},
		"text/mk/a.json":   {Data: []byte(`{"a.one": "Еден {{.x}}", "a.n": {"other": "{{.n}} нешта"}}`)},
	}
	for _, tag := range []string{"en", "mk", "plurals"} {
		b, err := os.ReadFile("cldr/" + tag + ".json")
		if err != nil {
			t.Fatal(err)
		}
		out["cldr/"+tag+".json"] = &fstest.MapFile{Data: b}
	}
	return out
}

func TestFallbackCanBeSeen(t *testing.T) {
	c, err := load(half(t))
	if err != nil {
		t.Fatal(err)
	}
	mk := c.Printer("mk")
	for _, tt := range []struct {
		got, want Said
	}{
		{mk.Say("a.one", "x", "па"), Said{"Еден па", "mk", true}},
		{mk.Say("a.two"), Said{"Two", English, true}},
		{mk.Say("a.one"), Said{"Еден …", "mk", false}},
		{mk.Say("a.one", "y", "па"), Said{"Еден …", "mk", false}},
		{mk.Say("a.one", "x"), Said{"Еден …", "mk", false}},
		{mk.Say("a.one", 7, "x"), Said{"Еден …", "mk", false}},
		{mk.Say("a.one", "x", "{{.open"), Said{"Еден {{.open", "mk", true}},
		{mk.Say("a.none"), Said{"⟦a.none⟧", "mk", false}},
		{mk.Say("a.one", "x", 1234), Said{"Еден 1.234", "mk", true}},
		{mk.Say("a.one", "x", "{{.n}}<b>"), Said{"Еден {{.n}}<b>", "mk", true}},
	} {
		if tt.got != tt.want {
			t.Errorf("got %+v, want %+v", tt.got, tt.want)
		}
	}
	if got := mk.Plural("a.n", 1); got != "1 нешта" {
		t.Errorf("a plural form that is missing: got %q", got)
	}
}

func TestLoadRefusesDamage(t *testing.T) {
	for name, spoil := range map[string]func(fstest.MapFS){
		"no status":      func(f fstest.MapFS) { delete(f, "text/status.json") },
		"no CLDR table":  func(f fstest.MapFS) { delete(f, "cldr/mk.json") },
		"no plurals":     func(f fstest.MapFS) { delete(f, "cldr/plurals.json") },
		"no rule of all": func(f fstest.MapFS) { f["cldr/plurals.json"] = &fstest.MapFile{Data: []byte(`{"rules": []}`)} },
		"a short rule": func(f fstest.MapFS) {
			f["cldr/plurals.json"] = &fstest.MapFile{Data: []byte(`{"rules": [{"of": ["en"], "counts": ".1.", "million": "."}]}`)}
		},
		"no texts":          func(f fstest.MapFS) { delete(f, "text/mk/a.json") },
		"no JSON":           func(f fstest.MapFS) { f["text/mk/a.json"] = &fstest.MapFile{Data: []byte(`{"a.one"`)} },
		"a number":          func(f fstest.MapFS) { f["text/mk/a.json"] = &fstest.MapFile{Data: []byte(`{"a.one": 1}`)} },
		"a form is no text": func(f fstest.MapFS) { f["text/mk/a.json"] = &fstest.MapFile{Data: []byte(`{"a.n": {"other": 1}}`)} },
		"no language tag":   func(f fstest.MapFS) { f["text/status.json"] = &fstest.MapFile{Data: []byte(`{"not a tag": {}}`)} },
	} {
		f := half(t)
		spoil(f)
		c, err := load(f)
		if err == nil {
			if _, err = c.others["mk"](); c.Printer("mk").Tag() != English {
				t.Errorf("%s: it is spoken", name)
			}
		}
		if !fault.Is(err, fault.Internal) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
