package veil_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/spectest"
	"github.com/opentrm/opentrm/internal/veil"
)

const countVectors = "../../spec/testdata/veil-count"

// vectorRun is a run of five members with two mixers, as small as a sheet allows, from which the vectors are made.
func vectorRun(t *testing.T) (v spectest.Vector, all []veil.Signed) {
	t.Helper()
	sheet := veil.Sheet{
		Format: 1, Run: "4zzv8b0m7c3kq2w9d5x1t6h8rg", Proposer: "MK", Members: []id.Member{"AL", "BG", "MD", "MK", "RS"}, Population: "identified-2026",
		Keys: 1, Strong: 1, Weak: 2, Batch: 8, Mixers: 2, Epsilon: 10_000, Least: 5, Widest: 1000,
	}
	for i := range sheet.Steps() {
		sheet.Until = append(sheet.Until, frame.Time(1_790_000_000_000_000+int64(i)*86_400_000_000))
	}
	text, err := sheet.Encode()
	if err != nil {
		t.Fatal(err)
	}
	v = spectest.Vector{"sheet": string(text), "hash": hex.EncodeToString(sheet.Hash())}
	keys := map[id.Member]seal.SignPrivate{}
	for _, m := range sheet.Members {
		keys[m] = seal.NewSign(bytes.NewReader(spectest.Seed("count " + string(m))))
		v["key "+string(m)] = hex.EncodeToString(keys[m].Public().Bytes())
	}
	public := func(m id.Member) []seal.SignPublic { return []seal.SignPublic{keys[m].Public()} }
	work := func(m id.Member) veil.Secret { return spectest.Seed("count work " + string(m)) }
	inner := func(m id.Member) []byte { return spectest.Seed("count records " + string(m)) }
	held, data := map[id.Member]veil.Held{}, map[string][]byte{}
	source := func(d *veil.Data) []byte { return data[hex.EncodeToString(d.Digest)] }
	for {
		r := veil.Gather(sheet, all, public)
		stage := r.Stage()
		if stage.Step == "" {
			break
		}
		for _, m := range stage.Waits {
			out := veil.Message{Sheet: sheet.Hash(), From: m, Step: stage.Step}
			var sent []byte
			var err error
			switch stage.Step {
			case veil.StepCommit:
				var entries []veil.Entry
				for i := range 7 { // person 0 is known to all, person 1 to Macedonia and Moldova, the others to one each
					name := fmt.Sprint(m, i)
					if i == 0 || i == 1 && m[0] == 'M' {
						name = fmt.Sprint(i)
					}
					entries = append(entries, veil.Entry{Strong: [][]byte{[]byte("s" + name)}, Weak: [][]byte{[]byte("w" + name), []byte("x" + name)}})
				}
				h, err2 := veil.Hold(&sheet, entries, inner(m))
				if held[m] = h; err2 != nil {
					t.Fatal(err2)
				}
				out, err = work(m).Committing(&sheet, m, &h, veil.Recall{Found: 450, Of: 500})
			case veil.StepDraw, veil.StepChallenge:
				out, err = work(m).Opening(r, m, stage.Step)
			case veil.StepBatch:
				sent, out, err = r.Batch(m, held[m], inner(m))
			case veil.StepMix:
				sent, out, err = r.Mix(m, work(m), source)
			case veil.StepUncover:
				sent, out, err = r.Open(m, work(m), source)
			case veil.StepResult:
				out, _, err = r.Tally(m, work(m), source)
				v["recount"] = hex.EncodeToString(work(m).Recount())
			}
			if err != nil {
				t.Fatal(stage.Step, err)
			}
			if sent != nil {
				v[fmt.Sprintf("data %s %s", stage.Step, m)] = hex.EncodeToString(sent)
				data[hex.EncodeToString(veil.DataOf(sent).Digest)] = sent
			}
			s, err := veil.Sign(&out, keys[m])
			if err != nil {
				t.Fatal(err)
			}
			v[fmt.Sprintf("said %s %s", stage.Step, m)] = string(s.Text)
			v[fmt.Sprintf("signature %s %s", stage.Step, m)] = hex.EncodeToString(s.Signature.Bytes())
			all = append(all, s)
		}
	}
	return v, all
}

// countOf checks a vector: a whole run, a sheet alone or a message alone. It returns persons found, if the run can be recounted.
func countOf(t *testing.T, v spectest.Vector) (veil.Found, error) {
	t.Helper()
	raw := func(name string) []byte {
		b, err := hex.DecodeString(v[name])
		if err != nil {
			t.Fatal(name, err)
		}
		return b
	}
	if m, ok := v["message"]; ok {
		parsed, err := veil.ParseMessage([]byte(m))
		if err == nil {
			if again, err := frame.Encode(&parsed); err != nil || string(again) != m {
				t.Errorf("%s: written again as %s", m, again)
			}
		}
		return veil.Found{}, err
	}
	sheet, err := veil.ParseSheet([]byte(v["sheet"]))
	if err != nil || v["hash"] == "" {
		return veil.Found{}, err
	}
	if !bytes.Equal(sheet.Hash(), raw("hash")) {
		t.Errorf("hash %x", sheet.Hash())
	}
	data, all := map[string][]byte{}, []veil.Signed(nil)
	for name := range v {
		if rest, ok := strings.CutPrefix(name, "said "); ok {
			sig, err := seal.ParseSignature(raw("signature " + rest))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, veil.Signed{Text: []byte(v[name]), Signature: sig})
		} else if strings.HasPrefix(name, "data ") {
			data[hex.EncodeToString(veil.DataOf(raw(name)).Digest)] = raw(name)
		}
	}
	r := veil.Gather(sheet, all, func(m id.Member) []seal.SignPublic {
		k, err := seal.ParseSignPublic(raw("key " + string(m)))
		if err != nil {
			return nil
		}
		return []seal.SignPublic{k}
	})
	return r.Recount(func(d *veil.Data) []byte { return data[hex.EncodeToString(d.Digest)] }, raw("recount"))
}

