package veil

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// CellSize is the size of a cell in bytes: two points.
const CellSize = 2 * PointSize

// Cell is an ElGamal encryption of a point M under a key Y: U = r·G, V = M + r·Y.
type Cell struct{ U, V Point }

// Append appends the 64 bytes of c to b.
func (c *Cell) Append(b []byte) []byte { return c.V.Append(c.U.Append(b)) }

// ParseCell reads one cell.
//
// It fails with [fault.Invalid] unless b has 64 bytes that are two points.
func ParseCell(b []byte) (Cell, error) {
	if len(b) != CellSize {
		return Cell{}, malformed("cell")
	}
	u, err := ParsePoint(b[:PointSize])
	if err != nil {
		return Cell{}, err
	}
	v, err := ParsePoint(b[PointSize:])
	return Cell{u, v}, err
}

// cells reads n cells from the beginning of b, which has at least so many.
func cells(b []byte, n int) ([]Cell, error) {
	out := make([]Cell, n)
	for i := range out {
		c, err := ParseCell(b[i*CellSize : (i+1)*CellSize])
		if err != nil {
			return nil, err
		}
		out[i] = c
	}
	return out, nil
}

// List is records of width cells each, one after the other as they travel. All of a mix works on lists, so that what is
// hashed, compared, sent and computed on are the same bytes.
type List struct {
	Width int
	Bytes []byte
}

// size is the size of a record in bytes.
func (l List) size() int { return l.Width * CellSize }

// Records returns how many records the list has.
func (l List) Records() int { return len(l.Bytes) / l.size() }

// record returns the bytes of record i.
func (l List) record(i int) []byte { return l.Bytes[i*l.size() : (i+1)*l.size()] }

// empty returns a list of as many records, all zero bytes.
func (l List) empty() List { return List{l.Width, make([]byte, len(l.Bytes))} }

// each calls do for 0 to n-1 on all processors, and returns the first error in order of time.
func each(n int, do func(i int) error) error {
	var (
		next   atomic.Int64
		failed sync.Once
		first  error
		stop   atomic.Bool
		all    sync.WaitGroup
	)
	for range min(n, runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			for !stop.Load() {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(i); err != nil {
					failed.Do(func() { first = err })
					stop.Store(true)
				}
			}
		})
	}
	all.Wait()
	return first
}
