package nodetest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/htcds"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/referral"
)

// What was sent and what came stands in the standard on both ends, by desk and day; who worked on it and how she travels does not.
func TestReferralsStandInTheStandard(t *testing.T) {
	w := newLateWords(t)
	ctx := t.Context()
	_, err := w.mk.Referrals.Open(ctx, w.mk.As("ana"), referral.At{Referral: w.ref})
	w.must(err)
	only := func(x *nodetest.Node) id.Case {
		all, err := x.Cases.List(ctx, x.As("ana").Actor, casefile.Filter{Limit: 10})
		w.must(err)
		if len(all) != 1 {
			t.Fatalf("%d cases", len(all))
		}
		return all[0].ID
	}
	day := w.net.Clock.Now().UTC().Format(time.DateOnly)
	for x, want := range map[*nodetest.Node]map[string]string{
		w.md: {"cas_ReferredOrganisation": "MK/focal-point", "cas_OutgoingReferralDate": day, "cas_ReasonForOutgoingReferral": "AdditionalServicesRequired"},
		w.mk: {"cas_ReferringOrganisation": "MD/focal-point", "cas_IncomingReferralDate": day, "cas_ReasonForIncomingReferral": "AdditionalServicesRequired"},
	} {
		r, err := x.HTCDS.Export(ctx, x.As("ana"), only(x), htcds.OwnSystem)
		w.must(err)
		got := map[string]string{}
		for _, a := range r.Fields {
			if strings.Contains(a.Field, "Refer") {
				got[a.Field] = strings.Join(a.Values, ";")
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", x.Member, d)
		}
		raw, err := json.Marshal(r)
		w.must(err)
		if user := string(x.As("ana").User); strings.Contains(string(raw), user) {
			t.Errorf("%s: the record names an account", x.Member)
		}
	}
}
