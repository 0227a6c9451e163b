package webplan

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/duplicate"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/search"
)

// duplicatesModel is what was said of a case and others, and where one looks for others.
type duplicatesModel struct {
	title        page.Msg
	leads        *page.Link // to the case that is worked with
	path         string     // of the case
	may          bool       // she may say something herself
	found        *page.Table
	merges, said part
}

// comparisonModel is two files side by side, and what can be said of them now.
type comparisonModel struct {
	title         page.Msg
	state         *page.Tag // of a merge that was said already
	own           bool      // who looks said so herself: a second person decides
	table         page.Table
	warnings      []page.Msg
	rows          []page.Row // of the merge
	said          part
	hidden        [][2]string
	path          string
	why           []string          // what speaks for both being of one person, and what against
	merge, second []templ.Component // none: not by her, or not now
	apart, undo   []templ.Component
	together      []templ.Component // where somebody said that they are not of one person
	later         []page.Row        // written since, in the file that is worked with
}

func duplicatesPath(c id.Case) string { return "/cases/" + string(c) + "/duplicates" }

func comparisonPath(c id.Case) string { return "/cases/" + string(c) + "/comparison" }

func mergePath(m id.Record) string { return "/merges/" + string(m) }

func (v *visit) duplicates() error { return v.showDuplicates(page.Form{}, nil) }

// lookForDuplicates looks for cases of the same person, which is counted as a search.
func (v *visit) lookForDuplicates() error {
	found, err := v.Duplicates.Candidates(v.R.Context(), v.By, v.which())
	if err != nil {
		return v.Again(err, map[string]string{"": ""}, func(f page.Form) error { return v.showDuplicates(f, nil) })
	}
	if found == nil {
		found = []search.Card{}
	}
	return v.showDuplicates(page.Form{}, found)
}

func (v *visit) showDuplicates(f page.Form, found []search.Card) error {
	of, err := v.Duplicates.Of(v.R.Context(), v.By, v.which())
	if err != nil {
		return err
	}
	c := of.Case
	m := duplicatesModel{
		title: page.Key("duplicate.title", "reference", string(c.Reference)), path: "/cases/" + string(c.ID),
		may:    c.State == casefile.Open && v.By.Desk == c.Desk && c.Realm == access.Assistance && page.May(v.By.Actor, access.MergeCase),
		merges: part{title: page.Key("duplicate.merges"), none: page.Key("duplicate.merges.none")},
		said:   part{title: page.Key("duplicate.said"), none: page.Key("duplicate.said.none")},
	}
	if of.Leads != nil {
		m.leads = &page.Link{Path: "/cases/" + string(of.Leads.ID), Text: page.Key("case.title", "reference", string(of.Leads.Reference))}
	}
	if found != nil {
		m.found = &page.Table{
			Caption: page.Key("duplicate.search.found"), Named: true, Empty: page.Key("duplicate.search.none"),
			Columns: []page.Column{{Text: page.Key("case.reference")}, {Text: page.Key("search.by")}, {Text: page.Key("case.opened")}},
		}
		for _, x := range found {
			m.found.Rows = append(m.found.Rows, []page.Cell{
				{Text: page.Plain(string(x.Case.Reference)), Path: comparisonPath(c.ID) + "?other=" + string(x.Case.Reference)},
				v.FoundBy(x.By, x.Why),
				{Text: v.When(x.Case.Opened)},
			})
		}
	}
	for _, x := range of.Merges {
		tag := mergeTag(x.State)
		e := entry{Entry: page.Entry{When: page.Plain(string(x.Reference)), Rows: []page.Row{{Key: page.Key("duplicate.made"), Value: v.When(x.Made)}}}, tag: &tag}
		if v.By.Desk == x.Desk && page.May(v.By.Actor, access.MergeCase) {
			e.links = []page.Link{{Path: mergePath(x.ID), Text: page.Key("duplicate.look")}}
		}
		m.merges.entries = append(m.merges.entries, e)
	}
	m.said.entries = v.saidEntries(of.Said)
	return v.Show(page.Page{Status: f.Status, Title: m.title, Back: m.path, Leave: true, Errors: f.Errors, Body: duplicatesScreen(v.P, m)})
}

