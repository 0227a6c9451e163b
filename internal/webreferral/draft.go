package webreferral

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
)

// A referral is drafted one thing a page (wizard.go) or, for whoever knows it, on one page. Both ask with the same fields, read with the same
// rules, and keep the same draft.

// whole are the fields in the order of the one page.
func whole() []string {
	return []string{"needs", "to", "full", "kind", "urgency", "sex", "age", "languages", "risk", "children", "spoken", "basis"}
}

// asked is what a referral is drafted from.
type asked struct {
	c            id.Case
	back, action string
	draft        referral.Row      // that is changed; none: a new one is begun
	in           referral.Drafting // its answers
	over         consent.Override  // the emergency path that a second person approved, if it is one
	consents     []consent.Consent
	desks        map[string]member.Desk
	offers       map[string][]directory.Offered // of desks of this member, by address
	instead      id.Address                     // the desk that the one which declined proposed
	notes        []page.Msg                     // beside what the desk is told at once
}

func (v *visit) ownPath() string { return "/referrals/" + string(v.referralAt().Referral) }

// drafts reads what a referral is drafted from.
func (v *visit) drafts() (a asked, err error) {
	a.c = id.Case(v.R.PathValue("case"))
	a.back = "/cases/" + string(a.c)
	a.action = a.back + "/referral"
	if a.c == "" {
		row, st, _, err := v.Referrals.Show(v.R.Context(), v.By.Actor, v.referralAt())
		if err != nil {
			return a, err
		}
		a.c, a.back, a.instead = row.Case, v.ownPath(), st.Alternative.Desk
		a.action = a.back + "/re-refer"
	}
	if at := v.draftAt(); at.Referral != "" {
		if a.draft, a.in, err = v.Referrals.Drafted(v.R.Context(), v.By, referral.At{Referral: at.Referral}); err != nil {
			return a, err
		}
		if a.draft.Case != a.c {
			return a, fault.New(fault.Hidden, "access.hidden")
		}
	}
	name := page.Or(v.Field("override"), v.R.URL.Query().Get("override"))
	if a.in.Override {
		name = string(a.in.Consent)
	}
	if name != "" {
		a.over, err = v.Consents.Overridden(v.R.Context(), v.By.Actor, id.Consent(name))
		if err == nil && a.over.Case != a.c {
			err = fault.New(fault.Hidden, "access.hidden")
		}
	}
	if err == nil {
		a.consents, err = v.Consents.List(v.R.Context(), v.By.Actor, a.c)
	}
	if err == nil {
		a.desks, err = v.listed()
	}
	if err == nil {
		a.offers, err = v.offered(a)
	}
	return a, err
}

// draftAt names the draft whose answers a form changes; none if a new one is written.
func (v *visit) draftAt() referral.At {
	name := page.Or(v.Field("draft"), v.R.URL.Query().Get("draft"))
	version, err := strconv.ParseInt(v.Field("version"), 10, 64)
	if err != nil {
		version = -1 // none: what nobody has read is not written over
	}
	return referral.At{Referral: id.Referral(name), Version: version}
}

// hidden names what a form of the draft changes.
func (a asked) hidden() [][2]string {
	all := [][2]string{{"draft", string(a.draft.ID)}, {"version", ""}}
	if a.draft.ID != "" {
		all[1][1] = strconv.FormatInt(a.draft.Version, 10)
	}
	if a.over.ID != "" {
		all = append(all, [2]string{"override", string(a.over.ID)})
	}
	return all
}

// said are the answers of a draft as a form sends them.
func said(in referral.Drafting) url.Values {
	q := in.Request
	all := url.Values{
		"to": {string(in.Consent) + " " + in.To.String()}, "kind": {string(in.Kind)}, "basis": {string(in.Basis)}, "urgency": {string(q.Urgency)}, "sex": {string(q.Sex)},
		"age": {string(q.AgeClass)}, "languages": q.Languages, "risk": {string(q.Risk)}, "children": {strconv.Itoa(q.Children)},
	}
	for _, n := range q.Needs {
		all.Add("needs", string(n))
	}
	for name, yes := range map[string]bool{"full": in.Full, "spoken": in.Spoken} {
		if yes {
			all.Set(name, "yes")
		}
	}
	return all
}

