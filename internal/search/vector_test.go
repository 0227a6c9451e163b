package search

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"strconv"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/spectest"
)

var update = flag.Bool("update", false, "write the vectors")

const vectors = "../../spec/testdata/search"

// counted is bytes that only look random, so that vectors come out the same.
type counted struct{ n byte }

func (c *counted) Read(b []byte) (int, error) {
	for i := range b {
		c.n++
		sum := sha256.Sum256([]byte{c.n})
		b[i] = sum[0]
	}
	return len(b), nil
}

var _ io.Reader = (*counted)(nil)

// TestVectors runs spec/testdata/search; -update writes it.
func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	spectest.Vectors(t, vectors, func(t *testing.T, v spectest.Vector) error {
		body, masks := unhex(t, v["body"]), unhex(t, v["masks"])
		version, err := strconv.ParseInt(v["fold"], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		var all [][]byte
		if err := Unpack(version, body, masks, func(b []byte) error {
			if _, err := ParseRecord(version, b); err != nil {
				return err
			}
			all = append(all, bytes.Clone(b))
			return nil
		}); err != nil {
			return err
		}
		for i := 0; ; i++ {
			want, there := v[fmt.Sprintf("record %d", i)]
			if there != (i < len(all)) || there && want != hex.EncodeToString(all[i]) {
				t.Errorf("record %d is not what stands there", i)
			}
			if !there {
				break
			}
		}
		left, _, found, err := Blank(masks, id.Case(v["erase"]))
		if err != nil || !found || hex.EncodeToString(left) != v["left"] {
			t.Errorf("what is left is %x, found %v, %v", left, found, err)
		}
		return nil
	})
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeVectors(t *testing.T) {
	t.Helper()
	for _, f := range fold.All() {
		writeVectorsOf(t, f)
	}
}

func writeVectorsOf(t *testing.T, f fold.Fold) {
	t.Helper()
	version, first := f.Version, ""
	if version > 1 {
		first = fmt.Sprintf("fold-%d-", version)
	}
	var records [][]byte
	for _, r := range []Record{
		namedBy(f, "019a0000-0000-7000-8000-000000000001", person.Birth{Year: 1999, Month: 5, Day: 17}, "AB 123456", "Демона Измислена", "Demona Izmislena-Petrova"),
		namedBy(f, "019a0000-0000-7000-8000-000000000002", person.Birth{Year: 2001, Margin: 2}, "", "Ana Demo"),
		namedBy(f, "019a0000-0000-7000-8000-000000000003", person.Birth{}, "X-1", ""),
	} {
		records = append(records, r.Encode())
	}
	body, masks, err := Pack(version, records, &counted{})
	if err != nil {
		t.Fatal(err)
	}
	save := func(name, what string, body, masks []byte, erase id.Case, kept ...int) {
		v := spectest.Vector{"fold": strconv.FormatInt(version, 10), "body": hex.EncodeToString(body), "masks": hex.EncodeToString(masks)}
		failure := Unpack(version, body, masks, func([]byte) error { return nil })
		if failure == nil {
			left, _, _, err := Blank(masks, erase)
			if err != nil {
				t.Fatal(err)
			}
			v["erase"], v["left"] = string(erase), hex.EncodeToString(left)
			for i, n := range kept {
				v[fmt.Sprintf("record %d", i)] = hex.EncodeToString(records[n])
			}
		} else if !fault.Is(failure, fault.Internal) {
			t.Fatal(failure)
		}
		spectest.Save(t, vectors, first+name, what, failure, v)
	}
	save("whole", "three records", body, masks, "019a0000-0000-7000-8000-000000000002", 0, 1, 2)
	erased, _, _, err := Blank(masks, "019a0000-0000-7000-8000-000000000001")
	if err != nil {
		t.Fatal(err)
	}
	save("erased", "one of them was erased", body, erased, "019a0000-0000-7000-8000-000000000003", 1, 2)
	flip := func(b []byte, at int) []byte { b = bytes.Clone(b); b[at] ^= 1; return b }
	save("other-version", "another first byte", flip(body, 0), masks, "")
	save("other-number", "another number of records", flip(body, 4), masks, "")
	save("other-record", "one bit of a record", flip(body, 40), masks, "")
	save("other-case", "a mask that names another case", body, flip(masks, 10), "")
	save("more", "bytes that are left", body, append(bytes.Clone(masks), 0), "")
}
