package webnetwork

import (
	"cmp"
	"context"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/legal"
	"github.com/opentrm/opentrm/internal/meeting"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/publication"
)

// reasons are why a record is corrected or withdrawn.
func reasons() []string {
	return []string{"corrected", "completed", "translated", "law-changed", "out-of-date", "replaced", "mistake"}
}

// kindsOffered are the kinds that begin with nothing; the others are written about something, and from its page.
func kindsOffered() []publication.Kind {
	return []publication.Kind{publication.Practice, publication.LegalModel, publication.Meeting, publication.Recommendation}
}

// draft is a record as its form has it.
type draft struct {
	kind  publication.Kind
	body  publication.Body // as it stands; empty of a new one
	in    string           // language of the texts
	fresh bool             // nothing of it is published
	at    map[string]string
}

// writing begins a draft as the request names it.
func (v *visit) writing(kind publication.Kind, body publication.Body) *draft {
	d := &draft{kind: kind, body: body, in: cmp.Or(v.R.FormValue("in"), string(v.P.Tag())), at: map[string]string{}}
	if !slices.ContainsFunc(v.Languages(), func(c page.Choice) bool { return c.Value == d.in }) {
		d.in = "en"
	}
	return d
}

// standing is what a control shows: what was sent, and before anything was sent what stands.
func (v *visit) standing(name, stands string) string {
	if v.R.PostForm.Has(name) {
		return v.Field(name)
	}
	return stands
}

// controls asks for the parts of a shape. Under is what their names begin with: "steps-2-".
func (v *visit) controls(f page.Form, d *draft, shape []publication.Part, b publication.Body, under string) ([]templ.Component, error) {
	var all []templ.Component
	for _, p := range shape {
		name := under + p.Name
		field := page.Field{ID: name, Label: page.Key("publication.ask." + p.Name), Error: page.ErrorAt(f.Errors, name), Optional: !p.Need}
		if key := "publication.ask." + p.Name + ".hint"; v.Site.Texts.Has(key) {
			field.Hint = page.Key(key)
		}
		c, err := v.control(f, d, p, b, field)
		if err != nil {
			return nil, err
		}
		all = append(all, c...)
	}
	return all, nil
}

func (v *visit) control(f page.Form, d *draft, p publication.Part, b publication.Body, field page.Field) ([]templ.Component, error) {
	name := field.ID
	one := func(c templ.Component) ([]templ.Component, error) { return []templ.Component{c}, nil }
	written := func() string {
		for _, t := range b.Texts(p.Name) {
			if t.Lang == d.in {
				return v.standing(name, t.Text)
			}
		}
		return v.standing(name, "")
	}
	switch p.Is {
	case publication.Line:
		return one(page.TextInput(v.P, page.Input{Field: field, Value: written()}))
	case publication.Prose:
		return one(page.TextArea(v.P, page.Textarea{Field: field, Value: written()}))
	case publication.Number:
		stands := ""
		if n, ok := b.Number(p.Name); ok {
			stands = strconv.FormatInt(n, 10)
		}
		return one(page.TextInput(v.P, page.Input{Field: field, Value: v.standing(name, stands), Mode: "numeric", Width: 10}))
	case publication.Day:
		y, rest, _ := strings.Cut(b.Word(p.Name), "-")
		mo, da, _ := strings.Cut(rest, "-")
		trim := func(s string) string { return strings.TrimLeft(s, "0") }
		return one(page.DateFields(v.P, page.DateInput{Field: field, Day: v.standing(name+"-day", trim(da)), Month: v.standing(name+"-month", trim(mo)), Year: v.standing(name+"-year", y)}))
	case publication.Code:
		choices := v.Choices("publication."+p.Name+".", p.Of...)
		if d.kind == publication.Progress && p.Name == "audience" && d.fresh {
			choices = append(choices, page.Choice{Value: stays, Text: page.Key("publication.audience.own")})
		}
		return one(page.SelectList(v.P, page.Select{Field: field, Choices: choices, Value: v.standing(name, b.Word(p.Name)), Empty: page.Key("web.choose")}))
	case publication.Codes, publication.Countries:
		choices := v.Choices("publication."+p.Name+".", p.Of...)
		if p.Is == publication.Countries {
			choices = v.members(b.Words(p.Name)...)
		}
		values := b.Words(p.Name)
		if v.R.Method == "POST" {
			values = v.R.PostForm[name]
		}
		return one(page.CheckboxGroup(v.P, page.Checkboxes{Field: field, Choices: choices, Values: values}))
	case publication.Country:
		return one(page.SelectList(v.P, page.Select{Field: field, Choices: v.Countries(), Value: v.standing(name, cmp.Or(b.Word(p.Name), string(v.Site.Member))), Empty: page.Key("web.choose")}))
	case publication.DeskAt:
		choices, err := v.Addresses(v.Members)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		own := id.Address{Member: v.Site.Member, Desk: v.By.Desk}.String()
		choices = append([]page.Choice{{Value: own, Text: page.Plain(own)}}, choices...)
		return one(page.SelectList(v.P, page.Select{Field: field, Choices: choices, Value: v.standing(name, b.Word(p.Name)), Empty: page.Key("web.none")}))
	case publication.LinkTo:
		return v.linkControl(p, b, field)
	case publication.HashOf:
		return nil, nil // of what the link names, when the page was opened
	case publication.Rows:
		return v.rowControls(f, d, p, b, name)
	}
	return one(page.TextInput(v.P, page.Input{Field: field, Value: v.standing(name, b.Word(p.Name))}))
}

