package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

const vectorDir = "../../spec/testdata/keys"

// vector is one file of spec/testdata/keys: lines of "name: value" in the order of the file.
type vector struct {
	t     *testing.T
	names []string
	value map[string]string
}

func readVector(t *testing.T, path string) vector {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v := vector{t, nil, map[string]string{}}
	for line := range strings.Lines(string(b)) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if _, twice := v.value[name]; !ok || twice {
			t.Fatalf("%s: line %q", path, line)
		}
		v.names = append(v.names, name)
		v.value[name] = value
	}
	return v
}

func (v vector) text(name string) string {
	v.t.Helper()
	s, ok := v.value[name]
	if !ok {
		v.t.Fatalf("no field %q", name)
	}
	return s
}

func (v vector) hex(name string) []byte {
	v.t.Helper()
	b, err := hex.DecodeString(strings.TrimPrefix(v.text(name), "-"))
	if err != nil {
		v.t.Fatalf("%s: %v", name, err)
	}
	return b
}

func (v vector) int(name string) int {
	v.t.Helper()
	n, err := strconv.Atoi(v.text(name))
	if err != nil {
		v.t.Fatalf("%s: %v", name, err)
	}
	return n
}

func (v vector) key(name string) Key {
	v.t.Helper()
	k, err := ParseKey(v.hex(name))
	if err != nil {
		v.t.Fatal(err)
	}
	return k
}

func (v vector) same(name string, got []byte) {
	v.t.Helper()
	if want := v.hex(name); !bytes.Equal(got, want) {
		v.t.Errorf("%s: got %x, want %x", name, got, want)
	}
}

// kinds says for each kind of vector how it is tried. A function returns the failure that the file
// expects, and checks itself that what succeeds encodes to the same bytes again.
var kinds = map[string]func(vector) error{
	"seal": func(v vector) error {
		plain, err := v.key("key").Open(v.hex("aad"), v.hex("sealed"))
		if err == nil {
			v.same("plain", plain)
			v.same("sealed", sealWith(v.key("key"), algText, v.hex("sealed")[1:13], v.hex("aad"), plain))
		}
		return err
	},
	"wrap": func(v vector) error {
		got, err := v.key("key").Unwrap(v.hex("sealed"), v.hex("aad"))
		if err == nil {
			v.same("plain", got.Bytes())
			v.same("sealed", sealWith(v.key("key"), algKey, v.hex("sealed")[1:13], v.hex("aad"), got.Bytes()))
		}
		return err
	},
	"derive": func(v vector) error {
		var context []string
		if c := v.text("context"); c != "-" {
			context = strings.Split(c, "|")
		}
		v.same("derived", v.key("key").Derive(v.text("label"), context...).Bytes())
		return nil
	},
	"field": func(v vector) error {
		version, err := strconv.ParseInt(v.text("version"), 10, 64)
		f := Field{
			v.text("node"), v.text("table"), v.text("row"), v.text("column"),
			strings.TrimPrefix(v.text("compartment"), "-"), version,
		}
		v.same("aad", f.AAD())
		return err
	},
	"pad": func(v vector) error {
		zeros := v.int("zeros")
		plain, err := Unpad(append(v.hex("start"), make([]byte, zeros)...))
		if err == nil {
			v.same("plain", plain)
			again := Pad(plain)
			if !bytes.Equal(again, append(v.hex("start"), make([]byte, zeros)...)) {
				v.t.Error("does not pad to the same bytes")
			}
		}
		return err
	},
	"stream": func(v vector) error {
		plain := append(v.hex("start"), make([]byte, v.int("zeros"))...)
		var out bytes.Buffer
		w, err := sealStream(v.key("key"), v.hex("aad"), v.hex("salt"), &out)
		if err != nil {
			return err
		}
		if _, err := w.Write(plain); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		sum := sha256.Sum256(out.Bytes())
		v.same("sha256", sum[:])
		if out.Len() != v.int("size") {
			v.t.Errorf("%d bytes", out.Len())
		}
		return nil
	},
	"open-stream": func(v vector) error {
		r, err := OpenStream(v.key("key"), v.hex("aad"), bytes.NewReader(v.hex("sealed")))
		if err != nil {
			return err
		}
		plain, err := io.ReadAll(r)
		if err == nil {
			v.same("plain", plain)
		}
		return err
	},
	"kem": func(v vector) error {
		k, err := ParseKEMPrivate(v.hex("seed"))
		if err != nil {
			return err
		}
		v.same("seed", k.Bytes())
		if got := string(k.Public().ID()); got != v.text("id") {
			v.t.Errorf("id %s", got)
		}
		text, err := k.Public().MarshalText()
		if err != nil || string(text) != v.text("public") {
			v.t.Errorf("public %s, %v", text, err)
		}
		plain, err := k.Open(v.hex("info"), v.hex("aad"), v.hex("sealed"))
		if err == nil {
			v.same("plain", plain)
		}
		return err
	},
	"kem-public": func(v vector) error {
		var k KEMPublic
		return remarshal(v, &k)
	},
	"sign-public": func(v vector) error {
		var k SignPublic
		return remarshal(v, &k)
	},
	"sign": func(v vector) error {
		k, err := ParseSignPrivate(v.hex("seed"))
		if err != nil {
			return err
		}
		pub, err := k.Public().MarshalText()
		if err != nil || string(pub) != v.text("public") {
			v.t.Errorf("public %s, %v", pub, err)
		}
		var sig Signature
		if err := sig.UnmarshalText([]byte(v.text("signature"))); err != nil {
			return err
		}
		if err := k.Public().Verify(Domain(v.text("domain")), v.hex("message"), sig); err != nil {
			return err
		}
		again, err := k.Sign(Domain(v.text("domain")), v.hex("message")).MarshalText()
		if err != nil || string(again) != v.text("signature") {
			v.t.Errorf("signs again as %s, %v", again, err)
		}
		return nil
	},
	"stretch": func(v vector) error {
		var s Stretch
		if err := frame.Decode([]byte(v.text("params")), 1000, &s); err != nil {
			return err
		}
		k, err := s.Key(string(v.hex("passphrase")), v.key("pepper"))
		if err == nil {
			v.same("derived", k.Bytes())
		}
		return err
	},
	"passphrase": func(v vector) error { return CheckPassphrase(string(v.hex("passphrase"))) },
	"locks": func(v vector) error {
		locks, err := ParseLocks([]byte(v.text("locks")))
		if err != nil {
			return err
		}
		again, err := EncodeLocks(locks)
		if err != nil || string(again) != v.text("locks") {
			v.t.Errorf("encodes again as %s, %v", again, err)
		}
		user := id.User(v.text("user"))
		for _, l := range locks {
			var master Key
			if l.Method == MethodPassphrase {
				master, err = l.Open(user, string(v.hex("passphrase")), v.key("pepper"))
			} else {
				master, err = l.OpenStrong(user, v.hex(string(l.Method)), v.key("pepper"))
			}
			if err != nil {
				return err
			}
			v.same("master", master.Bytes())
		}
		return nil
	},
	"user-keys": func(v vector) error {
		u, err := UnlockUserKeys(v.key("key"), v.hex("locked"), strings.Split(v.text("context"), "|")...)
		if err == nil {
			v.same("kem", u.KEM.Bytes())
			v.same("sign", u.Sign.Bytes())
		}
		return err
	},
	"grant": nil, "grant-proof": nil, // tried in package keyring, which knows what a grant is
	"shares": func(v vector) error {
		var shares [][]byte
		for _, name := range v.names {
			if strings.HasPrefix(name, "share-") {
				shares = append(shares, v.hex(name))
			}
		}
		secret, err := Combine(shares)
		if err != nil {
			return err
		}
		v.same("secret", secret)
		again, err := Split(bytes.NewReader(v.hex("random")), secret, v.int("n"), v.int("k"))
		for _, s := range shares {
			if !slices.ContainsFunc(again, func(a []byte) bool { return bytes.Equal(a, s) }) {
				v.t.Errorf("share %x is not made again, %v", s, err)
			}
		}
		return nil
	},
}

