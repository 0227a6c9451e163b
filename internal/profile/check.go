package profile

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/id"
)

// check finds the first thing that a profile file may not contain.
func (p Profile) check() error {
	var first error
	p.problems(func(err error) {
		if first == nil {
			first = err
		}
	})
	return first
}

// problems tells of everything that a profile file may not contain, at most once for each item and sort of problem.
func (p Profile) problems(tell func(error)) {
	say := func(err error) {
		if err != nil {
			tell(err)
		}
	}
	if p.Schema != SchemaName {
		tell(wrong(p.Code, "schema"))
	}
	if p.Version < 1 {
		tell(wrong(p.Code, "version"))
	}
	if p.Code != Network {
		_, err := id.ParseMember(p.Code)
		say(err)
		if len(p.Rules)+len(p.Bases)+len(p.Pairs)+len(p.Rendering)+len(p.Instruments) > 0 {
			tell(wrong(p.Code, "rules")) // what concerns two members belongs to the network
		}
	} else if len(p.Identification)+len(p.Teams) > 0 {
		tell(wrong(p.Code, "identification")) // each country identifies by its own law
	}
	seen := map[string]bool{}
	p.each(func(key string, _ any, _ string, o *Origin) {
		if seen[key] || strings.HasSuffix(key, ".") {
			tell(wrong(key, "key"))
		}
		seen[key] = true
		say(o.check(key))
	})
	for _, v := range p.Values {
		if !json.Valid(v.Value) || string(v.Value) == "null" {
			tell(wrong(v.Key, "value"))
		}
	}
	for _, b := range p.Bases {
		if b.Text == "" {
			tell(wrong(b.Key, "text"))
		}
	}
	for _, r := range p.Rules {
		say(r.check())
	}
	for _, c := range p.Clocks {
		say(c.check())
	}
	for _, pair := range p.Pairs {
		if pair.From == "" || pair.To == "" {
			tell(wrong(pair.Clock.Key, "pair"))
		}
		say(pair.Clock.check())
	}
	for _, c := range p.Calendars {
		say(c.check())
	}
	for _, r := range p.Rendering {
		if r.Member == "" || r.Footnote == "" && r.Mark != "" {
			tell(wrong(r.Key, "footnote"))
		}
	}
	for _, r := range p.Identification {
		say(r.check())
	}
	for _, r := range p.Retention {
		say(r.check())
	}
	for _, t := range p.Teams {
		say(t.check())
	}
	for _, i := range p.Instruments {
		say(i.check())
	}
}

func (r Identification) check() error {
	switch {
	case !slices.Contains([]Act{Detect, Decide, Review}, r.Act):
		return wrong(r.Key, "act")
	case (r.Act == Detect) != (r.Status == ""):
		return wrong(r.Key, "status")
	case !slices.Contains([]People{Everybody, Adults, Children}, r.People):
		return wrong(r.Key, "people")
	case len(r.By) == 0 || slices.Contains(r.By, ""):
		return wrong(r.Key, "by")
	case !r.From.valid() || !r.Until.valid():
		return wrong(r.Key, "period")
	case r.From != nil && r.Until != nil && r.From.Earliest >= r.Until.Latest:
		return wrong(r.Key, "period")
	case r.Text == "":
		return wrong(r.Key, "text")
	}
	return nil
}

func (e *Edge) valid() bool {
	return e == nil || e.Latest.valid() && (e.Earliest == "" || e.Earliest.valid() && e.Earliest <= e.Latest)
}

func (o Origin) check(key string) error {
	switch {
	case o == Origin{}:
		return wrong(key, "origin")
	case o.Source == "":
		return wrong(key, "source")
	case !slices.Contains([]Status{Unverified, Verified, Superseded, Confirmed}, o.Status):
		return wrong(key, "status")
	case o.Status == Verified && o.Citation == "":
		return wrong(key, "citation")
	case (o.Status == Confirmed) != (o.ConfirmedBy != "") || (o.Status == Confirmed) != (o.ConfirmedOn != ""):
		return wrong(key, "confirmed_by")
	case o.ConfirmedOn != "" && !o.ConfirmedOn.valid():
		return wrong(key, "confirmed_on")
	case o.Fictitious && o.Status != Confirmed:
		return wrong(key, "fictitious")
	case o.Description && o.Status == Unverified:
		return wrong(key, "description")
	}
	return nil
}

