package audit_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

var oto = access.Actor{User: "u-oto", Role: access.Auditor, Realm: access.Office, Member: "MK"}

// counted counts the payloads that are read.
type counted struct {
	*memory
	read int
}

func (c *counted) AuditPayloads(ctx context.Context, from, to audit.Place, limit int) ([]audit.Payload, error) {
	all, err := c.memory.AuditPayloads(ctx, from, to, limit)
	c.read += len(all)
	return all, err
}

// reading is the use-cases over the log of a node; said is what reading it wrote down.
func (n *node) reading() (s *audit.Service, log *counted, said *[]audit.Entry) {
	log, said = &counted{memory: n.memory}, &[]audit.Entry{}
	return &audit.Service{
		Member: n.member,
		Read:   func(_ context.Context, do func(audit.Reader) error) error { return do(log) },
		Write: func(_ context.Context, e audit.Entry, do func(audit.Reader) error) error {
			*said = append(*said, e)
			return do(log)
		},
		Now: func() time.Time { return *n.clock },
	}, log, said
}

// long is a log of fifty days in two epochs, a thousand entries on each, of which every tenth is a referral of vera's.
func long(t *testing.T) *node {
	t.Helper()
	mk := network(t, "MK")["MK"]
	vera := access.Actor{User: "u-vera", Role: access.FocalPoint, Realm: access.Assistance, Desk: "focal-point", Member: "MK"}
	for day := range 50 {
		entries := make([]audit.Entry, 1000)
		for i := range entries {
			entries[i] = audit.Did(ana, access.NoteCase, fmt.Sprintf("n-%d-%d", day, i)).In(id.Case(fmt.Sprintf("c-%d", i))).At(mk.now() + frame.Time(i))
			if i%10 == 3 {
				entries[i] = audit.Saw(vera, access.ReadReferral, fmt.Sprintf("r-%d", i)).At(mk.now() + frame.Time(i))
			}
		}
		if _, err := audit.Append(t.Context(), mk, mk.rand, entries...); err != nil {
			t.Fatal(err)
		}
		if day == 30 {
			mk.publish()
			if _, err := audit.Begin(t.Context(), mk, mk, mk.rand, mk.log, "MK", audit.State{}, mk.now()+1000); err != nil {
				t.Fatal(err)
			}
		}
		*mk.clock = mk.clock.Add(24 * time.Hour)
	}
	return mk
}

