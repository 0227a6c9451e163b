package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestSheReadsWhomSheCanCall: the number of the desk that cares for her, as it is today; where she lives, that of who coordinates it; and none
// where the organisation has places that nobody may find.
func TestSheReadsWhomSheCanCall(t *testing.T) {
	w := webtest.Open(t)
	w.Node.Desk(desk.Desk{ID: "lawyers", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.legal-aid", OutOfHours: "+38920000001"}, "hana", access.CaseManager)
	w.Node.Desk(desk.Desk{ID: "house", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter", OutOfHours: "+38920000002", Coordinator: "lawyers"}, "mira", access.CaseManager)
	look := func(code string) webtest.Answer {
		return w.Stranger().Do(http.MethodPost, "/page", url.Values{"code": {code}}).OK().Never("+38920000002")
	}
	hana, mira := w.As("hana"), w.As("mira")
	hers, houses := webtest.Code(hana, webtest.Opened(t, hana)), webtest.Code(mira, webtest.Opened(t, mira))
	look(hers).Says("Telephone", "The office that helps you.", "Outside office hours", "stays in the list of calls").Find(`href="(tel:\+38920000001)"`)
	through := look(houses).Says("This office passes on to those who help you what you need.").Never("lawyer", "A place to stay")
	through.Find(`(?s)<details.*href="(tel:\+38920000001)".*</details>`) // not at first sight
	// What she is asked once more and what she keeps says the same.
	w.Stranger().Do(http.MethodPost, "/page", url.Values{"ticket": {through.Find(`name="ticket" value="([^"]+)"`)}}).OK().Find(`href="(tel:\+38920000001)"`)
	_, err := w.Node.Directory.Add(t.Context(), w.Node.As("mira"), directory.Body{Name: "House", Services: []directory.Offer{{Code: "accommodation", Name: "Beds"}}}, []directory.Place{
		{Name: "House", Address: directory.Address{Line1: "Улица 1", City: "Скопје", Country: "MK"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	look(hers).Never("Telephone", "tel:")
	look(houses).Never("Telephone", "tel:")
}
