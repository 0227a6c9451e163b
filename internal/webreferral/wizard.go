package webreferral

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/referral"
)

// leaf is one page of the way on which a referral is drafted: one thing that is asked, or looked at.
type leaf struct {
	name   string
	fields []string
	shows  func(*visit, *asked, *page.Form) error
}

// lookAt is the last page, on which nothing is asked any more.
const lookAt = "look"

func pages() []leaf {
	return []leaf{
		{"desk", []string{"needs", "to", "full", "kind"}, func(v *visit, a *asked, f *page.Form) error { return v.about(f, a) }},
		{"agreed", []string{"basis"}, (*visit).agreed},
		{"her", []string{"sex", "age", "languages", "risk"}, nil},
		{"contact", nil, (*visit).reached},
		{"handover", []string{"urgency", "children", "spoken"}, nil},
		{lookAt, nil, (*visit).looked},
	}
}

// pageNamed returns a page; the first where there is none of that name.
func pageNamed(name string) leaf { return pages()[max(0, indexOf(name))] }

func indexOf(name string) int {
	return slices.IndexFunc(pages(), func(l leaf) bool { return l.name == name })
}

// open are the pages that nobody has answered yet.
func open(a asked) []referral.Code {
	if a.draft.ID != "" {
		return a.in.Open
	}
	var all []referral.Code
	for _, l := range pages() {
		if l.name != lookAt {
			all = append(all, referral.Code(l.name))
		}
	}
	return all
}

// walkForm shows the page that the address names, or the first that is open.
func (v *visit) walkForm() error {
	a, err := v.drafts()
	if err != nil {
		return err
	}
	at := pageNamed(v.R.URL.Query().Get("step"))
	if left := open(a); a.draft.ID == "" {
		at = pageNamed("desk")
	} else if v.R.URL.Query().Get("step") == "" {
		if at = pageNamed(lookAt); len(left) > 0 {
			at = pageNamed(string(left[0]))
		}
	}
	if err := v.begun(a); err != nil {
		return err
	}
	if at.name == "agreed" && slices.Contains(open(a), "agreed") {
		v.R.PostForm.Del("basis") // the ground is chosen by somebody, never beforehand
	}
	return v.showPage(a, at, page.Form{})
}

// showPage asks one thing, with the answers that stand in the form.
func (v *visit) showPage(a asked, at leaf, f page.Form) error {
	n := indexOf(at.name)
	left := open(a)
	f.Caption = page.Key("referral.new")
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("referral.page."+at.name), a.back, a.action, page.Key("web.continue"), true
	f.Intro = append([]page.Msg{page.Key("form.step", "step", v.P.Number(int64(n+1)), "steps", v.P.Number(int64(len(pages()))))}, f.Intro...)
	f.Keeps = len(at.fields) > 0 && (a.draft.ID != "" || v.R.PathValue("case") != "") // after a referral that is over the first page begins a new one
	f.Hidden = append(a.hidden(), [2]string{"step", at.name}, [2]string{"stood", at.stood(a)})
	if a.draft.ID != "" {
		if at.name != "desk" {
			a.notes = []page.Msg{page.Key("referral.told.now", "desk", a.in.To.String())}
		}
		f.Under = append(f.Under, page.Steps(v.P, n == 0, stepsOf(at, left)))
	}
	f.First = append(f.First, otherView(v.P, v.viewOf(a, "whole", "form.whole")))
	if at.shows != nil {
		if err := at.shows(v, &a, &f); err != nil {
			return err
		}
	}
	for _, name := range at.fields {
		if name != "basis" || a.over.ID == "" {
			f.Fields = append(f.Fields, v.field(&a, name, f.Errors))
		}
	}
	return v.ShowForm(f)
}

func stepsOf(at leaf, left []referral.Code) []page.Step {
	var all []page.Step
	for _, l := range pages() {
		done := !slices.Contains(left, referral.Code(l.name)) && l.name != lookAt
		all = append(all, page.Step{Name: l.name, Text: page.Key("referral.page." + l.name), Here: l.name == at.name, Done: done})
	}
	return all
}

// of are the answers of a page among all.
func (l leaf) of(all url.Values) url.Values {
	own := url.Values{}
	for _, name := range l.fields {
		if x := all[name]; len(x) > 0 {
			own[name] = slices.Sorted(slices.Values(x))
		}
	}
	return own
}

