package veil

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"flag"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/spectest"
)

var updateLookup = flag.Bool("update-lookup", false, "write the vectors of spec/veil-lookup.md anew")

const lookupVectors = "../../spec/testdata/veil-lookup"

// again reads bytes of a kind and writes them again.
func again(kind string, round uint32, b []byte) ([]byte, error) {
	type appender interface{ Append(b []byte) []byte }
	var x appender
	var err error
	switch kind {
	case "query":
		var v Query
		v, err = ParseQuery(b)
		x = &v
	case "answer":
		var v Answer
		v, err = ParseAnswer(b)
		x = &v
	case "asking":
		var v Asking
		v, err = ParseAsking(b)
		x = &v
	case "opening":
		var v Opening
		v, err = ParseOpening(b)
		x = &v
	case "group":
		x, err = ParseGroup(b)
	case "share":
		x, err = ParseShare(b)
	case "deal":
		var v Deal
		r := Run{Round: round, Holders: holders}
		v, err = r.ParseDeal(b)
		x = &v
	case "part":
		var v Part
		v, err = ParsePart(b)
		x = &v
	case "reveal":
		var v Reveal
		v, err = ParseReveal(b)
		x = &v
	case "dealing":
		x, err = ParseDealing(b)
	case "mending":
		var v Mend
		v, err = ParseMend(b)
		x = &v
	case "value":
		var v Value
		v, err = ParseValue(b)
		x = &v
	case "words":
		var v Words
		v, err = ParseWords(b)
		x = &v
	case "page":
		var v Page
		v, err = ParsePage(b)
		x = &v
	case "key":
		var k Key
		if k, err = ParseKey(b); err == nil {
			return k.Bytes(), nil
		}
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	return x.Append(nil), nil
}

var kinds = []string{"query", "answer", "asking", "opening", "group", "share", "deal", "part", "reveal", "dealing", "mending", "value", "key", "words", "page"}

// samples returns one of every kind, made from the numbers that random gives.
func samples(t testing.TB, random io.Reader) map[string][]byte {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	r := Run{ID: [16]byte{1, 2, 3}, Epoch: 7, Holders: []uint8{1, 2, 4, 5, 9}}
	record := &Record{Run: r, Deals: map[uint8]Deal{}, Reveals: map[uint8]Reveal{}}
	var dealings []*Dealing
	for _, place := range r.Holders {
		d, err := NewDealing(random, r, place)
		must(err)
		dealings = append(dealings, d)
		record.Deals[place], record.Reveals[place] = d.Deal(), d.Reveal()
	}
	g, _, err := record.Conclude(nil)
	must(err)
	shares := map[uint8]*Share{}
	for _, place := range r.Holders {
		var told []Part
		for _, d := range dealings {
			told = append(told, d.Part(place))
		}
		shares[place], err = record.Share(g, place, told, nil)
		must(err)
	}
	q, a, err := Ask(random, 7, jana())
	must(err)
	answer, err := shares[9].Answer(random, &q)
	must(err)
	refresh := r
	refresh.Round = 1
	again, err := NewDealing(random, refresh, 2)
	must(err)
	m := &Mending{Group: g, Missed: 4, Helpers: []uint8{1, 2, 9}}
	var deals []Mend
	var parts []Part
	for _, h := range m.Helpers {
		d, p, err := m.Deal(random, h)
		must(err)
		deals, parts = append(deals, d), append(parts, p...)
	}
	value, _, err := m.Value(shares[2], deals, parts)
	must(err)
	signer, err := seal.ParseSignPrivate(spectest.Seed("veil-lookup signer"))
	must(err)
	keys := map[uint8]PartyKeys{2: {Sign: []seal.SignPublic{signer.Public()}}}
	board := &Board{Run: r, Pages: []Page{{Step: StepDeal}}}
	words := Words{2, []byte{4, 9}, signer.Sign(seal.DomainVeilRun, board.said(2, []byte{4, 9}))}
	page := board.Close([]Words{words}, keys)
	if len(page.Words) != 1 {
		t.Fatal("the words are not heard")
	}
	deal, reveal, part, zero, refreshed := dealings[0].Deal(), dealings[0].Reveal(), dealings[0].Part(9), again.Part(9), again.Deal()
	openings := a.Openings()
	return map[string][]byte{
		"query": q.Append(nil), "answer": answer.Append(nil), "asking": a.Append(nil), "opening": openings[0].Append(nil), "opening-filling": openings[8].Append(nil),
		"group": g.Append(nil), "share": shares[4].Append(nil), "deal": deal.Append(nil), "deal-refresh": refreshed.Append(nil), "part": part.Append(nil),
		"part-refresh": zero.Append(nil), "reveal": reveal.Append(nil), "dealing": dealings[0].Append(nil), "dealing-refresh": again.Append(nil),
		"mending": deals[1].Append(nil), "value": value.Append(nil), "key": jana()[0].Bytes(),
		"words": words.Append(nil), "page": page.Append(nil),
	}
}

func kindOf(name string) (kind string, round uint32) {
	kind, what, _ := strings.Cut(name, "-")
	if what == "refresh" {
		round = 1
	}
	return kind, round
}

// What was written is read and written again to the same bytes; what is a byte longer or shorter, of another version or another kind is not.
func TestLookupBytes(t *testing.T) {
	for name, b := range samples(t, rand.Reader) {
		kind, round := kindOf(name)
		if got, err := again(kind, round, b); err != nil || !bytes.Equal(got, b) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
		wrong := [][]byte{append(slices.Clone(b), 0), b[:len(b)-1], nil}
		if kind != "words" { // they travel on their own and in pages, and have no version
			wrong = append(wrong, append([]byte{2}, b[1:]...))
		}
		if kind != "key" && kind != "words" {
			wrong = append(wrong, append([]byte{1, 'X'}, b[2:]...))
		}
		for i, w := range wrong {
			if _, err := again(kind, round, w); fault.KindOf(err) != fault.Invalid {
				t.Errorf("%s: wrong %d is read: %v", name, i, err)
			}
		}
	}
}

// Whatever comes is refused, or is written again to the same bytes.
func FuzzLookupBytes(f *testing.F) {
	for name, b := range samples(f, rand.Reader) {
		kind, round := kindOf(name)
		f.Add(slices.Index(kinds, kind), round, b)
	}
	f.Fuzz(func(t *testing.T, n int, round uint32, b []byte) {
		kind := kinds[uint(n)%uint(len(kinds))]
		got, err := again(kind, round, b)
		if err == nil && !bytes.Equal(got, b) {
			t.Errorf("%s: %x is written again as %x", kind, b, got)
		}
		if err != nil && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", kind, err)
		}
	})
}

