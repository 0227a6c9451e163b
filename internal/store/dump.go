package store

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
)

// The dump is one stream for both engines: records, each preceded by its length in four bytes, each a
// join of parts. The first says format, class and schema; then for every table its name and columns,
// and one record per row; the last holds the number of rows and the SHA-256 of all bytes before it.
const (
	dumpFormat = "opentrm/dump/1"
	maxRecord  = 64 << 20
)

const (
	recordHead  = "head"
	recordTable = "table"
	recordRow   = "row"
	recordEnd   = "end"
)

// A cell is one byte that says what follows, and the value.
const (
	cellNull  = 'n'
	cellInt   = 'i' // 8 bytes, big endian
	cellText  = 't'
	cellBytes = 'b'
	cellBool  = 'o' // 1 byte
	cellFloat = 'f' // 8 bytes, IEEE 754
)

// Dump writes the tables of each class to its writer, all as they were at one moment. Sealed content
// stays sealed; the rest is in clear, so the caller seals the streams.
//
// It fails with [fault.Invalid] for [Volatile], which never leaves the database, and with
// [fault.Unavailable] if a writer fails.
func (db *DB) Dump(ctx context.Context, out map[Class]io.Writer) error {
	if _, ok := out[Volatile]; ok {
		return fault.New(fault.Invalid, "store.dump.class")
	}
	schema, err := migrations.Newest()
	if err != nil {
		return err
	}
	return db.snapshot(ctx, func(tx *Tx) error {
		for _, class := range []Class{Content, Keys} {
			w, ok := out[class]
			if !ok {
				continue
			}
			d := newDumper(w)
			d.put(recordHead, []byte(dumpFormat), []byte(class), strconv.AppendInt(nil, schema, 10))
			for _, t := range db.tables {
				if t.class == class {
					if err := d.table(ctx, tx, t.name); err != nil {
						return err
					}
				}
			}
			if err := d.end(); err != nil {
				return fault.Wrap(fault.Unavailable, "store.dump.writing", err)
			}
		}
		return nil
	})
}

// dumper writes records and remembers the first failure.
type dumper struct {
	w    *bufio.Writer
	sum  hash.Hash
	rows int64
	err  error
}

func newDumper(w io.Writer) *dumper {
	return &dumper{w: bufio.NewWriterSize(w, 64<<10), sum: sha256.New()}
}

func (d *dumper) put(kind string, parts ...[]byte) {
	if d.err != nil {
		return
	}
	body := frame.Join(append([][]byte{[]byte(kind)}, parts...)...)
	if len(body) > maxRecord {
		d.err = fault.New(fault.TooLarge, "store.too-large")
		return
	}
	for _, b := range [][]byte{binary.BigEndian.AppendUint32(nil, uint32(len(body))), body} {
		if kind != recordEnd {
			d.sum.Write(b)
		}
		if _, err := d.w.Write(b); err != nil {
			d.err = err
			return
		}
	}
}

func (d *dumper) table(ctx context.Context, tx *Tx, name string) (err error) {
	columns, _, err := tx.columns(name)
	if err != nil {
		return err
	}
	order := "1" // by every column, so that equal tables give equal bytes; sorted along the index of the first
	for i := range columns[1:] {
		order += ", " + strconv.Itoa(i+2)
	}
	found, err := tx.s.Query(tx.ctx, "SELECT * FROM "+name+" ORDER BY "+order)
	if err != nil {
		return explain(err)
	}
	defer found.Close()
	parts := [][]byte{[]byte(name)}
	for _, c := range columns {
		parts = append(parts, []byte(c))
	}
	d.put(recordTable, parts...)
	cells := make([]cell, len(columns))
	parts = make([][]byte, len(columns))
	for found.Next() {
		if err := tx.ready(ctx); err != nil {
			return err
		}
		values, err := found.Values()
		if err != nil {
			return explain(err)
		}
		for i, v := range values {
			if err := cells[i].set(v); err != nil {
				return err
			}
			parts[i] = cells[i]
		}
		d.put(recordRow, parts...)
		d.rows++
		if d.err != nil {
			return fault.Wrap(fault.Unavailable, "store.dump.writing", d.err)
		}
	}
	return explain(found.Err())
}

func (d *dumper) end() error {
	d.put(recordEnd, strconv.AppendInt(nil, d.rows, 10), d.sum.Sum(nil))
	if d.err != nil {
		return d.err
	}
	return d.w.Flush()
}

