package weboffice_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

func TestTheDirectoryIsFoundAndAConfidentialPlaceIsOpened(t *testing.T) {
	w := webtest.Open(t)
	house := webtest.Entered(w)
	ana := w.As("ana")
	ana.Get("/directory").OK().Says("Safe house", "Accommodation, Legal help", "Confirmed").Never(webtest.HiddenPlace)
	ana.Get("/directory?" + url.Values{"text": {"SAFE"}, "service": {"legal"}}.Encode()).OK().Says("Safe house")
	ana.Get("/directory?service=medical").OK().Says("No organisation fits.").Never("Safe house")
	ana.Get(house).OK().Says("Takes women with children", "Main Street 1", "Not known", "Open the confidential places").Never(webtest.HiddenPlace)
	ana.Do(http.MethodPost, house, url.Values{}).OK().Says(webtest.HiddenPlace)
	w.Node.User("cora", access.NationalCoordinator)
	cora := w.As("cora")
	cora.Get(house).OK().Says("Ask the desk that keeps this record.").Never(webtest.HiddenPlace, "Open the confidential places")
	cora.Do(http.MethodPost, house, url.Values{}).Is(http.StatusForbidden).Never(webtest.HiddenPlace)
	ana.Get("/directory/none").Is(http.StatusNotFound)
}
