package webcount

import (
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/veil"
)

const newPath = listPath + "/new"

// questions are the fields of a proposal in the order in which they are asked.
func questions() []string {
	return []string{"purpose", "definition", "from", "to", "members", "epsilon", "widest", "least", "mixers", "batch", "people", "nodes"}
}

// field is a control by the name of its question, with what the answer means.
func (v *visit) field(f page.Form, name string) page.Field {
	out := page.Field{ID: name, Label: page.Key("count.ask." + name), Error: page.ErrorAt(f.Errors, name)}
	if key := "count.ask." + name + ".hint"; v.Site.Texts.Has(key) {
		out.Hint = page.Key(key)
	}
	return out
}

// chosen is what was sent for a field, and before anything was sent what is sane.
func (v *visit) chosen(name, sane string) string {
	if v.R.PostForm.Has(name) {
		return v.Field(name)
	}
	return sane
}

// day asks for a day, which is in the year before this one unless another was sent.
func (v *visit) day(f page.Form, name, day, month string) templ.Component {
	year := strconv.Itoa(v.Site.Now().In(v.Zone).Year() - 1)
	return page.DateFields(v.P, page.DateInput{
		Field: v.field(f, name), Day: v.chosen(name+"-day", day), Month: v.chosen(name+"-month", month), Year: v.chosen(name+"-year", year),
	})
}

func (v *visit) proposalForm() error { return v.showProposal(page.Form{}) }

// showProposal asks what is counted, by whom, and how much that may tell.
func (v *visit) showProposal(f page.Form) error {
	others, err := v.Counts.Others(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	var members []page.Choice
	ticked := v.R.PostForm["members"]
	for _, m := range others {
		members = append(members, page.Choice{Value: string(m), Text: page.Plain(v.country(m))})
		if !v.R.PostForm.Has("purpose") {
			ticked = append(ticked, string(m))
		}
	}
	sane := v.sane()
	f.Title, f.Action, f.Back, f.Submit = page.Key("count.new"), newPath, listPath, page.Key("count.check")
	f.Intro = []page.Msg{page.Key("count.new.text")}
	input := func(name string) templ.Component {
		return page.TextInput(v.P, page.Input{Field: v.field(f, name), Value: v.chosen(name, sane[name]), Mode: "numeric", Width: 5})
	}
	f.Fields = []templ.Component{
		page.RadioGroup(v.P, page.Radios{Field: v.field(f, "purpose"), Choices: v.Choices("count.purpose.", count.Purposes()...), Value: v.chosen("purpose", sane["purpose"])}),
		page.RadioGroup(v.P, page.Radios{Field: v.field(f, "definition"), Choices: v.Choices("count.definition.", count.Definitions()...), Value: v.chosen("definition", sane["definition"])}),
		v.day(f, "from", "1", "1"), v.day(f, "to", "31", "12"),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: v.field(f, "members"), Choices: members, Values: ticked}),
		page.RadioGroup(v.P, page.Radios{Field: v.field(f, "epsilon"), Choices: v.epsilons(), Value: v.chosen("epsilon", sane["epsilon"])}),
		page.RadioGroup(v.P, page.Radios{Field: v.field(f, "widest"), Choices: v.widths(), Value: v.chosen("widest", sane["widest"])}),
		input("least"),
		page.SelectList(v.P, page.Select{Field: v.field(f, "mixers"), Choices: numbers(v.mixers()...), Value: v.chosen("mixers", sane["mixers"])}),
		page.SelectList(v.P, page.Select{Field: v.field(f, "batch"), Choices: numbers(v.batches()...), Value: v.chosen("batch", sane["batch"])}),
		input("people"), input("nodes"),
	}
	return v.ShowForm(f)
}

// sane is what is chosen until somebody chooses: what keeps people safe, and tells enough.
func (v *visit) sane() map[string]string {
	return map[string]string{
		"purpose": count.Annual, "definition": count.Registered, "epsilon": "1000", "widest": "200", "least": strconv.Itoa(veil.SoundLeast),
		"mixers": strconv.Itoa(veil.SoundMixers), "batch": strconv.Itoa(veil.SoundBatch), "people": "10", "nodes": "3",
	}
}

func numbers(all ...int) []page.Choice {
	var out []page.Choice
	for _, n := range all {
		out = append(out, page.Choice{Value: strconv.Itoa(n), Text: page.Plain(strconv.Itoa(n))})
	}
	return out
}

// What people may choose from is what a sheet has to keep; where everybody is invented there is more, so that a small network can see a number.
func (v *visit) mixers() []int {
	all := []int{veil.SoundMixers, 5, 6, 7, 8}
	if v.Counts.Demo {
		all = append([]int{2, 3}, all...)
	}
	return all
}

func (v *visit) batches() []int {
	all := []int{veil.SoundBatch, 256, 512, 1024, 2048}
	if v.Counts.Demo {
		all = append([]int{veil.SmallBatch}, all...)
	}
	return all
}

