package casefile

import "context"

// releasing tells of a release by order that waits for its second person, or does not any more, and of any release that has ended.
func (s *Service) releasing(ctx context.Context, tx Tx, r Release) error {
	if s.Releasing == nil || r.Basis != OnOrder && r.State != ReleaseEnded {
		return nil
	}
	c, err := tx.Case(ctx, r.Case)
	if err != nil {
		return err
	}
	return s.Releasing(ctx, tx, c, r)
}

// unasked asks nobody any more about the releases of a case that is erased.
func (s *Service) unasked(ctx context.Context, tx Tx, c Case) error {
	if s.Releasing == nil {
		return nil
	}
	all, err := tx.ReleasesOf(ctx, c.ID)
	for _, r := range all {
		if err == nil && r.State == ReleaseProposed {
			r.State = ReleaseEnded
			err = s.Releasing(ctx, tx, c, r)
		}
	}
	return err
}
