package webfirst

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/stats"
)

func (v *visit) tellForm() error { return v.showTell(page.Form{}) }

// showTell asks, in codes, about an adult who does not agree to be named. The page does not know her case: nothing ties the two.
func (v *visit) showTell(f page.Form) error {
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("urgent.unnamed"), "/", "/unnamed", page.Key("urgent.unnamed.do"), true
	f.Danger = true
	f.Intro = []page.Msg{page.Key("urgent.unnamed.text"), page.Key("urgent.unnamed.child")}
	f.Fields = append(f.Fields,
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "adult", Label: page.Key("case.age-class"), Error: page.ErrorAt(f.Errors, "adult")}, Choices: []page.Choice{{Value: "yes", Text: page.Key("urgent.unnamed.adult")}}, Values: v.R.PostForm["adult"]}),
		page.SelectList(v.P, page.Select{Field: page.Field{ID: "why", Label: page.Key("case.refusal.why"), Hint: page.Key("case.refusal.why.hint"), Error: page.ErrorAt(f.Errors, "why")}, Choices: v.Choices("case.refusal.why.", v.Facts.Codes(stats.ListWhy)...), Value: v.Field("why"), Empty: page.Key("web.choose")}),
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "sex", Label: page.Key("person.sex"), Error: page.ErrorAt(f.Errors, "sex")}, Choices: v.Choices("person.sex.", string(stats.Female), string(stats.Male), string(stats.OtherSex), stats.Unknown), Value: page.Or(v.Field("sex"), stats.Unknown), Inline: true}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "forms", Label: page.Key("form.f1.exploitation"), Hint: page.Key("case.refusal.why.hint"), Optional: true, Error: page.ErrorAt(f.Errors, "forms")}, Choices: v.Choices("form.option.exploitation.", v.Facts.Codes(stats.ListForm)...), Values: v.R.PostForm["forms"]}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "helped", Label: page.Key("urgent.unnamed.helped"), Optional: true, Error: page.ErrorAt(f.Errors, "helped")}, Choices: v.Choices("case.service.", v.Facts.Codes(stats.ListHelp)...), Values: v.R.PostForm["helped"]}),
	)
	return v.ShowForm(f)
}

func (v *visit) tell() error {
	err := v.Facts.Tell(v.R.Context(), v.By.Actor, stats.Telling{
		Adult: v.Field("adult") == "yes", Sex: stats.Sex(v.Field("sex")), Forms: v.R.PostForm["forms"], Why: v.Field("why"), Helped: v.R.PostForm["helped"],
	})
	if err != nil {
		return v.Again(err, page.FieldsOf("adult", "sex", "forms", "why", "helped"), v.showTell)
	}
	return v.To("/", "unnamed")
}

// untold says how many there were, by month; to a statistician also what was told of them.
func (v *visit) untold() error {
	c, err := v.Facts.Untold(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	var tables []page.Table
	var withheld page.Msg
	month := func(m string) page.Msg {
		year, month, _ := strings.Cut(m, "-")
		y, _ := strconv.Atoi(year) // the noun wrote it
		n, _ := strconv.Atoi(month)
		return page.Plain(v.P.PartialDate(y, n, 0))
	}
	add := func(caption page.Msg, counts map[string]int, say func(string) page.Msg) {
		t := page.Table{Caption: caption, Named: true, Empty: page.Key("urgent.unnamed.none"), Columns: []page.Column{{Text: caption}, {Text: page.Key("referral.count"), Number: true}}}
		for _, k := range slices.Sorted(maps.Keys(counts)) {
			t.Rows = append(t.Rows, []page.Cell{{Text: say(k)}, {Text: page.Plain(v.P.Number(int64(counts[k])))}})
		}
		if len(t.Rows) > 0 || len(tables) == 0 {
			tables = append(tables, t)
		}
	}
	words := func(prefix string) func(string) page.Msg {
		return func(code string) page.Msg { return v.Word(prefix, code) }
	}
	add(page.Key("urgent.unnamed.month"), c.Months, month)
	months := &tables[0]
	for _, m := range c.Few {
		months.Rows = append(months.Rows, []page.Cell{{Text: month(m)}, {Text: page.Key("urgent.unnamed.few", "n", v.P.Number(int64(c.Least)))}})
	}
	if c.Withheld {
		withheld = page.Key("urgent.unnamed.withheld", "n", v.P.Number(int64(c.Least)))
	}
	if c.Whys != nil {
		sexes := map[string]int{}
		for s, n := range c.Sex {
			sexes[string(s)] = n
		}
		add(page.Key("case.refusal.why"), c.Whys, words("case.refusal.why."))
		add(page.Key("person.sex"), sexes, words("person.sex."))
		add(page.Key("form.f1.exploitation"), c.Forms, words("form.option.exploitation."))
		add(page.Key("urgent.unnamed.helped"), c.Helped, words("case.service."))
	}
	return v.Show(page.Page{Title: page.Key("urgent.unnamed.counts"), Back: "/", Body: untoldScreen(v.P, withheld, tables)})
}
