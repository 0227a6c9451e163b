package childhood

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// ahead is how long before the first possible day somebody prepares it with her.
func (s *Service) ahead() time.Duration {
	return time.Duration(max(s.Law().Number(s.Cases.Member, aheadDays), 1)) * 24 * time.Hour
}

// Coming is when she is 18, as far as it is known.
type Coming struct {
	Known   bool
	First   string // yyyy-mm-dd, the first day that is possible
	Last    string // yyyy-mm-dd, the last: until then she is treated as a child
	Near    bool   // the first day is near: it is prepared with her
	Maybe   bool   // the first day has come and the last has not
	Prepare bool   // it is near, and nobody has gone through it with her
}

// File is the path of a child as it is read, everything oldest first.
type File struct {
	Case      casefile.Case
	Class     person.AgeClass // how she is treated
	Disputed  bool            // her age is disputed or appealed: she is treated as a child
	Coming    Coming
	Guardians Guardians
	Deciding  Guardians // of them, those that she has today
	Interests []casefile.Kept[Interest]
	Ages      Ages
	Told      Tellings
	Notices   []casefile.Kept[Notice]
	Bodies    Bodies
	Untold    []string // of the bodies of the profile, those that nobody has told
	Overdue   []casefile.Kept[Interest]
	Waiting   []consent.Consent // that somebody else gave for her, and she has not said since she is 18 that they stand
}

// Show opens where a child stands. Every opening is recorded.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.NotFound] if the case was erased, [fault.Internal] if a record
// was tampered with, and [fault.Locked] without keys.
func (s *Service) Show(ctx context.Context, by keyring.Bearer, c id.Case) (File, error) {
	var f File
	err := s.Cases.Look(ctx, by, c, purpose, func(narrow casefile.Tx, k *keyring.Case, row casefile.Case) error {
		tx, err := wide(narrow)
		if err != nil {
			return err
		}
		f, err = s.fileIn(ctx, tx, k, row)
		return err
	})
	if err != nil {
		return File{}, err
	}
	return f, nil
}

func (s *Service) fileIn(ctx context.Context, tx Tx, k *keyring.Case, row casefile.Case) (File, error) {
	out := File{Case: row, Class: row.AgeClass, Bodies: s.Bodies()}
	f, err := s.factsIn(ctx, tx, k, row)
	if err != nil {
		return out, err
	}
	who, err := s.Cases.Persons.ReadIn(ctx, tx, k)
	switch {
	case err == nil:
		f.who = &who.Person
	case !fault.Is(err, fault.NotFound):
		return out, err
	}
	out.Ages, out.Disputed = f.ages, f.ages.Open()
	guardians, err := listIn[Guardian](ctx, tx, k, KindGuardian)
	if err != nil {
		return out, err
	}
	if out.Interests, err = listIn[Interest](ctx, tx, k, KindInterest); err != nil {
		return out, err
	}
	told, err := listIn[Told](ctx, tx, k, KindTold)
	if err != nil {
		return out, err
	}
	if out.Notices, err = listIn[Notice](ctx, tx, k, KindNotice); err != nil {
		return out, err
	}
	consents, err := tx.ConsentsOf(ctx, row.ID)
	if err != nil {
		return out, err
	}
	out.Guardians, out.Told = guardians, told
	today := f.now.Format(time.DateOnly)
	out.Deciding = out.Guardians.Deciding(today)
	for _, b := range out.Bodies.Codes {
		if !slices.ContainsFunc(out.Notices, func(n casefile.Kept[Notice]) bool { return n.Value.Body == b }) {
			out.Untold = append(out.Untold, b)
		}
	}
	for i, x := range out.Interests {
		newer := slices.ContainsFunc(out.Interests[i+1:], func(y casefile.Kept[Interest]) bool { return y.Value.About == x.Value.About })
		if !newer && x.Value.Review < today {
			out.Overdue = append(out.Overdue, x)
		}
	}
	for _, c := range consents {
		if c.OfAge() && c.Waits(frame.At(s.Cases.Now())) {
			out.Waiting = append(out.Waiting, c)
		}
	}
	out.Coming = s.coming(f, out.Told)
	return out, nil
}

// coming says when she is 18.
func (s *Service) coming(f facts, told Tellings) Coming {
	first, last, known := f.of18()
	if !known || !f.now.Before(last) && f.row == person.Adult {
		return Coming{}
	}
	c := Coming{
		Known: true, First: first.Format(time.DateOnly), Last: last.Format(time.DateOnly),
		Near: !f.now.Before(first.Add(-s.ahead())), Maybe: !f.now.Before(first) && f.now.Before(last),
	}
	c.Prepare = c.Near && !slices.ContainsFunc(told, func(k casefile.Kept[Told]) bool {
		return k.Value.About == OfAgeing && k.Value.Answer != NotAsked
	})
	return c
}