// stood are the answers of a page as the draft has them.
func (l leaf) stood(a asked) string {
	if a.draft.ID == "" {
		return ""
	}
	return l.of(said(a.in)).Encode()
}

// agreed says what she agreed to: who is told, what, for what, until when. What she did not name stays here.
func (v *visit) agreed(a *asked, f *page.Form) error {
	desk := a.in.To.String()
	rows := []page.Row{{Key: page.Key("consent.recipients"), Value: page.Plain(desk)}}
	told := []page.Msg{page.Key("urgent.told.then", "desk", desk)}
	if a.over.ID != "" {
		f.Intro = append(f.Intro, page.Key("referral.draft.override", "basis", v.Word("consent.override.basis.", a.over.Basis).In(v.P)))
		rows = append(rows, page.Row{Key: page.Key("consent.until"), Value: v.When(a.over.ValidTo)})
	}
	for _, x := range a.consents {
		if x.ID != a.in.Consent || a.over.ID != "" {
			continue
		}
		switch {
		case x.Waits(v.Now()):
			f.Warning = page.Key("consent.unconfirmed")
		case !x.Live(v.Now()):
			f.Warning = page.Key("consent.not-live")
		}
		var purposes []string
		for _, p := range x.Purposes {
			purposes = append(purposes, string(p))
		}
		rows = append(rows, page.Row{Key: page.Key("consent.purposes"), Value: v.Words("consent.purpose.", purposes)}, page.Row{Key: page.Key("consent.until"), Value: v.When(x.ValidTo)})
	}
	var not []string
	for _, k := range consent.Categories() {
		if label := v.Word("", k.Label); slices.Contains(a.in.Categories, k.Code) {
			rows = append(rows, page.Row{Key: label, Value: page.Key("web.yes"), Lines: told})
		} else {
			not = append(not, label.In(v.P))
		}
	}
	if len(not) > 0 {
		rows = append(rows, page.Row{Key: page.Key("referral.told.not", "desk", desk), Value: page.Plain(v.P.And(not...))})
	}
	f.Above = append(f.Above, page.SummaryList(v.P, rows))
	return nil
}

// reached shows how she is reached safely, and whether the desk is told it.
func (v *visit) reached(a *asked, f *page.Form) error {
	to := page.Key("referral.told.not", "desk", a.in.To.String())
	if slices.Contains(a.in.Categories, "contact.safe") {
		to = page.Key("urgent.told.then", "desk", a.in.To.String())
	}
	f.Intro = append(f.Intro, page.Key("referral.page.contact.text"), to)
	card, err := v.CardAt(v.Persons, a.c)
	if err != nil || card == nil {
		return err
	}
	f.Above = append(f.Above, page.SafeContact(v.P, v.CardOf(*card), false))
	if page.May(v.By.Actor, access.RecordPerson) {
		f.Above = append(f.Above, otherView(v.P, page.Link{Path: "/cases/" + string(a.c) + "/person", Text: page.Key("web.change")}))
	}
	return nil
}

// looked shows every answer once more, and what is open.
func (v *visit) looked(a *asked, f *page.Form) error {
	risk, err := v.riskOf(a.c)
	if err != nil {
		return err
	}
	if f.Warning = risk; len(open(*a)) > 0 {
		f.Warning = page.Key("referral.draft.open")
	}
	f.Intro = append(f.Intro, page.Key("referral.means.check"))
	f.Submit = page.Key("referral.do.check")
	if page.May(v.By.Actor, access.SendReferral) {
		f.Submit = page.Key("referral.page.send")
		f.Intro = append(f.Intro, page.Key("referral.means.send"))
	}
	places := page.Or(a.desks[a.in.To.String()].Capacity, "unknown")
	f.Intro = append(f.Intro, page.Key("referral.capacity.now", "desk", a.in.To.String(), "capacity", v.Word("desk.capacity.", places).In(v.P)))
	f.Intro = append(f.Intro, v.fits(a, a.in.To)...)
	f.Above = append(f.Above, page.SummaryList(v.P, v.answerRows(a.draft, a.in)))
	return nil
}

