package webcase

import (
	"encoding/json"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/subject"
)

// copyModel is what has to be said before a copy is made: which words were read for it, and her language.
type copyModel struct {
	path     string
	read     page.Checkboxes
	language page.Select
}

// copyForm asks which words speak of nobody else. Nothing is ticked: what nobody has read is left out.
func (v *visit) copyForm() error {
	c := id.Case(v.R.PathValue("case"))
	all, err := v.Subjects.Copy(v.R.Context(), v.By, c, nil)
	if err != nil {
		return err
	}
	m := copyModel{path: "/cases/" + string(c) + "/copy", read: page.Checkboxes{
		Field: page.Field{ID: "read", Label: page.Key("subject.read"), Hint: page.Key("subject.read.hint")},
	}}
	for _, f := range all.Forms {
		if !f.Words {
			continue
		}
		sheet, err := v.said(f.Form, f.Version, f.Additions)
		if err != nil {
			return err
		}
		m.read.Choices = append(m.read.Choices, page.Choice{Value: string(f.Record), Text: page.Plain(sheet.Say(sheet.Form.Title) + ", " + v.When(f.At).In(v.P))})
	}
	for _, d := range all.Decisions {
		m.read.Choices = append(m.read.Choices, page.Choice{Value: string(d.Record), Text: page.Plain(v.Word("case.status.", d.Status).In(v.P) + ", " + d.Date)})
	}
	m.language = v.ReadSelect("language", page.Key("subject.language"))
	return v.Show(page.Page{Title: page.Key("subject.copy.do"), Back: "/cases/" + string(c), Leave: true, Body: copyFormScreen(v.P, m)})
}

// copyPage is the copy in her language.
type copyPage struct {
	parts []copyPart
	tag   string
	dir   string
	draft string
}

type copyPart struct {
	title string
	lines [][2]string // what, and the answer
	note  string
}

// copied shows the copy to be printed, or gives it as a file.
func (v *visit) copied() error {
	var read []id.Record
	for _, r := range v.R.PostForm["read"] {
		read = append(read, id.Record(r))
	}
	c, err := v.Subjects.Copy(v.R.Context(), v.By, id.Case(v.R.PathValue("case")), read)
	if err != nil {
		return err
	}
	if v.Field("do") == "file" {
		raw, err := json.MarshalIndent(c, "", "\t")
		if err != nil {
			return fault.Wrap(fault.Internal, "fault.internal", err)
		}
		v.Header().Set("Content-Disposition", `attachment; filename="copy.json"`)
		return v.Send("application/json", raw)
	}
	was := v.P
	v.P = v.Reader("language")
	m, err := v.copyOf(c)
	m.tag, m.dir = string(v.P.Tag()), v.P.Dir()
	if err == nil {
		var doubted bool
		if doubted, err = v.Wordings.Doubted(v.R.Context(), v.P.Tag(), "copy"); doubted {
			m.draft = v.P.Text("consent.read.draft")
		}
	}
	v.P = was
	if err != nil {
		return err
	}
	return v.Show(page.Page{Title: page.Key("subject.copy"), Back: "/cases/" + v.R.PathValue("case"), Leave: true, Body: copyScreen(v.P, m)})
}