// cell is one value as it stands in a dump.
type cell []byte

// set takes a value from a driver.
func (c *cell) set(v any) error {
	*c = (*c)[:0]
	switch v := v.(type) {
	case nil:
		*c = append(*c, cellNull)
	case int64:
		*c = binary.BigEndian.AppendUint64(append(*c, cellInt), uint64(v))
	case int32: // PostgreSQL
		*c = binary.BigEndian.AppendUint64(append(*c, cellInt), uint64(v))
	case string:
		*c = append(append(*c, cellText), v...)
	case []byte:
		*c = append(append(*c, cellBytes), v...)
	case bool:
		*c = append(*c, cellBool, 0)
		if v {
			(*c)[1] = 1
		}
	case float64:
		*c = binary.BigEndian.AppendUint64(append(*c, cellFloat), math.Float64bits(v))
	default:
		return fmt.Errorf("store: dump: a column holds a %T", v)
	}
	return nil
}

// value returns what a cell holds, for a statement's argument.
func (c cell) value() (any, error) {
	if len(c) == 0 {
		return nil, errDump()
	}
	rest := c[1:]
	switch {
	case c[0] == cellNull && len(rest) == 0:
		return nil, nil
	case c[0] == cellInt && len(rest) == 8:
		return int64(binary.BigEndian.Uint64(rest)), nil
	case c[0] == cellText:
		return string(rest), nil
	case c[0] == cellBytes:
		return []byte(rest), nil
	case c[0] == cellBool && len(rest) == 1 && rest[0] <= 1:
		return rest[0] == 1, nil
	case c[0] == cellFloat && len(rest) == 8:
		return math.Float64frombits(binary.BigEndian.Uint64(rest)), nil
	}
	return nil, errDump()
}

func errDump() error { return fault.New(fault.Invalid, "store.dump.form") }

// undumper reads records.
type undumper struct {
	r   *bufio.Reader
	sum hash.Hash
}