// The vectors of the count: a run that everybody can check and recount, runs that somebody broke, and sheets and messages that are refused.
func TestCountVectors(t *testing.T) {
	if *update {
		writeCountVectors(t)
	}
	spectest.Vectors(t, countVectors, func(t *testing.T, v spectest.Vector) error {
		found, err := countOf(t, v)
		var named *veil.Named
		if errors.As(err, &named) {
			if got := fmt.Sprint(named.Member, " ", named.Step, " ", named.For); got != v["named"] {
				t.Errorf("named: %s, want %s", got, v["named"])
			}
			return fault.New(fault.Invalid, "veil.named")
		}
		if err == nil && v["found"] != "" {
			if got := fmt.Sprint(found.Records, " ", found.Persons, " ", found.In); got != v["found"] {
				t.Errorf("found %s, want %s", got, v["found"])
			}
		}
		return err
	})
	v, _ := vectorRun(t)
	for name, value := range spectest.Read(t, countVectors+"/run") {
		if got, ok := v[name]; ok && got != value {
			t.Errorf("run: %s is made otherwise now", name)
		}
	}
}

func writeCountVectors(t *testing.T) {
	v, _ := vectorRun(t)
	v["found"] = "35 30 [28 1 0 1]"
	spectest.Save(t, countVectors, "run", "a whole run of five members", nil, v)
	broken := func(name, what, named string, change func(spectest.Vector)) {
		c := maps.Clone(v)
		delete(c, "found")
		change(c)
		c["named"] = named
		spectest.Save(t, countVectors, name, what, fault.New(fault.Invalid, "veil.named"), c)
	}
	var tally string
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if rest, ok := strings.CutPrefix(name, "said result "); ok {
			tally = rest
		}
	}
	broken("recount-noise", "the tally opens another seed of its noise", tally+" result unheld", func(c spectest.Vector) {
		c["recount"] = c["recount"][:64] + strings.Repeat("00", 32)
	})
	refused := func(name, what, key, text string) {
		var err error
		c := spectest.Vector{key: text}
		if key == "sheet" {
			_, err = veil.ParseSheet([]byte(text))
		} else {
			_, err = veil.ParseMessage([]byte(text))
		}
		if err == nil {
			t.Fatalf("%s is taken: %s", name, text)
		}
		spectest.Save(t, countVectors, name, what, err, c)
	}
	sheet := func(old, new string) string {
		out := strings.Replace(v["sheet"], old, new, 1)
		if out == v["sheet"] {
			t.Fatal(old)
		}
		return out
	}
	refused("sheet-few", "four members", "sheet", sheet(`"AL",`, ``))
	refused("sheet-order", "members out of order", "sheet", sheet(`"AL","BG"`, `"BG","AL"`))
	refused("sheet-twice", "a member twice", "sheet", sheet(`"AL","BG"`, `"AL","AL"`))
	refused("sheet-mixers", "all members mix, and nobody is left to tally", "sheet", sheet(`"mixers":2`, `"mixers":5`))
	refused("sheet-least", "four persons would be told", "sheet", sheet(`"least":5`, `"least":4`))
	refused("sheet-batch", "a batch that is no power of two", "sheet", sheet(`"batch":8`, `"batch":9`))
	refused("sheet-until", "one moment too few", "sheet", sheet(`"until":[1790000000000000,`, `"until":[`))
	said := v["said draw AL"]
	refused("message-step", "a step that there is not", "message", strings.Replace(said, `"draw"`, `"drawn"`, 1))
	refused("message-seed", "a seed where none belongs", "message", strings.Replace(said, `"draw"`, `"join"`, 1))
	refused("message-space", "not canonical", "message", said+" ")
	commit := v["said commit AL"]
	at := strings.Index(commit, `"key":"`) + len(`"key":"`)
	refused("message-key", "a key that is no point", "message", commit[:at]+strings.Repeat("_", 42)+"8"+commit[at+43:])
	refused("message-identity", "a key that is the identity", "message", commit[:at]+strings.Repeat("A", 43)+commit[at+43:])
	refused("message-recall", "a recall that is no multiple of ten", "message", strings.Replace(commit, `"of":500`, `"of":501`, 1))
	spectest.Save(t, countVectors, "message-commit", "a commitment", nil, spectest.Vector{"message": commit})
}
