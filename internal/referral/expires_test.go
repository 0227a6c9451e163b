package referral_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/referral"
)

// TestExpiryIsOfTheProfile: when a request expires is data; where the profile says nothing, the format's own limit holds.
func TestExpiryIsOfTheProfile(t *testing.T) {
	x := tell(t, "RS")
	law := x.from.Law()
	k, err := law.Referral("MK", "RS", "expire")
	x.must(err)
	zone, err := law.Zone("MK")
	x.must(err)
	now := frame.At(x.Now())
	if got, want := x.from.Expires("RS"), k.Length.After(now, zone, law.Calendar("MK")); got != want || k.Length.N != 30 {
		t.Errorf("expires %v, the profile says %v", got.Time(), want.Time())
	}
	x.from.Law = func() profile.Set { return profile.Set{} }
	if got := x.from.Expires("RS"); got != now.Add(referral.MaxExpiry) {
		t.Errorf("without a profile it expires %v", got.Time())
	}
}