// TestFindIsWhatTheListHas: page by page a filter finds what a reading of the whole list finds, the newest first, none twice.
func TestFindIsWhatTheListHas(t *testing.T) {
	mk := long(t)
	s, _, _ := mk.reading()
	day := frame.At(noon.Add(20 * 24 * time.Hour))
	for _, f := range []audit.Filter{
		{Action: access.ReadReferral},
		{AnyOf: []access.Action{access.ReadReferral, audit.BeginEpoch}},
		{Role: access.FocalPoint, Object: "r-13"},
		{Object: "c-7"},
		{Object: "u-vera", Since: day, Until: day.Add(15 * 24 * time.Hour)},
		{Since: day, Until: day.Add(time.Hour)},
		{Action: audit.BeginEpoch},
		{Object: `c-7","desk":"focal-point`}, // no value of any entry
		{Object: "c-"},
	} {
		var want []audit.Place
		for from := audit.Place(0); ; {
			page, next, err := s.Entries(t.Context(), oto, from, audit.MostEntries)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range page {
				e := l.Entry
				if (len(f.AnyOf) == 0 || slices.Contains(f.AnyOf, e.Action)) && (f.Action == "" || e.Action == f.Action) && (f.Role == "" || e.Role == f.Role) && e.Time >= f.Since && (f.Until == 0 || e.Time < f.Until) &&
					(f.Object == "" || e.Object == f.Object || string(e.Case) == f.Object || string(e.User) == f.Object) {
					want = append(want, l.At)
				}
			}
			if from = next; from == 0 {
				break
			}
		}
		slices.Reverse(want)
		var got []audit.Place
		for before := audit.Place(0); ; {
			found, err := s.Find(t.Context(), oto, f, before, 70)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range found.Entries {
				got = append(got, l.At)
			}
			if before = found.Next; before == 0 {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v finds %d of %d", f, len(got), len(want))
		}
	}
}

// TestFindReadsSoMuchAtOnce: what is nowhere is looked for in bounded steps, and a day is found without reading what lies around it.
func TestFindReadsSoMuchAtOnce(t *testing.T) {
	mk := long(t)
	s, log, said := mk.reading()
	steps := 1
	for before := audit.Place(0); ; steps++ {
		log.read = 0
		found, err := s.Find(t.Context(), oto, audit.Filter{Object: "nowhere"}, before, 0)
		if err != nil || len(found.Entries) > 0 || log.read > 1<<14 {
			t.Fatalf("%+v after %d payloads, %v", found, log.read, err)
		}
		if before = found.Next; before == 0 {
			break
		}
		if !found.Back {
			t.Fatal("it does not say that it stopped")
		}
	}
	if steps < 4 || steps > 5 {
		t.Errorf("%d steps", steps)
	}
	log.read = 0
	day := frame.At(noon.Add(10 * 24 * time.Hour))
	found, err := s.Find(t.Context(), oto, audit.Filter{Object: "n-10-5", Since: day, Until: day.Add(24 * time.Hour)}, 0, 0)
	if err != nil || len(found.Entries) != 1 || found.Next != 0 || log.read > 6000 {
		t.Errorf("%+v after %d payloads, %v", found, log.read, err)
	}
	var objects []string
	for _, e := range *said {
		objects = append(objects, e.Object)
	}
	if !slices.Equal(slices.Compact(objects), []string{"log", "n-10-5"}) {
		t.Errorf("it was recorded that %q was looked for", objects)
	}
	if _, err := s.Find(t.Context(), ana, audit.Filter{Object: "n-10-5"}, 0, 0); !fault.Is(err, fault.Denied) {
		t.Errorf("a case manager searches the log: %v", err)
	}
}

// TestAProofOpensItsEntry: the file that the auditor is given shows the entry and its proof to who has nothing but the roster, and nothing
// else fits it.
func TestAProofOpensItsEntry(t *testing.T) {
	ctx := t.Context()
	nodes := storied(t)
	mk := nodes["MK"]
	s, _, _ := mk.reading()
	for _, tt := range []struct {
		at     audit.Place
		size   int64
		others int
		by     []id.Member
	}{
		{audit.At(1, 5), 704, 3, []id.Member{"AL", "MD", "RS"}},
		{audit.At(1, 5), 832, 2, []id.Member{"AL", "RS"}}, // two are enough there
		{audit.At(1, 710), 832, 3, []id.Member{"AL", "RS"}},
		{audit.At(2, 3), 64, 3, nil},
		{audit.At(2, 65), 0, 3, nil}, // not signed yet
	} {
		x, err := s.Show(ctx, oto, tt.at, tt.others)
		if err != nil {
			t.Fatal(err)
		}
		if tt.size == 0 {
			if x.Proof != nil || x.Entry.Action == "" {
				t.Errorf("%d is proven: %+v", tt.at, x)
			}
			continue
		}
		p, err := audit.ParseProof(x.Proof.Text())
		if err != nil {
			t.Fatal(err)
		}
		e, at, err := p.Opened(mk.roster)
		if err != nil || e.Object != x.Entry.Object || e.Object == "" || at.Size != tt.size || at.Epoch != tt.at.Epoch() || p.Index != tt.at.Index() || at != x.State {
			t.Errorf("%d: %+v in %+v, %v", tt.at, e, at, err)
		}
		var by []id.Member
		for _, c := range p.Cosigned(at, mk.roster) {
			by = append(by, c.Member)
		}
		if !slices.Equal(by, tt.by) || len(x.By) != len(by) {
			t.Errorf("%d is countersigned by %s", tt.at, by)
		}
		salt, data := p.Opening[:16], string(p.Opening[16:])
		p.Opening = append(slices.Clone(salt), strings.Replace(data, "u-ana", "u-oto", 1)...)
		if _, _, err := p.Opened(mk.roster); !fault.Is(err, fault.Denied) {
			t.Errorf("another entry fits: %v", err)
		}
		p.Opening = nil
		if _, _, err := p.Opened(mk.roster); !fault.Is(err, fault.Invalid) {
			t.Errorf("no entry fits: %v", err)
		}
	}
	for _, at := range []audit.Place{audit.At(1, 3), audit.At(1, 703), audit.At(1, 5000), audit.At(3, 0)} { // erased, padding, beyond
		if x, err := s.Show(ctx, oto, at, 3); !fault.Is(err, fault.NotFound) {
			t.Errorf("%d shows %+v, %v", at, x, err)
		}
	}
	if _, err := s.Show(ctx, ana, audit.At(1, 5), 3); !fault.Is(err, fault.Denied) {
		t.Errorf("a case manager reads an entry: %v", err)
	}
}
