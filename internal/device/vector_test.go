package device_test

import (
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"strconv"
	"testing"

	"github.com/opentrm/opentrm/internal/device"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/spectest"
)

const vectors = "../../spec/testdata/offline"

// judge follows spec/offline.md from the share to the answer, as a device and its node do.
func judge(v spectest.Vector, second func(spectest.Vector) []byte) error {
	share, _ := hex.DecodeString(v["share"])
	salt, _ := hex.DecodeString(v["salt"])
	if v["prf"] != "" && v["input"] != inputOf(salt) {
		return fault.New(fault.Invalid, "seal.form")
	}
	secret, err := hkdf.Key(sha256.New, share, second(v), string(frame.JoinText("opentrm/offline-key/1", v["member"], v["user"], v["device"])), 32)
	if err != nil {
		return err
	}
	if hex.EncodeToString(secret) != v["key"] {
		return fault.New(fault.Invalid, "seal.key.form")
	}
	key, err := seal.ParseKey(secret)
	if err != nil {
		return err
	}
	aad := frame.JoinText("opentrm/offline-draft/1", v["device"], v["user"], v["draft"], v["version"])
	if hex.EncodeToString(aad) != v["aad"] {
		return fault.New(fault.Invalid, "seal.form")
	}
	sealed, _ := hex.DecodeString(v["sealed"])
	plain, err := key.Open(aad, sealed)
	if err != nil {
		return err
	}
	x, err := device.ParseSent(plain)
	if err != nil {
		return err
	}
	public, _ := hex.DecodeString(v["node"])
	node, err := seal.ParseSignPublic(public)
	if err != nil {
		return err
	}
	raw, _ := hex.DecodeString(v["signature"])
	signature, err := seal.ParseSignature(raw)
	if err != nil {
		return err
	}
	if err := node.Verify(seal.DomainOffline, []byte(v["answer"]), signature); err != nil {
		return err
	}
	var a device.Answer
	if err := frame.Decode([]byte(v["answer"]), 4096, &a); err != nil {
		return err
	}
	digest := sha256.Sum256(plain)
	if string(a.Device) != v["device"] || a.Draft != x.Draft || a.Version != x.Version || string(a.Digest) != string(digest[:]) {
		return fault.New(fault.Invalid, "device.sent")
	}
	return nil
}

// inputOf is what the passkey of a device is asked for.
func inputOf(salt []byte) string {
	input := sha256.Sum256(frame.JoinText("opentrm/offline-input/1", string(salt)))
	return hex.EncodeToString(input[:])
}

// seconds gives the second secret of a vector; each passphrase is stretched once.
func seconds(t *testing.T) func(spectest.Vector) []byte {
	stretched := map[string][]byte{}
	return func(v spectest.Vector) []byte {
		if prf, err := hex.DecodeString(v["prf"]); err == nil && len(prf) > 0 {
			return prf
		}
		if stretched[v["passphrase"]] == nil {
			salt, _ := hex.DecodeString(v["salt"])
			out, err := pbkdf2.Key(sha256.New, v["passphrase"], salt, 600_000, 32)
			if err != nil {
				t.Fatal(err)
			}
			stretched[v["passphrase"]] = out
		}
		return stretched[v["passphrase"]]
	}
}

func TestVectors(t *testing.T) {
	if *write {
		writeVectors(t)
	}
	second := seconds(t)
	spectest.Vectors(t, vectors, func(_ *testing.T, v spectest.Vector) error { return judge(v, second) })
}

var write = flag.Bool("update", false, "write the vectors of spec/offline.md anew")

