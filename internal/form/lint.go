package form

import (
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/sorting"
)

// MostRequired is how many answers the forms on the way of an urgent referral may require, all together.
const MostRequired = 8

// Finding is one thing that is wrong in a definition or in additions.
type Finding struct {
	Form     string `json:"form"`
	Question string `json:"question,omitzero"` // or the list or section; empty: the form as a whole
	Rule     string `json:"rule"`              // message key form.lint.<rule>
	Detail   string `json:"detail,omitzero"`   // the code or key that is wrong
}

// seers returns the roles that may see answers at all. The others see counts, logs or nothing (docs/access.md).
func seers() []access.Role {
	return []access.Role{
		access.FirstResponder, access.IdentificationAuthority, access.CaseManager, access.ServiceProvider, access.ChildGuardian,
		access.FocalPoint, access.Prosecutor, access.PoliceLiaison, access.DataProtectionOfficer, access.LightDesk, access.ThePerson,
	}
}

// linter collects what is wrong.
type linter struct {
	tags  []lang.Tag
	words map[lang.Tag]map[string]bool // keys that each language has
	htcds []string
	form  Form
	found []Finding
}

// Lint finds what is wrong in the newest versions of all forms.
//
// It fails with [fault.Internal] if the list of HTCDS fields is broken, which a test excludes.
func (s Set) Lint(c *lang.Catalogue) ([]Finding, error) { return lint(c, nil, s.Newest()...) }

// lint finds what is wrong in forms, whose words stand in the catalogue or among own, by language.
func lint(c *lang.Catalogue, own map[string]map[string]string, forms ...Form) ([]Finding, error) {
	l := linter{tags: c.Tags(), words: map[lang.Tag]map[string]bool{}}
	// What a country adds is said in the languages that it speaks, one at least, and in English, which every other falls back to.
	spoken := slices.DeleteFunc(c.Tags(), func(t lang.Tag) bool { return t != lang.English && own[string(t)] == nil })
	if len(spoken) > 1 {
		l.tags = spoken
	}
	var err error
	if l.htcds, err = fields(); err != nil {
		return nil, fault.Wrap(fault.Internal, "form.file", err)
	}
	for _, t := range l.tags {
		l.words[t] = map[string]bool{}
		for _, k := range c.Keys(t) {
			l.words[t][k] = true
		}
		for k := range own[string(t)] {
			l.words[t][k] = true
		}
	}
	required := 0
	for _, f := range forms {
		l.lint(f)
		for _, q := range f.questions() {
			if f.Urgent && q.Required {
				required++
			}
			if f.Urgent && q.Required && required == MostRequired+1 {
				l.add(q.ID, "required", "")
			}
		}
	}
	return l.found, nil
}

// LintAdditions finds what is wrong in additions to s: what [Set.Lint] would find of each form with them, and what touches
// more than their own.
//
// It fails as [Set.Lint].
func (s Set) LintAdditions(c *lang.Catalogue, a Additions) ([]Finding, error) {
	var found []Finding
	prefix := Prefix(a.Member)
	for t, texts := range a.Words {
		for k := range texts {
			if !strings.HasPrefix(k, prefix) {
				found = append(found, Finding{"", "", "prefix", t + " " + k})
			}
		}
	}
	forms, seen := s.Newest(), map[string]bool{}
	for _, more := range a.Forms {
		base, err := s.Form(more.Form, more.Version, Edition{})
		if err != nil {
			found = append(found, Finding{more.Form, "", "base", more.Form})
			continue
		}
		if base.Record != "" { // what is asked beside it would be kept nowhere
			found = append(found, Finding{more.Form, "", "base", more.Form})
		}
		if seen[more.Form] {
			found = append(found, Finding{more.Form, "", "twice", more.Form})
		}
		seen[more.Form] = true
		for _, l := range more.Lists {
			if !strings.HasPrefix(l.ID, prefix) {
				found = append(found, Finding{more.Form, l.ID, "prefix", l.ID})
			}
		}
		for _, sec := range more.Sections {
			if !slices.ContainsFunc(base.Sections, func(b Section) bool { return b.ID == sec.Section }) {
				found = append(found, Finding{more.Form, sec.Section, "base", sec.Section})
			}
			for _, q := range sec.Questions {
				if !strings.HasPrefix(q.ID, prefix) {
					found = append(found, Finding{more.Form, q.ID, "prefix", q.ID})
				}
			}
		}
		whole := base.with(more)
		if i := slices.IndexFunc(forms, func(f Form) bool { return f.ID == whole.ID }); i >= 0 {
			forms[i] = whole
		}
	}
	more, err := lint(c, a.Words, forms...)
	sorting.By(found, func(a, b Finding) int { return strings.Compare(a.Form+a.Detail, b.Form+b.Detail) })
	return append(found, more...), err
}

