package lookup

import (
	"context"
	"errors"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/veil"
)

// boxEnrol binds the key of what an enrolment was made from to its use.
const boxEnrol = "lookup-enrolment"

// enrolAtOnce is how many persons one enrolment is for, so that one session does not wait long and one envelope stays small.
const enrolAtOnce = 50

// wanted is a case that is to be made findable.
type wanted struct {
	row     casefile.Case
	consent id.Consent
}

// enrol asks holders for the tags of those cases of the bearer's desk whose persons want to be found, as far as the quota goes.
func (s *Service) enrol(ctx context.Context, by keyring.Bearer) (int, error) {
	want, epoch, err := s.wanting(ctx, by)
	if err != nil || len(want) == 0 {
		return 0, err
	}
	n := 0
	err = s.Write(ctx, audit.Did(by.Actor, access.EnrolLookup, string(s.Member)).For("enrol"), func(narrow Tx) error {
		n = 0
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		q := Question{
			ID: id.Random[id.Lookup](s.IDs), Reference: id.NewReference(s.IDs), Desk: by.Desk, Realm: by.Realm, Class: Enrolling, About: AboutPerson, By: by.User,
			Made: s.now(), Version: 1, Group: seal.Blob{}, Query: seal.Blob{}, Holders: []Holder{}, Members: []Told{}, Covers: []Covered{}, Sealed: seal.Blob{}, BoxSealed: seal.Blob{},
		}
		var groups [][]veil.Key
		unknown := 0
		for _, w := range want {
			if len(q.Covers) == enrolAtOnce {
				break
			}
			more, c, err := s.coverIn(ctx, tx, by, w)
			if err != nil {
				return err
			}
			if c.Case == "" {
				continue
			}
			if len(more) == 0 { // too little is known of her: until more is written down, nobody looks at her again
				if err := s.unfindable(ctx, tx, by.Desk, c, epoch); err != nil {
					return err
				}
				unknown++
				continue
			}
			if len(groups)+len(more) > mostThings {
				break // more than one query holds: the rest in the next
			}
			err = s.within(ctx, tx, Enrolling, officer(s.Member, by.User, s.now()), len(groups)+len(more))
			if fault.Is(err, fault.Denied) {
				break // the rest tomorrow
			}
			if err != nil {
				return err
			}
			groups, q.Covers = append(groups, more...), append(q.Covers, c)
			if err := tx.DropLookupEnrolled(ctx, c.Case); err != nil {
				return err
			}
			if err := tx.AddLookupEnrolled(ctx, Enrolled{Case: c.Case, Desk: by.Desk, Consent: c.Consent, Record: c.Record, At: s.now(), Waits: q.ID}); err != nil {
				return err
			}
		}
		if len(groups) == 0 {
			if unknown == 0 {
				return errNothing
			}
			return nil
		}
		asking, err := s.queryIn(ctx, tx, &q, groups...)
		if err != nil {
			return err
		}
		if err := s.sealAsking(ctx, tx, by, &q, &asking); err != nil {
			return err
		}
		n = len(q.Covers)
		r, err := q.row()
		if err != nil {
			return err
		}
		return tx.AddLookup(ctx, r)
	})
	if errors.Is(err, errNothing) {
		return 0, nil
	}
	return n, err
}

// errNothing undoes a change that changes nothing, so that the log does not say of every sign-in that something was done.
var errNothing = errors.New("lookup: nothing to do")

// unfindable notes of a case that nobody can find it as it is written down now.
func (s *Service) unfindable(ctx context.Context, tx FullTx, at id.Desk, c Covered, epoch int64) error {
	if err := s.ForgetIn(ctx, tx, c.Case); err != nil {
		return err
	}
	return tx.AddLookupEnrolled(ctx, Enrolled{Case: c.Case, Desk: at, Consent: c.Consent, Epoch: epoch, Record: c.Record, At: s.now()})
}

func (s *Service) sealAsking(ctx context.Context, tx FullTx, by keyring.Bearer, q *Question, asking *veil.Asking) error {
	d, err := s.Cases.Keys.OpenDeskIn(ctx, tx, by, by.Desk)
	if err != nil {
		return err
	}
	key, box, err := d.NewBox(boxEnrol, string(q.ID))
	if err != nil {
		return err
	}
	defer key.Wipe()
	plain := asking.Append(nil)
	defer clear(plain)
	q.Sealed, q.BoxAge, q.BoxSealed = key.Seal(s.askingAAD(q), plain), box.Generation, box.Sealed
	return nil
}

func (s *Service) askingAAD(q *Question) []byte {
	return seal.Field{Node: string(s.Member), Table: "lookup_question", Row: string(q.ID), Column: "asking", Version: 1}.AAD()
}

