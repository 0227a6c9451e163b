package childhood

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

func day(s string) time.Time {
	t, _ := time.Parse(time.DateOnly, s)
	return t
}

func who(birth person.Birth, age person.AgeClass) *person.Person {
	p := &person.Person{}
	if birth.Year != 0 {
		p.Birth = person.Say(birth)
	}
	if age != "" {
		p.Age = person.Say(age)
	}
	return p
}

func series(all ...Age) (out Ages) {
	for i, x := range all {
		out = append(out, casefile.Kept[Age]{Record: id.Record(string(rune('a' + i))), Value: x})
	}
	return out
}

// While her age is unknown, disputed or appealed she is treated as a child, and so she is after an assessment alone; a decision
// ends the path, or the day on which she is certainly 18, and nothing else.
func TestWhoMayBeAChildIsTreatedAsOne(t *testing.T) {
	const c, a, u = person.Child, person.Adult, person.AgeUnknown
	grown, born09 := person.Birth{Year: 2000, Month: 1, Day: 1}, person.Birth{Year: 2009, Month: 3, Day: 9}
	dispute, appeal := Age{Turn: Disputed, On: "2026-11-20"}, Age{Turn: Appealed, On: "2026-11-22"}
	back := Age{Turn: Withdrawn, On: "2026-11-22"}
	found := Age{Turn: Estimated, On: "2026-11-20", Youngest: 19, Oldest: 23, Method: "documents"}
	adult := Age{Turn: Decided, On: "2026-11-21", Class: a, Youngest: 19, Oldest: 23}
	child := Age{Turn: Decided, On: "2026-11-21", Class: c, Youngest: 15, Oldest: 17}
	unsaid := Age{Turn: Decided, On: "2026-11-21", Class: u}
	asChild := Age{Turn: Claimed, On: "2026-11-20", Class: c}
	asAdult := Age{Turn: Claimed, On: "2026-11-20", Class: a}
	for name, x := range map[string]struct {
		row  person.AgeClass
		was  *person.Person
		who  *person.Person
		ages Ages
		now  string
		want person.AgeClass
	}{
		"nothing is known":                         {row: u, want: u},
		"an adult, and nobody doubts it":           {row: u, who: who(grown, ""), want: a},
		"a case of a child, without a name":        {row: c, want: c},
		"disputed":                                 {row: a, who: who(grown, ""), ages: series(dispute), want: u},
		"disputed, and a child by her papers":      {row: c, who: who(born09, ""), ages: series(dispute), want: c},
		"assessed, and not decided":                {row: u, ages: series(found), want: u},
		"disputed, then assessed as an adult":      {row: c, who: who(person.Birth{}, a), ages: series(dispute, found), want: u},
		"assessed, and written down as an adult":   {row: u, who: who(person.Birth{}, a), ages: series(found), want: u},
		"decided":                                  {row: u, ages: series(dispute, found, adult), want: a},
		"decided, then appealed":                   {row: a, ages: series(dispute, found, adult, appeal), want: u},
		"appealed, and taken back":                 {row: u, ages: series(found, adult, appeal, back), want: a},
		"she says that she is a child":             {row: u, who: who(grown, ""), ages: series(asChild), want: u},
		"she says that she is an adult":            {row: u, who: who(grown, ""), ages: series(asAdult), want: a},
		"she only says that she is an adult":       {row: u, ages: series(asAdult), want: u},
		"a child by the case, now another date":    {row: c, who: who(grown, ""), want: u},
		"a child by what was written":              {row: u, was: who(born09, ""), who: who(grown, ""), want: u},
		"nothing was written before":               {row: u, was: who(person.Birth{}, ""), who: who(grown, ""), want: a},
		"she came of age":                          {row: c, who: who(born09, ""), now: "2027-03-09", want: a},
		"the day before":                           {row: c, who: who(born09, ""), now: "2027-03-08", want: c},
		"the month is not known: the year begins":  {row: c, who: who(person.Birth{Year: 2009}, ""), now: "2027-01-01", want: u},
		"the month is not known: the last day":     {row: c, who: who(person.Birth{Year: 2009}, ""), now: "2027-12-31", want: a},
		"the month is not known: the day before":   {row: c, who: who(person.Birth{Year: 2009}, ""), now: "2027-12-30", want: u},
		"decided that she is a child":              {row: u, ages: series(dispute, child), want: c},
		"the range is over at its latest":          {row: c, ages: series(child), now: "2029-11-21", want: a},
		"the day before that":                      {row: u, ages: series(child), now: "2029-11-20", want: c},
		"the range may be over":                    {row: c, ages: series(child), now: "2026-12-01", want: c},
		"a range, and papers that say later":       {row: c, who: who(person.Birth{Year: 2013, Month: 1, Day: 1}, ""), ages: series(child), now: "2030-01-01", want: c},
		"decided as a child, then another date":    {row: c, who: who(grown, ""), ages: series(Age{Turn: Decided, On: "2026-11-21", Class: c}), want: u},
		"decided as a child, and grown up since":   {row: c, who: who(born09, ""), ages: series(Age{Turn: Decided, On: "2026-11-21", Class: c}), now: "2027-03-09", want: a},
		"it cannot be said":                        {row: u, who: who(person.Birth{}, a), ages: series(dispute, unsaid), want: u},
		"two disputes, and one taken back":         {row: u, who: who(grown, ""), ages: series(dispute, dispute, back), want: u},
		"changed, disputed, and taken back":        {row: u, who: who(grown, ""), ages: series(Age{Turn: Changed, On: "2026-11-20"}, dispute, back), want: u},
		"taken back what nobody had said":          {row: u, ages: series(found, adult, back, appeal), want: u},
		"what is written was changed, by the node": {row: u, who: who(grown, ""), ages: series(Age{Turn: Changed, On: "2026-11-20"}), want: u},
	} {
		f := facts{now: day("2026-11-23"), opened: day("2026-11-20"), row: x.row, was: x.was, who: x.who, ages: x.ages}
		if x.now != "" {
			f.now = day(x.now)
		}
		if got := f.class(); got != x.want {
			t.Errorf("%s: treated as %s, not as %s", name, got, x.want)
		}
	}
	if series(dispute, back).Open() || !series(Age{Turn: Changed}, dispute, back).Open() || !series(dispute, appeal, back).Open() || !series(back, dispute).Open() {
		t.Error("what is open, and what was taken back")
	}
	if f := (facts{now: day("2026-11-23"), opened: day("2026-11-20"), row: u, who: who(grown, ""), guarded: true}); f.class() != u {
		t.Errorf("who has a guardian is an adult by what is written")
	}
}

