package web_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestAFormThatIsSentTwiceDoesOnceWhatItSays: by two clicks at once, or by going back.
func TestAFormThatIsSentTwiceDoesOnceWhatItSays(t *testing.T) {
	w := webtest.Open(t)
	w.Node.Join(w.Node.As("ana").Desk, "nina", access.CaseManager, "ana")
	ana, nina := w.As("ana"), w.As("nina")
	cases := func() int {
		t.Helper()
		all, err := w.Node.Cases.List(t.Context(), w.Node.As("nina").Actor, casefile.Filter{Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	page := func() string { return ana.Get("/cases/new").OK().Find(`name="once" value="([^"]+)"`) }
	filled := func(once, age string) url.Values {
		return url.Values{"once": {once}, "age": {age}, "asylum": {"no"}}
	}
	once := page()
	led := make([]webtest.Answer, 8)
	var all sync.WaitGroup
	for i := range led {
		all.Go(func() {
			again := *ana
			again.Cookies = map[string]string{"__Host-trm": ana.Cookies["__Host-trm"]}
			led[i] = again.Do(http.MethodPost, "/cases/new", filled(once, "adult"))
		})
	}
	all.Wait()
	first := led[0].Header.Get("Location")
	for _, a := range led {
		if a.Is(http.StatusSeeOther).Header.Get("Location") != first || first == "" {
			t.Errorf("one click led to %s, another to %s", first, a.Header.Get("Location"))
		}
	}
	if n := cases(); n != 1 {
		t.Fatalf("%d cases", n)
	}
	for _, c := range []struct {
		what string
		by   *webtest.Somebody
		form url.Values
	}{
		{"a form that was corrected", ana, filled(once, "child")},
		{"the form of another page", ana, filled(page(), "adult")},
		{"the same form of a colleague", nina, filled(once, "adult")},
	} {
		before := cases()
		if a := c.by.Do(http.MethodPost, "/cases/new", c.form).Is(http.StatusSeeOther); a.Header.Get("Location") == first || cases() != before+1 {
			t.Errorf("%s led to %s, %d cases more", c.what, a.Header.Get("Location"), cases()-before)
		}
	}
	// What was refused, or only shown, is so again.
	note := strings.TrimSuffix(first, "/person") + "/note"
	once = ana.Get(note).OK().Find(`name="once" value="([^"]+)"`)
	for range 2 {
		ana.Do(http.MethodPost, note, url.Values{"once": {once}, "text": {""}}).Is(http.StatusUnprocessableEntity)
	}
	ana.Do(http.MethodPost, note, url.Values{"once": {once}, "text": {"She called."}}).Is(http.StatusSeeOther)
}

// TestEveryFormSaysWhichItIs: so that a form that is sent twice does once what it says.
func TestEveryFormSaysWhichItIs(t *testing.T) {
	without := map[string]string{ // action in the source | why
		`page.KeptField`:  "it comes back with the mark that it had",
		`data-endpoint={`: "a script of the page sends it and waits for the answer; the browser is told or not told, whichever comes last",
		`data-do="`:       "as the last",
	}
	files, err := filepath.Glob("../*/*.templ")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	forms, used := 0, map[string]bool{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(b), "<form")[1:] {
			form, _, ended := strings.Cut(part, "</form>")
			if !ended || !strings.Contains(strings.Join(strings.Fields(form), " "), `method="post"`) {
				continue
			}
			forms++
			reason := ""
			for mark := range without {
				if strings.Contains(form, mark) {
					reason, used[mark] = mark, true
				}
			}
			has := strings.Contains(form, "Submit") || strings.Contains(form, "Once()")
			if has == (reason != "") && !strings.Contains(file, "layout.templ") {
				t.Errorf("%s: has it: %v; needs it not: %q\n%.200s", file, has, reason, form)
			}
		}
	}
	if forms < 20 || len(used) != len(without) {
		t.Errorf("%d forms, %v", forms, used)
	}
}
