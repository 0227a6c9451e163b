package search_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/search"
)

// Whoever is in the index already is found by what another register wrote of her: of the invented persons of the region, each in the
// scripts and with the slips of its register, half of the records of a person are in the index and the other half is sought. Shown are the
// first five, as the page shows them.
func TestWhoIsThereIsFoundByWhatAnotherRegisterWrote(t *testing.T) {
	dir := os.Getenv("OPENTRM_DATA")
	if dir == "" {
		t.Skip("OPENTRM_DATA is not set")
	}
	f, err := os.Open(filepath.Join(dir, "linkage", "see_multi_12k.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll() // rec_id,cluster,node,first_name,last_name,patronymic,birth_date,birth_prec,sex,nationality,birth_place
	if err != nil {
		t.Fatal(err)
	}
	var there, asked [][]string
	seen := map[string]int{}
	for _, r := range rows[1:] {
		if r[3]+r[4] == "" {
			continue
		}
		if seen[r[1]]++; seen[r[1]]%2 == 1 {
			there = append(there, r)
		} else if r[3] != "" && r[4] != "" && len(asked) < 2000 {
			asked = append(asked, r)
		}
	}
	w := newWorld(t)
	w.open("ana", who("AB123456", "Demona Izmislena"))
	sexes := map[string]person.Sex{"F": person.Female, "M": person.Male}
	w.must(search.Fill(t.Context(), w.Service, w.people["ana"], len(there), search.MaxSegment, func(i int) search.Record {
		r := there[i]
		p := who("", strings.TrimSpace(r[3]+" "+r[4]))
		if year, err := strconv.Atoi(r[6][:min(4, len(r[6]))]); err == nil {
			b := person.Birth{Year: year}
			switch r[7] {
			case "d":
				b.Month, _ = strconv.Atoi(r[6][5:7])
				b.Day, _ = strconv.Atoi(r[6][8:10])
			case "e":
				b.Margin = 2
			}
			p.Birth = person.Say(b)
		}
		if s := sexes[r[8]]; s != "" {
			p.Sex = person.Say(s)
		}
		if r[9] != "" {
			p.Citizenships = person.Say([]string{r[9]})
		}
		return search.RecordOf(fold.Newest(), id.Case(fmt.Sprintf("019a0000-0000-7000-8000-%012d", i)), p)
	}, audit.Did(access.Node("MK"), access.MakeTask, "fill")))
	w.finds("ana", search.Query{Document: "XX0000000"})
	found, shown, right := 0, 0, 0
	for _, r := range asked {
		q := search.Query{Name: strings.TrimSpace(r[3] + " " + r[4]), Sex: sexes[r[8]], Citizenship: r[9], Born: r[6]}
		if len(q.Born) == 10 && !person.Day(q.Born) { // a day that does not exist
			q.Born = q.Born[:4]
		}
		all := search.Likest(t, w.Service, q)
		all = all[:min(len(all), 5)]
		shown += len(all)
		is := func(m search.Match) bool {
			n, err := strconv.Atoi(string(m.Case)[24:])
			return err == nil && there[n][1] == r[1]
		}
		for _, m := range all {
			if is(m) {
				right++
			}
		}
		if slices.ContainsFunc(all, is) {
			found++
		}
	}
	recall, precision := float64(found)/float64(len(asked)), float64(right)/float64(shown)
	t.Logf("%d records, %d searches: %.4f of those who are there are among the first five; of what is shown %.4f is right, %.2f a search", len(there), len(asked), recall, precision, float64(shown)/float64(len(asked)))
	if recall < .94 || precision < .75 {
		t.Error("who is there was found less often, or more of who is not her was shown, than before")
	}
}
