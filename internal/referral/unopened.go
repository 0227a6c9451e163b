package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// UnopenedIn gives up the bundles under a withdrawn consent that arrived here from the member who says so and that
// nobody has opened: they are no longer asked for, and cannot be opened any more. Their bytes are the exchange's to destroy. It returns
// how many there were.
//
// It fails as the storage fails.
func (s *Service) UnopenedIn(ctx context.Context, over consent.Tx, c id.Consent, from id.Member) (int, error) {
	tx, ok := over.(Tx)
	if !ok {
		return 0, fault.New(fault.Internal, "referral.wiring")
	}
	all, err := tx.ReferralsUnder(ctx, c)
	if err != nil {
		return 0, err
	}
	given := 0
	for _, r := range all {
		if r.Side != Receiver || r.Peer.Member != from {
			continue
		}
		letters, err := tx.ReferralLetters(ctx, r.ID, r.Desk)
		if err != nil {
			return given, err
		}
		for _, l := range letters {
			if l.What != ABundle || l.State != LetterSealed {
				continue
			}
			if err := tx.SetReferralLetter(ctx, l.Envelope, LetterRefused); err != nil {
				return given, err
			}
			if _, err := s.Tasks.DropIn(ctx, tx, r.object(), TaskBundle); err != nil {
				return given, err
			}
			given++
		}
	}
	return given, nil
}
