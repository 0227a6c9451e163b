package envelope

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Limits of an envelope (spec/envelope.md 2).
const (
	Magic       = "TRM1"
	MaxEnvelope = maxHeader + maxControl + maxContent + 1<<10 // bytes
	MaxLife     = 180 * 24 * time.Hour                        // from created to expires
	MaxAhead    = 24 * time.Hour                              // by which created may lie ahead of the receiver's clock
	MaxText     = 1<<20 - 4                                   // bytes of a control before padding

	maxHeader  = 16 << 10
	maxNote    = 4 << 10        // bytes of the checkpoint in the header
	maxControl = 1<<20 + 4<<10  // sealed and padded
	maxContent = 16<<20 + 4<<10 // sealed and padded
	maxPlain   = 16<<20 - 4     // of a content before padding
	clockZero  = frame.Earliest
)

// Version names a roster: its version and its hash.
type Version struct {
	Version int64  `json:"version"`
	Hash    string `json:"hash"`
}

// Part describes a sealed part: the key that opens it, and size and digest of the sealed bytes.
type Part struct {
	Key    id.Key `json:"key"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

// Header is the clear part of an envelope: all that a mailbox, a courier or a network observer sees.
type Header struct {
	Format  int        `json:"v"` // 1
	Suite   seal.Suite `json:"suite"`
	From    id.Member  `json:"from"`
	To      id.Member  `json:"to"`
	Created frame.Time `json:"created"`
	Expires frame.Time `json:"expires"`
	Roster  Version    `json:"roster"` // under which it was sealed
	Sheet   int64      `json:"sheet"`  // version of the receiver's desk sheet that gave the content key; 0: none
	Log     string     `json:"log"`    // the sender's newest signed checkpoint as of sealing; empty: none yet
	Signer  id.Key     `json:"signer"` // envelope key of the sender
	Control Part       `json:"control"`
	Content *Part      `json:"content,omitempty"`
}

// encode returns the canonical header, of which the identifier is the digest.
func (h Header) encode() ([]byte, error) {
	if err := h.Check(); err != nil {
		return nil, err
	}
	return frame.Encode(h)
}

// ID returns the identifier of the envelope with this header: the SHA-256 of its canonical form.
//
// It fails with [fault.Invalid] if h could not be a header.
func (h Header) ID() (id.Envelope, error) {
	b, err := h.encode()
	if err != nil {
		return "", err
	}
	return idOf(b), nil
}

func idOf(header []byte) id.Envelope {
	sum := sha256.Sum256(header)
	return id.Envelope(hex.EncodeToString(sum[:]))
}

// known encodes every header field that is known before sealing.
func (h Header) known() ([]byte, error) {
	return frame.Encode(struct {
		Format  int        `json:"v"`
		Suite   seal.Suite `json:"suite"`
		From    id.Member  `json:"from"`
		To      id.Member  `json:"to"`
		Created frame.Time `json:"created"`
		Expires frame.Time `json:"expires"`
		Roster  Version    `json:"roster"`
		Sheet   int64      `json:"sheet"`
		Log     string     `json:"log"`
		Signer  id.Key     `json:"signer"`
	}{h.Format, h.Suite, h.From, h.To, h.Created, h.Expires, h.Roster, h.Sheet, h.Log, h.Signer})
}

// info is the HPKE info of a part: what it is, who opens it, and what was known of the header before sealing.
// A part taken out of its envelope and put into another one does not open.
func info(known []byte, part string, key id.Key) []byte {
	return frame.Join([]byte("opentrm/envelope/1"), []byte(part), []byte(key), known)
}

// Check reports whether h could be a header of this version of the format.
//
// It fails with [fault.Invalid] and the name of the field that is wrong.
func (h Header) Check() error {
	bad := func(field string) error {
		return fault.New(fault.Invalid, "exchange.header.field").With("field", field)
	}
	if _, err := id.ParseMember(string(h.From)); err != nil {
		return bad("from")
	}
	if _, err := id.ParseMember(string(h.To)); err != nil {
		return bad("to")
	}
	switch {
	case h.Format != 1:
		return bad("v")
	case h.Suite == "" || len(h.Suite) > 64:
		return bad("suite")
	case h.Created < clockZero || h.Expires <= h.Created || h.Expires > h.Created.Add(MaxLife):
		return bad("expires")
	case !h.Roster.ok():
		return bad("roster")
	case h.Sheet < 0 || h.Sheet > 0 && h.Content == nil || h.Sheet == 0 && h.Content != nil:
		return bad("sheet")
	case len(h.Log) > maxNote:
		return bad("log")
	case !keyID(h.Signer):
		return bad("signer")
	case !h.Control.ok(maxControl):
		return bad("control")
	case h.Content != nil && !h.Content.ok(maxContent):
		return bad("content")
	}
	return nil
}

func (v Version) ok() bool { return v.Version >= 1 && hexes(v.Hash, 64) }

// ok reports whether p could describe a sealed part: its size is one of the padded sizes.
func (p Part) ok(limit int64) bool {
	plain := p.Size - seal.KEMOverhead
	return keyID(p.Key) && hexes(p.SHA256, 64) && plain > 0 && p.Size <= limit &&
		int64(seal.PaddedSize(int(plain)-4)) == plain
}

func (p Part) fits(b []byte) bool {
	sum := sha256.Sum256(b)
	return int64(len(b)) == p.Size && hex.EncodeToString(sum[:]) == p.SHA256
}

func describe(key id.Key, sealed []byte) Part {
	sum := sha256.Sum256(sealed)
	return Part{key, hex.EncodeToString(sum[:]), int64(len(sealed))}
}

// parseHeader reads a canonical header. A version that this program does not know fails with
// [fault.Invalid] "exchange.header.version", so that it is told apart from damage.
func parseHeader(b []byte) (Header, error) {
	if len(b) > maxHeader {
		return Header{}, fault.New(fault.TooLarge, "exchange.too-large")
	}
	var h Header
	err := frame.Decode(b, maxHeader, &h)
	if err == nil && h.Format == 1 {
		return h, h.Check()
	}
	if v, ok := frame.Version(b); err == nil || ok && v != 1 {
		return Header{}, fault.New(fault.Invalid, "exchange.header.version")
	}
	return Header{}, err
}

func keyID(k id.Key) bool { return hexes(string(k), 32) }

// hexes reports whether s is n lower-case hexadecimal characters.
func hexes(s string, n int) bool {
	if len(s) != n {
		return false
	}
	return !slices.ContainsFunc([]byte(s), func(c byte) bool { return (c < '0' || c > '9') && (c < 'a' || c > 'f') })
}
