package exchange

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"flag"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/courier"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
)

var update = flag.Bool("update", false, "write the vectors anew; sealing is random, so all of them change")

// readVector reads lines of "name: value".
func readVector(t *testing.T, path string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v := map[string]string{}
	for line := range strings.Lines(string(b)) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if _, twice := v[name]; !ok || twice {
			t.Fatalf("%s: line %.60q", path, line)
		}
		v[name] = value
	}
	return v
}

// eachVector runs check on every file of a directory, of which there must be some that must be accepted and
// some that must be refused.
func eachVector(t *testing.T, dir string, check func(*testing.T, map[string]string) error) {
	t.Helper()
	files, err := filepath.Glob(dir + "/*")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			v := readVector(t, f)
			err := check(t, v)
			seen[v["must"]]++
			switch v["must"] {
			case "accept":
				if err != nil {
					t.Fatal(err)
				}
			case "refuse":
				if got := keyOf(err); got != v["why"] {
					t.Fatalf("refused with %q, want %q (%v)", got, v["why"], err)
				}
			default:
				t.Fatalf("must: %q", v["must"])
			}
		})
	}
	if seen["accept"] == 0 || seen["refuse"] == 0 {
		t.Fatalf("vectors: %v", seen)
	}
}

func keyOf(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Key
	}
	return ""
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func kem(t *testing.T, seed string) seal.KEMPrivate {
	t.Helper()
	k, err := seal.ParseKEMPrivate(unhex(t, seed))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// rosterOf lists members with one envelope key each.
func rosterOf(t *testing.T, keys string) member.Roster {
	t.Helper()
	var r member.Roster
	for entry := range strings.SplitSeq(keys, " ") {
		name, text, _ := strings.Cut(entry, "=")
		var key seal.SignPublic
		if err := key.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		r.Members = append(r.Members, member.Member{ID: id.Member(name), Keys: member.Keys{Envelope: []seal.SignPublic{key}}})
	}
	return r
}

func TestEnvelopeVectors(t *testing.T) {
	if *update {
		writeEnvelopes(t)
	}
	eachVector(t, "../../spec/testdata/envelope", func(t *testing.T, v map[string]string) error {
		b, err := base64.RawURLEncoding.DecodeString(v["envelope"])
		if err != nil {
			t.Fatal(err)
		}
		e, err := Parse(b)
		if err != nil {
			return err
		}
		if _, err := e.Verify(rosterOf(t, v["roster"])); err != nil {
			return err
		}
		c, err := e.OpenControl(kem(t, v["control-key"]))
		if err != nil {
			return err
		}
		var content []byte
		if e.HasContent() {
			if content, err = e.OpenContent(kem(t, v["content-key"])); err != nil {
				return err
			}
		}
		text, err := c.encode(e.HasContent())
		if err != nil {
			return err
		}
		if string(text) != v["control"] || hex.EncodeToString(content) != v["content"] || string(e.ID) != v["id"] {
			t.Fatalf("another meaning: %s %s", e.ID, text)
		}
		if !bytes.Equal(e.Bytes(), b) {
			t.Fatal("another form when written again")
		}
		return nil
	})
}

func TestReceiptVectors(t *testing.T) {
	if *update {
		writeReceipts(t)
	}
	eachVector(t, "../../spec/testdata/receipt", func(t *testing.T, v map[string]string) error {
		r, err := ParseReceipt([]byte(v["receipt"]))
		if err != nil {
			return err
		}
		if err := r.Verify(rosterOf(t, v["roster"])); err != nil {
			return err
		}
		if got := Digest([]byte(v["receipt"])); got != v["digest"] {
			t.Fatalf("digest %s", got)
		}
		return nil
	})
}

func TestCourierVectors(t *testing.T) {
	if *update {
		writeCouriers(t)
	}
	eachVector(t, "../../spec/testdata/courier", func(t *testing.T, v map[string]string) error {
		b, err := base64.RawURLEncoding.DecodeString(v["file"])
		if err != nil {
			t.Fatal(err)
		}
		r, err := courier.NewReader(bytes.NewReader(b), courierLimits())
		if err != nil {
			return err
		}
		var again bytes.Buffer
		w, err := courier.NewWriter(&again, r.Manifest, courierLimits())
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
	})
}

// save writes a vector, its first fields in their order.
func save(t *testing.T, dir, name, spec string, v map[string]string) {
	t.Helper()
	v["spec"] = spec + " 1.0.0"
	var b strings.Builder
	first := []string{"spec", "must", "why", "what"}
	for _, k := range append(first, slices.Sorted(maps.Keys(v))...) {
		if value, ok := v[k]; ok {
			b.WriteString(k + ": " + value + "\n")
			delete(v, k)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// seedOf makes test keys that everybody can make again.
func seedOf(name string) string {
	sum := sha256.Sum256([]byte("opentrm test vector " + name))
	return hex.EncodeToString(sum[:])
}

func signerOf(t testing.TB, name string) seal.SignPrivate {
	t.Helper()
	b, _ := hex.DecodeString(seedOf("sign " + name))
	k, err := seal.ParseSignPrivate(b)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func rosterLine(t *testing.T, names ...string) string {
	t.Helper()
	var out []string
	for _, n := range names {
		text, err := signerOf(t, n).Public().MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, n+"="+string(text))
	}
	return strings.Join(out, " ")
}
