package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/directory"
)

const hiddenPlace = "Hidden Lane 17"

// entered puts an organisation into the directory, kept by ana's desk, and returns its path.
func entered(w *world) string {
	w.t.Helper()
	at := func(line string) []directory.Place {
		return []directory.Place{{Name: "House", Address: directory.Address{Line1: line, City: "Chisinau", Country: "MD"}}}
	}
	o, err := w.mk.Directory.Add(w.t.Context(), w.mk.As("ana"), directory.Body{
		Name: "Safe house", Description: "Takes women with children", Phone: "+373 22 000 000",
		Services: []directory.Offer{{Code: "accommodation", Name: "Beds"}, {Code: "legal", Name: "Advice"}}, Places: at("Main Street 1"),
	}, at(hiddenPlace))
	if err != nil {
		w.t.Fatal(err)
	}
	return "/directory/" + string(o.ID)
}

func TestTheDirectoryIsFoundAndAConfidentialPlaceIsOpened(t *testing.T) {
	w := open(t)
	house := entered(w)
	ana := w.as("ana")
	ana.get("/directory").ok().says("Safe house", "Accommodation, Legal help", "Confirmed").never(hiddenPlace)
	ana.get("/directory?" + url.Values{"text": {"SAFE"}, "service": {"legal"}}.Encode()).ok().says("Safe house")
	ana.get("/directory?service=medical").ok().says("No organisation fits.").never("Safe house")
	ana.get(house).ok().says("Takes women with children", "Main Street 1", "Not known", "Open the confidential places").never(hiddenPlace)
	ana.do(http.MethodPost, house, url.Values{}).ok().says(hiddenPlace)
	w.mk.User("cora", access.NationalCoordinator)
	cora := w.as("cora")
	cora.get(house).ok().says("Ask the desk that keeps this record.").never(hiddenPlace, "Open the confidential places")
	cora.do(http.MethodPost, house, url.Values{}).is(http.StatusForbidden).never(hiddenPlace)
	ana.get("/directory/none").is(http.StatusNotFound)
}
