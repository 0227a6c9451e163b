package webreturn

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/sorting"
)

// asked is one risk that the form asks about: every domain as a whole, and each factor that was assessed before.
type asked struct{ domain, factor string }

// ID is the end of the names of its controls.
func (a asked) id() string { return strings.Trim(a.domain+"-"+a.factor, "-") }

func (v *visit) nameOf(r homecoming.Risk) page.Msg {
	if r.Factor == "" {
		return v.Word("case.domain.", r.Domain)
	}
	return page.Key("homecoming.risk.factor", "domain", v.Word("case.domain.", r.Domain).In(v.P), "factor", v.Word("case.factor.", r.Factor).In(v.P))
}

func (v *visit) asks(f homecoming.File) []asked {
	var all []asked
	for _, d := range v.Lists.Codes(casefile.ListDomain) {
		all = append(all, asked{domain: d})
		for _, r := range before(f) {
			if r.Domain == d && r.Factor != "" {
				all = append(all, asked{d, r.Factor})
			}
		}
	}
	return all
}

// before are the risks of the assessment that stands.
func before(f homecoming.File) []homecoming.Risk {
	if f.Assessment == nil {
		return nil
	}
	return f.Assessment.Assessment.Risks
}

// askable are the desks that may be shown what was found, each with the consent in which she named it: of this node, and of the
// country of return where one has accepted her.
func (v *visit) askable(f homecoming.File) ([]page.Choice, error) {
	given, err := v.Consents.List(v.R.Context(), v.By.Actor, f.Case)
	if err != nil {
		return nil, err
	}
	var sent []referral.Row
	if page.May(v.By.Actor, access.ListReferral) {
		if sent, err = v.Referrals.List(v.R.Context(), v.By.Actor, referral.Wanted{}); err != nil {
			return nil, err
		}
	}
	var all []page.Choice
	for _, x := range given {
		if !x.Live(v.Now()) || x.Origin != consent.TakenHere || !slices.Contains(x.Purposes, consent.ForReturn) || !slices.Contains(x.Categories, "risk.summary") {
			continue
		}
		for _, to := range x.Recipients {
			until := page.Key("homecoming.second.until", "when", v.When(x.ValidTo).In(v.P))
			if to.Member == v.Site.Member && to.Desk != v.By.Desk {
				all = append(all, page.Choice{Value: string(x.ID) + "/" + string(to.Desk), Text: page.Plain(to.String()), Hint: until})
			}
			for _, r := range sent {
				if r.Case == f.Case && r.Side == referral.Sender && r.Peer == to && string(to.Member) == f.To && r.Takes() {
					all = append(all, page.Choice{Value: string(x.ID) + "/" + to.String() + "/" + string(r.ID), Text: page.Plain(to.String()), Hint: until})
				}
			}
		}
	}
	return all, nil
}

func (v *visit) assessForm() error { return v.showAssess(page.Form{}) }

// showAssess asks for every domain how great the risk is, what was found, and what is done about it.
func (v *visit) showAssess(f page.Form) error {
	of, err := v.at(access.AssessHomecoming)
	if err != nil {
		return err
	}
	desks, err := v.askable(of)
	if err != nil {
		return err
	}
	f = v.form(f, of, "assessment")
	f.Intro = []page.Msg{page.Key("homecoming.assessment.text"), page.Key("homecoming.assessment.anew"), page.Key("homecoming.accepts.hint")}
	second := at(f, "second")
	if len(desks) == 0 {
		f.Warning = page.Key("homecoming.second.none")
	}
	stands := string(of.Consent) + "/" + string(of.Second)
	f.Fields = append(f.Fields, page.RadioGroup(v.P, page.Radios{Field: hinted(second), Choices: desks, Value: v.was("second", stands)}))
	if slices.ContainsFunc(desks, func(c page.Choice) bool { return strings.Count(c.Value, "/") > 1 }) {
		f.Fields = append(f.Fields, page.SelectList(v.P, page.Select{Field: hinted(at(f, "written-in")), Choices: v.Languages(), Value: v.was("written-in", string(v.P.Tag())), Empty: page.Key("web.choose")}))
	}
	tracing, conclusion := "", ""
	if of.Assessment != nil {
		tracing, conclusion = of.Assessment.Assessment.Tracing, of.Assessment.Assessment.Conclusion
	}
	for _, a := range v.asks(of) {
		r := homecoming.Risk{Domain: a.domain, Factor: a.factor}
		if i := slices.IndexFunc(before(of), func(x homecoming.Risk) bool { return x.Domain == a.domain && x.Factor == a.factor }); i >= 0 {
			r = before(of)[i]
		}
		f.Fields = append(f.Fields, v.controls(f, a.id(), v.nameOf(r), r, false)...)
	}
	for n := range further {
		key := "further-" + strconv.Itoa(n+1)
		about := page.Key("homecoming.further", "n", n+1)
		label := func(name string) page.Field {
			return optional(page.Field{ID: name + "-" + key, Label: page.Key("homecoming."+name+".of", "what", about.In(v.P)), Error: page.ErrorAt(f.Errors, name+"-"+key)})
		}
		domain := label("domain")
		domain.Hint = page.Key("homecoming.further.hint")
		f.Fields = append(f.Fields,
			page.SelectList(v.P, page.Select{Field: domain, Choices: v.Choices("case.domain.", v.Lists.Codes(casefile.ListDomain)...), Value: v.was("domain-"+key, ""), Empty: page.Key("homecoming.further.none")}),
			page.SelectList(v.P, page.Select{Field: label("factor"), Choices: v.Choices("case.factor.", v.Lists.Codes(casefile.ListFactor)...), Value: v.was("factor-"+key, ""), Empty: page.Key("homecoming.further.none")}),
		)
		f.Fields = append(f.Fields, v.controls(f, key, about, homecoming.Risk{}, true)...)
	}
	f.Fields = append(f.Fields,
		page.TextArea(v.P, page.Textarea{Field: optional(hinted(at(f, "tracing"))), Value: v.was("tracing", tracing)}),
		page.TextArea(v.P, page.Textarea{Field: at(f, "conclusion"), Value: v.was("conclusion", conclusion)}),
	)
	return v.ShowForm(f)
}