// copyOf says a copy in the language of v.P.
func (v *visit) copyOf(c subject.Copy) (copyPage, error) {
	say := func(key string, args ...any) string { return v.P.Text(key, args...) }
	own := copyPart{title: say("subject.copy"), note: say("subject.intro"), lines: [][2]string{
		{say("subject.where"), string(c.Member) + "/" + string(c.Desk)},
		{say("subject.reference"), string(c.Reference)},
		{say("subject.opened"), v.When(c.Opened).In(v.P)},
		{say("subject.made"), v.When(c.Made).In(v.P)},
	}}
	if c.Status != "" {
		own.lines = append(own.lines, [2]string{say("subject.status"), v.Word("case.status.", c.Status).In(v.P)})
	}
	if c.Who != nil {
		for _, n := range c.Who.Names {
			own.lines = append(own.lines, [2]string{say("subject.name"), n.Text()})
		}
		if b, given := c.Who.Birth.Is(); given {
			own.lines = append(own.lines, [2]string{say("subject.birth"), v.P.PartialDate(b.Year, b.Month, b.Day)})
		}
		countries, _ := c.Who.Citizenships.Is()
		for _, x := range countries {
			own.lines = append(own.lines, [2]string{say("subject.citizenship"), v.P.CountryName(x)})
		}
	}
	m := copyPage{parts: []copyPart{own}}
	for _, f := range c.Forms {
		sheet, err := v.said(f.Form, f.Version, f.Additions)
		if err != nil {
			return copyPage{}, err
		}
		part := copyPart{title: sheet.Say(sheet.Form.Title) + ", " + v.When(f.At).In(v.P)}
		if f.Replaced {
			part.note = say("subject.replaced")
		}
		for _, section := range sheet.Form.Sections {
			for _, q := range section.Questions {
				if a, there := f.Answers[q.ID]; there {
					part.lines = append(part.lines, [2]string{sheet.Say(q.Words), v.answered(sheet, q, a).In(v.P)})
				}
			}
		}
		m.parts = append(m.parts, part)
	}
	m.parts = append(m.parts, v.copyOfDecisions(c), v.copyOfConsents(c), v.copyOfPassed(c))
	if len(c.Limits) > 0 {
		m.parts = append(m.parts, v.copyOfLimits(c))
	}
	m.parts = append(m.parts, v.copyOfOpenings(c), v.copyOfRequests(c), v.copyOfKeeps(c))
	rest := copyPart{title: say("subject.rest"), note: say("subject.withheld", "n", c.Withheld)}
	for _, r := range c.Rest {
		rest.lines = append(rest.lines, [2]string{v.Word("subject.kind.", r.Kind).In(v.P), strconv.Itoa(r.Count)})
	}
	m.parts = append(m.parts, rest, copyPart{title: say("subject.rights"), note: say("subject.rights.text")})
	return m, nil
}

func (v *visit) copyOfDecisions(c subject.Copy) copyPart {
	p := copyPart{title: v.P.Text("subject.decisions")}
	for _, d := range c.Decisions {
		p.lines = append(p.lines, [2]string{v.Word("case.status.", d.Status).In(v.P), d.Date + ", " + v.Word("case.body.", d.Body).In(v.P) + ", " + d.Name + ", " + d.Basis})
		if d.Grounds != "" {
			p.lines = append(p.lines, [2]string{v.P.Text("subject.grounds"), d.Grounds})
		}
	}
	return p
}

func (v *visit) copyOfConsents(c subject.Copy) copyPart {
	p := copyPart{title: v.P.Text("subject.consents")}
	for _, x := range c.Consents {
		var to, what []string
		for _, a := range x.Recipients {
			to = append(to, a.String())
		}
		for _, code := range x.Categories {
			what = append(what, v.Word("consent.category.", string(code)).In(v.P))
		}
		p.lines = append(p.lines, [2]string{v.When(x.Given).In(v.P) + ", " + v.Word("consent.state.", x.State).In(v.P), v.P.And(to...) + ": " + v.P.And(what...)})
	}
	return p
}

func (v *visit) copyOfPassed(c subject.Copy) copyPart {
	p := copyPart{title: v.P.Text("subject.passed")}
	for _, x := range c.Passed {
		way := "subject.sent"
		if x.Received {
			way = "subject.received"
		}
		ground := v.P.Text("subject.by-consent")
		if x.Override {
			ground = v.P.Text("subject.by-override")
		} else if x.Consent == "" {
			ground = v.Word("law.basis.", x.Basis).In(v.P)
		}
		p.lines = append(p.lines, [2]string{v.When(x.Made).In(v.P), v.P.Text(way, "desk", x.Desk.String()) + "; " + ground})
	}
	return p
}

func (v *visit) copyOfLimits(c subject.Copy) copyPart {
	p := copyPart{title: v.P.Text("subject.limits")}
	for _, x := range c.Limits {
		until := v.P.Text("subject.limits.runs")
		if x.Lifted != 0 {
			until = v.P.Text("subject.limits.lifted", "when", v.When(x.Lifted).In(v.P))
		}
		if x.Noticed != 0 {
			until = v.P.Text("subject.limits.noticed", "when", v.When(x.Noticed).In(v.P)) + "; " + until
		}
		p.lines = append(p.lines, [2]string{v.When(x.Placed).In(v.P) + ", " + v.Word("restriction.ground.", x.Ground).In(v.P), until})
	}
	return p
}

func (v *visit) copyOfOpenings(c subject.Copy) copyPart {
	p := copyPart{title: v.P.Text("case.openings")}
	for _, o := range c.Openings {
		p.lines = append(p.lines, [2]string{v.DayText(o.Date()).In(v.P), page.RoleName(o.Role).In(v.P)})
	}
	return p
}