func remarshal(v vector, k interface {
	UnmarshalText([]byte) error
	MarshalText() ([]byte, error)
},
) error {
	if err := k.UnmarshalText([]byte(v.text("text"))); err != nil {
		return err
	}
	again, err := k.MarshalText()
	if err != nil || string(again) != v.text("text") {
		v.t.Errorf("encodes again as %s, %v", again, err)
	}
	return nil
}

// sealWith seals with a nonce that is given, by another path than Key.Seal.
func sealWith(k Key, alg byte, nonce, aad, plain []byte) []byte {
	block, err := aes.NewCipher(k.Bytes())
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead.Seal(append([]byte{alg}, nonce...), nonce, plain, append([]byte{alg}, aad...))
}

func TestVectors(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(vectorDir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	used := map[string]bool{}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			v := readVector(t, path)
			if v.text("spec") != "keys 1.0.0" || v.text("what") == "" {
				t.Error("the header names no spec or does not say what is tried")
			}
			try, ok := kinds[v.text("kind")]
			if !ok {
				t.Fatalf("unknown kind %q", v.text("kind"))
			}
			used[v.text("kind")] = true
			if try == nil {
				return
			}
			err := try(v)
			switch must := v.text("must"); {
			case must == "accept":
				if err != nil {
					t.Errorf("must be accepted, got %v", err)
				}
			case err == nil:
				t.Errorf("accepted, must %s", must)
			default:
				if _, key, _ := fault.Public(err); must != "refuse "+fault.KindOf(err).String()+" "+key {
					t.Errorf("got %v, must %s", err, must)
				}
			}
		})
	}
	for kind := range kinds {
		if !used[kind] {
			t.Errorf("no vector of kind %q", kind)
		}
	}
}

// TestLockOmitsWhatItsMethodDoesNotUse holds the JSON form to what spec/keys.md shows.
func TestLockOmitsWhatItsMethodDoesNotUse(t *testing.T) {
	b, err := json.Marshal(Lock{Method: MethodToken, Wrapped: Blob{1}})
	if err != nil || string(b) != `{"method":"token","wrapped":"AQ"}` {
		t.Errorf("%s, %v", b, err)
	}
}
