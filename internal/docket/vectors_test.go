package docket

import (
	"bytes"
	"encoding/json"
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/spectest"
)

var update = flag.Bool("update", false, "write the vectors anew")

const vectors = "../../spec/testdata/docket"

// again reads one form of a vector or of what was fuzzed, and writes it again.
func again(kind string, b []byte) ([]byte, error) {
	if kind == "body" {
		v, err := parseBody(envelope.Control{Body: json.RawMessage(b)})
		if err != nil {
			return nil, err
		}
		return frame.Encode(v)
	}
	v, err := ParseEntry(b)
	if err != nil {
		return nil, err
	}
	return frame.Encode(v)
}

func encoded(t testing.TB, v any) []byte {
	t.Helper()
	b, err := frame.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// samples are an entry of each sort with every part, and one that was entered in error.
func samples() map[string]Entry {
	all := map[string]Entry{}
	for _, sort := range Sorts() {
		s, _ := ShapeOf(sort)
		e := Entry{Schema: entryTag, Board: boardID, Author: "RO/prosecution", At: frame.Earliest, After: []string{aDigest}, Level: 2, Item: itemID, Sort: sort, Values: map[string]string{}}
		if sort == "board" {
			e.Item, e.Level, e.After = boardID, 1, []string{}
		}
		for _, p := range s.Parts {
			e.Values[p.Name] = map[string]string{
				"line": "DEMO 12/2026", "mark": "W-1", "day": "2026-12-24", "time": "10:30", "country": "RO", "digest": aDigest, "desk": "BG/prosecution", "item": string(itemID),
				"tags": "bg ro",
			}[p.Is]
			if len(p.Of) > 0 {
				e.Values[p.Name] = p.Of[0]
			}
			if p.Is == "codes" {
				two := slices.Sorted(slices.Values(p.Of[:2]))
				e.Values[p.Name] = strings.Join(two, " ")
			}
		}
		all[sort] = e
	}
	void := all["hearing"]
	void.Void, void.Values = true, map[string]string{}
	all["void"] = void
	return all
}

func bodies(t testing.TB) map[string]body {
	t.Helper()
	all := map[string]body{}
	for name, e := range samples() {
		d, err := e.Digest()
		if err != nil {
			t.Fatal(err)
		}
		all[name] = bodyOf(e, d)
	}
	return all
}

func TestDocketVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	spectest.Vectors(t, vectors, func(t *testing.T, v spectest.Vector) error {
		for _, kind := range []string{"body", "entry"} {
			text, ok := v[kind]
			if !ok {
				continue
			}
			b, err := again(kind, []byte(text))
			if err == nil && string(b) != text {
				t.Fatalf("another form when written again: %s", b)
			}
			return err
		}
		t.Fatal("nothing to read")
		return nil
	})
}

