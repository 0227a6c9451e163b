package webcase

import (
	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/restriction"
)

func (v *visit) reasonForm() error { return v.showReason(page.Form{}) }

// showReason asks why she opens a case that is kept and not used.
func (v *visit) showReason(f page.Form) error {
	c := id.Case(v.R.PathValue("case"))
	r, in, err := v.Restrictions.Of(v.R.Context(), v.By.Actor, c)
	if err != nil {
		return err
	}
	if !in {
		return v.To("/cases/"+string(c), "")
	}
	f.Title, f.Action, f.Submit = page.Key("restriction.state"), "/cases/"+string(c)+"/restriction", page.Key("restriction.state.do")
	f.Warning, f.Intro, f.Back = v.banner(r), []page.Msg{page.Key("restriction.state.text")}, "/cases"
	f.Fields = []templ.Component{
		page.SelectList(v.P, page.Select{
			Field: page.Field{ID: "code", Label: page.Key("restriction.code"), Error: page.ErrorAt(f.Errors, "code")}, Empty: page.Key("web.choose"),
			Value: v.R.FormValue("code"), Choices: v.Choices("restriction.reason.", v.Law().List("", restriction.ListReasons)...),
		}),
		page.TextInput(v.P, page.Input{
			Field: page.Field{ID: "words", Label: page.Key("restriction.words"), Hint: page.Key("restriction.words.hint"), Error: page.ErrorAt(f.Errors, "words")},
			Value: v.R.FormValue("words"),
		}),
	}
	return v.ShowForm(f)
}

// banner is what stands before everything else of a case that is kept and not used.
func (v *visit) banner(r restriction.Restriction) page.Msg {
	return page.Key("restriction.banner", "day", v.When(r.Placed).In(v.P), "ground", v.Word("restriction.ground.", r.Ground).In(v.P))
}

func (v *visit) stateReason() error {
	c := id.Case(v.R.PathValue("case"))
	if _, err := v.Restrictions.State(v.R.Context(), v.By.Actor, c, restriction.Saying{Code: v.Field("code"), Words: v.Field("words")}); err != nil {
		return v.Again(err, map[string]string{"": "code", "code": "code", "words": "words"}, v.showReason)
	}
	return v.To("/cases/"+string(c), "")
}
