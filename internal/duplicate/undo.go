package duplicate

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Later is a record that was written in the file that is worked with since the other one leads to it. Undone, it stays there: whether it
// is about her at all, somebody who knows her has to say.
type Later struct {
	Record id.Record  `json:"record"`
	Kind   string     `json:"kind"` // code
	At     frame.Time `json:"at"`
	By     id.User    `json:"by"`
}

// Undoing is a merge that was taken back, and what was written since.
type Undoing struct {
	Merge
	Later []Later
}

// Undo takes a merge back: the merged case is open as it was, with everything that was ever in it, and the other one keeps what was written
// in it since. Apart says that the two are not of one person, so that they are not proposed again. One that waits for the second person can
// be taken back as well.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Invalid] as [Said.Check]; [fault.Conflict] "duplicate.state" if it
// does not stand, and as [Service.Offered] of the case that is worked with; [fault.Stale]; and
// [fault.Locked] without keys.
func (s *Service) Undo(ctx context.Context, by keyring.Bearer, merge id.Record, version int64, reason string, apart bool) (Undoing, error) {
	var out Undoing
	err := s.on(ctx, by, access.UnmergeCase, merge, func(p *pair, m Merge) error {
		stood := m.State == Merged
		was, err := undone(m, version, by.User, s.now())
		if err != nil {
			return err
		}
		out = Undoing{Merge: was, Later: []Later{}}
		out.Version++
		if stood {
			if err := s.Offered(ctx, p.tx, p.here.Row); err != nil {
				return err
			}
			if out.Later, err = later(ctx, p.tx, m); err != nil {
				return err
			}
		}
		said := Said{
			Form: Form, Step: StepUndone, Merge: m.ID, Survivor: m.Survivor, Alias: m.Alias, Reason: reason, Later: len(out.Later), At: s.now(), By: by.User,
		}
		if err := say(ctx, p.tx, said, p.k, p.beside); err != nil {
			return err
		}
		if err := p.tx.SetMerge(ctx, was); err != nil {
			return err
		}
		alias := p.there.Row
		if stood {
			if alias, err = s.Cases.UnmergeIn(ctx, p.tx, p.beside, alias); err != nil {
				return err
			}
		}
		if apart {
			one, other := inOrder(m.Survivor, m.Alias)
			if err := p.tx.AddApart(ctx, Parted{one, other, markOf(p), s.now(), by.User}); err != nil {
				return err
			}
		}
		return s.Tell(ctx, p.tx, was, alias)
	})
	return out, err
}

// later are the records of the file that is worked with that were written since another one leads to it.
func later(ctx context.Context, tx Tx, m Merge) ([]Later, error) {
	rows, err := tx.Rows(ctx, m.Survivor, "")
	out := []Later{}
	for _, r := range rows {
		if r.At > m.Merged && r.Kind != Kind && r.Kind != casefile.KindFilePart {
			out = append(out, Later{Record: r.ID, Kind: r.Kind, At: r.At, By: r.By})
		}
	}
	return out, err
}

// Apart says that two cases are not of one person. They are not proposed again, and merging them takes two people.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check] for the first case; [fault.Invalid] as [Said.Check], and "duplicate.other";
// [fault.Conflict] if the first is closed or merged; and [fault.Locked] without keys.
func (s *Service) Apart(ctx context.Context, by keyring.Bearer, c id.Case, other, reason string) error {
	return s.Cases.Work(ctx, by, access.MergeCase, c, "apart", func(over casefile.Tx, k *keyring.Case, row casefile.Case) error {
		tx, err := wide(over)
		if err != nil {
			return err
		}
		p, err := s.both(ctx, tx, by, access.MergeCase, k, row, other)
		if err != nil {
			return err
		}
		there := p.there.Row.ID
		said := Said{Form: Form, Step: StepApart, Survivor: c, Alias: there, Reason: reason, At: s.now(), By: by.User}
		if err := say(ctx, tx, said, p.k, p.beside); err != nil {
			return err
		}
		one, two := inOrder(c, there)
		if err := tx.AddApart(ctx, Parted{one, two, markOf(p), s.now(), by.User}); err != nil {
			return err
		}
		return tx.Also(audit.Did(by.Actor, access.MergeCase, string(there)).In(there).For("apart"))
	})
}
