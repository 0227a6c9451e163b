package keyring

import (
	"bytes"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/spectest"
)

var update = flag.Bool("update", false, "write the vectors of grants anew")

const keyVectors = "../../spec/testdata/keys"

// example is a grant that everybody can make again.
func example(t testing.TB) (Grant, seal.SignPrivate) {
	t.Helper()
	signer, err := seal.ParseSignPrivate(spectest.Seed("grant"))
	if err != nil {
		t.Fatal(err)
	}
	return Grant{
		Form: grantForm, Member: "MK", Desk: "focal-point", User: "mira", Role: access.CaseManager, Key: "00112233445566778899aabbccddeeff",
		By: "ana", At: 1790000000000000, Signer: signer.Public(),
	}, signer
}

// written is the text of a grant, signed for a domain.
func written(t testing.TB, g Grant, by seal.SignPrivate, domain seal.Domain) string {
	t.Helper()
	msg, err := frame.Encode(g)
	if err != nil {
		t.Fatal(err)
	}
	s := SignedGrant{Grant: g}
	if !g.Signer.IsZero() {
		s.Signature = by.Sign(domain, msg)
	}
	b, err := frame.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// keeper opens a desk of which the wrap key of one generation is known.
func keeper(t testing.TB, g Grant, wrap []byte, generation int64) *DeskKeys {
	t.Helper()
	key, err := seal.ParseKey(wrap)
	if err != nil {
		t.Fatal(err)
	}
	return &DeskKeys{s: &Service{Node: g.Member}, desk: g.Desk, newest: generation, keys: map[int64]seal.Key{generation: key}}
}

// kept is the membership beside which a grant rests.
func kept(g Grant, record, proof string) desk.Membership {
	return desk.Membership{
		Desk: g.Desk, User: g.User, Role: g.Role, State: desk.Granted, GrantedBy: g.By, Since: g.At, Record: record, Proof: proof,
	}
}

// judgeGrant reads what a vector holds: a grant, and where it says so the proof beside it.
func judgeGrant(t *testing.T, v spectest.Vector) error {
	g, err := ParseGrant([]byte(v["grant"]))
	if err != nil {
		return err
	}
	var by seal.SignPrivate
	if v["seed"] != "-" {
		raw, err := hex.DecodeString(v["seed"])
		if err != nil {
			t.Fatal(err)
		}
		if by, err = seal.ParseSignPrivate(raw); err != nil {
			t.Fatal(err)
		}
	}
	if again := written(t, g, by, seal.DomainGrant); again != v["grant"] {
		t.Errorf("another form when made again: %s", again)
	}
	if v["kind"] == "grant" {
		return nil
	}
	wrap, err := hex.DecodeString(v["wrap"])
	if err != nil {
		t.Fatal(err)
	}
	generation, err := strconv.ParseInt(v["generation"], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	d := keeper(t, g, wrap, generation)
	row := kept(g, v["grant"], v["proof"])
	key, err := d.at(generation)
	if err != nil {
		t.Fatal(err)
	}
	var proof seal.Blob
	err = proof.UnmarshalText([]byte(v["proof"]))
	if err == nil {
		_, err = key.Open(d.s.proofAAD(row, generation), proof)
	}
	if who, ok := d.granted(row); ok != (err == nil) || ok && who != g.Key {
		t.Errorf("granted: %v %q, and the proof says %v", ok, who, err)
	}
	return err
}

// TestGrantVectors tries the files grant* of spec/testdata/keys, which package seal passes over.
func TestGrantVectors(t *testing.T) {
	if *update {
		writeGrants(t)
	}
	files, err := filepath.Glob(keyVectors + "/grant*")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			v, got := spectest.Read(t, f), "accept"
			if err := judgeGrant(t, v); err != nil {
				_, key, _ := fault.Public(err)
				got = "refuse " + fault.KindOf(err).String() + " " + key
			}
			if got != v["must"] || v["spec"] != "keys 1.0.0" || v["what"] == "" {
				t.Errorf("got %s, must %s", got, v["must"])
			}
			must, _, _ := strings.Cut(v["must"], " ")
			seen[v["kind"]+" "+must]++
		})
	}
	for _, k := range []string{"grant accept", "grant refuse", "grant-proof accept", "grant-proof refuse"} {
		if seen[k] == 0 {
			t.Errorf("no vector: %s", k)
		}
	}
}

