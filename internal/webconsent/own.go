package webconsent

import (
	"net/url"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/ownview"
	"github.com/opentrm/opentrm/internal/page"
)

// ownModel is what a desk sees of the page that she has of her own.
type ownModel struct {
	path     string
	file     id.Case
	on       page.Msg // since when; none: no page is on
	language page.Select
	waits    []ownWait
}

// ownWait is a consent that she took back there, and what she is asked.
type ownWait struct {
	when page.Msg
	path string
	what page.Radios
}

func (v *visit) ownPage() error { return v.showOwn(0, "", nil) }

func (v *visit) showOwn(status int, at id.Consent, errors []page.Error) error {
	c := id.Case(v.R.PathValue("case"))
	of, err := v.OwnViews.Show(v.R.Context(), v.By.Actor, c)
	if err != nil {
		return err
	}
	m := ownModel{path: "/cases/" + string(c) + "/page", file: c, language: v.ReadSelect("lang", page.Key("subject.language"))}
	if of.On != nil {
		m.on = v.When(of.On.Made)
	}
	for i, w := range of.Withdrawals {
		if w.Confirmed != 0 {
			continue
		}
		x := ownWait{when: v.When(w.At), path: m.path + "/" + string(w.Consent), what: page.Radios{
			Field: page.Field{ID: "outcome-" + v.P.Number(int64(i+1)), Name: "outcome", Label: page.Key("ownview.outcome")},
		}}
		for _, o := range ownview.Outcomes() {
			x.what.Choices = append(x.what.Choices, page.Choice{Value: string(o), Text: page.Key("ownview.outcome." + string(o))})
		}
		if w.Consent == at && len(errors) > 0 {
			errors[0].Field = x.what.ID
			x.what.Error = errors[0].Text
		}
		m.waits = append(m.waits, x)
	}
	return v.Show(page.Page{Status: status, Title: page.Key("ownview.title"), Back: "/cases/" + string(c), Errors: errors, Leave: true, Body: ownScreen(v.P, m)})
}

// slipModel is a code that was given out, in her language.
type slipModel struct {
	p       *lang.Printer // hers
	address string
	code    string
	paper   bool
	why     string // nothing may be on paper: "unsafe" or "unasked"
	ask     string // where she is asked how she can be reached
}

// issueOwn shows the code this once. The page says nothing of the program, its address nothing of a case: both would be printed.
func (v *visit) issueOwn() error {
	c := id.Case(v.Field("case"))
	in, err := v.OwnViews.Issue(v.R.Context(), v.By, c)
	if err != nil {
		return err
	}
	m := slipModel{p: v.Reader("lang"), address: v.ownAddress(), code: in.Code, paper: in.Paper, why: "unsafe", ask: "/cases/" + string(c) + "/person"}
	if in.Unasked {
		m.why = "unasked"
	}
	return v.Show(page.Page{Title: page.Key("ownview.page"), Leave: true, Back: "/cases/" + string(c) + "/page", Body: slipScreen(v.P, m)})
}

// ownAddress is what she types into a browser: the whole address, without the sign of the protocol.
func (v *visit) ownAddress() string {
	host := v.R.Host
	if u, err := url.Parse(v.Address); err == nil && u.Host != "" {
		host = u.Host
	}
	return host + ownview.Path
}

func (v *visit) revokeOwn() error {
	c := id.Case(v.R.PathValue("case"))
	if err := v.OwnViews.Revoke(v.R.Context(), v.By.Actor, c); err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	return v.To("/cases/"+string(c)+"/page", "page-off")
}

func (v *visit) confirmOwn() error {
	at := id.Consent(v.R.PathValue("consent"))
	if _, err := v.OwnViews.Confirm(v.R.Context(), v.By, at, ownview.Outcome(v.Field("outcome"))); err != nil {
		status := page.StatusOf(fault.KindOf(err))
		errors, err := v.Correct(err, map[string]string{"": "outcome", "outcome": "outcome"})
		if err != nil {
			return err
		}
		return v.showOwn(status, at, errors)
	}
	return v.To("/cases/"+v.R.PathValue("case")+"/page", "page-asked")
}
