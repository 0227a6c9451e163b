package webnetwork

import (
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/meeting"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/page"
)

const (
	rosterPath = "/members/roster"
	nextPath   = "/members/next"
)

// rosterModel is who belongs to the network, what each kind of member takes part in, and how it came to be so.
type rosterModel struct {
	none    bool // this node is in no network
	now     []page.Row
	members page.Table
	parts   page.Table
	why     []page.Msg
	history page.Table
}

// called names a member: a country in the language of the reader, another kind of member as it calls itself.
func (v *visit) memberName(r member.Roster, m id.Member) string {
	if name := v.P.CountryName(string(m)); name != "" && name != string(m) {
		return name
	}
	if x, ok := r.Find(m); ok {
		return x.Name
	}
	return string(m)
}

func (v *visit) names(r member.Roster, all []id.Member) page.Msg {
	var out []string
	for _, m := range all {
		out = append(out, v.memberName(r, m))
	}
	if out == nil {
		return page.Key("web.none")
	}
	return page.Plain(v.P.And(out...))
}

const shownSteps = 20

func (v *visit) roster() error {
	ctx, who := v.R.Context(), v.By.Actor
	held, standing, err := v.Members.Roster(ctx, who)
	if fault.Is(err, fault.NotFound) {
		return v.Show(page.Page{Title: page.Key("member.roster.title"), Back: "/members", Body: rosterScreen(v.P, rosterModel{none: true})})
	}
	if err != nil {
		return err
	}
	r := held.Signed.Roster
	m := rosterModel{
		now: []page.Row{
			{Key: page.Key("exchange.health.roster"), Value: page.Plain(v.P.Number(r.Version)), Lines: []page.Msg{page.Key("exchange.standing." + string(standing)), page.Key("exchange.health.expires", "day", v.When(r.Expires).In(v.P))}},
			{Key: page.Key("member.roster.decide"), Value: page.Key("publication.of.all", "n", v.P.Number(int64(r.Root.Threshold)), "all", v.P.Number(int64(len(r.Root.Keys))))},
		},
		members: page.Table{Caption: page.Key("exchange.health"), Columns: []page.Column{
			{Text: page.Key("exchange.health.member")}, {Text: page.Key("member.kind")}, {Text: page.Key("exchange.health.state")}, {Text: page.Key("member.roster.signs")}, {Text: page.Key("member.leaving")},
		}},
	}
	signs := map[id.Member]bool{}
	for _, k := range r.Root.Keys {
		signs[k.Member] = true
	}
	var codes []string
	for _, x := range r.Members {
		codes = append(codes, string(x.ID))
		tag, key := page.Tag{Text: page.Key("member.status.active"), Tone: page.Good}, page.Key("web.no")
		if x.Status == member.Suspended {
			tag = page.Tag{Text: page.Key("exchange.health.state.suspended"), Tone: page.Off}
		}
		if signs[x.ID] {
			key = page.Key("web.yes")
		}
		m.members.Rows = append(m.members.Rows, []page.Cell{
			{Text: page.Plain(v.memberName(r, x.ID))},
			{Text: v.Word("member.kind.", string(x.Kind))},
			{Tag: &tag},
			{Text: key},
			{Text: page.Key("member.leaving.of", "member", v.memberName(r, x.ID)), Path: "/members/" + string(x.ID) + "/leaving"},
		})
	}
	turns, mine, err := v.presidency(r)
	if err != nil {
		return err
	}
	m.now = append(m.now, turns...)
	codes = append(codes, mine...)
	m.parts, m.why = v.parts()
	steps, err := v.Members.History(ctx, who, shownSteps)
	if err != nil {
		return err
	}
	m.history = page.Table{Caption: page.Key("member.history"), Columns: []page.Column{
		{Text: page.Key("exchange.health.roster"), Number: true}, {Text: page.Key("publication.at")}, {Text: page.Key("member.change")}, {Text: page.Key("member.signed")},
	}}
	for _, s := range steps {
		x := s.Held.Signed.Roster
		cell := page.Cell{Text: page.Plain(strings.Join(v.changes(x, s.Changes), " "))}
		if s.Held.Disputed {
			cell.Tag = &page.Tag{Text: page.Key("publication.state.disputed"), Tone: page.Late}
		}
		m.history.Rows = append(m.history.Rows, []page.Cell{{Text: page.Plain(v.P.Number(x.Version))}, {Text: v.When(x.Created)}, cell, {Text: v.names(x, s.Signers)}})
		for _, c := range s.Changes {
			codes = append(codes, string(c.Member))
		}
	}
	return v.Show(page.Page{Title: page.Key("member.roster.title"), Back: "/members", Countries: codes, Body: rosterScreen(v.P, m)})
}

// presidency says who presides over the network now, and who after that, each with the meeting that says so.
func (v *visit) presidency(r member.Roster) (rows []page.Row, codes []string, err error) {
	all, err := v.found()
	if err != nil {
		return nil, nil, err
	}
	terms, now := meeting.Presidencies(all, v.Site.Now().In(v.Zone).Format(time.DateOnly))
	for i, key := range []string{"publication.ask.presidency", "publication.presidency.next"} {
		if at := now + i; at >= 0 && at < len(terms) {
			t := terms[at]
			codes = append(codes, string(t.Country))
			rows = append(rows, page.Row{
				Key: page.Key(key), Value: page.Plain(v.memberName(r, t.Country)), Lines: []page.Msg{v.DayText(t.From)},
				Action: &page.Link{Path: pathOf(t.Meeting.Record.ID), Text: page.Key("publication.read")},
			})
		}
	}
	return rows, codes, nil
}

