package veil

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every row of the threat model in spec/veil-lookup.md names a test that is here or tries whole nodes.
func TestEverySentenceOfTheThreatModelIsShown(t *testing.T) {
	page, err := os.ReadFile("../../spec/veil-lookup.md")
	if err != nil {
		t.Fatal(err)
	}
	here := ""
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := filepath.Glob("../nodetest/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, nodes...)
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		here += string(b)
	}
	rows := regexp.MustCompile(`(?m)^\| \d+ \|.*\| (\w+) \|$`).FindAllStringSubmatch(string(page), -1)
	if len(rows) < 16 {
		t.Fatalf("%d sentences", len(rows))
	}
	for _, r := range rows {
		if !strings.Contains(here, "\nfunc "+r[1]+"(t *testing.T)") {
			t.Errorf("no test is called %s", r[1])
		}
	}
}

// Every test that spec/veil-count.md names is there, in this package or where nodes are tried, and every row of its threat model names one.
func TestEverySentenceOfTheThreatModelOfCountsIsShown(t *testing.T) {
	page, err := os.ReadFile("../../spec/veil-count.md")
	if err != nil {
		t.Fatal(err)
	}
	there := ""
	for _, dir := range []string{".", "../nodetest"} {
		files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			there += string(b)
		}
	}
	_, part, _ := strings.Cut(string(page), "## 1. ")
	part, _, _ = strings.Cut(part, "## 2. ")
	sentences := regexp.MustCompile(`(?m)^\| [^w|].*\|$|^\| whoever.*\|$|^- \*(?:.|\n[^-\n])*`).FindAllString(part, -1)
	rows := len(sentences)
	for _, s := range sentences {
		if !strings.Contains(s, "`Test") {
			t.Errorf("no test is named in: %.100s", s)
		}
	}
	named := regexp.MustCompile("`(Test[A-Za-z]+)`").FindAllStringSubmatch(string(page), -1)
	if rows < 15 || len(named) < 18 {
		t.Fatalf("%d sentences name %d tests", rows, len(named))
	}
	for _, r := range named {
		if !strings.Contains(there, "\nfunc "+r[1]+"(t *testing.T)") {
			t.Errorf("no test is called %s", r[1])
		}
	}
}

// suspects are persons that an attacker tries out; the first is in every database.
func suspects() [][]Key {
	all := [][]Key{jana()}
	for _, p := range []Person{
		{Given: "Elira", Family: "Hoxha", Birth: Birth{Year: 2003, Month: 1, Day: 2}, Nationality: "AL"},
		{Given: "Ιωάννα", Family: "Παπά", Birth: Birth{Year: 1998}, Nationality: "GR"},
	} {
		all = append(all, OfPerson(p))
	}
	return all
}

