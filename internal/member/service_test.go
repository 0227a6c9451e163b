package member_test

import (
	"context"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

func service(t *testing.T) (*member.Service, *[]string) {
	t.Helper()
	now := func() time.Time { return testTime.Add(2 * time.Hour).Time() }
	db := storetest.New(t, now)
	var alarms []string
	return &member.Service{
		Self: "MK", Write: store.Writer[member.Tx](db), Read: store.Reader[member.Tx](db), Now: now,
		Alarm: func(_ context.Context, key string, _ map[string]string) { alarms = append(alarms, key) },
	}, &alarms
}

func join(t *testing.T, s *member.Service, one member.Roster) {
	t.Helper()
	print, err := one.Root.Fingerprint(one.Network)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Join(t.Context(), access.Console("MK"), signed(t, one, "MD", "MK"), print); err != nil {
		t.Fatal(err)
	}
}

func inForce(t *testing.T, s *member.Service) int64 {
	t.Helper()
	h, _, err := s.Roster(t.Context(), access.Console("MK"))
	if err != nil {
		t.Fatal(err)
	}
	return h.Signed.Roster.Version
}

func TestForkedRosterIsNotUsedAndRaisesTheAlarm(t *testing.T) {
	s, alarms := service(t)
	one := first(t)
	two := successor(t, one, nil)
	fork := successor(t, one, func(r *member.Roster) { r.Members[0].Name = "Another" })
	three := successor(t, two, nil)
	who := access.Console("MK")
	join(t, s, one)
	if changed, err := s.Import(t.Context(), who, signed(t, two, "MD", "MK")); err != nil || !changed {
		t.Fatalf("%v %v", changed, err)
	}
	if changed, err := s.Import(t.Context(), who, signed(t, one, "MD", "MK")); err != nil || changed {
		t.Fatalf("an old one changed something: %v", err)
	}
	if _, err := s.Import(t.Context(), who, signed(t, fork, "MD")); keyOf(err) != "member.roster.signatures" || len(*alarms) != 0 {
		t.Fatalf("weakly signed: %v, alarms %v", err, *alarms)
	}
	if _, err := s.Import(t.Context(), who, signed(t, fork, "MD", "MK")); keyOf(err) != "member.roster.fork" {
		t.Fatalf("%v", err)
	}
	if got := inForce(t, s); got != 1 || len(*alarms) != 1 {
		t.Fatalf("version %d rules, alarms %v", got, *alarms)
	}
	for _, r := range []member.Roster{two, fork} {
		if changed, err := s.Import(t.Context(), who, signed(t, r, "MD", "MK")); err != nil || changed {
			t.Fatalf("a disputed version came back: %v %v", changed, err)
		}
	}
	if _, err := s.Import(t.Context(), who, signed(t, three, "MD", "MK")); err != nil || inForce(t, s) != 3 {
		t.Fatalf("the next version does not end the dispute: %v", err)
	}
}

func TestJoinHappensOnceAndOnlyForThoseListed(t *testing.T) {
	s, _ := service(t)
	one := first(t)
	s.Self = "XX"
	print, err := one.Root.Fingerprint(one.Network)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Join(t.Context(), access.Console("XX"), signed(t, one, "MD", "MK"), print); !fault.Is(err, fault.NotFound) {
		t.Fatalf("a stranger joined: %v", err)
	}
	s.Self = "MK"
	join(t, s, one)
	if err := s.Join(t.Context(), access.Console("MK"), signed(t, one, "MD", "MK"), print); keyOf(err) != "member.joined" {
		t.Fatalf("joined twice: %v", err)
	}
}

func TestBlockAndSheets(t *testing.T) {
	s, _ := service(t)
	join(t, s, first(t))
	who := access.Actor{User: "u1", Role: access.NationalCoordinator, Realm: access.Office, Member: "MK", Session: "s1"}
	if err := s.Block(t.Context(), who, "MK", "test"); !fault.Is(err, fault.Invalid) {
		t.Fatalf("blocked itself: %v", err)
	}
	if err := s.Block(t.Context(), who, "MD", "compromised"); err != nil {
		t.Fatal(err)
	}
	blocked := func(m id.Member) (yes bool) {
		if err := s.Read(t.Context(), func(tx member.Tx) (err error) {
			yes, err = member.Blocked(t.Context(), tx, m)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return yes
	}
	if !blocked("MD") || blocked("RS") {
		t.Fatal("the wrong one is blocked")
	}
	if err := s.Unblock(t.Context(), who, "MD"); err != nil || blocked("MD") {
		t.Fatalf("still blocked: %v", err)
	}
	fork := sheet(t, 2, func(s *member.Sheet) { s.Desks[1].Capacity = "full" })
	var versions []int64
	for _, next := range []member.SignedSheet{sheet(t, 1), sheet(t, 2), sheet(t, 1), fork, sheet(t, 3)} {
		if err := s.Write(t.Context(), entry(), func(tx member.Tx) error {
			_, _, err := member.TakeSheet(t.Context(), tx, next, testTime)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := s.Read(t.Context(), func(tx member.Tx) error {
			h, err := member.SheetOf(t.Context(), tx, "MK")
			versions = append(versions, h.Signed.Sheet.Version)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	want := []int64{1, 2, 2, 1, 3}
	for i := range want {
		if versions[i] != want[i] {
			t.Fatalf("versions in force: %v, want %v", versions, want)
		}
	}
}

func entry() audit.Entry { return audit.Did(access.Node("MK"), access.SheetDesk, "MK") }