// members are the countries of the region and of the network, and what is named already.
func (v *visit) members(also ...string) []page.Choice {
	codes := slices.Concat(page.Atlas{}.Countries(), also)
	slices.Sort(codes)
	var all []page.Choice
	for _, c := range slices.Compact(codes) {
		all = append(all, page.Choice{Value: c, Text: page.Plain(v.country(c))})
	}
	return all
}

// linkControl asks what a record is about, or says it where the form was opened from there.
func (v *visit) linkControl(p publication.Part, b publication.Body, field page.Field) ([]templ.Component, error) {
	ctx := v.R.Context()
	is := v.standing(field.ID, cmp.Or(b.Word(p.Name), v.R.URL.Query().Get(p.Name)))
	if p.Need && is != "" {
		all, err := v.Publications.Show(ctx, v.By.Actor, id.Publication(is))
		if err != nil {
			return nil, err
		}
		k := all[len(all)-1]
		sum := cmp.Or(b.Word("hash"), k.Hash)
		return []templ.Component{
			page.SummaryList(v.P, []page.Row{{Key: field.Label, Value: v.called(k)}}), hidden(field.ID, is), hidden("hash", v.standing("hash", sum)),
		}, nil
	}
	var choices []page.Choice
	for _, kind := range p.To {
		all, err := v.Publications.All(ctx, v.By.Actor, publication.Filter{Kind: kind}, "")
		if err != nil {
			return nil, err
		}
		for _, k := range all {
			choices = append(choices, page.Choice{Value: string(k.Record.ID), Text: v.called(k)})
		}
	}
	return []templ.Component{page.SelectList(v.P, page.Select{Field: field, Choices: choices, Value: is, Empty: page.Key("web.none")})}, nil
}

// hidden is a control that nobody sees.
func hidden(name, value string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, `<input type="hidden" name="`+templ.EscapeString(name)+`" value="`+templ.EscapeString(value)+`">`)
		return err
	})
}

// rowsName is the control that says how many lines of a part the form has.
func rowsName(part string) string { return "lines-" + part }

// rowsOf is how many lines of a part a form has: those that stand and one more, or as many as it had.
func (v *visit) rowsOf(p publication.Part, stand int) int {
	n, err := strconv.Atoi(v.Field(rowsName(p.Name)))
	if err != nil || n < 1 {
		n = stand + 1
	}
	if v.Field("more") == p.Name {
		n += 3
	}
	return min(n, p.Most)
}

