package veil

import (
	"bytes"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/fault"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The group is that of RFC 9496: its multiples of the generator, the encodings that it refuses, its one-way map.
func TestRFC9496(t *testing.T) {
	text, err := os.ReadFile("testdata/rfc9496.txt")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if f[0] == "#" {
			continue
		}
		seen[f[0]]++
		want := unhex(t, f[2])
		switch f[0] {
		case "multiple":
			n, err := strconv.ParseUint(f[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			s := ScalarOf(n)
			p, g := MulBase(&s), Base()
			q := g.Mul(&s)
			if !bytes.Equal(p.Bytes(), want) || !p.Equal(&q) {
				t.Errorf("%d·G: %x, want %x", n, p.Bytes(), want)
			}
			back, err := ParsePoint(want)
			if n == 0 {
				if _, _, args := fault.Public(err); args["field"] != "identity" {
					t.Errorf("the identity: %v", err)
				}
			} else if err != nil || !back.Equal(&p) {
				t.Errorf("%x is not read again: %v", want, err)
			}
		case "refuse":
			if _, err := ParsePoint(want); fault.KindOf(err) != fault.Invalid {
				t.Errorf("%x: %v", want, err)
			}
		case "map":
			if p := uniformPoint(unhex(t, f[1])); !bytes.Equal(p.Bytes(), want) {
				t.Errorf("%s: %x, want %x", f[1], p.Bytes(), want)
			}
		default:
			t.Fatalf("line %q", line)
		}
	}
	if seen["multiple"] != 16 || seen["refuse"] < 25 || seen["map"] != 11 {
		t.Errorf("vectors: %v", seen)
	}
}

// RFC 9380, K.3: expand_message_xmd with SHA-512.
func TestRFC9380(t *testing.T) {
	const tag = "QUUX-V01-CS02-with-expander-SHA512-256"
	for _, v := range []struct {
		message, want string
	}{
		{"", "6b9a7312411d92f921c6f68ca0b6380730a1a4d982c507211a90964c394179ba"},
		{"abc", "0da749f12fbe5483eb066a5f595055679b976e93abe9be6f0f6318bce7aca8dc"},
		{"abcdef0123456789", "087e45a86e2939ee8b91100af1583c4938e0f5fc6c9db4b107b83346bc967f58"},
		{"", "41b037d1734a5f8df225dd8c7de38f851efdb45c372887be655212d07251b921b052b62eaed99b46f72f2ef4cc96bfaf254ebbbec091e1a3b9e4fb5e5b619d2e0c5414800a1d882b62bb5cd1778f098b8eb6cb399d5d9d18f5d5842cf5d13d7eb00a7cff859b605da678b318bd0e65ebff70bec88c753b159a805d2c89c55961"},
	} {
		if got := expand(tag, len(v.want)/2, []byte(v.message)); hex.EncodeToString(got) != v.want {
			t.Errorf("%q: %x, want %s", v.message, got, v.want)
		}
	}
	if a, b := expand("tag", 64, []byte("a"), []byte("bc")), expand("tag", 64, []byte("abc")); !bytes.Equal(a, b) {
		t.Error("parts are not concatenated")
	}
	if a, b := expand(strings.Repeat("a", 256), 64), expand(strings.Repeat("a", 257), 64); bytes.Equal(a, b) {
		t.Error("a long tag is cut")
	}
}

// RFC 9497, A.1.1: the input, blinded by the scalar of the vector and multiplied by the key of the vector.
func TestRFC9497(t *testing.T) {
	const context = "OPRFV1-\x00-ristretto255-SHA512"
	blind, err := ParseScalar(unhex(t, "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706"))
	if err != nil {
		t.Fatal(err)
	}
	derive := append(unhex(t, strings.Repeat("a3", 32)), 0, 8)
	derive = append(append(derive, "test key"...), 0)
	key := HashToScalar("DeriveKeyPair"+context, derive)
	if got := hex.EncodeToString(key.Bytes()); got != "5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e" {
		t.Errorf("key: %s", got)
	}
	for _, v := range []struct{ input, blinded, evaluated string }{
		{"00", "609a0ae68c15a3cf6903766461307e5c8bb2f95e7e6550e1ffa2dc99e412803c", "7ec6578ae5120958eb2db1745758ff379e77cb64fe77b0b2d8cc917ea0869c7e"},
		{strings.Repeat("5a", 17), "da27ef466870f5f15296299850aa088629945a17d1f5b7f5ff043f76b3c06418", "b4cbf5a4f1eeda5a63ce7b77c7d23f461db3fcab0dd28e4e17cecb5c90d02c25"},
	} {
		p := HashToGroup("HashToGroup-"+context, unhex(t, v.input))
		blinded := p.Mul(&blind)
		evaluated := blinded.Mul(&key)
		if got := hex.EncodeToString(blinded.Bytes()); got != v.blinded {
			t.Errorf("%s blinded: %s", v.input, got)
		}
		if got := hex.EncodeToString(evaluated.Bytes()); got != v.evaluated {
			t.Errorf("%s evaluated: %s", v.input, got)
		}
	}
}

// drawn is a source of bytes for tests, the same for the same seed.
type drawn struct {
	tag string
	n   uint64
}

func (d *drawn) Read(b []byte) (int, error) {
	for at := 0; at < len(b); d.n++ {
		at += copy(b[at:], expand(d.tag, 64, []byte(strconv.FormatUint(d.n, 10))))
	}
	return len(b), nil
}

func scalarFrom(t *rapid.T, name string) Scalar {
	return HashToScalar("test", []byte(rapid.String().Draw(t, name)))
}

// The laws that the protocols stand on.
func TestGroupLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := scalarFrom(t, "a"), scalarFrom(t, "b")
		p, q := HashToGroup("test", []byte(rapid.String().Draw(t, "p"))), HashToGroup("test", []byte(rapid.String().Draw(t, "q")))
		ab, sum := a.Mul(&b), a.Add(&b)
		pa, pb := p.Mul(&a), p.Mul(&b)
		if x, y, z := p.Mul(&ab), pa.Mul(&b), pb.Mul(&a); !x.Equal(&y) || !x.Equal(&z) {
			t.Fatal("a·(b·P) is not b·(a·P)")
		}
		if x, y := p.Mul(&sum), pa.Add(&pb); !x.Equal(&y) {
			t.Fatal("(a+b)·P is not a·P + b·P")
		}
		qb := q.Mul(&b)
		want := pa.Add(&qb)
		if x, y := MulTwo(&a, &p, &b, &q), SumPublic([]Scalar{a, b}, []Point{p, q}); !x.Equal(&want) || !y.Equal(&want) {
			t.Fatal("a·P + b·Q in one is not the same in two")
		}
		if x := want.Sub(&qb); !x.Equal(&pa) {
			t.Fatal("a difference is not the other way of a sum")
		}
		if !a.IsZero() {
			i, all := a.Invert(), []Scalar{a, ScalarOf(2), a}
			if x := pa.Mul(&i); !x.Equal(&p) {
				t.Fatal("1/a does not undo a")
			}
			InvertAll(all)
			if two := ScalarOf(2); !all[0].Equal(&i) || !all[2].Equal(&i) || all[1].Equal(&two) {
				t.Fatal("inverted together is not inverted alone")
			}
		}
		n := a.Neg()
		if z := n.Add(&a); !z.IsZero() {
			t.Fatal("a - a is not 0")
		}
		back, err := ParseScalar(a.Bytes())
		if err != nil || !back.Equal(&a) {
			t.Fatal(err)
		}
	})
}

