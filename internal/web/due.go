package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/doctor"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/sorting"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/weboffice"
)

// due is one thing on a home: what must be done, by when, and who waits for it.
type due struct {
	item   page.Item
	task   bool // it is one of her tasks
	node   bool // it is about how the node stands
	urgent bool
	late   bool
	at     frame.Time // by when; 0: there is no time
	since  frame.Time // since when it waits
}

// soonest puts what is urgent first, then what is late, then what is due soonest, and what has no time last, the oldest first.
func soonest(all []due) {
	sorting.Stable(all, func(a, b due) int {
		if c := cmp.Or(yesFirst(a.urgent, b.urgent), yesFirst(a.late, b.late)); c != 0 {
			return c
		}
		if (a.at == 0) != (b.at == 0) {
			return cmp.Compare(b.at, a.at)
		}
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.since, b.since))
	})
}

// yesFirst puts what is so before what is not.
func yesFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// mostTasks are looked through for what is due soonest. Who has more than these has another trouble.
const mostTasks = 5 * allTasks

// openTasks returns the open tasks of who asks, what is due first first.
func (v *visit) openTasks() ([]task.Task, error) {
	var all []task.Task
	f := task.Filter{Limit: allTasks}
	for len(all) < mostTasks {
		some, err := v.Tasks.List(v.R.Context(), v.By.Actor, f)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		if len(some) < allTasks {
			break
		}
		f.After = some[len(some)-1].ID
	}
	v.byClock(all)
	seen := map[[3]string]bool{}
	return slices.DeleteFunc(all, func(t task.Task) bool { // asked of several people, it is one thing to do
		k := [3]string{t.Kind, t.Object, t.Reference}
		again := t.User != "" && t.Object != "" && seen[k]
		seen[k] = true
		return again
	}), nil
}

// toDo is a task as a home shows it.
func (v *visit) toDo(t task.Task) due {
	d := due{item: v.items([]task.Task{t})[0], task: true, urgent: t.Urgent, late: t.Late(v.Now()), at: t.Due, since: t.Made}
	here := string(v.Site.Member) + "/"
	if t.Desk != "" && t.Desk != v.By.Desk && v.By.Realm == access.Office {
		d.item.Waits = page.Key("task.with", "who", here+string(t.Desk)) // a coordinator looks at what a desk of hers has to do
	} else if who := v.waits(t); who != "" {
		d.item.Waits = page.Key("task.waits", "who", who)
	}
	return d
}

// waits names the desk that waits for a task; "" where nobody in particular does.
func (v *visit) waits(t task.Task) string {
	noun, _, _ := strings.Cut(t.Kind, ".")
	switch noun {
	case "referral":
		if t.Kind == "referral.await" {
			return "" // it is the other desk that is waited for
		}
		name, _, _ := strings.Cut(t.Object, ".")
		r, _, _, err := v.Referrals.Show(v.R.Context(), v.By.Actor, referral.At{Referral: id.Referral(name), Desk: t.Desk})
		if err != nil {
			return "" // it is hers to do all the same
		}
		return string(r.Peer.Member) + "/" + string(r.Peer.Desk)
	case "override", "release", "retention", "duplicate":
		return string(v.Site.Member) + "/" + string(t.Desk) // a colleague of the same desk proposed it
	}
	return ""
}

// breaches tells who watches without a desk of her own that referrals are past their clock, by country pair: the longest first.
func (v *visit) breaches() ([]due, error) {
	cells, err := v.Referrals.Board(v.R.Context(), v.By.Actor)
	if err != nil {
		return nil, err
	}
	var all []due
	for _, c := range cells {
		if c.Late == 0 {
			continue
		}
		all = append(all, due{late: true, since: c.Longest, item: page.Item{
			Title: page.Key("referral.late-pair", "n", v.P.Number(int64(c.Late)), "from", string(c.From), "to", string(c.To)), Path: "/board",
			Hint:  page.Key("task.since", "age", v.Age(c.Longest).In(v.P)),
			State: page.Tag{Text: page.Key("task.late"), Tone: page.Late},
		}})
	}
	return all, nil
}

