package weboffice

import (
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// blockReasons are the codes of reasons that the page offers; the log keeps one.
var blockReasons = [...]string{"compromised", "keys-stolen", "two-histories", "not-theirs"}

// gates are what a coordinator can do about each member, and about this node after a restore.
func (v *visit) gates(all []exchange.Health) []page.Link {
	ways := []page.Link{{Path: "/members/roster", Text: page.Key("member.roster.title")}}
	for _, h := range all {
		name := v.memberName(h).In(v.P)
		switch {
		case h.Blocked && page.May(v.By.Actor, access.UnblockMember):
			ways = append(ways, page.Link{Path: "/members/" + string(h.Member) + "/unblock", Text: page.Key("member.block.undo", "member", name)})
		case !h.Blocked && page.May(v.By.Actor, access.BlockMember):
			ways = append(ways, page.Link{Path: "/members/" + string(h.Member) + "/block", Text: page.Key("member.block.do", "member", name)})
		}
	}
	if slices.ContainsFunc(all, func(h exchange.Health) bool { return h.Resync }) && page.May(v.By.Actor, access.ReopenExchange) {
		ways = append(ways, page.Link{Path: "/sending", Text: page.Key("exchange.reopen.title")})
	}
	return ways
}

// one returns how one member is.
//
// It fails with [fault.NotFound] for who is none.
func (v *visit) one() (exchange.Health, error) {
	all, err := v.Exchange.Health(v.R.Context(), v.By.Actor)
	if err != nil {
		return exchange.Health{}, err
	}
	i := slices.IndexFunc(all, func(h exchange.Health) bool { return h.Member == id.Member(v.R.PathValue("member")) })
	if i < 0 {
		return exchange.Health{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return all[i], nil
}

func (v *visit) blockForm() error { return v.showBlock(page.Form{}) }

func (v *visit) showBlock(f page.Form) error {
	h, err := v.one()
	if err != nil {
		return err
	}
	f.Title, f.Back, f.Action = page.Key("member.block.title"), "/members", "/members/"+string(h.Member)+"/block"
	f.Submit, f.Warning = page.Key("member.block.do", "member", v.memberName(h).In(v.P)), page.Key("member.block.text")
	f.Fields = append(f.Fields, page.RadioGroup(v.P, page.Radios{
		Field:   page.Field{ID: "reason", Label: page.Key("member.block.reason"), Error: page.ErrorAt(f.Errors, "reason")},
		Choices: v.Choices("member.block.reason.", blockReasons[:]...), Value: v.Field("reason"),
	}))
	return v.ShowForm(f)
}

func (v *visit) block() error {
	h, err := v.one()
	if err != nil {
		return err
	}
	if err = fault.New(fault.Invalid, "member.block.field"); slices.Contains(blockReasons[:], v.Field("reason")) {
		err = v.Members.Block(v.R.Context(), v.By.Actor, h.Member, v.Field("reason"))
	}
	if err != nil {
		return v.Again(err, map[string]string{"": "reason"}, v.showBlock)
	}
	return v.To("/members", "override")
}

func (v *visit) unblockForm() error {
	h, err := v.one()
	if err != nil {
		return err
	}
	return v.ShowForm(page.Form{
		Title: page.Key("member.block.undo", "member", v.memberName(h).In(v.P)), Back: "/members", Action: "/members/" + string(h.Member) + "/unblock",
		Submit: page.Key("member.block.undo", "member", v.memberName(h).In(v.P)), Warning: page.Key("member.block.undo.text"),
	})
}

func (v *visit) unblock() error {
	h, err := v.one()
	if err != nil {
		return err
	}
	if err := v.Members.Unblock(v.R.Context(), v.By.Actor, h.Member); err != nil {
		return err
	}
	return v.To("/members", "override")
}

func (v *visit) reopenForm() error {
	return v.ShowForm(page.Form{Title: page.Key("exchange.reopen.title"), Back: "/members", Action: "/sending", Submit: page.Key("exchange.reopen.do"), Warning: page.Key("exchange.reopen.text")})
}

func (v *visit) reopen() error {
	if err := v.Exchange.Reopen(v.R.Context(), v.By.Actor); err != nil {
		return err
	}
	return v.To("/members", "override")
}
