package webcase

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
)

// fresh is the suffix of the controls of a way of contact that is added.
const fresh = "-new"

// contactNames are the controls of one way of contact.
func contactNames(suffix string) []string {
	var all []string
	for _, n := range []string{"way", "contact", "safety", "times", "may-say", "answerer", "never", "code-word", "voice"} {
		all = append(all, n+suffix)
	}
	return all
}

func registered(p person.Person, use person.NameUse) (given, surname, whole string) {
	for _, n := range p.Names {
		if n.Use != use {
			continue
		}
		for _, part := range n.Parts {
			switch part.Kind {
			case person.GivenName:
				given = part.Text
			case person.Surname:
				surname = part.Text
			}
		}
		return given, surname, n.Text()
	}
	return "", "", ""
}

// stood is what the form of a person would hold if it said what stands.
func stood(p person.Person) url.Values {
	x := url.Values{}
	set := func(name, value string) {
		if value != "" && value != "0" {
			x.Set(name, value)
		}
	}
	given, surname, _ := registered(p, person.Registered)
	_, _, alias := registered(p, person.Alias)
	set("given", given)
	set("surname", surname)
	set("alias", alias)
	without := func(name string, s person.State) {
		if s != person.Given {
			set(name+"-without", s.Code())
		}
	}
	birth, _ := p.Birth.Is()
	set("birth-day", strconv.Itoa(birth.Day))
	set("birth-month", strconv.Itoa(birth.Month))
	set("birth-year", strconv.Itoa(birth.Year))
	without("birth", p.Birth.State)
	set("sex", string(p.Sex.Value))
	without("sex", p.Sex.State)
	for i, c := range p.Citizenships.Value {
		if i > 0 {
			c = x.Get("citizenships") + ", " + c
		}
		x.Set("citizenships", c)
	}
	without("citizenships", p.Citizenships.State)
	for _, l := range p.Languages.Value {
		x.Add("languages", l.Tag)
	}
	without("languages", p.Languages.State)
	for i, c := range p.Contacts {
		s := "-" + strconv.Itoa(i)
		set("way"+s, string(c.Way))
		set("safety"+s, string(c.Safety))
		set("times"+s, c.Times)
		set("may-say"+s, c.MaySay)
		set("answerer"+s, c.Answerer)
		set("never"+s, c.Never)
		set("code-word"+s, c.CodeWord)
		if c.Voice {
			x.Set("voice"+s, "yes")
		}
	}
	return x
}

// stakes are the answers of the form of a person, as they stand.
func (v *visit) stakes(p person.Person) []page.Stake {
	is := stood(p)
	all := []page.Stake{
		{Label: page.Key("person.given"), Names: []string{"given"}, Stands: is, Say: v.Typed("", "given")},
		{Label: page.Key("person.surname"), Names: []string{"surname"}, Stands: is, Say: v.Typed("", "surname")},
		{Label: page.Key("person.alias"), Names: []string{"alias"}, Stands: is, Say: v.Typed("", "alias")},
		{Label: page.Key("person.birth"), Names: []string{"birth-day", "birth-month", "birth-year", "birth-without"}, Stands: is, Say: func(in url.Values) page.Msg {
			n := func(name string) int { i, _ := strconv.Atoi(in.Get(name)); return i } // what is no number is none yet
			if n("birth-year") == 0 {
				return v.Typed("person.answer.", "birth-without")(in)
			}
			return page.Plain(v.P.PartialDate(n("birth-year"), n("birth-month"), n("birth-day")))
		}},
		{Label: page.Key("person.sex"), Names: []string{"sex", "sex-without"}, Stands: is, Say: v.orWithout("sex", v.Typed("person.sex.", "sex"))},
		{Label: page.Key("person.citizenships"), Names: []string{"citizenships", "citizenships-without"}, Stands: is, Say: v.orWithout("citizenships", v.Typed("", "citizenships"))},
		{Label: page.Key("person.languages"), Names: []string{"languages", "languages-without"}, Stands: is, Say: v.orWithout("languages", func(in url.Values) page.Msg { return v.Named(in["languages"]) })},
	}
	for i := range p.Contacts {
		all = append(all, v.contactStake("-"+strconv.Itoa(i), is))
	}
	return all
}

// orWithout says why there is no answer where there is none.
func (v *visit) orWithout(name string, say func(url.Values) page.Msg) func(url.Values) page.Msg {
	return func(in url.Values) page.Msg {
		if in.Get(name) == "" {
			return v.Typed("person.answer.", name+"-without")(in)
		}
		return say(in)
	}
}

