package veil

import (
	"bytes"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// rfcVectors is testdata/rfc9497.json: what RFC 9497 has in A.1.1 and A.1.2.
type rfcVectors []struct {
	Mode                    mode
	Seed, KeyInfo, SkSm, Pk hexBytes
	Vectors                 []struct {
		Input, Blind, BlindedElement, EvaluationElement, Output, Proof, R string
	}
}

type hexBytes []byte

func (h *hexBytes) UnmarshalJSON(b []byte) (err error) {
	*h, err = hex.DecodeString(strings.Trim(string(b), `"`))
	return err
}

func parts(t *testing.T, list string) [][]byte {
	t.Helper()
	var out [][]byte
	for part := range strings.SplitSeq(list, ",") {
		b, err := hex.DecodeString(part)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// Keys, blinded and evaluated elements, proofs and outputs are, byte for byte, those of the RFC in both modes.
func TestVectorsOfRFC9497(t *testing.T) {
	b, err := os.ReadFile("testdata/rfc9497.json")
	if err != nil {
		t.Fatal(err)
	}
	var all rfcVectors
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, suite := range all {
		m := suite.Mode
		secret := m.deriveKey(suite.Seed, suite.KeyInfo)
		key := MulBase(&secret)
		if !bytes.Equal(secret.Bytes(), suite.SkSm) || len(suite.Pk) > 0 && !bytes.Equal(key.Bytes(), suite.Pk) {
			t.Fatalf("mode %d: key %x", m, secret.Bytes())
		}
		for n, v := range suite.Vectors {
			tried++
			inputs, blinds, outputs := parts(t, v.Input), parts(t, v.Blind), parts(t, v.Output)
			blinded, evaluated := parts(t, v.BlindedElement), parts(t, v.EvaluationElement)
			asked, given := make([]Point, len(inputs)), make([]Point, len(inputs))
			for i := range inputs {
				r, err := ParseScalar(blinds[i])
				if err != nil {
					t.Fatal(err)
				}
				p := m.element(inputs[i])
				asked[i] = p.Mul(&r)
				given[i] = asked[i].Mul(&secret)
				if !bytes.Equal(asked[i].Bytes(), blinded[i]) || !bytes.Equal(given[i].Bytes(), evaluated[i]) {
					t.Errorf("mode %d, vector %d: %x, %x", m, n, asked[i].Bytes(), given[i].Bytes())
				}
				inverse := r.Invert()
				element := given[i].Mul(&inverse)
				if got := finalize(inputs[i], &element); !bytes.Equal(got[:], outputs[i]) {
					t.Errorf("mode %d, vector %d: output %x", m, n, got)
				}
			}
			if m == modeOPRF {
				continue
			}
			r, err := ParseScalar(parts(t, v.R)[0])
			if err != nil {
				t.Fatal(err)
			}
			proof := m.prove(&secret, &key, asked, given, &r)
			if got := proof.Append(nil); !bytes.Equal(got, parts(t, v.Proof)[0]) {
				t.Errorf("vector %d: proof %x", n, got)
			}
			if !m.verifies(&proof, &key, asked, given) {
				t.Errorf("vector %d: the proof does not verify", n)
			}
			other := given[0].Add(&asked[0])
			if m.verifies(&proof, &key, asked, append([]Point{other}, given[1:]...)) || m.verifies(&proof, &other, asked, given) {
				t.Errorf("vector %d: a proof of something else verifies", n)
			}
			if modeOPRF.verifies(&proof, &key, asked, given) {
				t.Errorf("vector %d: a proof holds in another mode", n)
			}
		}
	}
	if tried != 5 || sha512.Size != 64 {
		t.Errorf("%d vectors were tried", tried)
	}
}
