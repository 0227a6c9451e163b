package webconference

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/conference"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

const ask = "conference.ask."

// items is how many items of an agenda a form asks for.
const items = 5

func (v *visit) callForm() error { return v.showCall(page.Form{}) }

// showCall asks what the conference is for, when it meets and what is on its agenda. Who is invited is asked afterwards, one by one.
func (v *visit) showCall(f page.Form) error {
	d, err := conference.Shipped()
	if err != nil {
		return err
	}
	f.Title, f.Submit, f.Back, f.Leave = page.Key("conference.step.call"), page.Key("conference.step.call.do"), casePath(v.of())+"/conferences", true
	f.Action, f.Intro = f.Back+"/new", []page.Msg{page.Key("conference.call.text")}
	var purposes []string
	for _, p := range d.Purposes {
		purposes = append(purposes, p.Code)
	}
	f.Fields = append(f.Fields,
		page.SelectList(v.P, page.Select{Field: field(f, ask, "purpose"), Choices: v.Choices("conference.purpose.", purposes...), Value: v.Field("purpose"), Empty: page.Key("web.choose")}),
		v.DayField(field(f, ask, "meets"), v.R.Method == "GET"),
		page.TextInput(v.P, page.Input{Field: hinted(field(f, ask, "time"), ask), Value: v.Field("time"), Width: 5}),
		page.TextInput(v.P, page.Input{Field: optional(field(f, ask, "place")), Value: v.Field("place")}),
		v.seatField(f, "kind", optional(hinted(field(f, ask, "kind"), ask))),
	)
	for i := range items {
		n := strconv.Itoa(i + 1)
		f.Fields = append(f.Fields, v.itemFields(f, n, i > 0)...)
	}
	return v.ShowForm(f)
}

// itemFields ask for one item of the agenda and what is spoken about in it.
func (v *visit) itemFields(f page.Form, n string, may bool) []templ.Component {
	title := page.Field{ID: "title-" + n, Label: page.Key("conference.ask.item", "n", n), Optional: may}
	of := page.Field{ID: "category-" + n, Label: page.Key("conference.ask.item.category", "n", n), Optional: may}
	if n == "1" {
		title.Error, of.Hint = page.ErrorAt(f.Errors, "agenda"), page.Key("conference.ask.category.hint")
	}
	return []templ.Component{
		page.TextInput(v.P, page.Input{Field: title, Value: v.Field("title-" + n)}),
		page.SelectList(v.P, page.Select{Field: of, Choices: categories(), Value: v.Field("category-" + n), Empty: page.Key("web.choose")}),
	}
}

// categories are what can be spoken about, in the words of a consent.
func categories() []page.Choice {
	var all []page.Choice
	for _, c := range consent.Categories() {
		all = append(all, page.Choice{Value: string(c.Code), Text: page.Key(c.Label)})
	}
	return all
}

func (v *visit) categorySaid(code string) page.Msg {
	i := slices.IndexFunc(categories(), func(c page.Choice) bool { return c.Value == code })
	if i < 0 {
		return page.Plain(code)
	}
	return categories()[i].Text
}

// seatField asks as what somebody sits there.
func (v *visit) seatField(_ page.Form, name string, at page.Field) templ.Component {
	return page.SelectList(v.P, page.Select{Field: at, Choices: v.Choices("conference.seat.", v.Law().Seats()...), Value: v.Field(name), Empty: page.Key("web.choose")})
}

// meets is the moment that was typed, in the reader's zone; 0 if it is none.
func (v *visit) meets() frame.Time {
	at, err := time.ParseInLocation(time.DateOnly+" 15:04", v.Day("meets")+" "+v.Field("time"), v.Zone)
	if err != nil {
		return 0
	}
	return frame.At(at)
}

