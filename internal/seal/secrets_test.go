package seal_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/seal"
)

// quick costs almost nothing: tests only.
func quick() seal.Stretch {
	return seal.Stretch{Salt: make([]byte, 16), Time: 1, MemoryKiB: 64, Threads: 1}
}

const passphrase = "седум зелени чаши"

func TestEveryLockOpensTheSameKeys(t *testing.T) {
	pepper, master, keys := seal.NewKey(nil), seal.NewKey(nil), seal.NewUserKeys(nil)
	output, token := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	locked := keys.Lock(master, "ana")
	word, err := seal.PassphraseLock("ana", master, quick(), passphrase, pepper)
	if err != nil {
		t.Fatal(err)
	}
	passkey, err := seal.PasskeyLock("ana", master, []byte("credential"), make([]byte, 32), output, pepper)
	if err != nil {
		t.Fatal(err)
	}
	bearer, err := seal.TokenLock("ana", master, token, pepper)
	if err != nil {
		t.Fatal(err)
	}
	text, err := seal.EncodeLocks([]seal.Lock{word, passkey, bearer})
	if err != nil {
		t.Fatal(err)
	}
	locks, err := seal.ParseLocks(text)
	if err != nil {
		t.Fatal(err)
	}
	for i, open := range []func() (seal.Key, error){
		func() (seal.Key, error) { return locks[0].Open("ana", passphrase, pepper) },
		func() (seal.Key, error) { return locks[1].OpenStrong("ana", output, pepper) },
		func() (seal.Key, error) { return locks[2].OpenStrong("ana", token, pepper) },
	} {
		got, err := open()
		if err != nil || !got.Equal(master) {
			t.Fatalf("lock %d: %v", i, err)
		}
		back, err := seal.UnlockUserKeys(got, locked, "ana")
		if err != nil || back.KEM.Public() != keys.KEM.Public() || back.Sign.Public() != keys.Sign.Public() {
			t.Fatalf("lock %d: %v", i, err)
		}
	}
	_, err = locks[0].Open("ana", passphrase+"!", pepper)
	refused(t, "a wrong passphrase", err, fault.Denied)
	_, err = locks[0].Open("eva", passphrase, pepper)
	refused(t, "another user's lock", err, fault.Denied)
	_, err = locks[0].Open("ana", passphrase, seal.NewKey(nil))
	refused(t, "a database without its node", err, fault.Denied)
	_, err = locks[0].Open("ana", passphrase, seal.Key{})
	refused(t, "no pepper", err, fault.Locked)
	_, err = locks[1].OpenStrong("ana", token, pepper)
	refused(t, "another's passkey", err, fault.Denied)
	_, err = locks[1].Open("ana", passphrase, pepper)
	refused(t, "a passphrase for a passkey", err, fault.Invalid)
	_, err = locks[0].OpenStrong("ana", token, pepper)
	refused(t, "a token for a passphrase", err, fault.Invalid)
	_, err = locks[2].OpenStrong("ana", token[:31], pepper)
	refused(t, "a short token", err, fault.Invalid)
	weaker := locks[0]
	cheap := quick()
	cheap.Time++
	weaker.Stretch = &cheap
	_, err = weaker.Open("ana", passphrase, pepper)
	refused(t, "altered parameters", err, fault.Denied)
	renamed := locks[2]
	renamed.Method, renamed.Credential, renamed.Input = seal.MethodPasskey, []byte("x"), make([]byte, 32)
	_, err = renamed.OpenStrong("ana", token, pepper)
	refused(t, "a token shown as a passkey", err, fault.Denied)
	_, err = seal.UnlockUserKeys(master, locked, "eva")
	refused(t, "another user's keys", err, fault.Invalid)
	_, err = seal.UnlockUserKeys(master, master.Seal(nil, nil), "ana")
	refused(t, "no user keys", err, fault.Invalid)
}

func TestPassphraseRules(t *testing.T) {
	for _, c := range []struct{ text, key string }{
		{"thirteen char", "seal.passphrase.short"},
		{"тринаесет зна", "seal.passphrase.short"},
		{"Å1234567890ab", "seal.passphrase.short"}, // fourteen code points, thirteen once composed
		{"aaaaaaaaaaaaaaaaaaaa", "seal.passphrase.plain"},
		{"fourteen chars\x00", "seal.passphrase.form"},
		{"fourteen chars\xff", "seal.passphrase.form"},
		{strings.Repeat("abcdefgh", 129), "seal.passphrase.form"},
		{"fourteen chars", ""},
		{passphrase, ""},
	} {
		err := seal.CheckPassphrase(c.text)
		if c.key == "" {
			if err != nil {
				t.Errorf("%q: %v", c.text, err)
			}
			continue
		}
		if _, key, _ := fault.Public(err); err == nil || key != c.key {
			t.Errorf("%q: %v, want %s", c.text, err, c.key)
		}
	}
}