// next returns the kind and the parts of the next record.
func (u *undumper) next() (string, [][]byte, error) {
	before := u.sum.Sum(nil)
	var size [4]byte
	if _, err := io.ReadFull(u.r, size[:]); err != nil {
		return "", nil, errDump()
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > maxRecord {
		return "", nil, fault.New(fault.TooLarge, "store.too-large")
	}
	var body []byte
	if body, _ = io.ReadAll(io.LimitReader(u.r, int64(n))); len(body) != int(n) { // never more than what is there
		return "", nil, errDump()
	}
	parts, err := parts(body)
	if err != nil {
		return "", nil, err
	}
	kind := string(parts[0])
	if kind == recordEnd {
		if len(parts) != 3 || string(parts[2]) != string(before) {
			return "", nil, errDump()
		}
		return kind, parts[1:], nil
	}
	u.sum.Write(size[:])
	u.sum.Write(body)
	return kind, parts[1:], nil
}

// parts splits a join of at least one part, however many there are.
func parts(body []byte) ([][]byte, error) {
	n := 0
	for b := body; len(b) >= 4; n++ {
		size := uint64(binary.BigEndian.Uint32(b))
		if size > uint64(len(b)-4) {
			return nil, errDump()
		}
		b = b[4+size:]
	}
	if n == 0 {
		return nil, errDump()
	}
	return frame.Split(body, n)
}

// Load reads dumps into an empty database, all in one transaction: either everything is there
// afterwards or nothing. A dump of an older schema is taken; columns made since then get their defaults.
// It is the one change without an entry: who restores begins a new epoch of the log next.
//
// It fails with [fault.Invalid] if a stream is no whole dump or does not fit the schema, with
// [fault.TooLarge] if a row is beyond 64 MiB, and with [fault.Conflict] if a table of a class that is
// loaded is not empty or the dump was made by a newer program.
func (db *DB) Load(ctx context.Context, in ...io.Reader) error {
	return db.change(ctx, &change{alone: true, run: func(tx *Tx) error {
		oldest := int64(math.MaxInt64)
		for _, r := range in {
			made, err := tx.load(ctx, r)
			if err != nil {
				return err
			}
			oldest = min(oldest, made)
		}
		*tx.known() = known{}
		if oldest < withSpaces {
			if err := tx.SetUnsorted(tx.ctx); err != nil {
				return err
			}
		}
		return explain(tx.moveBodies())
	}})
}

// withSpaces is the schema since which a record with a period of its own lies under a key of its own.
const withSpaces = 805

// moveBodies gives the bytes of envelopes their place, if they are of a dump from before they had it.
func (tx *Tx) moveBodies() error {
	for _, step := range []func(context.Context) error{
		tx.q.MoveInBodies, tx.q.ForgetInBodies, tx.q.NumberOutBodies, tx.q.MoveOutBodies, tx.q.ForgetOutBodies,
	} {
		if err := step(tx.ctx); err != nil {
			return err
		}
	}
	return nil
}

// load reads one dump, and returns the schema that it was made of.
func (tx *Tx) load(ctx context.Context, r io.Reader) (int64, error) {
	u := &undumper{r: bufio.NewReaderSize(r, 64<<10), sum: sha256.New()}
	kind, head, err := u.next()
	if err != nil {
		return 0, err
	}
	class, made, err := fits(kind, head)
	if err != nil {
		return 0, err
	}
	var insert string
	var width int
	var count int64
	left := slices.Clone(tx.db.tables)
	for {
		kind, parts, err := u.next()
		if err != nil {
			return 0, err
		}
		if err := tx.ready(ctx); err != nil {
			return 0, err
		}
		switch {
		case kind == recordTable && len(parts) > 1:
			i := slices.Index(left, table{string(parts[0]), class})
			if i < 0 {
				return 0, errDump()
			}
			left = slices.Delete(left, i, i+1) // each table once
			if insert, err = tx.into(string(parts[0]), parts[1:]); err != nil {
				return 0, err
			}
			width = len(parts) - 1
		case kind == recordRow && insert != "" && len(parts) == width:
			args := make([]any, width)
			for i, p := range parts {
				if args[i], err = cell(p).value(); err != nil {
					return 0, err
				}
			}
			if _, err := tx.s.Exec(tx.ctx, insert, args...); err != nil {
				return 0, explain(err)
			}
			count++
		case kind == recordEnd && string(parts[0]) == strconv.FormatInt(count, 10):
			if _, err := u.r.ReadByte(); err != io.EOF { //nolint:errorlint // a bufio.Reader gives the bare value
				return 0, errDump()
			}
			return made, nil
		default:
			return 0, errDump()
		}
	}
}

// fits reads the head of a dump.
func fits(kind string, head [][]byte) (Class, int64, error) {
	if kind != recordHead || len(head) != 3 || string(head[0]) != dumpFormat {
		return "", 0, errDump()
	}
	class := Class(head[1])
	made, err := strconv.ParseInt(string(head[2]), 10, 64)
	if err != nil || class != Content && class != Keys {
		return "", 0, errDump()
	}
	have, err := migrations.Newest()
	if err != nil {
		return "", 0, err
	}
	if made > have {
		return "", 0, fault.New(fault.Conflict, "store.schema.newer").With("have", strconv.FormatInt(made, 10)).With("want", strconv.FormatInt(have, 10))
	}
	return class, made, nil
}

// into returns the INSERT for a table and columns that really exist, and checks that the table is empty.
func (tx *Tx) into(name string, columns [][]byte) (string, error) {
	real, filled, err := tx.columns(name)
	if err != nil {
		return "", err
	}
	if filled {
		return "", fault.New(fault.Conflict, "store.load.not-empty")
	}
	names, marks := "", ""
	for i, c := range columns {
		at := slices.Index(real, string(c))
		if at < 0 {
			return "", errDump()
		}
		real = slices.Delete(real, at, at+1)
		if i > 0 {
			names, marks = names+", ", marks+", "
		}
		names += string(c)
		marks += "$" + strconv.Itoa(i+1)
	}
	return "INSERT INTO " + name + " (" + names + ") VALUES (" + marks + ")", nil
}

// columns returns the names of the columns of a table, and whether it has a row.
func (tx *Tx) columns(name string) ([]string, bool, error) {
	found, err := tx.s.Query(tx.ctx, "SELECT * FROM "+name+" LIMIT 1")
	if err != nil {
		return nil, false, explain(err)
	}
	var names []string
	for _, c := range found.FieldDescriptions() {
		names = append(names, c.Name)
	}
	filled := found.Next()
	found.Close()
	return names, filled, explain(found.Err())
}
