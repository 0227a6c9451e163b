package retention

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/referral"
)

// mostBegun is how many drafts of a desk are looked through for those of one person.
const mostBegun = 5 * perTurn

// Begun is a draft that nobody has finished: of which case, whose it is, and when the node erases it if nobody goes on.
type Begun struct {
	Case      id.Case
	Reference id.Reference
	Saved     frame.Time
	Ends      frame.Time // 0: not by itself
	Own       bool       // who asks began it
	Referral  bool       // a referral that was not sent; otherwise a form
}

// Drafts returns what was begun in the cases that somebody may fill in at her desk and was not finished, what ends first first, at most limit.
// It opens nothing.
//
// It fails with [fault.Denied] for whoever fills in no forms, and as the storage fails.
func (s *Service) Drafts(ctx context.Context, who access.Actor, limit int) ([]Begun, error) {
	if len(access.ScopeOf(who, access.FillCase)) == 0 {
		return nil, access.Check(who, access.FillCase, access.Resource{Noun: "case"})
	}
	var out []Begun
	err := s.Read(ctx, func(tx Tx) error {
		var since frame.Time
		var after id.Compartment
		for seen := 0; seen < mostBegun && len(out) < limit; seen += perTurn {
			all, err := tx.Spaces(ctx, profile.ClassDraft, who.Realm, who.Desk, since, after, perTurn)
			if err != nil {
				return err
			}
			for _, c := range all {
				since, after = c.Saved, c.ID
				if _, err := person.MayIn(ctx, tx, who, access.FillCase, c.Case, s.now()); fault.Is(err, fault.Hidden) || fault.Is(err, fault.Denied) {
					continue
				} else if err != nil {
					return err
				}
				row, err := tx.Case(ctx, c.Case)
				if err != nil {
					return err
				}
				b := Begun{Case: row.ID, Reference: row.Reference, Saved: c.Saved}
				if b.Own, b.Referral, err = begunBy(ctx, tx, c, who.User); err != nil {
					return err
				}
				if b.Ends, err = s.EndsIn(ctx, tx, c); err != nil {
					return err
				}
				if out = append(out, b); len(out) == limit {
					return nil
				}
			}
			if len(all) < perTurn {
				return nil
			}
		}
		return nil
	})
	return out, err
}

// begunBy says what lies in a compartment and whether a user wrote it first. It opens nothing.
func begunBy(ctx context.Context, tx Tx, c keyring.Compartment, user id.User) (own, referred bool, err error) {
	for _, kind := range []string{form.KindFilled, referral.KindDraft} {
		rows, err := tx.Rows(ctx, c.Case, kind)
		if err != nil {
			return false, false, err
		}
		if i := slices.IndexFunc(rows, func(r keyring.SealedRow) bool { return r.Compartment == c.ID }); i >= 0 {
			return rows[i].By == user, kind == referral.KindDraft, nil
		}
	}
	return false, false, nil
}
