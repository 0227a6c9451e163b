package webcase_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// Nothing is opened before somebody has said what for; then it is shown in words, or given as a file that says what it may not be used for.
func TestACaseIsWrittenInHTCDSOnAPage(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	ana.Get(path).OK().Says("Write the case in the standard HTCDS")
	ana.Get(path + "/htcds").OK().Says("This is no way to another body").Never("Фиктивна")
	for _, none := range []string{"", "ministry"} {
		ana.Do(http.MethodPost, path+"/htcds", url.Values{"purpose": {none}, "as": {"page"}}).Is(http.StatusUnprocessableEntity).Never("Фиктивна").Find(`id="(purpose-error)"`)
	}
	shown := ana.Post(path+"/htcds", url.Values{"purpose": {"own-system"}, "as": {"page"}}).OK()
	shown.Says("For another system of this desk only.", "Surname Фиктивна", "What is not in it", "Ways of reaching her 1").Never("+37360000001", "prs_", "NonSpecifiedUnknown")
	for as, want := range map[string]string{"csv": "Not to be passed on", "json": `"pass_on": false`} {
		file := ana.Do(http.MethodPost, path+"/htcds", url.Values{"purpose": {"own-system"}, "as": {as}}).Is(http.StatusOK)
		if d := file.Header.Get("Content-Disposition"); d != `attachment; filename="htcds-own-system.`+as+`"` || !strings.Contains(file.Body, want) || !strings.Contains(file.Body, "Фиктивна") || strings.Contains(file.Body, "+373") {
			t.Errorf("the file is %s: %.300s", d, file.Body)
		}
	}
	w.Node.Desk(w.DeskOf("shelter"), "sara", "case-manager")
	w.As("sara").Do(http.MethodPost, path+"/htcds", url.Values{"purpose": {"own-system"}}).Is(http.StatusNotFound).Never("Фиктивна")
	w.As("dora").Get(path + "/htcds").Is(http.StatusForbidden)
}