// walk keeps what stands on a page and goes to another one.
func (v *visit) walk(a asked, at leaf) error {
	do, to := v.Field("do"), v.Field("go")
	if at.name == lookAt && to == "" {
		return v.sendDraft(a)
	}
	control, sent := v.R.PostForm, at.of(v.R.PostForm)
	if err := v.begun(a); err != nil {
		return err
	}
	all := v.R.PostForm
	unchosen := at.name == "agreed" && a.over.ID == "" && sent.Get("basis") == ""
	for _, name := range at.fields {
		if name != "basis" || !unchosen {
			all[name] = sent[name]
		}
	}
	if all.Get("basis") == "" {
		all.Set("basis", "consent") // of a draft whose page about it is open
	}
	for _, name := range []string{"draft", "version", "step", "go", "do", "override", "once"} {
		all[name] = control[name]
	}
	show := func(f page.Form) error {
		if unchosen {
			all.Del("basis")
		}
		f.Errors = elsewhere(f.Errors, at, a)
		return v.showPage(a, at, f)
	}
	stood := at.stood(a)
	// What somebody else changed on this page since it was opened is shown; what she changed on others is none of it.
	if a.draft.ID != "" && v.draftAt().Version != a.draft.Version && control.Get("stood") != stood && sent.Encode() != stood {
		return v.draftAgain(fault.New(fault.Stale, "referral.stale"), func(f page.Form) error {
			if err := v.stands(&f, a.draft); err != nil {
				return err
			}
			return show(f)
		})
	}
	d, err := v.drafting(a, func(name string) bool { return slices.Contains(at.fields, name) })
	if err == nil && unchosen && to == "" && do != "keep" {
		err = fault.New(fault.Invalid, "referral.draft").With("field", "basis")
	}
	row := a.draft
	if err == nil {
		answered := !unchosen && (do != "keep" || at.name == "agreed")
		d.Open = slices.DeleteFunc(slices.Clone(open(a)), func(c referral.Code) bool { return answered && string(c) == at.name })
		if row.ID == "" || sent.Encode() != stood || len(d.Open) < len(a.in.Open) { // what was checked stays so where nothing was changed
			row, err = v.keep(a, referral.At{Referral: row.ID, Version: row.Version}, d)
		}
	}
	if err != nil {
		return v.draftAgain(err, show)
	}
	if do == "keep" { // the script of the page, after an answer
		return v.Autosaved(v.Now(), map[string]string{"draft": string(row.ID), "version": strconv.FormatInt(row.Version, 10)})
	}
	return v.To(v.changePath(row)+"&step="+next(at, to), "")
}

// next is the page that a button leads to.
func next(at leaf, button string) string {
	n := indexOf(at.name)
	switch i := indexOf(button); {
	case button == "back":
		n = max(0, n-1)
	case i >= 0:
		n = i
	default:
		n = min(n+1, len(pages())-1)
	}
	return pages()[n].name
}

// elsewhere leads from an error to the page whose field it is about.
func elsewhere(errors []page.Error, at leaf, a asked) []page.Error {
	for i, e := range errors {
		for _, l := range pages() {
			if l.name != at.name && slices.Contains(l.fields, e.Field) && a.draft.ID != "" {
				errors[i].Path = a.action + "?draft=" + url.QueryEscape(string(a.draft.ID)) + "&step=" + l.name
			}
		}
	}
	return errors
}

// sendDraft checks what must hold, and sends, for whoever may. What keeps it from leaving is said on the same page.
func (v *visit) sendDraft(a asked) error {
	at := v.draftAt()
	if at.Referral == "" {
		return fault.New(fault.Stale, "referral.stale")
	}
	row, err := a.draft, error(nil)
	if row.Version != at.Version {
		err = fault.New(fault.Stale, "referral.stale")
	}
	if err == nil && row.Status == referral.Draft {
		row, err = v.Referrals.Check(v.R.Context(), v.By, at)
		at.Version = row.Version
	}
	if err == nil && page.May(v.By.Actor, access.SendReferral) {
		row, err = v.Referrals.Send(v.R.Context(), v.By, at, false)
	}
	if err != nil {
		return v.draftAgain(err, func(f page.Form) error {
			again, err := v.drafts()
			if err != nil {
				return err
			}
			f.Errors = elsewhere(f.Errors, pageNamed(lookAt), again)
			f.Now = &page.Now{Rows: []page.Row{{Key: page.Key("case.state"), Value: v.Word("referral.status.", string(again.draft.Status))}}, At: again.draft.Since}
			return v.showPage(again, pageNamed(lookAt), f)
		})
	}
	return v.To(v.referralPath(row), "step")
}