func TestStretchBounds(t *testing.T) {
	pepper := seal.NewKey(nil)
	if s := seal.NewStretch(nil); s.Check() != nil || s.Weak() || s.MemoryKiB != 64<<10 || s.Time != 3 || bytes.Equal(s.Salt, seal.NewStretch(nil).Salt) {
		t.Errorf("the default is %+v", s)
	}
	if !quick().Weak() {
		t.Error("the parameters of tests pass for real ones")
	}
	for name, change := range map[string]func(*seal.Stretch){
		"salt":          func(s *seal.Stretch) { s.Salt = s.Salt[:15] },
		"no pass":       func(s *seal.Stretch) { s.Time = 0 },
		"many passes":   func(s *seal.Stretch) { s.Time = 17 },
		"no memory":     func(s *seal.Stretch) { s.MemoryKiB = 7 },
		"all memory":    func(s *seal.Stretch) { s.MemoryKiB = 256<<10 + 1 },
		"no thread":     func(s *seal.Stretch) { s.Threads = 0 },
		"many threads":  func(s *seal.Stretch) { s.Threads = 9 },
		"wide, shallow": func(s *seal.Stretch) { s.Threads, s.MemoryKiB = 8, 63 },
	} {
		s := quick()
		change(&s)
		_, err := s.Key(passphrase, pepper)
		refused(t, name, err, fault.Invalid)
	}
	_, err := quick().Key(strings.Repeat("x", 1025), pepper)
	refused(t, "an endless passphrase", err, fault.Invalid)
}

func sealStream(t testing.TB, k seal.Key, aad, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := seal.SealStream(k, aad, &out)
	if err != nil {
		t.Fatal(err)
	}
	for len(plain) > 0 { // uneven pieces
		n := min(len(plain), 40_001)
		if m, err := w.Write(plain[:n]); err != nil || m != n {
			t.Fatal(m, err)
		}
		plain = plain[n:]
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("x")); !fault.Is(err, fault.Internal) {
		t.Errorf("a closed stream takes more: %v", err)
	}
	return out.Bytes()
}

func openStream(k seal.Key, aad []byte, r io.Reader) ([]byte, error) {
	s, err := seal.OpenStream(k, aad, r)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(s)
}

func TestStream(t *testing.T) {
	k, aad := seal.NewKey(nil), []byte("attachment 1")
	const chunk, sealedChunk, head = seal.ChunkSize, seal.ChunkSize + 16, 33
	for _, n := range []int{0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 3*chunk + 5} {
		plain := make([]byte, n)
		for i := range plain {
			plain[i] = byte(i >> 8)
		}
		sealed := sealStream(t, k, aad, plain)
		if int64(len(sealed)) != seal.StreamSize(int64(n)) {
			t.Errorf("%d bytes became %d, announced %d", n, len(sealed), seal.StreamSize(int64(n)))
		}
		for _, r := range []io.Reader{bytes.NewReader(sealed), iotest.HalfReader(bytes.NewReader(sealed)), iotest.DataErrReader(bytes.NewReader(sealed))} {
			if got, err := openStream(k, aad, r); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%d bytes came back as %d, %v", n, len(got), err)
			}
		}
		_, err := openStream(k, []byte("attachment 2"), bytes.NewReader(sealed))
		refused(t, "another attachment", err, fault.Invalid)
		_, err = openStream(k, aad, bytes.NewReader(append(bytes.Clone(sealed), 0)))
		refused(t, "lengthened", err, fault.Invalid)
		for _, cut := range []int{0, head - 1, head, head + 16, head + sealedChunk, head + 2*sealedChunk, len(sealed) - 17, len(sealed) - 1} {
			if cut < 0 || cut >= len(sealed) {
				continue
			}
			_, err := openStream(k, aad, bytes.NewReader(sealed[:cut]))
			refused(t, "cut", err, fault.Invalid)
		}
	}
	sealed := sealStream(t, k, aad, make([]byte, 3*chunk))
	c := func(i int) []byte { return sealed[head+i*sealedChunk : head+(i+1)*sealedChunk] }
	for name, parts := range map[string][][]byte{
		"reordered":         {sealed[:head], c(1), c(0), c(2)},
		"one chunk dropped": {sealed[:head], c(0), c(2)},
		"one chunk twice":   {sealed[:head], c(0), c(0), c(1), c(2)},
		"the last twice":    {sealed[:head], c(0), c(1), c(2), c(2)},
		"another stream's":  {sealed[:head], sealStream(t, k, aad, make([]byte, 3*chunk))[head:]},
	} {
		_, err := openStream(k, aad, bytes.NewReader(bytes.Join(parts, nil)))
		refused(t, name, err, fault.Invalid)
	}
	short := sealStream(t, k, aad, []byte("short"))
	for i := range short {
		b := bytes.Clone(short)
		b[i] ^= 1 << (i % 8)
		got, err := openStream(k, aad, bytes.NewReader(b))
		refused(t, "altered", err, fault.Invalid)
		if len(got) != 0 {
			t.Errorf("byte %d altered, and still %q came out", i, got)
		}
	}
	_, err := openStream(seal.Key{}, aad, bytes.NewReader(short))
	refused(t, "no key", err, fault.Locked)
}