// database returns the tags of a member that knows the first of the suspects.
func database(t *testing.T, w *world, member string) map[Tag]bool {
	t.Helper()
	outputs, _, err := asked(t, w, jana(), 1, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	tags := map[Tag]bool{}
	for _, o := range outputs {
		tags[o.Tag(member, 1)] = true
	}
	return tags
}

// tried counts how many keys of suspects a member's tags give away to somebody who takes k for the secret.
func tried(k *Scalar, member string, tags map[Tag]bool) int {
	n := 0
	for _, keys := range suspects() {
		for _, key := range keys {
			p := modeVOPRF.element(key.Bytes())
			p = p.Mul(k)
			o := Output{key.template, finalize(key.Bytes(), &p)}
			if tags[o.Tag(member, 1)] {
				n++
			}
		}
	}
	return n
}

// guesses returns what two shares can be made into: every way of putting them together, each alone, and with a third that is made up.
func guesses(w *world, a, b uint8) []Scalar {
	sa, sb, zero, one := w.shares[a].secret, w.shares[b].secret, Scalar{}, ScalarOf(1)
	out := []Scalar{sa, sb, sa.Add(&sb), sa.Mul(&sb), zero, one}
	two := lagrange([]int{int(a), int(b)}, 0)
	x, y := two[0].Mul(&sa), two[1].Mul(&sb)
	out = append(out, x.Add(&y))
	for place := uint8(1); place <= MostHolders; place++ {
		if place == a || place == b {
			continue
		}
		for _, third := range []Scalar{zero, one, sa, sb, sa.Add(&sb), sa.Sub(&sb)} {
			out = append(out, secret(map[uint8]*Share{a: w.shares[a], b: w.shares[b], place: {secret: third}}, int(a), int(b), int(place)))
		}
	}
	return out
}

func TestTwoHoldersCannotTestAName(t *testing.T) {
	w := newWorld(t)
	tags := database(t, w, "MK")
	k := secret(w.shares, 1, 2, 3)
	if n := tried(&k, "MK", tags); n != len(jana()) {
		t.Fatalf("three holders find %d keys: the attack that must fail with two does not work with three", n)
	}
	for _, pair := range [][2]uint8{{1, 2}, {3, 7}} {
		for i, guess := range guesses(w, pair[0], pair[1]) {
			if tried(&guess, "MK", tags) > 0 {
				t.Errorf("holders %v test a name by guess %d", pair, i)
			}
		}
		// Whatever the secret were, there is a third share with which both shares would be right: the two say nothing of it.
		for range 5 {
			other, err := NewScalar(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			p := interpolated([]int{0, int(pair[0]), int(pair[1])}, []Scalar{other, w.shares[pair[0]].secret, w.shares[pair[1]].secret})
			for _, place := range pair {
				if at := p.at(uint64(place)); !at.Equal(&w.shares[place].secret) {
					t.Error("two shares do not fit every secret")
				}
			}
		}
	}
	// And an asker who has two holders' answers cannot finish.
	if _, _, err := asked(t, w, jana(), 3, 7); err == nil {
		t.Error("two answers were enough")
	}
}

func TestAStolenDatabaseTestsNoName(t *testing.T) {
	w := newWorld(t)
	tags := database(t, w, "MK")
	for _, guess := range append(guesses(w, 4, 4), w.shares[4].secret) {
		if tried(&guess, "MK", tags) > 0 {
			t.Error("the database of a member and its own share test a name")
		}
	}
	// What rests has no part of what it was made from, and no form by which a tag could be told from a random one.
	for tag := range tags {
		for _, key := range jana() {
			if bytes.Contains(key.Bytes(), tag[:4]) {
				t.Errorf("the tag %x reads on in a key", tag)
			}
		}
	}
	k := secret(w.shares, 2, 4, 6)
	if tried(&k, "MK", tags) != len(jana()) {
		t.Error("three robbed holders test nothing: the attack does not work at all")
	}
}

// For points whose logarithms the test knows: one element is of every one of them, each under another hiding number, and all numbers are
// equally likely. So an element says nothing, to however strong a holder.
func TestAnElementIsOfEveryKey(t *testing.T) {
	a, b, r := ScalarOf(3), ScalarOf(77), ScalarOf(0)
	for r.IsZero() {
		var err error
		if r, err = NewScalar(rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	p, q := MulBase(&a), MulBase(&b)
	element := p.Mul(&r)
	inverse := b.Invert()
	other := r.Mul(&a)
	other = other.Mul(&inverse)
	if again := q.Mul(&other); !again.Equal(&element) {
		t.Error("an element is of one key only")
	}
	// Asked twice, or with the same key twice, no element repeats: a holder cannot even tell that it is the same person.
	seen := map[string]bool{}
	for range 3 {
		query, _, err := Ask(rand.Reader, 1, jana(), jana())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range query.Elements {
			if seen[string(e.Bytes())] {
				t.Error("an element was seen before")
			}
			seen[string(e.Bytes())] = true
		}
	}
}

func TestTagsOfTwoMembersCannotBeJoined(t *testing.T) {
	w := newWorld(t)
	here, there := database(t, w, "MK"), database(t, w, "RS")
	if again := database(t, w, "MK"); fmt.Sprint(again) != fmt.Sprint(here) {
		t.Fatal("a member does not find its own tags again")
	}
	for tag := range here {
		if there[tag] {
			t.Error("two members have a tag in common")
		}
	}
	// A member or an epoch that is the beginning of another is another all the same.
	o := Output{template: "ab"}
	seen := map[Tag]bool{}
	for _, tag := range []Tag{o.Tag("MK", 1), (&Output{template: "Kab"}).Tag("M", 1), o.Tag("M", 1), o.Tag("MKa", 1), o.Tag("MK", 2), o.Tag("MK", 256), (&Output{template: "a"}).Tag("MKb", 1)} {
		if seen[tag] {
			t.Error("two uses have a tag in common")
		}
		seen[tag] = true
	}
}

func TestWhatTravelsHasOneSize(t *testing.T) {
	w := newWorld(t)
	sizes := map[string]bool{}
	for _, keys := range [][]Key{jana(), nil, {mustKey(OfPhone("+38970123456", ""))}, OfPerson(Person{Given: strings.Repeat("Maria ", 30), Family: "X"})} {
		q, _, err := Ask(rand.Reader, 1, keys)
		if err != nil {
			t.Fatal(err)
		}
		a, err := w.shares[1].Answer(rand.Reader, &q)
		if err != nil {
			t.Fatal(err)
		}
		sizes[fmt.Sprint(len(q.Append(nil)), len(a.Append(nil)))] = true
	}
	if len(sizes) != 1 {
		t.Errorf("queries and answers of %v bytes", sizes)
	}
}

func TestAQueryOpensAsWhatItWas(t *testing.T) {
	q, a, err := Ask(rand.Reader, 1, jana())
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range a.Openings() {
		kept, err := ParseOpening(o.Append(nil))
		if err != nil || !kept.Opens(&q.Elements[i]) {
			t.Fatalf("element %d does not open: %v", i, err)
		}
		if i < len(jana()) && (len(kept.Read()) < 3 || kept.Key != jana()[i]) {
			t.Errorf("element %d opens as %q", i, kept.Read())
		}
		if kept.Opens(&q.Elements[(i+1)%PersonKeys]) {
			t.Error("an opening opens another element")
		}
		for _, keys := range suspects()[1:] {
			for _, k := range keys {
				if other := (Opening{k, kept.Blind}); other.Opens(&q.Elements[i]) {
					t.Error("an element opens as another key")
				}
			}
		}
		zero := Identity()
		if none := (Opening{kept.Key, Scalar{}}); none.Opens(&zero) {
			t.Error("the hiding number 0 opens something")
		}
	}
}

func TestFillingIsNoName(t *testing.T) {
	q, a, err := Ask(rand.Reader, 1, jana())
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range a.Openings() {
		if o.Padding() != (i >= len(jana())) {
			t.Errorf("element %d is filling: %v", i, o.Padding())
		}
		if !o.Padding() {
			// The same key, said to be of the template of fillings, opens nothing.
			passed := Opening{keyOf(padding, string(o.Key.Bytes())), o.Blind}
			if passed.Opens(&q.Elements[i]) {
				t.Error("a name passes as filling")
			}
		}
	}
	for _, template := range append(PersonTemplates(), ThingTemplates()...) {
		if template == padding {
			t.Error("a record can have a key of the template of fillings")
		}
	}
}

// Arithmetic that takes its time by what it is given is called for what travels alone. The group below it takes the same time for all values
// (RFC 9496 by the library of docs/adr/0048-a-group-from-a-library.md); what stands above it must not choose by a secret.
func TestNothingSecretDecidesHowLong(t *testing.T) {
	public := map[string]string{
		"committedAt": "commitments and places, which all know",
		"prove":       "weights and elements, which travel",
		"verifies":    "what travels",
		"Holds":       "commitments and a place",
		"Finish":      "answers, which travel, and places",
	}
	for _, name := range []string{"oprf.go", "polynomial.go", "holder.go", "tag.go", "opening.go", "deal.go", "board.go", "mend.go", "lookupwire.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if x, ok := n.(*ast.Ident); ok && strings.HasSuffix(x.Name, "Public") && x.Name != "SignPublic" && x.Name != "KEMPublic" && public[f.Name.Name] == "" {
					t.Errorf("%s: %s calls %s", name, f.Name.Name, x.Name)
				}
				return true
			})
		}
	}
	// Of keys of one length, whatever they are, the same is computed: one number is drawn for each, and none is drawn again.
	counts := map[int]bool{}
	for _, plate := range []string{"CA1234AB", "ZZ9999ZZ", "AA0000AA"} {
		c := &counting{}
		if _, _, err := Ask(c, 1, slices.Repeat([]Key{mustKey(OfPlate(plate, "BG"))}, PersonKeys)); err != nil {
			t.Fatal(err)
		}
		counts[c.n] = true
	}
	if len(counts) != 1 {
		t.Errorf("drawn: %v", counts)
	}
}

type counting struct{ n int }

func (c *counting) Read(b []byte) (int, error) {
	c.n += len(b)
	return rand.Read(b)
}