func (d Date) valid() bool {
	t, err := time.Parse(time.DateOnly, string(d))
	return err == nil && t.Format(time.DateOnly) == string(d)
}

func (r RuleRow) check() error {
	sectors := Sectors()
	switch {
	case !slices.Contains([]Zone{Home, EU, NonEU, BodyIO}, r.From):
		return wrong(r.Key, "from")
	case !slices.Contains([]Zone{Home, EU, NonEU, BodyIO}, r.To), (r.From == Home) != (r.To == Home):
		return wrong(r.Key, "to")
	case !slices.Contains(sectors, r.FromSector):
		return wrong(r.Key, "from_sector")
	case len(r.ToSectors) == 0, slices.ContainsFunc(r.ToSectors, func(s Sector) bool { return !slices.Contains(sectors, s) }):
		return wrong(r.Key, "to_sectors")
	case len(r.Kinds) == 0:
		return wrong(r.Key, "kinds")
	case r.Text == "":
		return wrong(r.Key, "text")
	}
	for _, f := range r.Refusals {
		if f.Fault == "" || slices.Contains(r.Bases, f.Basis) {
			return wrong(r.Key, "refusals")
		}
	}
	return nil
}

func (c Clock) check() error {
	lengths := []*Length{&c.Length, c.Urgent, c.Longest}
	for _, l := range lengths {
		switch {
		case l == nil:
		case l.N < 0 || l.N > 100_000:
			return wrong(c.Key, "length")
		case !slices.Contains([]Unit{Hours, Days, WorkingDays, Months}, l.Unit):
			return wrong(c.Key, "unit")
		}
	}
	switch {
	case c.Start == "":
		return wrong(c.Key, "start")
	case c.Text == "":
		return wrong(c.Key, "text")
	case c.RemindPercent < 0 || c.RemindPercent > 100:
		return wrong(c.Key, "remind_percent")
	}
	last := 0
	for _, s := range c.Escalation {
		if !slices.Contains([]string{"desk", "deputy", "coordinator", "other-coordinator"}, s.To) || s.AtPercent < last || s.AtPercent > 1000 {
			return wrong(c.Key, "escalation")
		}
		last = s.AtPercent
	}
	return nil
}

// checkReferences finds the first name in one item that no other item has.
func (s Set) checkReferences() error {
	var first error
	s.references(func(err error) {
		if first == nil {
			first = err
		}
	})
	return first
}

// references tells of every name in one item that no other item has, and of rows that answer for the same.
func (s Set) references(tell func(error)) {
	for i, r := range s.network.Rules {
		for _, b := range r.Bases {
			if _, ok := s.basis(b); !ok {
				tell(wrong(r.Key, "bases"))
			}
		}
		for _, f := range r.Refusals {
			if _, ok := s.basis(f.Basis); !ok {
				tell(wrong(r.Key, "refusals"))
			}
		}
		for _, other := range s.network.Rules[:i] {
			if r.overlaps(other) {
				tell(wrong(r.Key, "kinds"))
			}
		}
	}
	for _, i := range s.network.Instruments {
		if _, ok := s.basis(i.Basis); !ok {
			tell(wrong(i.Key, "basis"))
		}
	}
	for _, m := range s.Members() {
		p := s.countries[m]
		for _, c := range p.Clocks {
			if _, ok := find(s.network.Clocks, c.UntilConfirmed); !ok && c.UntilConfirmed != "" {
				tell(wrong(p.Code+"/"+c.Key, "until_confirmed"))
			}
		}
		for _, r := range p.Identification {
			known := s.Bodies()
			if r.Act == Detect {
				known = s.List("", listDetectors)
			}
			if slices.ContainsFunc(r.By, func(b string) bool { return !slices.Contains(known, b) }) {
				tell(wrong(p.Code+"/"+r.Key, "by"))
			}
			if r.Act != Detect && !slices.Contains(s.Statuses(), r.Status) {
				tell(wrong(p.Code+"/"+r.Key, "status"))
			}
		}
	}
}

// overlaps reports whether two rows would answer for the same transfer.
func (r RuleRow) overlaps(o RuleRow) bool {
	return r.From == o.From && r.To == o.To && r.FromSector == o.FromSector &&
		slices.ContainsFunc(r.ToSectors, func(s Sector) bool { return slices.Contains(o.ToSectors, s) }) &&
		slices.ContainsFunc(r.Kinds, func(k string) bool { return slices.Contains(o.Kinds, k) })
}
