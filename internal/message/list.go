package message

import (
	"cmp"
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/sorting"
)

const (
	pageDefault = 50
	pageMax     = 200
)

func page(limit int) (int, error) {
	if limit < 0 || limit > pageMax {
		return 0, fault.New(fault.Invalid, "message.limit")
	}
	return cmp.Or(limit, pageDefault), nil
}

// Threads lists the threads of the actor's desk, newest first.
//
// It fails with [fault.Invalid] "message.limit". Who may see nothing gets an empty list.
func (s *Service) Threads(ctx context.Context, who access.Actor, f Filter) ([]Thread, error) {
	limit, err := page(f.Limit)
	if err != nil {
		return nil, err
	}
	var all []Thread
	err = s.Read(ctx, func(tx Tx) error {
		all = nil
		for _, c := range access.ScopeOf(who, access.ListMessage) {
			if c.Desk == "" {
				continue // a thread is a desk's, and nobody else's
			}
			part, err := tx.Threads(ctx, Wanted{Realm: c.Realm, Desk: c.Desk, Referral: f.Referral, After: f.After, Limit: limit})
			if err != nil {
				return err
			}
			all = append(all, part...)
		}
		return nil
	})
	sorting.By(all, func(a, b Thread) int { return cmp.Or(cmp.Compare(b.Last, a.Last), cmp.Compare(b.ID, a.ID)) })
	return all[:min(limit, len(all))], err
}

// Messages lists the messages of a thread of the actor's desk, oldest first, without their words. After is
// the last one of the page before.
//
// It fails with [fault.Hidden] for a thread that is not her desk's, whether it exists or not, and with
// [fault.Invalid] "message.limit".
func (s *Service) Messages(ctx context.Context, who access.Actor, thread id.Thread, after Message, limit int) ([]Message, error) {
	limit, err := page(limit)
	if err != nil {
		return nil, err
	}
	var all []Message
	err = s.Read(ctx, func(tx Tx) error {
		if _, err := s.known(ctx, tx, who, access.KnowMessage, thread); err != nil {
			return err
		}
		all, err = tx.Messages(ctx, thread, who.Desk, after.At, after.ID, limit)
		return err
	})
	for i := range all {
		all[i].Body = nil
	}
	return all, err
}

// since is the moment at which every list begins.
const since = frame.Time(-1)
