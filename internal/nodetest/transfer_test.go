package nodetest_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/duplicate"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/transfer"
)

// TestATransferAndAMergeSurviveARestore: what somebody has to do goes along with the case and its deadline; silence climbs; an offer that was
// made before a backup is accepted after its restore, with what was merged into the case; and a merge is undone after another.
func TestATransferAndAMergeSurviveARestore(t *testing.T) {
	net := nodetest.New(t, nodetest.At("MD"))
	md, ctx := net.Node("MD"), t.Context()
	md.Desk(desk.Desk{ID: "shelter", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter", Deputy: "focal-point"}, "mira", access.CaseManager)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ana := func() (out [2]casefile.Case) {
		for i := range out {
			c, err := md.Cases.Open(ctx, md.As("ana"), casefile.Opening{AgeClass: person.Adult})
			must(err)
			out[i] = c
		}
		return out
	}
	files := ana()
	day := func(days int) string { return md.Config.Now().AddDate(0, 0, days).Format(time.DateOnly) }
	need, err := md.Careplans.Name(ctx, md.As("ana"), files[0].ID, careplan.Need{Code: "medical", Urgency: "now", Said: "person", On: day(0)})
	must(err)
	_, err = md.Careplans.Plan(ctx, md.As("ana"), files[0].ID, careplan.NewStep{Need: need.Record, Service: "medical", On: day(0)})
	must(err)
	due := one(t, md, "case.plan")
	m, err := md.Duplicates.Merge(ctx, md.As("ana"), files[0].ID, files[0].Version, duplicate.New{
		Other: string(files[1].Reference), Version: files[1].Version, Keep: "this", Reason: "DEMO: one passport",
	})
	must(err)
	off, err := md.Transfers.Offer(ctx, md.As("ana"), files[0].ID, files[0].Version, transfer.Offer{
		To: "shelter", Basis: transfer.ByAgreement, Note: "DEMO",
		Agreement: &transfer.Agreement{On: day(0), GivenBy: consent.ByHerself, Told: true, How: consent.Written, Language: "ro"},
	})
	must(err)
	ask := one(t, md, "transfer.decide")
	if ask.Desk != "shelter" || ask.Reference != string(off.Reference) || ask.Due == 0 {
		t.Errorf("%+v", ask)
	}
	_, err = md.Duplicates.Undo(ctx, md.As("ana"), m.ID, m.Version, "DEMO", false)
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("what is offered was taken apart: %v", err)
	}
	_, err = md.Cases.Close(ctx, md.As("ana"), files[0].ID, files[0].Version, casefile.Closure{Reason: "moved", Date: day(0), Action: "retain"})
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("what is offered was closed: %v", err)
	}
	again := func() {
		t.Helper()
		var content, keys bytes.Buffer
		_, err := md.Backups.Make(ctx, nodetest.Console("MD"), &content, &keys)
		must(err)
		net.Clock.Advance(time.Minute)
		md.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes())})
	}
	again()
	net.Clock.Advance(7 * 24 * time.Hour) // nobody has answered
	_, err = md.Tasks.Escalate(ctx)
	must(err)
	if late := one(t, md, "transfer.decide"); late.Deputy != "focal-point" {
		t.Errorf("silence is not heard: %+v", late)
	}
	took, err := md.Transfers.Accept(ctx, md.As("mira"), off.ID, off.Version)
	must(err)
	if took.Left != 0 || len(tasks(t, md, "transfer.decide")) != 0 || one(t, md, "transfer.answered").Desk != "focal-point" {
		t.Errorf("%+v", took)
	}
	if moved := one(t, md, "case.plan"); moved.Desk != "shelter" || moved.ID != due.ID || moved.Due != due.Due {
		t.Errorf("%+v, want %+v at the shelter", moved, due)
	}
	for _, c := range files {
		_, err = md.Cases.Show(ctx, md.As("mira"), c.ID)
		must(err)
		if _, err := md.Cases.Show(ctx, md.As("ana"), c.ID); !fault.Is(err, fault.Hidden) {
			t.Errorf("the desk that had it reads it: %v", err)
		}
	}
	again()
	_, err = md.Duplicates.Undo(ctx, md.As("mira"), m.ID, m.Version, "DEMO: two sisters", true)
	must(err)
	all, err := md.Cases.List(ctx, md.As("mira").Actor, casefile.Filter{State: casefile.Open, Limit: 10})
	must(err)
	var got []id.Case
	for _, c := range all {
		got = append(got, c.ID)
	}
	want := []id.Case{files[0].ID, files[1].ID}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
