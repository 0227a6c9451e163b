package webcase_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// She is given a copy of what is kept of her in her language, to print or as a file; what she wants corrected is recorded, and decided with a
// reason that stands in the next copy.
func TestSheIsGivenACopyAndAsksForACorrection(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	ana.Get(path).OK().Says("Copy for her", "Requests for correction")
	ana.Get(path+"/copy").OK().Says("What speaks of others is left out", "Her language")
	shown := ana.Post(path+"/copy", url.Values{"do": {"page"}, "language": {"mk"}}).OK()
	shown.Says("Мария Фиктивна", "Што се чува за вас", "MK/focal-point", "Ask her first whether it is safe").Never("+37360000001", "teapot", "She likes")
	shown.Find(`<div class="trm-sheet" (lang="mk")`)
	file := ana.Do(http.MethodPost, path+"/copy", url.Values{"do": {"file"}}).Is(http.StatusOK)
	if got := file.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/json") || !strings.Contains(file.Body, `"schema": "opentrm/copy/1"`) {
		t.Errorf("the file is %s: %.80s", got, file.Body)
	}

	ana.Do(http.MethodPost, path+"/corrections", url.Values{"says": {""}}).Is(http.StatusUnprocessableEntity).Find(`id="(says-error)"`)
	at := ana.Post(path+"/corrections", url.Values{"says": {"The year is wrong."}}).OK().Says("It is recorded.", "The year is wrong.")
	one, version := at.Find(`action="(/cases/[^"]+/corrections/[^"]+)"`), at.Find(`name="version" value="([0-9]+)"`)
	ana.Do(http.MethodPost, one, url.Values{"version": {version}, "outcome": {"refused"}}).Is(http.StatusUnprocessableEntity)
	ana.Post(one, url.Values{"version": {version}, "outcome": {"refused"}, "reason": {"It is so in her passport."}}).OK().Says("Stays as it is", "It is so in her passport.")
	ana.Post(path+"/copy", url.Values{"do": {"page"}, "language": {"en"}}).OK().Says("The year is wrong.", "It is so in her passport.")
	w.As("dora").Get(path + "/copy").Is(http.StatusForbidden)
}