// The names of the parsers, so that the test of package arch finds that each is fuzzed by FuzzLookupBytes.
func FuzzParsersByThemselves(f *testing.F) {
	f.Add([]byte{wireVersion, wireQuery})
	f.Fuzz(func(_ *testing.T, b []byte) {
		_, _ = ParseQuery(b)
		_, _ = ParseAnswer(b)
		_, _ = ParseAsking(b)
		_, _ = ParseOpening(b)
		_, _ = ParseKey(b)
		_, _ = ParseGroup(b)
		_, _ = ParseShare(b)
		_, _ = (&Run{Holders: holders}).ParseDeal(b)
		_, _ = ParsePart(b)
		_, _ = ParseReveal(b)
		_, _ = ParseDealing(b)
		_, _ = ParseMend(b)
		_, _ = ParseValue(b)
		_, _ = parseDLEQ(b)
		_, _ = ParseWords(b)
		_, _ = ParsePage(b)
		_, _, _ = (&Run{Holders: holders}).parseDealt(b)
	})
}

func TestLookupVectors(t *testing.T) {
	if *updateLookup {
		writeLookupVectors(t)
	}
	outputs := 0
	spectest.Vectors(t, lookupVectors, func(t *testing.T, v spectest.Vector) error {
		if v["kind-of"] == "output" {
			outputs++
			output, tag, err := outputOf(v)
			if err == nil && (output != v["output"] || tag != v["tag"]) {
				t.Errorf("output %s, tag %s", output, tag)
			}
			return err
		}
		b, err := hex.DecodeString(v["bytes"])
		if err != nil {
			t.Fatal(err)
		}
		round, err := strconv.Atoi("0" + v["round"])
		if err != nil {
			t.Fatal(err)
		}
		got, err := again(v["kind-of"], uint32(round), b)
		if err == nil && !bytes.Equal(got, b) {
			t.Errorf("written again: %x", got)
		}
		return err
	})
	if outputs < 3 {
		t.Errorf("%d outputs", outputs)
	}
}

// outputOf computes the output and the tag that a vector asks for.
func outputOf(v spectest.Vector) (output, tag string, err error) {
	secretBytes, err := hex.DecodeString(v["secret"])
	if err != nil {
		return "", "", err
	}
	k, err := ParseScalar(secretBytes)
	if err != nil {
		return "", "", err
	}
	keyBytes, err := hex.DecodeString(v["key"])
	if err != nil {
		return "", "", err
	}
	key, err := ParseKey(keyBytes)
	if err != nil {
		return "", "", err
	}
	epoch, err := strconv.ParseUint(v["epoch"], 10, 32)
	if err != nil {
		return "", "", err
	}
	p := modeVOPRF.element(key.Bytes())
	p = p.Mul(&k)
	o := Output{key.template, finalize(key.Bytes(), &p)}
	got := o.Tag(v["member"], uint32(epoch))
	return hex.EncodeToString(o.hash[:]), hex.EncodeToString(got[:]), nil
}

