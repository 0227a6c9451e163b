package count

import (
	"context"
	"io"
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/veil"
)

const boxUse = "count"

func (s *Service) boxAAD(run string) []byte {
	return frame.JoinText("opentrm/count-own/1", string(s.Member), run)
}

// at is the desk of somebody who prepares records.
func (s *Service) at(by keyring.Bearer) error {
	if err := access.Check(by.Actor, access.PrepareCount, access.Resource{Noun: "count", Realm: by.Realm, Desk: by.Desk}); err != nil {
		return err
	}
	if by.Locked() {
		return fault.New(fault.Locked, "keyring.locked")
	}
	return nil
}

// Prepared is how far a desk and its member are with the records of a run.
type Prepared struct {
	Going   bool      // it goes on by itself; look again
	Files   int64     // cases that were read
	Waits   []id.Desk // whose cases are missing: nothing is committed to before
	Records int       // that were committed to; 0: not yet
}

// Prepare makes this desk's part of the records of its member. The desk that begins puts together what all desks with cases in the period have made,
// and commits to it when nothing is missing but what the desks in without have: of those nobody can do it, and that is kept with the run. Each case is
// opened by its own desk, and that stands in the log; what leaves the desk is marks, in which nobody reads a name. Files that are of one person, by
// what people have said or by their keys, are one record, whichever desks they are of. How well keys find what people have found is measured on
// them, unless it is stated.
//
// What takes longer than [Patience] goes on with the bearer's keys, at most for [Lease]; the same call asks how far it is. Cut off, it is begun again
// where it was.
//
// It fails with [fault.Denied] for whoever may not, [fault.Locked] without keys, [fault.NotFound] if there is no such run, [fault.Invalid]
// "count.field" if what is stated cannot be, [fault.TooLarge] "count.large" if there are more persons than a run counts, [fault.Conflict] "count.turn"
// if it is not the time for it, and [fault.Unavailable] "count.closed" if the node ends.
func (s *Service) Prepare(ctx context.Context, by keyring.Bearer, run string, stated *veil.Recall, without ...id.Desk) (Prepared, error) {
	if err := s.at(by); err != nil {
		return Prepared{}, err
	}
	if stated != nil && (stated.Found < 0 || stated.Found > stated.Of || stated.Of > veil.MaxBatch) {
		return Prepared{}, wrong("recall")
	}
	var (
		sheet veil.Sheet
		home  id.Desk
	)
	err := s.Read(ctx, func(tx Tx) error {
		_, r, of, _, err := s.turn(ctx, tx, run, veil.StepCommit)
		sheet, home = of, r.Desk
		return err
	})
	if err == nil && home == "" {
		home, err = s.collect(ctx, by, run)
	}
	if err != nil {
		return Prepared{}, err
	}
	scope, err := ScopeOf(sheet.Population)
	if err != nil {
		return Prepared{}, err
	}
	w, err := s.begin(ctx, workOf(run, by.Desk), func(ctx context.Context, w *work) error {
		if err := s.share(ctx, by, run, &sheet, scope, home, w); err != nil {
			return err
		}
		var all []Sharing
		err := s.Read(ctx, func(tx Tx) error {
			_, r, _, _, err := s.turn(ctx, tx, run, veil.StepCommit)
			if err != nil {
				return err
			}
			all, err = sharing(ctx, tx, &r, run, scope)
			return err
		})
		if err != nil {
			return err
		}
		var left []id.Desk
		for _, d := range all {
			switch {
			case d.Done:
			case slices.Contains(without, d.Desk):
				left = append(left, d.Desk)
			default:
				w.out.Waits = append(w.out.Waits, d.Desk)
			}
		}
		if len(w.out.Waits) > 0 || by.Desk != home {
			return nil
		}
		w.out.Records, err = s.commit(ctx, by, run, &sheet, stated, left)
		return err
	})
	if w == nil {
		return Prepared{}, err
	}
	out := Prepared{Going: true, Files: w.files.Load()}
	if err == nil && w.over() {
		out.Going, out.Waits, out.Records = false, w.out.Waits, w.out.Records
	}
	return out, err
}

func workOf(run string, d id.Desk) string { return run + "/" + string(d) }

// collect says that the bearer's desk puts together what all desks make, unless another one does already, and returns which does.
func (s *Service) collect(ctx context.Context, by keyring.Bearer, run string) (home id.Desk, err error) {
	err = s.Write(ctx, audit.Did(by.Actor, access.PrepareCount, run).For("collect"), func(tx Tx) error {
		row, r, _, _, err := s.turn(ctx, tx, run, veil.StepCommit)
		if err != nil {
			return err
		}
		if home = r.Desk; home != "" {
			return nil
		}
		home, r.Desk = by.Desk, by.Desk
		return s.save(ctx, tx, row, r)
	})
	return home, err
}

