package homecoming

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// File is a return as it is read: what is open to the reader. The second desk sees the assessment and nothing else.
type File struct {
	Return
	Reference  id.Reference
	Blocks     []Block    // what holds her back, until she has left; to the second desk, only what is about the assessment
	Until      frame.Time // how long the assessment can be relied on; 0: there is none, or the profile does not say
	Unaccepted []string   // keys of red risks
	Assessment *Joint
	Asked      *Asked                 // what has become of the question to a desk of another member; nil: none was asked
	Earlier    []casefile.Kept[Joint] // the series before it, oldest first
	Replies    []casefile.Kept[Reply] // what desks of other members answered, oldest first
	Decisions  []casefile.Kept[Decision]
	Interests  []casefile.Kept[Interest]
	Plans      []casefile.Kept[Plan]
	Reports    []casefile.Kept[Report]
}

// Show opens a return. Every opening is recorded.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Internal] if what is kept was tampered with,
// and [fault.Locked] without keys.
func (s *Service) Show(ctx context.Context, by keyring.Bearer, ret id.Return) (File, error) {
	c, err := s.caseOf(ctx, ret)
	if err != nil {
		return File{}, err
	}
	var f File
	err = s.Write(ctx, audit.Saw(by.Actor, access.ReadHomecoming, string(ret)).In(c), func(tx Tx) error {
		w, err := s.enter(ctx, tx, by.Actor, access.ReadHomecoming, ret)
		if err != nil {
			return err
		}
		if w.k, err = s.Cases.Keys.OpenCaseIn(ctx, tx, by, c); err != nil {
			return err
		}
		f = File{Return: *w.row, Reference: w.c.Reference}
		return s.fill(ctx, w, by.Desk != w.c.Desk, &f)
	})
	if err != nil {
		return File{}, err
	}
	return f, nil
}

func (s *Service) fill(ctx context.Context, w *at, second bool, f *File) error {
	facts, err := s.factsIn(ctx, w.tx, f.Return, w.c)
	if err != nil {
		return err
	}
	if f.Assessed != 0 {
		f.Until = facts.until
	}
	if f.Departed == 0 && !f.State.Over() {
		f.Blocks = facts.blocks()
	}
	if second {
		f.Blocks = slices.DeleteFunc(f.Blocks, func(b Block) bool { return !slices.Contains([]Block{Unsigned, Outdated, RedRisk}, b) })
	}
	if f.Thread != "" && !second {
		asked, err := s.Abroad.AskedIn(ctx, w.tx, f.Return)
		if err != nil {
			return err
		}
		f.Asked = &asked
	}
	if f.Replies, err = listIn[Reply](ctx, w.tx, w.k, KindAnswer, f.ID); err != nil {
		return err
	}
	if f.Decisions, err = listIn[Decision](ctx, w.tx, w.k, KindDecision, f.ID); err != nil {
		return err
	}
	if f.Interests, err = listIn[Interest](ctx, w.tx, w.k, KindInterest, f.ID); err != nil {
		return err
	}
	if f.Plans, err = listIn[Plan](ctx, w.tx, w.k, KindPlan, f.ID); err != nil {
		return err
	}
	if f.Reports, err = listIn[Report](ctx, w.tx, w.k, KindReport, f.ID); err != nil {
		return err
	}
	if f.Earlier, err = listIn[Joint](ctx, w.tx, w.k, KindAssessment, f.ID); err != nil || f.Record == "" {
		return err
	}
	f.Earlier = slices.DeleteFunc(f.Earlier, func(k casefile.Kept[Joint]) bool { return k.Record == f.Record })
	_, x, err := jointIn(ctx, w)
	switch {
	case err == nil:
		f.Assessment, f.Unaccepted = &x, x.Unaccepted()
	case fault.Is(err, fault.Internal):
		return err
	} // else it is frozen or erased, and the blocks say so
	return nil
}

// Listed is a return with the reference of its case, and nothing of what is in it.
type Listed struct {
	Return
	Reference id.Reference
}

// OfCase returns the returns of a case, oldest first. It opens nothing.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check] for the case.
func (s *Service) OfCase(ctx context.Context, who access.Actor, c id.Case) ([]Listed, error) {
	var out []Listed
	err := s.Read(ctx, func(tx Tx) error {
		if err := known(ctx, tx, who, c); err != nil {
			return err
		}
		all, err := tx.ReturnsOf(ctx, c)
		if err == nil {
			out, err = s.known(ctx, tx, who, all)
		}
		return err
	})
	return out, err
}

// List returns at most limit returns that the desk of who prepares or assesses and that are not over, oldest first, after the one
// named, and after which to go on; empty: there are no more. It opens nothing.
//
// It fails with [fault.Denied] as [access.Check], and [fault.Invalid] for a limit outside 1 to 200.
func (s *Service) List(ctx context.Context, who access.Actor, after id.Return, limit int) (all []Listed, next id.Return, err error) {
	if limit < 1 || limit > 200 {
		return nil, "", bad("limit")
	}
	if err := access.Check(who, access.ListHomecoming, access.Resource{Realm: who.Realm, Desk: who.Desk}); err != nil {
		return nil, "", err
	}
	err = s.Read(ctx, func(tx Tx) error {
		rows, err := tx.ReturnsAt(ctx, who.Desk, after, limit)
		if err != nil {
			return err
		}
		if next = ""; len(rows) == limit {
			next = rows[limit-1].ID
		}
		all, err = s.known(ctx, tx, who, rows)
		return err
	})
	return all, next, err
}

// known keeps what who may know of.
func (s *Service) known(ctx context.Context, tx Tx, who access.Actor, all []Return) ([]Listed, error) {
	out := []Listed{}
	for _, r := range all {
		c, err := mayIn(ctx, tx, who, access.KnowHomecoming, r, s.now())
		if fault.Is(err, fault.Hidden) || fault.Is(err, fault.Denied) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, Listed{r, c.Reference})
	}
	return out, nil
}
