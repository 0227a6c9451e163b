package search

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

func named(c id.Case, born person.Birth, document string, names ...string) Record {
	p := person.Person{Birth: person.Say(born)}
	for _, n := range names {
		p.Names = append(p.Names, person.Name{Parts: []person.NamePart{{Kind: person.WholeName, Text: n}}})
	}
	if document != "" {
		p.Documents = person.Say([]person.Document{{Number: document}})
	}
	return RecordOf(fold.Newest(), c, p)
}

func anyRecord(t *rapid.T, c id.Case) Record {
	word := rapid.StringMatching(`[a-zшжđ]{1,12}`)
	names := rapid.SliceOfN(rapid.SliceOfN(word, 1, 4), 0, 4).Draw(t, "names")
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = strings.Join(n, " ")
	}
	born := person.Birth{Year: rapid.IntRange(1900, 2100).Draw(t, "year"), Month: rapid.IntRange(0, 12).Draw(t, "month")}
	return named(c, born, rapid.StringMatching(`[A-Z]{0,2}[0-9]{0,8}`).Draw(t, "document"), texts...)
}

func TestRecordsComeBackFromASegment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 20).Draw(t, "n")
		var all [][]byte
		want := map[id.Case]Record{}
		for i := range n {
			r := anyRecord(t, id.Case(fmt.Sprintf("case-%d", i)))
			b := r.Encode()
			if back, err := ParseRecord(b); err != nil || cmp.Diff(r, back) != "" || len(b)%step != 0 {
				t.Fatalf("%+v came back as %+v, %v", r, back, err)
			}
			all = append(all, b)
			want[r.Case] = r
		}
		body, masks, err := Pack(all, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n { // some are erased
			if !rapid.Bool().Draw(t, "erased") {
				continue
			}
			gone := id.Case(fmt.Sprintf("case-%d", i))
			delete(want, gone)
			var left int
			var found bool
			if masks, left, found, err = Blank(masks, gone); err != nil || !found || left != len(want) {
				t.Fatalf("erasing %s: %d left of %d, found %v, %v", gone, left, len(want), found, err)
			}
			if again, _, found, err := Blank(masks, gone); err != nil || found || !bytes.Equal(again, masks) {
				t.Fatalf("erasing twice: found %v, %v", found, err)
			}
		}
		got := map[id.Case]Record{}
		if err := Unpack(body, masks, func(b []byte) error {
			r, err := ParseRecord(b)
			got[r.Case] = r
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("(-packed +unpacked)\n%s", d)
		}
	})
}

