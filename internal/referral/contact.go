package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// SafeContact opens the safe-contact card that came with the identity bundle, as far as she agreed to share it; it has no way where none
// came. The desk that receives her reads it before it reaches her, as long as it has not written down itself how that is done.
//
// It fails as [Service.Open].
func (s *Service) SafeContact(ctx context.Context, by keyring.Bearer, at At) (person.Card, error) {
	var card person.Card
	err := s.contacts(ctx, by, at, "safe-contact", func(all []person.Contact, version int64) error {
		card = person.CardOf(all, version)
		return nil
	})
	return card, err
}

// Reach gives the number or address of one way of that card. Shown is the version of the card that the reader has before her.
//
// It fails as [Service.Open] and as [person.Service.Reach].
func (s *Service) Reach(ctx context.Context, by keyring.Bearer, at At, index int, shown int64) (person.Contact, error) {
	var out person.Contact
	err := s.contacts(ctx, by, at, "contact", func(all []person.Contact, version int64) (err error) {
		out, err = person.Reachable(all, version, index, shown)
		return err
	})
	return out, err
}

// contacts opens the ways of reaching her in the newest bundle. When it was issued stands for its version.
func (s *Service) contacts(ctx context.Context, by keyring.Bearer, at At, purpose string, use func([]person.Contact, int64) error) error {
	c, err := s.caseOf(ctx, by.Actor, at)
	if err != nil {
		return err
	}
	return s.Write(ctx, audit.Saw(by.Actor, access.OpenReferral, string(at.Referral)).In(c).For(purpose), func(tx Tx) error {
		r, err := s.mayIn(ctx, tx, by.Actor, access.OpenReferral, at)
		if err != nil {
			return err
		}
		if r.Case != c {
			return fault.New(fault.Stale, "referral.stale")
		}
		var out Opened
		if c != "" {
			if err := s.enrolledIn(ctx, tx, by, r, &out); err != nil {
				return err
			}
		}
		return use(out.Bundle.Content.Contacts, int64(out.Bundle.Extract.Issued))
	})
}