// commit puts together what all desks have made, and commits to it.
func (s *Service) commit(ctx context.Context, by keyring.Bearer, run string, sheet *veil.Sheet, stated *veil.Recall, left []id.Desk) (int, error) {
	files, err := s.shared(ctx, by, run)
	if err != nil {
		return 0, err
	}
	entries, recall := atHome(files, sheet.Strong, sheet.Weak)
	if stated != nil {
		recall = *stated
	}
	if len(entries) > veil.MaxBatch {
		return 0, fault.New(fault.TooLarge, "count.large").With("most", strconv.Itoa(veil.MaxBatch))
	}
	work, inner := make(veil.Secret, veil.SeedSize), make([]byte, veil.SeedSize)
	defer clear(work)
	defer clear(inner)
	for _, b := range [][]byte{work, inner} {
		if _, err := io.ReadFull(s.Rand, b); err != nil {
			return 0, err
		}
	}
	held, err := veil.Hold(sheet, entries, inner)
	if err != nil {
		return 0, err
	}
	err = s.Write(ctx, audit.Did(by.Actor, access.PrepareCount, run), func(tx Tx) error {
		row, r, sheet, c, err := s.turn(ctx, tx, run, veil.StepCommit)
		if err != nil {
			return err
		}
		for _, d := range left {
			if err := tx.Also(audit.Did(by.Actor, access.PrepareCount, string(d)).For("without")); err != nil {
				return err
			}
		}
		own := Own{Run: run, Held: held.Append(nil), Records: int64(held.Cells.Records()), Recall: recall, Desk: by.Desk}
		vault, err := s.Vault(ctx, tx)
		if err != nil {
			return err
		}
		own.Work = vault.Seal("count/"+run, work)
		keys, err := s.Keyring.OpenDeskIn(ctx, tx, by, by.Desk)
		if err != nil {
			return err
		}
		key, box, err := keys.NewBox(boxUse, run)
		if err != nil {
			return err
		}
		defer key.Wipe()
		own.Box, own.Secret = box, key.Seal(s.boxAAD(run), inner)
		seat := veil.Seat{Of: s.Member, Work: work, Held: held, Recall: recall}
		t, err := seat.Turn(c, inner, nil)
		if err != nil {
			return err
		}
		if err := tx.AddCountOwn(ctx, own); err != nil {
			return err
		}
		if err := tx.DropCountShares(ctx, run); err != nil {
			return err
		}
		r.Left = append([]id.Desk{}, left...)
		if err := s.say(ctx, tx, &r, &sheet, t); err != nil {
			return err
		}
		return s.save(ctx, tx, row, r)
	})
	return len(entries), err
}

// turn returns a run in which this member has to do a step that people do.
func (s *Service) turn(ctx context.Context, tx Tx, run, step string) (Row, Run, veil.Sheet, *veil.Count, error) {
	row, r, err := s.load(ctx, tx, run)
	if err != nil {
		return row, r, veil.Sheet{}, nil, err
	}
	sheet, err := r.sheet()
	if err != nil {
		return row, r, sheet, nil, err
	}
	c, err := s.gather(ctx, tx, &r, &sheet)
	if err != nil {
		return row, r, sheet, c, err
	}
	seat := veil.Seat{Of: s.Member}
	if r.End != Going || c.Ended() || c.Stage().Step != step || !seat.Waits(c) || slices.Contains(r.Said, step) {
		return row, r, sheet, c, fault.New(fault.Conflict, "count.turn")
	}
	return row, r, sheet, c, nil
}

// Encrypt encrypts the records that were committed to, for mixers and tally. Somebody at the desk that prepared them does it; she sees no record.
//
// What takes longer than [Patience] goes on by itself, as [Service.Prepare] does; then going is true.
//
// It fails with [fault.Denied] and [fault.Hidden] for whoever may not, [fault.Locked] without keys, [fault.NotFound] if there is no such run or what
// was prepared is gone, [fault.Conflict] "count.turn" if it is not the time for it, and [fault.Unavailable] "count.closed" if the node ends.
func (s *Service) Encrypt(ctx context.Context, by keyring.Bearer, run string) (going bool, err error) {
	if err := s.at(by); err != nil {
		return false, err
	}
	w, err := s.begin(ctx, workOf(run, by.Desk), func(ctx context.Context, _ *work) error { return s.encrypt(ctx, by, run) })
	return w != nil && err == nil && !w.over(), err
}

func (s *Service) encrypt(ctx context.Context, by keyring.Bearer, run string) error {
	var (
		own   Own
		c     *veil.Count
		inner []byte
	)
	err := s.Read(ctx, func(tx Tx) error {
		_, _, _, count, err := s.turn(ctx, tx, run, veil.StepBatch)
		if err != nil {
			return err
		}
		c = count
		if own, err = tx.CountOwn(ctx, run); err != nil {
			return err
		}
		keys, err := s.Keyring.OpenDeskIn(ctx, tx, by, own.Desk)
		if err != nil {
			return err
		}
		key, _, err := keys.OpenBox(boxUse, run, own.Box)
		if err != nil {
			return err
		}
		defer key.Wipe()
		inner, err = key.Open(s.boxAAD(run), own.Secret)
		return err
	})
	defer clear(inner)
	if err != nil {
		return err
	}
	held, err := veil.ParseHeld(&c.Sheet, int(own.Records), own.Held)
	if err != nil {
		return err
	}
	seat := veil.Seat{Of: s.Member, Held: held}
	t, err := seat.Turn(c, inner, nil)
	if err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(by.Actor, access.PrepareCount, run).For("encrypt"), func(tx Tx) error {
		row, r, sheet, _, err := s.turn(ctx, tx, run, veil.StepBatch)
		if err != nil {
			return err
		}
		if err := s.say(ctx, tx, &r, &sheet, t); err != nil {
			return err
		}
		return s.save(ctx, tx, row, r)
	})
}