// controls ask about one risk: how great it is, what was found, and what is done about it.
func (v *visit) controls(f page.Form, key string, about page.Msg, r homecoming.Risk, left bool) []templ.Component {
	label := func(name string) page.Field {
		return page.Field{
			ID: name + "-" + key, Label: page.Key("homecoming."+name+".of", "what", about.In(v.P)), Error: page.ErrorAt(f.Errors, name+"-"+key), Optional: left,
		}
	}
	accepts := label("accepts")
	accepts.Optional = false
	mitigation := optional(label("mitigation"))
	level := label("level")
	level.Strong = true
	return []templ.Component{
		page.RadioGroup(v.P, page.Radios{Field: level, Choices: v.Choices("homecoming.level.", "green", "amber", "red"), Value: v.was("level-"+key, string(r.Level)), Inline: true}),
		page.TextArea(v.P, page.Textarea{Field: label("found"), Value: v.was("found-"+key, r.Found), Rows: 3}),
		page.TextArea(v.P, page.Textarea{Field: mitigation, Value: v.was("mitigation-"+key, r.Mitigation), Rows: 3}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: accepts, Choices: v.Choices("web.", "yes"), Values: v.R.PostForm["accepts-"+key]}),
	}
}

// further is how many risks of a factor a form takes besides those that it asks about. Whoever assesses anew is asked about them too,
// and can name others.
const further = 2

func (v *visit) assess() error {
	of, err := v.at(access.AssessHomecoming)
	if err != nil {
		return err
	}
	in := homecoming.Assessing{Tracing: v.Field("tracing"), Conclusion: v.Field("conclusion"), Language: string(v.P.Tag())}
	switch part := strings.Split(v.Field("second"), "/"); len(part) {
	case 2:
		in.Consent, in.Second = id.Consent(part[0]), id.Desk(part[1])
	case 4:
		in.Consent, in.Member, in.Second, in.Referral = id.Consent(part[0]), id.Member(part[1]), id.Desk(part[2]), id.Referral(part[3])
		in.Language = v.Field("written-in")
	}
	fields := map[string]string{
		"": "second", "second": "second", "tracing": "tracing", "conclusion": "conclusion", "language": "written-in", "referral": "second",
		"homecoming.referral": "second",
	}
	wrong := func(control string) error {
		return v.again(fault.New(fault.Invalid, "homecoming.field").With("field", control), map[string]string{control: control}, v.showAssess)
	}
	all := v.asks(of)
	keys := make([]string, 0, len(all)+further)
	for _, a := range all {
		keys = append(keys, a.id())
	}
	for n := range further {
		key := "further-" + strconv.Itoa(n+1)
		a := asked{v.Field("domain-" + key), v.Field("factor-" + key)}
		switch {
		case a == asked{} && v.Field("level-"+key)+v.Field("found-"+key)+v.Field("mitigation-"+key) == "": // left empty
			continue
		case !v.Lists.Has(casefile.ListDomain, a.domain):
			return wrong("domain-" + key)
		case !v.Lists.Has(casefile.ListFactor, a.factor) || slices.Contains(all, a): // the domain as a whole is asked about already
			return wrong("factor-" + key)
		}
		all, keys = append(all, a), append(keys, key)
	}
	for i, a := range all {
		key := keys[i]
		r := homecoming.Risk{
			Domain: a.domain, Factor: a.factor, Level: homecoming.Level(v.Field("level-" + key)), Found: v.Field("found-" + key), Mitigation: v.Field("mitigation-" + key),
		}
		accepted := v.Field("accepts-"+key) != ""
		switch {
		case r.Level == "" && r.Found == "" && r.Mitigation == "" && a.factor != "" && !strings.HasPrefix(key, "further-"): // looked at before, and no risk any more
			continue
		case r.Level != homecoming.Green && r.Level != homecoming.Amber && r.Level != homecoming.Red:
			return wrong("level-" + key)
		case r.Found == "" || len(r.Found) > longest:
			return wrong("found-" + key)
		case len(r.Mitigation) > longest, r.Level == homecoming.Red && accepted && r.Mitigation == "":
			return wrong("mitigation-" + key)
		}
		in.Risks = append(in.Risks, r)
		if r.Level == homecoming.Red && accepted {
			in.Accepts = append(in.Accepts, r.Key())
		}
	}
	r, err := v.Homecomings.Assess(v.R.Context(), v.By, v.which(), v.Version(), in)
	if err != nil {
		if _, key, _ := fault.Public(err); key == "consent.recipient" {
			return v.showAssess(page.Form{Status: page.StatusOf(fault.Denied), Errors: []page.Error{{Field: "second", Text: page.Plain(v.P.Fault(err))}}})
		}
		fields["homecoming.second"] = "second"
		return v.again(err, fields, v.showAssess)
	}
	return v.To(pathOf(r.ID), "return-assessed")
}

