package weblookup

import (
	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/page"
)

// hitModel is that another member asks about somebody of one's desk, with what can be said of it now.
type hitModel struct {
	title page.Msg
	state page.Tag
	rows  []page.Row
	path  string
	file  string // of the case
	words string // what the first person wants to say
	agree bool   // who looks may be the second
	say   []templ.Component
	open  bool
}

func (v *visit) hits() error {
	if err := v.attend(); err != nil {
		return err
	}
	all, err := v.Lookups.Hits(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	t := page.Table{
		Caption: page.Key("lookup.hits"), Named: true, Empty: page.Key("lookup.hits.none"),
		Columns: []page.Column{{Text: page.Key("case.reference")}, {Text: page.Key("lookup.from")}, {Text: page.Key("lookup.due")}, {Text: page.Key("case.state")}},
	}
	for _, h := range all {
		tag := hitTag(h.State)
		t.Rows = append(t.Rows, []page.Cell{
			{Text: page.Plain(string(h.Reference)), Path: hitPath(h.ID)}, {Text: v.Desk(h.From)}, {Text: v.When(h.Due)}, {Tag: &tag},
		})
	}
	return v.Show(page.Page{Title: page.Key("lookup.hits"), Back: "/", Leave: true, Body: hitsScreen(v.P, t)})
}

func hitTag(s lookup.HitState) page.Tag {
	tone := page.Calm
	if s == lookup.HitOpen {
		tone = page.Waiting
	}
	return page.Tag{Text: page.Key("lookup.hit.state." + string(s)), Tone: tone}
}

func (v *visit) hit() error { return v.showHit(page.Form{}) }

func (v *visit) showHit(f page.Form) error {
	h, words, err := v.Lookups.Hit(v.R.Context(), v.By, id.Search(v.R.PathValue("hit")))
	if err != nil {
		return err
	}
	m := hitModel{
		title: page.Key("lookup.hit.title", "reference", string(h.Reference)), state: hitTag(h.State), path: hitPath(h.ID), file: "/cases/" + string(h.Case),
		words: words, open: h.State == lookup.HitOpen, agree: h.State == lookup.HitOpen && h.Words != "" && h.First != v.By.User,
		rows: []page.Row{
			{Key: page.Key("lookup.from"), Value: v.Desk(h.From)},
			{Key: page.Key("lookup.ask.purpose"), Value: v.Word("lookup.purpose.", h.Purpose)},
			{Key: page.Key("lookup.ask.basis"), Value: page.Key("law.basis." + h.Basis)},
			{Key: page.Key("lookup.likeness"), Value: page.Key("lookup.likeness." + string(h.Likeness))},
			{Key: page.Key("lookup.made"), Value: v.When(h.At)},
			{Key: page.Key("lookup.due"), Value: v.When(h.Due)},
		},
	}
	if m.open {
		text := field(f, "text")
		text.Hint = page.Key("lookup.ask.text.hint")
		m.say = []templ.Component{
			page.TextArea(v.P, page.Textarea{Field: text, Value: v.Field("text"), Rows: 5}),
			page.SelectList(v.P, page.Select{Field: field(f, "language"), Choices: v.Languages(), Value: page.Or(v.Field("language"), "en"), Empty: page.Key("web.choose")}),
			page.SelectList(v.P, page.Select{Field: field(f, "basis"), Choices: v.bases(), Value: v.Field("basis"), Empty: page.Key("web.choose")}),
		}
	}
	return v.Show(page.Page{Status: f.Status, Title: m.title, Back: "/lookup-hits", Leave: true, Errors: f.Errors, Body: hitScreen(v.P, m)})
}

func (v *visit) decide() error {
	ctx, which := v.R.Context(), id.Search(v.R.PathValue("hit"))
	var err error
	switch v.Field("do") {
	case "say":
		_, err = v.Lookups.Say(ctx, v.By, which, lookup.Speaking{Language: v.Field("language"), Text: v.Field("text"), Basis: v.Field("basis")})
	case "agree":
		_, err = v.Lookups.Agree(ctx, v.By, which)
	case "silent":
		_, err = v.Lookups.BeSilent(ctx, v.By, which)
	default:
		err = fault.New(fault.Invalid, "lookup.field").With("field", "text")
	}
	if err != nil {
		return v.AgainDenied(err, fields(err, "text", "language", "basis"), v.showHit)
	}
	return v.To(hitPath(which), "lookup-decided")
}

// secretModel is how the secret is kept.
type secretModel struct {
	rows []page.Row
	run  []page.Row
	may  bool // who looks may call for a run, and none is going on
	any  bool // there is a secret
}

func (v *visit) secret() error { return v.showSecret(page.Form{}) }

func (v *visit) showSecret(f page.Form) error {
	st, err := v.Lookups.Show(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	m := secretModel{any: st.Epoch > 0, may: page.May(v.By.Actor, callAction) && (st.Run == nil || st.Run.Over())}
	yes := map[bool]page.Msg{true: page.Key("web.yes"), false: page.Key("web.no")}
	if m.any {
		m.rows = []page.Row{
			{Key: page.Key("lookup.secret.epoch"), Value: number(st.Epoch)},
			{Key: page.Key("lookup.secret.round"), Value: number(st.Round)},
			{Key: page.Key("lookup.secret.holders"), Value: v.countries(st.Holders)},
			{Key: page.Key("lookup.secret.holds"), Value: yes[st.Holds]},
			{Key: page.Key("lookup.secret.at"), Value: v.When(st.At)},
		}
	}
	if r := st.Run; r != nil {
		state := "lookup.run.going"
		switch {
		case r.Failed:
			state = "lookup.run.failed"
		case r.Over():
			state = "lookup.run.over"
		}
		m.run = []page.Row{
			{Key: page.Key("case.state"), Value: page.Key(state)},
			{Key: page.Key("lookup.run.caller"), Value: page.Plain(v.country(r.Caller))},
			{Key: page.Key("lookup.run.members"), Value: v.countries(r.Members)},
			{Key: page.Key("lookup.made"), Value: v.When(r.Began)},
		}
		var named []id.Member
		for _, c := range r.Cheats {
			named = append(named, c.Member)
		}
		if len(named) > 0 {
			m.run = append(m.run, page.Row{Key: page.Key("lookup.run.named"), Value: v.countries(named)})
		}
	}
	return v.Show(page.Page{Status: f.Status, Title: page.Key("lookup.secret"), Back: "/", Errors: f.Errors, Body: secretScreen(v.P, m)})
}

func (v *visit) call() error {
	if err := v.Lookups.Call(v.R.Context(), v.By.Actor, v.Field("do") == "anew"); err != nil {
		return v.Again(err, fields(err), v.showSecret)
	}
	return v.To("/lookup-secret", "lookup-called")
}
