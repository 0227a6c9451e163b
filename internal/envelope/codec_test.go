package envelope

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
)

// seeds gives a fuzzer the vectors of a directory.
func seeds(f *testing.F, dir, field string, add func([]byte)) {
	f.Helper()
	files, err := filepath.Glob(dir + "/*")
	if err != nil || len(files) == 0 {
		f.Fatal("no vectors", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			if value, ok := strings.CutPrefix(line, field+": "); ok {
				add([]byte(strings.TrimSuffix(value, "\n")))
			}
		}
	}
}

func FuzzEnvelope(f *testing.F) {
	seeds(f, "../../spec/testdata/envelope", "envelope", func(b []byte) {
		if raw, err := base64.RawURLEncoding.DecodeString(string(b)); err == nil {
			f.Add(raw)
		}
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Parse(b)
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.TooLarge {
				t.Fatalf("%v", err)
			}
			return
		}
		if !bytes.Equal(e.Bytes(), b) {
			t.Fatal("another form when written again")
		}
	})
}

func FuzzControl(f *testing.F) {
	seeds(f, "../../spec/testdata/envelope", "control", func(b []byte) { f.Add(b, true) })
	f.Fuzz(func(t *testing.T, b []byte, content bool) {
		c, err := parseControl(b, content)
		if err != nil {
			return
		}
		again, err := c.encode(content)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("another form when written again: %v", err)
		}
		// No body may do more than fail.
		_, _ = c.Withdrawal()
		_, _ = c.WithdrawalAnswer()
		_, _ = c.Escalation()
		_, _ = c.CarriedReceipts()
		_, _ = c.Erased()
		_, _ = c.Note()
		_, _ = member.ParseRoster(c.Body)
		_, _ = member.ParseSheet(c.Body)
		_, _ = c.Resync()
	})
}

func FuzzReceipt(f *testing.F) {
	seeds(f, "../../spec/testdata/receipt", "receipt", func(b []byte) { f.Add(b) })
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseReceipt(b)
		if err != nil {
			return
		}
		if err := r.Receipt.Check(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestEveryBitIsBound flips one bit anywhere in an envelope: it never opens as something else.
func TestEveryBitIsBound(t *testing.T) {
	b, whole, err := Seal(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	roster := rosterOf(t, rosterLine(t, "MD"))
	header := len(Magic) + 8 + len(whole.header)
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.OneOf(rapid.IntRange(0, header), rapid.IntRange(0, len(b)-1), rapid.IntRange(len(b)-70, len(b)-1)).Draw(t, "at")
		bent := bytes.Clone(b)
		bent[i] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		e, err := Parse(bent)
		if err != nil {
			return
		}
		if _, err := e.Verify(roster); err == nil {
			t.Fatalf("a change of byte %d verifies", i)
		}
	})
}

func TestSealRefusesWhatCouldNotBeRead(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Sealing)
		kind   fault.Kind
		key    string
	}{
		{"no key", func(s *Sealing) { s.Signer = seal.SignPrivate{} }, fault.Locked, "exchange.key"},
		{"no receiver key", func(s *Sealing) { s.ToNode = seal.KEMPublic{} }, fault.Invalid, "seal.key.missing"},
		{"no desk key", func(s *Sealing) { s.ToDesk = seal.KEMPublic{} }, fault.Invalid, "seal.key.missing"},
		{"too large", func(s *Sealing) { s.Content = make([]byte, maxPlain+1) }, fault.TooLarge, "exchange.too-large"},
		{"control too large", func(s *Sealing) {
			s.Control.Body = json.RawMessage(`{"x":"` + strings.Repeat("a", MaxText) + `"}`)
		}, fault.TooLarge, "exchange.too-large"},
		{"life", func(s *Sealing) { s.Header.Expires = testTime.Add(MaxLife) + 1 }, fault.Invalid, "exchange.header.field"},
		{"name among the categories", func(s *Sealing) { s.Control.Categories = []string{"Ana Anić"} }, fault.Invalid, "exchange.control.field"},
		{"body that is no object", func(s *Sealing) { s.Control.Body = json.RawMessage(`[]`) }, fault.Invalid, "exchange.control.field"},
		{"fraction in the body", func(s *Sealing) { s.Control.Body = json.RawMessage(`{"x":1.5}`) }, fault.Invalid, "frame.number"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := sample(t)
			tt.change(&s)
			_, _, err := Seal(s)
			if !fault.Is(err, tt.kind) || keyOf(err) != tt.key {
				t.Fatalf("%v", err)
			}
		})
	}
}

// TestLargestEnvelopePasses holds the limits together: what may be sealed may be read.
func TestLargestEnvelopePasses(t *testing.T) {
	s := sample(t)
	s.Content = make([]byte, maxPlain)
	b, e, err := Seal(s)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > MaxEnvelope {
		t.Fatalf("%d bytes, more than %d", len(b), MaxEnvelope)
	}
	back, err := Parse(b)
	if err != nil || back.ID != e.ID {
		t.Fatal(err)
	}
	if _, err := Parse(append(b, make([]byte, MaxEnvelope)...)); !fault.Is(err, fault.TooLarge) {
		t.Fatalf("oversize: %v", err)
	}
}

// TestSizesTellOnlySteps seals contents of different lengths: their envelopes are of one size.
func TestSizesTellOnlySteps(t *testing.T) {
	sizes := map[int64]bool{}
	for _, n := range []int{0, 1, 100, 4000, 4092} {
		s := sample(t)
		s.Content = make([]byte, n)
		_, e, err := Seal(s)
		if err != nil {
			t.Fatal(err)
		}
		sizes[e.Header.Content.Size] = true
		sizes[e.Header.Control.Size] = true
	}
	if len(sizes) != 1 {
		t.Fatalf("sizes %v", sizes)
	}
}

func TestKindsAreTold(t *testing.T) {
	seen := map[Kind]bool{}
	for _, k := range Kinds() {
		if seen[k.Kind] || !code(string(k.Kind)) {
			t.Errorf("kind %q", k.Kind)
		}
		seen[k.Kind] = true
		if k.Personal && k.Content == Never || k.Flows && k.Ruled || k.Content != Never && !k.Desks {
			t.Errorf("%s: traits contradict each other", k.Kind)
		}
		if k.Immediate != Never && !k.Sequenced {
			t.Errorf("%s: nothing to wait for", k.Kind)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	s := sample(b)
	for b.Loop() {
		if _, _, err := Seal(s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	raw, _, err := Seal(sample(b))
	if err != nil {
		b.Fatal(err)
	}
	roster := member.Roster{Members: []member.Member{{ID: "MD", Keys: member.Keys{Envelope: []seal.SignPublic{signerOf(b, "MD").Public()}}}}}
	node, err := seal.ParseKEMPrivate(seedBytes(b, "kem MK control"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		e, err := Parse(raw)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := e.Verify(roster); err != nil {
			b.Fatal(err)
		}
		if _, err := e.OpenControl(node); err != nil {
			b.Fatal(err)
		}
	}
}