// longest is how long a text of a risk may be, in bytes; the noun says so of all of them at once.
const longest = 20000

// assessed puts the assessment on the screen of a return, in the language in which it is written, and what the second desk signs.
func (v *visit) assessed(m *returnModel, f homecoming.File, own bool, form page.Form, written string) {
	m.waits = page.Key("homecoming.waits.none")
	if f.Assessment == nil {
		return
	}
	a := f.Assessment.Assessment
	m.waits = page.Msg{}
	m.found, m.tracing, m.conclusion = page.Key("homecoming.assessed", "when", v.When(a.At).In(v.P)), a.Tracing, a.Conclusion
	m.written = written
	tones := map[homecoming.Level]page.Tone{homecoming.Green: page.Good, homecoming.Amber: page.Waiting, homecoming.Red: page.Late}
	var red []page.Choice
	for _, r := range v.inOrder(a.Risks) {
		rows := []page.Row{{Key: page.Key("homecoming.found"), Value: page.Plain(r.Found), Lang: written}, {Key: page.Key("homecoming.mitigation"), Value: page.Key("homecoming.mitigation.none")}}
		if r.Mitigation != "" {
			rows[1].Value, rows[1].Lang = page.Plain(r.Mitigation), written
		}
		if r.Level == homecoming.Red {
			said := page.Key("homecoming.accepted.both")
			if slices.Contains(f.Unaccepted, r.Key()) {
				said = page.Key("homecoming.accepted.not")
			}
			rows = append(rows, page.Row{Key: page.Key("homecoming.accepted"), Value: said})
			if r.Mitigation != "" {
				red = append(red, page.Choice{Value: r.Key(), Text: v.nameOf(r), Hint: page.Plain(r.Mitigation)})
			}
		}
		m.risks = append(m.risks, riskEntry{page.Tag{Text: v.Word("homecoming.level.", string(r.Level)), Tone: tones[r.Level]}, page.Entry{When: v.nameOf(r), Rows: rows}})
	}
	for _, sig := range f.Assessment.Signatures {
		by := id.Address{Member: cmp.Or(sig.Member, v.Site.Member), Desk: sig.Desk}
		m.signed = append(m.signed, page.Row{Key: page.Key("homecoming.signed-by"), Value: page.Plain(by.String()), Lines: []page.Msg{v.When(sig.At)}})
	}
	m.signs = !own && v.By.Desk == f.Second && f.Peer == "" && f.Signed == 0 && a.By != v.By.User && page.May(v.By.Actor, access.SignHomecoming) &&
		homecoming.Takes(f.State, access.SignHomecoming)
	if len(m.signed) == 1 && !m.signs {
		m.waits = page.Key("homecoming.waits.second", "desk", v.second(f))
	}
	if m.signs && len(red) > 0 {
		m.accepts = page.Checkboxes{
			Field:   page.Field{ID: "accepts", Label: page.Key("homecoming.accepts"), Hint: page.Key("homecoming.accepts.hint"), Error: page.ErrorAt(form.Errors, "accepts")},
			Choices: red, Values: v.R.PostForm["accepts"],
		}
	}
}

// inOrder is risks as they were asked for, not as they are signed.
func (v *visit) inOrder(risks []homecoming.Risk) []homecoming.Risk {
	order := v.Lists.Codes(casefile.ListDomain)
	return sorting.New(risks, func(a, b homecoming.Risk) int {
		return cmp.Compare(slices.Index(order, a.Domain), slices.Index(order, b.Domain))
	})
}

// second is the address of the desk that assesses with that of the case.
func (v *visit) second(f homecoming.File) string {
	return id.Address{Member: cmp.Or(f.Peer, v.Site.Member), Desk: f.Second}.String()
}

func (v *visit) sign() error {
	r, err := v.Homecomings.Sign(v.R.Context(), v.By, v.which(), v.Version(), v.R.PostForm["accepts"])
	if err != nil {
		return v.again(err, map[string]string{"": "accepts", "accepts": "accepts"}, v.showReturn)
	}
	return v.To(pathOf(r.ID), "return-signed")
}
