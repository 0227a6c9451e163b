package register

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/profile"
)

// HTML writes the register as a page of its own, which needs nothing beside it.
//
// It fails as w does.
func (r Register) HTML(w io.Writer) error {
	r.open = true
	return alone(r.p, r.p.Text("register.title"), Content(r)).Render(context.Background(), w)
}

// HTML writes the template as a page of its own, with the register behind it.
//
// It fails as w does.
func (a Assessment) HTML(w io.Writer) error {
	a.Register.open = true
	return alone(a.Register.p, a.Register.p.Text("register.dpia"), assessed(a)).Render(context.Background(), w)
}

// say says a message.
func (r Register) say(key string, args ...any) string { return r.p.Text(key, args...) }

// roles names functions.
func (r Register) roles(a Activity) []string {
	var names []string
	for _, role := range a.Sees {
		names = append(names, r.say("access.role."+string(role)))
	}
	return names
}

// shared names categories.
func (r Register) shared(a Activity) []string {
	var names []string
	for _, c := range a.Shared {
		names = append(names, r.say("consent.category."+string(c)))
	}
	return names
}

// kept says how long records of one kind are kept.
func (r Register) kept(k Keeping) string {
	what := r.say("law.retention." + k.Class)
	if k.Period == nil {
		return what + ": " + r.say("register.unknown")
	}
	key := "register.period.months"
	if k.Period.Unit == profile.Days {
		key = "register.period.days"
	}
	said := what + ": " + r.p.Plural(key, k.Period.N) + ", " + r.say("register.from."+string(k.From))
	if !k.Binds {
		said += " (" + r.say("register.unconfirmed") + ")"
	}
	return said
}

// words lists what is written down, each once.
func words(data []Datum) []string {
	var all []string
	for _, d := range data {
		if !slices.Contains(all, d.Words) {
			all = append(all, d.Words)
		}
	}
	return all
}

// used returns the transfers that may rest on something.
func (r Register) used() []Transfer {
	return slices.DeleteFunc(slices.Clone(r.Transfers), func(t Transfer) bool { return len(t.Bases) == 0 })
}

// unused names the transfers that may rest on nothing, in one line; "" if there is none.
func (r Register) unused() string {
	var all []string
	for _, t := range r.Transfers {
		if len(t.Bases) == 0 {
			all = append(all, t.Text)
		}
	}
	return strings.Join(all, "; ")
}
