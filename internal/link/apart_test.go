package link

import (
	"os"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fold"
)

// What the fold leaves apart (spec/testdata/fold/apart.tsv: nicknames, patronymics, merged words, married names, endings, order, slips) is near for
// whoever compares, both ways; a name that is nobody's short form is not.
func TestWhatTheFoldLeavesApartIsNear(t *testing.T) {
	b, err := os.ReadFile("../../spec/testdata/fold/apart.tsv")
	if err != nil {
		t.Fatal(err)
	}
	table := New(nil)
	level := func(s, u string) uint8 {
		a, b := table.name(fold.SoundWords(s)), table.name(fold.SoundWords(u))
		if table.alike(&a, &b) != table.alike(&b, &a) {
			t.Errorf("%s and %s differ the other way round", s, u)
		}
		return table.alike(&a, &b)
	}
	for line := range strings.Lines(string(b)) {
		if l := strings.Split(strings.TrimSpace(line), "\t"); !strings.HasPrefix(line, "#") && level(l[1], l[2]) > close86 {
			t.Errorf("%s: %s and %s are at level %d", l[0], l[1], l[2], level(l[1], l[2]))
		}
	}
	for _, p := range [][2]string{{"Aca", "Milorad"}, {"Aca", "Saša"}, {"Aleksandar Primer", "Mitko Primer"}, {"Γιώργος", "Γιάννης"}} {
		if l := level(p[0], p[1]); l < close75 {
			t.Errorf("%s and %s are at level %d", p[0], p[1], l)
		}
	}
}