func (l *linter) add(question, rule, detail string) {
	l.found = append(l.found, Finding{l.form.ID, question, rule, detail})
}

// lint finds what is wrong in one form.
func (l *linter) lint(f Form) {
	l.form = f
	l.say("", f.Title)
	var lists, sections []string
	for _, list := range f.Lists {
		lists = l.once(lists, list.ID)
		var codes []string
		for _, o := range list.Choices {
			codes = l.once(codes, o.Code)
			l.say(list.ID, o.Words)
			if slices.ContainsFunc(person.States(), func(s person.State) bool { return s.Code() == o.Code }) {
				l.add(list.ID, "choice", o.Code)
			}
		}
	}
	var before []Question
	for _, s := range f.Sections {
		sections = l.once(sections, s.ID)
		l.say(s.ID, s.Title)
		for _, q := range s.Questions {
			l.question(q, before)
			before = append(before, q)
		}
	}
}

// once adds an id to those seen, and finds one that stands twice.
func (l *linter) once(seen []string, id string) []string {
	if slices.Contains(seen, id) {
		l.add(id, "twice", id)
	}
	return append(seen, id)
}

// say finds languages that lack a message.
func (l *linter) say(at, key string) {
	for _, t := range l.tags {
		if !l.words[t][key] {
			l.add(at, "words", string(t)+" "+key)
		}
	}
}

func (l *linter) question(q Question, before []Question) {
	find := func(is bool, rule, detail string) {
		if is {
			l.add(q.ID, rule, detail)
		}
	}
	l.say(q.ID, q.Words)
	if find(q.Why == "", "reason", ""); q.Why != "" {
		l.say(q.ID, q.Why)
	}
	find(!slices.Contains(Classes(), q.Keep), "keep", q.Keep)
	find(len(q.Sees) == 0, "nobody", "")
	for i, r := range q.Sees {
		find(!slices.Contains(access.Roles(), r), "role", string(r))
		find(slices.Contains(access.Roles(), r) && !slices.Contains(seers(), r), "content", string(r))
		find(slices.Contains(q.Sees[:i], r), "twice", string(r))
	}
	find(slices.ContainsFunc(before, func(b Question) bool { return b.ID == q.ID }), "twice", q.ID)
	find(q.Trauma && q.Required, "trauma", "")
	chosen := q.Kind == Choice || q.Kind == Choices
	find(chosen != (q.List != "") || chosen && l.form.list(q.List) == nil, "list", q.List)
	known := func(c consent.Category) bool { return c.Code == q.Category }
	find(q.Category != "" && !slices.ContainsFunc(consent.Categories(), known), "category", string(q.Category))
	find(q.HTCDS != "" && !slices.Contains(l.htcds, q.HTCDS), "htcds", q.HTCDS)
	if q.When == nil {
		return
	}
	at := slices.IndexFunc(before, func(b Question) bool { return b.ID == q.When.Question })
	if at < 0 {
		l.add(q.ID, "when", q.When.Question)
		return
	}
	for _, c := range q.When.Is {
		find(!slices.Contains(l.form.codes(before[at]), c), "when", c)
	}
}

// codes returns the codes that a condition on a question may name.
func (f Form) codes(q Question) []string {
	var all []string
	for _, o := range f.list(q.List) {
		all = append(all, o.Code)
	}
	if q.Kind == YesNo {
		all = append(all, yes, no)
	}
	for _, s := range Without() {
		all = append(all, s.Code())
	}
	return all
}
