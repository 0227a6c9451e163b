package webcase

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/screening"
)

// signPrefix stands before the name of an indicator in the form.
const signPrefix = "sign-"

// signPart is the indicators of one element of the definition, folded: what did not come up is not looked at.
type signPart struct {
	title page.Msg
	open  bool
	signs []page.Select
}

// screenModel asks for what came up in a conversation.
type screenModel struct {
	action   string
	version  string // of the draft, 0 where nothing was answered yet
	kept     page.Msg
	ends     []page.Row // when the draft is erased
	set      page.Radios
	sets     []screening.Set
	lacking  page.Msg
	parts    []signPart
	observed page.Checkboxes
}

func (v *visit) screenForm() error { return v.showScreen(page.Form{}) }

// showScreen asks by the set that is for somebody of her age. Nothing has to be answered. What is, is kept as a draft, which is no screening.
func (v *visit) showScreen(f page.Form) error {
	c := id.Case(v.R.PathValue("case"))
	d, err := screening.Shipped()
	if err != nil {
		return err
	}
	row, err := v.Cases.Know(v.R.Context(), v.By.Actor, c)
	if err != nil {
		return err
	}
	m := screenModel{action: v.screenPath(), sets: d.For(row.AgeClass)}
	if len(m.sets) == 0 {
		return fault.New(fault.Conflict, "screening.set.not-loaded")
	}
	m.lacking = v.lacking(d, row.AgeClass)
	var codes []string
	for _, s := range m.sets {
		codes = append(codes, s.Form)
	}
	if v.R.Method == http.MethodGet { // what was answered before comes back
		begun, err := v.Screens.Draft(v.R.Context(), v.By, c)
		if err != nil {
			return err
		}
		v.R.PostForm = url.Values{"version": {strconv.FormatInt(begun.Version, 10)}}
		if begun.Record != "" {
			sheet := begun.Value.Sheet
			v.R.PostForm["set"], v.R.PostForm["observed"] = []string{sheet.Set}, sheet.Observed
			for of, a := range sheet.Answers {
				v.R.PostForm.Set(signPrefix+of, string(a))
			}
			m.kept = page.Key("form.kept.at", "at", v.When(begun.Value.At).In(v.P))
		}
		if begun.Ends != 0 {
			m.ends = []page.Row{{Key: page.Key("form.ends"), Value: v.When(begun.Ends), Lines: []page.Msg{v.Age(begun.Ends), page.Key("form.ends.text")}}}
		}
	}
	m.version = v.Field("version")
	chosen := v.Field("set")
	if !slices.Contains(codes, chosen) {
		chosen = codes[0]
	}
	m.set = page.Radios{Field: page.Field{ID: "set", Label: page.Key("screening.set")}, Choices: v.Choices("screening.form.", codes...), Value: chosen}
	for _, dim := range d.Dimensions {
		part := signPart{title: v.Word("screening.dimension.", dim.Key)}
		for _, i := range d.In(chosen) {
			if i.Dimension != dim.Key {
				continue
			}
			said := v.Field(signPrefix + i.ID)
			part.open = part.open || said != ""
			part.signs = append(part.signs, page.Select{
				Field:   page.Field{ID: signPrefix + i.ID, Label: v.Word("screening.indicator.", i.ID)},
				Choices: v.Choices("screening.answer.", "yes", "no", "not-sure", "declined", "unsafe"), Value: said, Empty: page.Key("screening.answer.not-asked"),
			})
		}
		if len(part.signs) > 0 {
			m.parts = append(m.parts, part)
		}
	}
	var seen []string
	for _, o := range d.Observations {
		seen = append(seen, o.ID)
	}
	m.observed = page.Checkboxes{Field: page.Field{ID: "observed", Label: page.Key("screening.observed")}, Choices: v.Choices("screening.observation.", seen...), Values: v.R.PostForm["observed"]}
	return v.Show(page.Page{Status: f.Status, Title: page.Key("screening.new"), Back: "/cases/" + string(c) + "/screenings", Errors: f.Errors, Leave: true, Body: screenScreen(v.P, m)})
}

func (v *visit) screenPath() string { return "/cases/" + v.R.PathValue("case") + "/screenings/new" }

// screenSent reads what was answered.
func (v *visit) screenSent(d screening.Data) screening.Sheet {
	s := screening.Sheet{Form: screening.SheetForm, Set: v.Field("set"), Version: d.Version, Answers: map[string]screening.Answer{}, Observed: slices.Sorted(slices.Values(v.R.PostForm["observed"]))}
	s.Observed = slices.Compact(append([]string{}, s.Observed...))
	for name := range v.R.PostForm {
		if of, ok := strings.CutPrefix(name, signPrefix); ok && v.Field(name) != "" {
			s.Answers[of] = screening.Answer(v.Field(name))
		}
	}
	if held := v.Field("held"); held != "" && held != heldSame {
		s.Disagreement = &screening.Disagreement{Suggestion: screening.Suggestion(held), Reason: v.Field("reason")}
	}
	return s
}

// heldSame is the answer of who has nothing to say against a suggestion.
const heldSame = "same"

