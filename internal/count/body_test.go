package count

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/spectest"
	"github.com/opentrm/opentrm/internal/veil"
)

const someRun = "4zzv8b0m7c3kq2w9d5x1t6h8rg"

func bodies(t testing.TB) [][]byte {
	t.Helper()
	signed := veil.Signed{Text: []byte(`{"from":"MK"}`), Signature: seal.NewSign(bytes.NewReader(make([]byte, 64))).Sign(seal.DomainCount, []byte("x"))}
	var out [][]byte
	for _, b := range []body{
		{Step: said, Run: someRun, Sheet: []byte("{}"), Said: []veil.Signed{signed}, Digest: seal.Blob{}, Data: seal.Blob{}},
		{Step: said, Run: someRun, Sheet: []byte(`{"v":1}`), Said: []veil.Signed{signed, signed}, Digest: seal.Blob{}, Data: seal.Blob{}},
		{Step: data, Run: someRun, Sheet: seal.Blob{}, Said: []veil.Signed{}, Of: veil.StepMix, Digest: make([]byte, digestSize), Size: 5, Data: []byte("bytes")},
		{Step: data, Run: someRun, Sheet: seal.Blob{}, Said: []veil.Signed{}, Of: veil.StepBatch, Digest: make([]byte, digestSize), Size: partSize + 2, Part: 1, Data: []byte("by")},
	} {
		raw, err := frame.Encode(b)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, raw)
	}
	return out
}

func read(b []byte) error {
	_, err := parseBody(envelope.Control{Body: json.RawMessage(b)})
	return err
}

// What a body may be and what it may not.
func TestBody(t *testing.T) {
	for _, b := range bodies(t) {
		if err := read(b); err != nil {
			t.Errorf("%s: %v", b, err)
		}
	}
	swap := func(i int, from, to string) []byte {
		b := bodies(t)[i]
		out := bytes.Replace(b, []byte(from), []byte(to), 1)
		if bytes.Equal(b, out) {
			t.Fatalf("%s has no %s", b, from)
		}
		return out
	}
	for name, b := range map[string][]byte{
		"a run that is none":         swap(0, someRun, someRun[1:]),
		"what was said with data":    swap(0, `"data":""`, `"data":"AQ"`),
		"what was said with a place": swap(0, `"of":""`, `"of":"mix"`),
		"data of no step":            swap(2, `"of":"mix"`, `"of":"join"`),
		"no size":                    swap(2, `"size":5`, `"size":0`),
	} {
		if read(b) == nil {
			t.Errorf("%s is taken: %s", name, b)
		}
	}
}

// A part fits only if it is one of the whole and as long as it must be.
func TestAPartFitsItsWhole(t *testing.T) {
	for _, c := range []struct {
		size, part int64
		bytes      int
		want       bool
	}{{5, 0, 5, true}, {5, 0, 4, false}, {5, 1, 5, false}, {partSize, 0, partSize, true}, {partSize + 2, 0, partSize, true}, {partSize + 2, 1, 2, true}, {partSize + 2, 0, 2, false}, {partSize, 1, 0, false}} {
		b := body{Size: c.size, Part: c.part, Data: make([]byte, c.bytes)}
		if b.fits() != c.want {
			t.Errorf("%+v", c)
		}
	}
}

// The page and the schema say the same as the program.
func TestSchemaOfBody(t *testing.T) {
	spectest.Compare(t, spectest.Form{Schema: "body-count", Texts: bodies(t), Read: read})
}

func FuzzBody(f *testing.F) {
	for _, b := range bodies(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := parseBody(envelope.Control{Body: json.RawMessage(b)})
		if err != nil {
			return
		}
		if got, err := frame.Encode(v); err != nil || !bytes.Equal(got, b) {
			t.Errorf("%s is written again as %s", b, got)
		}
	})
}
