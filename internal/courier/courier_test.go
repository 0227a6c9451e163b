package courier_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/opentrm/opentrm/internal/courier"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
)

func limits() courier.Limits { return courier.Limits{Envelope: 64, Receipt: 16, Roster: 32, Sheet: 8} }

func written(t testing.TB, records ...courier.Record) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := courier.NewWriter(&b, courier.Manifest{Format: 1, By: "MD", Created: frame.Earliest}, limits())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if err := w.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What was written is read; a file that is cut anywhere, or has one bit more or less, is noticed.
func TestACourierFileIsReadAsItWasWritten(t *testing.T) {
	records := []courier.Record{
		{Kind: courier.Roster, Data: []byte("a roster")},
		{Kind: courier.Envelope, Data: []byte("an envelope")},
		{Kind: courier.Receipt, Data: []byte("a receipt")},
	}
	whole := written(t, records...)
	for cut := range len(whole) {
		if _, err := all(whole[:cut]); !fault.Is(err, fault.Invalid) {
			t.Fatalf("cut after %d bytes: %v", cut, err)
		}
		bent := bytes.Clone(whole)
		bent[cut] ^= 1
		if _, err := all(bent); err == nil {
			t.Fatalf("byte %d was changed", cut)
		}
	}
	if _, err := all(append(bytes.Clone(whole), 0)); !fault.Is(err, fault.Invalid) {
		t.Errorf("something follows: %v", err)
	}
	got, err := all(whole)
	if err != nil || len(got) != len(records) {
		t.Fatalf("%d records, %v", len(got), err)
	}
	for i, r := range records {
		if got[i].Kind != r.Kind || !bytes.Equal(got[i].Data, r.Data) {
			t.Errorf("record %d: %v", i, got[i])
		}
	}
}

func TestAWriterKeepsTheLimits(t *testing.T) {
	var b bytes.Buffer
	if _, err := courier.NewWriter(&b, courier.Manifest{Format: 2, By: "MD", Created: frame.Earliest}, limits()); !fault.Is(err, fault.Invalid) {
		t.Errorf("another format: %v", err)
	}
	w, err := courier.NewWriter(&b, courier.Manifest{Format: 1, By: "MD", Created: frame.Earliest}, limits())
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[courier.Kind]fault.Kind{
		courier.Sheet: fault.TooLarge, courier.Receipt: fault.TooLarge, 0: fault.Invalid, 5: fault.Invalid,
	} {
		if err := w.Add(courier.Record{Kind: kind, Data: make([]byte, 17)}); !fault.Is(err, want) {
			t.Errorf("kind %d: %v", kind, err)
		}
	}
}

func all(b []byte) (records []courier.Record, err error) {
	r, err := courier.NewReader(bytes.NewReader(b), limits())
	if err != nil {
		return nil, err
	}
	for {
		next, err := r.Next()
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return records, err
		}
		records = append(records, next)
	}
}

func FuzzReader(f *testing.F) {
	f.Add(written(f))
	f.Add(written(f, courier.Record{Kind: courier.Envelope, Data: []byte("an envelope")}))
	f.Fuzz(func(t *testing.T, b []byte) {
		records, err := all(b)
		if err != nil {
			return
		}
		r, err := courier.NewReader(bytes.NewReader(b), limits())
		if err != nil {
			t.Fatal(err)
		}
		var again bytes.Buffer
		w, err := courier.NewWriter(&again, r.Manifest, limits())
		for _, next := range records {
			err = errors.Join(err, w.Add(next))
		}
		if err = errors.Join(err, w.Close()); err != nil || !bytes.Equal(again.Bytes(), b) {
			t.Fatalf("what was read is not written so: %v", err)
		}
	})
}
