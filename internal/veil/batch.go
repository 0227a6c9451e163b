package veil

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Entry is the match keys of one record of a member. Two records that have one strong key in common, or two weak ones, are counted
// as one person.
type Entry struct {
	Strong, Weak [][]byte
	Marked       bool // what stands in it are the bytes of marks
}

// Mark is a match key in one run: the uniform string that its point is made of. Equal keys have equal marks, in this run and in no other. Nothing can
// be read in it, but whoever has it can test names against it: it rests sealed to people only, and not for longer than it is needed.
type Mark struct {
	Strong bool
	Bytes  [MarkSize]byte
}

// MarkSize is the length of the bytes of a mark.
const MarkSize = 64

// Marks returns the marks of keys, in their order.
func (s *Sheet) Marks(keys []Key) []Mark {
	if len(keys) == 0 {
		return nil
	}
	hash, out := s.Hash(), make([]Mark, len(keys))
	for i, k := range keys {
		out[i].Strong = k.Template().Strong()
		copy(out[i].Bytes[:], expand(keyTag, MarkSize, frame.Join(hash, k.Bytes())))
	}
	return out
}

// EntryOf returns the entry of keys.
func EntryOf(keys []Key) Entry {
	var e Entry
	for _, k := range keys {
		if k.Template().Strong() {
			e.Strong = append(e.Strong, k.Bytes())
		} else {
			e.Weak = append(e.Weak, k.Bytes())
		}
	}
	return e
}

const saltSize = 16

// Held is what a member commits to: its records under a key whose private half nobody has, mixed with blank records.
// It opens nothing, so it may rest as it is; what opens it is the secret with which [Hold] was called.
type Held struct {
	Cells List   // U = s·G and C = M + s·H of each cell
	Salts []byte // 16 bytes for each record
}

// Root returns the root of a Merkle tree over the records with their salts (RFC 9162, 2.1.1).
func (h *Held) Root() []byte {
	leaves := make([][sha256.Size]byte, h.Cells.Records())
	for i := range leaves {
		leaves[i] = sha256.Sum256(slices.Concat([]byte{0}, h.Salts[i*saltSize:(i+1)*saltSize], h.Cells.record(i)))
	}
	root := treeOf(leaves)
	return root[:]
}

// treeOf is the hash of a tree of one leaf or more.
func treeOf(leaves [][sha256.Size]byte) [sha256.Size]byte {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	l, r := treeOf(leaves[:k]), treeOf(leaves[k:])
	return sha256.Sum256(slices.Concat([]byte{1}, l[:], r[:]))
}

// holding is the key under which records are held: a point of which nobody knows the logarithm.
func holding(sheet *Sheet) Point { return HashToGroup("opentrm/count/1 hold", sheet.Hash()) }

// marker is what one strong cell of every blank record holds, so that the tally can leave blank records out without
// being told how many each member has added.
func marker(sheet *Sheet) Point { return HashToGroup("opentrm/count/1 blank", sheet.Hash()) }

const keyTag = "opentrm/count/1 key"

// keyPoint is the point of a match key in one run, or of the bytes of its mark. It is another in every run.
func keyPoint(hash, key []byte, marked bool) Point {
	if marked {
		return uniformPoint(key)
	}
	return HashToGroup(keyTag, frame.Join(hash, key))
}

// cellScalar is the randomness of one cell.
func cellScalar(secret []byte, record, cell int) Scalar {
	return HashToScalar("opentrm/count/1 cell", frame.Join(secret, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(record)), uint32(cell))))
}

