package casefile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/profile"
)

// TestCodesOfIdentificationAreTheNetworks: a decision is recorded in the codes in which the profiles say who decides.
func TestCodesOfIdentificationAreTheNetworks(t *testing.T) {
	d, err := casefile.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	law, err := profile.Load()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(law.Statuses(), d.Codes(casefile.ListStatus)); diff != "" {
		t.Errorf("statuses (-profile +case):\n%s", diff)
	}
	if diff := cmp.Diff(law.Bodies(), d.Codes(casefile.ListBody)); diff != "" {
		t.Errorf("bodies (-profile +case):\n%s", diff)
	}
}
