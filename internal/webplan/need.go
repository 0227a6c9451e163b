package webplan

import (
	"slices"

	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

func (v *visit) needForm() error { return v.showNeed(page.Form{}) }

// showNeed asks what she needs, how soon, and who says so.
func (v *visit) showNeed(f page.Form) error {
	d, err := careplan.Shipped()
	if err != nil {
		return err
	}
	f = v.form(f, "/needs", "need.new")
	f.Submit, f.Intro = page.Key("careplan.need.do"), []page.Msg{page.Key("careplan.need.text")}
	f.Fields = append(f.Fields,
		page.SelectList(v.P, page.Select{Field: field(f, "code"), Choices: v.Choices("case.service.", d.NeedCodes()...), Value: v.Field("code"), Empty: page.Key("web.choose")}),
		page.RadioGroup(v.P, page.Radios{Field: field(f, "urgency"), Choices: v.Choices("careplan.urgency.", d.Codes(careplan.ListUrgency)...), Value: v.Field("urgency")}),
		page.RadioGroup(v.P, page.Radios{Field: field(f, "said"), Choices: v.Choices("careplan.said.", d.Codes(careplan.ListSaidBy)...), Value: v.Field("said")}),
		v.DayField(field(f, "on"), v.R.Method == "GET"),
		page.TextArea(v.P, page.Textarea{Field: optional(field(f, "note")), Value: v.Field("note")}),
	)
	return v.ShowForm(f)
}

func (v *visit) need() error {
	_, err := v.Careplans.Name(v.R.Context(), v.By, v.which(), careplan.Need{
		Code: v.Field("code"), Urgency: v.Field("urgency"), Said: v.Field("said"), On: v.Day("on"), Note: v.Field("note"),
	})
	if err != nil {
		return v.Again(err, fields(err, "code", "urgency", "said", "on", "note"), v.showNeed)
	}
	return v.To(pathOf(v.which()), "need")
}

// oneOf is the record of the page, among those that were read.
func oneOf[T any](all []casefile.Kept[T], r id.Record) (casefile.Kept[T], error) {
	i := slices.IndexFunc(all, func(k casefile.Kept[T]) bool { return k.Record == r })
	if i < 0 {
		return casefile.Kept[T]{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return all[i], nil
}

func (v *visit) endNeedForm() error { return v.showEndNeed(page.Form{}) }

func (v *visit) showEndNeed(f page.Form) error {
	d, err := careplan.Shipped()
	if err != nil {
		return err
	}
	of, err := v.Careplans.Show(v.R.Context(), v.By, v.which())
	if err != nil {
		return err
	}
	k, err := oneOf(of.Needs, v.record())
	if err != nil {
		return err
	}
	f = v.kept(v.form(f, "/needs/"+string(k.Record), "need.end"), k.Version)
	if f.Now = stands(k); !k.Value.Open() {
		f.Now.Rows = []page.Row{v.endedRow(k.Value)}
	}
	f.Intro = []page.Msg{v.Word("case.service.", k.Value.Code), page.Key("careplan.need.end.text")}
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: field(f, "why"), Choices: v.Choices("careplan.need-end.", d.Codes(careplan.ListNeedEnd)...), Value: v.Field("why")}),
		v.DayField(field(f, "ended"), v.R.Method == "GET"),
	)
	return v.ShowForm(f)
}

func (v *visit) endNeed() error {
	_, err := v.Careplans.EndNeed(v.R.Context(), v.By, v.which(), v.record(), v.Version(), v.Day("ended"), v.Field("why"))
	if err != nil {
		return v.Again(err, fields(err, "why", "ended"), v.showEndNeed)
	}
	return v.To(pathOf(v.which()), "need")
}
