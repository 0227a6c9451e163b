// Package webcount is the screens of counting persons together with other members: the counts and what waits for whom, a proposal and what it would tell,
// one count with its steps, its result and what people do in it.
//
// Each file is one subject; the map is in [Services.Routes].
package webcount

import (
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// Services are the nouns that the screens of counts need.
type Services struct {
	Counts *count.Service
}

// visit is one request about counts.
type visit struct {
	*page.Visit
	Services
}

// Routes returns the map of the screens of counts.
func (s Services) Routes() []page.Route {
	m := page.NewMap(func(v *page.Visit) *visit { return &visit{v, s} })
	m.For("GET /counts", access.ShowCount, (*visit).list)
	m.For("POST /counts", access.AllowCount, (*visit).allow)
	m.For("GET /counts/new", access.ProposeCount, (*visit).proposalForm)
	m.For("POST /counts/new", access.ProposeCount, (*visit).propose)
	m.For("GET /counts/{count}", access.ShowCount, (*visit).run)
	m.For("POST /counts/{count}/voice", access.JoinCount, (*visit).voice)
	m.For("POST /counts/{count}/records", access.PrepareCount, (*visit).records)
	m.For("POST /counts/{count}/publish", access.PublishCount, (*visit).publish)
	m.For("GET /counts/{count}/transcript", access.ShowCount, (*visit).transcript)
	return m.Routes()
}

const listPath = "/counts"

func pathOf(run string) string { return listPath + "/" + run }

func (v *visit) which() string { return v.R.PathValue("count") }

// country names a member.
func (v *visit) country(m id.Member) string { return page.Or(v.P.CountryName(string(m)), string(m)) }

// countries names members in one sentence.
func (v *visit) countries(all []id.Member) page.Msg {
	if len(all) == 0 {
		return page.Key("web.none")
	}
	var names []string
	for _, m := range all {
		names = append(names, v.country(m))
	}
	return page.Plain(strings.Join(names, ", "))
}

// codes are the members of runs, for the footnotes that the names of some of them need.
func codes(all ...count.State) []string {
	var out []string
	for _, st := range all {
		for _, m := range st.Plan.Members {
			out = append(out, string(m))
		}
	}
	return out
}

// called is what a run is called: for what, and over which days.
func (v *visit) called(s count.Scope) page.Msg {
	return page.Key("count.of", "purpose", v.Word("count.purpose.", s.Purpose).In(v.P), "from", v.DayText(s.From).In(v.P), "to", v.DayText(s.To).In(v.P))
}

// epsilon writes thousandths as people do.
func (v *visit) epsilon(thousandths int64) string { return v.P.Decimal(float64(thousandths)/1000, 1) }

// fields maps fields of the noun to controls, and says at the head of the page what no control can mend.
func fields(err error, names ...string) map[string]string {
	all := page.FieldsOf(names...)
	if fault.Is(err, fault.Conflict) || len(names) == 0 {
		all[""] = ""
	}
	return all
}