// Hold hides the records of a member for one run. Records come in an order, and keys within a record at a place, that
// follow from the secret; missing keys and blank records are filled with random points. The same call gives the same
// bytes.
//
// secret is at least 32 random bytes that are used for nothing else; who has it can test names against what comes out,
// so it is sealed to people and destroyed after the run.
//
// It fails with [fault.Invalid] if there are more than [MaxBatch] records, or one has more keys than the sheet allows or a mark of another length.
func Hold(sheet *Sheet, entries []Entry, secret []byte) (Held, error) {
	size, hash := sheet.BatchSize(len(entries)), sheet.Hash()
	if size == 0 || len(secret) < SeedSize {
		return Held{}, malformed("records")
	}
	plain := make([][]Point, size) // nil where a random point goes; filled below
	blank := make([][]bool, size)
	places := newStream("opentrm/count/1 places", secret)
	order := places.order(size)
	for n := range size {
		at := order[n]
		plain[at], blank[at] = make([]Point, sheet.Width()), make([]bool, sheet.Width())
		for k := range blank[at] {
			blank[at][k] = true
		}
		strong, weak := places.order(sheet.Strong), places.order(sheet.Weak)
		put := func(k int, p Point) { plain[at][k], blank[at][k] = p, false }
		if n >= len(entries) {
			put(strong[0], marker(sheet))
			continue
		}
		s, w := distinct(entries[n].Strong), distinct(entries[n].Weak)
		if len(s) > sheet.Strong || len(w) > sheet.Weak {
			return Held{}, malformed("keys")
		}
		if e := entries[n]; e.Marked && slices.ContainsFunc(slices.Concat(e.Strong, e.Weak), func(m []byte) bool { return len(m) != MarkSize }) {
			return Held{}, malformed("mark")
		}
		for i, key := range s {
			put(strong[i], keyPoint(hash, key, entries[n].Marked))
		}
		for i, key := range w {
			put(sheet.Strong+weak[i], keyPoint(hash, key, entries[n].Marked))
		}
	}
	h := Held{List{sheet.Width(), make([]byte, size*sheet.Width()*CellSize)}, expandAll("opentrm/count/1 salts", size*saltSize, secret)}
	under := holding(sheet)
	err := each(size, func(i int) error {
		out := h.Cells.record(i)[:0]
		for k := range sheet.Width() {
			s := cellScalar(secret, i, k)
			m := plain[i][k]
			if blank[i][k] {
				m = uniformPoint(expand("opentrm/count/1 random", 64, secret, binary.BigEndian.AppendUint32(nil, uint32(i)), []byte{byte(k)}))
			}
			sh := under.Mul(&s)
			c := Cell{MulBase(&s), m.Add(&sh)}
			out = c.Append(out)
		}
		return nil
	})
	return h, err
}

// expandAll returns n bytes that follow from the secret.
func expandAll(tag string, n int, secret []byte) []byte {
	out := make([]byte, n)
	_, _ = newStream(tag, secret).Read(out)
	return out
}

// distinct returns the keys in order, each once.
func distinct(keys [][]byte) [][]byte {
	keys = slices.Clone(keys)
	slices.SortFunc(keys, bytes.Compare)
	return slices.CompactFunc(keys, bytes.Equal)
}

// Batch is what a member encrypts for the mixers: what it held, the same points under the key of the mixers and the
// tally, and one proof that they are the same. A cell travels in 96 bytes: U is common to both.
type Batch struct {
	Held  Held
	Keyed []byte // V = M + s·Y of each cell
	Proof Proof
}

// batchContext says whose batch it is: a proof that was copied to another member's holds no longer.
func batchContext(sheet *Sheet, of id.Member, key *Point, root []byte) []byte {
	return frame.Join([]byte("opentrm/count/1 batch"), sheet.Hash(), []byte(of), key.Bytes(), root)
}

// Encrypt turns what a member holds into its batch, under the sum of the keys of mixers and tally. It needs no name and
// no key of a record: what was committed to cannot be changed here.
func Encrypt(sheet *Sheet, of id.Member, held Held, secret []byte, key *Point) (Batch, error) {
	under := holding(sheet)
	step := key.Sub(&under)
	b := Batch{Held: held, Keyed: make([]byte, len(held.Cells.Bytes)/2)}
	n, w := held.Cells.Records(), held.Cells.Width
	secrets := make([]Scalar, n*w)
	err := each(n, func(i int) error {
		all, err := cells(held.Cells.record(i), w)
		if err != nil {
			return err
		}
		for k := range all {
			s := cellScalar(secret, i, k)
			if u := MulBase(&s); !u.Equal(&all[k].U) {
				return malformed("secret")
			}
			d := step.Mul(&s)
			v := all[k].V.Add(&d)
			v.Append(b.Keyed[(i*w+k)*PointSize : (i*w+k)*PointSize][:0])
			secrets[i*w+k] = s
		}
		return nil
	})
	if err != nil {
		return Batch{}, err
	}
	context := batchContext(sheet, of, key, held.Root())
	weights := newWeigher("opentrm/count/1 batch", context, held.Cells.Bytes, b.Keyed)
	var sum Scalar
	for i, r := range weights.first(0, len(secrets)) {
		p := r.Mul(&secrets[i])
		sum = sum.Add(&p)
	}
	u, d := MulBase(&sum), step.Mul(&sum)
	b.Proof, err = proveSame(newStream("opentrm/count/1 nonce", secret, weights.seed[:]), context, &sum, &u, &step, &d)
	return b, err
}

