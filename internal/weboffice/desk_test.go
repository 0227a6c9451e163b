package weboffice_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestADeskMakesANewIntakeKey: a member of the desk does, nobody else.
func TestADeskMakesANewIntakeKey(t *testing.T) {
	w := webtest.Open(t)
	w.Node.Desk(w.DeskOf("shelter"), "mira", access.CaseManager)
	w.As("mira").Get("/desks/shelter").OK().Says("Make a new intake key")
	w.As("mira").Post("/desks/shelter/intake", nil).OK().Says("a new intake key")
	w.As("ana").Get("/desks/shelter").OK().Never("/desks/shelter/intake")
	if a := w.As("ana").Post("/desks/shelter/intake", nil); a.Status < 400 {
		t.Errorf("another desk made it: %d", a.Status)
	}
}

// TestADeskIsToldThatItsIndexIsBehind: after a new version of the fold the desk's page says how many cases to fold anew, to who can do it and
// to nobody else; so does whoever examines the node.
func TestADeskIsToldThatItsIndexIsBehind(t *testing.T) {
	w := webtest.Open(t)
	const says = "follows the spelling rules"
	who := person.Person{Names: []person.Name{{Use: person.Registered, Parts: []person.NamePart{{Kind: person.Surname, Text: "Demonova"}}, Script: "Latn"}}, Contacts: []person.Contact{}}
	if _, err := w.Node.Cases.Open(t.Context(), w.Node.As("ana"), casefile.Opening{AgeClass: person.Adult, Person: &who}); err != nil {
		t.Fatal(err)
	}
	behind := func() []id.Desk {
		all, err := w.Node.Searches.Behind(t.Context(), access.Console(w.Node.Member))
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	w.As("ana").Get("/desks/focal-point").OK().Never(says)
	if got := behind(); len(got) != 0 {
		t.Errorf("behind before anything has changed: %v", got)
	}
	w.Node.Searches.Folds = append(fold.All(), fold.New(99, "group\tei\ti\n"))
	w.As("ana").Get("/desks/focal-point").OK().Says("1 case "+says, "case reindex --fold")
	w.As("ada").Get("/desks/focal-point").OK().Never(says)
	if got := behind(); !slices.Equal(got, []id.Desk{"focal-point"}) {
		t.Errorf("behind are %v", got)
	}
	if _, err := w.Node.Searches.Behind(t.Context(), w.Node.As("ana").Actor); err == nil {
		t.Error("a caseworker examines the node")
	}
	if r, err := w.Node.Searches.Refold(t.Context(), w.Node.As("ana"), search.Refolding{}, 10); err != nil || r.Put != 1 {
		t.Fatalf("folding anew: %+v, %v", r, err)
	}
	w.As("ana").Get("/desks/focal-point").OK().Never(says)
	if got := behind(); len(got) != 0 {
		t.Errorf("behind after it was folded anew: %v", got)
	}
}

// An administrator proposes, a member who has heard the fingerprint lets in, and the newcomer is at the desk.
func TestADeskGrowsByTwoPeople(t *testing.T) {
	w := webtest.Open(t)
	user := w.Node.User("nina")
	admin, ana := w.As("ada"), w.As("ana")
	admin.Post("/desks/focal-point/propose", url.Values{"user": {string(user)}, "role": {"case-manager"}}).OK().Says("nina", "Proposed")
	admin.Do(http.MethodPost, "/desks/focal-point/propose", url.Values{"user": {string(user)}, "role": {"case-manager"}}).Is(http.StatusConflict).Says("already")
	accounts, err := w.Node.Signin.List(t.Context(), w.Node.As("ada").Actor)
	if err != nil {
		t.Fatal(err)
	}
	print := ""
	for _, a := range accounts {
		if a.ID == user {
			print = string(a.Fingerprint)
		}
	}
	a := ana.Get("/desks/focal-point").OK().Says("nina", "Let her in").Never(print, print[:4]+" "+print[4:8])
	grant := a.Find(`action="(/desks/focal-point/grant/[^"]+)"`)
	ana.Do(http.MethodPost, grant, url.Values{"fingerprint": {strings.Repeat("0", 32)}}).Is(http.StatusUnprocessableEntity).Says("does not fit")
	ana.Post(grant, url.Values{"fingerprint": {" " + print[:4] + " " + strings.ToUpper(print[4:])}}).OK().Says("can now work")
	nina := w.As("nina")
	nina.Get("/").OK().Says("What to do now")
	admin.Post(admin.Get("/users/"+string(user)).OK().Find(`action="(/users/[^"]+/sessions/[^"]+)"`), nil).OK().Never("/sessions/")
	nina.Get("/").Is(http.StatusSeeOther)
	w.As("oto").Get("/desks/focal-point").OK().Says("nina") // the auditor may list accounts
	w.Node.Desk(w.DeskOf("shelter"), "sara", "case-manager")
	w.As("sara").Get("/desks/focal-point").OK().Never("nina") // the staff of one desk are not another's to know
}
