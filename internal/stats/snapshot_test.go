package stats_test

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// hand is somebody's signing key.
type hand struct{ key seal.SignPrivate }

func newHand(t testing.TB) hand {
	t.Helper()
	return hand{seal.NewSign(rand.Reader)}
}

func (h hand) Signer() (seal.SignPublic, error) { return h.key.Public(), nil }

func (h hand) Sign(d seal.Domain, msg []byte) (seal.Signature, error) { return h.key.Sign(d, msg), nil }

func TestASnapshotIsMadeAgainWhenTheFactsHaveChanged(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	db := storetest.New(t, func() time.Time { return now })
	s := &stats.Service{Write: store.Writer[stats.Tx](db), Read: store.Reader[stats.Tx](db), Now: func() time.Time { return now }}
	ana := access.Actor{User: "ana", Role: access.CaseManager, Desk: "shelter", Realm: access.Assistance, Member: "MK", Session: "s"}
	vera := access.Actor{User: "vera", Role: access.Statistician, Realm: access.Office, Member: "MK", Session: "s"}
	facts := some()
	if err := s.Add(ctx, ana, facts[:3]); err != nil {
		t.Fatal(err)
	}
	f, err := s.Freeze(ctx, vera, newHand(t), "eu-19a-a", 2025)
	if err != nil {
		t.Fatal(err)
	}
	for _, fact := range facts {
		if bytes.Contains(f.Body, []byte(fact.ID)) || bytes.Contains(f.Body, []byte(fact.Month.String())) {
			t.Errorf("the snapshot holds the identifier or the month of a fact")
		}
	}
	held, err := s.Snapshot(ctx, vera, f.Digest)
	if err != nil || !held.Same || held.Snapshot.Filled.All != 2 || held.Snapshot.By != "vera" || held.Snapshot.Member != "MK" {
		t.Fatalf("%v %+v", err, held)
	}
	if err := s.Add(ctx, ana, facts[3:]); err != nil {
		t.Fatal(err)
	}
	later, err := s.Snapshot(ctx, vera, f.Digest)
	if err != nil || later.Same || later.Today.All != 3 || !bytes.Equal(later.Body, f.Body) {
		t.Errorf("%v same %v, %d today", err, later.Same, later.Today.All)
	}
	if d := cmp.Diff(held.Snapshot.Filled, later.Snapshot.Filled); d != "" {
		t.Error(d)
	}
	now = now.Add(time.Hour)
	second, err := s.Freeze(ctx, vera, newHand(t), "crim-thb-sex", 2025)
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Snapshots(ctx, vera)
	if err != nil || len(all) != 2 || all[0].Digest != second.Digest || all[1].Digest != f.Digest || all[1].Table != "eu-19a-a" || all[1].Year != 2025 {
		t.Errorf("%v %+v", err, all)
	}

	for what, err := range map[string]error{
		"a case manager freezes":  second1(s.Freeze(ctx, ana, newHand(t), "eu-19a-a", 2025)),
		"a case manager lists":    second1(s.Snapshots(ctx, ana)),
		"a case manager examines": second1(s.Snapshot(ctx, ana, f.Digest)),
	} {
		if !fault.Is(err, fault.Denied) && !fault.Is(err, fault.Hidden) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := s.Freeze(ctx, vera, newHand(t), "eu-19a-c", 2025); !fault.Is(err, fault.Invalid) {
		t.Errorf("what is not held: %v", err)
	}
	if _, err := s.Snapshot(ctx, vera, strings.Repeat("0", 64)); !fault.Is(err, fault.NotFound) {
		t.Errorf("none: %v", err)
	}
}

func second1[T any](_ T, err error) error { return err }

// frozen makes a snapshot without a store.
func frozen(t testing.TB, by hand, change func(*stats.Snapshot)) ([]byte, seal.Signature) {
	t.Helper()
	known, err := stats.TablesKnown()
	if err != nil {
		t.Fatal(err)
	}
	s := stats.Snapshot{Schema: stats.SnapshotName, Member: "MK", At: 1, By: "vera", Version: known.Version, Signer: by.key.Public()}
	s.Table, s.Scheme, _ = known.Called("crim-thb-sex")
	s.Base = []stats.Alike{
		{Year: 2025, Sex: stats.Female, Age: stats.Adult, Forms: "labour", Citizenship: stats.National, Status: stats.Identified, Registrar: stats.NGO, Count: 3},
		{Year: 2025, Sex: stats.Male, Age: stats.Adult, Forms: "labour", Citizenship: stats.National, Status: stats.Refused, Registrar: stats.NGO, Count: 2},
	}
	if s.Filled, err = stats.Fill(s.Table, s.Scheme, s.Version, 2025, s.Base); err != nil {
		t.Fatal(err)
	}
	change(&s)
	body, err := frame.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	return body, by.key.Sign(seal.DomainSnapshot, body)
}

func TestASnapshotThatDoesNotHoldIsRefused(t *testing.T) {
	by := newHand(t)
	body, signature := frozen(t, by, func(*stats.Snapshot) {})
	if s, err := stats.ParseSnapshot(body, signature); err != nil || s.Filled.All != 3 || s.Filled.Outside != 2 {
		t.Fatalf("%v %+v", err, s)
	}
	for what, change := range map[string]func(*stats.Snapshot){
		"a number was changed":     func(s *stats.Snapshot) { s.Filled.Cells[0].Count++ },
		"a fact was added":         func(s *stats.Snapshot) { s.Base[0].Count++ },
		"a fact of another year":   func(s *stats.Snapshot) { s.Base[0].Year = 2024 },
		"facts out of their order": func(s *stats.Snapshot) { s.Base[0], s.Base[1] = s.Base[1], s.Base[0] },
		"a fact that is nobody":    func(s *stats.Snapshot) { s.Base[0].Count = 0 },
		"another form":             func(s *stats.Snapshot) { s.Schema = "opentrm/snapshot/2" },
		"another scheme":           func(s *stats.Snapshot) { s.Scheme.ID = "x" },
		"a code was changed": func(s *stats.Snapshot) {
			s.Scheme.Codes = map[string]map[string]string{"sex": {"female": "M", "male": "F"}}
		},
		"somebody else's key is named": func(s *stats.Snapshot) { s.Signer = newHand(t).key.Public() },
		"another table":                func(s *stats.Snapshot) { s.Filled.Table = "crim-thb-age" },
	} {
		body, signature := frozen(t, by, change)
		if _, err := stats.ParseSnapshot(body, signature); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := stats.ParseSnapshot(body, by.key.Sign(seal.DomainConclusion, body)); !fault.Is(err, fault.Invalid) {
		t.Errorf("signed for something else: %v", err)
	}
	if _, err := stats.ParseSnapshot(append(body, ' '), signature); !fault.Is(err, fault.Invalid) {
		t.Errorf("not canonical: %v", err)
	}
}

func FuzzParseSnapshot(f *testing.F) {
	by := newHand(f)
	body, signature := frozen(f, by, func(*stats.Snapshot) {})
	f.Add(body)
	f.Add([]byte(`{"schema":"opentrm/snapshot/1"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := stats.ParseSnapshot(b, signature); err == nil && (!bytes.Equal(b, body) || s.Schema != stats.SnapshotName) {
			t.Fatalf("taken: %s", b)
		}
	})
}
