package web_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

var (
	sending  = regexp.MustCompile(`(?s)<form[^>]*method="post"[^>]*action="([^"]+)"(.*?)</form>`)
	controls = regexp.MustCompile(`(?s)<(input|select|textarea)\b([^>]*)>`)
	asks     = regexp.MustCompile(`<select|<textarea|type="(text|tel|email|search|radio|checkbox|time)"`)
	named    = regexp.MustCompile(`\bname="([^"]*)"`)
	valued   = regexp.MustCompile(`\bvalue="([^"]*)"`)
	typed    = regexp.MustCompile(`\btype="([^"]*)"`)
	wrong    = regexp.MustCompile(`(?s)<a href="[^"]*#[^"]*">(.*?)</a>|class="govuk-error-message">(.*?)</p>`)
	options  = regexp.MustCompile(`<option value="([^"]+)"`)
	coded    = regexp.MustCompile(`[a-z]+(?:[_.-][a-z0-9]+)*`)
)

// noCodes sends every form of these screens with what does not fit, in Macedonian: whatever is to be corrected is called by the
// words that stand beside it, and never by its code, which is in Latin letters. It returns how many it was told to correct.
func noCodes(t *testing.T, w *webtest.World, all []screen) int {
	t.Helper()
	told, people := 0, map[string]*webtest.Somebody{}
	for i, s := range all {
		near := func(r *http.Request) { r.RemoteAddr = fmt.Sprintf("10.0.%d.1:1", i) } // each from a network of its own: none asks too fast
		if s.login == "" {
			continue
		}
		p := people[s.login]
		if p == nil {
			p = w.As(s.login)
			people[s.login], p.Lang = p, "mk"
		}
		for _, form := range sending.FindAllStringSubmatch(p.Do(http.MethodGet, s.path, nil, near).Body, -1) {
			action := html.UnescapeString(form[1])
			if action == "/language" || !asks.MatchString(form[2]) {
				continue
			}
			for _, junk := range []string{"", "?", strings.Repeat("x", 5000)} {
				a := p.Do(http.MethodPost, action, filled(form[2], junk), near)
				if a.Status != http.StatusUnprocessableEntity {
					continue
				}
				for _, m := range wrong.FindAllStringSubmatch(a.Body, -1) {
					text := strings.TrimSpace(html.UnescapeString(markup.ReplaceAllString(m[1]+m[2], "")))
					told++
					if code := coded.FindString(text); code != "" && code != "focal-point" { // an example
						t.Errorf("%s, with %.3q in %s: %q calls something %q", s.name, junk, action, text, code)
					}
				}
			}
		}
	}
	return told
}

// filled is what a form is sent with: junk wherever somebody can write, the first choice wherever she can choose.
func filled(form, junk string) url.Values {
	first := func(r *regexp.Regexp, s string) string {
		if m := r.FindStringSubmatch(s); m != nil {
			return html.UnescapeString(m[1])
		}
		return ""
	}
	out := url.Values{}
	for _, at := range controls.FindAllStringSubmatchIndex(form, -1) {
		kind, attributes := form[at[2]:at[3]], form[at[4]:at[5]]
		name := first(named, attributes)
		switch is := first(typed, attributes); {
		case name == "" || name == "once" || is == "submit":
		case is == "hidden":
			out.Add(name, first(valued, attributes))
		case is == "radio" || is == "checkbox":
			if junk != "" && !out.Has(name) {
				out.Set(name, first(valued, attributes))
			}
		case kind == "select":
			if rest := form[at[1]:]; junk != "" {
				out.Set(name, first(options, rest[:max(0, strings.Index(rest, "</select>"))]))
			}
		default:
			out.Set(name, junk)
		}
	}
	return out
}