// parts says for each kind of member what she takes part in, as the policies answer, and their reasons.
func (v *visit) parts() (page.Table, []page.Msg) {
	t := page.Table{Caption: page.Key("member.parts"), Columns: []page.Column{{Text: page.Key("member.part")}}}
	for _, k := range member.Kinds() {
		t.Columns = append(t.Columns, page.Column{Text: page.Key("member.kind." + string(k))})
	}
	var why []page.Msg
	for _, p := range member.Parts() {
		row := []page.Cell{{Text: page.Key("member.part." + p.Verb())}}
		for _, k := range member.Kinds() {
			tag := page.Tag{Text: page.Key("web.no"), Tone: page.Off}
			if k.Decide(p).Allow {
				tag = page.Tag{Text: page.Key("web.yes"), Tone: page.Good}
			}
			row = append(row, page.Cell{Tag: &tag})
		}
		t.Rows = append(t.Rows, row)
	}
	for _, k := range member.Kinds()[1:] {
		why = append(why, page.Key("member.why."+string(k)))
	}
	return t, why
}

// changes says in sentences what a roster changed.
func (v *visit) changes(r member.Roster, all []member.Change) []string {
	var out []string
	for _, c := range all {
		detail, what := c.Detail, c.What
		switch what {
		case "joined", "kind":
			detail = v.Word("member.kind.", c.Detail).In(v.P)
		case "name", "address", "mailbox":
			what = "line"
		case "root-joined", "root-left", "root-key":
			what = "root"
		}
		said := v.P.Text("member.change."+what, "member", v.memberName(r, c.Member), "detail", detail)
		if !slices.Contains(out, said) {
			out = append(out, said)
		}
	}
	if out == nil {
		out = []string{v.P.Text("member.change.nothing")}
	}
	return out
}

// nextModel is a roster that was handed round, before it is signed or taken.
type nextModel struct {
	file    page.Field
	rows    []page.Row
	changes []string
	vanish  []page.Msg
	why     page.Msg // why this node would not take it as it is
	looked  bool
	ready   bool
	may     bool // the reader may take it
}

func (v *visit) nextForm() error { return v.showNext(page.Form{}, nil) }

func (v *visit) showNext(f page.Form, p *member.Preview) error {
	m := nextModel{
		file: page.Field{ID: "file", Label: page.Key("member.next.file"), Error: page.ErrorAt(f.Errors, "file")},
		may:  page.May(v.By.Actor, access.ImportRoster),
	}
	var codes []string
	if p != nil {
		r := p.Next.Roster
		m.looked, m.ready, m.changes = true, p.Why == nil, v.changes(r, p.Changes)
		m.rows = []page.Row{
			{Key: page.Key("exchange.health.roster"), Value: page.Plain(v.P.Number(r.Version))},
			{Key: page.Key("member.signed"), Value: v.names(r, p.Signers), Lines: []page.Msg{page.Key("member.next.need", "n", v.P.Number(int64(len(p.Signers))), "all", v.P.Number(int64(p.Need)))}},
		}
		if p.NeedOld > 0 {
			m.rows = append(m.rows, page.Row{Key: page.Key("member.next.old"), Value: v.names(r, p.Handovers), Lines: []page.Msg{page.Key("member.next.need", "n", v.P.Number(int64(len(p.Handovers))), "all", v.P.Number(int64(p.NeedOld)))}})
		}
		for _, x := range p.Vanishing {
			m.vanish = append(m.vanish, page.Key("member.roster.vanished", "member", v.memberName(r, x)))
		}
		if p.Why != nil {
			_, key, args := fault.Public(p.Why)
			m.why = page.Key(page.Or(key, "fault.internal"), "field", args["field"], "member", args["member"])
		}
		for _, c := range p.Changes {
			codes = append(codes, string(c.Member))
		}
	}
	return v.Show(page.Page{Status: f.Status, Title: page.Key("member.next.title"), Back: rosterPath, Errors: f.Errors, Countries: codes, Body: nextScreen(v.P, m)})
}

// next looks at a roster, and takes it where that was asked for.
func (v *visit) next() error {
	file, take, err := v.sentRoster()
	var p member.Preview
	if err == nil {
		p, err = v.Members.Look(v.R.Context(), v.By.Actor, file)
	}
	if err == nil && take {
		if _, err = v.Members.Import(v.R.Context(), v.By.Actor, p.Next); err == nil {
			return v.To(rosterPath, "override")
		}
	}
	if err != nil {
		return v.Again(err, map[string]string{"": "file"}, func(f page.Form) error { return v.showNext(f, nil) })
	}
	return v.showNext(page.Form{}, &p)
}

// sentRoster reads the form of a roster: the file, and whether it is to be taken.
func (v *visit) sentRoster() (file []byte, take bool, err error) {
	missing := fault.New(fault.Invalid, "publication.file.missing").With("field", "file")
	parts, err := v.R.MultipartReader()
	if err != nil {
		return nil, false, fault.Wrap(fault.Invalid, "web.form", err)
	}
	for range 10 { // a form of this page has few parts
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, false, fault.Wrap(fault.Invalid, "web.form", err)
		}
		b, err := io.ReadAll(io.LimitReader(part, member.MaxRoster+1))
		if err != nil {
			return nil, false, fault.Wrap(fault.Invalid, "web.form", err)
		}
		switch {
		case part.FormName() == "do":
			take = string(b) == "take"
		case part.FormName() == "file" && part.FileName() != "":
			file = b
		}
	}
	if file == nil {
		return nil, false, missing
	}
	return file, take, nil
}
