//go:build goexperiment.simd && amd64

package lanes

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/gtank/ristretto255"
)

func random(r *rand.Rand, b []byte) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
}

// Bit by bit what the reviewed library does, of 16,000 points.
func TestWhatTheLibraryDoes(t *testing.T) {
	if !Ready() {
		t.Skip("no vectors of four lanes here")
	}
	r := rand.New(rand.NewPCG(71, 72))
	for round := range 2000 {
		var wide [64]byte
		random(r, wide[:])
		s, err := ristretto255.NewScalar().SetUniformBytes(wide[:])
		if err != nil {
			t.Fatal(err)
		}
		switch round {
		case 0:
			s = ristretto255.NewScalar()
		case 1:
			s, _ = ristretto255.NewScalar().SetCanonicalBytes(append([]byte{1}, make([]byte, 31)...))
		case 2:
			s = ristretto255.NewScalar().Negate(s)
		}
		var uniform [4][64]byte
		var texts, want [4][32]byte
		for k := range uniform {
			random(r, uniform[k][:])
			if round < 3 && k == 0 {
				clear(uniform[k][:])
			}
			p, err := ristretto255.NewIdentityElement().SetUniformBytes(uniform[k][:])
			if err != nil {
				t.Fatal(err)
			}
			texts[k] = [32]byte(p.Bytes())
			want[k] = [32]byte(ristretto255.NewIdentityElement().ScalarMult(s, p).Bytes())
		}
		by := [32]byte(s.Bytes())
		if got := MapAndMultiply(&uniform, &by); got != want {
			t.Fatalf("%d: mapped: %x, want %x", round, got, want)
		}
		if ok := Multiply(&texts, &by); ok != [4]bool{true, true, true, true} || texts != want {
			t.Fatalf("%d: %v, %x, want %x", round, ok, texts, want)
		}
	}
}

// What is no point is refused, as the library refuses it.
func TestWhatIsNoPoint(t *testing.T) {
	if !Ready() {
		t.Skip("no vectors of four lanes here")
	}
	r := rand.New(rand.NewPCG(73, 74))
	var bad [][32]byte
	for _, s := range []string{ // RFC 9496, A.3: of each kind one
		"00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "0100000000000000000000000000000000000000000000000000000000000000",
		"01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "0000000000000000000000000000000000000000000000000000000000000000",
	} {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		bad = append(bad, [32]byte(b))
	}
	for range 400 {
		var b [32]byte
		random(r, b[:])
		b[0] &^= 1
		b[31] &= 127
		bad = append(bad, b)
	}
	by := [32]byte{7}
	refused := 0
	for i := 0; i+4 <= len(bad); i += 4 {
		texts := [4][32]byte(bad[i : i+4])
		ok := Multiply(&texts, &by)
		for k := range ok {
			p, err := ristretto255.NewIdentityElement().SetCanonicalBytes(bad[i+k][:])
			if (err == nil) != ok[k] {
				t.Errorf("%x: %v, the library says %v", bad[i+k], ok[k], err)
			}
			if err != nil {
				refused++
				continue
			}
			s, _ := ristretto255.NewScalar().SetCanonicalBytes(by[:])
			if want := ristretto255.NewIdentityElement().ScalarMult(s, p).Bytes(); !bytes.Equal(want, texts[k][:]) {
				t.Errorf("%x: %x, want %x", bad[i+k], texts[k], want)
			}
		}
	}
	if refused < 50 {
		t.Errorf("%d were refused", refused)
	}
}

// used returns the seconds of processor time of this process: beside others on the machine the clock says little.
func used(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// One point read, multiplied and written, here and in the library, in turns.
func BenchmarkHop(b *testing.B) {
	r := rand.New(rand.NewPCG(75, 76))
	var wide [64]byte
	random(r, wide[:])
	s, _ := ristretto255.NewScalar().SetUniformBytes(wide[:])
	p, _ := ristretto255.NewIdentityElement().SetUniformBytes(wide[:])
	text := [32]byte(p.Bytes())
	b.Run("library", func(b *testing.B) {
		before := used(b)
		for b.Loop() {
			p, _ := ristretto255.NewIdentityElement().SetCanonicalBytes(text[:])
			_ = p.ScalarMult(s, p).Bytes()
		}
		b.ReportMetric((used(b)-before)/float64(b.N)*1e6, "cpu-µs/point")
	})
	b.Run("four", func(b *testing.B) {
		if !Ready() {
			b.Skip("no vectors of four lanes here")
		}
		texts, by := [4][32]byte{text, text, text, text}, [32]byte(s.Bytes())
		before := used(b)
		for b.Loop() {
			Multiply(&texts, &by)
		}
		b.ReportMetric((used(b)-before)/float64(b.N)/4*1e6, "cpu-µs/point")
	})
}
