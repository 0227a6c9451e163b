package form_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/lang"
)

// element is one element of a page with the text below it.
type element struct {
	name  string
	attrs map[string]string
	text  string
}

// meta is the one element of a sheet that HTML does not close.
var meta = regexp.MustCompile(`(<meta [^>]*)>`)

// elements reads a page and fails the test if an element is left open.
func elements(t *testing.T, page []byte) []*element {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(meta.ReplaceAll(page, []byte("$1/>"))))
	d.Entity = xml.HTMLEntity
	var all, open []*element
	for {
		token, err := d.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		switch v := token.(type) {
		case xml.StartElement:
			e := &element{name: v.Name.Local, attrs: map[string]string{}}
			for _, a := range v.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			all, open = append(all, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			for _, e := range open {
				e.text += string(v)
			}
		}
	}
}

// TestSheet draws every form in every language and looks at each of its questions.
func TestSheet(t *testing.T) {
	s, c := loaded(t)
	for _, f := range s.Newest() {
		for _, tag := range c.Tags() {
			sheet, err := s.Sheet(c, tag, f.ID, f.Version, form.Edition{})
			if err != nil {
				t.Fatal(err)
			}
			var page bytes.Buffer
			if err := sheet.HTML(&page); err != nil {
				t.Fatal(err)
			}
			checkPage(t, f, c.Printer(tag), c.Status(tag), page.Bytes())
		}
	}
}

func checkPage(t *testing.T, f form.Form, p *lang.Printer, status lang.Status, page []byte) {
	t.Helper()
	where := f.ID + " " + string(p.Tag())
	if bytes.Contains(page, []byte("⟦")) || bytes.Contains(page, []byte("…")) {
		t.Errorf("%s: words are missing", where)
	}
	if drafted := strings.Contains(string(page), p.Text("form.sheet.draft")); drafted != (status.State == "machine-drafted") {
		t.Errorf("%s: says that it is a draft: %v", where, drafted)
	}
	all := elements(t, page)
	if all[0].name != "html" || all[0].attrs["lang"] != string(p.Tag()) || all[0].attrs["dir"] != "ltr" {
		t.Errorf("%s: begins with %+v", where, all[0].attrs)
	}
	seen := map[string]bool{}
	parts := map[string]*element{}
	for _, e := range all {
		if slices.Contains([]string{"script", "img", "link", "input", "form", "iframe"}, e.name) || e.attrs["src"] != "" || e.attrs["href"] != "" {
			t.Errorf("%s: %s %v does not belong on paper", where, e.name, e.attrs)
		}
		if id := e.attrs["id"]; id != "" && seen[id] {
			t.Errorf("%s: two elements are %s", where, id)
		}
		seen[e.attrs["id"]] = true
		if e.name == "section" {
			parts[e.attrs["aria-labelledby"]] = e
		}
	}
	for _, part := range f.Sections {
		for _, q := range part.Questions {
			e := parts[q.ID]
			if e == nil || !seen[q.ID] {
				t.Errorf("%s: %s is not on the sheet", where, q.ID)
				continue
			}
			want := []string{p.Text(q.Words), p.Text(q.Why), p.Text("form.keep." + q.Keep)}
			for _, code := range []string{"unknown", "not-asked", "declined", "unsafe-to-ask"} {
				want = append(want, p.Text("form.none."+code))
			}
			for _, r := range q.Sees {
				want = append(want, p.Text("access.role."+string(r)))
			}
			for _, l := range f.Lists {
				for _, o := range l.Choices {
					if l.ID == q.List {
						want = append(want, p.Text(o.Words))
					}
				}
			}
			if q.Trauma {
				want = append(want, p.Text("form.sheet.trauma"))
			}
			for _, words := range want {
				if !strings.Contains(e.text, words) {
					t.Errorf("%s: %s does not say %q", where, q.ID, words)
				}
			}
		}
	}
}

// TestSheetOfAdditions escapes what a national file says and draws its questions in both languages.
func TestSheetOfAdditions(t *testing.T) {
	s, c := loaded(t)
	a := national(t)
	a.Words["mk"]["mk.office"] = `<script>alert(1)</script>`
	s, err := s.Add(c, a)
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := s.Sheet(c, "mk", "F1", 1, form.Edition{Member: "MK", Version: 1})
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := sheet.HTML(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Во кој регион?", "Полошки", "Северна Македонија", "&lt;script&gt;"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the sheet does not say %q", want)
		}
	}
	if strings.Contains(page.String(), "<script") {
		t.Error("a national file wrote an element")
	}
	if _, err := s.Sheet(c, "xx", "F1", 1, form.Edition{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a language that is not there: %v", err)
	}
}
