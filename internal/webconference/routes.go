// Package webconference is the screens of conferences about a case: the list of a desk, who sits there and by what, minutes, what was
// decided and who has signed it; and of how she is spoken to: what she needs in order to be understood, and how each text was put to her.
//
// Each file is one subject; the map is in [Services.Routes]. A desk that was invited sees its own seat, signs or says why not, and has no
// other screen.
package webconference

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/conference"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/profile"
)

// Services are the nouns that the screens of a conference need.
type Services struct {
	Conferences *conference.Service
	Cases       *casefile.Service
	Consents    *consent.Service
	Lists       casefile.Data      // the lists of codes of cases
	Law         func() profile.Set // the profiles as they stand now
}

// visit is one request about a conference.
type visit struct {
	*page.Visit
	Services
}

// Routes returns the map of the screens of a conference.
func (s Services) Routes() []page.Route {
	m := page.NewMap(func(v *page.Visit) *visit { return &visit{v, s} })
	m.For("GET /conferences", access.ListConference, (*visit).list)
	m.For("GET /cases/{case}/conferences", access.KnowConference, (*visit).ofCase)
	m.For("GET /cases/{case}/conferences/new", access.CallConference, (*visit).callForm)
	m.For("POST /cases/{case}/conferences/new", access.CallConference, (*visit).call)
	m.For("GET /conferences/{conference}", access.ReadConference, (*visit).opened)
	m.For("GET /conferences/{conference}/change", access.ChangeConference, (*visit).changeForm)
	m.For("POST /conferences/{conference}/change", access.ChangeConference, (*visit).change)
	m.For("GET /conferences/{conference}/seat", access.ChangeConference, (*visit).inviteForm)
	m.For("POST /conferences/{conference}/seat", access.ChangeConference, (*visit).invite)
	m.For("GET /conferences/{conference}/minutes", access.MinuteConference, (*visit).minuteForm)
	m.For("POST /conferences/{conference}/minutes", access.MinuteConference, (*visit).minute)
	m.For("GET /conferences/{conference}/text", access.WriteConference, (*visit).textForm)
	m.For("POST /conferences/{conference}/text", access.WriteConference, (*visit).text)
	m.For("GET /conferences/{conference}/answer", access.AnswerConference, (*visit).answerForm)
	m.For("POST /conferences/{conference}/answer", access.AnswerConference, (*visit).answer)
	m.For("POST /conferences/{conference}/settlement", access.SettleConference, (*visit).settle)
	m.For("GET /conferences/{conference}/end", access.EndConference, (*visit).endForm)
	m.For("POST /conferences/{conference}/end", access.EndConference, (*visit).end)
	m.For("GET /cases/{case}/spoken", access.ReadCase, (*visit).spoken)
	m.For("GET /cases/{case}/interpreting", access.MediateCase, (*visit).needsForm)
	m.For("POST /cases/{case}/interpreting", access.MediateCase, (*visit).needs)
	m.For("GET /cases/{case}/mediation", access.MediateCase, (*visit).mediateForm)
	m.For("POST /cases/{case}/mediation", access.MediateCase, (*visit).mediate)
	return m.Routes()
}

func (v *visit) which() id.Conference { return id.Conference(v.R.PathValue("conference")) }

func (v *visit) of() id.Case { return id.Case(v.R.PathValue("case")) }

func pathOf(c id.Conference) string { return "/conferences/" + string(c) }

func casePath(c id.Case) string { return "/cases/" + string(c) }

// kept hides the version of what was read in a form.
func (v *visit) kept(f page.Form, version int64) page.Form {
	f.Hidden = append(f.Hidden, [2]string{"version", v.Fresh(f, version)})
	return f
}

// at opens the conference for a form of the desk of the case.
//
// It fails with [fault.Hidden] for a desk that was invited, which has no such form.
func (v *visit) at() (conference.File, error) {
	f, err := v.Conferences.Show(v.R.Context(), v.By, v.which())
	if err == nil && !f.Own {
		err = fault.New(fault.Hidden, "access.hidden")
	}
	return f, err
}

// form begins a form of a step.
func (v *visit) form(f page.Form, of conference.File, step string) page.Form {
	f.Title, f.Submit, f.Back, f.Leave = page.Key("conference.step."+step), page.Key("conference.step."+step+".do"), pathOf(of.ID), true
	f.Action = f.Back + "/" + step
	f.Now = v.stands(of)
	return v.kept(f, of.Version)
}

// field is a control by the name of its question; words are the stem of what it says.
func field(f page.Form, words, name string) page.Field {
	return page.Field{ID: name, Label: page.Key(words + name), Error: page.ErrorAt(f.Errors, name)}
}

func hinted(f page.Field, words string) page.Field {
	f.Hint = page.Key(words + f.ID + ".hint")
	return f
}

func optional(f page.Field) page.Field {
	f.Optional = true
	return f
}

// fields maps fields of the noun to controls, and says at the head of the form what no control can mend.
func fields(err error, names ...string) map[string]string {
	all := page.FieldsOf(names...)
	if fault.Is(err, fault.Stale) || fault.Is(err, fault.Conflict) || fault.Is(err, fault.Denied) {
		all[""] = ""
	}
	return all
}

// again shows a form with what is to be corrected; a message that names a code says it in words.
func (v *visit) again(err error, names map[string]string, show func(page.Form) error) error {
	kind, key, args := fault.Public(err)
	words := map[string]string{"kind": "conference.seat.", "state": "conference.state.", "concern": "case.mediate.concern."}
	var said []any
	for name, code := range args {
		if prefix := words[name]; prefix != "" {
			said = append(said, name, v.Word(prefix, code).In(v.P))
		}
	}
	if len(said) == 0 || kind == fault.Hidden {
		return v.Again(err, names, show)
	}
	return show(page.Form{Status: page.StatusOf(kind), Errors: []page.Error{{Field: names[args["field"]], Text: page.Key(key, said...)}}})
}

// was is what a field shows: what was sent, or on the first look what stands.
func (v *visit) was(name, stands string) string {
	if v.R.Method == "GET" {
		return stands
	}
	return v.Field(name)
}

// yes says whether something is so.
func yes(is bool) page.Msg {
	if is {
		return page.Key("web.yes")
	}
	return page.Key("web.no")
}
