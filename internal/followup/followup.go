// Package followup says what became of what was concluded and recommended: who is asked, what each country has answered, what is overdue.
//
// An item is a conclusion of the network or a recommendation to its countries; a country plans measures for it and reports progress, of a measure or of the
// item itself (spec/publication.md 6). Only a country answers for itself. Nothing is counted as done because nothing was heard.
package followup

import (
	"cmp"
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
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

// Point is what a report says of the indicators of a measure.
type Point struct {
	Until  string // day up to which it tells
	Values map[int]int64
	Report publication.Kept
}

// Series puts together what the reports of a measure say of its indicators: the indicators in their order, and for each day up to which a report tells the
// values by the places of the indicators, oldest first. Only the country whose measure it is reports of it; of two reports for one day the later counts. A
// value of an indicator that the measure has not is no value.
func Series(measure publication.Kept, reports []publication.Kept) ([]publication.Body, []Point) {
	indicators := publication.ReadBody(measure.Record.Body).Rows("indicators")
	var points []Point
	for _, r := range standing(reports) {
		b := publication.ReadBody(r.Record.Body)
		if r.Record.Member != measure.Record.Member || b.Word("country") != string(measure.Record.Member) || b.Word("of") != string(measure.Record.ID) {
			continue
		}
		p := Point{Until: b.Word("until"), Values: map[int]int64{}, Report: r}
		for _, v := range b.Rows("values") {
			at, ok := v.Number("indicator")
			n, is := v.Number("value")
			if ok && is && at >= 1 && at <= int64(len(indicators)) {
				p.Values[int(at)-1] = n
			}
		}
		if len(p.Values) > 0 {
			points = append(points, p)
		}
	}
	sorting.By(points, func(a, b Point) int {
		return cmp.Or(cmp.Compare(a.Until, b.Until), cmp.Compare(b.Report.Record.Seq, a.Report.Record.Seq))
	})
	return indicators, slices.CompactFunc(points, func(a, b Point) bool { return a.Until == b.Until })
}

// Load reads what was concluded and recommended, with what became of it, on a day.
//
// It fails with [fault.Denied] if who may not read publications.
func Load(ctx context.Context, from *publication.Service, who access.Actor, today string) ([]Item, error) {
	of := map[publication.Kind][]publication.Kept{}
	for _, kind := range []publication.Kind{publication.Conclusion, publication.Recommendation, publication.Measure, publication.Progress} {
		all, err := from.All(ctx, who, publication.Filter{Kind: kind}, "")
		if err != nil {
			return nil, err
		}
		of[kind] = all
	}
	asked, err := from.Asked(ctx, who)
	if err != nil {
		return nil, err
	}
	return Follow(append(of[publication.Conclusion], of[publication.Recommendation]...), of[publication.Measure], of[publication.Progress], asked, today), nil
}

// Unanswered counts the items of which a member is asked and has said nothing, and how many of them are overdue.
func Unanswered(all []Item, m id.Member) (n, late int64) {
	for _, i := range all {
		for _, a := range i.Answers {
			if a.Country == m && a.Status == "" {
				if n++; i.Overdue {
					late++
				}
			}
		}
	}
	return n, late
}
