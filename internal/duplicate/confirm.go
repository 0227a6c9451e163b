package duplicate

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// of reads a merge before its transaction, for the log entry.
func (s *Service) of(ctx context.Context, merge id.Record) (Merge, error) {
	var m Merge
	err := s.Cases.Read(ctx, func(over casefile.Tx) error {
		tx, err := wide(over)
		if err == nil {
			m, err = tx.Merge(ctx, merge)
		}
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return Merge{}, fault.New(fault.Hidden, "access.hidden")
	}
	return m, err
}

// on opens both cases of a merge in one transaction, and names both in the log.
func (s *Service) on(ctx context.Context, by keyring.Bearer, action access.Action, merge id.Record, fn func(*pair, Merge) error) error {
	entry := func(c id.Case) audit.Entry { return audit.Did(by.Actor, action, string(merge)).In(c) }
	return s.under(ctx, by, action, merge, entry, fn)
}

// under is [Service.on] with the entry that the log gets for each of the two cases.
func (s *Service) under(ctx context.Context, by keyring.Bearer, action access.Action, merge id.Record, entry func(id.Case) audit.Entry, fn func(*pair, Merge) error) error {
	m, err := s.of(ctx, merge)
	if err != nil {
		return err
	}
	return s.Cases.Write(ctx, entry(m.Survivor), func(over casefile.Tx) error {
		tx, err := wide(over)
		if err != nil {
			return err
		}
		if m, err = tx.Merge(ctx, merge); err != nil {
			return err
		}
		p := &pair{tx: tx}
		for _, side := range []struct {
			c id.Case
			k **keyring.Case
			f *File
		}{{m.Survivor, &p.k, &p.here}, {m.Alias, &p.beside, &p.there}} {
			var row casefile.Case
			if *side.k, row, err = s.Cases.BesideIn(ctx, tx, by, action, side.c); err != nil {
				return err
			}
			if *side.f, err = s.file(ctx, tx, *side.k, row); err != nil {
				return err
			}
		}
		if err := fn(p, m); err != nil {
			return err
		}
		return tx.Also(entry(m.Alias))
	})
}

// Confirm says as the second person that two cases are of one person, or that she does not think so. Everything is asked again.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Invalid] as [Said.Check]; [fault.Conflict] "duplicate.state" if it
// does not wait, "duplicate.second" for who proposed it, and as [Service.Merge]; [fault.Stale]; and [fault.Locked] without keys.
func (s *Service) Confirm(ctx context.Context, by keyring.Bearer, merge id.Record, version int64, agree bool, reason string) (Merge, error) {
	var out Merge
	err := s.on(ctx, by, access.MergeCase, merge, func(p *pair, m Merge) error {
		was, err := confirmed(m, version, by.User, agree, s.now())
		if err != nil {
			return err
		}
		if agree {
			if err := s.leadable(ctx, p); err != nil {
				return err
			}
		}
		out = was
		out.Version++
		return s.take(ctx, p, was, reason, by.User, p.tx.SetMerge)
	})
	return out, err
}
