package peer

import (
	"bytes"
	"encoding/base64"
	"flag"
	"strconv"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/spectest"
)

var update = flag.Bool("update", false, "write the vectors anew")

const vectors = "../../spec/testdata/peer"

func TestParcelVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	spectest.Vectors(t, vectors, func(t *testing.T, v spectest.Vector) error {
		parcel := decode(t, v["parcel"])
		most, err := strconv.Atoi(v["most"])
		if err != nil {
			t.Fatal(err)
		}
		items, err := openParcel(parcel, most)
		if err != nil {
			return err
		}
		if !bytes.Equal(packParcel(items), parcel) {
			t.Fatal("another form when written again")
		}
		if got := told(items); got != v["items"] {
			t.Fatalf("items %q", got)
		}
		return nil
	})
}

// told is the digestible form of items in a vector.
func told(items [][]byte) string {
	all := make([]string, len(items))
	for i, b := range items {
		all[i] = base64.RawURLEncoding.EncodeToString(b)
	}
	return strings.Join(all, " ")
}

func writeVectors(t *testing.T) {
	put := func(name, what string, failure error, parcel []byte) {
		v := spectest.Vector{"parcel": base64.RawURLEncoding.EncodeToString(parcel), "most": strconv.Itoa(envelope.MaxReceipt)}
		if failure == nil {
			items, err := openParcel(parcel, envelope.MaxReceipt)
			if err != nil {
				t.Fatal(err)
			}
			v["items"] = told(items)
		}
		spectest.Save(t, vectors, name, what, failure, v)
	}
	wrong, much := fault.New(fault.Invalid, "peer.parcel"), fault.New(fault.TooLarge, "peer.parcel")
	many := func(n int) []byte { return bytes.Repeat([]byte{0, 0, 0, 1, 'x'}, n) }
	two := packParcel([][]byte{[]byte("a receipt"), []byte("another")})
	put("parcel-empty", "nothing waits: no bytes at all", nil, nil)
	put("parcel-two", "two byte strings; what they are is not judged here", nil, two)
	put("parcel-256", "as many as there may be", nil, many(maxItems))
	put("parcel-longest", "as long as a receipt may be", nil, packParcel([][]byte{make([]byte, envelope.MaxReceipt)}))
	put("parcel-257", "one more than there may be", much, many(maxItems+1))
	put("parcel-too-long", "one byte longer than a receipt may be", much, packParcel([][]byte{make([]byte, envelope.MaxReceipt+1)}))
	put("parcel-4-gib", "a length of 4 GiB, which nobody may set aside memory for", much, []byte{0xff, 0xff, 0xff, 0xff})
	put("parcel-empty-item", "a byte string of no bytes", wrong, append([]byte{0, 0, 0, 0}, two...))
	put("parcel-cut", "the last byte is missing", wrong, two[:len(two)-1])
	put("parcel-cut-length", "it ends within a length", wrong, append(bytes.Clone(two), 0, 0, 0))
	put("parcel-trailing", "a byte follows", wrong, append(bytes.Clone(two), 0))
}
