package search

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/link"
	"github.com/opentrm/opentrm/internal/person"
)

// inMemory returns an index of these records, each version of the fold in a segment of its own.
func inMemory(t testing.TB, all ...Record) *replica {
	t.Helper()
	r := newReplica()
	for _, x := range all {
		g := id.Segment(fmt.Sprint(x.Fold))
		if r.shards[g] == nil {
			r.shards[g] = &shard{fold: x.Fold}
		}
		if err := r.shards[g].add(r.words, x.Encode()); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range r.shards {
		s.done()
	}
	return r
}

func TestWhatIsFound(t *testing.T) {
	a := named("a", person.Birth{Year: 1999, Month: 5, Day: 17}, "AB 123-456", "Демона Измислена", "Demona Izmislena-Petrova")
	r := inMemory(
		t, a,
		named("b", person.Birth{Year: 2001, Margin: 2}, "", "Demona Izmislena"),
		named("d", person.Birth{Year: 1999, Month: 5}, "", "Ana Demona", "Maria Izmislena"),
		named("e", person.Birth{Year: 1985, Month: 1, Day: 30}, "", "Χριστίνα Φανταστική", "Hristina Fantastike"),
		namedBy(fold.All()[0], "f", person.Birth{Year: 1978}, "ZZ99999", "Ђорђије Уобразиљић"),
	)
	hers := map[id.Case]bool{"a": true, "b": true, "d": true, "e": true, "f": true}
	for _, c := range []struct {
		why  string
		q    Query
		want string
	}{
		{"as it is written", Query{Name: "Demona IZMISLENA"}, "d:name b:name a:name"},
		{"in another script and order", Query{Name: "измислена демона"}, "d:name b:name a:name"},
		{"with the day", Query{Name: "Demona Izmislena", Born: "1999-05-17"}, "a:name d:name b:name"},
		{"with a digit of the day wrong", Query{Name: "Demona Izmislena", Born: "1999-05-11"}, "d:name a:name b:name"},
		{"with a year that contradicts", Query{Name: "Demona Izmislena", Born: "2009"}, ""},
		{"a married name", Query{Name: "Petrova Demona"}, "a:name"},
		{"one word and a year", Query{Name: "Demona", Born: "1999"}, "d:name a:name b:name"},
		{"a letter too few", Query{Name: "Demna Izmislena"}, "d:name b:name a:name"},
		{"two letters wrong", Query{Name: "Demona Ismysljena"}, "d:name b:name a:name"},
		{"a letter in each", Query{Name: "Temona Ismislena"}, "d:name b:name a:name"},
		{"a missing part", Query{Name: "Demona Petrova Izmislena Stojanova"}, "a:name d:name b:name"},
		{"in Greek letters", Query{Name: "Christina Fantastiki"}, "e:name"},
		{"of the version before, as it sounds", Query{Name: "Djordjije Uobraziljic"}, "f:name"},
		{"a document in Cyrillic letters", Query{Document: "ав123456"}, "a:document"},
		{"a document, whatever else is said", Query{Document: "ab123456", Name: "Nobody Else", Born: "1950"}, "a:document"},
		{"another document", Query{Document: "ab123457"}, ""},
		{"a document of the version before", Query{Document: "zz99999"}, "f:document"},
		{"a telephone with another beginning", Query{Phone: "00389 (0)70 123 456"}, "a:phone"},
		{"a telephone is no document", Query{Document: "70123456"}, ""},
		{"nobody", Query{Name: "Vesna Nepostoecka"}, ""},
		{"one of two words", Query{Name: "Demona Nepostoecka"}, ""},
		{"another sex", Query{Name: "Demona Petrova", Sex: person.Male}, "a:name"},
		{"another sex and country, and a slip", Query{Name: "Demna Petrova", Sex: person.Male, Citizenship: "BG"}, ""},
		{"the same sex and country, and a slip in each", Query{Name: "Temona Petrva", Sex: person.Female, Citizenship: "AL"}, "a:name"},
	} {
		q, err := c.q.folded(fold.All())
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		seen, hidden := r.find(q, hers, 10)
		if len(hidden) != 0 {
			t.Errorf("%s: hidden %v", c.why, hidden)
		}
		for _, m := range seen {
			got += " " + string(m.Case) + ":" + string(m.By)
			if sum := total(m.Why); sum != m.Bits || len(m.Why) == 0 {
				t.Errorf("%s: %s has %v bits, and what is said adds up to %v", c.why, m.Case, m.Bits, sum)
			}
		}
		if strings.TrimSpace(got) != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
		none, all := r.find(q, nil, 10)
		if fmt.Sprint(all) != fmt.Sprint(seen) || len(none) != 0 {
			t.Errorf("%s: what is hidden is %v, and if she may open it %v", c.why, all, seen)
		}
	}
	for _, q := range []Query{
		{},
		{Name: "Demona"},
		{Name: " - "},
		{Document: "12"},
		{Name: "A B", Born: "99"},
		{Name: "A B", Born: "1999-13"},
		{Name: "A B", Born: "1999-1"},
		{Born: "1999"},
		{Phone: "12345"},
		{Name: "A B", Sex: "x"},
		{Name: "A B", Citizenship: "Macedonia"},
		{Citizenship: "MK", Sex: person.Female},
	} {
		if _, err := q.folded(fold.All()); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	// What is not hers is bounded, in the same order: by a document first, then by evidence.
	q, err := (Query{Name: "Demona Izmislena", Document: "AB123456", Born: "2000"}).folded(fold.All())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{" a", " a b", " a b d"} {
		seen, hidden := r.find(q, nil, i+1)
		got := ""
		for _, m := range hidden {
			got += " " + string(m.Case)
		}
		if len(seen) != 0 || got != want {
			t.Errorf("the first %d: %v and %s, want %s", i+1, seen, got, want)
		}
	}
	// What has left is in memory no more, and the rest is found as before.
	r.shards["1"].wipe()
	delete(r.shards, "1")
	r.compact()
	if text := link.Sound(r.words.text); strings.Contains(text, "uobra") || !strings.Contains(text, "petrova") {
		t.Errorf("the words in memory are %q", text)
	}
	if seen, _ := r.find(q, hers, 10); len(seen) != 3 {
		t.Errorf("after that %v is found", seen)
	}
	r.wipe()
	if seen, hidden := r.find(q, nil, 10); len(seen)+len(hidden) != 0 || len(bytes.Trim(r.words.text[:cap(r.words.text)], "\x00")) > 0 {
		t.Error("what was wiped is still there")
	}
}

// The names of a record come back from memory as they would be sought.
func TestNamesInMemory(t *testing.T) {
	x := named("a", person.Birth{}, "", "Χριστίνα Φανταστική", "Ana", "Gjergj Çela")
	r := inMemory(t, x)
	if got := r.shards["2"].namesOf(r.words, 0); fmt.Sprint(got) != fmt.Sprint(x.Names) {
		t.Errorf("%v, want %v", got, x.Names)
	}
}
