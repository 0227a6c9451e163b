package directory_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/id"
)

// TestADeskOffersWhatItsOrganisationGives: of each kind the best light and the newest word, of what has ended nothing; and what is needed is given,
// can be asked for, is not listed, or nobody knows.
func TestADeskOffersWhatItsOrganisationGives(t *testing.T) {
	w := newWorld(t)
	ana := w.people["ana"].Actor
	offers := func() []directory.Offered {
		t.Helper()
		all, err := w.Offers(t.Context(), ana, []id.Desk{"shelter", "justice", "gone"})
		w.must(err)
		if len(all["justice"])+len(all["gone"]) != 0 {
			t.Errorf("across the wall: %+v", all)
		}
		return all["shelter"]
	}
	if got := offers(); got != nil {
		t.Errorf("nothing was written, and it offers %+v", got)
	}
	one, two := w.add("ana", "House"), w.add("sara", "Second house")
	bed := two.Body.Services[0].ID
	w.must(w.Say(t.Context(), w.people["sara"].Actor, two.ID, bed, directory.Free, w.said(two.ID, bed)))
	got := offers()
	if len(got) != 2 || got[0].Code != "accommodation" || got[0].Light != directory.Free || got[0].Verified == 0 || got[0].Stale || got[1].Light != directory.Unknown {
		t.Errorf("%+v", got)
	}
	for _, o := range []directory.Organisation{one, two} {
		by := map[id.Organisation]string{one.ID: "ana", two.ID: "sara"}[o.ID]
		_, err := w.End(t.Context(), w.people[by], o.ID, 1, directory.Ending{Part: directory.OneService, ID: string(o.Body.Services[1].ID), Reason: "closed", On: "2026-03-01"})
		w.must(err)
	}
	if got = offers(); len(got) != 1 {
		t.Errorf("legal aid has ended: %+v", got)
	}
	fit := directory.Match([]string{"accommodation", "legal", "medical"}, []string{"accommodation", "legal"}, got)
	if d := cmp.Diff(directory.Fit{Given: got, Asked: []string{"legal"}, Unlisted: []string{"medical"}}, fit); d != "" {
		t.Error(d)
	}
	if f := directory.Match([]string{"legal"}, nil, nil); !f.Unknown || f.Unlisted != nil {
		t.Errorf("of a desk of which nobody said anything: %+v", f)
	}
}
