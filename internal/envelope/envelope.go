package envelope

import (
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
)

// Envelope is one that was read: its parts belong together by size and digest. Who made it is known only
// after [Envelope.Verify].
type Envelope struct {
	ID        id.Envelope
	Header    Header
	Signature seal.Signature

	header  []byte // canonical, as signed
	control []byte // sealed
	content []byte // sealed; nil if there is none
	raw     []byte // the file form, as it was read or made
}

// Sealing is all that is needed to seal one envelope.
type Sealing struct {
	Header  Header           // without signer and parts, which Seal sets
	Control Control          // without anything missing
	Content []byte           // nil: no content
	ToNode  seal.KEMPublic   // control key of the receiving node
	ToDesk  seal.KEMPublic   // intake key of the receiving desk; needed if there is content
	Signer  seal.SignPrivate // envelope key of this node
	Stock   *seal.Stock      // of secrets agreed on ahead; nil: none
}

// Seal pads, seals and signs. Two calls with the same input give two different envelopes, so the bytes are
// made once and kept.
//
// It fails with [fault.Invalid] naming the field that is wrong, with [fault.TooLarge] "exchange.too-large",
// and with [fault.Locked] if the signing key is empty.
func Seal(s Sealing) ([]byte, Envelope, error) {
	if s.Signer.IsZero() {
		return nil, Envelope{}, fault.New(fault.Locked, "exchange.key")
	}
	if len(s.Content) > maxPlain {
		return nil, Envelope{}, fault.New(fault.TooLarge, "exchange.too-large")
	}
	h := s.Header
	h.Format, h.Signer, h.Control, h.Content = 1, s.Signer.Public().ID(), Part{}, nil
	text, err := s.Control.encode(s.Content != nil)
	if err != nil {
		return nil, Envelope{}, err
	}
	known, err := h.known()
	if err != nil {
		return nil, Envelope{}, err
	}
	control, err := sealPart(s.Stock, known, "control", s.ToNode, text)
	if err != nil {
		return nil, Envelope{}, err
	}
	var content []byte
	if s.Content != nil {
		if content, err = sealPart(s.Stock, known, "content", s.ToDesk, s.Content); err != nil {
			return nil, Envelope{}, err
		}
	}
	h.Control = describe(s.ToNode.ID(), control)
	if content != nil {
		part := describe(s.ToDesk.ID(), content)
		h.Content = &part
	}
	header, err := h.encode()
	if err != nil {
		return nil, Envelope{}, err
	}
	e := Envelope{idOf(header), h, s.Signer.Sign(seal.DomainEnvelope, header), header, control, content, nil}
	e.raw = e.Bytes()
	return e.raw, e, nil
}

func sealPart(stock *seal.Stock, known []byte, part string, key seal.KEMPublic, plain []byte) ([]byte, error) {
	padded := seal.Pad(plain)
	defer clear(padded)
	return stock.Seal(key, info(known, part, key.ID()), nil, padded)
}

// Bytes returns the file form of e: the magic, then header, control, content and signature, each behind
// its length.
func (e Envelope) Bytes() []byte {
	return frame.JoinBehind(Magic, e.header, e.control, e.content, e.Signature.Bytes())
}

// Raw returns the file form of e as [Parse] read it or [Seal] made it, without building it anew; nil for an envelope of
// neither. It shares their memory.
func (e Envelope) Raw() []byte { return e.raw }

// Parse reads an envelope strictly and checks that its parts belong together. Nothing in it may be believed
// before [Envelope.Verify]. The envelope shares b's memory.
//
// It fails with [fault.TooLarge] "exchange.too-large", with [fault.Invalid] "exchange.header.version" for a
// version that this program does not know, and with [fault.Invalid] otherwise. An identifier that could be told is
// returned all the same, and nothing else of use.
func Parse(b []byte) (Envelope, error) {
	if len(b) > MaxEnvelope {
		return Envelope{}, fault.New(fault.TooLarge, "exchange.too-large")
	}
	if len(b) < len(Magic) || string(b[:len(Magic)]) != Magic {
		return Envelope{}, fault.New(fault.Invalid, "exchange.magic")
	}
	parts, err := frame.Split(b[len(Magic):], 4)
	if err != nil {
		return Envelope{}, err
	}
	e := Envelope{ID: idOf(parts[0]), header: parts[0], control: parts[1], raw: b}
	if e.Header, err = parseHeader(parts[0]); err != nil {
		return e, err
	}
	h := e.Header
	if h.Content != nil {
		e.content = parts[2]
	}
	if h.Content == nil && len(parts[2]) != 0 || !h.Control.fits(e.control) || h.Content != nil && !h.Content.fits(e.content) {
		return e, fault.New(fault.Invalid, "exchange.digest")
	}
	e.Signature, err = seal.ParseSignature(parts[3])
	return e, err
}

// Verify checks that the envelope was signed by a key that the roster lists for the member it names as
// sender, and returns that member.
//
// It fails with [fault.NotFound] "exchange.member.unknown" if the roster has no such member, and with
// [fault.Denied] "exchange.signature" if the signature is not hers.
func (e Envelope) Verify(r member.Roster) (member.Member, error) {
	m, ok := r.Find(e.Header.From)
	if !ok {
		return member.Member{}, fault.New(fault.NotFound, "exchange.member.unknown")
	}
	key, ok := member.Signer(m.Keys.Envelope, e.Header.Signer)
	if !ok || key.Verify(seal.DomainEnvelope, e.header, e.Signature) != nil {
		return member.Member{}, fault.New(fault.Denied, "exchange.signature")
	}
	return m, nil
}

// OpenControl opens what the sender told this node. Call it after [Envelope.Verify].
//
// It fails with [fault.Stale] "exchange.control.key" if key is not the one that it was sealed to, with
// [fault.Locked] if key is empty, with [fault.NotFound] for an unknown kind, and with [fault.Invalid] if it does
// not open or is not a control.
func (e Envelope) OpenControl(key seal.KEMPrivate) (Control, error) {
	if key.Public().ID() != e.Header.Control.Key {
		return Control{}, fault.New(fault.Stale, "exchange.control.key")
	}
	plain, err := e.open("control", key, e.control)
	if err != nil {
		return Control{}, err
	}
	return parseControl(plain, e.content != nil)
}

// HasContent reports whether there is a content.
func (e Envelope) HasContent() bool { return e.Header.Content != nil }

// Content returns the sealed content, which rests as it came until a member of the desk opens it; nil if
// there is none.
func (e Envelope) Content() []byte { return e.content }

// OpenContent opens what the sender told the desk, with the private half of the intake key. The caller
// wipes the result.
//
// It fails with [fault.NotFound] if there is no content or it was erased, with [fault.Stale]
// "exchange.content.key" if key is not the one that it was sealed to, with [fault.Locked] if key is empty, and
// with [fault.Invalid] if it does not open.
func (e Envelope) OpenContent(key seal.KEMPrivate) ([]byte, error) {
	if e.Header.Content == nil || e.content == nil {
		return nil, fault.New(fault.NotFound, "exchange.content.none")
	}
	if key.Public().ID() != e.Header.Content.Key {
		return nil, fault.New(fault.Stale, "exchange.content.key")
	}
	return e.open("content", key, e.content)
}

func (e Envelope) open(part string, key seal.KEMPrivate, sealed []byte) ([]byte, error) {
	known, err := e.Header.known()
	if err != nil {
		return nil, err
	}
	padded, err := key.Open(info(known, part, key.Public().ID()), nil, sealed)
	if err != nil {
		return nil, err
	}
	return seal.Unpad(padded)
}
