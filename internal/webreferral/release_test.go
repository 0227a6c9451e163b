package webreferral_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// Prosecution has a list of what was released to its desk; nobody else is shown the way to it.
func TestReleasesAreAListOfProsecution(t *testing.T) {
	w := webtest.Pair(t)
	w.Node.Desk(desk.Desk{ID: "prosecution", Kind: desk.AtNode, Realm: access.Prosecution, Function: "desk.function.prosecutor"}, "petar", access.Prosecutor)
	petar := w.As("petar")
	if !strings.Contains(petar.Get("/").OK().Body, `href="/releases"`) || strings.Contains(w.As("ana").Get("/").OK().Body, `href="/releases"`) {
		t.Error("the way to the list is not where it belongs")
	}
	petar.Get("/releases").OK().Says("Nothing was released")
	petar.Get("/releases/none").Is(http.StatusNotFound)
	w.As("ada").Get("/releases").Is(http.StatusForbidden)
}
