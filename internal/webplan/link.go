package webplan

import (
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/relation"
)

// linksModel is who belongs together with her, as far as the reader may open both cases.
type linksModel struct {
	title   page.Msg
	warning page.Msg
	list    part
}

func linksPath(c id.Case) string { return "/cases/" + string(c) + "/links" }

func (v *visit) links() error {
	f, err := v.Relations.Of(v.R.Context(), v.By, v.which())
	if err != nil {
		return err
	}
	m := linksModel{title: page.Key("relation.title", "reference", string(f.Case.Reference)), list: part{title: page.Key("relation.list"), none: page.Key("relation.list.none")}}
	if f.Warns() {
		m.warning = page.Key("relation.warn.family")
	}
	may := f.Case.State == casefile.Open && f.Case.Realm == access.Assistance && v.By.Desk == f.Case.Desk && page.May(v.By.Actor, access.LinkCase)
	if may {
		m.list.do = &page.Link{Path: linksPath(f.Case.ID) + "/new", Text: page.Key("relation.new")}
	}
	for _, l := range f.Links {
		x := l.Link
		e := entry{Entry: page.Entry{When: page.Plain(string(l.Reference)), Rows: v.linkRows(l)}}
		e.links = []page.Link{{Path: "/cases/" + string(l.Case), Text: page.Key("case.title", "reference", string(l.Reference))}}
		if x.Ended == "" && may {
			e.links = append(e.links, page.Link{Path: linksPath(f.Case.ID) + "/" + string(l.ID), Text: page.Key("relation.end")})
		}
		m.list.entries = append(m.list.entries, e)
	}
	return v.Show(page.Page{Title: m.title, Back: "/cases/" + string(f.Case.ID), Leave: true, Body: linksScreen(v.P, m)})
}

// linkRows are what somebody is to her, since when and why one knows it, and that it is over.
func (v *visit) linkRows(l relation.Linked) []page.Row {
	x := l.Link
	rows := []page.Row{{Key: page.Key("relation.ask.kind"), Value: v.Word("relation.kind.", l.Kind.Code)}}
	if x.Since != "" {
		rows = append(rows, page.Row{Key: page.Key("relation.ask.since"), Value: v.DayText(x.Since)})
	}
	rows = append(rows, page.Row{Key: page.Key("relation.ask.reason"), Value: page.Plain(x.Reason)})
	if x.Ended != "" {
		row := page.Row{Key: page.Key("relation.end"), Value: v.DayText(x.Ended), Lines: []page.Msg{v.Word("relation.end.", x.Why)}}
		if x.Note != "" {
			row.Lines = append(row.Lines, page.Plain(x.Note))
		}
		rows = append(rows, row)
	}
	return rows
}

// about is a control of a link by the name of its question.
func about(f page.Form, name string) page.Field {
	return page.Field{ID: name, Label: page.Key("relation.ask." + name), Error: page.ErrorAt(f.Errors, name)}
}

func (v *visit) linkForm() error { return v.showLink(page.Form{}) }

// showLink asks which case is linked with this one, and what its person is to her.
func (v *visit) showLink(f page.Form) error {
	d, err := relation.Shipped()
	if err != nil {
		return err
	}
	f.Title, f.Submit, f.Back, f.Leave = page.Key("relation.new"), page.Key("relation.do"), linksPath(v.which()), true
	f.Action, f.Intro = f.Back+"/new", []page.Msg{page.Key("relation.text")}
	f.Fields = append(f.Fields,
		page.TextInput(v.P, page.Input{Field: about(f, "other"), Value: v.Field("other"), Width: 20}),
		page.SelectList(v.P, page.Select{Field: about(f, "kind"), Choices: v.Choices("relation.kind.", d.Codes()...), Value: v.Field("kind"), Empty: page.Key("web.choose")}),
		v.DayField(optional(about(f, "since")), false),
		page.TextArea(v.P, page.Textarea{Field: about(f, "reason"), Value: v.Field("reason"), Rows: 3}),
	)
	return v.ShowForm(f)
}

func (v *visit) link() error {
	_, err := v.Relations.Tie(v.R.Context(), v.By, v.which(), relation.New{Other: v.Field("other"), Kind: v.Field("kind"), Since: v.Day("since"), Reason: v.Field("reason")})
	if err != nil {
		return v.Again(err, fields(err, "other", "kind", "since", "reason"), v.showLink)
	}
	return v.To(linksPath(v.which()), "linked")
}

func (v *visit) unlinkForm() error { return v.showUnlink(page.Form{}) }

func (v *visit) showUnlink(f page.Form) error {
	d, err := relation.Shipped()
	if err != nil {
		return err
	}
	of, err := v.Relations.Of(v.R.Context(), v.By, v.which())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(of.Links, func(l relation.Linked) bool { return l.ID == v.record() })
	if i < 0 {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	l := of.Links[i]
	f.Title, f.Submit, f.Back, f.Leave = page.Key("relation.end"), page.Key("relation.end.do"), linksPath(v.which()), true
	f.Action = f.Back + "/" + string(l.ID)
	f = v.kept(f, l.Version)
	if f.Now = (&page.Now{Rows: v.linkRows(l), By: l.Link.By, At: l.Link.At}); l.Link.Ended != "" {
		f.Now.By, f.Now.At = l.Link.EndedBy, l.Link.EndedAt
	}
	f.Intro = []page.Msg{page.Key("case.title", "reference", string(l.Reference)), page.Key("relation.end.text")}
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: about(f, "why"), Choices: v.Choices("relation.end.", d.Ends...), Value: v.Field("why")}),
		v.DayField(about(f, "ended"), v.R.Method == "GET"),
		page.TextArea(v.P, page.Textarea{Field: optional(about(f, "note")), Value: v.Field("note"), Rows: 3}),
	)
	return v.ShowForm(f)
}

func (v *visit) unlink() error {
	_, err := v.Relations.Untie(v.R.Context(), v.By, v.which(), v.record(), v.Version(), v.Day("ended"), v.Field("why"), v.Field("note"))
	if err != nil {
		return v.Again(err, fields(err, "why", "ended", "note"), v.showUnlink)
	}
	return v.To(linksPath(v.which()), "unlinked")
}