func (v *visit) copyOfRequests(c subject.Copy) copyPart {
	p := copyPart{title: v.P.Text("subject.requests")}
	for _, r := range c.Requests {
		p.lines = append(p.lines, [2]string{r.Says, v.outcome(r)})
	}
	return p
}

func (v *visit) copyOfKeeps(c subject.Copy) copyPart {
	p := copyPart{title: v.P.Text("register.keeps")}
	for _, k := range c.Keeps {
		length := v.P.Text("register.unknown")
		if k.Period != nil {
			length = v.P.Plural("register.period."+string(k.Period.Unit), k.Period.N)
			if !k.Binds() {
				length += ", " + v.P.Text("register.unconfirmed")
			}
		}
		p.lines = append(p.lines, [2]string{v.P.Text(k.Text), length})
	}
	return p
}

// outcome says what was decided about a request.
func (v *visit) outcome(r subject.Kept) string {
	if r.Outcome == "" {
		return v.P.Text("subject.outcome.none")
	}
	return v.Word("subject.outcome.", string(r.Outcome)).In(v.P) + ": " + r.Reason
}

// requestsModel is what she asked to be corrected.
type requestsModel struct {
	path   string
	all    []requestModel
	says   page.Textarea
	writes bool
	errors []page.Error

	of             id.Record // the one that a form was sent about
	chosen, reason string
}

// sent is what was typed about a request, empty for the others of the page.
func (m requestsModel) sent(of id.Record, typed string) string {
	if of != m.of {
		return ""
	}
	return typed
}

type requestModel struct {
	subject.Kept
	asked page.Msg
	said  string
}

func (v *visit) requests() error { return v.showRequests(0, nil) }

func (v *visit) showRequests(status int, errors []page.Error) error {
	c := id.Case(v.R.PathValue("case"))
	all, err := v.Subjects.Requests(v.R.Context(), v.By, c)
	if err != nil {
		return err
	}
	m := requestsModel{path: "/cases/" + string(c) + "/corrections", writes: page.May(v.By.Actor, access.CorrectCase), errors: errors, says: page.Textarea{
		Field: page.Field{ID: "says", Label: page.Key("subject.says"), Hint: page.Key("subject.says.hint"), Error: page.ErrorAt(errors, "says")}, Value: v.R.FormValue("says"),
	}}
	m.of, m.chosen, m.reason = id.Record(v.R.PathValue("record")), v.R.PostFormValue("outcome"), v.R.PostFormValue("reason")
	var now *page.Now
	for _, r := range all {
		m.all = append(m.all, requestModel{r, v.When(r.Asked), v.outcome(r)})
		if r.Record == m.of {
			now = &page.Now{Rows: []page.Row{{Key: page.Key("subject.says"), Value: page.Plain(r.Says)}, {Key: page.Key("subject.outcome"), Value: page.Plain(v.outcome(r))}}, By: r.Decider, At: r.Decided, Path: m.path}
		}
	}
	return v.Show(page.Page{Status: status, Now: now, Title: page.Key("subject.requests"), Back: "/cases/" + string(c), Errors: errors, Leave: true, Body: requestsScreen(v.P, m)})
}

func (v *visit) request() error {
	c := id.Case(v.R.PathValue("case"))
	_, err := v.Subjects.Ask(v.R.Context(), v.By, c, v.Field("says"), "")
	return v.requested(err, map[string]string{"": "says", "says": "says"})
}

func (v *visit) decideRequest() error {
	c, r := id.Case(v.R.PathValue("case")), id.Record(v.R.PathValue("record"))
	_, err := v.Subjects.Decide(v.R.Context(), v.By, c, r, v.Version(), subject.Outcome(v.Field("outcome")), v.Field("reason"), "")
	return v.requested(err, map[string]string{"": "outcome-" + string(r), "outcome": "outcome-" + string(r), "reason": "reason-" + string(r)})
}

func (v *visit) requested(err error, fields map[string]string) error {
	if err == nil {
		return v.To("/cases/"+v.R.PathValue("case")+"/corrections", "request")
	}
	status := page.StatusOf(fault.KindOf(err))
	errors, err := v.Correct(err, fields)
	if err != nil {
		return err
	}
	return v.showRequests(status, errors)
}

// decidable are the outcomes that can be chosen.
func decidable() []page.Choice {
	var all []page.Choice
	for _, o := range []subject.Outcome{subject.Corrected, subject.Partly, subject.Refused} {
		all = append(all, page.Choice{Value: string(o), Text: page.Key("subject.outcome." + string(o))})
	}
	return all
}