func (v *visit) contactStake(s string, is url.Values) page.Stake {
	names := contactNames(s)
	return page.Stake{Label: page.Key("person.way"), Names: names, Stands: is, Say: func(in url.Values) page.Msg {
		said := v.Typed("person.way.", names[0])(in).In(v.P) + " · " + v.Typed("person.safety.", names[2])(in).In(v.P)
		if rest := v.Typed("", append([]string{names[1]}, names[3:8]...)...)(in); rest.Record() {
			said += " · " + rest.In(v.P)
		}
		return page.Plain(said)
	}}
}

func (v *visit) correctPersonForm() error { return v.showCorrectPerson(page.Form{}) }

// showCorrectPerson asks for what is to be written of her instead. What it does not ask stays as it is; a number is not shown and stays
// where nothing is typed.
func (v *visit) showCorrectPerson(f page.Form) error {
	c := id.Case(v.R.PathValue("case"))
	kept, err := v.Persons.Show(v.R.Context(), v.By, c)
	if err != nil {
		return err
	}
	if v.R.Method == "GET" {
		v.R.PostForm = stood(kept.Person)
	}
	f = v.Versioned(v.aboutCorrecting(f), kept.Version, v.stakes(kept.Person))
	f.Intro = []page.Msg{page.Key("person.record.text"), page.Key("person.correct.text")}
	f.Fields = v.personFields(f, person.Class(kept.Person, v.Site.Now()))
	for i := range kept.Contacts {
		f.Fields = append(f.Fields, v.contactFields(f, "-"+strconv.Itoa(i), page.Key("person.contact.kept"))...)
	}
	f.Fields = append(f.Fields, v.contactFields(f, fresh, page.Key("person.way.hint"))...)
	return v.ShowForm(f)
}

func (v *visit) aboutCorrecting(f page.Form) page.Form {
	c := "/cases/" + v.R.PathValue("case")
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("person.correct"), c, c+"/person/correct", page.Key("person.record.do"), true
	return f
}

// corrected is the person with what was sent. What the form does not ask stays.
func (v *visit) corrected(was person.Person) (person.Person, error) {
	sent, err := v.personSent()
	if err != nil {
		return was, err
	}
	now := was
	given, surname, _ := registered(was, person.Registered)
	_, _, alias := registered(was, person.Alias)
	now.Names = slices.Clone(was.Names)
	for _, x := range []struct {
		use  person.NameUse
		same bool
	}{{person.Registered, given == v.Field("given") && surname == v.Field("surname")}, {person.Alias, alias == v.Field("alias")}} {
		if x.same {
			continue
		}
		if i := slices.IndexFunc(now.Names, func(n person.Name) bool { return n.Use == x.use }); i >= 0 {
			now.Names = slices.Delete(now.Names, i, i+1)
		}
		for _, n := range sent.Names {
			if n.Use == x.use {
				now.Names = append(now.Names, n)
			}
		}
	}
	now.Sex, now.Citizenships = sent.Sex, sent.Citizenships
	if b, ok := was.Birth.Is(); ok {
		if s, given := sent.Birth.Is(); given && s.Day == b.Day && s.Month == b.Month && s.Year == b.Year {
			sent.Birth = was.Birth // with how far off it may be
		}
	}
	now.Birth, now.Languages = sent.Birth, sent.Languages
	for i, l := range sent.Languages.Value {
		for _, old := range was.Languages.Value {
			if old.Tag == l.Tag {
				now.Languages.Value[i] = old
			}
		}
	}
	now.Contacts = []person.Contact{}
	for i := range was.Contacts {
		if c, there := v.contactSent("-" + strconv.Itoa(i)); there {
			now.Contacts = append(now.Contacts, c)
		}
	}
	if c, there := v.contactSent(fresh); there {
		now.Contacts = append(now.Contacts, c)
	}
	return now, nil
}

func (v *visit) contactSent(s string) (person.Contact, bool) {
	return person.Contact{
		Way: person.Way(v.Field("way" + s)), Address: v.Field("contact" + s), Safety: person.Safety(v.Field("safety" + s)), Answerer: v.Field("answerer" + s),
		Times: v.Field("times" + s), MaySay: v.Field("may-say" + s), CodeWord: v.Field("code-word" + s), Voice: v.Field("voice"+s) != "", Never: v.Field("never" + s),
	}, v.Field("way"+s) != ""
}

