package webcase_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// An answer about her cooperation says which it replaces; the form and the timeline say that there was one, and not which.
func TestAnAnswerAboutCooperationSaysWhichItReplaces(t *testing.T) {
	w := webtest.Open(t)
	w.Node.Desk(desk.Desk{ID: "prosecution", Kind: desk.AtNode, Realm: access.Prosecution, Function: "desk.function.prosecutor"}, "petar", access.Prosecutor)
	petar := w.As("petar")
	path := strings.TrimSuffix(petar.Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).Is(http.StatusSeeOther).Header.Get("Location"), "/person")
	petar.Get(path + "/cooperation").OK().Never("The last answer was recorded")
	petar.Post(path+"/cooperation", url.Values{"answer": {"yes"}, "note": {"she said so herself"}}).OK().Never("Replaces")
	petar.Get(path + "/cooperation").OK().Says("The last answer was recorded on 2 March 2026").Never("she said so herself")
	petar.Get(path + "/timeline").OK().Never("replaced by")
	petar.Get(path).OK().Find(`(?s)<main.*?href="(/releases)"`) // what was released to her is one touch away
	w.Node.Net.Clock.Advance(time.Minute)
	petar.Post(path+"/cooperation", url.Values{"answer": {"withdrawn"}}).OK().Says("Replaces she agrees, 2 March 2026")
	if n := strings.Count(petar.Get(path+"/timeline").OK().Never("she agrees").Text(), "replaced by the answer of 2 March 2026"); n != 1 {
		t.Errorf("%d answers are said to be replaced, not the first alone", n)
	}
	w.As("ana").Get(path + "/cooperation").Is(http.StatusForbidden)
}