// screen shows what the answers suggest and by which rule, lets her hold otherwise, and keeps both.
func (v *visit) screen() error {
	d, err := screening.Shipped()
	if err != nil {
		return err
	}
	if v.Field("do") == "change" {
		return v.showScreen(page.Form{})
	}
	s := v.screenSent(d)
	if v.Field("asks") != "" {
		if done, err := v.screenBegun(s); done || err != nil {
			return err
		}
	}
	if v.Field("do") != "keep" {
		s.Disagreement = nil
		return v.showScreened(d, s, page.Form{})
	}
	var open []page.Error
	switch {
	case v.Field("held") == "":
		open = append(open, page.Error{Field: "held", Text: page.Key("web.both.choose")})
	case s.Disagreement != nil && strings.TrimSpace(s.Disagreement.Reason) == "":
		open = append(open, page.Error{Field: "reason", Text: page.Key("screening.reason.missing")})
	}
	if len(open) > 0 {
		s.Disagreement = nil
		return v.showScreened(d, s, page.Form{Status: page.StatusOf(fault.Invalid), Errors: open})
	}
	c := id.Case(v.R.PathValue("case"))
	if _, err := v.Screens.Screen(v.R.Context(), v.By, c, s); err != nil {
		s.Disagreement = nil
		return v.Again(err, map[string]string{"": "held", "disagreement.reason": "reason"}, func(f page.Form) error { return v.showScreened(d, s, f) })
	}
	return v.To("/cases/"+string(c)+"/screenings", "child")
}

// screenBegun keeps the answers as a draft, and reports whether that was all: the script of the page keeps each as it is given. Where somebody
// else went on with it, hers stay in the form that she sends, and nothing of the other is written over.
func (v *visit) screenBegun(s screening.Sheet) (bool, error) {
	version, err := strconv.ParseInt(v.Field("version"), 10, 64)
	if err != nil {
		version = -1 // of no draft
	}
	kept, err := v.Screens.Save(v.R.Context(), v.By, id.Case(v.R.PathValue("case")), version, s)
	if v.Field("do") != "keep" {
		if err == nil {
			v.R.PostForm.Set("version", strconv.FormatInt(kept.Version, 10))
		} else if fault.Is(err, fault.Stale) {
			err = nil
		}
		return false, err
	}
	if err != nil {
		return true, err
	}
	return true, v.Autosaved(kept.Value.At, map[string]string{"version": strconv.FormatInt(kept.Version, 10)})
}

// showScreened shows the suggestion before anything is kept. All that was answered goes along.
func (v *visit) showScreened(d screening.Data, s screening.Sheet, f page.Form) error {
	r, err := d.Judge(s)
	if err != nil {
		return err
	}
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("screening.suggests"), v.screenPath(), v.screenPath(), page.Key("screening.keep"), true
	f.Intro = []page.Msg{page.Key("screening.only")}
	for _, set := range d.Sets {
		if m := v.lacking(d, set.Age); set.Form == s.Set && !m.None() {
			f.Above = append(f.Above, page.Warning(v.P, m))
		}
	}
	f.Hidden = [][2]string{{"set", s.Set}, {"version", v.Field("version")}}
	for _, of := range slices.Sorted(maps.Keys(s.Answers)) {
		f.Hidden = append(f.Hidden, [2]string{signPrefix + of, string(s.Answers[of])})
	}
	for _, o := range s.Observed {
		f.Hidden = append(f.Hidden, [2]string{"observed", o})
	}
	e := v.screened(screening.Screening{At: frame.At(v.Site.Now()), Sheet: s, Result: r})
	f.Above = append(f.Above, page.SummaryList(v.P, e.Rows), changeAnswers(v.P, v.screenPath(), f.Hidden))
	f.Hidden = append(f.Hidden, [2]string{"do", "keep"})
	held := []page.Choice{{Value: heldSame, Text: page.Key("screening.held.same")}}
	for _, x := range screening.Suggestions() {
		if x != r.Suggestion {
			held = append(held, page.Choice{Value: string(x), Text: v.Word("screening.suggestion.", string(x))})
		}
	}
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "held", Label: page.Key("screening.held"), Hint: page.Key("screening.held.hint"), Error: page.ErrorAt(f.Errors, "held")}, Choices: held, Value: v.Field("held")}),
		page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "reason", Label: page.Key("screening.reason"), Optional: true, Error: page.ErrorAt(f.Errors, "reason")}, Value: v.Field("reason")}),
	)
	return v.ShowForm(f)
}

// lacking says for what there are no indicators yet: whoever reads that nothing came up must not take it for an answer to that.
func (v *visit) lacking(d screening.Data, age person.AgeClass) page.Msg {
	var names []string
	for _, s := range d.Lacking(age) {
		names = append(names, v.P.Text("screening.form."+s.Form))
	}
	if len(names) == 0 {
		return page.Msg{}
	}
	return page.Key("screening.set.lacking", "sets", v.P.And(names...))
}

// screens reports whether the reader may add a screening.
func (v *visit) screens() bool { return page.May(v.By.Actor, access.ScreenCase) }
