package webreferral

import (
	"cmp"
	"net/url"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/sorting"
)

// The inbox is sorted by clock, what is due first first. A desk that has more than that open has to look at what is late.
const (
	inboxReads = 5
	inboxRead  = 200
)

// referralsModel is a page of the inbox: what came in and what went out, by clock. References, no names.
type referralsModel struct {
	in, out page.Table
	only    []page.Link // what is shown, with how many there are
	pages   page.Pages
	more    bool // there are more than are sorted here
}

// only says by name what the inbox can be narrowed to.
func (v *visit) only() []struct {
	name string
	is   func(referral.Row) bool
} {
	now := v.Site.Now().In(v.Zone)
	night := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, v.Zone)
	due := func(r referral.Row) bool { return r.Due != 0 && !r.Status.Ended() }
	return []struct {
		name string
		is   func(referral.Row) bool
	}{
		{"", func(referral.Row) bool { return true }},
		{"late", func(r referral.Row) bool { return due(r) && r.Due < v.Now() }},
		{"today", func(r referral.Row) bool { return due(r) && r.Due >= v.Now() && r.Due.Time().Before(night) }},
		{"waiting", waits},
	}
}

// waits reports whether the other desk has to do something before this one can go on.
func waits(r referral.Row) bool {
	can := course.Next(referral.State{Status: r.Status}, r.Side)
	return !r.Status.Ended() && !slices.ContainsFunc(steps(), func(s step) bool {
		return slices.Contains(can, s.leads) && !s.leads.Protective() && s.leads != referral.Closed
	})
}

func (v *visit) referrals() error {
	var all []referral.Row
	var m referralsModel
	w := referral.Wanted{Limit: inboxRead}
	for i := 0; ; i++ {
		some, err := v.Referrals.List(v.R.Context(), v.By.Actor, w)
		if err != nil {
			return err
		}
		if all = append(all, some...); len(some) < inboxRead {
			break
		}
		if m.more = i == inboxReads-1; m.more {
			break
		}
		w.After, w.AfterDesk = some[len(some)-1].ID, some[len(some)-1].Desk
	}
	sorting.Stable(all, func(a, b referral.Row) int {
		if (a.Due == 0) != (b.Due == 0) {
			return cmp.Compare(b.Due, a.Due)
		}
		return cmp.Compare(a.Due, b.Due)
	})
	chosen, path := v.R.URL.Query().Get("only"), "/referrals"
	shown := all
	for _, o := range v.only() {
		kept := slices.DeleteFunc(slices.Clone(all), func(r referral.Row) bool { return !o.is(r) })
		l := page.Link{Path: "/referrals", Text: page.Key("referral.only.all", "count", v.P.Number(int64(len(kept)))), Current: o.name == chosen}
		if o.name != "" {
			l = page.Link{Path: "/referrals?only=" + o.name, Text: page.Key("referral.only."+o.name, "count", v.P.Number(int64(len(kept)))), Current: l.Current}
		}
		if l.Current {
			shown, path = kept, l.Path
		}
		m.only = append(m.only, l)
	}
	key := func(r referral.Row) string { return string(r.ID) + "." + string(r.Desk) }
	shown, m.pages = page.Cut(shown, "/referrals", v.R.URL.Query().Get("after"), key)
	if path != "/referrals" {
		for _, p := range []*string{&m.pages.Previous, &m.pages.Next} {
			if u, err := url.Parse(*p); err == nil && *p != "" {
				q := u.Query()
				q.Set("only", chosen)
				*p = "/referrals?" + q.Encode()
			}
		}
	}
	columns := []page.Column{{Text: page.Key("referral.reference")}, {Text: page.Key("referral.status")}, {Text: page.Key("referral.due")}, {Text: page.Key("referral.with")}, {Text: page.Key("referral.waiting")}}
	m.in = page.Table{Caption: page.Key("referral.incoming"), Named: true, Columns: columns, Empty: page.Key("referral.none-incoming")}
	m.out = page.Table{Caption: page.Key("referral.outgoing"), Named: true, Columns: columns, Empty: page.Key("referral.none-outgoing")}
	for _, r := range shown {
		tag := v.statusTag(r)
		due := page.Key("web.none")
		if r.Due != 0 {
			due = v.Age(r.Due)
		}
		row := []page.Cell{{Text: page.Plain(r.Reference), Path: v.referralPath(r)}, {Tag: &tag}, {Text: due}, {Text: page.Plain(r.Peer.String())}, {Text: v.Age(r.Since)}}
		if r.Side == referral.Receiver {
			m.in.Rows = append(m.in.Rows, row)
		} else {
			m.out.Rows = append(m.out.Rows, row)
		}
	}
	return v.Show(page.Page{Title: page.Key("referral.list"), Body: referralsScreen(v.P, m)})
}
