package count

import (
	"context"
	"io"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
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

// Prepare makes the records of this member from the cases of the bearer's desk, and commits to them. Each case is opened, and that stands in the
// log; nothing of it is kept but what opens nothing. Files that are of one person, by what people have said or by their keys, are one record.
// How well keys find what people have found is measured on them, unless it is stated.
//
// It fails with [fault.Denied] for whoever may not, [fault.Locked] without keys, [fault.NotFound] if there is no such run, [fault.Invalid]
// "count.field" if what is stated cannot be, and [fault.Conflict] "count.turn" if it is not the time for it.
func (s *Service) Prepare(ctx context.Context, by keyring.Bearer, run string, stated *veil.Recall) (records int, err error) {
	if err := s.at(by); err != nil {
		return 0, err
	}
	if stated != nil && (stated.Found < 0 || stated.Found > stated.Of || stated.Of > veil.MaxBatch) {
		return 0, wrong("recall")
	}
	var sheet veil.Sheet
	err = s.Read(ctx, func(tx Tx) (err error) { _, _, sheet, _, err = s.turn(ctx, tx, run, veil.StepCommit); return err })
	if err != nil {
		return 0, err
	}
	scope, err := ScopeOf(sheet.Population)
	if err != nil {
		return 0, err
	}
	files, err := s.files(ctx, by, scope, run)
	if err != nil {
		return 0, err
	}
	entries, recall := atHome(files, sheet.Strong, sheet.Weak)
	if stated != nil {
		recall = *stated
	}
	work, inner := make(veil.Secret, veil.SeedSize), make([]byte, veil.SeedSize)
	defer clear(work)
	defer clear(inner)
	for _, b := range [][]byte{work, inner} {
		if _, err := io.ReadFull(s.Rand, b); err != nil {
			return 0, err
		}
	}
	held, err := veil.Hold(&sheet, entries, inner)
	if err != nil {
		return 0, err
	}
	err = s.Write(ctx, audit.Did(by.Actor, access.PrepareCount, run), func(tx Tx) error {
		row, r, sheet, c, err := s.turn(ctx, tx, run, veil.StepCommit)
		if err != nil {
			return err
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
		r.Desk = by.Desk
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
// It fails with [fault.Denied] and [fault.Hidden] for whoever may not, [fault.Locked] without keys, [fault.NotFound] if there is no such run or what
// was prepared is gone, and [fault.Conflict] "count.turn" if it is not the time for it.
func (s *Service) Encrypt(ctx context.Context, by keyring.Bearer, run string) error {
	if err := s.at(by); err != nil {
		return err
	}
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

// file is what is counted of a case: the keys of whom it is about.
type file struct {
	of   id.Case // of merged files the one that is worked with
	in   bool    // in the period
	keys []veil.Key
}

// pageSize is how many cases are read at once.
const pageSize = 200

// files opens the cases of the bearer's desk that a run counts, and those that lead to them. What is kept and not used because she asked is passed over.
func (s *Service) files(ctx context.Context, by keyring.Bearer, scope Scope, run string) ([]file, error) {
	var out []file
	for _, state := range []casefile.State{"", casefile.Merged} {
		for after := id.Case(""); ; {
			var page []casefile.Case
			err := s.Read(ctx, func(tx Tx) (err error) {
				page, err = tx.CasesAt(ctx, by.Desk, "", casefile.Filter{State: state, After: after, Limit: pageSize})
				return err
			})
			if err != nil {
				return nil, err
			}
			for _, c := range page {
				after = c.ID
				in := scope.Within(c.Opened) && (scope.Definition != Identified || c.Status != "")
				if !in && state == "" {
					continue
				}
				keys, err := s.open(ctx, by, c.ID, run)
				if err != nil {
					return nil, err
				}
				f := file{of: c.ID, in: in, keys: keys}
				if c.Into != "" {
					f.of = c.Into
				}
				out = append(out, f)
			}
			if len(page) < pageSize {
				break
			}
		}
	}
	return out, nil
}

// open returns the keys of whom a case is about; none where nothing is known, or where she asked that it is not used.
func (s *Service) open(ctx context.Context, by keyring.Bearer, c id.Case, run string) (keys []veil.Key, err error) {
	err = s.Write(ctx, audit.Saw(by.Actor, access.PrepareCount, string(c)).In(c).For("count"), func(tx Tx) error {
		keys = nil
		if _, err := person.MayIn(ctx, tx, by.Actor, access.PrepareCount, c, s.now()); err != nil {
			return err
		}
		k, err := s.Keyring.OpenCaseIn(ctx, tx, by, c)
		if err != nil {
			return err
		}
		kept, err := s.Persons.ReadIn(ctx, tx, k)
		if err != nil {
			return err
		}
		keys = keysOf(kept.Person)
		return nil
	})
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) || fault.Is(err, fault.Hidden) {
		return nil, nil // nobody is known, she asked that it is not used, or this desk cannot open it
	}
	return keys, err
}

// keysOf returns the match keys of a person by the first of her names that has any, the registered one first.
func keysOf(p person.Person) []veil.Key {
	all := p.Veiled()
	if len(all) == 0 {
		return nil
	}
	return veil.OfPerson(all[0])
}
