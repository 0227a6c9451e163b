package conference

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Forge puts into the seat with number n an answer that somebody signed with another key than hers, with the keys of the desk of the case.
func (s *Service) Forge(ctx context.Context, by keyring.Bearer, conf id.Conference, n int64, forger keyring.Bearer) error {
	c, err := s.caseOf(ctx, conf)
	if err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(by.Actor, access.MinuteConference, string(conf)).In(c), func(tx Tx) error {
		row, err := tx.Conference(ctx, conf)
		if err != nil {
			return err
		}
		w, err := s.enter(ctx, tx, by.Actor, access.MinuteConference, row)
		if err != nil {
			return err
		}
		if w.k, err = s.Cases.Keys.OpenCaseIn(ctx, tx, by, c); err != nil {
			return err
		}
		for i := range w.seats {
			if w.seats[i].N == n {
				return s.answerIn(ctx, w, forger, &w.seats[i], Replying{Reply: Signed})
			}
		}
		return bad("seat")
	})
}