// writeVectors makes the files; the signature of the same text by the same key is the same.
func writeVectors(t *testing.T) {
	t.Helper()
	v := spectest.Vector{
		"member": "MK", "user": "demo-user", "device": "0123456789abcdefghjkmnpqrw", "draft": "zyxwvtsrqpnmkjhgfedcba9870", "version": "3",
		"passphrase": "Сина планина, пет јаболка 7", "salt": "000102030405060708090a0b0c0d0e0f",
		"share": "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
	}
	second := seconds(t)
	fill := func(v spectest.Vector) spectest.Vector {
		share, _ := hex.DecodeString(v["share"])
		secret, err := hkdf.Key(sha256.New, share, second(v), string(frame.JoinText("opentrm/offline-key/1", v["member"], v["user"], v["device"])), 32)
		if err != nil {
			t.Fatal(err)
		}
		key, err := seal.ParseKey(secret)
		if err != nil {
			t.Fatal(err)
		}
		version, err := strconv.ParseInt(v["version"], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		x := device.Sent{
			Schema: device.SentName, Device: "0123456789abcdefghjkmnpqrw", Draft: "zyxwvtsrqpnmkjhgfedcba9870", Version: version, Form: "F1", FormVersion: 1,
			Began: 1796000000000000, Changed: 1796000001000000, Fields: map[string][]string{"q-safe-way": {"demo"}},
		}
		plain, err := frame.Encode(x)
		if err != nil {
			t.Fatal(err)
		}
		aad := frame.JoinText("opentrm/offline-draft/1", v["device"], v["user"], v["draft"], v["version"])
		seed, _ := hex.DecodeString("404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f")
		node, err := seal.ParseSignPrivate(seed)
		if err != nil {
			t.Fatal(err)
		}
		digest := sha256.Sum256(plain)
		signed, err := device.Sign(node, device.Answer{
			Schema: device.AnswerName, Member: "MK", Device: x.Device, Draft: x.Draft, Version: x.Version, Digest: digest[:], Outcome: device.Opened,
			Case: "demo-case", Record: "demo-record", At: 1796000002000000,
		})
		if err != nil {
			t.Fatal(err)
		}
		out := spectest.Vector{
			"key": hex.EncodeToString(secret), "aad": hex.EncodeToString(aad), "sealed": hex.EncodeToString(key.Seal(aad, plain)),
			"node": hex.EncodeToString(node.Public().Bytes()), "answer": signed.Answer, "signature": hex.EncodeToString(signed.Signature.Bytes()),
		}
		for k, x := range v {
			out[k] = x
		}
		return out
	}
	with := func(v spectest.Vector, name, value string) spectest.Vector {
		out := spectest.Vector{}
		for k, x := range v {
			out[k] = x
		}
		out[name] = value
		return out
	}
	good := fill(v)
	salt, _ := hex.DecodeString(v["salt"])
	touched := with(with(v, "prf", "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"), "input", inputOf(salt))
	prf := fill(with(touched, "passphrase", "-"))
	for name, c := range map[string]struct {
		what string
		v    spectest.Vector
	}{
		"draft":        {"a draft under a passphrase, and what the node says of it", good},
		"draft-prf":    {"a draft under the PRF of a passkey", prf},
		"prf-other":    {"another passkey gives another key", with(prf, "prf", "616162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f")},
		"input-other":  {"what a passkey is asked for is of the device", with(prf, "salt", "010102030405060708090a0b0c0d0e0f")},
		"phrase-other": {"another passphrase gives another key", with(good, "passphrase", "Сина планина, пет јаболка 8")},
		"share-other":  {"another share gives another key", with(good, "share", "212122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f")},
		"version-moved": {"a draft does not open as another version", with(with(good, "version", "4"), "aad",
			hex.EncodeToString(frame.JoinText("opentrm/offline-draft/1", v["device"], v["user"], v["draft"], "4")))},
		"user-moved":     {"nor as that of somebody else: the key is another", with(good, "user", "somebody")},
		"answer-changed": {"an answer that was changed is not signed", with(good, "answer", good["answer"][:len(good["answer"])-2]+"1}")},
		"signature-cut":  {"a signature has two slots", with(good, "signature", good["signature"][:len(good["signature"])-2])},
	} {
		spectest.Save(t, vectors, name, c.what, judge(c.v, second), c.v)
	}
}