func mergeTag(s duplicate.State) page.Tag {
	tone := page.Calm
	if s == duplicate.Proposed {
		tone = page.Waiting
	}
	return page.Tag{Text: page.Key("duplicate.state." + string(s)), Tone: tone}
}

func (v *visit) saidEntries(all []duplicate.Said) []entry {
	var out []entry
	for _, x := range all {
		e := entry{Entry: page.Entry{When: v.When(x.At), Rows: []page.Row{{Key: page.Key("duplicate.step"), Value: v.Word("duplicate.step.", x.Step)}}, Text: x.Reason}}
		if x.Merge == "" { // of two that are apart, or together again: the way back to both, where that can be taken back
			e.links = v.besideAgain(x)
		}
		out = append(out, e)
	}
	return out
}

// besideAgain leads to both files of which something was said, seen from the one whose page it is; to none where she may not know of the other.
func (v *visit) besideAgain(x duplicate.Said) []page.Link {
	here, there := v.which(), x.Alias
	if there == here {
		there = x.Survivor
	}
	other, err := v.Cases.Know(v.R.Context(), v.By.Actor, there)
	if err != nil || here == "" || !page.May(v.By.Actor, access.MergeCase) {
		return nil
	}
	return []page.Link{{Path: comparisonPath(here) + "?other=" + string(other.Reference), Text: page.Key("duplicate.look")}}
}

func (v *visit) comparison() error {
	if v.R.URL.Query().Get("other") == "" {
		return v.askOther(page.Form{})
	}
	return v.showComparison(page.Form{})
}

// askOther asks which file may be of the same person.
func (v *visit) askOther(f page.Form) error {
	f.Title, f.Submit, f.Back, f.Leave = page.Key("duplicate.compare"), page.Key("duplicate.compare.do"), duplicatesPath(v.which()), true
	f.Action, f.Intro = comparisonPath(v.which()), []page.Msg{page.Key("duplicate.compare.text")}
	f.Hidden = [][2]string{{"do", "compare"}}
	f.Fields = append(f.Fields, page.TextInput(v.P, page.Input{Field: v.twin(f, "other"), Value: v.other(), Width: 20}))
	return v.ShowForm(f)
}

// twin is a control by the name of its question.
func (v *visit) twin(f page.Form, name string) page.Field {
	return page.Field{ID: name, Label: page.Key("duplicate.ask." + name), Error: page.ErrorAt(f.Errors, name)}
}

// other is the reference of the file that is compared.
func (v *visit) other() string { return page.Or(v.Field("other"), v.R.URL.Query().Get("other")) }

// reason asks how she knows it. Two forms stand on one page: each has its own.
func (v *visit) reason(f page.Form, name string) templ.Component {
	x := page.Field{ID: name, Label: page.Key("duplicate.ask.reason"), Error: page.ErrorAt(f.Errors, name)}
	return page.TextArea(v.P, page.Textarea{Field: x, Value: v.Field(name), Rows: 3})
}

