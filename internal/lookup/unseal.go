package lookup

import (
	"context"
	"errors"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/veil"
)

// boxOpening binds the key of what a query was made from to its use.
const boxOpening = "lookup-opening"

// Kept is what a query was made from, sealed to the desk of data protection. Nobody else opens it, and it is gone when its time is over, whatever becomes of the case.
type Kept struct {
	ID     id.Lookup
	Digest []byte // SHA-256 of the query
	At     frame.Time
	Box    keyring.Handed
	Sealed []byte
}

// opening is what lies in it.
type opening struct {
	Case    id.Case   `json:"case"`
	Desk    id.Desk   `json:"desk"`
	By      id.User   `json:"by"`
	Second  id.User   `json:"second"`
	Purpose string    `json:"purpose"`
	Query   seal.Blob `json:"query"`
	Asking  seal.Blob `json:"asking"`
}

// officers returns the desk of data protection; false if there is none.
func officers(ctx context.Context, tx FullTx) (desk.Desk, bool, error) {
	all, err := tx.Desks(ctx)
	for _, d := range all {
		if d.Purpose == desk.DataProtection && d.State == desk.Active && d.Kind == desk.AtNode {
			return d, err == nil, err
		}
	}
	return desk.Desk{}, false, err
}

func (s *Service) openingAAD(q id.Lookup) []byte {
	return seal.Field{Node: string(s.Member), Table: "lookup_opening", Row: string(q), Column: "sealed", Version: 1}.AAD()
}

func boxOf(q id.Lookup, digest []byte) string { return string(q) + "." + hexOf(digest) }

// fileIn keeps what a query was made from for the officer. Where there is no desk of data protection, the desk that asks alone has it.
func (s *Service) fileIn(ctx context.Context, tx FullTx, q *Question, asking []byte) error {
	d, ok, err := officers(ctx, tx)
	if err != nil || !ok {
		return err
	}
	plain, err := frame.Encode(opening{q.Case, q.Desk, q.By, q.Second, q.Purpose, q.Query, asking})
	if err != nil {
		return err
	}
	defer clear(plain)
	key := seal.NewKey(s.Rand)
	defer key.Wipe()
	digest := Digest(q.Query)
	box, err := s.Cases.Keys.HandIn(ctx, tx, boxOpening, boxOf(q.ID, digest), key, d.ID)
	if fault.Is(err, fault.Conflict) {
		return nil // a desk that has no keys yet
	}
	if err != nil {
		return err
	}
	return tx.AddLookupOpening(ctx, Kept{ID: q.ID, Digest: digest, At: s.now(), Box: box, Sealed: key.Seal(s.openingAAD(q.ID), plain)})
}

// Unsealed is a query that the officer has opened.
type Unsealed struct {
	At      frame.Time
	Case    id.Case
	Desk    id.Desk
	By      id.User
	Second  id.User
	Purpose string
	Proven  bool    // it opens what the holders have in their logs
	Filling int     // how many of its elements only filled it up
	Keys    int     // how many were made from what is known of somebody, or of a thing; what that is nobody is shown (design 7)
	Found   Finding // what the desk has found; empty: nothing yet
}

// Unseal opens with the keys of the desk of data protection what the queries of a question were made from, and shows whether it is that. It answers the demands of other members that
// the desk which asked cannot answer any more. Looking is written into the log.
//
// It fails with [fault.Denied] for whoever is no data-protection officer at that desk, [fault.Hidden] if nothing is kept for it, and [fault.Locked] without keys.
func (s *Service) Unseal(ctx context.Context, by keyring.Bearer, question id.Lookup) (out []Unsealed, err error) {
	if err := access.Check(by.Actor, access.UnsealLookup, resource()); err != nil {
		return nil, err
	}
	misused := false
	err = s.Write(ctx, audit.Saw(by.Actor, access.UnsealLookup, string(question)), func(narrow Tx) error {
		out, misused = nil, false
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		kept, err := tx.LookupOpenings(ctx, question)
		if err != nil {
			return err
		}
		if len(kept) == 0 {
			return fault.New(fault.Hidden, "access.hidden")
		}
		d, err := s.Cases.Keys.OpenDeskIn(ctx, tx, by, by.Desk)
		if err != nil {
			return err
		}
		for _, o := range kept {
			u, err := s.unseal(ctx, tx, d, o)
			if err != nil {
				return err
			}
			left, err := s.leftToOfficer(ctx, tx, o, &u)
			if err != nil {
				return err
			}
			if left {
				f := Filed
				if !u.Proven {
					f, misused = Unproven, true
				}
				if err := s.found(ctx, tx, o.ID, o.Digest, f); err != nil {
					return err
				}
			}
			out = append(out, u)
		}
		_, err = s.Tasks.DoneIn(ctx, tx, string(question), TaskUnseal)
		return err
	})
	if err == nil && misused {
		s.Alarm(ctx, "lookup.misused", map[string]string{"member": string(s.Member)})
	}
	return out, err
}

// leftToOfficer reports whether the desk that asked can open a query no more, and says what it has found.
func (s *Service) leftToOfficer(ctx context.Context, tx FullTx, o Kept, u *Unsealed) (bool, error) {
	r, err := tx.Lookup(ctx, o.ID)
	if fault.Is(err, fault.NotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	q, err := questionOf(r)
	u.Found = q.Found
	return string(Digest(q.Query)) != string(o.Digest), err
}

// unseal opens one and checks it against the query whose digest is in the logs.
func (s *Service) unseal(ctx context.Context, tx FullTx, d *keyring.DeskKeys, o Kept) (Unsealed, error) {
	u := Unsealed{At: o.At}
	key, err := d.TakeIn(ctx, tx, boxOpening, boxOf(o.ID, o.Digest), o.Box)
	if err != nil {
		return u, err
	}
	defer key.Wipe()
	plain, err := key.Open(s.openingAAD(o.ID), o.Sealed)
	if err != nil {
		return u, fault.Wrap(fault.Internal, "lookup.kept", err)
	}
	defer clear(plain)
	var p opening
	if err := frame.Decode(plain, mostPiece, &p); err != nil {
		return u, fault.Wrap(fault.Internal, "lookup.kept", err)
	}
	u.Case, u.Desk, u.By, u.Second, u.Purpose = p.Case, p.Desk, p.By, p.Second, p.Purpose
	asking, err := veil.ParseAsking(p.Asking)
	query, wrong := veil.ParseQuery(p.Query)
	if errors.Join(err, wrong) != nil || string(Digest(p.Query)) != string(o.Digest) || len(asking.Openings()) != len(query.Elements) {
		return u, nil
	}
	u.Proven = true
	for i, x := range asking.Openings() {
		switch {
		case !x.Opens(&query.Elements[i]):
			u.Proven = false
		case x.Padding():
			u.Filling++
		default:
			u.Keys++
		}
	}
	return u, nil
}

// leaveToOfficer asks the desk of data protection for what the desk that asked can open no more, because its case is erased.
func (s *Service) leaveToOfficer(ctx context.Context, tx FullTx, q id.Lookup) error {
	all, err := tx.LookupDemandsOf(ctx, q)
	if err != nil || !slices.ContainsFunc(all, func(d Demand) bool { return d.Side != Ours && d.Found == Unopened }) {
		return err
	}
	clock, err := s.Clock(clockOpen, s.now())
	if err != nil {
		return err
	}
	return s.toUnseal(ctx, tx, q, clock)
}