func (v *visit) rowControls(f page.Form, d *draft, p publication.Part, b publication.Body, name string) ([]templ.Component, error) {
	stand := b.Rows(p.Name)
	n := v.rowsOf(p, len(stand))
	out := []templ.Component{hidden(rowsName(p.Name), strconv.Itoa(n))}
	for i := range n {
		row := publication.Body{}
		if i < len(stand) {
			row = stand[i]
		}
		inner, err := v.controls(f, d, p.Rows, row, name+"-"+strconv.Itoa(i)+"-")
		if err != nil {
			return nil, err
		}
		out = append(out, rowGroup(v.P, name+"-"+strconv.Itoa(i)+"-line", page.Key("publication.ask."+p.Name), i+1, inner))
	}
	if n < p.Most {
		out = append(out, moreLines(v.P, page.Key("publication.ask."+p.Name), p.Name))
	}
	return out, nil
}

// read makes the body that was sent. What was written in other languages stays.
func (v *visit) read(d *draft) publication.Body {
	b := publication.Body{}
	if files, ok := d.body["files"]; ok {
		b["files"] = files
	}
	v.readParts(d, publication.ShapeOf(d.kind), d.body, b, "", "")
	return b
}

// readParts reads the parts of a shape into a body. From is what the names of their controls begin with, to what the noun calls them.
func (v *visit) readParts(d *draft, shape []publication.Part, stands, b publication.Body, from, to string) {
	for _, p := range shape {
		name := from + p.Name
		d.at[to+p.Name] = name
		switch p.Is {
		case publication.Line, publication.Prose:
			text := strings.ReplaceAll(v.Field(name), "\r\n", "\n")
			b.Set(p.Name, publication.With(stands.Texts(p.Name), publication.Text{Lang: d.in, Text: text}))
		case publication.Number:
			if s := v.Field(name); s != "" {
				n, err := strconv.ParseInt(s, 10, 64)
				if err != nil {
					n = -1 // which no part takes
				}
				b.Set(p.Name, n)
			}
		case publication.Day:
			b.Set(p.Name, v.Day(name))
		case publication.Codes:
			var in []string
			for _, c := range p.Of {
				if slices.Contains(v.R.PostForm[name], c) {
					in = append(in, c)
				}
			}
			b.Set(p.Name, in)
		case publication.Countries:
			in := slices.Clone(v.R.PostForm[name])
			slices.Sort(in)
			b.Set(p.Name, slices.Compact(in))
		case publication.Rows:
			var rows []publication.Body
			stand := stands.Rows(p.Name)
			for i := range v.rowsOf(p, len(stand)) {
				old := publication.Body{}
				if i < len(stand) {
					old = stand[i]
				}
				row := publication.Body{}
				v.readParts(d, p.Rows, old, row, name+"-"+strconv.Itoa(i)+"-", to+p.Name+"-"+strconv.Itoa(len(rows))+"-")
				if len(row) > 0 {
					rows = append(rows, row)
				}
			}
			if b.Set(p.Name, rows); len(rows) == 0 {
				for _, q := range p.Rows[:1] {
					d.at[to+p.Name] = name + "-0-" + q.Name
				}
			}
		default:
			b.Set(p.Name, v.Field(name))
		}
	}
}

// fields says which control stands for which part.
func (d *draft) fields() map[string]string {
	all := map[string]string{"": publication.ShapeOf(d.kind)[0].Name}
	for part, control := range d.at {
		all[part] = control
	}
	return all
}

// more reports whether lines are asked for, and nothing is sent yet.
func (v *visit) more() bool { return v.Field("more") != "" }

func (v *visit) writeForm() error { return v.showWrite(page.Form{}) }

func (v *visit) asked() publication.Kind {
	return publication.Kind(cmp.Or(v.R.PostFormValue("kind"), v.R.URL.Query().Get("kind")))
}

