package signin

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// recordForm is the form of a [Record] (spec/keys.md 5.7).
const recordForm = "opentrm/let-in/1"

// Grounds say why the office of an account is open, or that it is not.
type Grounds string

// The grounds.
const (
	Asked    Grounds = "asked"    // it waits for somebody who compares
	Compared Grounds = "compared" // somebody else of the office has compared, and signed
	Machine  Grounds = "machine"  // the link was made, or the keys were compared, at the machine
	First    Grounds = "first"    // nobody was there yet who could have compared
)

// Record is how the office of an account came to be open: these roles, with these keys. Who compared signs it, and the node, which has seen
// her sign in, proves it: a signature by itself can be made with any key.
type Record struct {
	Form    string          `json:"form"`
	Member  id.Member       `json:"member"`
	User    id.User         `json:"user"`
	Office  []access.Role   `json:"office"`
	Key     id.Key          `json:"key"`  // of her KEM pair
	Sign    id.Key          `json:"sign"` // of her signing pair
	Linker  id.User         `json:"linker"`
	Grounds Grounds         `json:"grounds"`
	By      id.User         `json:"by"`
	Role    access.Role     `json:"role"` // of who compared
	At      frame.Time      `json:"at"`
	Signer  seal.SignPublic `json:"signer"`
}

type signedRecord struct {
	Record    Record         `json:"record"`
	Signature seal.Signature `json:"signature"`
}

// ParseRecord reads a record and verifies its signature. One that is not on the grounds of a comparison has none.
//
// It fails with [fault.TooLarge] and [fault.Invalid].
func ParseRecord(b []byte) (Record, error) {
	var s signedRecord
	if err := frame.Decode(b, 8192, &s); err != nil {
		return Record{}, err
	}
	wrong := func(err error) (Record, error) {
		return Record{}, fault.Wrap(fault.Invalid, "keyring.grant.form", err)
	}
	r := s.Record
	if r.Form != recordForm {
		return wrong(nil)
	}
	switch r.Grounds {
	case Asked, Machine, First:
		if !r.Signer.IsZero() || !s.Signature.IsZero() || r.By != "" {
			return wrong(nil)
		}
		return r, nil
	case Compared:
		msg, err := frame.Encode(r)
		if err == nil {
			err = r.Signer.Verify(seal.DomainLetIn, msg, s.Signature)
		}
		if err != nil || r.By == "" || r.By == r.User || r.By == r.Linker {
			return wrong(err)
		}
		return r, nil
	}
	return wrong(nil)
}

// unproven stands for who made the link of an account where no record says it. No user has this name.
const unproven id.User = "-"

// keyIDs identify the two public halves of u.
func (u User) keyIDs() (kem, sign id.Key) {
	if k, err := seal.ParseKEMPublic(u.KEM); err == nil {
		kem = k.ID()
	}
	if k, err := seal.ParseSignPublic(u.Sign); err == nil {
		sign = k.ID()
	}
	return kem, sign
}

func (s *Service) proofOf(u User) []string {
	return []string{"let-in", string(s.Member), string(u.ID), u.LetIn}
}

// write lets u say on which grounds its office is open. Who compared signs.
func (s *Service) write(ctx context.Context, tx Tx, u *User, grounds Grounds, by keyring.Bearer) (err error) {
	r := Record{
		Form: recordForm, Member: s.Member, User: u.ID, Office: slices.Clone(u.Office), Linker: u.Linker, Grounds: grounds, At: s.now(),
	}
	slices.Sort(r.Office)
	r.Key, r.Sign = u.keyIDs()
	var signed signedRecord
	if grounds == Compared {
		r.By, r.Role = by.User, by.Role
		if r.Signer, err = by.Signer(); err != nil {
			return err
		}
		msg, err := frame.Encode(r)
		if err != nil {
			return err
		}
		if signed.Signature, err = by.Sign(seal.DomainLetIn, msg); err != nil {
			return err
		}
	}
	signed.Record = r
	text, err := frame.Encode(signed)
	if err != nil {
		return err
	}
	marks, err := s.Marks(ctx, tx)
	if err != nil {
		return err
	}
	u.LetIn = string(text)
	u.LetInProof = marks.Prove(s.proofOf(*u)...)
	u.Waits, u.LetInBy = grounds == Asked, r.By
	return nil
}

// holds reports whether the record of u is one that this node has written, of these keys and roles.
func (s *Service) holds(marks keyring.Marks, u User) (Record, bool) {
	if !marks.Proves(u.LetInProof, s.proofOf(u)...) {
		return Record{}, false
	}
	r, err := ParseRecord([]byte(u.LetIn))
	if err != nil || r.Member != s.Member || r.User != u.ID {
		return Record{}, false
	}
	kem, sign := u.keyIDs()
	office := slices.Sorted(slices.Values(u.Office))
	return r, kem != "" && r.Key == kem && r.Sign == sign && slices.Equal(office, r.Office)
}

// VouchIn lets accounts say of their office what their records prove, whatever their rows say: whoever writes to the database opens none.
func (s *Service) VouchIn(ctx context.Context, tx Tx, users ...*User) error {
	var marks *keyring.Marks
	for _, u := range users {
		if len(u.Office) == 0 || len(u.KEM) == 0 {
			continue
		}
		u.Waits, u.Linker, u.LetInBy = true, unproven, ""
		if u.LetInProof == "" {
			continue
		}
		if marks == nil {
			m, err := s.Marks(ctx, tx)
			if err != nil {
				return err
			}
			marks = &m
		}
		if r, ok := s.holds(*marks, *u); ok {
			u.Waits, u.Linker, u.LetInBy = r.Grounds == Asked, r.Linker, r.By
		}
	}
	return nil
}

// UsersIn returns every account, in order of login, with its office as its record proves it.
func (s *Service) UsersIn(ctx context.Context, tx Tx) ([]User, error) {
	all, err := tx.Users(ctx)
	if err != nil {
		return nil, err
	}
	each := make([]*User, len(all))
	for i := range all {
		each[i] = &all[i]
	}
	return all, s.VouchIn(ctx, tx, each...)
}

// invite keeps a link, with the proof of who made it.
func (s *Service) invite(ctx context.Context, tx Tx, i Invitation) error {
	marks, err := s.Marks(ctx, tx)
	if err != nil {
		return err
	}
	i.Proof = marks.Prove(i.proofOf()...)
	return tx.AddInvitation(ctx, i)
}

func (i Invitation) proofOf() []string {
	return []string{"invitation", string(i.Hash), string(i.User), string(i.Maker)}
}

// invited reports whether a link is one that this node has made.
func (s *Service) invited(ctx context.Context, tx Tx, i Invitation) (bool, error) {
	if i.Proof == "" {
		return false, nil
	}
	marks, err := s.Marks(ctx, tx)
	return err == nil && marks.Proves(i.Proof, i.proofOf()...), err
}
