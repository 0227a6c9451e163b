package webreferral

import (
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/referral"
)

// listed are the desks of the network by their address.
func (v *visit) listed() (map[string]member.Desk, error) {
	all, err := v.Members.Directory(v.R.Context(), v.By.Actor)
	desks := map[string]member.Desk{}
	for _, l := range all {
		desks[l.Address.String()] = l.Desk
	}
	return desks, err
}

// aboutDesk says of a desk what decides whether it is asked: where it is, whether it has places, what it does, in which languages, and when it
// last said that all this is so; and what it is told of her.
func (v *visit) aboutDesk(a *asked, to id.Address, said page.Msg, told []consent.Code) page.Msg {
	d, offers := a.desks[to.String()], a.offers[to.String()]
	parts := []string{v.P.CountryName(string(to.Member)), v.Word("desk.capacity.", page.Or(d.Capacity, "unknown")).In(v.P)}
	add := func(key, what string) { parts = append(parts, v.P.Text(key)+": "+what) }
	for _, fit := range v.fits(a, to) {
		parts = append(parts, fit.In(v.P))
	}
	if len(offers) > 0 {
		add("directory.services", v.Offers(offers))
	} else if len(d.Competence) > 0 {
		add("directory.services", v.Words("case.service.", d.Competence).In(v.P))
	}
	if len(d.Languages) > 0 {
		add("desk.languages", v.Named(d.Languages).In(v.P))
	}
	if d.VerifiedOn != 0 {
		add("desk.verified", v.Age(d.VerifiedOn).In(v.P))
	}
	if len(told) > 0 {
		add("referral.bundle", v.P.And(v.categoriesSaid(told)...))
	}
	return page.Plain(strings.Join(append(parts, said.In(v.P)), " · "))
}

// fits says why a desk answers what is needed, or does not, as far as it is said what is needed. It keeps nobody from asking.
func (v *visit) fits(a *asked, to id.Address) []page.Msg {
	needs := v.Sent("needs", v.Choices("", v.Lists.Codes(casefile.ListService)...))
	if len(needs) == 0 {
		for _, n := range a.in.Request.Needs {
			needs = append(needs, string(n))
		}
	}
	if len(needs) == 0 {
		return nil
	}
	return v.Fits(directory.Match(needs, a.desks[to.String()].Competence, a.offers[to.String()]))
}

// offered is what the organisations behind those desks of this member give that can be chosen, by address; of others their sheet says what they can be
// asked for.
func (v *visit) offered(a asked) (map[string][]directory.Offered, error) {
	var here []id.Desk
	may := []id.Address{a.in.To, a.over.Recipient}
	for _, c := range a.consents {
		may = append(may, c.Recipients...)
	}
	for _, to := range may {
		if to.Member == v.Site.Member && !slices.Contains(here, to.Desk) {
			here = append(here, to.Desk)
		}
	}
	found, err := v.Directory.Offers(v.R.Context(), v.By.Actor, here)
	if err != nil && !fault.Is(err, fault.Denied) {
		return nil, err
	}
	all := map[string][]directory.Offered{}
	for d, offers := range found {
		all[id.Address{Member: v.Site.Member, Desk: d}.String()] = offers
	}
	return all, nil
}

func (v *visit) categoriesSaid(told []consent.Code) []string {
	var all []string
	for _, k := range consent.Categories() {
		if slices.Contains(told, k.Code) {
			all = append(all, v.Word("", k.Label).In(v.P))
		}
	}
	return all
}

// changePath leads back to the answers of a referral that has not left; empty: there is no way back.
func (v *visit) changePath(r referral.Row) string {
	if r.Side != referral.Sender || !r.Status.Local() || r.Case == "" || !page.May(v.By.Actor, access.DraftReferral) {
		return ""
	}
	return "/cases/" + string(r.Case) + "/referral?draft=" + url.QueryEscape(string(r.ID))
}

// answersOf shows what is about to leave, before it does: what that desk is asked at once, and what it is told of her once it accepts. Beside
// each answer stands who gets it and, where it can still be changed, the way to its page.
func (v *visit) answersOf(r referral.Row) ([]templ.Component, error) {
	rows, err := v.draftRows(r)
	if rows == nil || err != nil {
		return nil, err
	}
	return []templ.Component{page.SummaryList(v.P, rows)}, nil
}

// draftRows are the answers of a draft as they stand; none for who may not read them.
func (v *visit) draftRows(r referral.Row) ([]page.Row, error) {
	if !page.May(v.By.Actor, access.ReadReferral) {
		return nil, nil
	}
	_, in, err := v.Referrals.Drafted(v.R.Context(), v.By, referral.At{Referral: r.ID})
	if err != nil {
		return nil, err
	}
	return v.answerRows(r, in), nil
}

func (v *visit) answerRows(r referral.Row, in referral.Drafting) []page.Row {
	desk := in.To.String()
	now, then := []page.Msg{page.Key("referral.told.now", "desk", desk)}, []page.Msg{page.Key("urgent.told.then", "desk", desk)}
	var rows []page.Row
	change := v.changePath(r)
	add := func(on string, told []page.Msg, more ...page.Row) {
		for _, row := range more {
			if row.Lines = append(row.Lines, told...); change != "" && on != "" {
				row.Action = &page.Link{Path: change + "&step=" + on, Text: page.Key("web.change")}
			}
			rows = append(rows, row)
		}
	}
	q := v.requestRows(in.Request)
	add("desk", nil, page.Row{Key: page.Key("referral.to"), Value: page.Plain(desk)})
	add("desk", now, page.Row{Key: page.Key("referral.kind"), Value: v.Word("referral.kind.", string(in.Kind))}, q[0])
	add("her", now, q[1:4]...)
	add("handover", now, q[4])
	add("her", now, q[5])
	add("handover", now, q[6:]...)
	add("agreed", then, page.Row{Key: page.Key("referral.bundle"), Value: page.Plain(v.P.And(v.categoriesSaid(in.Categories)...))})
	add("agreed", nil, page.Row{Key: page.Key("referral.basis"), Value: v.Word("law.basis.", string(in.Basis))})
	return rows
}