func (v *visit) correctPerson() error {
	ctx, c := v.R.Context(), id.Case(v.R.PathValue("case"))
	kept, err := v.Persons.Show(ctx, v.By, c)
	if err != nil {
		return err
	}
	v.leaveUnsaid()
	v.daysIntoTimes()
	if open := v.Settle(); len(open) > 0 {
		return v.Both(v.aboutCorrecting(page.Form{}), kept.Version, v.stakes(kept.Person), open)
	}
	version, err := strconv.ParseInt(v.Field("version"), 10, 64)
	if err != nil || version != kept.Version {
		return v.Both(v.aboutCorrecting(page.Form{}), kept.Version, v.stakes(kept.Person), nil)
	}
	now, err := v.corrected(kept.Person)
	if err == nil {
		_, err = v.Persons.Correct(ctx, v.By, c, version, now)
	}
	if fault.Is(err, fault.Stale) { // between reading it and keeping it
		if kept, err = v.Persons.Show(ctx, v.By, c); err != nil {
			return err
		}
		return v.Both(v.aboutCorrecting(page.Form{}), kept.Version, v.stakes(kept.Person), nil)
	}
	if err != nil {
		fields := map[string]string{"": "given", "birth": "birth", "citizenships": "citizenships", "languages": "languages"}
		for _, s := range contactSuffixes(len(kept.Contacts)) {
			if v.Field("way"+s) != "" {
				fields["contacts"] = "contact" + s
			}
		}
		return v.Again(err, fields, v.showCorrectPerson)
	}
	return v.To("/cases/"+string(c), "person")
}

// leaveUnsaid drops why there is no answer where there is one: a browser sends that list as it stands, whether or not it was touched.
func (v *visit) leaveUnsaid() {
	for _, name := range []string{"birth", "sex", "citizenships", "languages"} {
		if v.Field(name) != "" || name == "birth" && v.Field("birth-year") != "" {
			v.R.PostForm.Del(name + "-without")
		}
	}
}

func contactSuffixes(n int) (all []string) {
	for i := range n {
		all = append(all, "-"+strconv.Itoa(i))
	}
	return append(all, fresh)
}

// contactFields ask for one way of reaching her and how it is used.
func (v *visit) contactFields(f page.Form, s string, hint page.Msg) []templ.Component {
	line := func(name, key string) templ.Component {
		x := page.Field{ID: name + s, Label: page.Key("person." + key), Optional: true, Error: page.ErrorAt(f.Errors, name+s)}
		if name == "never" {
			x.Hint = page.Key("person.never.hint")
		}
		return page.TextInput(v.P, page.Input{Field: x, Value: v.Field(name + s)})
	}
	return []templ.Component{
		page.SelectList(v.P, page.Select{Field: page.Field{ID: "way" + s, Label: page.Key("person.way"), Strong: true, Hint: hint, Optional: true}, Choices: v.Choices("person.way.", "telephone", "sms", "messenger", "email", "post", "visit", "third-person"), Value: v.Field("way" + s), Empty: page.Key("web.none")}),
		line("contact", "contact"),
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "safety" + s, Label: page.Key("person.safety")}, Choices: v.Choices("person.safety.", "safe", "unsafe", "unknown"), Value: page.Or(v.Field("safety"+s), "unknown")}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "days" + s, Label: page.Key("person.days"), Hint: page.Key("person.days.hint"), Optional: true}, Choices: v.weekdays(), Values: v.R.PostForm["days"+s]}),
		line("times", "times"), line("may-say", "may-say"), line("answerer", "answerer"), line("never", "never"), line("code-word", "code-word"),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "voice" + s, Label: page.Key("person.voice")}, Choices: v.Choices("web.", "yes"), Values: v.R.PostForm["voice"+s]}),
	}
}

// weekdays are the days of a week, Monday first, as they are written into times.
func (v *visit) weekdays() []page.Choice {
	var all []page.Choice
	for d := range 7 {
		day := page.DayWord(v.P, time.Weekday((d+1)%7))
		all = append(all, page.Choice{Value: day, Text: page.Plain(day)})
	}
	return all
}

// daysIntoTimes writes the days that were ticked before the hours: a time that names no day is called safe on none.
func (v *visit) daysIntoTimes() {
	for name, days := range v.R.PostForm {
		if s, ok := strings.CutPrefix(name, "days"); ok && len(days) > 0 && (s == "" || s[0] == '-') {
			v.R.PostForm.Set("times"+s, strings.TrimSpace(strings.Join(days, ", ")+" "+v.Field("times"+s)))
			v.R.PostForm.Del(name)
		}
	}
}
