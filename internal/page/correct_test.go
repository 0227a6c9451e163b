package page_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// A change of which nobody knows whether it was kept is not offered as a form to send once more: the person is told to look.
func TestWhatIsNotKnownIsNotCorrected(t *testing.T) {
	_, p := webtest.Shell(t, "en")
	v := &page.Visit{P: p}
	if _, err := v.Correct(fault.New(fault.Unavailable, "store.unavailable"), page.FieldsOf("name")); err != nil {
		t.Errorf("what was not done: %v", err)
	}
	if _, err := v.Correct(fault.New(fault.Unavailable, "store.commit.unsure"), page.FieldsOf("name")); !fault.Is(err, fault.Unavailable) {
		t.Errorf("what may have been done: %v", err)
	}
}
