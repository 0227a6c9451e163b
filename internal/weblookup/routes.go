// Package weblookup is the screens of questions to other members, whether somebody is known to them: what was asked from a case and which members have
// answered, the proposal and the second person, what a desk that knows somebody decides, and how the secret is kept that questions need.
//
// Each file is one subject; the map is in [Services.Routes].
package weblookup

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/profile"
)

// Services are the nouns that the screens of questions need.
type Services struct {
	Lookups  *lookup.Service
	Consents *consent.Service
	Law      func() profile.Set // the profiles as they stand now
}

// visit is one request about questions.
type visit struct {
	*page.Visit
	Services
}

// Routes returns the map of the screens of questions.
func (s Services) Routes() []page.Route {
	m := page.NewMap(func(v *page.Visit) *visit { return &visit{v, s} })
	m.For("GET /cases/{case}/lookups", access.ListLookup, (*visit).ofCase)
	m.For("GET /cases/{case}/lookups/new", access.AskLookup, (*visit).askForm)
	m.For("POST /cases/{case}/lookups/new", access.AskLookup, (*visit).ask)
	m.For("GET /cases/{case}/lookups/thing", access.NoteCase, (*visit).thingForm)
	m.For("POST /cases/{case}/lookups/thing", access.NoteCase, (*visit).thing)
	m.For("GET /lookups/{lookup}", access.ConfirmLookup, (*visit).question)
	m.For("POST /lookups/{lookup}", access.ConfirmLookup, (*visit).confirm)
	m.For("GET /lookup-hits", access.ListLookup, (*visit).hits)
	m.For("GET /lookup-hits/{hit}", access.DecideLookup, (*visit).hit)
	m.For("POST /lookup-hits/{hit}", access.DecideLookup, (*visit).decide)
	m.For("GET /lookup-openings", access.OpenLookup, (*visit).openings)
	m.For("POST /lookup-openings", access.OpenLookup, (*visit).demand)
	m.For("GET /lookup-openings/{lookup}", access.UnsealLookup, (*visit).unseal)
	m.For("GET /lookup-secret", access.ShowLookup, (*visit).secret)
	m.For("POST /lookup-secret", access.CallLookup, (*visit).call)
	return m.Routes()
}

func (v *visit) which() id.Case { return id.Case(v.R.PathValue("case")) }

func pathOf(c id.Case) string { return "/cases/" + string(c) + "/lookups" }

func questionPath(q id.Lookup) string { return "/lookups/" + string(q) }

func hitPath(h id.Search) string { return "/lookup-hits/" + string(h) }

// field is a control by the name of its question.
func field(f page.Form, name string) page.Field {
	return page.Field{ID: name, Label: page.Key("lookup.ask." + name), Error: page.ErrorAt(f.Errors, name)}
}

// fields maps fields of the noun to controls, and says at the head of the form what no control can mend.
func fields(err error, names ...string) map[string]string {
	all := page.FieldsOf(names...)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Denied) {
		all[""] = ""
	}
	return all
}

// bases are the legal bases that one may choose from.
func (v *visit) bases() []page.Choice {
	var out []page.Choice
	for _, b := range v.Law().Bases() {
		out = append(out, page.Choice{Value: b, Text: page.Key("law.basis." + b)})
	}
	return out
}
