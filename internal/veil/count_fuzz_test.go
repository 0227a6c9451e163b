package veil

import (
	"bytes"
	"testing"

	"github.com/opentrm/opentrm/internal/frame"
)

// Whatever is read as a sheet, a message or a part of one is in its only form.
func FuzzSheetAndMessage(f *testing.F) {
	w := newCounting("fuzz", 5, 2)
	sheet, err := w.sheet.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sheet)
	for w.run().Stage().Step != StepMix {
		if _, err := w.step(f); err != nil {
			f.Fatal(err)
		}
	}
	for _, s := range w.said {
		f.Add([]byte(s.Text))
	}
	f.Add([]byte(`{"from":"AA","sheet":"","step":"join"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := ParseSheet(b); err == nil {
			if again, err := s.Encode(); err != nil || !bytes.Equal(again, b) {
				t.Errorf("%q is written as %q: %v", b, again, err)
			}
			if len(s.Until) != len(s.Steps()) || s.Width() < 1 || s.Sensitivity() < 1 || s.BatchSize(1) == 0 {
				t.Errorf("%+v", s)
			}
		}
		if m, err := ParseMessage(b); err == nil {
			if again, err := frame.Encode(&m); err != nil || !bytes.Equal(again, b) {
				t.Errorf("%q is written as %q: %v", b, again, err)
			}
			Gather(w.sheet, []Signed{{Text: b}}, w.key)
		}
	})
}

// Whatever is read as data of a step has one form, and checking it ends.
func FuzzData(f *testing.F) {
	sheet := newCounting("fuzz", 5, 2).sheet
	sheet.Strong, sheet.Weak = 1, 0
	held, err := Hold(&sheet, nil, make([]byte, 32))
	if err != nil {
		f.Fatal(err)
	}
	key := Base()
	batch, err := Encrypt(&sheet, "AA", held, make([]byte, 32), &key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(batch.Append(nil))
	f.Add(held.Append(nil))
	one, secret := ScalarOf(1), make([]byte, 32)
	y := MixerKey(secret)
	h := &hop{&sheet, "AA", MulBase(&y), MulBase(&one), marker(&sheet)}
	in := batch.Input()
	mix, err := h.run(in, secret)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(mix.Append(nil))
	bits := make([]bool, SmallBatch)
	f.Add(h.open(in, secret, bits))
	f.Add(batch.Proof.Append(nil))
	f.Add(in.Bytes[:CellSize])
	root := held.Root()
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := ParseCell(b); err == nil && !bytes.Equal(c.Append(nil), b) {
			t.Error("a cell has two forms")
		}
		if p, err := ParseProof(b); err == nil && !bytes.Equal(p.Append(nil), b) {
			t.Error("a proof has two forms")
		}
		if x, err := ParseBatch(&sheet, SmallBatch, b); err == nil {
			if !bytes.Equal(x.Append(nil), b) {
				t.Error("a batch has two forms")
			}
			if x.Check(&sheet, "AA", root, &key) == nil && !bytes.Equal(b, batch.Append(nil)) {
				t.Error("another batch passes")
			}
		}
		if x, err := ParseHeld(&sheet, SmallBatch, b); err == nil && !bytes.Equal(x.Append(nil), b) {
			t.Error("what is held has two forms")
		}
		if x, err := ParseMix(&sheet, SmallBatch, b); err == nil {
			if !bytes.Equal(x.Append(nil), b) {
				t.Error("a mix has two forms")
			}
			_, _ = h.holds(in, &x)
			if s, err := parseOpening(h.open(in, secret, bits), SmallBatch); err == nil {
				_, _ = h.follows(&x, bits, s)
			}
		}
		if s, err := parseOpening(b, SmallBatch); err == nil {
			_, _ = h.follows(&mix, bits, s)
		}
	})
}
