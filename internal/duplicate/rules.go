package duplicate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// File is what is compared of one file.
type File struct {
	Row    casefile.Case
	Who    *person.Person // nil: nobody was recorded
	Counts map[string]int // records by kind
}

// Difference is something that two files say, alike or not.
type Difference struct {
	Field string `json:"field"` // code
	Here  string `json:"here"`
	There string `json:"there"`
}

// beside puts what two files say of the person side by side: the same fields always, and of them those that they do not say alike.
func beside(here, there File) (all, differ []Difference) {
	all, differ = []Difference{}, []Difference{}
	a, b := said(here), said(there)
	for i := range a {
		d := Difference{Field: a[i][0], Here: a[i][1], There: b[i][1]}
		if all = append(all, d); d.Here != d.There {
			differ = append(differ, d)
		}
	}
	return all, differ
}

// said is what a file says of her, by field, always the same fields.
func said(f File) [][2]string {
	var p person.Person
	if f.Who != nil {
		p = *f.Who
	}
	var names, documents, contacts, languages []string
	for _, n := range p.Names {
		names = append(names, n.Text())
	}
	if all, ok := p.Documents.Is(); ok {
		for _, d := range all {
			documents = append(documents, strings.TrimSpace(d.Type+" "+d.Number))
		}
	}
	for _, c := range p.Contacts {
		contacts = append(contacts, string(c.Way)+" "+string(c.Safety))
	}
	if all, ok := p.Languages.Is(); ok {
		for _, l := range all {
			languages = append(languages, l.Tag)
		}
	}
	born := ""
	if b, ok := p.Birth.Is(); ok {
		born = fmt.Sprintf("%04d-%02d-%02d", b.Year, b.Month, b.Day)
		if b.Margin > 0 {
			born += " ±" + strconv.Itoa(b.Margin)
		}
	}
	sex, _ := p.Sex.Is()
	citizenships, _ := p.Citizenships.Is()
	listed := func(all []string) string {
		return strings.Join(slices.Sorted(slices.Values(all)), "; ")
	}
	return [][2]string{
		{"names", listed(names)},
		{"birth", born},
		{"sex", string(sex)},
		{"citizenships", listed(citizenships)},
		{"languages", listed(languages)},
		{"documents", listed(documents)},
		{"contacts", listed(contacts)},
		{"age_class", string(f.Row.AgeClass)},
		{"asylum", strconv.FormatBool(f.Row.Asylum)},
		{"origins", listed(f.Row.Origins)},
		{"status", f.Row.Status},
		{"grade", string(f.Row.Grade)},
	}
}

// mergeable reports whether alias can lead to survivor: both are open, at one desk, and what protects her in the one that would not be
// worked with any more protects her in the other.
//
// It fails with [fault.Conflict]: "duplicate.elsewhere", "duplicate.asylum", "duplicate.age", "duplicate.contact".
func mergeable(survivor, alias File) error {
	a, b := survivor.Row, alias.Row
	missing := func(o string) bool { return !slices.Contains(a.Origins, o) }
	switch {
	case a.Desk != b.Desk || a.Realm != b.Realm:
		return fault.New(fault.Conflict, "duplicate.elsewhere")
	case b.Asylum && (!a.Asylum || slices.ContainsFunc(b.Origins, missing)):
		return fault.New(fault.Conflict, "duplicate.asylum")
	case person.ChildPath(b.AgeClass) && !person.ChildPath(a.AgeClass):
		return fault.New(fault.Conflict, "duplicate.age")
	case slices.ContainsFunc(unsafe(alias), func(c person.Contact) bool { return !warned(survivor, c) }):
		return fault.New(fault.Conflict, "duplicate.contact")
	}
	return nil
}

// unsafe are the ways by which she must not be reached, as a file says.
func unsafe(f File) []person.Contact {
	if f.Who == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(f.Who.Contacts), func(c person.Contact) bool { return c.Safety != person.Unsafe })
}

// warned reports whether a file says of a way that it is not safe.
func warned(f File, c person.Contact) bool {
	return slices.ContainsFunc(unsafe(f), func(o person.Contact) bool { return o.Way == c.Way && o.Address == c.Address })
}

// confirmed decides what a proposed merge becomes.
//
// It fails with [fault.Conflict] "duplicate.state" if it does not wait and "duplicate.second" for who proposed it, and with [fault.Stale].
func confirmed(m Merge, version int64, by id.User, agree bool, now frame.Time) (Merge, error) {
	switch {
	case m.State != Proposed:
		return Merge{}, fault.New(fault.Conflict, "duplicate.state")
	case m.First == by:
		return Merge{}, fault.New(fault.Conflict, "duplicate.second")
	case m.Version != version:
		return Merge{}, fault.New(fault.Stale, "duplicate.stale")
	}
	m.Second = by
	if agree {
		m.State, m.Merged = Merged, now
	} else {
		m.State, m.Ended, m.Ender = Refused, now, by
	}
	return m, nil
}

// undone decides what a merge becomes that is taken back: also one that only waits, by who proposed it.
//
// It fails with [fault.Conflict] "duplicate.state" and with [fault.Stale].
func undone(m Merge, version int64, by id.User, now frame.Time) (Merge, error) {
	switch {
	case m.State != Merged && m.State != Proposed:
		return Merge{}, fault.New(fault.Conflict, "duplicate.state")
	case m.Version != version:
		return Merge{}, fault.New(fault.Stale, "duplicate.stale")
	}
	m.State, m.Ended, m.Ender = Undone, now, by
	return m, nil
}

// inOrder are two cases in the order in which a pair is kept.
func inOrder(a, b id.Case) (one, other id.Case) {
	if cmp.Less(b, a) {
		return b, a
	}
	return a, b
}

// birthText is a birth date as far as it is known, as a search takes it.
func birthText(b person.Birth) string {
	switch {
	case b.Month == 0:
		return fmt.Sprintf("%04d", b.Year)
	case b.Day == 0:
		return fmt.Sprintf("%04d-%02d", b.Year, b.Month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", b.Year, b.Month, b.Day)
}
