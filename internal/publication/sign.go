package publication

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
)

const maxSigned = MaxBody + 8<<10

// unsigned is what the node signs.
type unsigned struct {
	Record Record  `json:"record"`
	Person *Person `json:"person,omitempty"`
}

func (s Signed) message() ([]byte, error) { return frame.Encode(unsigned{s.Record, s.Person}) }

func wrong(field string) error {
	return fault.New(fault.Invalid, "publication.field").With("field", field)
}

const letters = "abcdefghijklmnopqrstuvwxyz0123456789-"

// code reports whether s is a code of spec/envelope.md 3: lower-case letters, digits and single inner dashes, in parts
// joined by single dots, at most 64 characters.
func code(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for part := range strings.SplitSeq(s, ".") {
		if part == "" || part[0] == '-' || part[len(part)-1] == '-' || strings.Contains(part, "--") || strings.Trim(part, letters) != "" {
			return false
		}
	}
	return true
}

// Check reports whether r could be a record.
//
// It fails with [fault.Invalid] and the name of the field, and with [fault.TooLarge] "publication.too-large".
func (r Record) Check() error {
	if _, err := id.ParseRandom[id.Publication](string(r.ID)); err != nil {
		return wrong("id")
	}
	if _, err := id.ParseMember(string(r.Member)); err != nil {
		return wrong("member")
	}
	if _, err := id.ParseDesk(string(r.Desk)); err != nil {
		return wrong("desk")
	}
	switch {
	case r.Format != 1:
		return wrong("v")
	case !code(string(r.Kind)):
		return wrong("kind")
	case r.Version < 1 || r.Version >= frame.MaxInt:
		return wrong("version")
	case (r.Previous == "") != (r.Version == 1) || r.Previous != "" && !hash(r.Previous):
		return wrong("previous")
	case r.Seq < 1 || r.Seq >= frame.MaxInt:
		return wrong("seq")
	case r.Created <= 0 || r.ValidFrom < 0:
		return wrong("created")
	case r.Reason != "" && !code(r.Reason) || r.Withdrawn && r.Version == 1:
		return wrong("reason")
	case len(r.Body) > MaxBody:
		return fault.New(fault.TooLarge, "publication.too-large")
	case len(r.Body) < 2 || r.Body[0] != '{' || frame.Check(r.Body) != nil:
		return wrong("body")
	}
	return nil
}

func hash(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size && s == hex.EncodeToString(b)
}

// sign signs r as the node, over the signature of a person where there is one.
func sign(r Record, p *Person, key seal.SignPrivate) (Kept, error) {
	if err := r.Check(); err != nil {
		return Kept{}, err
	}
	if key.IsZero() {
		return Kept{}, fault.New(fault.Locked, "publication.locked")
	}
	s := Signed{Record: r, Person: p, Signer: key.Public().ID()}
	msg, err := s.message()
	if err != nil {
		return Kept{}, err
	}
	s.Signature = key.Sign(seal.DomainPublication, msg)
	return keep(s)
}

// keep gives s its canonical form and its hash.
func keep(s Signed) (Kept, error) {
	b, err := frame.Encode(s)
	if err != nil {
		return Kept{}, err
	}
	sum := sha256.Sum256(b)
	return Kept{Signed: s, Bytes: b, Hash: hex.EncodeToString(sum[:])}, nil
}

// Parse reads the canonical form of a signed record. Nothing in it may be believed before [Signed.Verify].
//
// It fails with [fault.TooLarge] or [fault.Invalid] for anything else.
func Parse(b []byte) (Signed, error) {
	var s Signed
	if err := frame.Decode(b, maxSigned, &s); err != nil {
		return Signed{}, err
	}
	return s, s.check()
}

// check reports whether s could be a signed record. The signatures are not judged.
func (s Signed) check() error {
	switch p := s.Person; {
	case !keyID(s.Signer):
		return wrong("signer")
	case s.Signature.IsZero():
		return wrong("signature")
	case p != nil && (!code(string(p.Role)) || p.Key.IsZero() || p.Signature.IsZero()):
		return wrong("person")
	}
	return s.Record.Check()
}

func keyID(k id.Key) bool {
	b, err := hex.DecodeString(string(k))
	return err == nil && len(b) == 16 && hex.EncodeToString(b) == string(k)
}

// Verify checks that the record was signed by the node of its author, by a key that the roster lists, and
// the person's signature where there is one; a conclusion and what is said to it must have one.
//
// It fails with [fault.NotFound] "publication.author" if the roster has no such member or key, and with
// [fault.Denied] "publication.signature" if a signature is missing or not good.
func (s Signed) Verify(r member.Roster) error {
	m, ok := r.Find(s.Record.Member)
	if !ok {
		return fault.New(fault.NotFound, "publication.author")
	}
	key, ok := member.Signer(m.Keys.Envelope, s.Signer)
	if !ok {
		return fault.New(fault.NotFound, "publication.author")
	}
	denied := fault.New(fault.Denied, "publication.signature")
	msg, err := s.message()
	if err != nil {
		return err
	}
	if key.Verify(seal.DomainPublication, msg, s.Signature) != nil {
		return denied
	}
	if s.Person == nil {
		if s.Record.Kind.Personal() {
			return denied
		}
		return nil
	}
	own, err := frame.Encode(s.Record)
	if err != nil {
		return err
	}
	if s.Person.Key.Verify(seal.DomainConclusion, own, s.Person.Signature) != nil {
		return denied
	}
	return nil
}
