package webnetwork

import (
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/veil"
)

// leavingModel is what must have happened before a member has left, each with how it stands.
type leavingModel struct {
	name  string
	left  bool
	open  int
	table page.Table
}

// duty is one thing that must have happened.
type duty struct {
	what  string   // key after "member.leaving."
	open  bool     // it has not happened yet
	says  page.Msg // how it stands
	path  string   // where it is done
	blind bool     // the reader may not see it
}

// leaving lists what has to happen on the day a member leaves, or is put out, and how far it is. The order is that in which it is done: what is further
// down cannot be begun before what is further up.
func (v *visit) leaving() error {
	held, _, err := v.Members.Roster(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	r, who := held.Signed.Roster, id.Member(v.R.PathValue("member"))
	x, in := r.Find(who)
	if !in {
		steps, err := v.Members.History(v.R.Context(), v.By.Actor, 1000)
		if err != nil {
			return err
		}
		was := slices.IndexFunc(steps, func(s member.Step) bool { _, ok := s.Held.Signed.Roster.Find(who); return ok })
		if was < 0 {
			return fault.New(fault.NotFound, "fault.not-found")
		}
		x, _ = steps[was].Held.Signed.Roster.Find(who)
		x.Status = member.Suspended
	}
	duties := []duty{{what: "suspend", open: in && x.Status == member.Active, path: nextPath}}
	if duties[0].open {
		duties[0].says = page.Key("member.leaving.suspend.open", "n", v.P.Number(int64(r.Root.Threshold)), "all", v.P.Number(int64(len(r.Root.Keys))))
	}
	for _, look := range []func(member.Roster, id.Member) (duty, error){v.openReferrals, v.waitingFor, v.countsWith, v.shareOf} {
		d, err := look(r, who)
		if err != nil {
			return err
		}
		duties = append(duties, d)
	}
	root := duty{what: "root", path: nextPath}
	if slices.ContainsFunc(r.Root.Keys, func(k member.RootKey) bool { return k.Member == who }) {
		rest := int64(len(r.Root.Keys) - 1)
		root.open, root.says = true, page.Key("member.leaving.root.open", "n", v.P.Number(rest/2+1), "all", v.P.Number(rest))
	}
	out := duty{what: "out", open: in, path: nextPath}
	if in {
		out.says = page.Key("member.leaving.out.open")
	}
	m := leavingModel{name: v.memberName(member.Roster{Members: []member.Member{x}}, who), left: !in, table: page.Table{
		Caption: page.Key("member.leaving"), Named: true, Columns: []page.Column{{Text: page.Key("member.leaving.what")}, {Text: page.Key("exchange.health.state")}},
	}}
	for _, d := range append(duties, root, out) {
		tag := page.Tag{Text: page.Key("publication.status.done"), Tone: page.Good}
		switch {
		case d.blind:
			tag = page.Tag{Text: page.Key("member.leaving.unseen"), Tone: page.Off}
			d.says, d.path = page.Msg{}, ""
		case d.open:
			m.open++
			tag = page.Tag{Text: page.Key("publication.status.not-started"), Tone: page.Waiting}
		}
		m.table.Rows = append(m.table.Rows, []page.Cell{{Text: page.Key("member.leaving." + d.what), Path: d.path}, {Tag: &tag, Text: d.says}})
	}
	return v.Show(page.Page{Title: page.Key("member.leaving"), Back: rosterPath, Countries: []string{string(who)}, Body: leavingScreen(v.P, m)})
}

// openReferrals counts what is under way between here and a member. Nothing of it is ended by the program: each has a person in it.
func (v *visit) openReferrals(_ member.Roster, who id.Member) (duty, error) {
	d := duty{what: "referrals", path: "/board"}
	if d.blind = !page.May(v.By.Actor, access.BoardReferral); d.blind {
		return d, nil
	}
	cells, err := v.Referrals.Board(v.R.Context(), v.By.Actor)
	if err != nil {
		return d, err
	}
	n, late := 0, 0
	for _, c := range cells {
		if (c.From == who || c.To == who) && !c.Status.Ended() {
			n, late = n+c.Count, late+c.Late
		}
	}
	d.open = n > 0
	d.says = page.Key("member.leaving.referrals.open", "n", v.P.Number(int64(n)), "late", v.P.Number(int64(late)))
	if n == 0 {
		d.says = page.Msg{}
	}
	return d, nil
}

// waitingFor counts what was sealed for a member and has not arrived.
func (v *visit) waitingFor(_ member.Roster, who id.Member) (duty, error) {
	all, err := v.Exchange.Health(v.R.Context(), v.By.Actor)
	if err != nil {
		return duty{}, err
	}
	d := duty{what: "waiting", path: "/members"}
	for _, h := range all {
		if h.Member == who && h.Waiting > 0 {
			d.open, d.says = true, page.Key("member.leaving.waiting.open", "n", v.P.Number(h.Waiting))
		}
	}
	return d, nil
}

// countsWith names the counts in which a member takes part and that have not ended: without her they end without a result.
func (v *visit) countsWith(_ member.Roster, who id.Member) (duty, error) {
	d := duty{what: "counts", path: "/counts"}
	if d.blind = !page.May(v.By.Actor, access.ShowCount); d.blind {
		return d, nil
	}
	all, err := v.Counts.List(v.R.Context(), v.By.Actor, 200)
	if err != nil {
		return d, err
	}
	n := 0
	for _, s := range all {
		if slices.Contains(s.Plan.Members, who) && s.End == count.Going {
			n++
		}
	}
	if n > 0 {
		d.open, d.says = true, page.Key("member.leaving.counts.open", "n", v.P.Number(int64(n)))
	}
	return d, nil
}

// shareOf tells whether a member has a share of the secret by which countries ask each other. Once she is suspended those who stay make another one;
// where fewer than five stay, nobody can ask any more.
func (v *visit) shareOf(r member.Roster, who id.Member) (duty, error) {
	d := duty{what: "share", path: "/lookup-secret"}
	if d.blind = !page.May(v.By.Actor, access.ShowLookup); d.blind {
		return d, nil
	}
	s, err := v.Lookups.Show(v.R.Context(), v.By.Actor)
	if err != nil {
		return d, err
	}
	if slices.Contains(s.Holders, who) {
		d.open, d.says = true, page.Key("member.leaving.share.open")
		stay := slices.DeleteFunc(r.Taking(access.MatchPartner), func(m id.Member) bool { return m == who })
		if len(stay) < veil.FewestHolders {
			d.says = page.Key("member.leaving.share.few", "n", v.P.Number(int64(len(stay))))
		}
	}
	return d, nil
}
