package veil

import "testing"

// perCell reports what one cell costs of processor time, and how many hops of plain Diffie and Hellman that is, measured between
// the rounds: read a point, multiply it, write it.
func perCell(b *testing.B, cells int, do func()) {
	b.Helper()
	const hops = 100
	s, p := HashToScalar("bench"), HashToGroup("bench")
	text := p.Bytes()
	var work, hop float64
	for b.Loop() {
		at := used(b)
		do()
		work += used(b) - at
		at = used(b)
		for range hops {
			q, err := ParsePoint(text)
			if err != nil {
				b.Fatal(err)
			}
			q = q.Mul(&s)
			text = q.Append(text[:0])
		}
		hop += used(b) - at
	}
	each := work / float64(b.N*cells)
	b.ReportMetric(each, "cpu-µs/cell")
	b.ReportMetric(each/(hop/float64(b.N*hops)), "hops/cell")
	b.ReportMetric(0, "ns/op")
}

// The work on a cell of a count, step by step, for batches and lists of 128 records of nine cells.
func BenchmarkCount(b *testing.B) {
	w := newCounting("bench", 5, 2)
	w.sheet.Strong, w.sheet.Weak, w.sheet.Batch = 3, 6, 128
	var all []Entry
	for i := range 100 {
		all = append(all, person(i))
	}
	secret := make([]byte, 32)
	n := w.sheet.Batch * w.sheet.Width()
	held, err := Hold(&w.sheet, all, secret)
	if err != nil {
		b.Fatal(err)
	}
	y, one := MixerKey(secret), ScalarOf(7)
	key := MulBase(&one)
	batch, err := Encrypt(&w.sheet, "AA", held, secret, &key)
	if err != nil {
		b.Fatal(err)
	}
	in, root := batch.Input(), held.Root()
	h := &hop{&w.sheet, "AA", MulBase(&y), key, marker(&w.sheet)}
	mix, err := h.run(in, secret)
	if err != nil {
		b.Fatal(err)
	}
	bits := challenge(&w.sheet, nil, nil, 0, w.sheet.Batch)
	opened, err := parseOpening(h.open(in, secret, bits), w.sheet.Batch)
	if err != nil {
		b.Fatal(err)
	}
	blank := marker(&w.sheet)
	for _, v := range []struct {
		name string
		do   func() error
	}{
		{"hold", func() error { _, err := Hold(&w.sheet, all, secret); return err }},
		{"encrypt", func() error { _, err := Encrypt(&w.sheet, "AA", held, secret, &key); return err }},
		{"check-batch", func() error { return batch.Check(&w.sheet, "AA", root, &key) }},
		{"mix", func() error { _, err := h.run(in, secret); return err }},
		{"check-mix", func() error { _, err := h.holds(in, &mix); return err }},
		{"check-way", func() error { _, err := h.follows(&mix, bits, opened); return err }},
		{"tally", func() error { _, err := count(&w.sheet, in, &one, &blank); return err }},
	} {
		b.Run(v.name, func(b *testing.B) {
			perCell(b, n, func() {
				if err := v.do(); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}
