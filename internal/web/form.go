package web

import (
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// form is a screen that asks and sends.
type form struct {
	status  int
	title   Msg
	intro   []Msg
	warning Msg
	action  string // path that it is sent to
	back    string
	fields  []templ.Component
	hidden  [][2]string
	submit  Msg
	errors  []Error
	leave   bool
	speak   string // as of a page
}

func (v *Visit) showForm(f form) error {
	return v.show(page{status: f.status, title: f.title, back: f.back, errors: f.errors, leave: f.leave, speak: f.speak, body: formScreen(v.p, f)})
}

// again shows a form with what is to be corrected, or gives back what no form can mend.
func (v *Visit) again(err error, fields map[string]string, show func(form) error) error {
	status := statusOf(fault.KindOf(err))
	errors, err := v.correct(err, fields)
	if err != nil {
		return err
	}
	return show(form{status: status, errors: errors})
}

// choices are codes with their words.
func (v *Visit) choices(prefix string, codes ...string) []Choice {
	var all []Choice
	for _, c := range codes {
		all = append(all, Choice{Value: c, Text: v.word(prefix, c)})
	}
	return all
}

// sent returns the codes of a list that were ticked, sorted; what is not in the list is left out.
func (v *Visit) sent(name string, codes []Choice) []string {
	var all []string
	for _, c := range v.r.PostForm[name] {
		if slices.ContainsFunc(codes, func(x Choice) bool { return x.Value == c }) {
			all = append(all, c)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// addresses are the desks of the network but the reader's own, as the newest sheets list them, and those of this
// member.
func (v *Visit) addresses() ([]Choice, error) {
	listed, err := v.web.Members.Directory(v.r.Context(), v.by.Actor)
	if err != nil {
		return nil, err
	}
	own := id.Address{Member: v.web.Member, Desk: v.by.Desk}
	var all []Choice
	for _, l := range listed {
		if l.Address == own {
			continue
		}
		hint := v.p.CountryName(string(l.Address.Member)) + ", " + v.word("", l.Desk.Function).In(v.p)
		if l.Desk.Capacity != "" {
			hint += ", " + v.word("desk.capacity.", l.Desk.Capacity).In(v.p)
		}
		all = append(all, Choice{Value: l.Address.String(), Text: Plain(l.Address.String()), Hint: Plain(hint)})
	}
	return all, nil
}

// words says several codes in one sentence.
func (v *Visit) words(prefix string, codes []string) Msg {
	if len(codes) == 0 {
		return Key("web.none")
	}
	var said []string
	for _, c := range codes {
		said = append(said, v.word(prefix, c).In(v.p))
	}
	return Plain(v.p.And(said...))
}

// named lists languages by name.
func (v *Visit) named(tags []string) Msg {
	var all []string
	for _, t := range tags {
		all = append(all, v.p.LanguageName(t))
	}
	if len(all) == 0 {
		return Key("web.none")
	}
	return Plain(v.p.And(all...))
}

// list splits what was typed with commas.
func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == ' ' })
}
