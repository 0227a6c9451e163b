package duplicate

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/search"
)

// New is a merge as somebody says it, from one of the two cases.
type New struct {
	Other   string `json:"other" maxLength:"40" doc:"Reference of the other case, as people speak it"`
	Version int64  `json:"version" doc:"Of the other case, as it was compared"`
	Keep    string `json:"keep" enum:"this,other" doc:"Which of the two is worked with from now on"`
	Reason  string `json:"reason" maxLength:"2000" doc:"How one knows that both are of one person"`
}

// pair is two open cases of the bearer's desk.
type pair struct {
	tx          Tx
	k, beside   *keyring.Case
	here, there File
}

// both opens two cases for somebody who may say that they are of one person, and names both in the log.
func (s *Service) both(ctx context.Context, tx Tx, by keyring.Bearer, action access.Action, k *keyring.Case, row casefile.Case, spoken string) (*pair, error) {
	unknown := fault.New(fault.Invalid, "duplicate.other").With("field", "other")
	ref, err := id.ParseReference(spoken)
	if err != nil {
		return nil, unknown
	}
	other, err := tx.CaseCalled(ctx, ref)
	if fault.Is(err, fault.NotFound) || err == nil && other.ID == row.ID {
		return nil, unknown
	}
	if err != nil {
		return nil, err
	}
	p := &pair{tx: tx, k: k}
	if p.beside, other, err = s.Cases.BesideIn(ctx, tx, by, action, other.ID); hidden(err) {
		return nil, unknown
	}
	if err != nil {
		return nil, err
	}
	if p.here, err = s.file(ctx, tx, k, row); err != nil {
		return nil, err
	}
	p.there, err = s.file(ctx, tx, p.beside, other)
	return p, err
}

// hidden reports whether somebody is not to learn of a case: it is erased, or she may not do with it what she wants to.
func hidden(err error) bool {
	return fault.Is(err, fault.Hidden) || fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound)
}

// file reads what is compared of a case.
func (s *Service) file(ctx context.Context, tx Tx, k *keyring.Case, row casefile.Case) (File, error) {
	f := File{Row: row, Counts: map[string]int{}}
	who, err := s.Cases.Persons.ReadIn(ctx, tx, k)
	switch {
	case err == nil:
		f.Who = &who.Person
	case !fault.Is(err, fault.NotFound):
		return File{}, err
	}
	rows, err := tx.Rows(ctx, row.ID, "")
	for _, r := range rows {
		f.Counts[r.Kind]++
	}
	return f, err
}

// needsSecond reports whether a second person has to say so too.
func (s *Service) needsSecond(ctx context.Context, p *pair) (bool, error) {
	apart, err := p.tx.ApartFrom(ctx, p.here.Row.ID)
	if err != nil || slices.Contains(apart, p.there.Row.ID) {
		return true, err
	}
	for _, f := range []File{p.here, p.there} {
		if hid, err := s.Hidden(ctx, p.tx, f.Row.ID); err != nil || hid {
			return hid, err
		}
	}
	return false, nil
}

// Comparison is what two files hold, and where they differ.
type Comparison struct {
	Here, There File
	Why         []search.Evidence // field by field, what speaks for both being of one person and what against
	Apart       *Parted           // somebody said that they are not; nil: nobody did
	Said        []Difference      // everything that is compared
	Differences []Difference      // of that, what they do not say alike
	Second      bool              // a second person has to say so too
	Against     error             // why the other file cannot lead to this one now; nil: it can
	Back        error             // why this file cannot lead to the other one now
}

// Compare shows two files side by side before anybody says that they are of one person. Both openings are recorded.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check] for the first case; [fault.Invalid] "duplicate.other" if there is no
// other one with that reference which she may open; [fault.NotFound] if the first is erased; and [fault.Locked] without keys.
func (s *Service) Compare(ctx context.Context, by keyring.Bearer, c id.Case, other string) (Comparison, error) {
	var out Comparison
	err := s.Cases.Look(ctx, by, c, "duplicate", func(over casefile.Tx, k *keyring.Case, row casefile.Case) error {
		tx, err := wide(over)
		if err != nil {
			return err
		}
		p, err := s.both(ctx, tx, by, access.MergeCase, k, row, other)
		if err != nil {
			return err
		}
		if out, err = s.compareIn(ctx, p); err != nil {
			return err
		}
		back := &pair{tx: tx, k: p.beside, beside: p.k, here: p.there, there: p.here}
		if out.Against, err = refusal(s.mayMerge(ctx, p)); err != nil {
			return err
		}
		if out.Back, err = refusal(s.mayMerge(ctx, back)); err != nil {
			return err
		}
		there := p.there.Row.ID
		return tx.Also(audit.Saw(by.Actor, access.ReadCase, string(there)).In(there).For("duplicate"))
	})
	return out, err
}

