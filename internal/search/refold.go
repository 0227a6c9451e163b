package search

import (
	"context"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/sorting"
)

// ClaimTx hands out the folding of a desk's cases to one of those who do it.
type ClaimTx interface {
	// TakeLease gives the work of that name to holder until a time, if nobody else has it.
	TakeLease(ctx context.Context, name, holder string, until frame.Time) (bool, error)
	// DropLease ends a lease of holder before its time.
	DropLease(ctx context.Context, name, holder string) error
}

// claimFor is how long nobody else takes over from one who has asked for a step and is not heard of again.
const claimFor = time.Minute

// MaxRefold is how many cases one step folds anew at most. All of them are in memory meanwhile, as records.
const MaxRefold = 500

// Refolding says how far the folding of a desk's cases has come.
type Refolding struct {
	Run    string // of whoever does it; empty: begin
	After  string // where to go on; empty at the beginning
	Put    int    // folded by the newest version in this step
	Failed int    // not, because they may not be opened or do not open; they are found as before
	Ended  bool   // nothing is left but those
}

// Refold folds anew, by the newest version of the fold, what of the cases of the bearer's desk an older version has folded: at most
// limit of them, after where the call before has ended. What was folded cannot be unfolded, so each case is opened, and that is
// in the log as every opening is. Until then a case is found as the older version has it. A step that is broken off changes
// nothing; whoever begins again finds only what is left.
//
// It fails with [fault.Denied] as [access.Check], [fault.Invalid] "search.field", [fault.NotFound] if there is no index,
// [fault.Unavailable] "search.refold.other" while somebody else does it for the same desk, and as [Service.Find] is without keys.
func (s *Service) Refold(ctx context.Context, by keyring.Bearer, at Refolding, limit int) (Refolding, error) {
	if err := may(by, access.ReindexCase); err != nil {
		return Refolding{}, err
	}
	if limit < 1 || limit > MaxRefold {
		return Refolding{}, fault.New(fault.Invalid, "search.field").With("field", "limit")
	}
	if len(at.Run) > 64 || len(at.After) > 200 {
		return Refolding{}, fault.New(fault.Invalid, "search.field").With("field", "after")
	}
	if at.Run == "" {
		at.Run = string(id.Ordered[id.Search](s.IDs))
	}
	lease := "search.refold." + string(by.Desk)
	mine := false
	if err := s.Claim(ctx, func(tx ClaimTx) (err error) {
		mine, err = tx.TakeLease(ctx, lease, at.Run, s.now().Add(claimFor))
		return err
	}); err != nil {
		return Refolding{}, err
	}
	if !mine {
		return Refolding{}, fault.Later("search.refold.other")
	}
	if err := s.tidy(ctx, by); err != nil {
		return Refolding{}, err
	}
	out := Refolding{Run: at.Run}
	batch, err := s.older(ctx, by, at.After, limit)
	if err != nil {
		return Refolding{}, err
	}
	if out.Ended = len(batch) < limit; !out.Ended {
		last := batch[len(batch)-1]
		out.After = place(last.Segment, last.Case)
	}
	fresh := map[id.Case]Record{}
	for _, e := range batch {
		r, err := s.again(ctx, by, e.Case)
		switch {
		case err == nil:
			fresh[e.Case] = r
		case fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Locked) || ctx.Err() != nil:
			return Refolding{}, err
		default:
			out.Failed++
		}
	}
	if len(fresh) > 0 {
		if out.Put, err = s.refoldIn(ctx, by, batch, fresh); err != nil {
			return Refolding{}, err
		}
	}
	if out.Ended {
		err = s.Claim(ctx, func(tx ClaimTx) error { return tx.DropLease(ctx, lease, at.Run) })
	}
	return out, err
}

// place names where a step has ended: a segment, or none, and the last case there.
func place(g id.Segment, c id.Case) string { return string(g) + "/" + string(c) }

