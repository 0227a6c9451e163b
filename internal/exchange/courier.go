package exchange

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
	"github.com/opentrm/opentrm/internal/member"
)

// Limits of a courier file (spec/courier.md 2).
const (
	CourierMagic   = "TRMC"
	MaxCourier     = 1 << 30 // bytes
	MaxRecords     = 10_000  // records of a file
	maxManifest    = 4 << 10
	recordOverhead = 5
)

// RecordKind says what a record of a courier file is.
type RecordKind byte

// The kinds of record. The numbers are on the wire: append only.
const (
	endRecord      RecordKind = 0
	EnvelopeRecord RecordKind = 1
	ReceiptRecord  RecordKind = 2
	RosterRecord   RecordKind = 3
	SheetRecord    RecordKind = 4
)

func (k RecordKind) limit() int {
	switch k {
	case endRecord:
		return maxManifest
	case EnvelopeRecord:
		return MaxEnvelope
	case ReceiptRecord:
		return MaxReceipt
	case RosterRecord:
		return member.MaxRoster
	case SheetRecord:
		return member.MaxSheet
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
	Kind RecordKind
	Data []byte
}

// ending closes a courier file, so that one cut short is noticed.
type ending struct {
	Records int64  `json:"records"`
	SHA256  string `json:"sha256"` // of every byte before this record
}

// CourierWriter writes a courier file record by record; its memory does not grow with the file.
type CourierWriter struct {
	w       io.Writer
	sum     hash.Hash
	records int64
	size    int64
}

// NewCourierWriter begins a courier file.
//
// It fails with [fault.Invalid] if the manifest is wrong, and as w fails.
func NewCourierWriter(w io.Writer, m Manifest) (*CourierWriter, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	b, err := frame.Encode(m)
	if err != nil {
		return nil, err
	}
	c := &CourierWriter{w: w, sum: sha256.New()}
	return c, c.write(append([]byte(CourierMagic), frame.Join(b)...))
}

func (m Manifest) check() error {
	if _, err := id.ParseMember(string(m.By)); err != nil {
		return err
	}
	if m.Format != 1 || m.Created < clockZero {
		return fault.New(fault.Invalid, "exchange.courier.manifest")
	}
	return nil
}

func (c *CourierWriter) write(b []byte) error {
	c.sum.Write(b)
	c.size += int64(len(b))
	if c.size > MaxCourier {
		return fault.New(fault.TooLarge, "exchange.courier.too-large")
	}
	_, err := c.w.Write(b)
	return err
}

// Add writes one record.
//
// It fails with [fault.Invalid] for an unknown kind, with [fault.TooLarge] beyond the limit of its kind or of
// the file, after which the file must be thrown away, and as the writer fails.
func (c *CourierWriter) Add(r Record) error {
	if r.Kind == endRecord || r.Kind.limit() < 0 {
		return fault.New(fault.Invalid, "exchange.courier.record")
	}
	if c.records == MaxRecords || len(r.Data) > r.Kind.limit() {
		return fault.New(fault.TooLarge, "exchange.courier.too-large")
	}
	c.records++
	return c.add(r)
}

func (c *CourierWriter) add(r Record) error {
	if err := c.write([]byte{byte(r.Kind)}); err != nil {
		return err
	}
	return c.write(frame.Join(r.Data))
}

// Close writes the ending. It does not close the writer below.
func (c *CourierWriter) Close() error {
	b, err := frame.Encode(ending{c.records, hex.EncodeToString(c.sum.Sum(nil))})
	if err != nil {
		return err
	}
	return c.add(Record{endRecord, b})
}

// CourierReader reads a courier file record by record and strictly.
type CourierReader struct {
	Manifest Manifest

	r       io.Reader
	sum     hash.Hash
	records int64
	size    int64
	ended   bool
}

// NewCourierReader reads the beginning of a courier file.
//
// It fails with [fault.Invalid] "exchange.magic" if it is none, "exchange.courier.version" for a version that
// this program does not know, with [fault.Invalid] or [fault.TooLarge] otherwise, and as r fails.
func NewCourierReader(r io.Reader) (*CourierReader, error) {
	c := &CourierReader{r: r, sum: sha256.New()}
	magic, err := c.read(len(CourierMagic))
	if err != nil {
		return nil, err
	}
	if string(magic) != CourierMagic {
		return nil, fault.New(fault.Invalid, "exchange.magic")
	}
	b, err := c.part(maxManifest)
	if err != nil {
		return nil, err
	}
	if v, ok := formatOf(b); ok && v != 1 {
		return nil, fault.New(fault.Invalid, "exchange.courier.version")
	}
	if err := frame.Decode(b, maxManifest, &c.Manifest); err != nil {
		return nil, err
	}
	return c, c.Manifest.check()
}

func (c *CourierReader) read(n int) ([]byte, error) {
	c.size += int64(n)
	if c.size > MaxCourier {
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

func (c *CourierReader) part(limit int) ([]byte, error) {
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
func (c *CourierReader) Next() (Record, error) {
	if c.ended {
		return Record{}, io.EOF
	}
	before := hex.EncodeToString(c.sum.Sum(nil))
	b, err := c.read(1)
	if err != nil {
		return Record{}, err
	}
	kind := RecordKind(b[0])
	if kind.limit() < 0 {
		return Record{}, fault.New(fault.Invalid, "exchange.courier.record")
	}
	data, err := c.part(kind.limit())
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
