package webreferral_test

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestAFullDeskIsAskedKnowingly: what a house says of its places reaches the desk sheet when it is signed, with nothing else of the house, and a
// desk of the same node at once. Whoever refers to a desk that is full says so; what was said too long ago counts for nothing.
func TestAFullDeskIsAskedKnowingly(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := n.Node("MD"), n.Node("MK")
	md.Desk(desk.Desk{ID: "shelter", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter"}, "sara", access.CaseManager)
	md.PublishSheet()
	n.Run()
	house := func(x *nodetest.Node) func(directory.Light) {
		t.Helper()
		ana := x.As("ana")
		o, err := x.Directory.Add(t.Context(), ana, directory.Body{
			Name: "DEMO house", Description: "Takes women", Services: []directory.Offer{{Code: "accommodation", Name: "DEMO beds"}}, Places: []directory.Place{},
		}, []directory.Place{{Name: "DEMO hidden", Address: directory.Address{Line1: webtest.HiddenPlace, City: "Demovo", Country: "MK"}}})
		if err != nil {
			t.Fatal(err)
		}
		return func(l directory.Light) {
			t.Helper()
			stands, err := x.Directory.Show(t.Context(), x.As("ana").Actor, o.ID)
			if err != nil {
				t.Fatal(err)
			}
			if err := x.Directory.Say(t.Context(), x.As("ana").Actor, o.ID, o.Body.Services[0].ID, l, stands.Capacity[0].Said); err != nil {
				t.Fatal(err)
			}
		}
	}
	here, there := house(md), house(mk)
	var signed []member.Desk
	publish := func() {
		t.Helper()
		n.Clock.Advance(time.Second)
		mk.PublishSheet(func(s *member.Sheet) { signed = s.Desks })
		n.Run()
	}
	publish()
	before := signed[0]
	there(directory.Full)
	publish()
	full := signed[0]
	if before.Capacity != "unknown" || full.Capacity != "full" {
		t.Errorf("the sheet says %q and then %q", before.Capacity, full.Capacity)
	}
	full.Capacity, full.VerifiedOn = before.Capacity, before.VerifiedOn
	if a, b := encoded(t, before), encoded(t, full); a != b || strings.Contains(a, "DEMO") || strings.Contains(a, webtest.HiddenPlace) {
		t.Errorf("the sheet says more than the light:\n%s\n%s", a, b)
	}

	ana := webtest.At(t, md).As("ana")
	path := webtest.Opened(t, ana)
	wide := webtest.ConsentForm()
	wide["recipients"] = []string{"MD/shelter", "MK/focal-point"}
	ana.Post(path+"/consent", wide).OK()
	choices := regexp.MustCompile(`name="to" type="radio" value="([^"]+)"`).FindAllStringSubmatch(ana.Get(path+"/referral").OK().Says("MK/focal-point North Macedonia · full", "MD/shelter Moldova · capacity not known").Body, -1)
	// Of a desk of this country the services of its organisation stand there; and once needs are known, which of them it gives.
	ana.Get(path+"/referral").OK().Says("MD/shelter Moldova", "Services: Accommodation (Not known; confirmed")
	said := ana.Do(http.MethodPost, path+"/referral", url.Values{"step": {"desk"}, "needs": {"accommodation", "legal"}}).Is(http.StatusUnprocessableEntity)
	said.Says("Gives what is needed: Accommodation", "Not listed there:", "What it offers is not known")
	to := func(desk string) url.Values {
		t.Helper()
		for _, c := range choices {
			if x := html.UnescapeString(c[1]); strings.HasSuffix(x, " "+desk) {
				form := webtest.DraftForm(x)
				if desk == "MD/shelter" {
					form.Set("basis", "national-law")
				}
				return form
			}
		}
		t.Fatal("no choice of", desk)
		return nil
	}
	refused := func(desk string) {
		t.Helper()
		ana.Do(http.MethodPost, path+"/referral", to(desk)).Is(http.StatusConflict).Says("This desk says that it is full")
	}
	drafted := func(desk string) string {
		t.Helper()
		return strings.TrimSuffix(ana.Do(http.MethodPost, path+"/referral", to(desk)).Is(http.StatusSeeOther).Header.Get("Location"), "?done=draft")
	}
	check := func(r string, want int) {
		t.Helper()
		ana.Do(http.MethodPost, r+"/check", url.Values{"version": {ana.Get(r + "/check").OK().Find(`name="version" value="([0-9]+)"`)}}).Is(want)
	}
	refused("MK/focal-point")
	local := drafted("MD/shelter")
	here(directory.Full) // no sheet is signed for a desk of the same node
	refused("MD/shelter")
	check(local, http.StatusConflict)
	here(directory.Few)
	check(local, http.StatusSeeOther)

	here(directory.Full)
	n.Clock.Advance(70 * time.Hour)
	ana = webtest.At(t, md).As("ana")
	refused("MK/focal-point")
	refused("MD/shelter")
	n.Clock.Advance(3 * time.Hour)
	ana = webtest.At(t, md).As("ana")
	check(drafted("MK/focal-point"), http.StatusSeeOther)
	check(drafted("MD/shelter"), http.StatusSeeOther)
}

func encoded(t *testing.T, d member.Desk) string {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