// showWrite asks for a new record, or for its kind first.
func (v *visit) showWrite(f page.Form) error {
	kind := v.asked()
	if publication.ShapeOf(kind) == nil {
		return v.Show(page.Page{Title: page.Key("publication.new"), Back: listPath, Body: kindsScreen(v.P, kindsOffered())})
	}
	from, err := v.begun(kind)
	if err != nil {
		return err
	}
	d := v.writing(kind, from)
	d.fresh = true
	f.Title, f.Action, f.Back, f.Submit = page.Key("publication.add."+string(kind)), listPath+"/new", listPath, page.Key("publication.publish")
	f.Intro = []page.Msg{page.Key("publication.new.text")}
	if kind.Personal() {
		f.Intro = append(f.Intro, page.Key("publication.new.signed"))
	}
	f.Above = []templ.Component{languages(v.P, d.in, v.languageWays(listPath+"/new", d))}
	f.Hidden = [][2]string{{"kind", string(kind)}, {"in", d.in}, {"from-shipped", v.shipped()}}
	if f.Fields, err = v.controls(f, d, publication.ShapeOf(kind), d.body, ""); err != nil {
		return err
	}
	return v.ShowForm(f)
}

// shipped names what came with the program and is to be published, if the form was opened for that.
func (v *visit) shipped() string {
	return cmp.Or(v.R.PostFormValue("from-shipped"), v.R.URL.Query().Get("from"))
}

// begun is what a new record begins with: nothing, or what came with the program, to be checked and published.
func (v *visit) begun(kind publication.Kind) (publication.Body, error) {
	from := v.shipped()
	switch {
	case kind == publication.Meeting && from == "tenth":
		return meeting.Tenth(), nil
	case kind == publication.Meeting && from == "overdue":
		return v.agenda()
	case kind == publication.LegalModel && from != "":
		all, err := v.laws()
		if of := legal.Of(all, from); len(of) > 0 {
			return of[len(of)-1].Body, err
		}
		return publication.Body{}, err
	}
	return publication.Body{}, nil
}

// languageWays are the ways to the same form in other languages.
func (v *visit) languageWays(path string, d *draft) []page.Link {
	var all []page.Link
	asked := url.Values{}
	for name, values := range v.R.URL.Query() {
		asked[name] = values
	}
	for _, c := range v.Languages() {
		asked.Set("in", c.Value)
		if v.R.Method == "POST" {
			asked.Set("kind", string(d.kind))
		}
		all = append(all, page.Link{Path: path + "?" + asked.Encode(), Text: c.Text, Current: c.Value == d.in})
	}
	return all
}

func (v *visit) write() error {
	kind := v.asked()
	if publication.ShapeOf(kind) == nil || v.more() {
		return v.showWrite(page.Form{})
	}
	from, err := v.begun(kind)
	if err != nil {
		return err
	}
	d := v.writing(kind, from)
	body := v.read(d)
	if kind == publication.Progress && body.Word("audience") == stays {
		if err := v.keep(kind, body); err != nil {
			return v.Again(err, d.fields(), v.showWrite)
		}
		return nil
	}
	raw, err := body.Bytes()
	if err == nil {
		var k publication.Kept
		if k, err = v.Publications.Publish(v.R.Context(), v.By, publication.Draft{Kind: kind, ValidFrom: frame.At(v.Site.Now()), Body: raw}); err == nil {
			return v.To(pathOf(k.Record.ID), "published")
		}
	}
	return v.Again(err, d.fields(), v.showWrite)
}

// ours is the newest version of the record, if the reader may change it.
//
// It fails as showing it does, with [fault.Denied] if it is another member's, and with [fault.Conflict] where a form is opened for one that was
// withdrawn; whoever sends a form is told so beside how it stands.
func (v *visit) ours() (publication.Kept, error) {
	all, err := v.Publications.Show(v.R.Context(), v.By.Actor, v.which())
	if err != nil {
		return publication.Kept{}, err
	}
	k := all[len(all)-1]
	switch {
	case k.Record.Member != v.Site.Member:
		return k, fault.New(fault.Denied, "publication.author")
	case k.Record.Withdrawn && v.R.Method == "GET":
		return k, fault.New(fault.Conflict, "publication.withdrawn")
	}
	return k, nil
}

