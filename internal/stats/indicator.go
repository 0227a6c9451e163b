package stats

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
)

//go:embed law
var law embed.FS

// Indicators is what is measured here, and how: data, law/indicators.json.
type Indicators struct {
	Schema     string      `json:"schema"`
	Version    string      `json:"version"`
	Indicators []Indicator `json:"indicators"`
}

// Indicator is one number or distribution with everything that must be known to read it.
type Indicator struct {
	ID          string            `json:"id"`
	Title       string            `json:"title"`
	Definition  string            `json:"definition"`
	Unit        string            `json:"unit"`
	Of          string            `json:"of"`                  // "facts" of victims, "help" that was given, "loops": referrals
	Mode        string            `json:"mode"`                // "count", "class", "any", "main", "share", "pace": see Measured
	By          string            `json:"by,omitzero"`         // what is told apart
	OfStatus    string            `json:"of_status,omitzero"`  // of a share: what is counted
	Denominator string            `json:"denominator"`         // in words; the number is Measured.Known
	Source      string            `json:"source"`              // legal or statistical
	Citation    string            `json:"citation"`            //
	Status      string            `json:"status"`              // of the source: "verified", or "unverified": nobody has read it for this program
	Vocabulary  []string          `json:"vocabulary,omitzero"` // the states that are told apart
	Gaps        map[string]string `json:"gaps"`                // how each of the four reasons for no value is treated
}

var indicators = sync.OnceValues(func() (all Indicators, err error) { return all, readLaw("indicators.json", &all) })

func readLaw(name string, into any) error {
	b, err := law.ReadFile("law/" + name)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		return fault.Wrap(fault.Internal, "stats.law", err)
	}
	return nil
}

// IndicatorsKnown returns what is measured here. It is read only.
//
// It fails with [fault.Internal] "stats.law" if the program is broken.
func IndicatorsKnown() (Indicators, error) { return indicators() }

// Mixed is the form of a person with several, where each person counts once.
const Mixed = "mixed"

// Measured is what an indicator says of a span of years.
//
//   - "count": All alone.
//   - "class": each person in one class.
//   - "any": a person in each class that is recorded of her; the classes add up to more than Known.
//   - "main": each person in one class, those of several in [Mixed].
//   - "pace": in each country pair and class of days, how many of those of the pair of which it has happened; of which it has not are in Gaps as [Waiting].
//   - "share": in each class, how many of those whose status is known have the one that is asked for.
//
// Who has no value is in Gaps by the reason and in no class and no denominator.
type Measured struct {
	Indicator string         `json:"indicator"`
	From      int            `json:"from"`
	To        int            `json:"to"`
	All       int            `json:"all"`   // persons, or referrals, in the years
	Known     int            `json:"known"` // the denominator
	Gaps      map[string]int `json:"gaps"`  // persons without a value, by reason; each once
	Classes   []Counting     `json:"classes"`
}

// Counting is one class of an indicator.
type Counting struct {
	Class string `json:"class"`
	Count int    `json:"count"`
	Of    int    `json:"of"` // the denominator: Known, or of a share that of the class
}

// Loop is a referral without a reference: between whom, and how far it went.
type Loop struct {
	From, To string // members
	Decided  bool   // accepted or declined
	Closed   bool   // its end was told back
	// How long it took from when it was sent until somebody there answered, decided, and had her; empty: it has not happened.
	Answer, Decision, Handover Wait
	Count                      int // alike
}

// Sources are what indicators are worked out from. One that is nil is not known to whoever asks, and its indicators are not among the answers.
type Sources struct {
	Facts []Alike
	Help  []Help
	Loops []Loop
}

// has reports whether an indicator can be worked out.
func (s Sources) has(i Indicator) bool {
	switch i.Of {
	case "facts":
		return s.Facts != nil
	case "help":
		return s.Help != nil
	case "loops":
		return s.Loops != nil
	}
	return false
}

// MeasureAll works out every indicator whose source is known.
//
// It fails as [IndicatorsKnown].
func MeasureAll(from, to int, s Sources) ([]Measured, error) {
	known, err := IndicatorsKnown()
	all := []Measured{}
	for _, i := range known.Indicators {
		if s.has(i) {
			all = append(all, Measure(i, from, to, s))
		}
	}
	return all, err
}

// person is what one fact says of the thing that is told apart: classes, or why there is none.
func (a Alike) classes(by string) (classes []string, gap string) {
	one := func(v string) ([]string, string) {
		if v == "" || Gap(v) {
			return nil, cmp.Or(v, Unknown)
		}
		return []string{v}, ""
	}
	switch by {
	case "sex":
		return one(string(a.Sex))
	case "child":
		if a.Age == "" || Gap(a.Age) {
			return one(string(a.Age))
		}
		if a.Age.Minor() {
			return []string{string(Child)}, ""
		}
		return []string{string(Adult)}, ""
	case "age":
		return one(string(a.Age))
	case "citizenship":
		return one(string(a.Citizenship))
	case "status":
		return one(string(a.Status))
	case "registrar":
		return one(string(a.Registrar))
	case "form":
		all := strings.Split(a.Forms, "|")
		if len(all) == 1 {
			return one(all[0])
		}
		return all, ""
	}
	return nil, Unknown
}

// counts gathers the classes of one indicator.
type counts struct {
	m   Measured
	all map[string]*Counting
}

