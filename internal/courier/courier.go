// Package courier writes and reads the file that carries envelopes, receipts, rosters and desk sheets on a stick where no line
// leads (spec/courier.md). It knows how the file is put together, and nothing of what its records say.
package courier

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Limits of a courier file (spec/courier.md 2).
const (
	Magic          = "TRMC"
	MaxFile        = 1 << 30 // bytes
	MaxRecords     = 10_000  // records of a file
	maxManifest    = 4 << 10
	recordOverhead = 5
)

// Kind says what a record of a courier file is.
type Kind byte

// The kinds of record. The numbers are on the wire: append only.
const (
	endRecord Kind = 0
	Envelope  Kind = 1
	Receipt   Kind = 2
	Roster    Kind = 3
	Sheet     Kind = 4
)

// Limits are the longest records of each kind, in bytes.
type Limits struct{ Envelope, Receipt, Roster, Sheet int }

func (l Limits) of(k Kind) int {
	switch k {
	case endRecord:
		return maxManifest
	case Envelope:
		return l.Envelope
	case Receipt:
		return l.Receipt
	case Roster:
		return l.Roster
	case Sheet:
		return l.Sheet
	}
	return -1
}

// Manifest begins a courier file. It names nobody but members.
type Manifest struct {
	Format  int        `json:"v"` // 1
	By      id.Member  `json:"by"`
	Created frame.Time `json:"created"`
}

// Record is one record of a courier file.
type Record struct {
	Kind Kind
	Data []byte
}

// ending closes a courier file, so that one cut short is noticed.
type ending struct {
	Records int64  `json:"records"`
	SHA256  string `json:"sha256"` // of every byte before this record
}

// Writer writes a courier file record by record; its memory does not grow with the file.
type Writer struct {
	w       io.Writer
	limits  Limits
	sum     hash.Hash
	records int64
	size    int64
}

// NewWriter begins a courier file.
//
// It fails with [fault.Invalid] if the manifest is wrong, and as w fails.
func NewWriter(w io.Writer, m Manifest, l Limits) (*Writer, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	b, err := frame.Encode(m)
	if err != nil {
		return nil, err
	}
	c := &Writer{w: w, limits: l, sum: sha256.New()}
	return c, c.write(append([]byte(Magic), frame.Join(b)...))
}

func (m Manifest) check() error {
	if _, err := id.ParseMember(string(m.By)); err != nil {
		return err
	}
	if m.Format != 1 || m.Created < frame.Earliest {
		return fault.New(fault.Invalid, "exchange.courier.manifest")
	}
	return nil
}

func (c *Writer) write(b []byte) error {
	c.sum.Write(b)
	c.size += int64(len(b))
	if c.size > MaxFile {
		return fault.New(fault.TooLarge, "exchange.courier.too-large")
	}
	_, err := c.w.Write(b)
	return err
}

// Add writes one record.
//
// It fails with [fault.Invalid] for an unknown kind, with [fault.TooLarge] beyond the limit of its kind or of
// the file, after which the file must be thrown away, and as the writer fails.
func (c *Writer) Add(r Record) error {
	if r.Kind == endRecord || c.limits.of(r.Kind) < 0 {
		return fault.New(fault.Invalid, "exchange.courier.record")
	}
	if c.records == MaxRecords || len(r.Data) > c.limits.of(r.Kind) {
		return fault.New(fault.TooLarge, "exchange.courier.too-large")
	}
	c.records++
	return c.add(r)
}

func (c *Writer) add(r Record) error {
	if err := c.write([]byte{byte(r.Kind)}); err != nil {
		return err
	}
	return c.write(frame.Join(r.Data))
}

// Close writes the ending. It does not close the writer below.
func (c *Writer) Close() error {
	b, err := frame.Encode(ending{c.records, hex.EncodeToString(c.sum.Sum(nil))})
	if err != nil {
		return err
	}
	return c.add(Record{endRecord, b})
}

// Reader reads a courier file record by record and strictly.
type Reader struct {
	Manifest Manifest

	r       io.Reader
	limits  Limits
	sum     hash.Hash
	records int64
	size    int64
	ended   bool
}

// NewReader reads the beginning of a courier file.
//
// It fails with [fault.Invalid] "exchange.magic" if it is none, "exchange.courier.version" for a version that
// this program does not know, with [fault.Invalid] or [fault.TooLarge] otherwise, and as r fails.
func NewReader(r io.Reader, l Limits) (*Reader, error) {
	c := &Reader{r: r, limits: l, sum: sha256.New()}
	magic, err := c.read(len(Magic))
	if err != nil {
		return nil, err
	}
	if string(magic) != Magic {
		return nil, fault.New(fault.Invalid, "exchange.magic")
	}
	b, err := c.part(maxManifest)
	if err != nil {
		return nil, err
	}
	if v, ok := frame.Version(b); ok && v != 1 {
		return nil, fault.New(fault.Invalid, "exchange.courier.version")
	}
	if err := frame.Decode(b, maxManifest, &c.Manifest); err != nil {
		return nil, err
	}
	return c, c.Manifest.check()
}

func (c *Reader) read(n int) ([]byte, error) {
	c.size += int64(n)
	if c.size > MaxFile {
		return nil, fault.New(fault.TooLarge, "exchange.courier.too-large")
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(c.r, b); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fault.New(fault.Invalid, "exchange.courier.truncated")
	} else if err != nil {
		return nil, err
	}
	c.sum.Write(b)
	return b, nil
}

func (c *Reader) part(limit int) ([]byte, error) {
	b, err := c.read(4)
	if err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(b)
	if uint64(n) > uint64(limit) {
		return nil, fault.New(fault.TooLarge, "exchange.courier.too-large")
	}
	return c.read(int(n))
}

// Next returns the next record, and [io.EOF] after the last one, when the count and the digest of the file
// have been found right and nothing follows. Records returned before an error are genuine as far as each
// proves itself: an envelope and a receipt carry their own signature.
//
// It fails with [fault.Invalid] "exchange.courier.truncated", "exchange.courier.record" or
// "exchange.courier.digest", with [fault.TooLarge], and as the reader fails.
func (c *Reader) Next() (Record, error) {
	if c.ended {
		return Record{}, io.EOF
	}
	before := hex.EncodeToString(c.sum.Sum(nil))
	b, err := c.read(1)
	if err != nil {
		return Record{}, err
	}
	kind := Kind(b[0])
	if c.limits.of(kind) < 0 {
		return Record{}, fault.New(fault.Invalid, "exchange.courier.record")
	}
	data, err := c.part(c.limits.of(kind))
	if err != nil {
		return Record{}, err
	}
	if kind != endRecord {
		if c.records++; c.records > MaxRecords {
			return Record{}, fault.New(fault.TooLarge, "exchange.courier.too-large")
		}
		return Record{kind, data}, nil
	}
	var end ending
	if err := frame.Decode(data, maxManifest, &end); err != nil {
		return Record{}, err
	}
	if end.Records != c.records || end.SHA256 != before {
		return Record{}, fault.New(fault.Invalid, "exchange.courier.digest")
	}
	if n, err := io.ReadFull(c.r, make([]byte, 1)); n != 0 {
		return Record{}, fault.New(fault.Invalid, "exchange.courier.trailing")
	} else if !errors.Is(err, io.EOF) {
		return Record{}, err
	}
	c.ended = true
	return Record{}, io.EOF
}
