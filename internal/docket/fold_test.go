package docket

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

const (
	boardID = id.Thread("zyxwvtsrqpnmkjhgfedcba9870")
	itemID  = id.Thread("0123456789abcdefghjkmnpqr0")
	aDigest = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
)

// writer is one desk with what it has got of a board.
type writer struct {
	desk string
	has  []Kept
}

func kept(t testing.TB, e Entry) Kept {
	t.Helper()
	if err := e.Check(); err != nil {
		t.Fatalf("%+v: %v", e, err)
	}
	d, err := e.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return Kept{e, d}
}

// write writes an entry after what the desk has got.
func (w *writer) write(t testing.TB, sort string, item id.Thread, values map[string]string) Kept {
	t.Helper()
	b := Fold(w.has)
	k := kept(t, Entry{
		Schema: entryTag, Board: boardID, Author: w.desk, At: frame.Earliest, After: append([]string{}, b.Heads...), Level: b.Level + 1, Item: item, Sort: sort,
		Void: values == nil, Values: maps.Clone(orNone(values)),
	})
	w.has = append(w.has, k)
	return k
}

func orNone(v map[string]string) map[string]string {
	if v == nil {
		return map[string]string{}
	}
	return v
}

func named(n int) id.Thread { return id.Thread(fmt.Sprintf("%05d6789abcdefghjkmnpqrs0", n)) }

func deskIn(desk, state string) map[string]string {
	return map[string]string{"desk": desk, "office": "DEMO Office", "state": state}
}

func hearing(day, state string) map[string]string {
	return map[string]string{"day": day, "country": "MK", "state": state, "witness": "W-1", "measures": "screens video-link"}
}

// opened is a board with three desks on it, each of which has everything.
func opened(t testing.TB) []*writer {
	t.Helper()
	ro := &writer{desk: "RO/prosecution"}
	ro.write(t, "board", boardID, map[string]string{"label": "DEMO", "state": "open"})
	for i, d := range []string{"RO/prosecution", "BG/prosecution", "MD/prosecution"} {
		ro.write(t, "desk", named(i), deskIn(d, "in"))
	}
	return []*writer{ro, {"BG/prosecution", slices.Clone(ro.has)}, {"MD/prosecution", slices.Clone(ro.has)}}
}

// TestEveryDeskSaysTheSame: three desks write at once, with lines that are slow and double and turn things round. Once each has got what the others wrote, all say the
// same, word for word, and each can name the same latest entries.
func TestEveryDeskSaysTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		all := opened(t)
		done := 0
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			w := all[rapid.IntRange(0, 2).Draw(rt, "desk")]
			switch rapid.IntRange(0, 7).Draw(rt, "what") {
			case 0, 1: // an entry about one of few items, so that they cross
				w.write(t, "hearing", named(10+rapid.IntRange(0, 2).Draw(rt, "item")), hearing("2026-12-24", rapid.SampledFrom([]string{"planned", "held", "cancelled"}).Draw(rt, "state")))
			case 2:
				w.write(t, "evidence", named(20+rapid.IntRange(0, 1).Draw(rt, "item")), map[string]string{"digest": aDigest, "what": "document", "country": "RO", "held": "DEMO " + fmt.Sprint(done)})
			case 3:
				w.write(t, "hearing", named(10+rapid.IntRange(0, 2).Draw(rt, "item")), nil)
			case 4:
				all[0].write(t, "desk", named(1), deskIn("BG/prosecution", rapid.SampledFrom([]string{"in", "left"}).Draw(rt, "state")))
			default: // something arrives, some of it twice, in any order
				from := all[rapid.IntRange(0, 2).Draw(rt, "from")]
				for range rapid.IntRange(1, 4).Draw(rt, "many") {
					w.has = append(w.has, from.has[rapid.IntRange(0, len(from.has)-1).Draw(rt, "which")])
				}
			}
			done++
		}
		var whole []Kept
		for _, w := range all {
			whole = append(whole, w.has...)
		}
		want := Fold(whole)
		for range 3 {
			if got := Fold(rapid.Permutation(whole).Draw(rt, "order")); !reflect.DeepEqual(got, want) {
				rt.Fatalf("%+v\n%+v", got, want)
			}
		}
		if len(want.Missing) != 0 {
			rt.Fatalf("of the whole there is missing %v", want.Missing)
		}
		for _, i := range want.Items { // every entry is shown once: in the history of its item, or as one that counts for nothing
			for _, k := range i.History {
				if i.Sort != "desk" && k.Item != i.ID {
					rt.Fatalf("%s stands at %s", k.Item, i.ID)
				}
			}
		}
		n := len(want.Idle)
		for _, i := range want.Items {
			n += len(i.History)
		}
		if n != len(ordered(whole)) {
			rt.Fatalf("%d of %d entries are shown", n, len(ordered(whole)))
		}
	})
}

