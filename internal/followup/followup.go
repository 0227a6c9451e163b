// Package followup says what became of what was concluded and recommended: who is asked, what each country has answered, what is overdue.
//
// An item is a conclusion of the network or a recommendation to its countries; a country plans measures for it and reports progress, of a measure or of the
// item itself (spec/publication.md 6). Only a country answers for itself. Nothing is counted as done because nothing was heard.
package followup

import (
	"cmp"
	"slices"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Answer is the last that a country has said to an item.
type Answer struct {
	Country  id.Member
	Status   string // code; empty: it has said nothing
	Until    string // day up to which it tells
	Report   publication.Kept
	Measures []publication.Kept // that it has planned
}

// Settled reports whether nothing more is to come.
func (a Answer) Settled() bool { return a.Status == "done" || a.Status == "not-applicable" }

// Item is a conclusion or a recommendation with what became of it.
type Item struct {
	Kept    publication.Kept
	Body    publication.Body
	Due     string   // day; empty: none was set
	Answers []Answer // of those that are asked, in order of letters
	Settled int      // how many of them are settled
	Overdue bool     // the day has passed and not all are settled
}

// Done reports whether all that are asked have settled it.
func (i Item) Done() bool { return len(i.Answers) > 0 && i.Settled == len(i.Answers) }

// Follow puts items together with what countries have planned and reported, on a day: what is overdue first, then by the day on which it is due, what has
// none last. Members are those that are asked where an item is addressed to all.
func Follow(items, measures, reports []publication.Kept, members []id.Member, today string) []Item {
	of := map[id.Publication]id.Publication{} // item of a measure
	planned := map[id.Publication][]publication.Kept{}
	for _, m := range standing(measures) {
		b := publication.ReadBody(m.Record.Body)
		item := id.Publication(b.Word("of"))
		if b.Word("country") == string(m.Record.Member) {
			of[m.Record.ID] = item
			planned[item] = append(planned[item], m)
		}
	}
	last := map[id.Publication]map[id.Member]Answer{}
	for _, r := range standing(reports) {
		b := publication.ReadBody(r.Record.Body)
		item := id.Publication(b.Word("of"))
		if to, ok := of[item]; ok {
			item = to
		}
		country := id.Member(b.Word("country"))
		if country != r.Record.Member {
			continue // nobody answers for another
		}
		if last[item] == nil {
			last[item] = map[id.Member]Answer{}
		}
		a := Answer{Country: country, Status: b.Word("status"), Until: b.Word("until"), Report: r}
		old, ok := last[item][country]
		if !ok || cmp.Or(cmp.Compare(old.Until, a.Until), cmp.Compare(old.Report.Record.Seq, r.Record.Seq)) < 0 {
			last[item][country] = a
		}
	}
	var out []Item
	for _, k := range standing(items) {
		b := publication.ReadBody(k.Record.Body)
		i := Item{Kept: k, Body: b, Due: b.Word("due")}
		for _, m := range asked(b, members) {
			a := last[k.Record.ID][m]
			a.Country = m
			for _, x := range planned[k.Record.ID] {
				if x.Record.Member == m {
					a.Measures = append(a.Measures, x)
				}
			}
			if a.Settled() {
				i.Settled++
			}
			i.Answers = append(i.Answers, a)
		}
		i.Overdue = i.Due != "" && i.Due < today && !i.Done()
		out = append(out, i)
	}
	sorting.Stable(out, func(a, b Item) int {
		late := func(i Item) int {
			switch {
			case i.Overdue:
				return 0
			case i.Due != "":
				return 1
			}
			return 2
		}
		return cmp.Or(late(a)-late(b), cmp.Compare(a.Due, b.Due), cmp.Compare(a.Kept.Record.Created, b.Kept.Record.Created))
	})
	return out
}

// asked are the countries that an item is addressed to, in order of letters.
func asked(b publication.Body, members []id.Member) []id.Member {
	var all []id.Member
	switch b.Word("whom") {
	case "all":
		all = slices.Clone(members)
	case "countries":
		for _, c := range b.Words("countries") {
			all = append(all, id.Member(c))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// standing are the records that hold now.
func standing(all []publication.Kept) []publication.Kept {
	return slices.DeleteFunc(slices.Clone(all), func(k publication.Kept) bool { return k.Record.Withdrawn || !k.Current })
}

// Overdue are the items that a meeting should speak of.
func Overdue(all []Item) []Item {
	return slices.DeleteFunc(slices.Clone(all), func(i Item) bool { return !i.Overdue })
}
