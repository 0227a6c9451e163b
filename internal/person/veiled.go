package person

import (
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/sorting"
	"github.com/opentrm/opentrm/internal/veil"
)

// mostVeiled is by how many of her names somebody is known to what nodes compute together.
const mostVeiled = 3

// Veiled returns a person by each of her names as match keys are made of (spec/match-key.md): first those of the register. Names that give the same
// keys, in whatever script, are there once, and such as give none are left out. Of a name that nobody has taken apart the first word is the given name:
// keys are the same for the other order. Of a year that is an estimate month and day are not used.
func (p Person) Veiled() []veil.Person {
	var out []veil.Person
	var seen []string
	names := slices.Clone(p.Names)
	order := []NameUse{Registered, Former, Alias, Nickname, Exploitation}
	sorting.Stable(names, func(a, b Name) int { return slices.Index(order, a.Use) - slices.Index(order, b.Use) })
	for _, n := range names {
		var v veil.Person
		for _, part := range n.Parts {
			switch part.Kind {
			case GivenName:
				v.Given = strings.TrimSpace(v.Given + " " + part.Text)
			case Surname:
				v.Family = strings.TrimSpace(v.Family + " " + part.Text)
			case WholeName:
				first, rest, _ := strings.Cut(strings.TrimSpace(part.Text), " ")
				v.Given, v.Family = strings.TrimSpace(v.Given+" "+first), strings.TrimSpace(v.Family+" "+rest)
			case Patronymic, Suffix:
			}
		}
		if b, ok := p.Birth.Is(); ok {
			v.Birth = veil.Birth{Year: b.Year, Month: b.Month, Day: b.Day}
			if b.Margin > 0 {
				v.Birth.Month, v.Birth.Day = 0, 0
			}
		}
		if all, ok := p.Citizenships.Is(); ok && len(all) > 0 {
			v.Nationality = all[0]
		}
		keys := ""
		for _, k := range veil.OfPerson(v) {
			keys += string(k.Bytes())
		}
		if keys != "" && !slices.Contains(seen, keys) && len(out) < mostVeiled {
			seen, out = append(seen, keys), append(out, v)
		}
	}
	return out
}