// compareIn puts a pair side by side.
func (s *Service) compareIn(ctx context.Context, p *pair) (Comparison, error) {
	out := Comparison{Here: p.here, There: p.there}
	out.Said, out.Differences = beside(p.here, p.there)
	out.Why = whyOf(p)
	one, other := inOrder(p.here.Row.ID, p.there.Row.ID)
	switch parted, err := p.tx.Apart(ctx, one, other); {
	case err == nil:
		out.Apart = &parted
	case !fault.Is(err, fault.NotFound):
		return out, err
	}
	var err error
	out.Second, err = s.needsSecond(ctx, p)
	return out, err
}

// refusal tells what speaks against a step from what went wrong when that was asked.
func refusal(err error) (against, wrong error) {
	if fault.Is(err, fault.Conflict) {
		return err, nil
	}
	return nil, err
}

// Merge says that two open cases are of one person, and which of them is worked with. Where a second person has to say so too it is
// proposed, and nothing changes yet. Version is that of the case as it was compared.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check] for the first case; [fault.Invalid] as [Said.Check], and
// "duplicate.other"; [fault.Conflict] if either is not open, "duplicate.already", "duplicate.chain" if the one that would lead on is led to
// itself, as [mergeable] and [Service.Busy]; [fault.Stale] if either has changed; and [fault.Locked] without keys.
func (s *Service) Merge(ctx context.Context, by keyring.Bearer, c id.Case, version int64, n New) (Merge, error) {
	if n.Keep != "this" && n.Keep != "other" {
		return Merge{}, bad("keep")
	}
	var out Merge
	err := s.Cases.Work(ctx, by, access.MergeCase, c, "", func(over casefile.Tx, k *keyring.Case, row casefile.Case) error {
		tx, err := wide(over)
		if err != nil {
			return err
		}
		p, err := s.both(ctx, tx, by, access.MergeCase, k, row, n.Other)
		if err != nil {
			return err
		}
		if row.Version != version || p.there.Row.Version != n.Version {
			return fault.New(fault.Stale, "duplicate.stale")
		}
		other := p.there.Row.ID
		if n.Keep == "other" {
			p.here, p.there, p.k, p.beside = p.there, p.here, p.beside, p.k
		}
		m := Merge{
			ID: id.Ordered[id.Record](s.Cases.IDs), Survivor: p.here.Row.ID, Alias: p.there.Row.ID, Desk: row.Desk, State: Merged,
			First: by.User, Made: s.now(), Merged: s.now(), Version: 1,
		}
		if m.Hidden, err = s.needsSecond(ctx, p); err != nil {
			return err
		}
		if m.Hidden {
			m.State, m.Merged = Proposed, 0
		}
		if err := s.mayMerge(ctx, p); err != nil {
			return err
		}
		if err := s.take(ctx, p, m, n.Reason, by.User, tx.AddMerge); err != nil {
			return err
		}
		out = m
		return tx.Also(audit.Did(by.Actor, access.MergeCase, string(m.ID)).In(other))
	})
	return out, err
}

// mayMerge reports whether the second of a pair can be said to lead to the first: nothing else is said of them yet.
func (s *Service) mayMerge(ctx context.Context, p *pair) error {
	for _, f := range []File{p.here, p.there} {
		all, err := p.tx.MergesOf(ctx, f.Row.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(m Merge) bool { return m.State == Proposed }) {
			return fault.New(fault.Conflict, "duplicate.already")
		}
	}
	return s.leadable(ctx, p)
}

// leadable reports whether the second of a pair can lead to the first now.
func (s *Service) leadable(ctx context.Context, p *pair) error {
	for _, f := range []File{p.here, p.there} {
		if f.Row.State != casefile.Open {
			return fault.New(fault.Conflict, "duplicate.closed")
		}
		if err := s.Offered(ctx, p.tx, f.Row); err != nil {
			return err
		}
		if err := s.Cases.MayUseIn(ctx, p.tx, casefile.Use{Case: f.Row.ID}); err != nil { // the other one would be used in its place
			return err
		}
	}
	if err := s.Busy(ctx, p.tx, p.there.Row); err != nil {
		return err
	}
	led, err := p.tx.CasesInto(ctx, p.there.Row.ID)
	if err != nil {
		return err
	}
	if len(led) > 0 {
		return fault.New(fault.Conflict, "duplicate.chain")
	}
	return mergeable(p.here, p.there)
}

// take carries a step of a merge out: it is kept, said in both files, and where it stands the second one leads to the first.
func (s *Service) take(ctx context.Context, p *pair, m Merge, reason string, by id.User, keep func(context.Context, Merge) error) error {
	step := StepProposed
	if m.State == Merged {
		step = StepMerged
	}
	if err := say(ctx, p.tx, Said{
		Form: Form, Step: step, Merge: m.ID, Survivor: m.Survivor, Alias: m.Alias, Reason: reason, At: s.now(), By: by,
	}, p.k, p.beside); err != nil {
		return err
	}
	if err := keep(ctx, m); err != nil {
		return err
	}
	alias := p.there.Row
	if m.State == Merged {
		var err error
		if alias, err = s.Cases.MergeIn(ctx, p.tx, alias, m.Survivor); err != nil {
			return err
		}
		one, other := inOrder(m.Survivor, m.Alias)
		if err := p.tx.DropApart(ctx, one, other); err != nil {
			return err
		}
	}
	return s.Tell(ctx, p.tx, m, alias)
}
