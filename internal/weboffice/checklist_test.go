package weboffice_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// The national administrator is told on her home what of the law is to be confirmed, reads an item with its source, says that she
// has read the law, and confirms what she saw and nothing else; others see what she confirmed.
func TestChecklistOnPages(t *testing.T) {
	w := webtest.Open(t)
	ada, ana := w.As("ada"), w.As("ana")
	ada.Get("/").OK().Never("Confirm the law of this country")
	if err := w.Node.Profile.State(t.Context(), w.Node.As("ada").Actor, "case-file", profile.Length{N: 60, Unit: profile.Months}, "an invented law", "article 1"); err != nil {
		t.Fatal(err)
	}
	ada.Get("/").OK().Says("Confirm the law of this country: 1 to go").Find(`(?s)<ul class="govuk-task-list">.*href="(/profile/checklist)"`)
	item := html.UnescapeString(ada.Get("/profile/checklist").OK().Says("To confirm", "an invented law").Find(`(?s)<ul class="govuk-task-list">.*?href="([^"]+)"`))
	ana.Get(item).OK().Says("an invented law", "article 1", "case-file", "How long it is kept 60 months", "What follows", "nothing is erased by this period", "As it stands in the data").Never("Confirm as it stands")
	form := ada.Get(item).OK()
	sent := url.Values{"key": {form.Find(`name="key" value="([^"]+)"`)}, "digest": {form.Find(`name="digest" value="([^"]+)"`)}}
	ana.Do(http.MethodPost, "/profile/checklist", sent).Is(http.StatusForbidden)
	ada.Do(http.MethodPost, "/profile/checklist", sent).Is(http.StatusUnprocessableEntity).Says("Say that you have read the law itself.")
	sent.Set("read", "yes")
	other := url.Values{"key": sent["key"], "read": sent["read"], "digest": {strings.Repeat("0", 64)}}
	ada.Do(http.MethodPost, "/profile/checklist", other).Is(http.StatusConflict).Says("The text was changed after you read it")
	ada.Post("/profile/checklist", sent).OK().Says("It is confirmed as it stands.").Never("To confirm")
	ana.Get(item).OK().Says("Confirmed", "It holds as it stands.").Never("To confirm")
	if !strings.Contains(webtest.Entries(w.As("oto")), "profile.confirm") {
		t.Error("the log does not say that it was confirmed")
	}
	ada.Get("/").OK().Never("Confirm the law of this country")
	ana.Get("/profile/checklist/item?key=x").Is(http.StatusNotFound)
}
