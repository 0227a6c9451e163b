package page_test

import (
	"bytes"
	"compress/gzip"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// A page holds nothing that the strictest content security policy would refuse.
func TestNothingInline(t *testing.T) {
	page := webtest.HTML(t, webtest.Sample(t, "mk"))
	for _, bad := range []string{`\sstyle=`, `<style`, `\son[a-z]+=`, `javascript:`, `<script[^>]*>[^<]`, `https?://`, `data:`} {
		if found := regexp.MustCompile(`(?i)` + bad).FindString(page); found != "" {
			t.Errorf("the page has %q", found)
		}
	}
}

func TestWhatIsTypedIsEscaped(t *testing.T) {
	if page := webtest.HTML(t, webtest.Sample(t, "en")); strings.Contains(page, "<b>") || !strings.Contains(page, "k7m&#34;&gt;&lt;b&gt;") {
		t.Error("what was typed came back as markup")
	}
}

// Every id that is pointed at exists, and exists once: labels, hints, errors, links of the error summary.
func TestReferencesWithinThePage(t *testing.T) {
	page := webtest.HTML(t, webtest.Sample(t, "en"))
	count := map[string]int{}
	for _, m := range regexp.MustCompile(`\sid="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		count[m[1]]++
	}
	for id, n := range count {
		if n > 1 {
			t.Errorf("the id %s stands %d times", id, n)
		}
	}
	points := 0
	for _, m := range regexp.MustCompile(`\s(?:for|aria-describedby|aria-labelledby)="([^"]*)"|href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
		for _, id := range strings.Fields(m[1] + " " + m[2]) {
			points++
			if count[id] != 1 {
				t.Errorf("something points at %s, which stands %d times", id, count[id])
			}
		}
	}
	if points < 20 {
		t.Errorf("only %d references seen: the test does not see the page", points)
	}
}

// In the language that brackets every message, no word stands outside brackets but what came from a record.
func TestEverythingIsTranslated(t *testing.T) {
	page := webtest.HTML(t, webtest.Sample(t, lang.Pseudo))
	body := page[strings.Index(page, "<title>"):]
	fromRecords := []string{"OpenTRM", "Demo Person", "MK/focal-point", "k7m-4qt-2x9", "2x9-k7m-4qt", "shqip", "ромски", "1998", "12", "1 234", "x", ",", ":", "!", "–"}
	c, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range c.Tags() { // each language is named in itself
		fromRecords = append(fromRecords, c.Status(tag).Name)
	}
	text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body, "\n")
	bracketed := regexp.MustCompile(`⟨[^⟨⟩]*⟩`)
	for strings.Contains(text, "⟨") {
		next := bracketed.ReplaceAllString(text, "")
		if next == text {
			t.Fatal("brackets do not close: a message is cut")
		}
		text = next
	}
	for _, line := range strings.Split(text, "\n") {
		for _, known := range fromRecords {
			if strings.Trim(line, " ,:–") == known {
				line = ""
			}
		}
		if strings.Trim(line, " ,:–") != "" {
			t.Errorf("%q was never translated", line)
		}
	}
	for _, attribute := range regexp.MustCompile(`aria-label="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		if !strings.HasPrefix(attribute[1], "⟨") {
			t.Errorf("the label %q was never translated", attribute[1])
		}
	}
}

func TestLanguageAndDirection(t *testing.T) {
	for tag, want := range map[lang.Tag]string{
		"en": `<html class="govuk-template" lang="en" dir="ltr">`,
		"mk": `<html class="govuk-template" lang="mk" dir="ltr">`, lang.Mirror: `<html class="govuk-template" lang="xx-rtl" dir="rtl">`,
	} {
		page := webtest.HTML(t, webtest.Sample(t, tag))
		if !strings.Contains(page, want) {
			t.Errorf("%s: no %s", tag, want)
		}
		if !strings.Contains(page, `value="mk" lang="mk"`) || strings.Contains(page, "⟦") || strings.Contains(page, "…") {
			t.Errorf("%s: the language switch or a message is missing", tag)
		}
	}
	if page := webtest.HTML(t, webtest.Sample(t, "en")); !strings.Contains(page, "Kosovo declaration") {
		t.Error("a page that names Kosovo* lacks the footnote")
	}
}

// The first page weighs at most 60 KB over the wire, with everything it loads: style, script, icon, and the
// fonts of both scripts in both weights, which a Macedonian page needs at most.
func TestFirstPageWeight(t *testing.T) {
	s, _ := webtest.Shell(t, "mk")
	page := webtest.HTML(t, webtest.Sample(t, "mk"))
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write([]byte(page)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	total := zipped.Len()
	for _, name := range []string{"app.css", "app.js", "logo.svg", "noto-latin-400.woff2", "noto-latin-700.woff2", "noto-cyrillic-400.woff2", "noto-cyrillic-700.woff2"} {
		r := httptest.NewRequest("GET", s.Assets.URL(name), nil)
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		s.Assets.ServeHTTP(w, r)
		total += w.Body.Len() + 400 // headers of the answer
	}
	if total > 60_000 {
		t.Errorf("%d bytes", total)
	}
	t.Logf("%d bytes", total)
}
