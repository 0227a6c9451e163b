// Package webreturn is the screens of her return to a country: the list of a desk, what stands and what holds her back, her own
// decision, the risk assessment that two desks sign, papers, escort and arrival, how she is afterwards, and the end.
//
// Each file is one subject; the map is in [Services.Routes]. The desk that holds her case prepares the return; the desk that was
// asked to assess the risks with it sees the assessment, signs it or says that she changed her mind, and has no other screen. A desk that
// another member asks finds what it was sent in a list of its own.
package webreturn

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/joint"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
)

// Services are the nouns that the screens of a return need.
type Services struct {
	Homecomings *homecoming.Service
	Joints      *joint.Service
	Consents    *consent.Service
	Persons     *person.Service
	Referrals   *referral.Service
	Lists       casefile.Data // the lists of codes of cases
}

// visit is one request about a return.
type visit struct {
	*page.Visit
	Services
}

// Routes returns the map of the screens of a return.
func (s Services) Routes() []page.Route {
	m := page.NewMap(func(v *page.Visit) *visit { return &visit{v, s} })
	m.For("GET /returns", access.ListHomecoming, (*visit).list)
	m.For("GET /cases/{case}/returns", access.KnowHomecoming, (*visit).ofCase)
	m.For("POST /cases/{case}/returns", access.ProposeHomecoming, (*visit).propose)
	m.For("GET /returns/{return}", access.ReadHomecoming, (*visit).opened)
	m.For("GET /returns/{return}/decision", access.DecideHomecoming, (*visit).decideForm)
	m.For("POST /returns/{return}/decision", access.DecideHomecoming, (*visit).decide)
	m.For("GET /returns/{return}/interest", access.InterestHomecoming, (*visit).interestForm)
	m.For("POST /returns/{return}/interest", access.InterestHomecoming, (*visit).determine)
	m.For("GET /returns/{return}/assessment", access.AssessHomecoming, (*visit).assessForm)
	m.For("POST /returns/{return}/assessment", access.AssessHomecoming, (*visit).assess)
	m.For("POST /returns/{return}/signature", access.SignHomecoming, (*visit).sign)
	m.For("POST /returns/{return}/answer", access.CountersignHomecoming, (*visit).takeAnswer)
	m.For("GET /assessments", access.ListJoint, (*visit).joints)
	m.For("GET /assessments/{thread}", access.ReadJoint, (*visit).joint)
	m.For("POST /assessments/{thread}/signature", access.SignJoint, (*visit).signJoint)
	m.For("POST /assessments/{thread}/refusal", access.DeclineJoint, (*visit).declineJoint)
	m.For("GET /returns/{return}/plan", access.ArrangeHomecoming, (*visit).planForm)
	m.For("POST /returns/{return}/plan", access.ArrangeHomecoming, (*visit).arrange)
	m.For("POST /returns/{return}/departure", access.DepartHomecoming, (*visit).depart)
	m.For("GET /returns/{return}/report", access.ArriveHomecoming, (*visit).reportForm)
	m.For("POST /returns/{return}/report", access.ArriveHomecoming, (*visit).report)
	m.For("GET /returns/{return}/end", access.WithdrawHomecoming, (*visit).endForm)
	m.For("POST /returns/{return}/end", access.WithdrawHomecoming, (*visit).end)
	return m.Routes()
}

func (v *visit) which() id.Return { return id.Return(v.R.PathValue("return")) }

func pathOf(r id.Return) string { return "/returns/" + string(r) }

// at opens the return for a form of the desk that prepares it.
//
// It fails with [fault.Hidden] for the desk that assesses with it, which has no such form, and with [fault.Conflict]
// "homecoming.state" if the step is not taken now.
func (v *visit) at(action access.Action) (homecoming.File, error) {
	f, err := v.Homecomings.Show(v.R.Context(), v.By, v.which())
	if err != nil {
		return f, err
	}
	if v.By.Desk != f.Desk {
		return f, fault.New(fault.Hidden, "access.hidden")
	}
	if v.R.Method == "GET" && !homecoming.Takes(f.State, action) {
		return f, fault.New(fault.Conflict, "homecoming.state").With("state", v.Word("homecoming.state.", string(f.State)).In(v.P))
	}
	return f, nil
}

// form begins a form of a step.
func (v *visit) form(f page.Form, of homecoming.File, step string) page.Form {
	path := pathOf(of.ID)
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("homecoming.step."+step), path, path+"/"+step, page.Key("homecoming.step."+step+".do"), true
	f.Hidden = append(f.Hidden, [2]string{"version", v.Fresh(f, of.Version)})
	f.Now = v.stands(of, f.Title)
	return f
}

// unread is what keeps a step from being taken at which she is reached: whoever takes it has read first how that is safe.
func (v *visit) unread(of homecoming.File) ([]page.Error, error) {
	card, err := v.CardAt(v.Persons, of.Case)
	return v.Unread(card), err
}

// carded puts the safe-contact card before the form of such a step.
func (v *visit) carded(f page.Form, of homecoming.File) (page.Form, error) {
	card, err := v.CardAt(v.Persons, of.Case)
	return v.Behind(f, card), err
}

// again shows a form with what is to be corrected. A message that names a code says it in words, and stands at the control that
// fields names for its key.
func (v *visit) again(err error, fields map[string]string, show func(page.Form) error) error {
	kind, key, args := fault.Public(err)
	at, ok := fields[key]
	words := map[string]string{"state": "homecoming.state.", "code": "homecoming.explained.", "domain": "case.domain."}
	var said []any
	for name, code := range args {
		if prefix := words[name]; prefix != "" {
			said = append(said, name, v.Word(prefix, code).In(v.P))
		}
	}
	if !ok && len(said) == 0 {
		return v.Again(err, fields, show)
	}
	return show(page.Form{Status: page.StatusOf(kind), Errors: []page.Error{{Field: page.Or(at, fields[""]), Text: page.Key(key, said...)}}})
}

// was is what a field shows: what was sent, or on the first look what stands.
func (v *visit) was(name, stands string) string {
	if v.R.Method == "GET" {
		return stands
	}
	return v.Field(name)
}
