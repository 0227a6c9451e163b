package keyring

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// readingForm is the form of a [Reading].
const readingForm = "opentrm/reader/1"

// Reading is what one of the two who let a program read answers for: this account with this key, at this desk, these kinds, so much a day, and
// until then (spec/keys.md 5.8).
type Reading struct {
	Form     string          `json:"form"`
	Member   id.Member       `json:"member"`
	Desk     id.Desk         `json:"desk"`
	User     id.User         `json:"user"` // the service account
	Key      id.Key          `json:"key"`  // of its KEM pair
	Kinds    []string        `json:"kinds"`
	Networks []string        `json:"networks"`
	Quota    int64           `json:"quota"` // openings a day
	Epoch    int64           `json:"epoch"` // of the log
	Until    frame.Time      `json:"until"`
	By       id.User         `json:"by"`
	Role     access.Role     `json:"role"`
	At       frame.Time      `json:"at"`
	Signer   seal.SignPublic `json:"signer"`
}

type signedReading struct {
	Reading   Reading        `json:"reading"`
	Signature seal.Signature `json:"signature"`
}

// Reader is a service account that reads, as it rests: with the grants of the desk and of the data-protection officer, and their proofs.
type Reader struct {
	User                   id.User
	Desk                   id.Desk
	KEM                    []byte
	ByDesk, DeskProof      string // proven under the wrap key of the desk
	ByOfficer, OfficerMark string // proven by the node, to which she had signed in
}

// ParseReading reads a signed grant to a program and verifies its signature.
//
// It fails with [fault.TooLarge] and [fault.Invalid].
func ParseReading(b []byte) (Reading, error) {
	var s signedReading
	if err := frame.Decode(b, 8192, &s); err != nil {
		return Reading{}, err
	}
	if s.Reading.Form != readingForm {
		return Reading{}, fault.New(fault.Invalid, "keyring.grant.form")
	}
	msg, err := frame.Encode(s.Reading)
	if err == nil {
		err = s.Reading.Signer.Verify(seal.DomainReader, msg, s.Signature)
	}
	if err != nil {
		return Reading{}, fault.Wrap(fault.Invalid, "keyring.grant.form", err)
	}
	return s.Reading, nil
}

// covers reports whether two grants are of the same account and allow the same.
func (r Reading) covers(other Reading) bool {
	return r.Member == other.Member && r.Desk == other.Desk && r.User == other.User && r.Key == other.Key && slices.Equal(r.Kinds, other.Kinds) &&
		slices.Equal(r.Networks, other.Networks) && r.Quota == other.Quota && r.Epoch == other.Epoch
}

func (s *Service) signReading(by Bearer, r Reading) (string, error) {
	r.Form, r.Member, r.By, r.Role, r.At = readingForm, s.Node, by.User, by.Role, s.now()
	var err error
	if r.Signer, err = by.Signer(); err != nil {
		return "", err
	}
	msg, err := frame.Encode(r)
	if err != nil {
		return "", err
	}
	signature, err := by.Sign(seal.DomainReader, msg)
	if err != nil {
		return "", err
	}
	text, err := frame.Encode(signedReading{r, signature})
	return string(text), err
}

func (s *Service) officerMark(r Reader) []string {
	return []string{"reader", string(s.Node), string(r.Desk), string(r.User), r.ByOfficer}
}

func (s *Service) readerAAD(r Reader, generation int64) []byte {
	return frame.JoinText("opentrm/desk-reader/1", string(s.Node), string(r.Desk), decimal(generation), string(r.User), r.ByDesk)
}

// OfficerLetsIn writes down the grant of the data-protection officer. It seals nothing: only who works at the desk can.
//
// It fails with [fault.Locked] if her keys are not open.
func (s *Service) OfficerLetsIn(ctx context.Context, tx PepperTx, by Bearer, r *Reader, grant Reading) (err error) {
	if r.ByOfficer, err = s.signReading(by, grant); err != nil {
		return err
	}
	marks, err := s.MarksIn(ctx, tx)
	if err != nil {
		return err
	}
	r.OfficerMark = marks.Prove(s.officerMark(*r)...)
	return nil
}

// OfficerIn returns the grant of the data-protection officer, if it is one that this node has written for this account and key.
func (s *Service) OfficerIn(ctx context.Context, tx PepperTx, r Reader) (Reading, bool, error) {
	if r.OfficerMark == "" {
		return Reading{}, false, nil
	}
	marks, err := s.MarksIn(ctx, tx)
	if err != nil || !marks.Proves(r.OfficerMark, s.officerMark(r)...) {
		return Reading{}, false, err
	}
	g, ok := s.readingOf(r, r.ByOfficer)
	return g, ok && g.Role == access.DataProtectionOfficer, nil
}

// readingOf reads a grant if it is of this account, desk and key.
func (s *Service) readingOf(r Reader, text string) (Reading, bool) {
	g, err := ParseReading([]byte(text))
	if err != nil {
		return Reading{}, false
	}
	public, err := seal.ParseKEMPublic(r.KEM)
	return g, err == nil && g.Member == s.Node && g.Desk == r.Desk && g.User == r.User && g.Key == public.ID()
}

