package page_test

import (
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/page"
)

// The map shows the eleven members by their letters, marks what it is told to, says that it takes no side where it bears a mark, and
// needs no style of its own.
func TestTheMap(t *testing.T) {
	if got := strings.Join(page.Atlas{}.Countries(), " "); got != "AL BA BG HR MD ME MK RO RS SI XK" {
		t.Errorf("it shows %s", got)
	}
	c, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	a := page.Atlas{Caption: page.Plain("Caption"), Marks: map[string]page.Mark{"MD": {Tone: page.Late, Text: page.Plain("three are late")}}}
	if err := page.Region(c.Printer("en"), a).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`aria-label="Caption"`, "XK*", "Moldova: three are late", "trm-map__land--member trm-map__land--late", "trm-map__border--neutral",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the map does not say %q", want)
		}
	}
	if n := strings.Count(b.String(), "trm-map__land--late"); n != 1 || strings.Contains(b.String(), "style=") || strings.Contains(b.String(), `d=""`) {
		t.Errorf("%d countries are marked, or something is drawn otherwise than it should be", n)
	}
}

// The longest bar is as long as there is room for; what is more than nothing is seen.
func TestBars(t *testing.T) {
	c, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	bars := page.Bars{Caption: page.Plain("C"), Of: page.Plain("O"), Number: page.Plain("N"), Rows: []page.Bar{
		{Label: page.Plain("a"), Count: 2000}, {Label: page.Plain("b"), Count: 500}, {Label: page.Plain("c"), Count: 1}, {Label: page.Plain("d")},
	}}
	if err := page.BarTable(c.Printer("en"), bars).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`width="100"`, `width="25"`, `width="1"`, `width="0"`, "2,000"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the bars do not say %q: %s", want, b.String())
		}
	}
}