func (v *visit) call() error {
	in := conference.Calling{Purpose: v.Field("purpose"), Meets: v.meets(), Place: v.Field("place"), Agenda: []conference.Item{}}
	for i := range items {
		n := strconv.Itoa(i + 1)
		if title := v.Field("title-" + n); title != "" {
			in.Agenda = append(in.Agenda, conference.Item{Title: title, Category: consent.Code(v.Field("category-" + n))})
		}
	}
	if kind := v.Field("kind"); kind != "" {
		in.Invites = []conference.Invite{{Desk: v.By.Desk, Kind: kind, Basis: conference.Own}}
	}
	c, err := v.Conferences.Call(v.R.Context(), v.By, v.of(), in)
	if err != nil {
		names := fields(err, "purpose", "meets", "place", "kind")
		names["agenda"] = "agenda"
		return v.again(err, names, v.showCall)
	}
	return v.To(pathOf(c.ID), "conference")
}

// outsiders is how many more a form asks for who take part without a desk here.
const outsiders = 1

func (v *visit) changeForm() error { return v.showChange(page.Form{}) }

// showChange asks what of a conference is otherwise: when and where it meets, what is on its agenda, and who takes part without a desk here.
// What was spoken about is not changed any more; something can be added to it.
func (v *visit) showChange(f page.Form) error {
	of, err := v.at()
	if err != nil {
		return err
	}
	f = v.aboutChange(f, of)
	if f.Intro = []page.Msg{page.Key("conference.change.text")}; of.State == conference.Written {
		f.Warning = page.Key("conference.seat.unsigns")
	}
	meets := of.Meets.Time().In(v.Zone)
	day := page.DateInput{Field: field(f, ask, "meets"), Day: strconv.Itoa(meets.Day()), Month: strconv.Itoa(int(meets.Month())), Year: strconv.Itoa(meets.Year())}
	if v.R.Method != "GET" {
		day.Day, day.Month, day.Year = v.Field("meets-day"), v.Field("meets-month"), v.Field("meets-year")
	}
	f.Fields = append(f.Fields,
		page.DateFields(v.P, day),
		page.TextInput(v.P, page.Input{Field: hinted(field(f, ask, "time"), ask), Value: v.was("time", meets.Format("15:04")), Width: 5}),
		page.TextInput(v.P, page.Input{Field: optional(field(f, ask, "place")), Value: v.was("place", of.Call.Place)}),
	)
	for i := v.firstItem(of); i < v.itemsOf(of); i++ {
		var stands conference.Item
		if i < len(of.Call.Agenda) {
			stands = of.Call.Agenda[i]
		}
		n := strconv.Itoa(i + 1)
		title := page.Field{ID: "title-" + n, Label: page.Key("conference.ask.item", "n", n), Optional: i > 0}
		about := page.Field{ID: "category-" + n, Label: page.Key("conference.ask.item.category", "n", n), Optional: i > 0}
		if i == v.firstItem(of) {
			title.Error, about.Hint = page.ErrorAt(f.Errors, title.ID), page.Key("conference.ask.category.hint")
		}
		f.Fields = append(f.Fields,
			page.TextInput(v.P, page.Input{Field: title, Value: v.was(title.ID, stands.Title)}),
			page.SelectList(v.P, page.Select{Field: about, Choices: categories(), Value: v.was(about.ID, string(stands.Category)), Empty: page.Key("web.choose")}),
		)
	}
	for i := range v.outsidersOf(of) {
		var stands conference.Outsider
		if i < len(of.Call.Outside) {
			stands = of.Call.Outside[i]
		}
		n := strconv.Itoa(i + 1)
		at := func(name string) page.Field {
			return page.Field{ID: name + "-" + n, Label: page.Key("conference.ask.outside."+name, "n", n), Optional: true}
		}
		role := at("role")
		if i == 0 {
			role.Error, role.Hint = page.ErrorAt(f.Errors, role.ID), page.Key("conference.ask.outside.hint")
		}
		f.Fields = append(f.Fields,
			page.SelectList(v.P, page.Select{Field: role, Choices: v.Choices("conference.seat.", v.Law().Seats()...), Value: v.was(role.ID, stands.Role), Empty: page.Key("web.choose")}),
			page.TextInput(v.P, page.Input{Field: at("organisation"), Value: v.was("organisation-"+n, stands.Organisation)}),
			page.TextInput(v.P, page.Input{Field: at("person"), Value: v.was("person-"+n, stands.Name)}),
			page.TextInput(v.P, page.Input{Field: at("basis"), Value: v.was("basis-"+n, stands.Basis)}),
		)
	}
	return v.ShowForm(f)
}

