package profile

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/id"
)

// check finds what a profile file may not contain; the linter of the data.
func (p Profile) check() error {
	if p.Schema != SchemaName {
		return wrong(p.Code, "schema")
	}
	if p.Version < 1 {
		return wrong(p.Code, "version")
	}
	if p.Code != Network {
		if _, err := id.ParseMember(p.Code); err != nil {
			return err
		}
		if len(p.Rules)+len(p.Bases)+len(p.Pairs)+len(p.Rendering) > 0 {
			return wrong(p.Code, "rules") // what concerns two members belongs to the network
		}
	}
	seen := map[string]bool{}
	var bad error
	p.each(func(key string, _ any, _ string, o *Origin) {
		if bad == nil && (seen[key] || strings.HasSuffix(key, ".")) {
			bad = wrong(key, "key")
		}
		seen[key] = true
		if bad == nil {
			bad = o.check(key)
		}
	})
	if bad != nil {
		return bad
	}
	for _, v := range p.Values {
		if !json.Valid(v.Value) || string(v.Value) == "null" {
			return wrong(v.Key, "value")
		}
	}
	for _, b := range p.Bases {
		if b.Text == "" {
			return wrong(b.Key, "text")
		}
	}
	for _, r := range p.Rules {
		if err := r.check(); err != nil {
			return err
		}
	}
	for _, c := range p.Clocks {
		if err := c.check(); err != nil {
			return err
		}
	}
	for _, pair := range p.Pairs {
		if pair.From == "" || pair.To == "" {
			return wrong(pair.Clock.Key, "pair")
		}
		if err := pair.Clock.check(); err != nil {
			return err
		}
	}
	for _, c := range p.Calendars {
		if err := c.check(); err != nil {
			return err
		}
	}
	for _, r := range p.Rendering {
		if r.Member == "" || r.Footnote == "" && r.Mark != "" {
			return wrong(r.Key, "footnote")
		}
	}
	return nil
}

func (o Origin) check(key string) error {
	switch {
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
	}
	return nil
}

func (d Date) valid() bool {
	t, err := time.Parse(time.DateOnly, string(d))
	return err == nil && t.Format(time.DateOnly) == string(d)
}

func (r RuleRow) check() error {
	sectors := []Sector{SectorAuthority, SectorService, SectorJustice, SectorInternational}
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
		if l != nil && (l.N < 0 || l.N > 100_000 || !slices.Contains([]Unit{Hours, Days, WorkingDays, Months}, l.Unit)) {
			return wrong(c.Key, "length")
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

func (c Calendar) check() error {
	for _, day := range c.Weekend {
		if _, ok := weekday(day); !ok {
			return wrong(c.Key, "weekend")
		}
	}
	if len(c.Weekend) > 6 {
		return wrong(c.Key, "weekend")
	}
	for _, h := range c.Holidays {
		day := h.Day
		if len(day) == len("01-02") {
			day = "2024-" + day // a leap year, so that 29 February can be a holiday
		}
		if !Date(day).valid() || h.Text == "" {
			return wrong(c.Key, "holidays")
		}
	}
	return nil
}

// checkReferences finds names in one item that no other item has.
func (s Set) checkReferences() error {
	for _, r := range s.network.Rules {
		for _, b := range r.Bases {
			if _, ok := s.basis(b); !ok {
				return wrong(r.Key, "bases")
			}
		}
		for _, f := range r.Refusals {
			if _, ok := s.basis(f.Basis); !ok {
				return wrong(r.Key, "refusals")
			}
		}
	}
	for i, r := range s.network.Rules {
		for _, other := range s.network.Rules[:i] {
			if r.overlaps(other) {
				return wrong(r.Key, "kinds")
			}
		}
	}
	for _, p := range s.countries {
		for _, c := range p.Clocks {
			if c.UntilConfirmed == "" {
				continue
			}
			if _, ok := find(s.network.Clocks, c.UntilConfirmed); !ok {
				return wrong(p.Code+"/"+c.Key, "until_confirmed")
			}
		}
	}
	return nil
}

// overlaps reports whether two rows would answer for the same transfer.
func (r RuleRow) overlaps(o RuleRow) bool {
	return r.From == o.From && r.To == o.To && r.FromSector == o.FromSector &&
		slices.ContainsFunc(r.ToSectors, func(s Sector) bool { return slices.Contains(o.ToSectors, s) }) &&
		slices.ContainsFunc(r.Kinds, func(k string) bool { return slices.Contains(o.Kinds, k) })
}