// live are the desks that she named in a consent which stands, or the one of the emergency path. Of each stands what decides whether it is
// asked, and what it is told.
func (v *visit) live(a *asked) []page.Choice {
	if a.over.ID != "" { // what was approved is for one desk and under its own ground
		return []page.Choice{{Value: string(a.over.ID) + " " + a.over.Recipient.String(), Text: page.Plain(a.over.Recipient.String()), Hint: v.aboutDesk(a, a.over.Recipient, page.Key("referral.override.until", "until", v.When(a.over.ValidTo).In(v.P)), a.over.Categories)}}
	}
	var all []page.Choice
	for _, x := range a.consents {
		if !x.Live(v.Now()) || x.Origin != consent.TakenHere {
			continue
		}
		for _, to := range x.Recipients {
			if to == a.instead {
				a.instead = id.Address{}
			}
			all = append(all, page.Choice{Value: string(x.ID) + " " + to.String(), Text: page.Plain(to.String()), Hint: v.aboutDesk(a, to, page.Key("referral.under", "until", v.When(x.ValidTo).In(v.P)), x.Categories)})
		}
	}
	return all
}

// about fills in what is to be known before a desk is chosen.
func (v *visit) about(f *page.Form, a *asked) error {
	f.Intro, f.Warning = append(f.Intro, page.Key("referral.draft.text")), page.Key("referral.draft.care")
	if a.over.ID != "" {
		f.Warning = page.Msg{}
		f.Intro = append(f.Intro, page.Key("referral.draft.override", "basis", v.Word("consent.override.basis.", a.over.Basis).In(v.P)))
	}
	risk, err := v.riskOf(a.c)
	if err != nil {
		return err
	}
	if !risk.None() {
		f.Intro = append(f.Intro, risk)
	}
	if waits := slices.IndexFunc(a.consents, func(x consent.Consent) bool { return x.Origin == consent.TakenHere && x.Waits(v.Now()) }); waits >= 0 && a.over.ID == "" {
		f.Intro = append(f.Intro, page.Key("consent.unconfirmed"))
		if page.May(v.By.Actor, access.ConfirmConsent) {
			f.Above = append(f.Above, otherView(v.P, page.Link{Path: "/consents/" + string(a.consents[waits].ID), Text: page.Key("consent.unconfirmed.ask")}))
		}
	} else if len(v.live(a)) == 0 {
		f.Intro = append(f.Intro, page.Key("referral.draft.no-consent"))
		if page.May(v.By.Actor, access.GiveConsent) {
			f.Above = append(f.Above, firstConsent(v.P, "/cases/"+string(a.c)+"/consent"))
		}
		if page.May(v.By.Actor, access.ProposeOverride) {
			f.Above = append(f.Above, otherView(v.P, page.Link{Path: "/cases/" + string(a.c) + "/override", Text: page.Key("consent.override.propose")}))
		}
	}
	if a.instead != (id.Address{}) {
		f.Intro = append(f.Intro, page.Key("referral.alternative.unasked", "desk", a.instead.String()))
	}
	return nil
}

