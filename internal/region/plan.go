package region

import (
	"slices"
	"strconv"
	"time"

	"github.com/opentrm/opentrm/internal/attack"
	"github.com/opentrm/opentrm/internal/disclosure"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/stats"
)

// Limits of a plan.
const (
	MostMembers   = 24
	MostQuestions = 4
	MostCells     = 1000 // inner cells of the table of one member
	mostText      = 900 << 10
)

const (
	planTag   = "opentrm/region-plan/1"
	resultTag = "opentrm/region-result/1"
)

// mixed stands for several forms of exploitation of one person, and unknown for every reason why there is no value.
const (
	mixed   = "mixed"
	unknown = string(stats.Unknown)
)

// question is one that a table answers: the answers that there are, and which of them a fact gives.
type question struct {
	name    string
	answers []string
	of      func(stats.Fact) string
}

// questions are public and the same everywhere: which answers there are tells nothing about anybody.
func questions() []question {
	return []question{
		{"sex", []string{"female", "male", "other", unknown}, func(f stats.Fact) string { return string(f.Sex) }},
		{"age", []string{string(stats.Child), string(stats.Adult), unknown}, func(f stats.Fact) string {
			switch {
			case f.Age == "" || stats.Gap(f.Age):
				return unknown
			case f.Age.Minor():
				return string(stats.Child)
			}
			return string(stats.Adult)
		}},
		{"form", []string{
			string(stats.Sexual), string(stats.Labour), string(stats.Servitude), string(stats.Begging), string(stats.Criminality), string(stats.Marriage),
			string(stats.Organs), string(stats.Other), mixed, unknown,
		}, func(f stats.Fact) string {
			switch {
			case len(f.Forms) > 1:
				return mixed
			case len(f.Forms) == 1 && (f.Forms[0] == stats.Other2 || f.Forms[0] == stats.Other3 || f.Forms[0] == stats.Other4):
				return string(stats.Other)
			case len(f.Forms) == 1:
				return string(f.Forms[0])
			}
			return unknown
		}},
		{"citizenship", []string{"national", "region", "eu", "third", "stateless", unknown}, func(f stats.Fact) string { return string(f.Citizenship) }},
		{"status", []string{"presumed", "identified", "not-identified", unknown}, func(f stats.Fact) string { return string(f.Status) }},
		{"registrar", []string{
			"police", "border-police", "prosecution", "social-service", "labour-inspectorate", "health", "ngo", "international", unknown,
		}, func(f stats.Fact) string { return string(f.Registrar) }},
	}
}

// Questions returns what can be asked, in the order in which a plan names them.
func Questions() (all []string) {
	for _, q := range questions() {
		all = append(all, q.name)
	}
	return all
}

// Plan is what a compiling desk asks of members.
type Plan struct {
	Schema    string      `json:"schema"`
	Release   string      `json:"release"` // an identifier of its own
	Asker     id.Member   `json:"asker"`
	From      string      `json:"from"` // first month, "2026-01": persons first registered from then
	To        string      `json:"to"`   // last month
	Questions []string    `json:"questions"`
	Base      int64       `json:"base"`    // small counts are rounded to 0 or to this: 3 or 5
	Members   []id.Member `json:"members"` // who is asked, in their order
	Until     frame.Time  `json:"until"`   // what comes later is taken, and is late
}

// Asking is what a compiling desk says of a plan.
type Asking struct {
	From, To  string
	Questions []string
	Base      int64
	Members   []id.Member
	Until     frame.Time
}

func wrong(field string) error { return fault.New(fault.Invalid, "region.field").With("field", field) }

