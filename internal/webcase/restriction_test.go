package webcase_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// A case is kept and not used: from its page to the list, the reason before it opens, the banner before the card, that she was told, and its end by
// the officer.
func TestCaseIsKeptAndNotUsedOnPages(t *testing.T) {
	w := webtest.Pair(t)
	ana, dora := w.As("ana"), w.As("dora")
	path := webtest.Opened(t, ana)
	place := ana.Get(path).OK().Says("Restrict the case").Find(`href="(/restrictions\?reference=[^"]+)"`)
	reference := strings.TrimPrefix(place, "/restrictions?reference=")
	ana.Get(place).OK().Says("No case is restricted", "Law of this country").Find(`value="(` + reference + `)"`)
	why := func(code string) url.Values {
		return url.Values{"reference": {reference}, "code": {code}, "words": {"an invented reason"}}
	}
	ana.Do(http.MethodPost, "/restrictions", why("")).Is(http.StatusUnprocessableEntity).Find(`id="(code-error)"`)
	one := ana.Post("/restrictions", why("accuracy")).OK().Says("The case is kept and not used", reference, "not yet").Never("an invented reason").Find(`href="(/restrictions/[^"?]+)"`)
	w.As("ada").Get("/restrictions").Is(http.StatusForbidden)

	ana.Get(path).Is(http.StatusSeeOther)
	ana.Do(http.MethodPost, path+"/note", url.Values{"text": {"an invented note"}, "language": {"en"}}).Is(http.StatusConflict).Says("Say why you open it", "an invented note")
	ana.Get(path+"/restriction").OK().Says("Kept and not used since", "She says that something is not right", "Say why you open it")
	ana.Do(http.MethodPost, path+"/restriction", why("curiosity")).Is(http.StatusUnprocessableEntity).Find(`id="(code-error)"`)
	ana.Post(path+"/restriction", why("claims")).OK().Says("Kept and not used since", "Before any contact").Never("Restrict the case")
	if text := ana.Get(path).OK().Text(); strings.Index(text, "Kept and not used since") > strings.Index(text, "Before any contact") {
		t.Error("it is said after the card")
	}

	dora.Get(one).OK().Says("It is lifted only after she was told")
	ana.Do(http.MethodPost, one+"/lift", why("confirmed")).Is(http.StatusForbidden)
	dora.Do(http.MethodPost, one+"/lift", why("confirmed")).Is(http.StatusConflict)
	ana.Get(one).OK().Says("What was she told?", "That it is in force, as she asked", "That it will be lifted", "How was she told?", "By letter, to an address that is safe", "Nobody can reach her")
	told := func(about, code string) url.Values {
		return url.Values{"about": {about}, "code": {code}, "words": {"an invented reason"}}
	}
	ana.Get("/tasks").OK().Says("Tell her that her case is kept and not used")
	ana.Do(http.MethodPost, one+"/told", told("in-force", "unreachable")).Is(http.StatusForbidden)
	ana.Post(one+"/told", told("in-force", "safe-way")).OK().Says("It is recorded that she was told that it is in force", "that it is in force: Over a safe way", "It is lifted only after she was told").
		Never("What was she told?")
	ana.Get("/tasks").OK().Never("Tell her that her case is kept and not used")
	ana.Do(http.MethodPost, one+"/told", told("in-force", "letter")).Is(http.StatusConflict)
	dora.Get("/restrictions").OK().Says("Over a safe way")
	ana.Do(http.MethodPost, one+"/told", why("")).Is(http.StatusUnprocessableEntity).Find(`id="(code-error)"`)
	ana.Post(one+"/told", why("letter")).OK().Says("It is recorded that she was told", "Lift the restriction")
	dora.Get(one).OK().Says("She was told on 2 March 2026", "By letter, to an address that is safe")
	dora.Get("/restrictions").OK().Says("By letter, to an address that is safe")
	w.Node.User("nada", access.NationalCoordinator)
	w.As("nada").Get("/restrictions").OK().Says("By letter, to an address that is safe").Never(reference)
	dora.Post(one+"/lift", why("confirmed")).OK().Says("The restriction is lifted", "No case is restricted")
	ana.Get(path).OK().Says("Restrict the case").Never("Kept and not used since")
}
