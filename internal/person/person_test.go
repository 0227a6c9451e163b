package person_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/person"
)

func demona() person.Person {
	return person.Person{
		ID: "p", Names: []person.Name{{Use: person.Registered, Script: "Cyrl", Language: "mk", Parts: []person.NamePart{{Kind: person.GivenName, Text: "Демона"}}}},
		Birth: person.Say(person.Birth{Year: 2008, Month: 11}), Sex: person.Say(person.Female),
		Citizenships: person.Say([]string{"MD", "RO"}), Languages: person.Say([]person.Language{{Tag: "sr-Cyrl"}}),
		Documents: person.Without[[]person.Document](person.Declined),
		Contacts:  []person.Contact{{Way: person.Telephone, Address: "+389 00", Safety: person.Safe, Voice: true}},
	}
}

func TestUnknownsAreDifferentValues(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range person.States() {
		if s == person.Given {
			continue
		}
		p := demona()
		p.Citizenships = person.Without[[]string](s)
		b, err := p.Encode()
		if err != nil {
			t.Fatalf("%s: %v", s.Code(), err)
		}
		back, err := person.Parse(b)
		if err != nil || back.Citizenships.State != s {
			t.Errorf("%s came back as %v, %v", s.Code(), back.Citizenships, err)
		}
		if _, given := back.Citizenships.Is(); given {
			t.Errorf("%s counts as an answer", s.Code())
		}
		if seen[string(b)] {
			t.Errorf("%s is written like another", s.Code())
		}
		seen[string(b)] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d values", len(seen))
	}
	var asked person.Answer[person.Sex]
	if asked.State != person.NotAsked {
		t.Error("the zero answer says something")
	}
}

func TestAgeClass(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	b := func(y, m, d, margin int) person.Answer[person.Birth] {
		return person.Say(person.Birth{Year: y, Month: m, Day: d, Margin: margin})
	}
	none := person.Without[person.Birth](person.Unknown)
	said := person.Say[person.AgeClass]
	for name, tt := range map[string]struct {
		birth person.Answer[person.Birth]
		age   person.Answer[person.AgeClass]
		want  person.AgeClass
	}{
		"on her birthday":           {b(2008, 11, 23, 0), person.Answer[person.AgeClass]{}, person.Adult},
		"the day before":            {b(2008, 11, 24, 0), person.Answer[person.AgeClass]{}, person.Child},
		"some day this month":       {b(2008, 11, 0, 0), said(person.Adult), person.AgeUnknown},
		"last month":                {b(2008, 10, 0, 0), person.Answer[person.AgeClass]{}, person.Adult},
		"some day this year":        {b(2008, 0, 0, 0), person.Answer[person.AgeClass]{}, person.AgeUnknown},
		"year open, says child":     {b(2008, 0, 0, 0), said(person.Child), person.Child},
		"estimate about twenty":     {b(2006, 0, 0, 3), said(person.Adult), person.AgeUnknown},
		"estimate about forty":      {b(1986, 0, 0, 5), person.Answer[person.AgeClass]{}, person.Adult},
		"estimate about ten":        {b(2016, 0, 0, 3), said(person.Adult), person.Child},
		"no date, says adult":       {none, said(person.Adult), person.Adult},
		"no date, nothing known":    {none, person.Answer[person.AgeClass]{}, person.AgeUnknown},
		"no date, declined to say":  {none, person.Without[person.AgeClass](person.Declined), person.AgeUnknown},
		"leap day, not a leap year": {b(2008, 2, 29, 0), person.Answer[person.AgeClass]{}, person.Adult},
	} {
		got := person.Class(person.Person{Birth: tt.birth, Age: tt.age}, now)
		if got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
		if person.ChildPath(got) != (tt.want != person.Adult) {
			t.Errorf("%s: child path %v", name, person.ChildPath(got))
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	if err := demona().Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*person.Person){
		"value without answer":  func(p *person.Person) { p.Sex.State = person.Declined },
		"answer without value":  func(p *person.Person) { p.Citizenships = person.Say([]string{}) },
		"stateless citizen":     func(p *person.Person) { p.Citizenships = person.Say([]string{"MD", person.Stateless}) },
		"citizen twice":         func(p *person.Person) { p.Citizenships = person.Say([]string{"MD", "MD"}) },
		"30 February":           func(p *person.Person) { p.Birth = person.Say(person.Birth{Year: 2000, Month: 2, Day: 30}) },
		"day without month":     func(p *person.Person) { p.Birth = person.Say(person.Birth{Year: 2000, Day: 3}) },
		"unknown state":         func(p *person.Person) { p.Sex.State = "maybe" },
		"name without parts":    func(p *person.Person) { p.Names[0].Parts = nil },
		"script of a language":  func(p *person.Person) { p.Names[0].Script = "cyrl" },
		"turned text":           func(p *person.Person) { p.Names[0].Parts[0].Text = "a\u202eb" },
		"message on unsafe way": func(p *person.Person) { p.Contacts[0].Safety = person.SafetyUnknown },
		"no identifier":         func(p *person.Person) { p.ID = "" },
		"long":                  func(p *person.Person) { p.Contacts[0].Times = strings.Repeat("x", 1001) },
	} {
		p := demona()
		change(&p)
		if err := p.Check(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCardPutsSafeWaysFirstAndHoldsNoAddress(t *testing.T) {
	p := demona()
	p.Contacts = []person.Contact{
		{Way: person.Post, Address: "planted", Safety: person.Unsafe},
		{Way: person.Email, Address: "planted", Safety: person.SafetyUnknown},
		{Way: person.Telephone, Address: "planted", Safety: person.Safe, CodeWord: "plum"},
	}
	c := person.CardOf(p.Contacts, 3)
	if len(c.Entries) != 3 || c.Entries[0].Index != 2 || c.Entries[0].CodeWord != "plum" || c.Entries[2].Safety != person.Unsafe {
		t.Errorf("the card is %+v", c)
	}
	if p.Shown().Contacts[0].Address != "" || p.Contacts[0].Address != "planted" {
		t.Error("what is shown holds addresses, or they are lost")
	}
}

func FuzzParse(f *testing.F) {
	b, err := demona().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := person.Parse(in)
		if err != nil {
			return
		}
		if again, err := p.Encode(); err != nil || string(again) != string(in) {
			t.Errorf("read %q, wrote %q, %v", in, again, err)
		}
	})
}