// DeskLetsIn writes down the grant of a member of the desk and seals the wrap key to the account, if the data-protection officer, another person, has
// granted the same before her. So nothing rests sealed to an account that both have not granted.
//
// It fails with [fault.Conflict] "signin.program.not-now" otherwise, and as [Service.OpenDeskIn].
func (s *Service) DeskLetsIn(ctx context.Context, tx Tx, by Bearer, r *Reader, grant Reading) error {
	d, err := s.OpenDeskIn(ctx, tx, by, r.Desk)
	if err != nil {
		return err
	}
	if r.ByDesk, err = s.signReading(by, grant); err != nil {
		return err
	}
	if err := d.proveReader(r); err != nil {
		return err
	}
	if _, ok, err := d.reads(ctx, tx, *r); err != nil || !ok {
		if err == nil {
			err = fault.New(fault.Conflict, "signin.program.not-now")
		}
		return err
	}
	if err := tx.DropWraps(ctx, r.Desk, r.User); err != nil {
		return err
	}
	return d.wrapTo(ctx, tx, r.User, r.KEM)
}

func (d *DeskKeys) proveReader(r *Reader) error {
	key, err := d.at(d.newest)
	if err != nil {
		return err
	}
	text, err := seal.Blob(key.Seal(d.s.readerAAD(*r, d.newest), nil)).MarshalText()
	r.DeskProof = string(text)
	return err
}

// reads reports whether both have granted r what it may read, and until when: the earlier of the two days. What only the database says has no proof.
func (d *DeskKeys) reads(ctx context.Context, tx Tx, r Reader) (Reading, bool, error) {
	var proof seal.Blob
	if r.Desk != d.desk || r.DeskProof == "" || proof.UnmarshalText([]byte(r.DeskProof)) != nil {
		return Reading{}, false, nil
	}
	key, err := d.at(d.newest)
	if err != nil {
		return Reading{}, false, err
	}
	if _, err := key.Open(d.s.readerAAD(r, d.newest), proof); err != nil {
		return Reading{}, false, nil
	}
	at, err := tx.Desk(ctx, r.Desk)
	if err != nil {
		return Reading{}, false, err
	}
	officer, ok, err := d.s.OfficerIn(ctx, tx, r)
	if err != nil || !ok || at.Realm != access.Assistance {
		return Reading{}, false, err
	}
	g, ok := d.s.readingOf(r, r.ByDesk)
	if !ok || !g.covers(officer) || g.By == officer.By || g.Role == access.DataProtectionOfficer {
		return Reading{}, false, nil
	}
	g.Until = min(g.Until, officer.Until)
	return g, g.Until > d.s.now(), nil
}

// ReaderIn returns what a program that has come in with its keys may read.
//
// It fails with [fault.Locked] "signin.program.unconfirmed" if not both have granted it, with the newest keys of the desk.
func (s *Service) ReaderIn(ctx context.Context, tx Tx, by Bearer, r Reader) (Reading, error) {
	shut := fault.New(fault.Locked, "signin.program.unconfirmed")
	d, err := s.OpenDeskIn(ctx, tx, by, r.Desk)
	if fault.Is(err, fault.Hidden) {
		return Reading{}, shut
	}
	if err != nil {
		return Reading{}, err
	}
	if _, newer := d.generations[d.newest+1]; newer {
		return Reading{}, shut
	}
	g, ok, err := d.reads(ctx, tx, r)
	if err == nil && !ok {
		err = shut
	}
	return g, err
}

// readers seals the newest wrap key to the programs that both still grant, whose proofs stand under before. Nothing stays sealed to any other.
func (d *DeskKeys) readers(ctx context.Context, tx Tx, granted []Reader, all []Reader) error {
	for _, r := range all {
		if err := tx.DropWraps(ctx, d.desk, r.User); err != nil {
			return err
		}
		if slices.ContainsFunc(granted, func(g Reader) bool { return g.User == r.User }) {
			if err := d.proveReader(&r); err != nil {
				return err
			}
			if err := d.wrapTo(ctx, tx, r.User, r.KEM); err != nil {
				return err
			}
		} else {
			r.ByDesk, r.DeskProof = "", ""
		}
		if err := tx.SetReader(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// grantedReaders returns the programs that read at the desk, and which of them both grant now.
func (d *DeskKeys) grantedReaders(ctx context.Context, tx Tx) (granted, all []Reader, err error) {
	if all, err = tx.Readers(ctx, d.desk); err != nil {
		return nil, nil, err
	}
	for _, r := range all {
		_, ok, err := d.reads(ctx, tx, r)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			granted = append(granted, r)
		}
	}
	return granted, all, nil
}

// RenewIn makes a new generation for the desk of the bearer, in the transaction of who has just shut a program out of it.
//
// It fails as [Service.Rotate].
func (s *Service) RenewIn(ctx context.Context, tx Tx, by Bearer, at id.Desk) error {
	d, err := s.OpenDeskIn(ctx, tx, by, at)
	if err != nil {
		return err
	}
	members, err := tx.Members(ctx, at)
	if err != nil {
		return err
	}
	return d.renew(ctx, tx, grantedOf(members))
}