// showComparison shows two files side by side, and asks what she says of them.
func (v *visit) showComparison(f page.Form) error {
	x, err := v.Duplicates.Compare(v.R.Context(), v.By, v.which(), v.other())
	if err != nil {
		if v.R.Method != "GET" || !fault.Is(err, fault.Invalid) {
			return err
		}
		return v.Again(err, map[string]string{"other": "other"}, v.askOther)
	}
	here, there := x.Here.Row, x.There.Row
	m := comparisonModel{
		title: page.Key("duplicate.compare"), path: comparisonPath(here.ID), table: v.besideTable(x),
		hidden: [][2]string{
			{"other", string(there.Reference)},
			{"version", v.Fresh(f, here.Version)},
			{"there", strconv.FormatInt(there.Version, 10)},
		},
	}
	var keep []page.Choice
	for _, side := range []struct {
		name    string
		against error
		ref     id.Reference
	}{{"this", x.Against, here.Reference}, {"other", x.Back, there.Reference}} {
		if side.against == nil {
			keep = append(keep, page.Choice{Value: side.name, Text: page.Key("duplicate.ask.keep."+side.name, "reference", string(side.ref))})
			continue
		}
		if x.Against != nil && x.Back != nil && v.P.Fault(x.Against) == v.P.Fault(x.Back) {
			m.warnings = []page.Msg{page.Key("duplicate.neither", "why", v.P.Fault(side.against))}
			continue
		}
		m.warnings = append(m.warnings, page.Key("duplicate.not-now", "reference", string(side.ref), "why", v.P.Fault(side.against)))
	}
	if len(keep) > 0 {
		if x.Second {
			m.warnings = append(m.warnings, page.Key("duplicate.merge.second"))
		}
		m.merge = []templ.Component{
			page.RadioGroup(v.P, page.Radios{Field: v.twin(f, "keep"), Choices: keep, Value: v.Field("keep")}),
			v.reason(f, "reason"),
		}
	}
	m.why = v.Evidence(x.Why)
	if x.Apart == nil {
		m.apart = []templ.Component{v.reason(f, "why")}
	} else {
		m.warnings = append(m.warnings, page.Key("duplicate.kept-apart", "when", v.When(x.Apart.At).In(v.P)))
		m.together = []templ.Component{v.reason(f, "again")}
	}
	now := &page.Now{Path: comparisonPath(here.ID) + "?other=" + string(there.Reference)}
	for _, side := range []duplicate.File{x.Here, x.There} {
		now.Rows = append(now.Rows, page.Row{Key: page.Key("duplicate.file", "reference", string(side.Row.Reference)), Value: v.Word("case.state.", string(side.Row.State))})
	}
	return v.Show(page.Page{Status: f.Status, Now: now, Title: m.title, Back: duplicatesPath(here.ID), Leave: true, Errors: f.Errors, Body: comparisonScreen(v.P, m)})
}

// besideTable is two files side by side: of each field what both say, and whether that is the same.
func (v *visit) besideTable(x duplicate.Comparison) page.Table {
	t := page.Table{
		Caption: page.Key("duplicate.beside"), Named: true,
		Columns: []page.Column{
			{Text: page.Key("duplicate.what")},
			{Text: page.Key("duplicate.file", "reference", string(x.Here.Row.Reference))},
			{Text: page.Key("duplicate.file", "reference", string(x.There.Row.Reference))},
			{Text: page.Key("duplicate.alike")},
		},
	}
	alike := func(same bool) page.Cell {
		if same {
			return page.Cell{Tag: &page.Tag{Text: page.Key("duplicate.same"), Tone: page.Calm}}
		}
		return page.Cell{Tag: &page.Tag{Text: page.Key("duplicate.differs"), Tone: page.Waiting}}
	}
	for _, d := range x.Said {
		if d.Here == "" && d.There == "" {
			continue // neither says anything
		}
		t.Rows = append(t.Rows, []page.Cell{
			{Text: page.Key("duplicate.field." + strings.ReplaceAll(d.Field, "_", "-"))}, {Text: v.compared(d.Field, d.Here)}, {Text: v.compared(d.Field, d.There)}, alike(d.Here == d.There),
		})
	}
	count := func(f duplicate.File, kind string) page.Msg {
		n := 0
		for k, of := range f.Counts {
			if kind == "" || k == kind {
				n += of
			}
		}
		return page.Plain(v.P.Number(int64(n)))
	}
	t.Rows = append(t.Rows,
		[]page.Cell{{Text: page.Key("case.opened")}, {Text: v.When(x.Here.Row.Opened)}, {Text: v.When(x.There.Row.Opened)}},
		[]page.Cell{{Text: page.Key("duplicate.records")}, {Text: count(x.Here, "")}, {Text: count(x.There, "")}},
		[]page.Cell{{Text: page.Key("duplicate.consents")}, {Text: count(x.Here, consent.Kind)}, {Text: count(x.There, consent.Kind)}},
	)
	return t
}

