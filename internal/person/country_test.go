package person

import (
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
)

// TestCountriesThatPeopleType: who types is told what is no country; papers and citizenships may be of one that is no more, and what has
// arrived and stood there before stays. What arrives is read whatever it names, if it has the form of a code.
func TestCountriesThatPeopleType(t *testing.T) {
	if len(former().Codes) < 5 {
		t.Fatal("the list of countries that are no more is not read")
	}
	for _, c := range former().Codes {
		if !Country(c) || CountryNow(c) || !CountryEver(c) {
			t.Errorf("%s: no country that is no more", c)
		}
	}
	for code, today := range map[string]bool{"MK": true, "XK": true, "AX": true, "YU": false, "CS": false, "QQ": false, "ZZ": false, "EU": false, "mk": false, "": false} {
		if CountryNow(code) != today {
			t.Errorf("%q: a country of today %v", code, !today)
		}
	}
	of := func(citizen, issuer string) Person {
		p := Person{ID: "p", Names: []Name{}, Contacts: []Contact{}}
		p.Citizenships = Say([]string{citizen})
		p.Documents = Say([]Document{{Type: "passport", Country: issuer, Held: "by-her"}})
		return p
	}
	was := of("QQ", "XX")
	for _, tt := range []struct {
		citizen, issuer string
		was             *Person
		field           string
	}{
		{"MK", "RO", nil, ""},
		{Stateless, "", nil, ""},
		{"XK", "YU", nil, ""},
		{"CS", "SU", nil, ""},
		{"QQ", "RO", nil, "citizenships"},
		{"MK", "QQ", nil, "documents.country"},
		{"QQ", "XX", &was, ""},
		{"XX", "QQ", &was, ""},
		{"MK", "QX", &was, "documents.country"},
		{"QX", "RO", &was, "citizenships"},
	} {
		p := of(tt.citizen, tt.issuer)
		if err := p.Check(); err != nil {
			t.Errorf("%s, %s does not arrive: %v", tt.citizen, tt.issuer, err)
		}
		_, key, args := fault.Public(p.typed(tt.was))
		if err := p.typed(tt.was); (err != nil) != (tt.field != "") || err != nil && (key != "person.country" || args["field"] != tt.field) {
			t.Errorf("%s, %s: %v, want %q", tt.citizen, tt.issuer, err, tt.field)
		}
	}
}
