package api_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/joint"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/region"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/transfer"
)

// filled puts something into the lists that are empty at a node that has just begun: referrals, to another member and to
// a desk of its own, so that the board has two cells; organisations, tasks, and evidence of forks.
func filled(t *testing.T, mk *nodetest.Node, file id.Case, now frame.Time) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	mk.PublishSheet() // the shelter is in it
	for range 3 {
		_, err := mk.Devices.Prepare(ctx, mk.As("ana"))
		must(err)
	}
	for _, to := range []id.Address{{Member: "MD", Desk: "focal-point"}, {Member: "MK", Desk: "shelter"}} {
		given, err := mk.Consents.Give(ctx, mk.As("ana"), consent.Giving{Case: file, Record: consent.Record{
			GivenBy: consent.ByHerself, Capable: true, Purposes: []consent.Purpose{consent.ForReferral}, Recipients: []id.Address{to},
			Categories: []consent.Code{"identity.names"}, Language: "ro", Interpreter: "I. Fictitious", ReadBack: true, How: consent.Written,
			Explained: consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
		}})
		must(err)
		for range 2 {
			_, err := mk.Referrals.Draft(ctx, mk.As("ana"), file, referral.At{}, referral.Drafting{
				To: to, Kind: "specialised-service", Basis: "protocol", Consent: given.ID, Categories: []consent.Code{"identity.names"},
				Expires: now.Add(90 * 24 * time.Hour),
				Request: referral.Request{
					Needs: []referral.Code{"accommodation"}, Sex: "female", AgeClass: person.Adult, Languages: []string{"ro"},
					Urgency: referral.Normal, Risk: "high", Capacity: "one-place",
				},
			})
			must(err)
		}
	}
	goes, err := mk.Cases.Open(ctx, mk.As("ana"), casefile.Opening{AgeClass: person.Adult})
	must(err)
	for range 3 {
		t, err := mk.Transfers.Offer(ctx, mk.As("ana"), goes.ID, goes.Version, transfer.Offer{
			To: "shelter", Basis: transfer.ByAgreement, Note: "DEMO",
			Agreement: &transfer.Agreement{On: "2026-11-23", GivenBy: consent.ByHerself, Told: true, How: consent.Written, Language: "ro"},
		})
		must(err)
		_, err = mk.Transfers.Revoke(ctx, mk.As("ana").Actor, t.ID, t.Version, "offered-in-error")
		must(err)
	}
	for n := range 3 {
		_, err := mk.Directory.Add(ctx, mk.As("ana"), directory.Body{
			Name: fmt.Sprint("House ", 3-n), Description: "Fictitious", Services: []directory.Offer{{Code: "accommodation", Name: "A bed"}}, Places: []directory.Place{},
		}, nil)
		must(err)
	}
	entry := audit.Did(access.Node("MK"), access.MakeTask, "list")
	must(store.Writer[task.Tx](mk.DB)(ctx, entry, func(tx task.Tx) error {
		for n := range 3 {
			_, err := mk.Tasks.AddIn(ctx, tx, task.New{
				Desk: mk.As("ana").Desk, Realm: access.Assistance, Kind: "message.read", Object: fmt.Sprint("demo-", n), Reference: fmt.Sprint("demo-", n),
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
	must(store.Writer[desk.Tx](mk.DB)(ctx, entry, func(tx desk.Tx) error {
		for n := range 3 {
			a := desk.Absence{Desk: mk.As("ana").Desk, User: id.User(fmt.Sprint("demo-", n)), From: now, To: now.Add(time.Hour)}
			if err := tx.SetAbsence(ctx, a); err != nil {
				return err
			}
		}
		return nil
	}))
	mk.User("cora", access.NationalCoordinator)
	for range 3 {
		_, err := mk.Regions.Ask(ctx, mk.As("cora").Actor, region.Asking{
			From: "2026-01", To: "2026-03", Questions: []string{"sex"}, Base: 3, Members: []id.Member{"MD", "MK"}, Until: now.Add(24 * time.Hour),
		})
		must(err)
	}
	must(store.Writer[joint.Tx](mk.DB)(ctx, entry, func(tx joint.Tx) error {
		for range 3 {
			err := tx.AddJoint(ctx, joint.Row{
				ID: id.Dated[id.Thread](mk.IDs), Desk: mk.As("ana").Desk, Side: envelope.Answerer, Peer: id.Address{Member: "MD", Desk: "focal-point"},
				State: joint.Sealed, At: now, Version: 1,
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
	must(store.Writer[publication.Tx](mk.DB)(ctx, entry, func(tx publication.Tx) error {
		for n := range 3 { // at one moment: the order is by what they are
			err := tx.AddPublicationFork(ctx, publication.Fork{Member: "MD", First: fmt.Appendf(nil, `{"first":%d}`, n), Second: []byte(`{}`), Found: now})
			if err != nil {
				return err
			}
		}
		return nil
	}))
}
