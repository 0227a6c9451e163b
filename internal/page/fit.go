package page

import (
	"github.com/opentrm/opentrm/internal/directory"
)

// Offers says what the organisation behind a desk gives: each kind of service with its light and since when that stands.
func (v *Visit) Offers(all []directory.Offered) string {
	said := make([]string, 0, len(all))
	for _, o := range all {
		said = append(said, v.offered(o))
	}
	return v.P.And(said...)
}

func (v *Visit) offered(o directory.Offered) string {
	light, age := v.Word("directory.light.", string(o.Light)).In(v.P), v.Age(o.Verified).In(v.P)
	if o.Stale {
		age += ", " + v.P.Text("directory.stale.tag")
	}
	return v.P.Text("directory.offered", "what", v.Word("case.service.", o.Code).In(v.P), "light", light, "age", age)
}

// Fits says why a desk fits what is needed, or does not, a sentence each: what it gives, what it can be asked for, and what is not said of it.
func (v *Visit) Fits(f directory.Fit) []Msg {
	if f.Unknown {
		return []Msg{Key("directory.fit.unknown")}
	}
	var all []Msg
	if len(f.Given) > 0 {
		all = append(all, Key("directory.fit.given", "what", v.Offers(f.Given)))
	}
	if len(f.Asked) > 0 {
		all = append(all, Key("directory.fit.asked", "what", v.Words("case.service.", f.Asked).In(v.P)))
	}
	if len(f.Unlisted) > 0 {
		all = append(all, Key("directory.fit.unlisted", "what", v.Words("case.service.", f.Unlisted).In(v.P)))
	}
	return all
}