// logStands tells who reads the log that it is broken, that the node has not checked it for too long, or that other members have not
// countersigned it for too long. A log that stands well is not spoken of.
func (v *visit) logStands() ([]due, error) {
	s, err := v.Audit.Standing(v.R.Context(), v.By.Actor, v.others())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	last, err := v.Audit.Last(v.R.Context(), v.By.Actor)
	if err != nil {
		return nil, err
	}
	var all []due
	say := func(title page.Msg, urgent bool, since frame.Time) {
		all = append(all, due{urgent: urgent, late: true, since: since, item: page.Item{Title: title, Path: "/audit", State: page.Tag{Text: page.Key("task.late"), Tone: page.Late}}})
	}
	if says := last.Says(v.Now()); says == audit.Broken || says == audit.Stale {
		say(weboffice.CheckedWords(v.Visit, last, s), says == audit.Broken, last.At)
	}
	if s.Warn {
		say(page.Key("task.kind.log.witness"), false, s.At)
	}
	return all, nil
}

// nodeStands tells the administrator what does not stand well with keys, backups and the node itself, as the last examination found it.
func (v *visit) nodeStands() ([]due, error) {
	seen := v.seen()
	var all []due
	if seen.Old(v.Now()) {
		all = append(all, due{node: true, since: seen.At, item: page.Item{
			Title: page.Key("doctor.unseen"), Path: "/diagnostics", State: page.Tag{Text: page.Key("task.late"), Tone: page.Late},
		}})
	}
	for _, f := range seen.ToDo() {
		if f.Code == "law" || f.Code == "queue" { // each stands on her home by itself
			continue
		}
		d := due{node: true, urgent: f.State == doctor.Bad, late: f.Due != 0 && f.Due <= v.Now(), at: f.Due, since: f.Time, item: page.Item{
			Title: page.Key(page.Or(f.Do(), f.Key()), "value", f.Text), Path: findingPath(f.Code), State: page.Tag{Text: page.Key("doctor.state." + string(f.State)), Tone: page.Waiting},
		}}
		if f.State == doctor.Bad || d.late {
			d.item.State.Tone = page.Late
		}
		if f.Due > v.Now() {
			d.item.Hint = page.Key("task.due", "when", v.When(f.Due).In(v.P), "age", v.Age(f.Due).In(v.P))
		} else if f.Time != 0 {
			d.item.Hint = page.Key("task.since", "age", v.Age(f.Time).In(v.P))
		}
		all = append(all, d)
	}
	return all, nil
}

// findingPath is the page on which something is done about a finding.
func findingPath(code string) string {
	switch {
	case strings.HasPrefix(code, "key."), slices.Contains([]string{"drill", "escrow", "papers", "used", "beyond"}, code):
		return "/keys"
	case code == "roster":
		return "/members"
	case code == "deaf":
		return "/desks"
	}
	return "/diagnostics"
}

// silentMembers tells who looks after the network at which members nothing has arrived for too long.
func (v *visit) silentMembers() ([]due, error) {
	members, err := v.Exchange.Health(v.R.Context(), v.By.Actor)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	var all []due
	for _, h := range members {
		if !h.Silent(v.Now()) {
			continue
		}
		all = append(all, due{urgent: true, late: true, since: h.Since, item: page.Item{
			Title: page.Key("exchange.health.silent", "member", string(h.Member)), Path: "/members",
			Hint:  page.Key("task.since", "age", v.Age(h.Since).In(v.P)),
			State: page.Tag{Text: page.Key("task.late"), Tone: page.Late},
		}})
	}
	return all, nil
}

// soon is how far ahead a home looks for hours in which nobody is on duty.
const soon = 72 * time.Hour

