package webconsent_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestAConsentIsTakenWhileTheClockGoesOn: between what a page reads from the clock and what is recorded time passes, as everywhere but in tests. A consent
// that begins by the clock of the page would begin before it was obtained, and be refused.
func TestAConsentIsTakenWhileTheClockGoesOn(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	now := w.Node.Consents.Now
	w.Node.Consents.Now = func() time.Time { return now().Add(time.Second) }
	ana.Do(http.MethodPost, path+"/consent", webtest.ConsentForm()).Is(http.StatusSeeOther)
}
