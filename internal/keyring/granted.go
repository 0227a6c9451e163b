package keyring

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// The forms of a [Grant] (spec/keys.md, section 6.1).
const (
	grantForm    = "opentrm/grant/1"
	foundingForm = "opentrm/founding/1" // of the first member: nobody of the desk is there who could sign
)

// Grant is what the person who lets another one in to a desk answers for: this user with this key, in this role.
type Grant struct {
	Form   string          `json:"form"`
	Member id.Member       `json:"member"`
	Desk   id.Desk         `json:"desk"`
	User   id.User         `json:"user"`
	Role   access.Role     `json:"role"`
	Key    id.Key          `json:"key"` // of the KEM key to which the wrap key is sealed
	By     id.User         `json:"by"`
	At     frame.Time      `json:"at"`
	Signer seal.SignPublic `json:"signer"`
}

// SignedGrant is a grant with the signature of who granted.
type SignedGrant struct {
	Grant     Grant          `json:"grant"`
	Signature seal.Signature `json:"signature"`
}

const maxGrant = 4096

// ParseGrant reads a signed grant and verifies its signature. That of a first member has none.
//
// It fails with [fault.TooLarge] and [fault.Invalid].
func ParseGrant(b []byte) (Grant, error) {
	var s SignedGrant
	if err := frame.Decode(b, maxGrant, &s); err != nil {
		return Grant{}, err
	}
	msg, err := frame.Encode(s.Grant)
	switch {
	case err != nil:
		return Grant{}, err
	case s.Grant.Form == foundingForm && s.Grant.Signer.IsZero() && s.Signature.IsZero():
		return s.Grant, nil
	case s.Grant.Form != grantForm:
		return Grant{}, fault.New(fault.Invalid, "keyring.grant.form")
	}
	if err := s.Grant.Signer.Verify(seal.DomainGrant, msg, s.Signature); err != nil {
		return Grant{}, fault.Wrap(fault.Invalid, "keyring.grant.form", err)
	}
	return s.Grant, nil
}

// proofAAD binds a grant to the generation of the wrap key under which it is proven: who has left was proven under an older one.
func (s *Service) proofAAD(m desk.Membership, generation int64) []byte {
	return frame.JoinText("opentrm/desk-grant/1", string(s.Node), string(m.Desk), decimal(generation), string(m.User), m.Record)
}

// sign writes and proves the grant of m, a user whose KEM key is key. The bearer signs; a first member's grant nobody signs.
func (d *DeskKeys) sign(m *desk.Membership, by Bearer, key id.Key) (err error) {
	s := SignedGrant{Grant: Grant{
		Form: foundingForm, Member: d.s.Node, Desk: m.Desk, User: m.User, Role: m.Role, Key: key, By: m.GrantedBy, At: m.Since,
	}}
	if by.User != "" {
		s.Grant.Form = grantForm
		if s.Grant.Signer, err = by.Signer(); err != nil {
			return err
		}
		msg, err := frame.Encode(s.Grant)
		if err != nil {
			return err
		}
		if s.Signature, err = by.Sign(seal.DomainGrant, msg); err != nil {
			return err
		}
	}
	record, err := frame.Encode(s)
	if err != nil {
		return err
	}
	m.Record = string(record)
	return d.prove(m)
}

// prove seals, under the newest wrap key, that the grant of m is one of this desk.
func (d *DeskKeys) prove(m *desk.Membership) error {
	key, err := d.at(d.newest)
	if err != nil {
		return err
	}
	text, err := seal.Blob(key.Seal(d.s.proofAAD(*m, d.newest), nil)).MarshalText()
	m.Proof = string(text)
	return err
}

// granted reports whether m is a membership as a member of the desk has granted it, and for which key. What only the database says has
// no proof, because whoever writes to it has no wrap key; the same holds for the grant of another desk, user or generation.
func (d *DeskKeys) granted(m desk.Membership) (id.Key, bool) {
	var proof seal.Blob
	if m.State != desk.Granted || m.Desk != d.desk || proof.UnmarshalText([]byte(m.Proof)) != nil {
		return "", false
	}
	key, err := d.at(d.newest)
	if err != nil {
		return "", false
	}
	if _, err := key.Open(d.s.proofAAD(m, d.newest), proof); err != nil {
		return "", false
	}
	g, err := ParseGrant([]byte(m.Record))
	ok := err == nil && g.Member == d.s.Node && g.Desk == m.Desk && g.User == m.User && g.Role == m.Role && g.By == m.GrantedBy && g.At == m.Since
	return g.Key, ok
}

// holder is a member for whom the next wrap key is made, and her KEM key.
type holder struct {
	desk.Membership
	public []byte
}

// holders returns for whom the next wrap key is made: whose grant is proven, and who makes it, since she has the key anyway. Everybody else is
// out, until an administrator has proposed and a colleague has compared her key and granted her; the officers are told, and the log names her.
//
// It fails with [fault.Conflict] "keyring.grant.none" if nobody is left.
func (d *DeskKeys) holders(ctx context.Context, tx Tx, members []desk.Membership) ([]holder, error) {
	var out []holder
	for _, m := range members {
		key, ok := d.granted(m)
		if !ok && m.User == d.by.User && m.User != "" {
			key, ok = d.by.Key(), true
			m.Record, m.Proof = "", "" // nobody has granted her: whoever makes the next generation takes her out
		}
		if ok {
			raw, err := tx.UserKEM(ctx, m.User)
			if err != nil {
				return nil, err
			}
			public, err := seal.ParseKEMPublic(raw)
			if err != nil {
				return nil, err
			}
			if public.ID() == key {
				out = append(out, holder{m, raw})
				continue
			}
		}
		if err := d.doubt(ctx, tx, m); err != nil {
			return nil, err
		}
	}
	if len(out) == 0 {
		return nil, fault.New(fault.Conflict, "keyring.grant.none")
	}
	return out, nil
}

// doubt takes out who has no proven grant. She is not proposed either: what a thief wrote would wait for somebody who grants it.
func (d *DeskKeys) doubt(ctx context.Context, tx Tx, m desk.Membership) error {
	m.State, m.Since, m.Record, m.Proof = desk.Left, d.s.now(), "", ""
	if err := tx.SetMembership(ctx, m); err != nil {
		return err
	}
	if m.User != "" { // the wraps of the recovery key are of no user
		if err := tx.DropWraps(ctx, d.desk, m.User); err != nil {
			return err
		}
	}
	e := audit.Did(access.Node(d.s.Node), access.RemoveMemberDesk, string(d.desk)+"/"+string(m.User)).For("ungranted")
	if err := tx.Also(e); err != nil {
		return err
	}
	if d.s.Doubt != nil {
		d.s.Doubt(ctx, d.desk, m.User)
	}
	return d.s.tellOfficers(ctx, tx)
}
