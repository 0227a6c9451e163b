package webreferral

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/consent"
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
func (v *visit) aboutDesk(to id.Address, d member.Desk, said page.Msg, told []consent.Code) page.Msg {
	parts := []string{v.P.CountryName(string(to.Member)), v.Word("desk.capacity.", page.Or(d.Capacity, "unknown")).In(v.P)}
	add := func(key, what string) { parts = append(parts, v.P.Text(key)+": "+what) }
	if len(d.Competence) > 0 {
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

func (v *visit) categoriesSaid(told []consent.Code) []string {
	var all []string
	for _, k := range consent.Categories() {
		if slices.Contains(told, k.Code) {
			all = append(all, v.Word("", k.Label).In(v.P))
		}
	}
	return all
}

// draftAt names the draft whose answers a form changes; none if a new one is written.
func (v *visit) draftAt() referral.At {
	name := page.Or(v.Field("draft"), v.R.URL.Query().Get("draft"))
	version, err := strconv.ParseInt(v.Field("version"), 10, 64)
	if err != nil {
		version = -1 // none: what nobody has read is not written over
	}
	return referral.At{Referral: id.Referral(name), Version: version}
}

// refilled puts the answers of a draft back into its form, and names both.
func (v *visit) refilled(c id.Case, f page.Form) (page.Form, error) {
	at := v.draftAt()
	if at.Referral == "" {
		return f, nil
	}
	row, in, err := v.Referrals.Drafted(v.R.Context(), v.By, referral.At{Referral: at.Referral})
	if err != nil {
		return f, err
	}
	f.Hidden = append(f.Hidden, [2]string{"draft", string(row.ID)}, [2]string{"version", strconv.FormatInt(row.Version, 10)})
	if v.R.Method != http.MethodGet { // her answers stay; where somebody was faster, what stands now is shown above them
		if row.Version != at.Version {
			stands, err := v.answersOf(row)
			if err != nil {
				return f, err
			}
			f.Above = append(append(f.Above, standsNow(v.P)), stands...)
		}
		return f, nil
	}
	if row.Case != c {
		return f, fault.New(fault.Hidden, "access.hidden")
	}
	q := in.Request
	said := url.Values{
		"to": {string(in.Consent) + " " + in.To.String()}, "kind": {string(in.Kind)}, "basis": {string(in.Basis)}, "urgency": {string(q.Urgency)}, "sex": {string(q.Sex)},
		"age": {string(q.AgeClass)}, "languages": q.Languages, "risk": {string(q.Risk)}, "children": {strconv.Itoa(q.Children)},
	}
	for _, n := range q.Needs {
		said.Add("needs", string(n))
	}
	for name, yes := range map[string]bool{"full": in.Full, "spoken": in.Spoken} {
		if yes {
			said.Set(name, "yes")
		}
	}
	v.R.PostForm = said
	return f, nil
}

// changePath leads back to the answers of a referral that has not left; empty: there is no way back.
func (v *visit) changePath(r referral.Row) string {
	if r.Side != referral.Sender || !r.Status.Local() || r.Case == "" || r.Override || !page.May(v.By.Actor, access.DraftReferral) {
		return ""
	}
	return "/cases/" + string(r.Case) + "/referral?draft=" + url.QueryEscape(string(r.ID))
}

// answersOf shows what is about to leave, before it does: what that desk is asked at once, and what it is told of her once it accepts.
func (v *visit) answersOf(r referral.Row) ([]templ.Component, error) {
	if !page.May(v.By.Actor, access.ReadReferral) {
		return nil, nil
	}
	_, in, err := v.Referrals.Drafted(v.R.Context(), v.By, referral.At{Referral: r.ID})
	if err != nil {
		return nil, err
	}
	rows := append([]page.Row{{Key: page.Key("referral.to"), Value: page.Plain(in.To.String())}, {Key: page.Key("referral.kind"), Value: v.Word("referral.kind.", string(in.Kind))}}, v.requestRows(in.Request)...)
	told := page.Row{Key: page.Key("referral.bundle"), Value: page.Plain(v.P.And(v.categoriesSaid(in.Categories)...)), Lines: []page.Msg{page.Key("urgent.told.then", "desk", in.To.String())}}
	rows = append(rows, told, page.Row{Key: page.Key("referral.basis"), Value: v.Word("law.basis.", string(in.Basis))})
	if path := v.changePath(r); path != "" {
		rows[0].Action = &page.Link{Path: path, Text: page.Key("web.change")}
	}
	return []templ.Component{page.SummaryList(v.P, rows)}, nil
}
