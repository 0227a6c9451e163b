package profile

import (
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Standing says how far a line of a checklist is done.
type Standing string

// The standings.
const (
	Open   Standing = "open"      // nobody has confirmed it
	Lapsed Standing = "lapsed"    // it was confirmed, and has changed since
	Done   Standing = "confirmed" // a named administrator confirmed it as it stands
)

// Line is one item that the national administrator of a member confirms before the node is used for real.
type Line struct {
	Item
	Standing Standing
	Before   Confirmation // with standing lapsed: the confirmation that no longer holds
}

// Checklist returns what the national administrator of a member has to confirm, and what she has: every item of the
// member's own profile on which nothing may rest yet, and of the network's the rules for what is sent from there, with their
// bases and refusals, the periods of law, and how long records are kept where the member says nothing of its own. What was read in the law itself, and what held once, is not on it. Lapsed are the
// confirmations that [Apply] did not take.
//
// It fails with [fault.Invalid] and "profile.member" if the member has no profile.
func (s Set) Checklist(m id.Member, lapsed []Confirmation) ([]Line, error) {
	own, ok := s.countries[m]
	if !ok {
		return nil, fault.New(fault.Invalid, "profile.member").With("member", string(m))
	}
	asked := map[string]bool{}
	own.each(func(key string, _ any, _ string, _ *Origin) { asked[key] = true })
	from, err := s.zone(m)
	for _, r := range s.network.Rules {
		if r.From != Home && (err != nil || r.From != from) {
			continue
		}
		asked[Network+"/rule."+r.Key] = true
		for _, b := range r.Bases {
			asked[Network+"/basis."+b] = true
		}
		for _, f := range r.Refusals {
			asked[Network+"/refusal."+r.Key+"."+f.Basis] = true
		}
	}
	for _, c := range s.network.Clocks {
		asked[Network+"/clock."+c.Key] = c.Legal
	}
	for _, r := range s.network.Retention {
		asked[Network+"/retention."+r.Key] = !slices.ContainsFunc(own.Retention, func(o Retention) bool { return o.Key == r.Key })
	}
	var lines []Line
	for _, item := range s.Items() {
		o := item.Origin
		if !asked[item.Key] || o.Status == Superseded || o.Usable() && o.Status != Confirmed {
			continue
		}
		line := Line{Item: item, Standing: Open}
		if o.Status == Confirmed {
			line.Standing = Done
		} else if i := slices.IndexFunc(lapsed, func(c Confirmation) bool { return c.Key == item.Key }); i >= 0 {
			line.Standing, line.Before = Lapsed, lapsed[i]
		}
		lines = append(lines, line)
	}
	return lines, nil
}
