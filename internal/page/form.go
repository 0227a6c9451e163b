package page

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Form is a screen that asks and sends.
type Form struct {
	Status  int
	Caption Msg // over the title: of what this page is a part
	Title   Msg
	Intro   []Msg
	Warning Msg
	Action  string // path that it is sent to
	Back    string
	First   []templ.Component // before everything, also before the card
	Above   []templ.Component // before the fields, and no part of what is sent
	Fields  []templ.Component
	Under   []templ.Component // after its button, and part of what is sent
	Hidden  [][2]string
	Submit  Msg
	Errors  []Error
	Card    *Card // stands before the form, which is not taken before it was read; nil: she is not reached by what it asks
	Leave   bool
	Keeps   bool   // each answer is kept as it is given; Hidden has the version from which the next one goes on
	Now     *Now   // how that stands which it changes; shown where somebody was faster
	Danger  bool   // it says whom to call where somebody is in danger now
	Speak   string // as of a page
}

// ShowForm sends a form.
func (v *Visit) ShowForm(f Form) error {
	if f.Now != nil && f.Now.Path == "" {
		f.Now.Path = f.Back
	}
	if f.Danger {
		f.First = append([]templ.Component{Danger(v.P, v.Numbers())}, f.First...)
	}
	return v.Show(Page{Status: f.Status, Title: f.Title, Back: f.Back, Errors: f.Errors, Leave: f.Leave, Speak: f.Speak, Now: f.Now, Body: formScreen(v.P, f)})
}

// Again shows a form with what is to be corrected, or gives back what no form can mend.
func (v *Visit) Again(err error, fields map[string]string, show func(Form) error) error {
	status := StatusOf(fault.KindOf(err))
	errors, err := v.Correct(err, fields)
	if err != nil {
		return err
	}
	return show(Form{Status: status, Errors: errors})
}

// Choices are codes with their words.
func (v *Visit) Choices(prefix string, codes ...string) []Choice {
	var all []Choice
	for _, c := range codes {
		all = append(all, Choice{Value: c, Text: v.Word(prefix, c)})
	}
	return all
}

