package node

import (
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/web"
	"github.com/opentrm/opentrm/internal/web/asset"
)

// wirePages makes the pages that people see.
func (n *Node) wirePages() error {
	assets, err := asset.Load()
	if err != nil {
		return err
	}
	lists, err := casefile.Shipped()
	if err != nil {
		return err
	}
	key := ""
	if push, ok := n.Config.Senders[notify.Push].(interface{ Public() (string, error) }); ok {
		if key, err = push.Public(); err != nil {
			return err
		}
	}
	n.Web = &web.Web{
		Services: web.Services{
			Signin:       n.Signin,
			Desks:        n.Desks,
			Keyring:      n.Keyring,
			Tasks:        n.Tasks,
			Audit:        n.Audit,
			Messages:     n.Messages,
			Members:      n.Members,
			Exchange:     n.Exchange,
			Profile:      n.Profile,
			Persons:      n.Persons,
			Consents:     n.Consents,
			Cases:        n.Cases,
			Referrals:    n.Referrals,
			Directory:    n.Directory,
			Retention:    n.Retention,
			Restrictions: n.Restrictions,
			Webhooks:     n.Webhooks,
			Intake:       n.Intake,
			Facts:        n.Facts,
			Notices:      n.Notices,
			Forms:        n.Forms,
			Screenings:   n.Screenings,
			Searches:     n.Searches,
			Lookups:      n.Lookups,
			Counts:       n.Counts,
			Conferences:  n.Conferences,
			Homecomings:  n.Homecomings,
			Joints:       n.Joints,
			Cooperations: n.Cooperations, Dockets: n.Dockets,
			Transfers:    n.Transfers,
			Duplicates:   n.Duplicates,
			Careplans:    n.Careplans,
			Childhoods:   n.Childhoods,
			Relations:    n.Relations,
			Subjects:     n.Subjects,
			OwnViews:     n.OwnViews,
			HTCDS:        n.HTCDS,
			Wordings:     n.Wordings,
			Devices:      n.Devices,
			Publications: n.Publications,
		},
		Member: n.Member, Texts: n.Texts, Assets: assets, Log: n.Log, Now: n.Config.Now, IDs: n.IDs, Others: n.others, Examine: n.look, Seen: n.lately,
		Lists: lists, Law: n.Law, Address: n.Config.Address, Push: key, Signer: func() seal.SignPublic { return n.Keys().Envelope.Public() },
		Demo: n.Config.Demo, Phrase: n.Config.Phrase, Sent: sent{answers{n}},
	}
	return nil
}