func writeLookupVectors(t *testing.T) {
	drawn := newDrawn("veil-lookup")
	all := samples(t, drawn)
	put := func(name, what string, failure error, b []byte) {
		kind, round := kindOf(name)
		v := spectest.Vector{"kind-of": kind, "bytes": hex.EncodeToString(b)}
		if kind == "deal" {
			v["round"] = strconv.Itoa(int(round))
		}
		spectest.Save(t, lookupVectors, name, what, failure, v)
	}
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		put(name, "as section 5 says", nil, all[name])
	}
	refuse := func(name, what, field string, b []byte) { put(name, what, malformed(field), b) }
	q := all["query"]
	refuse("query-longer", "a byte more", "length", append(slices.Clone(q), 0))
	refuse("query-shorter", "a byte less", "length", q[:len(q)-1])
	refuse("query-version", "a later version", "version", append([]byte{2}, q[1:]...))
	refuse("query-kind", "an answer for a query", "version", all["answer"])
	refuse("query-eight", "eight elements", "elements", append(append(slices.Clone(q[:6]), 0, 8), q[8:8+8*32]...))
	refuse("query-none", "no element", "elements", append(slices.Clone(q[:6]), 0, 0))
	twice := slices.Clone(q)
	copy(twice[8:40], twice[40:72])
	refuse("query-twice", "an element twice", "elements", twice)
	identity := slices.Clone(q)
	copy(identity[8:40], make([]byte, 32))
	refuse("query-identity", "the identity", "identity", identity)
	off := slices.Clone(q)
	copy(off[8:40], bytes.Repeat([]byte{0xff}, 32))
	refuse("query-no-point", "32 bytes that are no point", "point", off)
	a := slices.Clone(all["answer"])
	copy(a[len(a)-32:], bytes.Repeat([]byte{0xff}, 32))
	refuse("answer-scalar", "a number that is not below the order", "scalar", a)
	p := slices.Clone(all["answer"])
	p[10] = 12
	refuse("answer-place", "a place that there is not", "place", p)
	g := slices.Clone(all["group"])
	g[11], g[12] = g[12], g[11]
	refuse("group-order", "places that do not rise", "places", g)
	spectest.Save(t, lookupVectors, "deal-three", "three commitments in a refresh", malformed("commitments"), spectest.Vector{
		"kind-of": "deal", "round": "1", "bytes": hex.EncodeToString(all["deal"]),
	})
	o := slices.Clone(all["opening"])
	copy(o[len(o)-32:], make([]byte, 32))
	refuse("opening-zero", "the hiding number 0", "blind", o)
	k := slices.Clone(all["key"])
	refuse("key-part", "a part less than its template has", "key", k[:len(k)-2-int(k[len(k)-5])])
	refuse("key-version", "a later version", "key", append([]byte{2}, k[1:]...))
	seed := newDrawn("veil-lookup secret")
	secret, err := NewScalar(seed)
	if err != nil {
		t.Fatal(err)
	}
	plate, _ := OfPlate("CA1234AB", "BG")
	for name, c := range map[string]struct {
		key    Key
		member string
		epoch  int
	}{"output": {jana()[0], "MK", 1}, "output-member": {jana()[0], "RS", 1}, "output-epoch": {jana()[0], "MK", 2}, "output-plate": {plate, "BG", 70000}} {
		v := spectest.Vector{"kind-of": "output", "secret": hex.EncodeToString(secret.Bytes()), "key": hex.EncodeToString(c.key.Bytes()), "member": c.member, "epoch": strconv.Itoa(c.epoch)}
		if v["output"], v["tag"], err = outputOf(v); err != nil {
			t.Fatal(err)
		}
		spectest.Save(t, lookupVectors, name, "what comes of a key", nil, v)
	}
}

// newDrawn returns numbers that everybody can draw again: SHA-512 of the name and a counter.
func newDrawn(name string) io.Reader { return &repeatable{name: name} }

type repeatable struct {
	name string
	n    uint64
	rest []byte
}

func (r *repeatable) Read(b []byte) (int, error) {
	for i := range b {
		if len(r.rest) == 0 {
			r.rest = expand(r.name, 64, []byte(strconv.FormatUint(r.n, 10)))
			r.n++
		}
		b[i], r.rest = r.rest[0], r.rest[1:]
	}
	return len(b), nil
}