// compared says a value of a field that is compared.
func (v *visit) compared(field, value string) page.Msg {
	prefixes := map[string]string{"sex": "person.sex.", "age_class": "person.age.", "status": "case.status.", "grade": "case.grade."}
	switch {
	case value == "":
		return page.Key("web.none")
	case field == "asylum" && value == "true":
		return page.Key("web.yes")
	case field == "asylum":
		return page.Key("web.no")
	case prefixes[field] != "":
		return v.Word(prefixes[field], value)
	}
	all := strings.Split(value, "; ")
	for i, x := range all {
		switch field {
		case "citizenships", "origins":
			all[i] = v.P.CountryName(x)
		case "languages":
			all[i] = v.P.LanguageName(x)
		case "contacts":
			way, safety, _ := strings.Cut(x, " ")
			all[i] = v.Word("person.way.", way).In(v.P) + " (" + v.Word("person.safety.", safety).In(v.P) + ")"
		case "birth":
			date, margin, _ := strings.Cut(x, " ")
			var day [3]int
			for j, n := range strings.SplitN(date, "-", 3) {
				day[j], _ = strconv.Atoi(n) // as the noun wrote it
			}
			all[i] = strings.TrimSpace(v.P.PartialDate(day[0], day[1], day[2]) + " " + margin)
		}
	}
	return page.Plain(strings.Join(all, ", "))
}

// compare does what she says of two files: which to look at, that both are of one person, or that they are not.
func (v *visit) compare() error {
	ctx, c := v.R.Context(), v.which()
	switch v.Field("do") {
	case "compare":
		ref, err := id.ParseReference(v.Field("other"))
		if err != nil {
			return v.Again(fault.New(fault.Invalid, "duplicate.other").With("field", "other"), map[string]string{"other": "other"}, v.askOther)
		}
		return v.To(comparisonPath(c)+"?other="+string(ref), "")
	case "apart":
		if err := v.Duplicates.Apart(ctx, v.By, c, v.Field("other"), v.Field("why")); err != nil {
			return v.Again(err, why(err), v.showComparison)
		}
		return v.To(duplicatesPath(c), "apart")
	case "together":
		if err := v.Duplicates.Together(ctx, v.By, c, v.Field("other"), v.Field("again")); err != nil {
			fields := why(err)
			for k := range fields {
				fields[k] = "again"
			}
			return v.Again(err, fields, v.showComparison)
		}
		return v.To(comparisonPath(c)+"?other="+url.QueryEscape(v.Field("other")), "together")
	}
	there, err := strconv.ParseInt(v.Field("there"), 10, 64)
	if err != nil {
		there = 0 // no stored version: the noun says that it is stale, after it has asked who may
	}
	made, err := v.Duplicates.Merge(ctx, v.By, c, v.Version(), duplicate.New{Other: v.Field("other"), Version: there, Keep: v.Field("keep"), Reason: v.Field("reason")})
	if err != nil {
		return v.Again(err, fields(err, "keep", "reason"), v.showComparison)
	}
	if made.State == duplicate.Merged {
		return v.To(mergePath(made.ID), "merged")
	}
	return v.To(mergePath(made.ID), "same-said")
}

func (v *visit) merge() error { return v.showMerge(page.Form{}) }