// Check reports whether b is the batch of a member under key, of what it has committed to by root.
//
// It fails with [fault.Invalid] and the field "root" if the records are others than committed to, and "proof" if they
// were changed when they were encrypted.
func (b *Batch) Check(sheet *Sheet, of id.Member, root []byte, key *Point) error {
	if !bytes.Equal(b.Held.Root(), root) {
		return malformed("root")
	}
	under := holding(sheet)
	step := key.Sub(&under)
	context := batchContext(sheet, of, key, root)
	n, w := b.Held.Cells.Records(), b.Held.Cells.Width
	weights := newWeigher("opentrm/count/1 batch", context, b.Held.Cells.Bytes, b.Keyed)
	const some = 64 // records summed at once; times any width it is a multiple of four
	us, ds := make([]Point, (n+some-1)/some), make([]Point, (n+some-1)/some)
	err := each(len(us), func(j int) error {
		from := j * some
		count := min(some, n-from) * w
		all, err := cells(b.Held.Cells.Bytes[from*w*CellSize:], count)
		if err != nil {
			return err
		}
		u, d := make([]Point, count), make([]Point, count)
		for i := range all {
			at := (from*w + i) * PointSize
			v, err := ParsePoint(b.Keyed[at : at+PointSize])
			if err != nil {
				return err
			}
			u[i], d[i] = all[i].U, v.Sub(&all[i].V)
		}
		r := weights.first(from*w, count)
		us[j], ds[j] = SumPublic(r, u), SumPublic(r, d)
		return nil
	})
	if err != nil {
		return err
	}
	u, d := total(us), total(ds)
	if !holdsSame(b.Proof, context, &u, &step, &d) {
		return malformed("proof")
	}
	return nil
}

// total returns the sum of points.
func total(p []Point) Point {
	sum := Identity()
	for i := range p {
		sum = sum.Add(&p[i])
	}
	return sum
}

// Input returns the records of b as the first mixer takes them.
func (b *Batch) Input() List {
	l := b.Held.Cells.empty()
	for i := 0; i < len(l.Bytes); i += CellSize {
		copy(l.Bytes[i:], b.Held.Cells.Bytes[i:i+PointSize])
		copy(l.Bytes[i+PointSize:], b.Keyed[i/2:i/2+PointSize])
	}
	return l
}

// Append appends the form in which b travels to out: salts, held cells, encrypted points, proof.
func (b *Batch) Append(out []byte) []byte {
	out = append(out, b.Held.Salts...)
	out = append(out, b.Held.Cells.Bytes...)
	out = append(out, b.Keyed...)
	return b.Proof.Append(out)
}

// ParseBatch reads a batch of so many records. That its cells are points is seen by [Batch.Check].
//
// It fails with [fault.Invalid] unless b has the size that follows, and ends with a proof.
func ParseBatch(sheet *Sheet, records int, b []byte) (Batch, error) {
	salts, held := records*saltSize, records*sheet.Width()*CellSize
	if !sheet.batchSize(records) || len(b) != BatchBytes(sheet, records) {
		return Batch{}, malformed("batch")
	}
	p, err := ParseProof(b[len(b)-ProofSize:])
	return Batch{Held{List{sheet.Width(), b[salts : salts+held]}, b[:salts]}, b[salts+held : salts+held+held/2], p}, err
}

// BatchBytes returns how many bytes a batch of so many records has.
func BatchBytes(sheet *Sheet, records int) int {
	held := records * sheet.Width() * CellSize
	return records*saltSize + held + held/2 + ProofSize
}

// Append appends what is held to b: salts, and then cells. It opens nothing.
func (h *Held) Append(b []byte) []byte { return append(append(b, h.Salts...), h.Cells.Bytes...) }

// ParseHeld reads what [Held.Append] wrote of so many records.
//
// It fails with [fault.Invalid] if it is of another size.
func ParseHeld(sheet *Sheet, records int, b []byte) (Held, error) {
	salts := records * saltSize
	if records < 1 || records > MaxBatch || len(b) != salts+records*sheet.Width()*CellSize {
		return Held{}, malformed("held")
	}
	return Held{List{sheet.Width(), b[salts:]}, b[:salts]}, nil
}
