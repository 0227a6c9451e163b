package weboffice

import (
	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/register"
)

// register shows the record of processing activities as it stands here.
func (v *visit) register() error {
	return v.assessment("register.title", func(a register.Assessment) templ.Component { return registerScreen(v.P, a) })
}

// dpia shows the template of the impact assessment.
func (v *visit) dpia() error {
	return v.assessment("register.dpia", func(a register.Assessment) templ.Component { return dpiaScreen(v.P, a) })
}

func (v *visit) assessment(title string, show func(register.Assessment) templ.Component) error {
	a, err := register.Assess(v.Forms(), v.Law(), v.Site.Member, v.P)
	if err != nil {
		return err
	}
	return v.Show(page.Page{Title: page.Key(title), Body: show(a)})
}
