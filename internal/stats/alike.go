package stats

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/sorting"
)

// Alike is facts that say the same, without their identifiers and their months: what tables and indicators are made of, and what a
// snapshot keeps so that they can be made again.
type Alike struct {
	Year        int         `json:"year"`
	Sex         Sex         `json:"sex"`
	Age         Age         `json:"age"`
	Forms       string      `json:"forms"` // codes, sorted, joined by "|"; or one gap
	Citizenship Citizenship `json:"citizenship"`
	Status      Status      `json:"status"`
	Registrar   Registrar   `json:"registrar"`
	Count       int         `json:"count"`
}

// alike reads the facts of some years. What is empty is unknown.
func alike(ctx context.Context, tx Tx, from, to int) ([]Alike, error) {
	all := map[Alike]int{}
	err := tx.Facts(ctx, func(f Fact) bool {
		if y := f.Month.Year(); y < from || y > to {
			return true
		}
		forms := make([]string, len(f.Forms))
		for i, form := range f.Forms {
			forms[i] = string(cmp.Or(form, Unknown))
		}
		slices.Sort(forms)
		all[Alike{
			Year: f.Month.Year(), Sex: cmp.Or(f.Sex, Unknown), Age: cmp.Or(f.Age, Unknown), Forms: cmp.Or(strings.Join(forms, "|"), Unknown),
			Citizenship: cmp.Or(f.Citizenship, Unknown), Status: cmp.Or(f.Status, Unknown), Registrar: cmp.Or(f.Registrar, Unknown),
		}]++
		return true
	})
	out := slices.Collect(maps.Keys(all))
	for i := range out {
		out[i].Count = all[out[i]]
	}
	sorting.By(out, compareAlike)
	return out, err
}

func compareAlike(a, b Alike) int {
	return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(a.Sex, b.Sex), cmp.Compare(a.Age, b.Age), cmp.Compare(a.Forms, b.Forms),
		cmp.Compare(a.Citizenship, b.Citizenship), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Registrar, b.Registrar))
}
