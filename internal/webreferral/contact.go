package webreferral

import (
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
)

// reaches reports whether somebody meets her, calls her or writes to her for a step: a handover is planned with her, whether she has
// arrived and how she is some months later is asked of her.
func (s step) reaches() bool {
	return slices.Contains([]string{"plan", "confirm", "not-arrived", "in-care", "feedback"}, s.name)
}

// cardOf opens the safe-contact card of whom a referral is about: the one of her file here or, as long as nobody has written that, the
// one that came with the referral. Nil: she has no file at this desk.
func (v *visit) cardOf(r referral.Row) (*person.Card, error) {
	if r.Keeper != "" {
		return nil, nil
	}
	card, err := v.CardAt(v.Persons, r.Case)
	if err != nil || card == nil || len(card.Entries) > 0 || r.Side != referral.Receiver || !page.May(v.By.Actor, access.OpenReferral) {
		return card, err
	}
	came, err := v.Referrals.SafeContact(v.R.Context(), v.By, v.referralAt())
	came.Of = r.Peer.Member
	return &came, err
}

// reach gives one number or address that came with a referral, after the card was shown.
func (v *visit) reach() error {
	index, err := strconv.Atoi(v.R.PathValue("index"))
	if err != nil {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	shown, err := strconv.ParseInt(v.Field("shown"), 10, 64)
	if err != nil {
		return fault.New(fault.Conflict, "person.contact.card-first")
	}
	c, err := v.Referrals.Reach(v.R.Context(), v.By, v.referralAt(), index, shown)
	if err != nil {
		return err
	}
	row, _, _, err := v.Referrals.Show(v.R.Context(), v.By.Actor, v.referralAt())
	if err != nil {
		return err
	}
	way := v.ContactOf(person.CardOf([]person.Contact{c}, shown).Entries[0], row.Peer.Member)
	return v.Show(page.Page{Title: page.Key("person.reach"), Back: v.ownPath(), Leave: true, Body: page.Reached(v.P, way, c.Address)})
}

// missing is what is done first when she has not arrived, before it is recorded.
func (v *visit) missing(r referral.Row) ([]templ.Component, error) {
	desks, err := v.Members.Directory(v.R.Context(), v.By.Actor)
	if err != nil {
		return nil, err
	}
	var phones []page.Phone
	for _, l := range desks {
		if l.Address == r.Peer {
			phones = append(phones, v.Phones(l)...)
		}
	}
	return []templ.Component{missingFirst(v.P, phones)}, nil
}

// riskOf warns if nobody has assessed what threatens her, or not lately: whoever refers her on decides by it. It says nothing to who may
// not know her file.
func (v *visit) riskOf(c id.Case) (page.Msg, error) {
	if c == "" || !page.May(v.By.Actor, access.KnowCase) {
		return page.Msg{}, nil
	}
	row, err := v.Cases.Know(v.R.Context(), v.By.Actor, c)
	if err != nil {
		if fault.Is(err, fault.Hidden) {
			err = nil
		}
		return page.Msg{}, err
	}
	if fresh := casefile.RiskFreshness(row, v.Now(), v.Lists.Limits.StaleDays); fresh != casefile.Current {
		return page.Key("case.risk.warning." + string(fresh)), nil
	}
	return page.Msg{}, nil
}