// older returns the entries of the bearer's desk that an older version has folded, from a place on: those of one segment after
// another, and at the end those that lie by themselves.
func (s *Service) older(ctx context.Context, by keyring.Bearer, after string, limit int) ([]Entry, error) {
	var out []Entry
	newest := s.newest().Version
	segment, c, _ := strings.Cut(after, "/")
	err := s.Read(ctx, func(tx Tx) error {
		out = nil
		all, err := s.openIn(ctx, tx, by)
		if err != nil {
			return err
		}
		wipe(all)
		var parts []Segment
		for _, x := range all {
			segments, err := tx.SearchSegments(ctx, x.ID)
			if err != nil {
				return err
			}
			parts = append(parts, segments...)
		}
		sorting.By(parts, func(a, b Segment) int { return strings.Compare(string(a.ID), string(b.ID)) })
		for _, x := range all {
			parts = append(parts, Segment{Index: x.ID})
		}
		for _, g := range parts {
			from := id.Case("")
			switch {
			case g.ID != "" && (g.Fold >= newest || after != "" && (segment == "" || string(g.ID) < segment)):
				continue
			case after != "" && string(g.ID) == segment:
				from = id.Case(c)
			}
			page, err := tx.OlderEntries(ctx, g.Index, g.ID, by.Desk, newest, from, limit-len(out))
			if err != nil {
				return err
			}
			if out = append(out, page...); len(out) == limit {
				return nil
			}
		}
		return nil
	})
	return out, err
}

// again opens a case and returns its record by the newest version.
func (s *Service) again(ctx context.Context, by keyring.Bearer, c id.Case) (Record, error) {
	var out Record
	err := s.Write(ctx, audit.Saw(by.Actor, access.ReindexCase, string(c)).In(c).For("refold"), func(tx Tx) error {
		if _, err := person.MayIn(ctx, tx, by.Actor, access.ReindexCase, c, s.now()); err != nil {
			return err
		}
		k, err := s.Keys.TendCaseIn(ctx, tx, by, c)
		if err != nil {
			return err
		}
		kept, err := s.Persons.ReadIn(ctx, tx, k)
		if err != nil {
			return err
		}
		out = RecordOf(s.newest(), c, kept.Person)
		return nil
	})
	return out, err
}

// refoldIn puts records in place of those that an older version has folded. A case that was corrected, erased or put elsewhere
// since is passed over: it is not what was read. It returns how many it has put.
func (s *Service) refoldIn(ctx context.Context, by keyring.Bearer, batch []Entry, fresh map[id.Case]Record) (int, error) {
	put := 0
	err := s.Write(ctx, audit.Did(by.Actor, access.ReindexCase, string(by.Desk)).For("refold"), func(tx Tx) error {
		put = 0
		all, err := s.openIn(ctx, tx, by)
		if err != nil {
			return err
		}
		defer wipe(all)
		seqs := map[id.Index]int64{}
		for _, x := range all {
			if seqs[x.ID], err = tx.RaiseSearchIndex(ctx, x.ID); err != nil {
				return err
			}
		}
		key, err := s.segmentKey(all[0].private, all[0].ID)
		if err != nil {
			return err
		}
		defer key.Wipe()
		gone := map[id.Segment]map[id.Case]bool{}
		in := map[id.Segment]id.Index{}
		var records []packed
		for _, was := range batch {
			r, ok := fresh[was.Case]
			if !ok {
				continue
			}
			e, err := tx.SearchEntry(ctx, was.Case)
			if fault.Is(err, fault.NotFound) || err == nil && (e.Segment != was.Segment || e.Seq != was.Seq || e.Fold != was.Fold) {
				continue
			}
			if err != nil {
				return err
			}
			if e.Segment != "" {
				if gone[e.Segment] == nil {
					gone[e.Segment] = map[id.Case]bool{}
				}
				gone[e.Segment][e.Case], in[e.Segment] = true, e.Index
			}
			put++
			if r.Empty() {
				if err := tx.DropSearchEntry(ctx, e.Case); err != nil {
					return err
				}
				continue
			}
			records = append(records, packed{e.Case, r.Encode()})
		}
		for g, cases := range gone {
			if err := s.blankIn(ctx, tx, g, cases, seqs[in[g]]); err != nil {
				return err
			}
		}
		return s.packIn(ctx, tx, all[0].Index, key, s.newest().Version, seqs[all[0].ID], records)
	})
	return put, err
}