// span returns the months as numbers.
//
// It fails with [fault.Invalid] "region.field" naming the field.
func (p *Plan) span() (attack.Span, error) {
	from, err := time.Parse("2006-01", p.From)
	if err != nil || from.Year() < 1990 || from.Year() > 2199 {
		return attack.Span{}, wrong("from")
	}
	to, err := time.Parse("2006-01", p.To)
	if err != nil || to.Before(from) || to.Year() > 2199 {
		return attack.Span{}, wrong("to")
	}
	of := func(t time.Time) int { return int(stats.MonthOf(t.Year(), int(t.Month()))) }
	return attack.Span{Name: p.From + "/" + p.To, From: of(from), To: of(to)}, nil
}

// check reports whether a plan is one.
//
// It fails with [fault.Invalid] "region.field" naming the field.
func (p *Plan) check() error {
	if p.Schema != planTag {
		return wrong("schema")
	}
	if _, err := id.ParseRandom[id.Thread](p.Release); err != nil {
		return wrong("release")
	}
	if _, err := id.ParseMember(string(p.Asker)); err != nil {
		return wrong("asker")
	}
	if _, err := p.span(); err != nil {
		return err
	}
	if p.Base != 3 && p.Base != 5 {
		return wrong("base")
	}
	last := -1
	for _, name := range p.Questions {
		at := slices.Index(Questions(), name)
		if at <= last {
			return wrong("questions")
		}
		last = at
	}
	if len(p.Questions) == 0 || len(p.Questions) > MostQuestions || len(p.cube().Counts) > MostCells {
		return wrong("questions")
	}
	if len(p.Members) < 2 || len(p.Members) > MostMembers || !slices.IsSorted(p.Members) {
		return wrong("members")
	}
	for i, m := range p.Members {
		if _, err := id.ParseMember(string(m)); err != nil || i > 0 && m == p.Members[i-1] {
			return wrong("members")
		}
	}
	if p.Until < frame.Earliest {
		return wrong("until")
	}
	return nil
}

// parsePlan reads a plan strictly.
//
// It fails with [fault.Invalid], and [fault.TooLarge].
func parsePlan(b []byte) (p Plan, err error) {
	if err := frame.Decode(b, 16<<10, &p); err != nil {
		return Plan{}, err
	}
	return p, p.check()
}

// cube is a table of the questions with nobody in it.
func (p *Plan) cube() *disclosure.Cube { return cubeOf(p.Questions) }

func cubeOf(names []string) *disclosure.Cube {
	c := &disclosure.Cube{}
	n := 1
	for _, q := range questions() {
		if slices.Contains(names, q.name) {
			c.Dimensions = append(c.Dimensions, disclosure.Dimension{Name: q.name, Values: q.answers})
			n *= len(q.answers)
		}
	}
	c.Counts = make([]int64, n)
	return c
}

// add counts a fact if it is of the months. An answer that there is not is unknown.
func (p *Plan) add(c *disclosure.Cube, months attack.Span, f stats.Fact) {
	if int(f.Month) < months.From || int(f.Month) > months.To {
		return
	}
	var at []int
	for _, q := range questions() {
		if !slices.Contains(p.Questions, q.name) {
			continue
		}
		i := slices.Index(q.answers, q.of(f))
		if i < 0 {
			i = len(q.answers) - 1
		}
		at = append(at, i)
	}
	c.Counts[c.Index(at...)]++
}

// subject names whose table this is in the ledger of a member: the same persons, whoever asks.
func (p *Plan) subject() string {
	s := p.From + "/" + p.To
	for _, q := range p.Questions {
		s += " " + q
	}
	return s + " " + strconv.FormatInt(p.Base, 10)
}

// protected reports whether a table can have been rounded as the plan says, after the one before it, if there is one: it has no small count, and no small
// change of a count that is not small.
func (p *Plan) protected(counts, before []int64) bool {
	for i, n := range counts {
		if n < 0 || n > 0 && n < p.Base {
			return false
		}
		if before == nil {
			continue
		}
		if by := n - before[i]; by > 0 && by < p.Base || by < 0 && by > -p.Base && n > p.Base {
			return false
		}
	}
	return true
}