func (v *visit) aboutChange(f page.Form, of conference.File) page.Form {
	f.Title, f.Submit, f.Back, f.Leave = page.Key("conference.step.change"), page.Key("conference.step.change.do"), pathOf(of.ID), true
	f.Action = f.Back + "/change"
	return v.Versioned(f, of.Version, v.changeStakes(of))
}

// changeStakes are the answers of the form that changes a conference, as they stand: everybody who has opened it may have written of each.
func (v *visit) changeStakes(of conference.File) []page.Stake {
	meets := of.Meets.Time().In(v.Zone)
	is := url.Values{
		"meets-day": {strconv.Itoa(meets.Day())}, "meets-month": {strconv.Itoa(int(meets.Month()))}, "meets-year": {strconv.Itoa(meets.Year())},
		"time": {meets.Format("15:04")}, "place": {of.Call.Place},
	}
	said := func(label page.Msg, prefix string, names ...string) page.Stake {
		return page.Stake{Label: label, Names: names, Stands: is, Say: func(in url.Values) page.Msg {
			first := v.Typed(prefix, names[0])(in)
			if rest := v.Typed("", names[1:]...)(in); rest.Record() {
				return page.Plain(first.In(v.P) + ", " + rest.In(v.P))
			}
			return first
		}}
	}
	all := []page.Stake{
		said(page.Key(ask+"meets"), "", "meets-day", "meets-month", "meets-year"), said(page.Key(ask+"time"), "", "time"), said(page.Key(ask+"place"), "", "place"),
	}
	for i := v.firstItem(of); i < v.itemsOf(of); i++ {
		n := strconv.Itoa(i + 1)
		if i < len(of.Call.Agenda) {
			is.Set("title-"+n, of.Call.Agenda[i].Title)
			is.Set("category-"+n, string(of.Call.Agenda[i].Category))
		}
		all = append(all, page.Stake{Label: page.Key(ask+"item", "n", n), Names: []string{"title-" + n, "category-" + n}, Stands: is, Say: func(in url.Values) page.Msg {
			title := v.Typed("", "title-"+n)(in)
			if code := in.Get("category-" + n); title.Record() && code != "" {
				return page.Plain(title.In(v.P) + " (" + v.categorySaid(code).In(v.P) + ")")
			}
			return title
		}})
	}
	for i := range v.outsidersOf(of) {
		n := strconv.Itoa(i + 1)
		if i < len(of.Call.Outside) {
			o := of.Call.Outside[i]
			is.Set("role-"+n, o.Role)
			is.Set("organisation-"+n, o.Organisation)
			is.Set("person-"+n, o.Name)
			is.Set("basis-"+n, o.Basis)
		}
		all = append(all, said(page.Key(ask+"outside.role", "n", n), "conference.seat.", "role-"+n, "organisation-"+n, "person-"+n, "basis-"+n))
	}
	return all
}

// firstItem is the first item of the agenda that can be changed: once there are minutes, those that were spoken about stand.
func (v *visit) firstItem(of conference.File) int {
	if of.State == conference.Called {
		return 0
	}
	return len(of.Call.Agenda)
}

// itemsOf is how many items of the agenda the form asks for: those that stand and two more, and whatever was sent besides.
func (v *visit) itemsOf(of conference.File) int {
	return max(len(of.Call.Agenda)+2, v.sentOf("title-", v.firstItem(of)))
}

func (v *visit) outsidersOf(of conference.File) int {
	return max(len(of.Call.Outside)+outsiders, v.sentOf("role-", 0))
}

// sentOf is up to which number, from the first on, controls of a name were sent.
func (v *visit) sentOf(prefix string, first int) int {
	n := first
	for v.R.PostForm.Has(prefix + strconv.Itoa(n+1)) {
		n++
	}
	return n
}

