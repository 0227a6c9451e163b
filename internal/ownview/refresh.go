package ownview

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Refresh seals anew what has changed, at most limit, with nobody signed in: it has public halves alone, and could not read what it wrote
// before. It returns how many it sealed. What was taken back before a restore and stands again is ended first.
//
// It fails as the storage fails.
func (s *Service) Refresh(ctx context.Context, limit int) (int, error) {
	var all []View
	err := s.Read(ctx, func(tx Tx) (err error) {
		all, err = tx.StaleOwnViews(ctx, limit)
		return err
	})
	if err != nil || len(all) == 0 {
		return 0, err
	}
	if err := s.endLate(ctx, all); err != nil {
		return 0, err
	}
	err = s.Read(ctx, func(tx Tx) (err error) {
		if all, err = tx.StaleOwnViews(ctx, limit); err != nil {
			return err
		}
		for i, v := range all {
			if all[i].Capsule, err = s.sealIn(ctx, tx, v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(all) == 0 {
		return 0, err
	}
	return len(all), s.Update(ctx, func(tx SealTx) error {
		for _, v := range all {
			if err := tx.SealOwnView(ctx, v); err != nil {
				return err
			}
		}
		return nil
	})
}

// refreshIn seals the capsule of a view anew.
func (s *Service) refreshIn(ctx context.Context, tx Tx, v View) error {
	var err error
	if v.Capsule, err = s.sealIn(ctx, tx, v); err != nil {
		return err
	}
	return tx.SealOwnView(ctx, v)
}

// sealIn makes the capsule of a view.
func (s *Service) sealIn(ctx context.Context, tx Tx, v View) ([]byte, error) {
	public, err := seal.ParseKEMPublic(v.Public)
	if err != nil {
		return nil, err
	}
	f, err := s.factsIn(ctx, tx, v.Case)
	if err != nil {
		return nil, err
	}
	plain, err := compose(f).Encode()
	if err != nil {
		return nil, err
	}
	return public.Seal(info(s.Member, v.Lookup), nil, plain)
}

// factsIn reads what a capsule is made of, of the files that lead to this one too.
func (s *Service) factsIn(ctx context.Context, tx Tx, c id.Case) (facts, error) {
	f := facts{now: s.now(), desks: map[id.Address]Desk{}}
	file, err := tx.Case(ctx, c)
	if err != nil {
		return facts{}, err
	}
	led, err := tx.CasesInto(ctx, c)
	if err != nil {
		return facts{}, err
	}
	f.file = file
	for _, x := range append(led, file) {
		consents, err := tx.ConsentsOf(ctx, x.ID)
		if err != nil {
			return facts{}, err
		}
		referrals, err := tx.ReferralsOfCase(ctx, x.ID)
		if err != nil {
			return facts{}, err
		}
		openings, err := tx.Openings(ctx, x.ID, 2*MostOpenings)
		if err != nil {
			return facts{}, err
		}
		f.consents, f.referrals, f.openings = append(f.consents, consents...), append(f.referrals, referrals...), append(f.openings, openings...)
	}
	f.sort()
	var all []id.Address
	for _, x := range f.consents {
		all = append(all, x.Recipients...)
	}
	for _, r := range f.referrals {
		all = append(all, r.Peer)
	}
	for _, at := range all {
		if _, known := f.desks[at]; known {
			continue
		}
		function, err := s.functionIn(ctx, tx, at)
		if err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
			return facts{}, err
		}
		f.desks[at] = deskOf(function, at.Member != s.Member)
	}
	return f, nil
}
