package webtest

import (
	"net/url"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/store"
)

// Due lets two cases of ana's desk be closed some years ago, and a law say that they are kept for one. One of them is on hold. It
// returns the reference of the other, and the hold.
func Due(w *World) (reference string, hold id.Record) {
	w.T.Helper()
	ctx, n := w.T.Context(), w.Node
	must := func(err error) {
		w.T.Helper()
		if err != nil {
			w.T.Fatal(err)
		}
	}
	var cases []casefile.Case
	for range 2 {
		c, err := n.Cases.Open(ctx, n.As("ana"), casefile.Opening{AgeClass: person.Adult})
		must(err)
		c, err = n.Cases.Close(ctx, n.As("ana"), c.ID, c.Version, casefile.Closure{Reason: "needs-met", Date: "2026-03-02", Action: "retain"})
		must(err)
		must(store.Writer[casefile.Tx](n.DB)(ctx, audit.Did(nodetest.Console(n.Member), access.CloseCase, string(c.ID)).In(c.ID), func(tx casefile.Tx) error {
			old := c
			old.Closed = c.Closed.Add(-3 * 365 * 24 * time.Hour)
			return tx.SetCase(ctx, old)
		}))
		cases = append(cases, c)
	}
	must(n.Profile.State(ctx, n.As("ada").Actor, "case-file", profile.Length{N: 12, Unit: profile.Months}, "an invented law", "article 1"))
	set, _, err := n.Profile.Current(ctx)
	must(err)
	for _, i := range set.Items() {
		if i.Key == string(n.Member)+"/retention.case-file" {
			must(n.Profile.Confirm(ctx, n.As("ada").Actor, i.Key, i.Digest))
		}
	}
	n.Net.Clock.Advance(15 * time.Second)
	_, err = n.Work.Tick(ctx) // takes over what was confirmed
	must(err)
	h, err := n.Retention.Hold(ctx, n.As("dora").Actor, string(cases[1].Reference), retention.Holding{Ground: "complaint", Words: "an invented complaint"})
	must(err)
	return string(cases[0].Reference), h.ID
}

// ProposedPurge lets dora propose to erase what is due, and returns the path of it.
func ProposedPurge(w *World) string {
	w.T.Helper()
	return w.As("dora").Post("/retention/purges", url.Values{"do": {"propose"}}).OK().Find(`action="(/retention/purges/[^"/]+)/withdraw"`)
}

// Restricted opens a case as somebody and keeps it from use at her wish, and returns the paths of the case and of the restriction.
func Restricted(w *World, login string) (path, restricted string) {
	w.T.Helper()
	ctx, n := w.T.Context(), w.Node
	c, err := n.Cases.Open(ctx, n.As(login), casefile.Opening{AgeClass: person.Adult})
	if err != nil {
		w.T.Fatal(err)
	}
	r, err := n.Restrictions.Place(ctx, n.As(login).Actor, string(c.Reference), restriction.Saying{Code: "accuracy", Words: "an invented reason"})
	if err != nil {
		w.T.Fatal(err)
	}
	return "/cases/" + string(c.ID), "/restrictions/" + string(r.ID)
}