// What is erased lies in neither part, for whoever holds the key as well: the masked record with the mask taken away is
// what chance gave.
func TestErasedRecordsAreInNeitherPart(t *testing.T) {
	planted := named("case-1", person.Birth{Year: 1999}, "PLANTED77", "Plantedname Plantedsurname").Encode()
	body, masks, err := Pack([][]byte{planted, named("case-2", person.Birth{}, "", "Other One").Encode()}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(body, []byte("plantedname")) || bytes.Contains(masks, []byte("plantedname")) {
		t.Fatal("one part alone tells the name")
	}
	mask := bytes.Index(masks, []byte("case-1")) + len("case-1") + 4
	was := bytes.Clone(masks[mask : mask+len(planted)])
	masks, _, _, err = Blank(masks, "case-1")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(masks, was[:16]) || bytes.Contains(masks, []byte("case-1")) {
		t.Error("the mask or whose it was is still there")
	}
}

func TestSegmentsOfOthersAreRefused(t *testing.T) {
	pack := func(n int) (body, masks []byte) {
		body, masks, err := Pack([][]byte{named(id.Case(fmt.Sprint("case-", n)), person.Birth{}, "", "Ana Demo").Encode()}, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return body, masks
	}
	body, masks := pack(1)
	_, other := pack(1)
	flipped := bytes.Clone(masks)
	flipped[len(flipped)-20] ^= 1
	for name, m := range map[string][]byte{"masks of another": other, "one bit": flipped, "cut": masks[:len(masks)-1], "more": append(bytes.Clone(masks), 0), "none": nil} {
		if err := Unpack(body, m, func([]byte) error { return nil }); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := Pack([][]byte{[]byte("no record")}, rand.Reader); !fault.Is(err, fault.Internal) {
		t.Errorf("what is no record was packed: %v", err)
	}
}

// spec/search.md 2 and 3: what is beyond the limits of a record is not in it, a segment has at most 4096 records, and a length that is no multiple
// of 32 bytes is refused.
func TestLimitsOfRecordsAndSegments(t *testing.T) {
	long := strings.Repeat("a b", maxWord)
	names := []string{"Demona " + strings.ReplaceAll(long, " ", "c"), ""}
	for i := range maxWords + 5 {
		names[1] += fmt.Sprintf("w%02d ", i)
	}
	for i := range maxNames + 5 {
		names = append(names, fmt.Sprintf("Demona N%02d", i), fmt.Sprintf("N%02d Demona", i))
	}
	r := named("case-1", person.Birth{}, "", names...)
	if len(r.Names) != maxNames || len(r.Names[0]) != 1 || len(r.Names[1]) != maxWords {
		t.Errorf("%d names, %d and %d words", len(r.Names), len(r.Names[0]), len(r.Names[1]))
	}
	b := r.Encode()
	if back, err := ParseRecord(b); err != nil || cmp.Diff(r, back) != "" || len(b)%32 != 0 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	many := make([][]byte, MaxSegment+1)
	for i := range many {
		many[i] = b
	}
	if _, _, err := Pack(many, rand.Reader); MaxSegment != 4096 || !fault.Is(err, fault.Internal) {
		t.Errorf("%d records in a segment: %v", len(many), err)
	}
	body, masks, err := Pack([][]byte{b[:len(b)-1]}, rand.Reader)
	if err == nil {
		err = Unpack(body, masks, func([]byte) error { return nil })
	}
	if !fault.Is(err, fault.Internal) {
		t.Errorf("a record of %d bytes: %v", len(b)-1, err)
	}
}

func TestWhatIsFound(t *testing.T) {
	r := newReplica()
	s := &shard{fold: 1}
	for _, x := range []Record{
		named("a", person.Birth{Year: 1999, Month: 5, Day: 17}, "AB 123-456", "Демона Измислена", "Demona Izmislena-Petrova"),
		named("b", person.Birth{Year: 2001, Margin: 2}, "", "Demona Izmislena"),
		named("c", person.Birth{}, "", "Izmislen Demon"),
		named("d", person.Birth{Year: 1999, Month: 5}, "", "Ana Demona", "Maria Izmislena"),
	} {
		if err := s.add(r.seed, x.Encode()); err != nil {
			t.Fatal(err)
		}
	}
	r.shards["s"] = s.done()
	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{Name: "Demona IZMISLENA"}, "b:name a:name"},
		{Query{Name: "измислена демона"}, "b:name a:name"},
		{Query{Name: "Demona Izmislena", Born: "1999-05-17"}, "b:name a:name"},
		{Query{Name: "Demona Izmislena", Born: "1999-05-18"}, "b:name"}, // an estimate within two years
		{Query{Name: "Demona Izmislena", Born: "1999-06"}, "b:name"},
		{Query{Name: "Demona Izmislena", Born: "2004"}, ""},
		{Query{Name: "Petrova Demona"}, "a:name"},
		{Query{Name: "Demona", Born: "1999"}, "d:name b:name a:name"},
		{Query{Name: "Ana Izmislena"}, ""}, // words of two names
		{Query{Document: "ав123456"}, "a:document"},
		{Query{Document: "ab123456", Name: "Nobody Else", Born: "1950"}, "a:document"},
		{Query{Document: "ab123457"}, ""},
		{Query{Name: "Demona Izmislen"}, ""}, // exact: nothing is near
	} {
		q, err := c.q.folded(fold.All())
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		hers := map[id.Case]bool{"a": true, "b": true, "c": true, "d": true}
		seen, hidden := r.find(q, hers, 10)
		if len(hidden) != 0 {
			t.Errorf("%+v: hidden %v", c.q, hidden)
		}
		for _, m := range seen {
			got += " " + string(m.Case) + ":" + string(m.By)
		}
		if strings.TrimSpace(got) != c.want {
			t.Errorf("%+v: %q, want %q", c.q, got, c.want)
		}
	}
	for _, q := range []Query{{}, {Name: "Demona"}, {Name: " - "}, {Document: "12"}, {Name: "A B", Born: "99"}, {Name: "A B", Born: "1999-13"}, {Name: "A B", Born: "1999-1"}, {Born: "1999"}} {
		if _, err := q.folded(fold.All()); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	// What is not hers is bounded, in another order: by a document first, then the newest.
	q, err := (Query{Name: "Demona Izmislena", Document: "AB123456"}).folded(fold.All())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"[{a document}]", "[{a document} {b name}]", "[{a document} {b name}]"} {
		if seen, hidden := r.find(q, nil, i+1); len(seen) != 0 || fmt.Sprint(hidden) != want {
			t.Errorf("the first %d: %v and %v, want %s", i+1, seen, hidden, want)
		}
	}
	r.wipe()
	if seen, hidden := r.find(q, nil, 10); len(seen)+len(hidden) != 0 || bytes.Contains(s.records, []byte("demona")) {
		t.Error("what was wiped is still there")
	}
}

// BenchmarkFit looks for a name that 100,000 hidden records have, when the searcher may open 50,000 others.
func BenchmarkFit(b *testing.B) {
	const records, own = 100_000, 50_000
	r := newReplica()
	for from := 0; from < records; from += MaxSegment {
		s := &shard{fold: 1}
		for i := from; i < min(records, from+MaxSegment); i++ {
			c := id.Case(fmt.Sprintf("019a0000-0000-7000-8000-%012d", i))
			if err := s.add(r.seed, named(c, person.Birth{Year: 1999}, fmt.Sprintf("XX%07d", i), "Demona Izmislena").Encode()); err != nil {
				b.Fatal(err)
			}
		}
		r.shards[id.Segment(fmt.Sprintf("%012d", from))] = s.done()
	}
	hers := map[id.Case]bool{}
	for i := range own {
		hers[id.Case(fmt.Sprintf("019a0000-0000-7000-9000-%012d", i))] = true
	}
	q, err := (Query{Name: "Demona Izmislena"}).folded(fold.All())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if seen, hidden := r.find(q, hers, maxHits); len(seen) != 0 || len(hidden) != maxHits || hidden[0].Case != "019a0000-0000-7000-8000-000000099999" {
			b.Fatal(seen, hidden)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	body, masks, err := Pack([][]byte{named("case-1", person.Birth{Year: 1999}, "AB1234", "Ana Demo", "Ана Демо").Encode(), named("case-2", person.Birth{}, "", "X Y").Encode()}, rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body, masks)
	f.Add([]byte{1, 0, 0, 0, 0}, []byte{1, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, body, masks []byte) {
		n := 0
		err := Unpack(body, masks, func(b []byte) error {
			n++
			return new(shard).add(newReplica().seed, b)
		})
		out, left, found, blank := Blank(masks, "case-1")
		if err != nil {
			return
		}
		if blank != nil || !found && (left != n || !bytes.Equal(out, masks)) || found && left >= n {
			t.Errorf("%d records, %d left, found %v: %v", n, left, found, blank)
		}
	})
}

func FuzzParseRecord(f *testing.F) {
	f.Add(named("case-1", person.Birth{Year: 1999}, "AB1234", "Ana Demo").Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseRecord(b)
		if err == nil && !bytes.Equal(r.Encode(), b) {
			t.Errorf("%x is written as %x", b, r.Encode())
		}
	})
}