// epsilons are how much a run may tell, each with how far noise then moves the number.
func (v *visit) epsilons() []page.Choice {
	all := []int{500, 1000, veil.SoundEpsilon}
	if v.Counts.Demo {
		all = append(all, 2*veil.SoundEpsilon)
	}
	var out []page.Choice
	for _, n := range all {
		sheet := veil.Sheet{Strong: count.StrongKeys, Weak: count.WeakKeys, Epsilon: n}
		off, _ := sheet.Margins()
		out = append(out, page.Choice{Value: strconv.Itoa(n), Text: page.Key("count.margin", "epsilon", v.epsilon(int64(n)), "off", v.P.Number(off))})
	}
	return out
}

func (v *visit) widths() []page.Choice {
	all := []int{100, 200, 300}
	if v.Counts.Demo {
		all = append(all, 1000)
	}
	var out []page.Choice
	for _, n := range all {
		out = append(out, page.Choice{Value: strconv.Itoa(n), Text: page.Key("count.width", "share", v.P.Percent(float64(n)/1000, 0))})
	}
	return out
}

// typed reads the proposal as it was sent. What is no number is none that a run can have.
func (v *visit) typed() count.Proposal {
	number := func(name string) int {
		n, err := strconv.Atoi(v.Field(name))
		if err != nil {
			return -1
		}
		return n
	}
	p := count.Proposal{
		Scope:  count.Scope{Purpose: v.Field("purpose"), Definition: v.Field("definition"), From: v.Day("from"), To: v.Day("to")},
		Mixers: number("mixers"), Epsilon: number("epsilon"), Least: number("least"), Widest: number("widest"), Batch: number("batch"),
		People: time.Duration(min(number("people"), 1000)) * 24 * time.Hour, Nodes: time.Duration(min(number("nodes"), 1000)) * 24 * time.Hour,
	}
	for _, m := range v.R.PostForm["members"] {
		p.Members = append(p.Members, id.Member(m))
	}
	return p
}

// checkModel is what a proposal would tell, before anybody hears of it.
type checkModel struct {
	path  string
	rows  []page.Row
	tells []page.Msg
	sent  [][2]string
}

// propose shows first what the run would tell, and sends it only from there.
func (v *visit) propose() error {
	switch v.Field("do") {
	case "change":
		return v.showProposal(page.Form{})
	case "propose":
		run, err := v.Counts.Propose(v.R.Context(), v.By.Actor, v.typed())
		if err != nil {
			return v.refused(err)
		}
		return v.To(pathOf(run), "count-proposed")
	}
	sheet, err := v.Counts.Reckon(v.R.Context(), v.By.Actor, v.typed())
	if err != nil {
		return v.refused(err)
	}
	scope := v.typed().Scope
	off, group := sheet.Margins()
	m := checkModel{
		path: newPath,
		rows: []page.Row{
			{Key: page.Key("count.one"), Value: v.called(scope)},
			{Key: page.Key("count.ask.definition"), Value: v.Word("count.definition.", scope.Definition)},
			{Key: page.Key("count.ask.members"), Value: v.countries(sheet.Members)},
			{Key: page.Key("count.ask.epsilon"), Value: page.Plain(v.epsilon(int64(sheet.Epsilon)))},
			{Key: page.Key("count.last"), Value: v.When(sheet.Until[len(sheet.Until)-1])},
		},
		tells: []page.Msg{
			page.Key("count.tells.persons", "off", v.P.Number(off)),
			page.Key("count.tells.from", "from", v.P.Number(max(int64(sheet.Least), (off*1000+int64(sheet.Widest)-1)/int64(sheet.Widest)))),
			page.Key("count.tells.groups", "group", v.P.Number(max(int64(sheet.Least), group))),
			page.Key("count.tells.members"), page.Key("count.tells.second"),
		},
	}
	for _, name := range slices.Sorted(slices.Values(append(questions(), "from-day", "from-month", "from-year", "to-day", "to-month", "to-year"))) {
		for _, value := range v.R.PostForm[name] {
			m.sent = append(m.sent, [2]string{name, value})
		}
	}
	codes := []string{}
	for _, x := range sheet.Members {
		codes = append(codes, string(x))
	}
	return v.Show(page.Page{Title: page.Key("count.check.title"), Back: newPath, Countries: codes, Body: checkScreen(v.P, m)})
}

// refused shows the form with what is to be corrected. A run that is too small to be about people tells too much for what it counts.
func (v *visit) refused(err error) error {
	at := fields(err, questions()...)
	if _, key, _ := fault.Public(err); key == "count.stranger" {
		at[""] = "members"
	} else if key == "count.unsound" {
		at[""] = "epsilon"
	}
	return v.Again(err, at, v.showProposal)
}