// wanting returns the cases of the bearer's desk whose persons want to be found and are not, or were written down anew since; and the epoch of now.
func (s *Service) wanting(ctx context.Context, by keyring.Bearer) (out []wanted, epoch int64, err error) {
	err = s.Read(ctx, func(narrow Tx) error {
		out = nil
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		secret, p, err := load[Secret](ctx, tx, pieceSecret)
		if err != nil || p.Version == 0 {
			return err
		}
		g, err := veil.ParseGroup(secret.Group)
		if err != nil {
			return fault.Wrap(fault.Internal, "lookup.kept", err)
		}
		epoch = int64(g.Epoch)
		if by.Realm == access.Prosecution {
			out, err = s.wantingThings(ctx, tx, by.Desk, epoch)
			return err
		}
		consents, err := tx.LookupsWanting(ctx, by.Desk, consent.ForLookup, s.now())
		if err != nil {
			return err
		}
		for _, c := range consents {
			if len(out) > 0 && out[len(out)-1].row.ID == c.Case {
				continue
			}
			w, ok, err := s.wants(ctx, tx, c, epoch)
			if err != nil {
				return err
			}
			if ok {
				out = append(out, w)
			}
		}
		return nil
	})
	return out, epoch, err
}

func (s *Service) wants(ctx context.Context, tx FullTx, c consent.Consent, epoch int64) (wanted, bool, error) {
	e, err := tx.LookupEnrolled(ctx, c.Case)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return wanted{}, false, err
	}
	row, wrong := tx.Case(ctx, c.Case)
	if wrong != nil {
		return wanted{}, false, wrong
	}
	if err == nil {
		now, err := recordOf(ctx, tx, c.Case)
		if err != nil || e.Waits != "" || e.Epoch == epoch && e.Record == now {
			return wanted{}, false, err
		}
	}
	_, ok, err := s.grounded(ctx, tx, Enrolled{Case: c.Case, Consent: c.ID})
	return wanted{row, c.ID}, ok, err
}

// recordOf returns the version of what is written of the person of a case, 0 if nothing is.
func recordOf(ctx context.Context, tx FullTx, c id.Case) (int64, error) {
	rows, err := tx.Rows(ctx, c, "person")
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return rows[0].Version, nil
}

// coverIn returns the keys of a case by each of her names; none if too little is known of her, and no case if who is signed in may not open it.
func (s *Service) coverIn(ctx context.Context, tx FullTx, by keyring.Bearer, w wanted) ([][]veil.Key, Covered, error) {
	k, err := s.Cases.Keys.OpenCaseIn(ctx, tx, by, w.row.ID)
	if fault.Is(err, fault.Hidden) || fault.Is(err, fault.Denied) || fault.Is(err, fault.Conflict) {
		return nil, Covered{}, nil
	}
	if err != nil {
		return nil, Covered{}, err
	}
	if w.row.Realm == access.Prosecution {
		return coverThings(ctx, tx, k, w)
	}
	c := Covered{Case: w.row.ID, Consent: w.consent}
	kept, err := s.Cases.Persons.ReadIn(ctx, tx, k)
	if fault.Is(err, fault.NotFound) {
		return nil, c, nil
	}
	if err != nil {
		return nil, Covered{}, err
	}
	c.Record = kept.Version
	var groups [][]veil.Key
	for _, who := range kept.Person.Veiled() {
		keys := veil.OfPerson(who)
		groups, c.Keys = append(groups, keys), c.Keys+len(keys)
	}
	return groups, c, nil
}

// enrolled makes the tags of an enrolment from what holders have answered, and forgets what it was made from.
func (s *Service) enrolled(ctx context.Context, tx FullTx, by keyring.Bearer, q *Question) ([]id.Member, error) {
	secret, _, err := load[Secret](ctx, tx, pieceSecret)
	if err != nil {
		return nil, err
	}
	if stale(q, secret.Group) {
		return nil, s.abandon(ctx, tx, q)
	}
	d, err := s.Cases.Keys.OpenDeskIn(ctx, tx, by, by.Desk)
	if err != nil {
		return nil, err
	}
	key, _, err := d.OpenBox(boxEnrol, string(q.ID), keyring.Box{Generation: q.BoxAge, Sealed: q.BoxSealed})
	if err != nil {
		return nil, err
	}
	defer key.Wipe()
	plain, err := key.Open(s.askingAAD(q), q.Sealed)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "lookup.kept", err)
	}
	defer clear(plain)
	g, outputs, liars, err := s.outputs(q, secret, plain)
	if err != nil || g == nil {
		return liars, orSet(ctx, tx, q, err)
	}
	for _, c := range q.Covers {
		own := outputs[:min(c.Keys, len(outputs))]
		outputs = outputs[len(own):]
		e, err := tx.LookupEnrolled(ctx, c.Case)
		if fault.Is(err, fault.NotFound) || err == nil && e.Waits != q.ID {
			continue // its ground has gone meanwhile
		}
		if err != nil {
			return nil, err
		}
		if err := s.keep(ctx, tx, q, c, own, int64(g.Epoch)); err != nil {
			return nil, err
		}
	}
	return liars, tx.DropLookup(ctx, q.ID)
}

