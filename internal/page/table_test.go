package page_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/page"
)

// On a telephone each cell stands beside what its column is called: more than one thing in it is held together, or the second would stand
// below the name of the column.
func TestACellIsOneThing(t *testing.T) {
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	word, tag := page.Plain("word"), &page.Tag{Text: page.Plain("state"), Tone: page.Good}
	for name, c := range map[string]struct {
		cell page.Cell
		held bool
	}{
		"a word":                       {page.Cell{Text: word}, false},
		"a link":                       {page.Cell{Text: word, Path: "/there"}, false},
		"a state":                      {page.Cell{Tag: tag}, false},
		"a link and its code":          {page.Cell{Text: word, Path: "/there", Small: page.Plain("case.read")}, true},
		"a state and what it is about": {page.Cell{Text: word, Tag: tag}, true},
	} {
		var b bytes.Buffer
		table := page.Table{Caption: word, Columns: []page.Column{{Text: word}}, Rows: [][]page.Cell{{c.cell}}}
		if err := page.DataTable(texts.Printer("en"), table).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		_, body, _ := strings.Cut(b.String(), "<tbody")
		if held := strings.Contains(body, "<div>"); held != c.held {
			t.Errorf("%s is held together: %t", name, held)
		}
	}
}

// A reference in the name of a column stays whole on a telephone, where the style sheet writes that name beside the cell; in the head it is as it is.
func TestAReferenceInTheNameOfAColumnStaysWhole(t *testing.T) {
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	table := page.Table{Caption: page.Plain("x"), Columns: []page.Column{{Text: page.Plain("File 8b8-gsb-grb, well-known")}}, Rows: [][]page.Cell{{{Text: page.Plain("word")}}}}
	if err := page.DataTable(texts.Printer("en"), table).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"data-column=\"File 8b8\u2011gsb\u2011grb, well-known\"", "<bdi>File 8b8-gsb-grb, well-known</bdi></th>"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in %s", want, b.String())
		}
	}
}