// unattended tells who keeps the rosters at which desks nobody is on duty now or soon. A desk that keeps no roster is looked after by all its people.
func (v *visit) unattended() ([]due, error) {
	desks, err := v.Desks.Watches(v.R.Context(), v.By.Actor, v.Now().Add(soon))
	if err != nil {
		return nil, err
	}
	var all []due
	for _, w := range desks {
		if len(w.Gaps) == 0 {
			continue
		}
		from := w.Gaps[0].From
		all = append(all, due{at: from, item: page.Item{
			Title: page.Key("desk.duty.gap-soon", "desk", string(w.Desk.ID), "from", v.P.Weekday(from.Time().In(v.Zone).Weekday())+", "+v.When(from).In(v.P)),
			Path:  "/duty/" + string(w.Desk.ID), State: page.Tag{Text: page.Key("task.open"), Tone: page.Waiting},
		}})
	}
	return all, nil
}

// lawToConfirm tells the national administrator how much of the law of the country nobody has confirmed yet.
func (v *visit) lawToConfirm() ([]due, error) {
	set, lapsed, err := v.Profile.Current(v.R.Context())
	if err != nil {
		return nil, err
	}
	lines, err := set.Checklist(v.Site.Member, lapsed)
	if err != nil {
		return nil, nil // a member without a profile has none to confirm
	}
	left := slices.DeleteFunc(lines, func(l profile.Line) bool { return l.Standing == profile.Done })
	if len(left) == 0 {
		return nil, nil
	}
	return []due{{item: page.Item{
		Title: page.Key("profile.checklist.left", "n", v.P.Number(int64(len(left)))), Path: "/profile/checklist",
		State: page.Tag{Text: page.Key("task.open"), Tone: page.Waiting},
	}}}, nil
}

// unconfirmedPeriods tells the data-protection officer how many periods of keeping nobody has confirmed: nothing is erased by them.
func (v *visit) unconfirmedPeriods() ([]due, error) {
	n := 0
	for _, i := range v.law().Items() {
		if of, rest, _ := strings.Cut(i.Key, "/"); of == string(v.Site.Member) && strings.HasPrefix(rest, "retention.") && !i.Origin.Usable() {
			n++
		}
	}
	if n == 0 {
		return nil, nil
	}
	return []due{{item: page.Item{
		Title: page.Key("register.gaps", "n", v.P.Number(int64(n))), Path: "/register", State: page.Tag{Text: page.Key("task.open"), Tone: page.Waiting},
	}}}, nil
}

// newestRuns of imports are looked through for one that was not ended.
const newestRuns = 20

// brokenOff tells a statistician which imports of collections were begun and not ended: what was not taken yet is missing from what is counted.
func (v *visit) brokenOff() ([]due, error) {
	runs, err := v.Intake.Runs(v.R.Context(), v.By.Actor, intake.Collection, "", newestRuns)
	if err != nil {
		return nil, err
	}
	var all []due
	for _, r := range runs {
		if r.Ended == 0 && !r.Dry {
			all = append(all, due{since: r.Began, item: page.Item{
				Title: page.Key("stats.home.import", "source", r.Source), Hint: page.Key("task.since", "age", v.Age(r.Began).In(v.P)),
				State: page.Tag{Text: page.Key("task.open"), Tone: page.Waiting},
			}})
		}
	}
	return all, nil
}

// counted is from when to when this node has counted something, for whoever may read facts; none: she may not.
func (v *visit) counted() ([]page.Row, error) {
	if v.By.Role != access.Statistician {
		return nil, nil
	}
	s, err := v.Facts.Spans(v.R.Context(), v.By.Actor)
	if err != nil {
		return nil, err
	}
	span := func(from, to string) page.Msg {
		if from == to {
			return page.Plain(from)
		}
		return page.Key("stats.home.span", "from", from, "to", to)
	}
	months := func(m [2]stats.Month) page.Msg {
		if m[1] == 0 {
			return page.Key("stats.home.none")
		}
		say := func(m stats.Month) string { return v.P.PartialDate(m.Year(), int(m)%12+1, 0) }
		return span(say(m[0]), say(m[1]))
	}
	help := page.Key("stats.home.none")
	if s.Help[1] != "" {
		help = span(s.Help[0], s.Help[1])
	}
	return []page.Row{
		{Key: page.Key("stats.home.persons"), Value: months(s.Persons)}, {Key: page.Key("stats.home.unnamed"), Value: months(s.Unnamed)}, {Key: page.Key("stats.home.help"), Value: help},
	}, nil
}