func (v *visit) change() error {
	of, err := v.at()
	if err != nil {
		return err
	}
	if open := v.Settle(); len(open) > 0 || v.Version() != of.Version {
		return v.Both(v.aboutChange(page.Form{}, of), of.Version, v.changeStakes(of), open)
	}
	first := v.firstItem(of)
	in := conference.Calling{Meets: v.meets(), Place: v.Field("place"), Agenda: slices.Clone(of.Call.Agenda[:first])}
	for i := first; i < v.itemsOf(of); i++ {
		n := strconv.Itoa(i + 1)
		if title := v.Field("title-" + n); title != "" {
			in.Agenda = append(in.Agenda, conference.Item{Title: title, Category: consent.Code(v.Field("category-" + n))})
		}
	}
	for i := range v.outsidersOf(of) {
		n := strconv.Itoa(i + 1)
		o := conference.Outsider{Role: v.Field("role-" + n), Organisation: v.Field("organisation-" + n), Name: v.Field("person-" + n), Basis: v.Field("basis-" + n)}
		if o != (conference.Outsider{}) {
			in.Outside = append(in.Outside, o)
		}
	}
	if _, err := v.Conferences.Change(v.R.Context(), v.By, of.ID, v.Version(), in); err != nil {
		if fault.Is(err, fault.Stale) { // between reading it and keeping it
			if of, err = v.at(); err != nil {
				return err
			}
			return v.Both(v.aboutChange(page.Form{}, of), of.Version, v.changeStakes(of), nil)
		}
		names := fields(err, "meets", "place")
		names["agenda"], names["outside"] = "title-"+strconv.Itoa(first+1), "role-1"
		return v.again(err, names, v.showChange)
	}
	return v.To(pathOf(of.ID), "conference")
}

func (v *visit) inviteForm() error { return v.showInvite(page.Form{}) }

// showInvite asks which desk takes a seat: of those that may, by a consent, an approved override or a release in force. There is no other way to a seat.
func (v *visit) showInvite(f page.Form) error {
	of, err := v.at()
	if err != nil {
		return err
	}
	grounds, err := v.Conferences.Grounds(v.R.Context(), v.By.Actor, of.ID)
	if err != nil {
		return err
	}
	f = v.form(f, of, "seat")
	f.Intro = []page.Msg{page.Key("conference.seat.text")}
	if of.State == conference.Written {
		f.Warning = page.Key("conference.seat.unsigns")
	}
	var choices []page.Choice
	if !slices.ContainsFunc(of.Seats, func(s conference.Seat) bool { return s.Basis == conference.Own }) {
		choices = append(choices, page.Choice{Value: string(conference.Own) + "||" + string(v.By.Desk), Text: page.Plain(string(v.By.Desk)), Hint: page.Key("conference.basis.own")})
	}
	for _, g := range grounds {
		choices = append(choices, page.Choice{Value: string(g.Basis) + "|" + g.Ground + "|" + string(g.Desk), Text: page.Plain(string(g.Desk)), Hint: v.Word("conference.basis.", string(g.Basis))})
	}
	if len(choices) == 0 {
		f.Warning = page.Key("conference.seat.nobody")
	}
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: field(f, ask, "desk"), Choices: choices, Value: v.Field("desk")}),
		v.seatField(f, "kind", field(f, ask, "kind")),
	)
	return v.ShowForm(f)
}

func (v *visit) invite() error {
	of, err := v.at()
	if err != nil {
		return err
	}
	in := conference.Calling{Meets: of.Meets, Place: of.Call.Place, Agenda: of.Call.Agenda, Outside: of.Call.Outside}
	basis, rest, _ := strings.Cut(v.Field("desk"), "|")
	ground, d, _ := strings.Cut(rest, "|")
	in.Invites = []conference.Invite{{Basis: conference.Basis(basis), Ground: ground, Kind: v.Field("kind")}}
	in.Invites[0].Desk = id.Desk(d)
	_, err = v.Conferences.Change(v.R.Context(), v.By, of.ID, v.Version(), in)
	if err != nil {
		names := fields(err, "desk", "kind")
		names["basis"] = "desk"
		return v.again(err, names, v.showInvite)
	}
	return v.To(pathOf(of.ID), "conference")
}

func (v *visit) minuteForm() error { return v.showMinutes(page.Form{}) }

