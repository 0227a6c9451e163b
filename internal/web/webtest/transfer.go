package webtest

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/opentrm/opentrm/internal/id"
)

// Refuge founds a second desk of assistance at the node, where sara works.
func Refuge(w *World) {
	w.T.Helper()
	w.Node.Desk(w.DeskOf("refuge"), "sara", "case-manager")
	w.Node.PublishSheet()
	w.Node.Net.Run()
}

// Offered lets ana offer a case to the refuge, and returns the path of the offer.
func Offered(w *World) string {
	w.T.Helper()
	Refuge(w)
	ana := w.As("ana")
	path := strings.TrimSuffix(ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).Is(http.StatusSeeOther).Header.Get("Location"), "/person")
	form := Handing()
	form.Set("version", ana.Get(path+"/transfer").OK().Find(`name="version" value="([0-9]+)"`))
	return strings.TrimSuffix(ana.Do(http.MethodPost, path+"/transfer", form).Is(http.StatusSeeOther).Header.Get("Location"), "?done=transfer")
}

// Handing is an offer to the refuge, as it is sent.
func Handing() url.Values {
	return url.Values{
		"to": {string(id.Desk("refuge"))}, "basis": {"agreement"}, "on-day": {"2"}, "on-month": {"3"}, "on-year": {"2026"}, "given-by": {"herself"}, "told": {"yes"},
		"how": {"written"}, "language": {"ro"}, "note": {"She likes to be called in the morning."},
	}
}
