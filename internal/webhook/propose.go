package webhook

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Proposal is what an administrator asks for.
type Proposal struct {
	Desk   id.Desk
	URL    string
	Types  []string
	Inside bool // it may lie in a private network
}

// Propose makes a hook and its secret, which is told once. Nothing is told to it but what tries it, until a member of the desk
// confirms.
//
// It fails with [fault.Denied], [fault.Invalid] "webhook.field" naming a field or "webhook.url" for an address to which nothing is ever sent,
// [fault.NotFound] if there is no such desk here, and [fault.Conflict] "webhook.many".
func (s *Service) Propose(ctx context.Context, who access.Actor, in Proposal) (Hook, string, error) {
	if err := access.Check(who, access.ProposeWebhook, access.Resource{Noun: "webhook", Realm: access.Office}); err != nil {
		return Hook{}, "", err
	}
	if err := checkTypes(in.Types, s.Data); err != nil {
		return Hook{}, "", err
	}
	if len(in.URL) > maxURL || s.Sender == nil {
		return Hook{}, "", fault.New(fault.Invalid, "webhook.url")
	}
	if err := s.Sender.Check(in.URL, in.Inside); err != nil {
		return Hook{}, "", err
	}
	h := Hook{
		ID: id.Ordered[id.Webhook](s.IDs), Desk: in.Desk, URL: in.URL, Types: slices.Clone(in.Types), Inside: in.Inside, State: Proposed, Waits: true,
		Maker: who.User, Made: s.now(), Former: []byte{}, Version: 1,
	}
	secret := ""
	err := s.Write(ctx, audit.Did(who, access.ProposeWebhook, string(h.ID)), func(tx Tx) error {
		d, err := tx.Desk(ctx, in.Desk)
		if err != nil {
			return err
		}
		if d.State != desk.Active || d.Kind != desk.AtNode {
			return bad("desk")
		}
		h.Realm = d.Realm
		all, err := tx.Webhooks(ctx)
		if err != nil {
			return err
		}
		of := 0
		for _, o := range all {
			if o.Desk == in.Desk {
				of++
			}
		}
		if len(all) >= s.Data.Limits.Hooks || of >= s.Data.Limits.HooksOfDesk {
			return fault.New(fault.Conflict, "webhook.many")
		}
		if h, secret, err = s.draw(ctx, tx, h); err != nil {
			return err
		}
		if err := tx.AddWebhook(ctx, h); err != nil {
			return err
		}
		return tell(ctx, tx, h, s.Waiting)
	})
	if err != nil {
		return Hook{}, "", err
	}
	return h, secret, nil
}

// draw gives h a new secret and a new signing key, and returns the secret as receivers are given it.
func (s *Service) draw(ctx context.Context, tx Tx, h Hook) (Hook, string, error) {
	vault, err := s.Vault(ctx, tx)
	if err != nil {
		return Hook{}, "", err
	}
	pair := seal.NewSign(s.Rand)
	defer pair.Wipe()
	seed := pair.Bytes()
	defer clear(seed)
	both := append(seal.Draw(s.Rand, secretSize), seed...)
	defer clear(both)
	h.Secret = vault.Seal(string(h.ID), both)
	h.Public = shown(publicPrefix, pair.Public().Bytes())
	return h, shown(secretPrefix, both[:secretSize]), nil
}