// showMinutes asks who was there, what was said to each item, who was of another opinion, and whether she was heard.
func (v *visit) showMinutes(f page.Form) error {
	of, err := v.at()
	if err != nil {
		return err
	}
	d, err := conference.Shipped()
	if err != nil {
		return err
	}
	f = v.form(f, of, "minutes")
	f.Intro = []page.Msg{page.Key("conference.minutes.text")}
	f.Fields = append(f.Fields,
		v.DayField(field(f, ask, "on"), v.R.Method == "GET"),
		page.SelectList(v.P, page.Select{Field: field(f, ask, "language"), Choices: v.Languages(), Value: v.Field("language"), Empty: page.Key("web.choose")}),
	)
	for i, s := range of.Seats {
		at := page.Field{ID: "seat-" + strconv.FormatInt(s.N, 10), Label: page.Key("conference.ask.there", "seat", v.Word("conference.seat.", s.Kind).In(v.P), "desk", string(s.Desk))}
		if i == 0 {
			at.Error = page.ErrorAt(f.Errors, "seats")
		}
		choices := append([]page.Choice{{Value: "there", Text: page.Key("conference.there.yes")}}, v.Choices("conference.absence.", d.Codes(conference.ListAbsence)...)...)
		f.Fields = append(f.Fields, page.SelectList(v.P, page.Select{Field: at, Choices: choices, Value: v.Field(at.ID), Empty: page.Key("web.choose")}))
	}
	for _, a := range of.Call.Agenda {
		n := strconv.FormatInt(a.N, 10)
		said := page.Field{ID: "said-" + n, Label: page.Key("conference.ask.said", "item", a.Title), Optional: true}
		if a.N == 1 {
			said.Error = page.ErrorAt(f.Errors, "items")
		}
		f.Fields = append(f.Fields,
			page.TextArea(v.P, page.Textarea{Field: said, Value: v.Field(said.ID)}),
			page.SelectList(v.P, page.Select{Field: page.Field{ID: "who-" + n, Label: page.Key("conference.ask.dissent", "item", a.Title), Optional: true}, Choices: v.Choices("conference.seat.", v.Law().Seats()...), Value: v.Field("who-" + n), Empty: page.Key("conference.nobody")}),
			page.TextInput(v.P, page.Input{Field: page.Field{ID: "why-" + n, Label: page.Key("conference.ask.dissent.why", "item", a.Title), Optional: true}, Value: v.Field("why-" + n)}),
		)
	}
	f.Fields = append(f.Fields,
		page.SelectList(v.P, page.Select{Field: hinted(field(f, ask, "hearing"), ask), Choices: v.Choices("conference.hearing.", d.Codes(conference.ListHearing)...), Value: v.Field("hearing"), Empty: page.Key("web.choose")}),
		page.TextInput(v.P, page.Input{Field: optional(hinted(field(f, ask, "why"), ask)), Value: v.Field("why")}),
		page.TextArea(v.P, page.Textarea{Field: optional(hinted(field(f, ask, "words"), ask)), Value: v.Field("words"), Rows: 3}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: optional(field(f, ask, "told")), Choices: v.Choices("web.", "yes"), Values: v.R.PostForm["told"]}),
	)
	return v.ShowForm(f)
}

func (v *visit) minute() error {
	of, err := v.at()
	if err != nil {
		return err
	}
	x := conference.Minutes{
		On: v.Day("on"), Language: v.Field("language"), Items: []conference.Said{},
		Hearing: conference.Hearing{How: v.Field("hearing"), Why: v.Field("why"), Words: v.Field("words"), Told: v.Field("told") != ""},
	}
	for _, s := range of.Seats {
		a := conference.Attendance{Seat: s.N, Why: v.Field("seat-" + strconv.FormatInt(s.N, 10))}
		if a.Why == "there" {
			a.There, a.Why = true, ""
		}
		x.Seats = append(x.Seats, a)
	}
	for _, a := range of.Call.Agenda {
		n := strconv.FormatInt(a.N, 10)
		said := conference.Said{Item: a.N, Text: v.Field("said-" + n)}
		if said.Text == "" && v.Field("who-"+n) == "" {
			continue
		}
		if who := v.Field("who-" + n); who != "" {
			said.Dissents = []conference.Dissent{{Who: v.Word("conference.seat.", who).In(v.P), Why: v.Field("why-" + n)}}
		}
		x.Items = append(x.Items, said)
	}
	if _, err := v.Conferences.Minute(v.R.Context(), v.By, of.ID, v.Version(), x); err != nil {
		names := fields(err, "on", "language", "hearing")
		names["seats"], names["items"], names["dissents"] = "seats", "items", "items"
		return v.again(err, names, v.showMinutes)
	}
	return v.To(pathOf(of.ID), "conference")
}