// stands says how the record stands that a form changes.
func (v *visit) stands(k publication.Kept) *page.Now {
	return &page.Now{
		Path: pathOf(k.Record.ID), At: k.Record.Created,
		Rows: []page.Row{{Key: v.Word("publication.kind.", string(k.Record.Kind)), Value: v.called(k)}, {Key: page.Key("publication.version"), Value: page.Plain(v.P.Number(k.Record.Version))}},
	}
}

func (v *visit) reason(f page.Form) templ.Component {
	return page.SelectList(v.P, page.Select{
		Field:   page.Field{ID: "reason", Label: page.Key("publication.reason"), Error: page.ErrorAt(f.Errors, "reason")},
		Choices: v.Choices("publication.reason.", reasons()...), Value: v.Field("reason"), Empty: page.Key("web.choose"),
	})
}

func (v *visit) changeForm() error { return v.showChange(page.Form{}) }

func (v *visit) showChange(f page.Form) error {
	k, err := v.ours()
	if err != nil {
		return err
	}
	d := v.writing(k.Record.Kind, publication.ReadBody(k.Record.Body))
	f.Title, f.Action, f.Back, f.Submit = page.Key("publication.change"), pathOf(k.Record.ID)+"/change", pathOf(k.Record.ID), page.Key("publication.publish")
	f.Intro, f.Now = []page.Msg{page.Key("publication.change.text")}, v.stands(k)
	f.Above = []templ.Component{languages(v.P, d.in, v.languageWays(f.Action, d))}
	f.Hidden = [][2]string{{"version", v.Fresh(f, k.Record.Version)}, {"in", d.in}}
	if f.Fields, err = v.controls(f, d, publication.ShapeOf(d.kind), d.body, ""); err != nil {
		return err
	}
	f.Fields = append(f.Fields, v.reason(f))
	return v.ShowForm(f)
}

func (v *visit) change() error {
	k, err := v.ours()
	if err != nil {
		return err
	}
	if v.more() {
		return v.showChange(page.Form{})
	}
	d := v.writing(k.Record.Kind, publication.ReadBody(k.Record.Body))
	raw, err := v.read(d).Bytes()
	if err == nil {
		_, err = v.Publications.Correct(v.R.Context(), v.By, publication.Change{
			ID: k.Record.ID, Version: v.Version(), ValidFrom: frame.At(v.Site.Now()), Body: raw, Reason: v.Field("reason"),
		})
	}
	if err != nil {
		all := d.fields()
		all["reason"] = "reason"
		return v.Again(err, all, v.showChange)
	}
	return v.To(pathOf(k.Record.ID), "published")
}

func (v *visit) withdrawForm() error { return v.showWithdraw(page.Form{}) }

func (v *visit) showWithdraw(f page.Form) error {
	k, err := v.ours()
	if err != nil {
		return err
	}
	f.Title, f.Action, f.Back, f.Submit = page.Key("publication.withdraw"), pathOf(k.Record.ID)+"/withdraw", pathOf(k.Record.ID), page.Key("publication.withdraw")
	f.Intro, f.Now = []page.Msg{page.Key("publication.withdraw.text")}, v.stands(k)
	f.Above = []templ.Component{page.SummaryList(v.P, f.Now.Rows)}
	f.Hidden = [][2]string{{"version", v.Fresh(f, k.Record.Version)}}
	f.Fields = []templ.Component{v.reason(f)}
	return v.ShowForm(f)
}

func (v *visit) withdraw() error {
	if _, err := v.Publications.Withdraw(v.R.Context(), v.By, v.which(), v.Version(), v.Field("reason")); err != nil {
		return v.Again(err, map[string]string{"": "reason", "reason": "reason"}, v.showWithdraw)
	}
	return v.To(pathOf(v.which()), "published")
}
