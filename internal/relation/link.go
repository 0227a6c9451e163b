package relation

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/sorting"
)

// New is a link as it is made.
type New struct {
	Other  string `json:"other" maxLength:"40" doc:"Reference of the other case, as people speak it"`
	Kind   string `json:"kind" maxLength:"60" doc:"What the other person is to this one, code"`
	Since  string `json:"since,omitempty" maxLength:"10" doc:"yyyy-mm-dd; empty: not known"`
	Reason string `json:"reason" maxLength:"2000" doc:"Why the cases are linked"`
}

// Linked is a link as it is read from one of its cases.
type Linked struct {
	ID        id.Record
	Version   int64
	Case      id.Case      // the other one
	Reference id.Reference // of the other one
	Kind      Kind         // what its person is to this one
	Link      Link
}

// Tie says that the person of a case belongs together with that of another. The log names the case from whose file it was made, and
// not the other: an entry that names both would tell a thief of the log what the sealing hides. Who made the link stands in it.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check] for the first case; [fault.Invalid] as [Link.Check], and
// "relation.other" if there is no other case with that reference which she may link; [fault.Conflict] if the first case is closed,
// "relation.already" if the two are linked, or "relation.many"; and [fault.Locked] without keys.
func (s *Service) Tie(ctx context.Context, by keyring.Bearer, c id.Case, n New) (Linked, error) {
	unknown := fault.New(fault.Invalid, "relation.other").With("field", "other")
	ref, err := id.ParseReference(n.Other)
	if err != nil {
		return Linked{}, unknown
	}
	var out Linked
	err = s.Cases.Work(ctx, by, access.LinkCase, c, "", func(over casefile.Tx, k *keyring.Case, row casefile.Case) error {
		tx, err := wide(over)
		if err != nil {
			return err
		}
		other, err := tx.CaseCalled(ctx, ref)
		if fault.Is(err, fault.NotFound) || err == nil && other.ID == c {
			return unknown
		}
		if err != nil {
			return err
		}
		beside, _, err := s.Cases.BesideIn(ctx, tx, by, access.LinkCase, other.ID)
		if hidden(err) {
			return unknown
		}
		if err != nil {
			return err
		}
		x := Link{From: c, To: other.ID, Kind: n.Kind, Since: n.Since, Reason: n.Reason, At: s.now(), By: by.User}
		out, err = s.tieIn(ctx, tx, k, beside, x)
		out.Reference = other.Reference
		return err
	})
	return out, err
}

// hidden reports whether somebody is not to learn of a case: it is erased, or she may not do with it what she wants to.
func hidden(err error) bool {
	return fault.Is(err, fault.Hidden) || fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound)
}

func (s *Service) tieIn(ctx context.Context, tx Tx, k, beside *keyring.Case, x Link) (Linked, error) {
	d, err := Shipped()
	if err != nil {
		return Linked{}, err
	}
	random := s.Cases.Keys.Rand
	r := Row{ID: id.Random[id.Record](s.Cases.IDs), Version: 1}
	key := seal.NewKey(random)
	defer key.Wipe()
	if r.Body, err = s.sealBody(key, r.ID, x); err != nil {
		return Linked{}, err
	}
	secret := key.Bytes()
	defer clear(secret)
	shares, err := seal.Split(random, secret, 2, 2)
	if err != nil {
		return Linked{}, err
	}
	for i, side := range []struct {
		k  *keyring.Case
		to id.Case
	}{{k, x.To}, {beside, x.From}} {
		own, err := side.k.LinkKey()
		if err != nil {
			return Linked{}, err
		}
		rows, mine, err := ends(ctx, tx, own)
		if err != nil {
			return Linked{}, err
		}
		if len(rows) >= d.Most {
			return Linked{}, fault.New(fault.Conflict, "relation.many")
		}
		if i == 0 {
			if err := s.freeIn(rows, mine, own, k, beside, x.To); err != nil {
				return Linked{}, err
			}
		}
		if r.Ends[i], err = s.sealEnd(own, r.ID, nameOf(own, len(rows)), held{Case: side.to, Share: shares[i]}); err != nil {
			return Linked{}, err
		}
		own.Wipe()
	}
	if err := tx.AddCaseLink(ctx, inOrder(r)); err != nil {
		return Linked{}, err
	}
	kind, _ := d.Kind(x.Kind)
	return Linked{ID: r.ID, Version: r.Version, Case: x.To, Kind: kind, Link: x}, nil
}

// freeIn fails if two cases are linked and the link has not been ended.
func (s *Service) freeIn(rows []Row, mine []int, own seal.Key, k, beside *keyring.Case, other id.Case) error {
	for i, r := range rows {
		h, err := s.openEnd(own, r.ID, r.Ends[mine[i]])
		if err != nil {
			return err
		}
		if h.Case != other {
			continue
		}
		x, _, err := s.openIn(r, mine[i], h, k, beside)
		if err != nil {
			return err
		}
		if x.Ended == "" {
			return fault.New(fault.Conflict, "relation.already")
		}
	}
	return nil
}