func writeGrants(t *testing.T) {
	good, signer := example(t)
	seed, wrap := hex.EncodeToString(spectest.Seed("grant")), spectest.Seed("wrap 3")
	const form = "refuse invalid keyring.grant.form"
	file := func(name, kind, must, what, rest string) {
		b := "spec: keys 1.0.0\nkind: " + kind + "\nmust: " + must + "\nwhat: " + what + "\n" + rest + "\n"
		if err := os.WriteFile(filepath.Join(keyVectors, name), []byte(b), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	grant := func(name, must, what, text string) {
		by := seed
		if strings.Contains(text, foundingForm) {
			by = "-"
		}
		file(name, "grant", must, what, "seed: "+by+"\ngrant: "+text)
	}
	signed := func(change func(*Grant)) string {
		g := good
		change(&g)
		return written(t, g, signer, seal.DomainGrant)
	}
	whole := signed(func(*Grant) {})
	founding := signed(func(g *Grant) { g.Form, g.By, g.Signer = foundingForm, "", seal.SignPublic{} })
	grant("grant", "accept", "who lets a member in signs", whole)
	grant("grant-founding", "accept", "a first member, for whom nobody could sign", founding)
	grant("grant-founding-signed", form, "a first member's grant has no signature", signed(func(g *Grant) { g.Form = foundingForm }))
	grant("grant-founding-signer", form, "a first member's grant names no signer", strings.Replace(founding, `"signer":""`, `"signer":"`+public(t, signer)+`"`, 1))
	grant("grant-unsigned", form, "only a first member's grant is without a signature", strings.Replace(founding, foundingForm, grantForm, 1))
	grant("grant-form", form, "a later form", signed(func(g *Grant) { g.Form = "opentrm/grant/2" }))
	grant("grant-role", form, "another role than was signed", strings.Replace(whole, `"role":"case-manager"`, `"role":"national-coordinator"`, 1))
	grant("grant-key", form, "another key than was signed", strings.Replace(whole, `"key":"00`, `"key":"10`, 1))
	grant("grant-domain", form, "signed for another domain", written(t, good, signer, seal.DomainOverride))
	grant("grant-field", "refuse invalid frame.fields", "a name that is not in the form", strings.Replace(whole, `"form"`, `"extra":1,"form"`, 1))
	grant("grant-spelling", "refuse invalid frame.not-canonical", "a space", strings.Replace(whole, `{`, `{ `, 1))
	grant("grant-long", "refuse too-large frame.too-large", "over 4096 bytes", signed(func(g *Grant) { g.User = id.User(strings.Repeat("m", maxGrant)) }))

	prove := func(name, must, what, text string, g Grant, generation int64) {
		d := keeper(t, good, wrap, 3)
		m := kept(g, text, "")
		// The nonce is random: a proof that is still right stays as it is.
		if exists(name) {
			if m.Proof = spectest.Read(t, filepath.Join(keyVectors, name))["proof"]; !opens(d, m, generation) {
				m.Proof = ""
			}
		}
		if m.Proof == "" {
			key, _ := d.at(3)
			b, err := seal.Blob(key.Seal(d.s.proofAAD(m, generation), nil)).MarshalText()
			if err != nil {
				t.Fatal(err)
			}
			m.Proof = string(b)
		}
		file(name, "grant-proof", must, what, "seed: "+seed+"\nwrap: "+hex.EncodeToString(wrap)+"\ngeneration: 3\ngrant: "+whole+"\nproof: "+m.Proof)
	}
	other := good
	other.User = "vesna"
	prove("grant-proof", "accept", "written by a holder of wrap key 3", whole, good, 3)
	prove("grant-proof-generation", "refuse invalid seal.open", "proven under the generation before", whole, good, 2)
	prove("grant-proof-user", "refuse invalid seal.open", "the proof of another user", whole, other, 3)
	prove("grant-proof-of-another", "refuse invalid seal.open", "the proof of another grant of hers", signed(func(g *Grant) { g.Role = access.FocalPoint }), good, 3)
}

func public(t *testing.T, k seal.SignPrivate) string {
	b, err := k.Public().MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func exists(name string) bool {
	_, err := os.Stat(filepath.Join(keyVectors, name))
	return err == nil
}

func opens(d *DeskKeys, m desk.Membership, generation int64) bool {
	key, err := d.at(3)
	var proof seal.Blob
	if err == nil {
		err = proof.UnmarshalText([]byte(m.Proof))
	}
	if err == nil {
		_, err = key.Open(d.s.proofAAD(m, generation), proof)
	}
	return err == nil
}

// FuzzParseGrant: what is taken has one spelling, and is signed unless it is of a first member.
func FuzzParseGrant(f *testing.F) {
	good, signer := example(f)
	f.Add([]byte(written(f, good, signer, seal.DomainGrant)))
	good.Form, good.Signer = foundingForm, seal.SignPublic{}
	f.Add([]byte(written(f, good, signer, seal.DomainGrant)))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := ParseGrant(b)
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.TooLarge {
				t.Fatalf("%q: %v", b, err)
			}
			return
		}
		var s SignedGrant
		if err := frame.Decode(b, maxGrant, &s); err != nil {
			t.Fatalf("%q: %v", b, err)
		}
		again, err := frame.Encode(s)
		if err != nil || !bytes.Equal(again, b) || s.Grant != g {
			t.Errorf("%q was read and would be written %q, %v", b, again, err)
		}
		if s.Signature.IsZero() != (g.Form == foundingForm) {
			t.Errorf("%q is taken without a signature", b)
		}
	})
}
