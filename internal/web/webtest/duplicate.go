package webtest

import (
	"net/http"
	"net/url"
	"strings"
)

// Twins lets ana open two files of one invented person, of which the first alone says that she asked for asylum, and returns their paths.
func Twins(w *World) (keep, aside string) {
	w.T.Helper()
	file := func(asylum, language string) string {
		ana := w.As("ana")
		path := strings.TrimSuffix(ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {asylum}, "origins": {"MD"}}).Is(http.StatusSeeOther).Header.Get("Location"), "/person")
		ana.Post(path+"/person", url.Values{"given": {"Dvojna"}, "surname": {"Fiktivna"}, "birth-year": {"1998"}, "sex": {"female"}, "languages": {language}, "citizenships": {"MD"}}).OK()
		return path
	}
	return file("yes", "ro"), file("no", "ru")
}

// Compared lets ana open two files of one invented person, and returns the path of their comparison.
func Compared(w *World) string {
	w.T.Helper()
	keep, aside := Twins(w)
	return keep + "/comparison?other=" + w.As("ana").Get(aside).OK().Find(`<title>[^<]*([0-9a-z]{3}-[0-9a-z]{3}-[0-9a-z]{3})`)
}

// Proposed lets ana say that two files are of one person, which takes a second person because she had kept them apart, and returns the paths
// of the comparison and of what waits.
func Proposed(w *World) (compared, merge string) {
	w.T.Helper()
	compared = Compared(w)
	ana := w.As("ana")
	path, there, _ := strings.Cut(compared, "?other=")
	send := func(form url.Values) string {
		at := ana.Get(compared).OK()
		for _, name := range []string{"version", "there"} {
			form.Set(name, at.Find(`name="`+name+`" value="([0-9]+)"`))
		}
		form.Set("other", there)
		return ana.Do(http.MethodPost, path, form).Is(http.StatusSeeOther).Header.Get("Location")
	}
	send(url.Values{"do": {"apart"}, "why": {"DEMO: another mother is written there."}})
	merge = send(url.Values{"do": {"merge"}, "keep": {"this"}, "reason": {"DEMO: the same scar, and she says so."}})
	return compared, strings.TrimSuffix(merge, "?done=same-said")
}
