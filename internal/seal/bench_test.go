package seal_test

import (
	"io"
	"testing"

	"github.com/opentrm/opentrm/internal/seal"
)

func BenchmarkField200(b *testing.B) {
	k, plain := seal.NewKey(nil), make([]byte, 200)
	aad := seal.Field{Node: "MK", Table: "note", Row: "0198c1de-0000-7000-8000-000000000001", Column: "body", Version: 1}.AAD()
	for b.Loop() {
		k.Seal(aad, plain)
	}
}

func BenchmarkSeal4K(b *testing.B) {
	p, plain := seal.NewKEM(nil).Public(), make([]byte, 4<<10)
	b.SetBytes(4 << 10)
	for b.Loop() {
		if _, err := p.Seal([]byte("info"), nil, plain); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen4K(b *testing.B) {
	k := seal.NewKEM(nil)
	sealed, err := k.Public().Seal([]byte("info"), nil, make([]byte, 4<<10))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(4 << 10)
	for b.Loop() {
		if _, err := k.Open([]byte("info"), nil, sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	k, msg := seal.NewSign(nil), make([]byte, 1<<10)
	for b.Loop() {
		k.Sign(seal.DomainReceipt, msg)
	}
}

func BenchmarkVerify(b *testing.B) {
	k, msg := seal.NewSign(nil), make([]byte, 1<<10)
	sig := k.Sign(seal.DomainReceipt, msg)
	for b.Loop() {
		if err := k.Public().Verify(seal.DomainReceipt, msg, sig); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkArgon2(b *testing.B) {
	s, pepper := seal.NewStretch(nil), seal.NewKey(nil)
	for b.Loop() {
		if _, err := s.Key(passphrase, pepper); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStream1M(b *testing.B) {
	k, plain := seal.NewKey(nil), make([]byte, 1<<20)
	b.SetBytes(1 << 20)
	for b.Loop() {
		w, err := seal.SealStream(k, nil, io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.Write(plain); err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStock4K seals with secrets that were agreed on ahead; making them is not counted.
func BenchmarkStock4K(b *testing.B) {
	var stock seal.Stock
	p, plain := seal.NewKEM(nil).Public(), make([]byte, 4<<10)
	b.SetBytes(4 << 10)
	for b.Loop() {
		b.StopTimer()
		stock.Settle(p)
		b.StartTimer()
		if _, err := stock.Seal(p, []byte("info"), nil, plain); err != nil {
			b.Fatal(err)
		}
	}
}