// field asks for one answer.
func (v *visit) field(a *asked, name string, errors []page.Error) templ.Component {
	field := func(key string) page.Field {
		return page.Field{ID: name, Label: page.Key(key), Error: page.ErrorAt(errors, name), Notes: a.notes}
	}
	radios := func(key string, inline bool, choices []page.Choice, otherwise string) templ.Component {
		return page.RadioGroup(v.P, page.Radios{Field: field(key), Choices: choices, Value: page.Or(v.Field(name), otherwise), Inline: inline})
	}
	boxes := func(key string, choices []page.Choice) templ.Component {
		return page.CheckboxGroup(v.P, page.Checkboxes{Field: field(key), Choices: choices, Values: v.R.PostForm[name]})
	}
	switch name {
	case "to":
		f := page.Field{ID: name, Label: page.Key("referral.to"), Hint: page.Key("referral.to.hint"), Error: page.ErrorAt(errors, name)}
		if a.over.ID != "" {
			f.Label, f.Hint = page.Key("referral.override.to"), page.Msg{}
		}
		return page.RadioGroup(v.P, page.Radios{Field: f, Choices: v.live(a), Value: v.Field(name)})
	case "full":
		return page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: name, Label: page.Key("referral.full"), Optional: true, Error: page.ErrorAt(errors, name)}, Choices: []page.Choice{{Value: "yes", Text: page.Key("referral.full.yes")}}, Values: v.R.PostForm[name]})
	case "kind":
		return radios("referral.kind", false, listed(v, "kind", "referral.kind."), "")
	case "needs":
		return boxes("referral.needs", v.Choices("case.service.", v.Lists.Codes(casefile.ListService)...))
	case "urgency":
		return radios("referral.urgency", true, v.Choices("referral.urgency.", string(referral.Normal), string(referral.Urgent)), string(referral.Normal))
	case "sex":
		return radios("person.sex", true, v.Choices("person.sex.", "female", "male", "other", "unknown"), "unknown")
	case "age":
		return radios("case.age-class", false, v.Choices("person.age.", "adult", "child", "unknown"), "unknown")
	case "languages":
		return boxes("person.languages", v.Languages())
	case "risk":
		return radios("case.risk", true, v.Choices("case.grade.", "low", "medium", "high", "unknown"), "unknown")
	case "children":
		return page.TextInput(v.P, page.Input{Field: field("referral.children"), Value: page.Or(v.Field(name), "0"), Mode: "numeric", Width: 2})
	case "spoken":
		f := field("referral.spoken")
		f.Hint, f.Optional, f.Notes = page.Key("referral.spoken.hint"), true, nil
		return page.CheckboxGroup(v.P, page.Checkboxes{Field: f, Choices: v.Choices("web.", "yes"), Values: v.R.PostForm[name]})
	}
	return page.SelectList(v.P, v.bases(errors))
}

// begun puts the answers of the draft into the form. A new one begins with what the case says of her, as far as the reader may know it; what
// nobody has said is unknown, and how she is spoken to goes along.
func (v *visit) begun(a asked) error {
	if a.draft.ID != "" {
		v.R.PostForm = said(a.in)
		return nil
	}
	all := url.Values{"urgency": {string(referral.Normal)}, "sex": {"unknown"}, "age": {"unknown"}, "risk": {"unknown"}, "children": {"0"}, "spoken": {"yes"}}
	v.R.PostForm = all
	if page.May(v.By.Actor, access.KnowCase) {
		row, err := v.Cases.Know(v.R.Context(), v.By.Actor, a.c)
		if err != nil {
			return err
		}
		all.Set("age", string(row.AgeClass))
	}
	if !page.May(v.By.Actor, access.ReadPerson) {
		return nil
	}
	kept, err := v.Persons.Show(v.R.Context(), v.By, a.c)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if sex, ok := kept.Person.Sex.Is(); ok {
		all.Set("sex", string(sex))
	}
	if spoken, ok := kept.Person.Languages.Is(); ok {
		for _, l := range spoken {
			all.Add("languages", l.Tag)
		}
	}
	return err
}

func (v *visit) draftForm() error {
	if !v.Dense() {
		return v.walkForm()
	}
	return v.showDraft(page.Form{})
}

// showDraft asks what is needed, for whom, and under which consent. Nothing here tells who she is.
func (v *visit) showDraft(f page.Form) error {
	a, err := v.drafts()
	if err != nil {
		return err
	}
	f.Hidden = append(f.Hidden, a.hidden()...)
	switch {
	case v.R.Method == http.MethodGet:
		err = v.begun(a)
	case a.draft.ID != "" && a.draft.Version != v.draftAt().Version: // her answers stay; where somebody was faster, what stands now is shown above them
		err = v.stands(&f, a.draft)
	}
	if err != nil {
		return err
	}
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("referral.new"), a.back, a.action, page.Key("referral.draft.do"), true
	if err := v.about(&f, &a); err != nil {
		return err
	}
	f.Above = append(f.Above, otherView(v.P, v.viewOf(a, "parts", "form.by-part")))
	for _, name := range whole() {
		if name != "basis" || a.over.ID == "" {
			f.Fields = append(f.Fields, v.field(&a, name, f.Errors))
		}
	}
	return v.ShowForm(f)
}