// keep keeps the tags of one case in place of those before.
func (s *Service) keep(ctx context.Context, tx FullTx, q *Question, c Covered, own []veil.Output, epoch int64) error {
	if err := tx.DropLookupTags(ctx, c.Case); err != nil {
		return err
	}
	for i := range own {
		t := Tagged{Case: c.Case, Epoch: epoch, Tag: own[i].Tag(string(s.Member), uint32(epoch)), Template: own[i].Template(), Realm: q.Realm}
		if err := tx.AddLookupTag(ctx, t); err != nil {
			return err
		}
	}
	if err := tx.DropLookupEnrolled(ctx, c.Case); err != nil {
		return err
	}
	return tx.AddLookupEnrolled(ctx, Enrolled{Case: c.Case, Desk: q.Desk, Consent: c.Consent, Epoch: epoch, Record: c.Record, At: s.now()})
}

// abandon forgets an enrolment, so that its cases are taken anew.
func (s *Service) abandon(ctx context.Context, tx FullTx, q *Question) error {
	for _, c := range q.Covers {
		e, err := tx.LookupEnrolled(ctx, c.Case)
		if fault.Is(err, fault.NotFound) || err == nil && e.Waits != q.ID {
			continue
		}
		if err != nil {
			return err
		}
		if err := tx.DropLookupEnrolled(ctx, c.Case); err != nil {
			return err
		}
	}
	return tx.DropLookup(ctx, q.ID)
}

// sweep takes away the tags of cases whose ground has gone: erased, restricted, moved to another desk, or without her consent.
func (s *Service) sweep(ctx context.Context) (int, error) {
	var gone []id.Case
	for after := id.Case(""); ; {
		var all []Enrolled
		err := s.Read(ctx, func(narrow Tx) error {
			tx, err := full(narrow)
			if err != nil {
				return err
			}
			if all, err = tx.LookupsEnrolled(ctx, after, 500); err != nil {
				return err
			}
			for _, e := range all {
				c, ok, err := s.grounded(ctx, tx, e)
				if err != nil {
					return err
				}
				if !ok || c.Desk != e.Desk {
					gone = append(gone, e.Case)
				}
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
		if len(all) < 500 {
			break
		}
		after = all[len(all)-1].Case
	}
	slices.Sort(gone)
	gone = slices.Compact(gone)
	for i, c := range gone {
		err := s.Write(ctx, audit.Did(access.Node(s.Member), access.ContinueLookup, string(c)).In(c).For("forget"), func(narrow Tx) error {
			tx, err := full(narrow)
			if err != nil {
				return err
			}
			return s.ForgetIn(ctx, tx, c)
		})
		if err != nil {
			return i, err
		}
	}
	return len(gone), nil
}

// ForgetIn makes a case findable no more, in the transaction of what takes its ground away.
func (s *Service) ForgetIn(ctx context.Context, tx FullTx, c id.Case) error {
	e, err := tx.LookupEnrolled(ctx, c)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if e.Waits != "" { // what it was made from lies with others: they are taken anew
		r, err := tx.Lookup(ctx, e.Waits)
		if err == nil {
			q, err := questionOf(r)
			if err != nil {
				return err
			}
			if err := s.abandon(ctx, tx, &q); err != nil {
				return err
			}
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	if err := tx.DropLookupTags(ctx, c); err != nil {
		return err
	}
	return tx.DropLookupEnrolled(ctx, c)
}

// EraseIn forgets all that was asked about a case, and that others have asked about it.
func (s *Service) EraseIn(ctx context.Context, tx FullTx, c id.Case) error {
	if err := s.ForgetIn(ctx, tx, c); err != nil {
		return err
	}
	all, err := questionsOf(tx.LookupsOf(ctx, c))
	if err != nil {
		return err
	}
	hits, err := hitsOf(tx.LookupHitsOn(ctx, c))
	if err != nil {
		return err
	}
	for _, q := range all {
		if _, err := s.Tasks.DropIn(ctx, tx, string(q.ID), TaskOpen); err != nil {
			return err
		}
		if _, err := s.Tasks.DropIn(ctx, tx, string(q.ID), TaskConfirm); err != nil {
			return err
		}
		if err := s.leaveToOfficer(ctx, tx, q.ID); err != nil {
			return err
		}
	}
	for _, h := range hits {
		if _, err := s.Tasks.DropIn(ctx, tx, string(h.ID), ""); err != nil {
			return err
		}
	}
	if err := tx.DropLookupsOf(ctx, c); err != nil {
		return err
	}
	return tx.DropLookupHits(ctx, c)
}