func writeVectors(t *testing.T) {
	put := func(kind, name, what string, failure error, good any, change func(map[string]any)) {
		b := encoded(t, good)
		if change != nil {
			var m map[string]any
			if err := json.Unmarshal(b, &m); err != nil {
				t.Fatal(err)
			}
			change(m)
			b = encoded(t, m)
		}
		spectest.Save(t, vectors, kind+"-"+name, what, failure, spectest.Vector{kind: string(b)})
	}
	field, fields, control := fault.New(fault.Invalid, "docket.field"), fault.New(fault.Invalid, "frame.fields"), fault.New(fault.Invalid, "exchange.body.field")
	said := func(m map[string]any) map[string]any { return m["values"].(map[string]any) }
	all := samples()
	for name, e := range all {
		put("entry", name, "an entry with every part", nil, e, nil)
	}
	put("entry", "name", "a witness who is named", field, all["travel"], func(m map[string]any) { said(m)["witness"] = "Ana" })
	put("entry", "story", "a line that is too long", field, all["hearing"], func(m map[string]any) { said(m)["court"] = strings.Repeat("a", 121) })
	put("entry", "unsorted", "measures in another order", field, all["hearing"], func(m map[string]any) { said(m)["measures"] = "video-link screens" })
	put("entry", "part", "a part that the sort does not have", field, all["claim"], func(m map[string]any) { said(m)["note"] = "DEMO" })
	put("entry", "needed", "a deadline without a source", field, all["deadline"], func(m map[string]any) { delete(said(m), "source") })
	put("entry", "void-values", "an entry in error that says something", field, all["hearing"], func(m map[string]any) { m["void"] = true })
	put("entry", "level", "one that stands first and is not the first", field, all["hearing"], func(m map[string]any) { m["level"] = 1 })
	put("entry", "twice", "one that names another twice", field, all["hearing"], func(m map[string]any) { m["after"] = []string{aDigest, aDigest} })
	put("entry", "unknown-field", "a name that is not in the schema", fields, all["hearing"], func(m map[string]any) { m["case"] = "" })
	controls := bodies(t)
	for _, name := range []string{"board", "desk", "hearing", "void"} {
		put("body", name, "of one that is to be taken", nil, controls[name], nil)
	}
	put("body", "day", "a day of what nobody is reminded of", control, controls["evidence"], func(m map[string]any) { m["day"] = "2026-12-24" })
	put("body", "calendar", "no day", control, controls["hearing"], func(m map[string]any) { m["day"] = "2026-02-30" })
	put("body", "nobody", "a desk that is not said", control, controls["desk"], func(m map[string]any) { m["desk"] = "" })
	put("body", "sort", "another sort", control, controls["hearing"], func(m map[string]any) { m["sort"] = "arrest" })
	put("body", "unnamed", "one without its level", fields, controls["hearing"], func(m map[string]any) { delete(m, "level") })
}

// TestShapesAreThoseOfTheSpecification compares the schemas that spec/docket.md publishes with what is read here.
func TestShapesAreThoseOfTheSpecification(t *testing.T) {
	var texts [][]byte
	for _, b := range bodies(t) {
		texts = append(texts, encoded(t, b))
	}
	spectest.Compare(t, spectest.Form{
		Schema: "body-docket", Texts: texts, Read: func(b []byte) error { _, err := again("body", b); return err },
		Beyond: []spectest.Rule{
			{Page: "docket.md", Says: "`item` of the sort `board` MUST be `board`, and of no other", Broken: func(v spectest.Value) bool {
				return (v.At("sort").Text() == "board") != (v.At("item").Text() == v.At("board").Text())
			}},
		},
	})
	entry := spectest.Compiled(t, "docket-entry")
	for name, e := range samples() {
		if err := spectest.Fits(entry, encoded(t, e)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for p := range e.Values { // what the schema does not know of is not read either, and the other way round
			for _, v := range []string{"", "Ana Anić", strings.Repeat("x", 121)} {
				x := e
				x.Values = map[string]string{}
				for n, was := range e.Values {
					x.Values[n] = was
				}
				x.Values[p] = v
				b := encoded(t, x)
				_, err := ParseEntry(b)
				if refused := spectest.Fits(entry, b) != nil; refused != (err != nil) {
					t.Errorf("%s.%s %q: the schema refuses it: %t, the program: %v", name, p, v, refused, err)
				}
			}
		}
	}
}

// What is read is what would be written again, byte by byte.
func fuzz(f *testing.F, kind string, good ...[]byte) {
	for _, b := range good {
		f.Add(b)
		f.Add(b[:len(b)/2])
		f.Add(bytes.ReplaceAll(b, []byte("DEMO"), []byte("\\u0000")))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		out, err := again(kind, b)
		if err == nil && !bytes.Equal(out, b) {
			t.Errorf("%q was read and would be written %q", b, out)
		}
	})
}

func FuzzEntry(f *testing.F) {
	var all [][]byte
	for _, e := range samples() {
		all = append(all, encoded(f, e))
	}
	fuzz(f, "entry", all...)
}

func FuzzBody(f *testing.F) { fuzz(f, "body", encoded(f, bodies(f)["hearing"])) }
