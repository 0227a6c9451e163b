package webplan

import (
	"net/url"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// queueModel is which cases may be of one person.
type queueModel struct {
	pairs   []twinModel
	persons page.Msg // of how many persons the cases are
	part    page.Msg // how many of the cases were compared; none: all
	none    page.Msg // that no two are alike
	next    string   // path of the part that follows; empty: none
}

// twinModel is two of them, and why.
type twinModel struct {
	id    string
	title page.Msg
	again bool
	bits  string
	why   []string
	path  string // where both are compared
}

// queue shows the cases of the desk that may be of one person. Nothing follows from it; each pair leads to both files side by side.
func (v *visit) queue() error {
	after := id.Case(v.R.URL.Query().Get("after"))
	q, err := v.Duplicates.Queue(v.R.Context(), v.By, after)
	if err != nil {
		return err
	}
	m := queueModel{none: page.Key("duplicate.queue.none")}
	if after != "" || q.Next != "" {
		m.none = page.Key("duplicate.queue.none-here")
	}
	if q.Next != "" {
		m.part = page.Key("duplicate.queue.compared", "n", v.P.Number(int64(q.Compared)))
		m.next = "/duplicates?after=" + url.QueryEscape(string(q.Next))
	}
	if q.High > 0 {
		m.persons = page.Key("duplicate.persons", "cases", v.P.Number(int64(q.Cases)), "low", v.P.Number(int64(q.Low)), "high", v.P.Number(int64(q.High)))
	}
	for _, t := range q.Pairs {
		m.pairs = append(m.pairs, twinModel{
			id: string(t.Here.ID + t.There.ID), title: page.Key("duplicate.pair", "one", string(t.Here.Reference), "other", string(t.There.Reference)), again: t.Again,
			bits: v.P.Number(int64(t.Bits)), why: v.Evidence(t.Why), path: comparisonPath(t.Here.ID) + "?other=" + string(t.There.Reference),
		})
	}
	return v.Show(page.Page{Title: page.Key("duplicate.queue"), Back: "/find", Leave: true, Body: queueScreen(v.P, m)})
}
