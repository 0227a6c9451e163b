package api_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/nodetest"
)

// The keys of who asked are in memory until the answer is out, and no longer.
func TestTheKeysOfWhoAskedAreForgottenWithTheAnswer(t *testing.T) {
	mk := nodetest.New(t, nodetest.At("MK")).Node("MK")
	after, locked, err := api.Ask(t.Context(), mk.API, mk.SignIn("ana"))
	if err != nil {
		t.Fatal(err)
	}
	if locked {
		t.Error("forgotten while the answer was written")
	}
	for i, by := range after {
		if !by.Locked() {
			t.Errorf("%d: her keys are still open", i)
		}
	}
	if len(after) != 3 {
		t.Errorf("asked %d times", len(after))
	}
}