// openIn opens a link with both cases. Mine is which end is that of the first one, which h holds.
func (s *Service) openIn(r Row, mine int, h held, k, beside *keyring.Case) (Link, seal.Key, error) {
	theirs, err := beside.LinkKey()
	if err != nil {
		return Link{}, seal.Key{}, err
	}
	defer theirs.Wipe()
	back, err := s.openEnd(theirs, r.ID, r.Ends[1-mine])
	if err != nil {
		return Link{}, seal.Key{}, err
	}
	key, err := joined(h, back)
	if err != nil {
		return Link{}, seal.Key{}, err
	}
	x, err := s.openBody(key, r)
	if err == nil && (back.Case != k.ID || !slices.Contains([]id.Case{x.From, x.To}, k.ID) || !slices.Contains([]id.Case{x.From, x.To}, h.Case)) {
		err = fault.New(fault.Internal, "relation.kept")
	}
	return x, key, err
}

// Of opens the links of a case, those that hold first made first: only such as she may open both cases of. The opening is recorded
// for this case; of the others nothing is read but their references.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.NotFound] if the case is erased, [fault.Internal] if a link
// was tampered with, and [fault.Locked] without keys.
func (s *Service) Of(ctx context.Context, by keyring.Bearer, c id.Case) (File, error) {
	var f File
	err := s.Cases.Look(ctx, by, c, "link", func(over casefile.Tx, k *keyring.Case, row casefile.Case) error {
		f = File{Case: row}
		tx, err := wide(over)
		if err != nil {
			return err
		}
		if row.Realm != access.Assistance {
			return nil
		}
		f.Links, err = s.linksIn(ctx, tx, by, k)
		if err != nil {
			return err
		}
		f.Family, err = s.Cases.FoundIn(ctx, tx, k, factorFamily)
		return err
	})
	if err != nil {
		return File{}, err
	}
	sorting.By(f.Links, func(a, b Linked) int { return int(a.Link.At - b.Link.At) })
	return f, nil
}

// factorFamily is the risk factor by which a file says that her family is involved.
const factorFamily = "family-involved"

// File is the links of a case as they are read.
type File struct {
	Case   casefile.Case
	Links  []Linked
	Family bool // her newest risk assessment says that her family is involved
}

// Warns reports whether she belongs to somebody of a family although her family is involved.
func (f File) Warns() bool {
	return f.Family && slices.ContainsFunc(f.Links, func(l Linked) bool { return l.Kind.Family && l.Link.Ended == "" })
}

// linksIn are the links of a case of which the bearer may open both.
func (s *Service) linksIn(ctx context.Context, tx Tx, by keyring.Bearer, k *keyring.Case) ([]Linked, error) {
	own, err := k.LinkKey()
	if fault.Is(err, fault.Denied) {
		return nil, nil // she holds a part of the case
	}
	if err != nil {
		return nil, err
	}
	defer own.Wipe()
	rows, mine, err := ends(ctx, tx, own)
	if err != nil {
		return nil, err
	}
	var out []Linked
	for i, r := range rows {
		h, err := s.openEnd(own, r.ID, r.Ends[mine[i]])
		if err != nil {
			return nil, err
		}
		beside, other, err := s.Cases.BesideIn(ctx, tx, by, access.ReadCase, h.Case)
		if hidden(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		x, key, err := s.openIn(r, mine[i], h, k, beside)
		if fault.Is(err, fault.Denied) {
			continue // she holds a part of the other one
		}
		if err != nil {
			return nil, err
		}
		key.Wipe()
		_, kind, err := x.seen(k.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, Linked{ID: r.ID, Version: r.Version, Case: h.Case, Reference: other.Reference, Kind: kind, Link: x})
	}
	return out, nil
}

// Untie ends a link, seen from a case, and says why. The link stays in both files. Version is the one that was read.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check] for the case; [fault.Invalid] as [Link.Check]; [fault.Conflict] if the
// case is closed or "relation.ended"; [fault.NotFound] if it has no such link that she may end; [fault.Stale] if it was changed since; and
// [fault.Locked] without keys.
func (s *Service) Untie(ctx context.Context, by keyring.Bearer, c id.Case, link id.Record, version int64, day, why, note string) (Linked, error) {
	var out Linked
	if day == "" {
		return out, bad("ended")
	}
	err := s.Cases.Work(ctx, by, access.LinkCase, c, "", func(over casefile.Tx, k *keyring.Case, _ casefile.Case) error {
		none := fault.New(fault.NotFound, "relation.none")
		tx, err := wide(over)
		if err != nil {
			return err
		}
		own, err := k.LinkKey()
		if err != nil {
			return err
		}
		defer own.Wipe()
		rows, mine, err := ends(ctx, tx, own)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(rows, func(r Row) bool { return r.ID == link })
		if i < 0 {
			return none
		}
		r := rows[i]
		h, err := s.openEnd(own, r.ID, r.Ends[mine[i]])
		if err != nil {
			return err
		}
		beside, other, err := s.Cases.BesideIn(ctx, tx, by, access.LinkCase, h.Case)
		if hidden(err) {
			return none
		}
		if err != nil {
			return err
		}
		x, key, err := s.openIn(r, mine[i], h, k, beside)
		if err != nil {
			return err
		}
		defer key.Wipe()
		if x.Ended != "" {
			return fault.New(fault.Conflict, "relation.ended")
		}
		x.Ended, x.Why, x.Note, x.EndedAt, x.EndedBy = day, why, note, s.now(), by.User
		if r.Body, err = s.sealBody(key, r.ID, x); err != nil {
			return err
		}
		r.Version = version
		if err := tx.SetCaseLink(ctx, r); err != nil {
			return err
		}
		_, kind, err := x.seen(c)
		out = Linked{ID: r.ID, Version: version + 1, Case: h.Case, Reference: other.Reference, Kind: kind, Link: x}
		return err
	})
	return out, err
}
