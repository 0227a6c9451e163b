package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"flag"
	"io"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/spectest"
)

var update = flag.Bool("update", false, "write the vectors anew; sealing is random, so the archives change")

const vectors = "../../spec/testdata/backup"

const testTime = frame.Time(1772352000000000) // 2026-03-01T08:00:00Z

func signer(t *testing.T, name string) seal.SignPrivate {
	t.Helper()
	k, err := seal.ParseSignPrivate(spectest.Seed("sign " + name))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func recovery(t *testing.T) seal.KEMPrivate {
	t.Helper()
	k, err := seal.ParseKEMPrivate(spectest.Seed("kem recovery"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func secret(t *testing.T, text string) keyring.Secret {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	k, err := seal.ParseKey(b)
	if err != nil {
		t.Fatal(err)
	}
	return keyring.NewSecret(k)
}

func TestBackupVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	spectest.Vectors(t, vectors, func(t *testing.T, v spectest.Vector) error {
		var public seal.SignPublic
		if err := public.UnmarshalText([]byte(v["public"])); err != nil {
			t.Fatal(err)
		}
		if text, ok := v["list"]; ok {
			if _, err := readErasures([]byte(text), "MK", []seal.SignPublic{public}); err != nil {
				return err
			}
			l, err := parseErasures([]byte(text))
			if again := written(t, l); err != nil || string(again) != text {
				t.Fatalf("another form when written again: %s", again)
			}
			return nil
		}
		archive, err := base64.RawURLEncoding.DecodeString(v["archive"])
		if err != nil {
			t.Fatal(err)
		}
		s := Service{Secret: secret(t, v["secret"])}
		got, err := s.unlock(bytes.NewReader(archive), From{Signer: public})
		if err != nil {
			return err
		}
		dump, err := io.ReadAll(got.body)
		if err != nil {
			t.Fatal(err)
		}
		if string(written(t, got.manifest)) != v["manifest"] || hex.EncodeToString(dump) != v["dump"] {
			t.Fatalf("another meaning: %s %x", written(t, got.manifest), dump)
		}
		return nil
	})
}

func writeVectors(t *testing.T) {
	public, err := signer(t, "MK").Public().MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	own := hex.EncodeToString(spectest.Seed("node.secret"))
	dump := []byte("not a dump, but what would be one")
	content, keys := manifests(t)
	make := func(m Manifest, with seals) []byte {
		with.secret, with.signer = secret(t, own).Archive(), signer(t, "MK")
		var b bytes.Buffer
		w, err := newWriter(&b, m, with)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(dump); err != nil {
			t.Fatal(err)
		}
		if err := w.finish(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	put := func(name, what string, failure error, archive []byte, more spectest.Vector) {
		v := spectest.Vector{"archive": base64.RawURLEncoding.EncodeToString(archive), "public": string(public), "secret": own}
		for k, x := range more {
			v[k] = x
		}
		spectest.Save(t, vectors, name, what, failure, v)
	}
	told := func(m Manifest) spectest.Vector {
		return spectest.Vector{"manifest": string(written(t, m)), "dump": hex.EncodeToString(dump)}
	}
	whole := make(content, seals{})
	put("content", "an archive of content of a node without recovery officers", nil, whole, told(content))
	put("keys", "an archive of keys, sealed to the recovery key too, with what the officers need", nil,
		make(keys, seals{recovery: recovery(t).Public(), escrow: []byte("escrow")}), told(keys))

	form, truncated := fault.New(fault.Invalid, "backup.form"), fault.New(fault.Invalid, "backup.truncated")
	denied := fault.New(fault.Denied, "backup.signature")
	// bent changes the archive and signs it again, as the node could.
	bent := func(old, other string) []byte {
		i := bytes.Index(whole, []byte(old))
		if i < 0 || len(old) != len(other) {
			t.Fatalf("%q", old)
		}
		b := bytes.Clone(whole[:len(whole)-4-seal.SignatureSize])
		copy(b[i:], other)
		sum := sha256.Sum256(b)
		return append(append(b, 0, 0, 0, seal.SignatureSize), signer(t, "MK").Sign(seal.DomainBackup, sum[:]).Bytes()...)
	}
	head := string(whole[:len(magic)+sizeBytes])
	put("magic", "other first bytes", form, bent("TRMB1", "TRMB2"), nil)
	put("version", "a later version of the manifest", form, bent(`"v":1`, `"v":2`), nil)
	put("class", "a class that is none", form, bent(`"class":"content"`, `"class":"contend"`), nil)
	put("field", "a name that is not in the schema", fault.New(fault.Invalid, "frame.fields"), bent(`"pair":`, `"pear":`), nil)
	put("spelling", "two names of the manifest have changed places", fault.New(fault.Invalid, "frame.not-canonical"),
		bent(`"member":"MK","pair":"0123456789abcdefghjkmnpqr0"`, `"pair":"0123456789abcdefghjkmnpqr0","member":"MK"`), nil)
	put("manifest-size", "a manifest longer than 8 KiB", form, bent(head, magic+"\x00\x00\x20\x01"), nil)
	put("other-moment", "the manifest was changed and signed again: the archive key is bound to it", fault.New(fault.Locked, "backup.locked"),
		bent(`"created":1772352`, `"created":1772353`), nil)
	put("cut", "the last byte is missing", truncated, whole[:len(whole)-1], nil)
	put("trailing", "a byte follows", form, append(bytes.Clone(whole), 0), nil)
	slot := bytes.Clone(whole)
	slot[len(slot)-1] = 1
	put("signature-slot", "the second slot of the signature is in use", fault.New(fault.Invalid, "seal.algorithm"), slot, nil)
	body := bytes.Clone(whole)
	body[len(body)-4-seal.SignatureSize-4-3] ^= 1
	put("body-bit", "one bit of the body differs", denied, body, nil)
	put("other-signer", "signed by another node", denied, whole, spectest.Vector{"public": text(t, signer(t, "MD").Public())})
	put("other-secret", "another node.secret", fault.New(fault.Locked, "backup.locked"), whole,
		spectest.Vector{"secret": hex.EncodeToString(spectest.Seed("another node.secret"))})

	list := func(name, what string, failure error, l signedList) {
		spectest.Save(t, vectors, name, what, failure, spectest.Vector{"list": string(written(t, l)), "public": string(public)})
	}
	good := erasures(t)
	list("list", "three erasures, one of a kind of a later version", nil, good)
	again := func(change func(*signedList)) signedList {
		l := erasures(t)
		change(&l)
		l.Signature = signer(t, "MK").Sign(seal.DomainErasure, written(t, l.List))
		return l
	}
	wrong := fault.New(fault.Invalid, "backup.list")
	list("list-of-another", "the list of another member", wrong, again(func(l *signedList) { l.List.Member = "MD" }))
	list("list-name", "a name for an identifier", wrong, again(func(l *signedList) { l.List.Erased[0].ID = "Ana Anić" }))
	cut := good
	cut.List.Erased = good.List.Erased[1:]
	list("list-cut", "an erasure was taken out", fault.New(fault.Denied, "backup.list.signature"), cut)
}

func text(t *testing.T, k seal.SignPublic) string {
	t.Helper()
	b, err := k.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