func TestStreamReportsItsReaderAndWriter(t *testing.T) {
	broken := errors.New("disk")
	k := seal.NewKey(nil)
	sealed := sealStream(t, k, nil, make([]byte, 2*seal.ChunkSize))
	for _, at := range []int{0, 40, 33 + seal.ChunkSize + 16, len(sealed)} {
		r := io.MultiReader(bytes.NewReader(sealed[:at]), iotest.ErrReader(broken))
		if _, err := openStream(k, nil, r); !errors.Is(err, broken) {
			t.Errorf("the reader broke at %d: %v", at, err)
		}
	}
	for _, room := range []int{0, 33, 33 + seal.ChunkSize + 16} {
		w, err := seal.SealStream(k, nil, &narrow{room, broken})
		if err == nil {
			_, err = w.Write(make([]byte, 3*seal.ChunkSize))
			if again := w.Close(); err == nil || again == nil {
				t.Errorf("room for %d: write %v, close %v", room, err, again)
			}
		}
		if !errors.Is(err, broken) {
			t.Errorf("room for %d: %v", room, err)
		}
	}
}

// narrow is a writer with room for so many bytes.
type narrow struct {
	room int
	err  error
}

func (w *narrow) Write(p []byte) (int, error) {
	if w.room -= len(p); w.room < 0 {
		return 0, w.err
	}
	return len(p), nil
}

func TestShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 9).Draw(t, "n")
		k := rapid.IntRange(2, n).Draw(t, "k")
		secret := rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "secret")
		shares, err := seal.Split(nil, secret, n, k)
		if err != nil || len(shares) != n {
			t.Fatal(err)
		}
		mixed := rapid.Permutation(shares).Draw(t, "order")
		m := rapid.IntRange(k, n).Draw(t, "m")
		if got, err := seal.Combine(mixed[:m]); err != nil || !bytes.Equal(got, secret) {
			t.Errorf("%d of %d, %d needed: %v", m, n, k, err)
		}
		if _, err := seal.Combine(mixed[:k-1]); !fault.Is(err, fault.Invalid) {
			t.Errorf("%d of %d were enough: %v", k-1, k, err)
		}
		bad := bytes.Clone(mixed[0])
		bad[rapid.IntRange(0, len(bad)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		_, err = seal.Combine(append([][]byte{bad}, mixed[1:]...))
		if _, _, args := fault.Public(err); !fault.Is(err, fault.Invalid) || args["share"] != "1" {
			t.Errorf("an altered share was not named: %v %v", err, args)
		}
	})
}

// TestFewSharesTellNothing rebuilds, for one share of two, every secret byte there is: each fits equally.
func TestFewSharesTellNothing(t *testing.T) {
	seen := map[byte]bool{}
	for c := range 256 {
		chance := append(make([]byte, 8), bytes.Repeat([]byte{byte(c)}, 17)...)
		shares, err := seal.Split(bytes.NewReader(chance), []byte{42}, 2, 2)
		if err != nil {
			t.Fatal(err)
		}
		seen[shares[0][13]] = true
	}
	if len(seen) != 256 {
		t.Errorf("a share of one secret takes %d of 256 values", len(seen))
	}
}

func TestSplitBounds(t *testing.T) {
	for _, c := range []struct{ size, n, k int }{{0, 3, 2}, {1025, 3, 2}, {1, 3, 1}, {1, 2, 3}, {1, 256, 2}, {1, 0, 0}} {
		_, err := seal.Split(nil, make([]byte, c.size), c.n, c.k)
		refused(t, "bounds", err, fault.Invalid)
	}
	_, err := seal.Combine(nil)
	refused(t, "no shares", err, fault.Invalid)
	_, err = seal.Combine(make([][]byte, 256))
	refused(t, "too many shares", err, fault.Invalid)
}

func TestPadding(t *testing.T) {
	const kib = 1 << 10
	for _, c := range []struct{ n, size int }{
		{0, 4 * kib},
		{4*kib - 4, 4 * kib},
		{4*kib - 3, 16 * kib},
		{16*kib - 3, 64 * kib},
		{64*kib - 3, 256 * kib},
		{256*kib - 4, 256 * kib},
		{256*kib - 3, 1024 * kib},
		{1024*kib - 4, 1024 * kib},
		{1024*kib - 3, 2048 * kib},
		{5 * 1024 * kib, 6 * 1024 * kib},
	} {
		plain := bytes.Repeat([]byte{0xaa}, c.n)
		padded := seal.Pad(plain)
		if len(padded) != c.size || seal.PaddedSize(c.n) != c.size {
			t.Errorf("%d bytes pad to %d, announced %d, want %d", c.n, len(padded), seal.PaddedSize(c.n), c.size)
		}
		if got, err := seal.Unpad(padded); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %v", c.n, err)
		}
		_, err := seal.Unpad(append(padded, 0))
		refused(t, "longer", err, fault.Invalid)
		if c.n+4 < c.size {
			padded[c.size-1] = 1
			_, err = seal.Unpad(padded)
			refused(t, "not zero", err, fault.Invalid)
		}
	}
}