// TestWhatCounts: who may say what, and what two desks that had not seen each other make of one item.
func TestWhatCounts(t *testing.T) {
	all := opened(t)
	ro, bg, md := all[0], all[1], all[2]
	h := named(30)
	first := bg.write(t, "hearing", h, hearing("2026-12-24", "planned"))
	give := func(to *writer, k ...Kept) { to.has = append(to.has, k...) }
	give(ro, first)
	give(md, first)

	// Two change it at once: one stands, the same everywhere, and it is said that there were two.
	a, b := ro.write(t, "hearing", h, hearing("2026-12-25", "planned")), md.write(t, "hearing", h, hearing("2026-12-26", "planned"))
	give(ro, b)
	give(md, a)
	for _, w := range []*writer{ro, md} {
		i, ok := Fold(w.has).Item(h)
		if !ok || !i.Both || i.Now != max(a.Digest, b.Digest) || len(i.History) != 3 {
			t.Errorf("%s: %+v", w.desk, i)
		}
	}
	blind := &writer{"RO/prosecution", append(slices.Clone(all[0].has[:5]), map[bool]Kept{true: a, false: b}[a.Digest > b.Digest])}
	half := blind.write(t, "hearing", h, hearing("2026-12-28", "planned"))
	if i, _ := Fold(append(slices.Clone(ro.has), half)).Item(h); !i.Both || i.Now != half.Digest {
		t.Errorf("who has seen one of the two settles it: %+v", i)
	}
	c := ro.write(t, "hearing", h, hearing("2026-12-27", "planned"))
	if i, _ := Fold(ro.has).Item(h); i.Both || i.Values["day"] != "2026-12-27" {
		t.Errorf("who has seen both settles it: %+v", i)
	}
	give(bg, a, b, c)

	// Only who entered a thing takes it back; evidence and where it went is never changed.
	if k := md.write(t, "hearing", h, nil); !slices.ContainsFunc(Fold(md.has).Idle, func(x Kept) bool { return x.Digest == k.Digest }) {
		t.Error("another desk took it back")
	}
	e := named(31)
	bg.write(t, "evidence", e, map[string]string{"digest": aDigest, "what": "carrier", "country": "BG", "held": "DEMO store"})
	bg.write(t, "evidence", e, map[string]string{"digest": strings.Repeat("ff", 32), "what": "carrier", "country": "BG", "held": "DEMO store"})
	if i, _ := Fold(bg.has).Item(e); i.Values["digest"] != aDigest || len(i.History) != 1 {
		t.Errorf("evidence was changed: %+v", i)
	}
	bg.write(t, "evidence", e, nil)
	if i, _ := Fold(bg.has).Item(e); !i.Void || len(Fold(bg.has).Of("evidence")) != 0 {
		t.Errorf("who entered it cannot take it back: %+v", i)
	}

	// Only who opened the board lets others on it and closes it.
	rs := &writer{"RS/prosecution", slices.Clone(bg.has)}
	for name, k := range map[string]Kept{
		"a desk lets another on":   bg.write(t, "desk", named(32), deskIn("RS/prosecution", "in")),
		"a desk closes the board":  bg.write(t, "board", boardID, map[string]string{"label": "DEMO", "state": "closed"}),
		"a stranger writes":        rs.write(t, "hearing", named(33), hearing("2026-12-24", "planned")),
		"a stranger lets herself":  rs.write(t, "desk", named(34), deskIn("RS/prosecution", "in")),
		"a level that is too high": kept(t, Entry{Schema: entryTag, Board: boardID, Author: "BG/prosecution", At: frame.Earliest, After: []string{first.Digest}, Level: 99, Item: h, Sort: "hearing", Values: hearing("2027-01-01", "planned")}),
	} {
		f := Fold(append(slices.Clone(bg.has), k))
		if !slices.ContainsFunc(f.Idle, func(x Kept) bool { return x.Digest == k.Digest }) {
			t.Errorf("%s: it counts", name)
		}
		if f.Level > 50 {
			t.Errorf("%s: the board goes on from level %d", name, f.Level)
		}
	}

	// What a desk wrote before it was sent away stands; what it writes afterwards does not, however it says when.
	before := bg.write(t, "hearing", named(35), hearing("2026-12-24", "planned"))
	give(ro, bg.has...)
	ro.write(t, "desk", named(36), deskIn("BG/prosecution", "left"))
	after := bg.write(t, "hearing", named(37), hearing("2026-12-24", "planned"))
	f := Fold(append(slices.Clone(ro.has), after))
	if _, ok := f.Item(before.Item); !ok {
		t.Error("what it wrote before is gone")
	}
	if _, ok := f.Item(after.Item); ok || slices.Contains(f.Desks(), "BG/prosecution") {
		t.Error("a desk that was sent away writes on")
	}

	// What is missing is named, and nobody goes on from it.
	f = Fold(ro.has[:1])
	part := append(slices.Clone(ro.has[:4]), c)
	if g := Fold(part); len(g.Missing) == 0 || slices.Contains(g.Heads, c.Digest) || len(f.Missing) != 0 {
		t.Errorf("missing %v, latest %v", g.Missing, g.Heads)
	}
}

// TestNoEntryHasRoomForAFile: no part of any sort takes more than one short line, and a person is a mark that names nobody.
func TestNoEntryHasRoomForAFile(t *testing.T) {
	long := strings.Repeat("a", maxLine+1)
	if len(Sorts()) != len(shaped()) {
		t.Fatalf("%d sorts, %d shapes", len(Sorts()), len(shaped()))
	}
	lines := 0
	for _, sort := range Sorts() {
		s, ok := ShapeOf(sort)
		if !ok || len(s.Parts) == 0 {
			t.Fatalf("%s has no shape", sort)
		}
		for _, p := range s.Parts {
			if p.fits(long) || p.fits("a\nb") || p.fits("") && p.Is != "line" {
				t.Errorf("%s.%s takes a text", sort, p.Name)
			}
			if p.Is == "line" {
				lines++
			}
			if p.Name == "witness" && (p.Is != "mark" || p.fits("Ana") || p.fits("W-Ana") || p.fits("ANA") || !p.fits("W-1") || !p.fits("VIC-0012")) {
				t.Errorf("%s.%s takes a name", sort, p.Name)
			}
			if strings.Contains(p.Name, "name") || strings.Contains(p.Name, "note") || strings.Contains(p.Name, "text") {
				t.Errorf("%s has a part %s", sort, p.Name)
			}
		}
	}
	if lines > 14 { // label, office, contact, references, courts, sources, places of evidence: whoever adds one thinks of what will be typed there
		t.Errorf("%d lines of free text", lines)
	}
}