// Sent returns the codes of a list that were ticked, sorted; what is not in the list is left out.
func (v *Visit) Sent(name string, codes []Choice) []string {
	var all []string
	for _, c := range v.R.PostForm[name] {
		if slices.ContainsFunc(codes, func(x Choice) bool { return x.Value == c }) {
			all = append(all, c)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Addresses are the desks of the network but the reader's own, as the newest sheets list them, and those of this
// member.
func (v *Visit) Addresses(members *member.Service) ([]Choice, error) {
	listed, err := members.Directory(v.R.Context(), v.By.Actor)
	if err != nil {
		return nil, err
	}
	own := id.Address{Member: v.Site.Member, Desk: v.By.Desk}
	var all []Choice
	for _, l := range listed {
		if l.Address == own {
			continue
		}
		hint := v.Word("desk.sector.", string(l.Desk.Sector)).In(v.P)
		if l.Desk.Capacity != "" {
			hint += ", " + v.Word("desk.capacity.", l.Desk.Capacity).In(v.P)
		}
		all = append(all, Choice{Value: l.Address.String(), Text: Plain(l.Address.String()), Hint: Plain(hint)})
	}
	return all, nil
}

// Capacities says of every desk of the network how it says that its places are: "free", "limited", "full"; nothing of one that says nothing.
func (v *Visit) Capacities(members *member.Service) (map[string]string, error) {
	listed, err := members.Directory(v.R.Context(), v.By.Actor)
	all := map[string]string{}
	for _, l := range listed {
		all[l.Address.String()] = l.Desk.Capacity
	}
	return all, err
}

// Words says several codes in one sentence.
func (v *Visit) Words(prefix string, codes []string) Msg {
	if len(codes) == 0 {
		return Key("web.none")
	}
	var said []string
	for _, c := range codes {
		said = append(said, v.Word(prefix, c).In(v.P))
	}
	return Plain(v.P.And(said...))
}

// Named lists languages by name.
func (v *Visit) Named(tags []string) Msg {
	var all []string
	for _, t := range tags {
		all = append(all, v.P.LanguageName(t))
	}
	if len(all) == 0 {
		return Key("web.none")
	}
	return Plain(v.P.And(all...))
}

// List splits what was typed with commas.
func List(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == ' ' })
}

// DayField asks for a day. Today says whether it begins with the day of the reader's zone.
func (v *Visit) DayField(f Field, today bool) templ.Component {
	d := DateInput{Field: f, Day: v.Field(f.ID + "-day"), Month: v.Field(f.ID + "-month"), Year: v.Field(f.ID + "-year")}
	if now := v.Site.Now().In(v.Zone); today && d.Day+d.Month+d.Year == "" {
		d.Day, d.Month, d.Year = strconv.Itoa(now.Day()), strconv.Itoa(int(now.Month())), strconv.Itoa(now.Year())
	}
	return DateFields(v.P, d)
}

// Day reads a day as records hold it; "" if nothing was given. What is no day stays something that no record takes.
func (v *Visit) Day(name string) string {
	parts := []string{v.Field(name + "-year"), v.Field(name + "-month"), v.Field(name + "-day")}
	if slices.Equal(parts, []string{"", "", ""}) {
		return ""
	}
	var n [3]int
	for i, p := range parts {
		var err error
		if n[i], err = strconv.Atoi(p); err != nil {
			return "?"
		}
	}
	return fmt.Sprintf("%04d-%02d-%02d", n[0], n[1], n[2])
}

// FieldsOf maps fields of a noun to controls of the same name; what names none is said at the first.
func FieldsOf(names ...string) map[string]string {
	all := map[string]string{}
	for i, n := range names {
		if all[n] = n; i == 0 {
			all[""] = n
		}
	}
	return all
}

// DayText writes a day of a record.
func (v *Visit) DayText(day string) Msg {
	var y, m, d int
	if _, err := fmt.Sscanf(day, "%d-%d-%d", &y, &m, &d); err != nil {
		return Key("web.none")
	}
	return Plain(v.P.PartialDate(y, m, d))
}

// Or returns s, or the other where s says nothing.
func Or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// Languages are the languages that people of the region and those who pass through it speak.
func (v *Visit) Languages() []Choice {
	var all []Choice
	for _, tag := range []string{"sq", "ar", "bs", "bg", "hr", "en", "fr", "el", "hu", "mk", "cnr", "ro", "rom", "ru", "sr", "sl", "tr", "uk"} {
		all = append(all, Choice{Value: tag, Text: Plain(v.P.LanguageName(tag))})
	}
	for _, t := range v.Site.Texts.Reads() { // what a file of the node adds
		if s := v.Site.Texts.Status(t); s.From == "" && !slices.ContainsFunc(all, func(c Choice) bool { return c.Value == string(t) }) {
			all = append(all, Choice{Value: string(t), Text: v.ReadName(t)})
		}
	}
	return all
}

// Countries are all countries, by name. The page that lists them bears the footnotes that some of them need.
func (v *Visit) Countries() []Choice {
	v.all = true
	names := v.P.Countries()
	var all []Choice
	for _, c := range sorting.New(slices.Collect(maps.Keys(names)), func(a, b string) int { return strings.Compare(names[a], names[b]) }) {
		all = append(all, Choice{Value: c, Text: Plain(names[c])})
	}
	return all
}

// AgainDenied is [Visit.Again] for forms whose choice of a legal basis may be refused by the law.
func (v *Visit) AgainDenied(err error, fields map[string]string, show func(Form) error) error {
	if _, key, _ := fault.Public(err); fault.Is(err, fault.Denied) && key != "access.denied" {
		return show(Form{Status: StatusOf(fault.Denied), Errors: []Error{{Field: "basis", Text: Plain(v.P.Fault(err))}}})
	}
	return v.Again(err, fields, show)
}