// A sum of more points than fit in one chunk is the sum of all.
func TestSumPublicOfMany(t *testing.T) {
	random := &drawn{tag: t.Name()}
	var s []Scalar
	var p []Point
	want := Identity()
	for range 2*chunk + 3 {
		a, err := NewScalar(random)
		if err != nil {
			t.Fatal(err)
		}
		q := MulBase(&a)
		s, p = append(s, a), append(p, q)
		q = q.Mul(&a)
		want = want.Add(&q)
	}
	if got := SumPublic(s, p); !got.Equal(&want) {
		t.Error("the sum is another")
	}
}

func FuzzPointAndScalar(f *testing.F) {
	g := Base()
	f.Add(g.Bytes())
	f.Add(make([]byte, 32))
	f.Add(bytes.Repeat([]byte{0xff}, 32))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := ParsePoint(b); err == nil && (!bytes.Equal(p.Bytes(), b) || p.IsIdentity()) {
			t.Errorf("%x is another form of %x", b, p.Bytes())
		}
		if s, err := ParseScalar(b); err == nil && !bytes.Equal(s.Append(nil), b) {
			t.Errorf("%x is another form of %x", b, s.Bytes())
		}
	})
}

// One hop of a Diffie-Hellman protocol: read, multiply, write.
func BenchmarkHop(b *testing.B) {
	s := HashToScalar("bench")
	p := HashToGroup("bench")
	text := p.Bytes()
	for b.Loop() {
		q, err := ParsePoint(text)
		if err != nil {
			b.Fatal(err)
		}
		q = q.Mul(&s)
		text = q.Append(text[:0])
	}
}

func BenchmarkHashToGroup(b *testing.B) {
	key := make([]byte, 40)
	for b.Loop() {
		HashToGroup("bench", key)
	}
}
