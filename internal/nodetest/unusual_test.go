package nodetest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/person"
)

// TestUnusualOpeningsReachTheDataProtectionOfficer: a caseworker looks into every file of her desk in an afternoon. The officer has
// one task and one notice, which name nobody; the alert says by which rule and numbers. She whom a file is about can be told
// by which functions and when it was opened.
func TestUnusualOpeningsReachTheDataProtectionOfficer(t *testing.T) {
	var sent box
	n := nodetest.New(t, nodetest.At("MK").With(func(c *node.Config) {
		c.Senders = map[notify.Channel]notify.Sender{notify.SMS: &sent}
	}))
	mk, ctx := n.Node("MK"), t.Context()
	mk.Desk(desk.Desk{ID: "shelter", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter"}, "mira", access.CaseManager)
	mk.Join("shelter", "vera", access.CaseManager, "mira")
	dora := mk.As("dora").Actor
	if err := mk.Notices.Set(ctx, dora, "", notify.Setting{User: dora.User, Channel: notify.SMS, Address: "+38970000000", Zone: "UTC", Language: "en"}); err != nil {
		t.Fatal(err)
	}
	var files []casefile.Case
	for range 16 {
		c, err := mk.Cases.Open(ctx, mk.As("mira"), casefile.Opening{AgeClass: person.Adult})
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, c)
	}
	read := func(login string, some []casefile.Case) {
		t.Helper()
		by := mk.As(login)
		for _, c := range some {
			if _, err := mk.Cases.Show(ctx, by, c.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	watch := func() {
		t.Helper()
		for _, j := range mk.Work.Jobs {
			if j.Name == "watch" {
				if _, err := j.Do(ctx); err != nil {
					t.Fatal(err)
				}
			}
		}
		n.Run()
	}
	read("mira", files[:4])
	read("vera", files[:4])
	watch()
	const kind = "audit.unusual"
	if all := tasks(t, mk, kind); len(all) != 0 {
		t.Fatalf("a normal day: %+v", all)
	}
	read("vera", files)
	watch()
	got := one(t, mk, kind)
	vera := mk.As("vera").Actor
	if got.User != dora.User || !strings.HasPrefix(got.Object, string(vera.User)+".") || got.Reference != n.Clock.Now().Format("2006-01-02") {
		t.Errorf("%+v", got)
	}
	read("vera", files)
	watch()
	watch()
	one(t, mk, kind)
	if sent.about(got.Reference) != 1 || len(sent.text) != 1 {
		t.Errorf("told %q", sent.text)
	}
	for _, secret := range []string{"vera", "shelter", "case", "opening", string(vera.User), string(files[0].ID)} {
		if sent.about(secret) != 0 {
			t.Errorf("%q left the node: %q", secret, sent.text)
		}
	}
	alerts, err := mk.Audit.Unusual(ctx, dora, 0)
	if err != nil || len(alerts) != 2 || alerts[0].User != vera.User || alerts[0].Seen != 16 {
		t.Errorf("%+v, %v", alerts, err)
	}

	// Once the desk keeps a roster, who opens a file ten hours before its duty begins is told of too.
	now := frame.At(n.Clock.Now())
	shift := desk.Shift{Desk: "shelter", User: mk.As("mira").User, From: now.Add(10 * time.Hour), To: now.Add(18 * time.Hour)}
	if _, err := mk.Desks.Schedule(ctx, mk.As("ada").Actor, "shelter", desk.Mark(nil), now, []desk.Shift{shift}); err != nil {
		t.Fatal(err)
	}
	read("mira", files[:1])
	watch()
	alerts, err = mk.Audit.Unusual(ctx, dora, 0)
	if err != nil || len(alerts) != 3 || alerts[0].User != shift.User || alerts[0].Rule != audit.OffDuty {
		t.Errorf("%+v, %v", alerts, err)
	}
	if all := tasks(t, mk, kind); len(all) != 2 {
		t.Errorf("told %d times", len(all))
	}

	opened, err := mk.Cases.Openings(ctx, mk.As("mira").Actor, files[0].ID)
	if err != nil || len(opened) != 1 || opened[0].Role != access.CaseManager || opened[0].Date() != n.Clock.Now().Format("2006-01-02") {
		t.Errorf("openings %+v, %v", opened, err)
	}
	if _, err := mk.Cases.Openings(ctx, mk.As("ana").Actor, files[0].ID); !fault.Is(err, fault.Hidden) && !fault.Is(err, fault.Denied) {
		t.Errorf("another desk asks: %v", err)
	}
}
