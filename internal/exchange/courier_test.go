package exchange_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"flag"
	"io"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/courier"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/spectest"
)

var update = flag.Bool("update", false, "write the vectors of courier files anew")

const testTime = frame.Time(1772352000000000) // 2026-03-01T08:00:00Z

const courierVectors = "../../spec/testdata/courier"

func TestCourierVectors(t *testing.T) {
	if *update {
		writeCouriers(t)
	}
	spectest.Vectors(t, courierVectors, judgeCourier)
}

func judgeCourier(t *testing.T, v spectest.Vector) error {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(v["file"])
	if err != nil {
		t.Fatal(err)
	}
	r, err := courier.NewReader(bytes.NewReader(b), exchange.CourierLimits())
	if err != nil {
		return err
	}
	var again bytes.Buffer
	w, err := courier.NewWriter(&again, r.Manifest, exchange.CourierLimits())
	if err != nil {
		t.Fatal(err)
	}
	var kinds strings.Builder
	for {
		record, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		kinds.WriteByte('0' + byte(record.Kind))
		if err := w.Add(record); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Bytes(), b) || kinds.String() != v["records"] {
		t.Fatalf("records %s, or another form when written again", kinds.String())
	}
	return nil
}

func FuzzCourier(f *testing.F) {
	files, err := filepath.Glob(courierVectors + "/*")
	if err != nil || len(files) == 0 {
		f.Fatal("no vectors", err)
	}
	for _, name := range files {
		if raw, err := base64.RawURLEncoding.DecodeString(spectest.Read(f, name)["file"]); err == nil {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		in := bytes.NewReader(b)
		c, err := courier.NewReader(in, exchange.CourierLimits())
		if err != nil {
			return
		}
		for {
			if _, err := c.Next(); err != nil {
				if err == io.EOF && in.Len() != 0 {
					t.Fatal("bytes left behind")
				}
				break
			}
		}
		_, _ = exchange.Inspect(bytes.NewReader(b))
	})
}

func TestSchemaOfCourierManifest(t *testing.T) {
	manifest, err := frame.Encode(courier.Manifest{Format: 1, By: "MD", Created: testTime})
	if err != nil {
		t.Fatal(err)
	}
	spectest.Compare(t, spectest.Form{
		Schema: "courier-manifest", Texts: [][]byte{manifest},
		Read: func(b []byte) error {
			_, err := courier.NewReader(bytes.NewReader(append([]byte(courier.Magic), frame.Join(b)...)), exchange.CourierLimits())
			return err
		},
	})
}

func writeCouriers(t *testing.T) {
	put := func(name, must, why, what string, b []byte, records string) {
		v := spectest.Vector{"what": what, "file": base64.RawURLEncoding.EncodeToString(b)}
		maps.DeleteFunc(v, func(_, s string) bool { return s == "" })
		if must == "accept" {
			v["records"] = records
		}
		err := judgeCourier(t, v)
		key := ""
		if f, ok := errors.AsType[*fault.Error](err); ok {
			key = f.Key
		}
		if key != why {
			t.Fatalf("%s: %q, want %q: %v", name, key, why, err)
		}
		spectest.Save(t, courierVectors, name, what, err, v)
	}
	make := func(records ...courier.Record) []byte {
		var b bytes.Buffer
		w, err := courier.NewWriter(&b, courier.Manifest{Format: 1, By: "MD", Created: testTime}, exchange.CourierLimits())
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
	whole := make(courier.Record{Kind: courier.Envelope, Data: []byte("an envelope")}, courier.Record{Kind: courier.Receipt, Data: []byte("a receipt")},
		courier.Record{Kind: courier.Roster, Data: []byte("a roster")}, courier.Record{Kind: courier.Sheet, Data: []byte("a desk sheet")})
	put("empty", "accept", "", "no records; there are four characters more when it has some", make(), "")
	put("all", "accept", "", "a record of each kind; what is in them is not judged here", whole, "1234")
	cut := func(n int) []byte { return bytes.Clone(whole[:len(whole)-n]) }
	put("cut", "refuse", "exchange.courier.truncated", "the last byte is missing", cut(1), "")
	put("no-ending", "refuse", "exchange.courier.truncated", "the ending is missing", cut(5+len(`{"records":4,"sha256":""}`)+64), "")
	put("trailing", "refuse", "exchange.courier.trailing", "a byte follows", append(bytes.Clone(whole), 0), "")
	put("magic", "refuse", "exchange.magic", "other first bytes", append([]byte("TRM1"), whole[4:]...), "")
	bent := bytes.Clone(whole)
	i := bytes.Index(bent, []byte("a receipt"))
	bent[i] = 'A'
	put("digest", "refuse", "exchange.courier.digest", "a record was changed", bent, "")
	kind := bytes.Clone(whole)
	kind[i-5] = 9
	put("record", "refuse", "exchange.courier.record", "a kind of record of a later version", kind, "")
	long := bytes.Clone(whole)
	long[i-4] = 0x7f
	put("length", "refuse", "exchange.courier.too-large", "a receipt of 2 GiB", long, "")
	put("version", "refuse", "exchange.courier.version", "a later version", bytes.Replace(whole, []byte(`"v":1`), []byte(`"v":2`), 1), "")
}
