package lang

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// The texts that the person reads are what text/person.json cuts out: each pattern finds something, and each text has a name.
func TestPersonTexts(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(personFile)
	var patterns map[Text][]string
	if err != nil || json.Unmarshal(raw, &patterns) != nil {
		t.Fatal(err)
	}
	for text, list := range patterns {
		if !c.Has("wording.text."+string(text)) || len(c.PersonKeys(text)) < 30 {
			t.Errorf("%s has %d messages", text, len(c.PersonKeys(text)))
		}
		for _, pattern := range list {
			stem, open := strings.CutSuffix(pattern, "*")
			if !slices.ContainsFunc(c.PersonKeys(text), func(k string) bool { return k == pattern || open && strings.HasPrefix(k, stem) }) {
				t.Errorf("%s: %s is no message", text, pattern)
			}
		}
	}
	for _, tag := range c.Reads() {
		for _, text := range c.PersonTexts() {
			digest, whole := c.Digest(tag, text)
			if len(digest) != 64 {
				t.Errorf("%s %s has digest %q", tag, text, digest)
			}
			if only := c.Status(tag).Only == "person"; only && !whole {
				t.Errorf("%s: something of %s is missing", tag, text)
			}
		}
		if c.Status(tag).Only == "person" {
			for _, key := range c.Keys(tag) {
				if !strings.HasPrefix(key, "cldr.") && !c.personKey(key) {
					t.Errorf("%s: %s is no message that the person reads", tag, key)
				}
			}
			if slices.Contains(c.Tags(), tag) || c.Match(string(tag), "") == tag || c.MatchReader(string(tag), "") != tag {
				t.Errorf("%s is a language of pages", tag)
			}
		}
	}
}

// extra is a file of one text in a language that nobody has, with a change.
func extra(t testing.TB, c *Catalogue, change func(*Extra)) []byte {
	t.Helper()
	x := c.Blank("fa", "فارسی", "rtl")
	x.Texts = map[string]any{}
	for _, key := range c.PersonKeys(ForConsent) {
		x.Texts[key] = "متن " + key
	}
	change(&x)
	b, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAFileAddsALanguage(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	out, found := c.Add(map[string][]byte{"fa.json": extra(t, c, func(*Extra) {})})
	if len(found) > 0 {
		t.Fatalf("%+v", found[0])
	}
	p := out.Reader("fa")
	if p.Text("consent.notice") != "متن consent.notice" || p.Dir() != "rtl" || p.Tag() != "fa" || !out.Status("fa").File || p.LanguageName("fa") == "fa" {
		t.Errorf("it says %q in %s", p.Text("consent.notice"), p.Dir())
	}
	if p.Text("form.f1.title") != c.english.Text("form.f1.title") || p.PartialDate(2026, 3, 2) != "2026-03-2" {
		t.Errorf("what it has not is said otherwise: %q, %q", p.Text("form.f1.title"), p.PartialDate(2026, 3, 2))
	}
	if _, whole := out.Digest("fa", ForConsent); !whole {
		t.Error("the text is not whole")
	}
	if _, whole := out.Digest("fa", ForReceipt); whole {
		t.Error("a text that it has not is whole")
	}
	if slices.Contains(c.Reads(), "fa") || slices.Contains(out.Tags(), "fa") || !slices.Contains(out.Reads(), "fa") {
		t.Error("the catalogue it was added to has changed, or the pages have")
	}

	better := []byte(`{"schema":"opentrm/texts/1","language":"mk","name":"македонски","dir":"ltr","texts":{"consent.read.ask":"Подобро.","register.period.days":{"one":"{{.n}} ден","other":"{{.n}} дена"}}}`)
	out, found = c.Add(map[string][]byte{"mk.json": better})
	if len(found) > 0 {
		t.Fatalf("%+v", found[0])
	}
	if out.Reader("mk").Text("consent.read.ask") != "Подобро." || out.Printer("mk").Text("consent.read.ask") == "Подобро." || out.Reader("mk").Text("consent.notice") != c.Printer("mk").Text("consent.notice") {
		t.Error("better words are not said, or said on the pages, or the others are lost")
	}
	before, _ := c.Digest("mk", ForConsent)
	after, _ := out.Digest("mk", ForConsent)
	same, _ := out.Digest("mk", "letter")
	letter, _ := c.Digest("mk", "letter")
	if before == after || same != letter {
		t.Error("a word has changed and the digest has not, or that of another text has")
	}
}

func TestWhatIsWrongInAFileIsFound(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Extra){
		"form":      func(x *Extra) { x.Schema = "x" },
		"language":  func(x *Extra) { x.Language = "en" },
		"key":       func(x *Extra) { x.Texts["web.title"] = "x" },
		"missing":   func(x *Extra) { delete(x.Texts, "consent.notice") },
		"variables": func(x *Extra) { x.Texts["consent.notice"] = "{{.who}}" },
		"size":      func(x *Extra) { x.Texts["consent.notice"] = strings.Repeat("x", maxSaid+1) },
		"signs":     func(x *Extra) { x.Texts["consent.notice"] = "a\u202eb" },
		"plural":    func(x *Extra) { x.Texts["consent.notice"] = map[string]string{"other": "x"} },
	} {
		out, found := c.Add(map[string][]byte{"fa.json": extra(t, c, change)})
		if out != c || len(found) != 1 || found[0].Rule != "wording.rule."+want || !c.Has(found[0].Rule) {
			t.Errorf("%s: %+v", want, found)
		}
	}
	for _, forms := range []map[string]string{{"other": "{{.n}} дня"}, {"one": "{{.n}} дня", "few": "{{.n}} дня", "many": "{{.n}} дней", "two": "{{.n}} x"}} {
		x := Extra{Schema: extraSchema, Language: "uk", Name: "українська", Dir: "ltr", Texts: map[string]any{"register.period.days": forms}}
		b, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		if _, found := c.Add(map[string][]byte{"uk.json": b}); len(found) != 1 || found[0].Rule != "wording.rule.plural" {
			t.Errorf("%v: %+v", forms, found)
		}
	}
	b := extra(t, c, func(*Extra) {})
	if _, found := c.Add(map[string][]byte{"a.json": b, "b.json": b}); len(found) != 1 || found[0].Rule != "wording.rule.twice" {
		t.Errorf("twice: %+v", found)
	}
	if err := Refused(c.english, []Finding{{"a.json", "fa", "x", "wording.rule.key"}}); err == nil || Refused(c.english, nil) != nil {
		t.Error(err)
	}
}

// FuzzExtra: whatever stands in a file, it is refused or every message of it can be said.
func FuzzExtra(f *testing.F) {
	c, err := Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(extra(f, c, func(*Extra) {}))
	f.Add([]byte(`{"schema":"opentrm/texts/1","language":"mk","name":"x","dir":"ltr","texts":{"register.period.days":{"one":"{{.n}}","other":"{{.n}}"}}}`))
	f.Add([]byte(`{"schema":"opentrm/texts/1","language":"cnr","name":"x","dir":"rtl","texts":{"subject.sent":"{{.desk}} {{ }}"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, _ := c.parse("f.json", b)
		out, found := c.Add(map[string][]byte{"f.json": b})
		if len(found) > 0 {
			return
		}
		p := out.Reader(x.Language)
		for key := range x.Texts {
			if said := p.Say(key, "n", 3, "desk", "d", "when", "w"); said.From != p.Tag() || said.Text == "" {
				t.Errorf("%s is said as %+v", key, said)
			}
		}
	})
}
