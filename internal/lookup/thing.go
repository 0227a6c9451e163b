package lookup

import (
	"context"
	"unicode/utf8"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/veil"
)

// kindThing is the kind of the sealed record of a file of the prosecution that holds a thing.
const kindThing = "lookup-thing"

// mostThings is how many things one file has at most: as many as one query asks about.
const mostThings = veil.MostBlinded / veil.PersonKeys

// Thing is what a desk of the prosecution looks for: a telephone, a plate, a company, a document or a name on a platform.
type Thing struct {
	ID    id.Record     `json:"-"`
	Kind  veil.Template `json:"kind"`
	Where string        `json:"where"` // country, ISO 3166-1 alpha-2; of an online name its platform
	Text  string        `json:"text"`  // as written
}

// key returns what is the same of the thing wherever it is written down; false if it is none of its kind (spec/match-key.md 3).
func (t Thing) key() (veil.Key, bool) {
	if len(t.Text) > 400 || len(t.Where) > 100 || !utf8.ValidString(t.Text) || !utf8.ValidString(t.Where) {
		return veil.Key{}, false
	}
	switch t.Kind {
	case veil.PhoneNumber:
		return veil.OfPhone(t.Text, t.Where)
	case veil.PlateNumber:
		return veil.OfPlate(t.Text, t.Where)
	case veil.CompanyNumber:
		return veil.OfCompany(t.Text, t.Where)
	case veil.DocumentNumber:
		return veil.OfDocument(t.Text, t.Where)
	case veil.OnlineHandle:
		return veil.OfHandle(t.Where, t.Text)
	}
	return veil.Key{}, false
}

// Note writes a thing into a file of the prosecution. It is found there when a desk of the prosecution of another member asks, and can be asked about.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Denied] "lookup.realm" for a file of another realm, [fault.Invalid] "lookup.field" for
// what is no thing of its kind, [fault.Conflict] "lookup.things" if the file has as many as fit, and as [casefile.Service.Work].
func (s *Service) Note(ctx context.Context, by keyring.Bearer, c id.Case, t Thing) (Thing, error) {
	if _, ok := t.key(); !ok {
		return t, fault.New(fault.Invalid, "lookup.field").With("field", "what")
	}
	err := s.Cases.Work(ctx, by, access.NoteCase, c, "thing", func(tx casefile.Tx, k *keyring.Case, row casefile.Case) error {
		if row.Realm != access.Prosecution {
			return fault.New(fault.Denied, "lookup.realm")
		}
		all, _, err := k.ListIn(ctx, tx, kindThing)
		if err != nil {
			return err
		}
		if len(all) >= mostThings {
			return fault.New(fault.Conflict, "lookup.things")
		}
		body, err := frame.Encode(t)
		if err != nil {
			return err
		}
		defer clear(body)
		r, err := k.PutIn(ctx, tx, keyring.Record{Kind: kindThing, Compartment: k.Home(), Body: body})
		t.ID = r.ID
		return err
	})
	return t, err
}

// Things returns what a file of the prosecution has, the oldest first.
//
// It fails as [casefile.Service.Look].
func (s *Service) Things(ctx context.Context, by keyring.Bearer, c id.Case) (out []Thing, err error) {
	err = s.Cases.Look(ctx, by, c, "thing", func(tx casefile.Tx, k *keyring.Case, _ casefile.Case) error {
		out, err = thingsIn(ctx, tx, k)
		return err
	})
	return out, err
}

func thingsIn(ctx context.Context, tx casefile.Tx, k *keyring.Case) ([]Thing, error) {
	all, _, err := k.ListIn(ctx, tx, kindThing)
	if err != nil {
		return nil, err
	}
	var out []Thing
	for _, r := range all {
		var t Thing
		if err := frame.Decode(r.Body, keyring.MaxRecord, &t); err != nil {
			return nil, fault.Wrap(fault.Internal, "lookup.kept", err)
		}
		t.ID = r.ID
		out = append(out, t)
	}
	return out, nil
}

// aboutThing says of a question what it is about.
func aboutThing(ctx context.Context, tx FullTx, k *keyring.Case, q *Question) error {
	if q.Thing == "" {
		return nil
	}
	if q.Realm != access.Prosecution {
		return fault.New(fault.Denied, "lookup.realm")
	}
	all, err := thingsIn(ctx, tx, k)
	if err != nil {
		return err
	}
	for _, t := range all {
		if t.ID == q.Thing {
			q.About = string(t.Kind)
			return nil
		}
	}
	return fault.New(fault.Invalid, "lookup.field").With("field", "thing")
}

// keysAbout returns the keys of what a question is about: the person of its case, or a thing in it.
func (s *Service) keysAbout(ctx context.Context, tx FullTx, k *keyring.Case, q *Question) ([]veil.Key, error) {
	if q.Thing == "" {
		return s.keysOf(ctx, tx, k)
	}
	all, err := thingsIn(ctx, tx, k)
	if err != nil {
		return nil, err
	}
	for _, t := range all {
		if key, ok := t.key(); ok && t.ID == q.Thing {
			return []veil.Key{key}, nil
		}
	}
	return nil, fault.New(fault.Conflict, "lookup.unknown")
}

// wantingThings returns the files of a desk of the prosecution whose things are not found yet.
func (s *Service) wantingThings(ctx context.Context, tx FullTx, at id.Desk, epoch int64) (out []wanted, err error) {
	all, err := tx.CaseIDsAt(ctx, at, "")
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		rows, err := tx.Rows(ctx, c, kindThing)
		if err != nil {
			return nil, err
		}
		e, err := tx.LookupEnrolled(ctx, c)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if len(rows) == 0 || err == nil && (e.Waits != "" || e.Epoch == epoch && e.Record == int64(len(rows))) {
			continue
		}
		row, ok, err := s.grounded(ctx, tx, Enrolled{Case: c})
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, wanted{row: row})
		}
	}
	return out, nil
}

// coverThings returns the keys of the things of a file, each in a group of its own.
func coverThings(ctx context.Context, tx FullTx, k *keyring.Case, w wanted) ([][]veil.Key, Covered, error) {
	all, err := thingsIn(ctx, tx, k)
	if err != nil {
		return nil, Covered{}, err
	}
	c := Covered{Case: w.row.ID, Record: int64(len(all))}
	var groups [][]veil.Key
	for _, t := range all {
		if key, ok := t.key(); ok {
			groups, c.Keys = append(groups, []veil.Key{key}), c.Keys+1
		}
	}
	return groups, c, nil
}
