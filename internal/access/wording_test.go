package access_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/access"
)

// Whoever reads a text to a person sees whether it was reviewed; that it was is recorded for the office only.
func TestATextIsReviewedForTheOffice(t *testing.T) {
	for who, want := range map[string]bool{"ana": false, "admir": true} {
		if err := access.Check(cast[who], access.ReviewText, access.Resource{}); (err == nil) != want {
			t.Errorf("%s reviews: %v", who, err)
		}
		if err := access.Check(cast[who], access.ReadText, access.Resource{}); err != nil {
			t.Errorf("%s reads: %v", who, err)
		}
	}
}