// showMerge shows a merge to who may decide about it.
func (v *visit) showMerge(f page.Form) error {
	x, err := v.Duplicates.Show(v.R.Context(), v.By, id.Record(v.R.PathValue("merge")))
	if err != nil {
		return err
	}
	tag := mergeTag(x.State)
	m := comparisonModel{
		title: page.Key("duplicate.confirm"), state: &tag, path: mergePath(x.ID), table: v.besideTable(x.Comparison),
		hidden: [][2]string{{"version", v.Fresh(f, x.Version)}},
		rows: []page.Row{
			{Key: page.Key("duplicate.survivor"), Value: page.Plain(string(x.Here.Row.Reference)), Action: &page.Link{Path: "/cases/" + string(x.Survivor), Text: page.Key("duplicate.open")}},
			{Key: page.Key("duplicate.alias"), Value: page.Plain(string(x.There.Row.Reference)), Action: &page.Link{Path: "/cases/" + string(x.Alias), Text: page.Key("duplicate.open")}},
			{Key: page.Key("duplicate.made"), Value: v.When(x.Made)},
		},
		said: part{title: page.Key("duplicate.said"), none: page.Key("duplicate.said.none"), entries: v.saidEntries(x.Why)},
	}
	for _, when := range []struct {
		key string
		at  page.Msg
		is  bool
	}{{"duplicate.state.merged", v.When(x.Merged), x.Merged != 0}, {"duplicate.ended", v.When(x.Ended), x.Ended != 0}} {
		if when.is {
			m.rows = append(m.rows, page.Row{Key: page.Key(when.key), Value: when.at})
		}
	}
	if x.Against != nil {
		m.warnings = append(m.warnings, page.Key("duplicate.not-now", "reference", string(x.Here.Row.Reference), "why", v.P.Fault(x.Against)))
	}
	if x.State == duplicate.Proposed {
		if m.own = x.First == v.By.User; !m.own {
			choices := v.Choices("duplicate.ask.agree.", "yes", "no")
			m.second = []templ.Component{
				page.RadioGroup(v.P, page.Radios{Field: v.twin(f, "agree"), Choices: choices, Value: v.Field("agree")}),
				v.reason(f, "reason"),
			}
		}
	}
	if (x.State == duplicate.Proposed && m.own || x.State == duplicate.Merged) && page.May(v.By.Actor, access.UnmergeCase) {
		m.undo = []templ.Component{
			v.reason(f, "why"),
			page.CheckboxGroup(v.P, page.Checkboxes{Field: optional(v.twin(f, "apart")), Choices: v.Choices("web.", "yes"), Values: v.R.PostForm["apart"]}),
		}
	}
	if len(x.Later) > 0 {
		counts := map[string]int{}
		var order []string
		for _, l := range x.Later {
			k := v.kindWord(l.Kind)
			if counts[k]++; counts[k] == 1 {
				order = append(order, k)
			}
		}
		for _, k := range order {
			m.later = append(m.later, page.Row{Key: page.Key(k), Value: page.Plain(v.P.Number(int64(counts[k])))})
		}
	}
	now := &page.Now{Rows: []page.Row{{Key: page.Key("case.state"), Value: tag.Text}}, By: cmp.Or(x.Ender, x.Merge.Second, x.First), At: cmp.Or(x.Ended, x.Merged, x.Made), Path: mergePath(x.ID)}
	return v.Show(page.Page{Status: f.Status, Now: now, Title: m.title, Back: duplicatesPath(x.Survivor), Leave: true, Errors: f.Errors, Body: comparisonScreen(v.P, m)})
}

// kindWord is the word for a kind of record: those of one subject have one.
func (v *visit) kindWord(kind string) string {
	if kind == "need" {
		kind = "plan"
	}
	stem, _, _ := strings.Cut(kind, "-")
	if key := "duplicate.kind." + stem; v.Site.Texts.Has(key) {
		return key
	}
	return "duplicate.kind.other"
}

// decideMerge says as the second person whether both are of one person, or takes a merge back.
func (v *visit) decideMerge() error {
	ctx, which := v.R.Context(), id.Record(v.R.PathValue("merge"))
	if v.Field("do") == "undo" {
		if _, err := v.Duplicates.Undo(ctx, v.By, which, v.Version(), v.Field("why"), v.Field("apart") != ""); err != nil {
			return v.Again(err, why(err), v.showMerge)
		}
		return v.To(mergePath(which), "unmerged")
	}
	agree := v.Field("agree")
	var err error
	if agree != "yes" && agree != "no" {
		err = fault.New(fault.Invalid, "duplicate.field").With("field", "agree")
	} else {
		_, err = v.Duplicates.Confirm(ctx, v.By, which, v.Version(), agree == "yes", v.Field("reason"))
	}
	if err != nil {
		return v.Again(err, fields(err, "agree", "reason"), v.showMerge)
	}
	return v.To(mergePath(which), "same-said")
}

// why maps the reason to its control in the second form of a page.
func why(err error) map[string]string {
	all := fields(err, "why")
	all["reason"] = "why"
	return all
}