// Nobody decides that she is an adult by a range that holds 17, nor by one assessment while another leaves it open, unless papers
// that were seen say more than an estimate.
func TestNobodyDecidesThatSheIsAnAdultWhereARangeHolds17(t *testing.T) {
	bones := Age{Turn: Estimated, Method: "medical-bone", Youngest: 17, Oldest: 21}
	teeth := Age{Turn: Estimated, Method: "medical-dental", Youngest: 18, Oldest: 22}
	passport := Age{Turn: Estimated, Method: ByDocuments, Youngest: 22, Oldest: 22}
	adult := func(rests ...id.Record) Age {
		return Age{Turn: Decided, On: "2026-11-23", Who: "x", Body: "court", Why: "x", Class: person.Adult, Youngest: 18, Oldest: 22, Rests: rests}
	}
	for name, x := range map[string]struct {
		all Ages
		d   Age
		ok  bool
	}{
		"18 at least":                         {series(teeth), adult("a"), true},
		"it may be 17":                        {series(bones), adult("a"), false},
		"one of the two says 17":              {series(bones, teeth), adult("b"), false},
		"the other way round":                 {series(teeth, bones), adult("a"), false},
		"papers after an estimate":            {series(bones, passport), adult("b"), true},
		"papers before an estimate":           {series(passport, bones), adult("a"), false},
		"papers on which it does not rest":    {series(bones, passport, teeth), adult("c"), false},
		"papers, and the estimate besides":    {series(bones, passport), adult("a", "b"), false},
		"on what is no assessment":            {series(Age{Turn: Claimed}), adult("a"), false},
		"on what is not there":                {series(teeth), adult("z"), false},
		"that she is a child, on an estimate": {series(bones), Age{Turn: Decided, Class: person.Child, Rests: []id.Record{"a"}}, true},
	} {
		if err := x.all.mayDecide(x.d); (err == nil) != x.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := adult("a").Check(); err != nil {
		t.Error(err)
	}
	for name, x := range map[string]Age{
		"17 to 22":           func() Age { x := adult("a"); x.Youngest = 17; return x }(),
		"no range":           func() Age { x := adult("a"); x.Youngest, x.Oldest = 0, 0; return x }(),
		"resting on nothing": adult(),
	} {
		if err := x.Check(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every record about an age has what its turn needs, and nothing of another.
func TestTheWordsOfAnAge(t *testing.T) {
	ok := map[Turn]Age{
		Claimed:   {Class: person.Child, Youngest: 15, Oldest: 16},
		Disputed:  {Why: "x"},
		Changed:   {},
		Estimated: {Method: "interview", Agrees: true, Guardian: "Demo", Youngest: 15, Oldest: 19},
		Declined:  {},
		Decided:   {Class: person.AgeUnknown, Body: "court", Why: "x"},
		Appealed:  {Why: "x"},
		Withdrawn: {},
	}
	for turn, x := range ok {
		x.Turn, x.On, x.Who = turn, "2026-11-23", "Demo"
		if err := x.Check(); err != nil {
			t.Errorf("%s: %v", turn, err)
		}
		for name, change := range map[string]func(*Age){
			"no day":        func(x *Age) { x.On = "2026-13-01" },
			"of no turn":    func(x *Age) { x.Turn = "guessed" },
			"a body":        func(x *Age) { x.Body = map[bool]string{true: "", false: "court"}[turn == Decided] },
			"rests":         func(x *Age) { x.Rests = []id.Record{"a"}; x.Class = "none" },
			"upside down":   func(x *Age) { x.Youngest, x.Oldest = 20, 10 },
			"too old":       func(x *Age) { x.Youngest, x.Oldest = 10, 121 },
			"a long reason": func(x *Age) { x.Why = string(make([]byte, 30000)) },
		} {
			y := x
			change(&y)
			if err := y.Check(); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s with %s: %v", turn, name, err)
			}
		}
	}
	x := ok[Estimated]
	x.Turn, x.On, x.Who = Estimated, "2026-11-23", "Demo"
	for name, change := range map[string]func(*Age){
		"against her will":          func(x *Age) { x.Agrees = false },
		"without her guardian":      func(x *Age) { x.Guardian = "" },
		"by papers that nobody saw": func(x *Age) { x.Method, x.Document = ByDocuments, "" },
		"by no method":              func(x *Age) { x.Method = "" },
		"without a range":           func(x *Age) { x.Youngest, x.Oldest = 0, 0 },
	} {
		y := x
		change(&y)
		if err := y.Check(); !fault.Is(err, fault.Invalid) {
			t.Errorf("assessed %s: %v", name, err)
		}
	}
}