// Part is what of an index one version of the fold has folded.
type Part struct {
	Fold     int64
	Records  int64
	Segments int
}

// State says what an index is made of.
type State struct {
	Newest   int64 // version by which is folded what is written down now
	Parts    []Part
	Older    int64    // cases of the bearer's desk that an older version has folded
	Leaving  id.Index // that is being emptied because there are new keys; empty: none
	Unsealed int64    // records that are still under the keys of before
}

// State returns what the index of the bearer's realm and organisation is made of.
//
// It fails with [fault.Denied] as [access.Check], and [fault.NotFound] if nothing was ever put in.
func (s *Service) State(ctx context.Context, who access.Actor) (State, error) {
	if err := access.Check(who, access.ReindexCase, access.Resource{Noun: "case", Realm: who.Realm, Desk: who.Desk}); err != nil {
		return State{}, err
	}
	var out State
	err := s.Read(ctx, func(tx Tx) error {
		d, err := tx.Desk(ctx, who.Desk)
		if err != nil {
			return err
		}
		out, err = s.stateIn(ctx, tx, d)
		return err
	})
	return out, err
}

// stateIn says what the index is made of in which the cases of a desk are.
func (s *Service) stateIn(ctx context.Context, tx Tx, d desk.Desk) (State, error) {
	out := State{Newest: s.newest().Version}
	x, err := tx.SearchIndex(ctx, d.Realm, d.Organisation)
	if err != nil {
		return out, err
	}
	all := []id.Index{x.ID}
	leaving, err := tx.LeavingSearchIndex(ctx, d.Realm, d.Organisation)
	switch {
	case err == nil:
		all, out.Leaving = append(all, leaving.ID), leaving.ID
		if out.Unsealed, err = s.leftIn(ctx, tx, leaving.ID); err != nil {
			return out, err
		}
	case !fault.Is(err, fault.NotFound):
		return out, err
	}
	return out, s.partsIn(ctx, tx, &out, all, d.ID)
}

func (s *Service) partsIn(ctx context.Context, tx Tx, out *State, all []id.Index, at id.Desk) error {
	parts := map[int64]*Part{}
	part := func(fold int64) *Part {
		if parts[fold] == nil {
			parts[fold] = &Part{Fold: fold}
		}
		return parts[fold]
	}
	for _, x := range all {
		segments, err := tx.SearchSegments(ctx, x)
		if err != nil {
			return err
		}
		for _, g := range segments {
			p := part(g.Fold)
			p.Segments, p.Records = p.Segments+1, p.Records+g.Records
		}
		loose, err := tx.CountLooseByFold(ctx, x)
		if err != nil {
			return err
		}
		for fold, n := range loose {
			part(fold).Records += n
		}
	}
	old := false
	for _, p := range parts {
		out.Parts, old = append(out.Parts, *p), old || p.Fold < out.Newest
	}
	sorting.By(out.Parts, func(a, b Part) int { return int(a.Fold - b.Fold) })
	if !old {
		return nil // and nothing needs to be counted
	}
	for _, x := range all {
		n, err := tx.CountOlderEntries(ctx, x, at, out.Newest)
		if err != nil {
			return err
		}
		out.Older += n
	}
	return nil
}

// Behind returns the desks of which cases are still found by the spellings of an older version of the fold, for who examines the node:
// somebody of each should fold them anew.
//
// It fails with [fault.Denied] as [access.Check].
func (s *Service) Behind(ctx context.Context, who access.Actor) ([]id.Desk, error) {
	if err := access.Check(who, access.DoctorNode, access.Resource{Noun: "node", Realm: access.Office}); err != nil {
		return nil, err
	}
	var all []id.Desk
	err := s.Read(ctx, func(tx Tx) error {
		desks, err := tx.Desks(ctx)
		for _, d := range desks {
			state, err := s.stateIn(ctx, tx, d)
			if fault.Is(err, fault.NotFound) {
				continue // nothing of its realm and organisation was ever put in
			}
			if err != nil {
				return err
			}
			if state.Older > 0 {
				all = append(all, d.ID)
			}
		}
		return err
	})
	return all, err
}