func (v *visit) textForm() error { return v.showText(page.Form{}) }

// showText asks what was decided and who has to sign it.
func (v *visit) showText(f page.Form) error {
	of, err := v.at()
	if err != nil {
		return err
	}
	f = v.form(f, of, "text")
	f.Intro = []page.Msg{page.Key("conference.text.text")}
	if of.State == conference.Written {
		f.Warning = page.Key("conference.text.again")
	}
	body := v.Lists.Codes(casefile.ListBody)
	var seats []page.Choice
	for _, s := range of.Seats {
		if !s.Shut {
			seats = append(seats, page.Choice{Value: strconv.FormatInt(s.N, 10), Text: v.Word("conference.seat.", s.Kind), Hint: page.Plain(string(s.Desk))})
		}
	}
	own := func(id, label string) page.Field {
		return page.Field{ID: id, Label: page.Key(label), Optional: true, Error: page.ErrorAt(f.Errors, id)}
	}
	f.Fields = append(f.Fields,
		page.SelectList(v.P, page.Select{Field: own("status", "case.status"), Choices: v.Choices("case.status.", v.Lists.Codes(casefile.ListStatus)...), Value: v.Field("status"), Empty: page.Key("conference.text.no-status")}),
		page.SelectList(v.P, page.Select{Field: own("body", "case.body"), Choices: v.Choices("case.body.", body...), Value: v.Field("body"), Empty: page.Key("web.choose")}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: own("with", "case.decide.with"), Choices: v.Choices("case.body.", body...), Values: v.R.PostForm["with"]}),
		page.TextInput(v.P, page.Input{Field: own("name", "case.body.name"), Value: v.Field("name")}),
		page.TextInput(v.P, page.Input{Field: own("basis", "case.decide.basis"), Value: v.Field("basis")}),
		page.TextArea(v.P, page.Textarea{Field: own("grounds", "case.decide.grounds"), Value: v.Field("grounds")}),
		v.DayField(own("date", "case.decide.date"), v.R.Method == "GET"),
		v.DayField(own("review", "case.decide.review"), false),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: own("informed", "case.decide.informed"), Choices: v.Choices("web.", "yes"), Values: v.R.PostForm["informed"]}),
		page.TextArea(v.P, page.Textarea{Field: optional(hinted(field(f, ask, "else"), ask)), Value: v.Field("else")}),
		page.SelectList(v.P, page.Select{Field: optional(hinted(field(f, ask, "category"), ask)), Choices: categories(), Value: v.Field("category"), Empty: page.Key("web.choose")}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: field(f, ask, "signs"), Choices: seats, Values: v.R.PostForm["signs"]}),
	)
	return v.ShowForm(f)
}

func (v *visit) text() error {
	in := conference.Resolving{Words: v.Field("else"), Category: consent.Code(v.Field("category"))}
	if status := v.Field("status"); status != "" {
		in.Decision = &casefile.Decision{
			Status: status, Body: v.Field("body"), Name: v.Field("name"), Country: v.Site.Member, Basis: v.Field("basis"), Grounds: v.Field("grounds"),
			Date: v.Day("date"), Review: v.Day("review"), Informed: v.Field("informed") != "", With: v.Sent("with", v.Choices("", v.Lists.Codes(casefile.ListBody)...)),
			Language: string(v.P.Tag()),
		}
	}
	for _, s := range v.R.PostForm["signs"] {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			in.Signs = append(in.Signs, n)
		}
	}
	c, err := v.Conferences.Resolve(v.R.Context(), v.By, v.which(), v.Version(), in)
	if err != nil {
		names := fields(err, "status", "body", "with", "name", "basis", "grounds", "date", "review", "category", "signs")
		names["words"] = "else"
		return v.again(err, names, v.showText)
	}
	return v.To(pathOf(c.ID), "conference")
}
