package webcase

import (
	"cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/sorting"
)

// happened is what a kind of record is called on the timeline, and where it is looked at: a path below the case, or the record below it.
type happened struct {
	kind, said, at string
	one            bool // each record has a page of its own
}

func happenings() []happened {
	return []happened{
		{"person", "person.title", "", false},
		{casefile.KindNote, "case.note", "", false},
		{casefile.KindAssessment, "case.risks", "", false},
		{casefile.KindDecision, "case.decisions", "", false},
		{casefile.KindDelivery, "case.service", "/plan", false},
		{casefile.KindAttachment, "case.file", "/files", true},
		{casefile.KindClosure, "case.end", "", false},
		{casefile.KindReopening, "case.reopened", "", false},
		{casefile.KindCooperation, "case.cooperation", "", false},
		{casefile.KindReflection, "case.reflection", "", false},
		{casefile.KindRefusal, "case.refusal", "", false},
		{casefile.KindMediation, "case.spoken", "/spoken", false},
		{casefile.KindInterpreting, "case.spoken", "/spoken", false},
		{casefile.KindImported, "case.imported", "", false},
		{"form", "form.list", "/forms", true},
		{"screening", "screening.list", "/screenings", false},
		{"need", "careplan.needs", "/plan", false},
		{"plan-step", "careplan.steps", "/plan", false},
		{"plan", "careplan.agreements", "/plan", false},
		{"child-guardian", "childhood.of-case", "/childhood", false},
		{"child-interest", "childhood.of-case", "/childhood", false},
		{"child-age", "childhood.of-case", "/childhood", false},
		{"child-told", "childhood.of-case", "/childhood", false},
		{"child-notice", "childhood.of-case", "/childhood", false},
		{"conference", "conference.of-case", "/conferences", false},
		{"return-decision", "homecoming.of-case", "/returns", false},
		{"return-risk", "homecoming.of-case", "/returns", false},
		{"return-plan", "homecoming.of-case", "/returns", false},
		{"return-report", "homecoming.of-case", "/returns", false},
		{"correction-request", "subject.requests", "/corrections", false},
		{"referral", "referral.new", "", false},
		{"referral-bundle", "referral.bundle", "", false},
	}
}

// moment is one line of the timeline.
type moment struct {
	casefile.Happening
	key  string
	text page.Msg
	path string
}

// timeline shows what happened in a case, the newest first: what, by somebody with which function, and when. It opens nothing.
func (v *visit) timeline() error {
	ctx, c := v.R.Context(), id.Case(v.R.PathValue("case"))
	base := "/cases/" + string(c)
	var kinds []string
	said := map[string]happened{}
	for _, h := range happenings() {
		kinds = append(kinds, h.kind)
		said[h.kind] = h
	}
	written, err := v.Cases.Timeline(ctx, v.By.Actor, c, kinds)
	if err != nil {
		return err
	}
	var all []moment
	replaced := map[id.Record]frame.Time{} // answers about cooperation, by when the next was given: the newest comes first
	var answered frame.Time
	for _, h := range written {
		if h.Kind == casefile.KindCooperation {
			if answered != 0 {
				replaced[h.Record] = answered
			}
			answered = h.At
		}
		at := said[h.Kind]
		m := moment{Happening: h, key: string(h.Record), text: page.Key(at.said), path: base + at.at}
		if at.one {
			m.path += "/" + string(h.Record)
		}
		all = append(all, m)
	}
	if page.May(v.By.Actor, access.KnowConsent) {
		consents, err := v.Consents.List(ctx, v.By.Actor, c)
		if err != nil && !fault.Is(err, fault.Hidden) && !fault.Is(err, fault.Denied) { // a file of the prosecution has none
			return err
		}
		for _, x := range consents {
			all = append(all, moment{Happening: casefile.Happening{At: x.ValidFrom}, key: string(x.ID), text: page.Key("consent.give"), path: base})
			if x.Withdrawn != 0 {
				all = append(all, moment{Happening: casefile.Happening{At: x.Withdrawn}, key: string(x.ID) + ".withdrawn", text: page.Key("consent.withdraw"), path: base})
			}
		}
	}
	sorting.Stable(all, func(a, b moment) int { return cmp.Compare(b.At, a.At) })
	roles := map[id.User]access.Role{}
	members, err := v.Desks.Members(ctx, v.By.Actor, v.By.Desk)
	if err != nil {
		return err
	}
	for _, m := range members {
		roles[m.User] = m.Role
	}
	shown, pages := page.Cut(all, base+"/timeline", v.R.URL.Query().Get("after"), func(m moment) string { return m.key })
	t := page.Table{
		Caption: page.Key("case.timeline"), Named: true, Empty: page.Key("case.timeline.none"),
		Columns: []page.Column{{Text: page.Key("case.timeline.what")}, {Text: page.Key("case.openings.function")}, {Text: page.Key("case.risks.day")}},
	}
	for _, m := range shown {
		by := page.Key("web.none")
		if role := roles[m.By]; role != "" {
			by = page.RoleName(role)
		}
		when := v.When(m.At)
		if m.Changed {
			when = page.Plain(when.In(v.P) + ", " + v.P.Text("case.timeline.changed"))
		}
		if next, ok := replaced[m.Record]; ok {
			when = page.Plain(when.In(v.P) + ", " + v.P.Text("case.cooperation.replaced", "day", v.When(next).In(v.P)))
		}
		t.Rows = append(t.Rows, []page.Cell{{Text: m.text, Path: m.path}, {Text: by}, {Text: when}})
	}
	return v.Show(page.Page{Title: page.Key("case.timeline"), Back: base, Leave: true, Body: timelineScreen(v.P, t, pages)})
}