func (c *counts) add(class string, n, of int) {
	if c.all[class] == nil {
		c.all[class] = &Counting{Class: class}
	}
	c.all[class].Count += n
	c.all[class].Of += of
}

// person counts n persons of one kind.
func (c *counts) person(i Indicator, classes []string, gap string, n int) {
	c.m.All += n
	switch {
	case i.Mode == "count":
		c.m.Known += n
		return
	case gap != "":
		c.m.Gaps[gap] += n
		return
	}
	c.m.Known += n
	if i.Mode == "main" && len(classes) > 1 {
		classes = []string{Mixed}
	}
	for _, class := range classes {
		c.add(class, n, 0)
	}
}

// share counts n persons of a share: who has no status or no class is in the gaps, by the first reason.
func (c *counts) share(i Indicator, a Alike) {
	c.m.All += a.Count
	status, gap := a.classes("status")
	classes, other := a.classes(i.By)
	if gap = cmp.Or(gap, other); gap != "" {
		c.m.Gaps[gap] += a.Count
		return
	}
	c.m.Known += a.Count
	for _, class := range classes {
		n := 0
		if status[0] == i.OfStatus {
			n = a.Count
		}
		c.add(class, n, a.Count)
	}
}

func (c *counts) help(i Indicator, h Help) {
	switch i.By {
	case "wait":
		if h.Wait == "" || Gap(h.Wait) {
			c.person(i, nil, string(cmp.Or(h.Wait, Unknown)), 1)
			return
		}
		c.person(i, []string{string(h.Wait)}, "", 1)
	case "service":
		if len(h.Services) == 0 || Gap(h.Services[0]) {
			c.person(i, nil, cmp.Or(strings.Join(h.Services, ""), Unknown), 1)
			return
		}
		c.person(i, h.Services, "", 1)
	default:
		c.person(i, nil, "", 1)
	}
}

// Waiting is the reason for no number of days that what ends them has not happened yet.
const Waiting = "waiting"

// pace counts referrals by how long something took.
func (c *counts) pace(i Indicator, l Loop) {
	took := map[string]Wait{"answer": l.Answer, "decision": l.Decision, "handover": l.Handover}[i.By]
	if took == "" {
		c.m.Gaps[Waiting] += l.Count
		return
	}
	c.m.Known += l.Count
	for _, w := range Waits() {
		n := 0
		if w == took {
			n = l.Count
		}
		c.add(l.From+">"+l.To+" "+string(w), n, l.Count)
	}
}

func (c *counts) loop(i Indicator, l Loop) {
	c.m.All += l.Count
	if i.Mode == "pace" {
		c.pace(i, l)
		return
	}
	c.m.Known += l.Count
	n := 0
	if i.OfStatus == "decided" && l.Decided || i.OfStatus == "closed" && l.Closed {
		n = l.Count
	}
	c.add(l.From+">"+l.To, n, l.Count)
}

// Measure works an indicator out. Loops are as they stand today, whatever the years.
func Measure(i Indicator, from, to int, s Sources) Measured {
	c := counts{m: Measured{Indicator: i.ID, From: from, To: to, Gaps: map[string]int{}, Classes: []Counting{}}, all: map[string]*Counting{}}
	switch i.Of {
	case "facts":
		for _, a := range s.Facts {
			if a.Year < from || a.Year > to {
				continue
			}
			if i.Mode == "share" {
				c.share(i, a)
				continue
			}
			classes, gap := a.classes(i.By)
			c.person(i, classes, gap, a.Count)
		}
	case "help":
		for _, h := range s.Help {
			if y, ok := yearOf(h.Year); ok && y >= from && y <= to {
				c.help(i, h)
			}
		}
	case "loops":
		for _, l := range s.Loops {
			c.loop(i, l)
		}
	}
	for _, class := range slices.Sorted(maps.Keys(c.all)) {
		n := *c.all[class]
		if i.Mode != "share" && i.Mode != "pace" {
			n.Of = c.m.Known
		}
		c.m.Classes = append(c.m.Classes, n)
	}
	return c.m
}

func yearOf(s string) (int, bool) {
	if !yearForm.MatchString(s) {
		return 0, false
	}
	return int(s[0]-'0')*1000 + int(s[1]-'0')*100 + int(s[2]-'0')*10 + int(s[3]-'0'), true
}

// Measure works out every indicator on what this node has counted. The numbers are exact, small ones among them: they are for the office
// that holds the facts, and what leaves it goes through a release.
//
// It fails with [fault.Denied] if who may not read facts, and [fault.Invalid] "stats.years" if the years are none.
func (s *Service) Measure(ctx context.Context, who access.Actor, from, to int) ([]Measured, error) {
	if err := access.Check(who, access.ReadFact, access.Resource{Noun: "fact", Realm: access.Assistance}); err != nil {
		return nil, err
	}
	if from < 1990 || to > 2199 || from > to {
		return nil, fault.New(fault.Invalid, "stats.years")
	}
	in := Sources{Facts: []Alike{}, Help: []Help{}}
	if err := s.Read(ctx, func(tx Tx) error {
		facts, err := alike(ctx, tx, from, to)
		if err != nil {
			return err
		}
		in.Facts = append(in.Facts, facts...)
		return tx.Helps(ctx, func(h Help) bool {
			in.Help = append(in.Help, Help{Year: h.Year, Services: h.Services, Wait: h.Wait})
			return true
		})
	}); err != nil {
		return nil, err
	}
	return MeasureAll(from, to, in)
}