// stands shows above a form what somebody else has kept meanwhile.
func (v *visit) stands(f *page.Form, row referral.Row) error {
	rows, err := v.draftRows(row)
	f.Now = &page.Now{Rows: rows, At: row.Since, Path: v.referralPath(row)}
	return err
}

// viewOf leads to the other way of drafting the same.
func (v *visit) viewOf(a asked, view, text string) page.Link {
	q := url.Values{"view": {view}}
	if a.draft.ID != "" {
		q.Set("draft", string(a.draft.ID))
	}
	if a.over.ID != "" {
		q.Set("override", string(a.over.ID))
	}
	return page.Link{Path: a.action + "?" + q.Encode(), Text: page.Key(text)}
}

// drafting reads the form of a referral. The consent decides which categories go along. What the form does not ask stays as the draft has it.
func (v *visit) drafting(a asked, asks func(string) bool) (referral.Drafting, error) {
	bad := func(f string) (referral.Drafting, error) {
		return referral.Drafting{}, fault.New(fault.Invalid, "referral.draft").With("field", f)
	}
	name, address, _ := strings.Cut(v.Field("to"), " ")
	to, err := id.ParseAddress(address)
	if err != nil {
		return bad("to")
	}
	children, err := strconv.Atoi(v.Field("children"))
	if err != nil {
		return bad("children")
	}
	d := referral.Drafting{
		To: to, Kind: code(v, "kind"), Basis: code(v, "basis"), Consent: id.Consent(name), Expires: v.Referrals.Expires(to.Member),
		Spoken: v.Field("spoken") != "", Full: v.Field("full") != "", Facts: a.in.Facts, Onward: a.in.Onward, Continues: a.in.Continues,
		Request: referral.Request{
			Sex: code(v, "sex"), AgeClass: person.AgeClass(v.Field("age")), Languages: v.Sent("languages", v.Languages()), Urgency: referral.Urgency(v.Field("urgency")),
			Risk: code(v, "risk"), Capacity: "place", Children: children,
		},
	}
	for _, n := range v.Sent("needs", v.Choices("", v.Lists.Codes(casefile.ListService)...)) {
		d.Request.Needs = append(d.Request.Needs, referral.Code(n))
	}
	if asks("full") && a.desks[to.String()].Capacity == "full" && !d.Full {
		return d, fault.New(fault.Conflict, "referral.capacity").With("field", "full")
	}
	if a.over.ID != "" {
		if d.Consent != a.over.ID || to != a.over.Recipient {
			return bad("to")
		}
		d.Override, d.Basis, d.Categories = true, referral.Code(a.over.Basis), a.over.Categories
		return d, nil
	}
	for _, x := range a.consents {
		if x.ID == d.Consent {
			d.Categories = x.Categories
		}
	}
	if len(d.Categories) == 0 {
		return bad("to")
	}
	return d, nil
}

// keep writes the draft down: a new one, one that was begun, or one of a case whose referral is over.
func (v *visit) keep(a asked, at referral.At, d referral.Drafting) (referral.Row, error) {
	if v.R.PathValue("case") == "" {
		return v.Referrals.ReRefer(v.R.Context(), v.By, v.referralAt(), d)
	}
	return v.Referrals.Draft(v.R.Context(), v.By, a.c, at, d)
}

// draft keeps what was sent, from the one page or from one of several.
func (v *visit) draft() error {
	a, err := v.drafts()
	if err != nil {
		return err
	}
	if name := v.Field("step"); name != "" {
		return v.walk(a, pageNamed(name))
	}
	d, err := v.drafting(a, func(string) bool { return true })
	var row referral.Row
	if err == nil {
		row, err = v.keep(a, v.draftAt(), d)
	}
	if err != nil {
		return v.draftAgain(err, v.showDraft)
	}
	return v.To(v.referralPath(row), "draft")
}

func (v *visit) draftAgain(err error, show func(page.Form) error) error {
	fields := map[string]string{"": "to", "age_class": "age"}
	for _, f := range whole() {
		fields[f] = f
	}
	return v.AgainDenied(err, fields, show)
}
