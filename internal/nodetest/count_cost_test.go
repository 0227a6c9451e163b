package nodetest_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/veil"
)

// numbered is an invented person: no two of seventy thousand have so much in common that they are counted as one.
func numbered(n int) person.Person {
	from := []string{"Ба", "До", "Ли", "Ма", "Не", "Ро", "Су", "Та", "Ви", "Зо"}
	given, family, day := from[n/10%10]+from[n%10], from[n/10%10]+"га"+from[n%10]+from[n/100%10]+from[n/1000%10], n/100%12_600
	who := invented(n, true)
	who.Names[0].Parts[0].Text, who.Names[0].Parts[1].Text = given, family
	who.Birth = person.Say(person.Birth{Year: 1940 + day%70, Month: 1 + day/70%12, Day: 13 + day/840})
	return who
}

// A desk with many cases does not wait for them in one request: the call comes back, says how far it is, and the same call asks again until it is done. With
// OPENTRM_COUNT_CASES it is so many cases, and the log of the test says what they cost.
func TestADeskWithManyCasesPreparesThemBesideTheRequest(t *testing.T) {
	many := 250
	if s := os.Getenv("OPENTRM_COUNT_CASES"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		many = n
	}
	c := newCounting(t, "AL", "BG", "MD", "MK", "RS")
	x := c.Node("MK")
	began := time.Now()
	for n := range many {
		who := numbered(n)
		if _, err := x.Cases.Open(t.Context(), x.As("ana"), casefile.Opening{AgeClass: person.Adult, Person: &who}); err != nil {
			t.Fatal(err)
		}
	}
	opened := time.Since(began)
	run := c.toCommit()
	began = time.Now()
	longest, calls, records := time.Duration(0), 0, 0
	files := int64(0)
	for records == 0 {
		at := time.Now()
		p, err := x.Counts.Prepare(t.Context(), x.As("ana"), run, &veil.Recall{Found: 100, Of: 100})
		c.must(err)
		longest, calls = max(longest, time.Since(at)), calls+1
		if p.Files < files || p.Going != (p.Records == 0) {
			t.Fatalf("%+v after %d cases", p, files)
		}
		files, records = p.Files, p.Records
	}
	took := time.Since(began)
	if files != int64(many) || records > many || records < many*9/10 {
		t.Errorf("%d cases read, %d records, want those of %d", files, records, many)
	}
	if n := len(c.shares("MK", run)); n != 0 {
		t.Errorf("%d parts are left", n)
	}
	if _, err := x.Counts.Prepare(t.Context(), x.As("ana"), run, nil); !fault.Is(err, fault.Conflict) {
		t.Errorf("prepared twice: %v", err)
	}
	t.Logf("%d cases written in %v; prepared as %d records in %v, by %d calls of at most %v", many, opened.Round(time.Millisecond), records, took.Round(time.Millisecond), calls, longest.Round(time.Millisecond))
}
