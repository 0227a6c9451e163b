package childhood

import (
	"context"

	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Guarded holds a consent for who is or may be a child against what is recorded of her: the guardian is filled in where only one decides
// and nobody was named; who may not decide for her does not; and what she refused is not shared because somebody else agrees.
//
// It fails with [fault.Denied] "childhood.guardian.conflict", ".ended" or ".other", and [fault.Conflict] "childhood.refused".
func (s *Service) Guarded(ctx context.Context, tx consent.Tx, k *keyring.Case, r consent.Record) (consent.Record, error) {
	if !person.ChildPath(r.AgeClass) {
		return r, nil
	}
	told, err := listIn[Told](ctx, tx, k, KindTold)
	if err != nil {
		return r, err
	}
	if Tellings(told).Refused(OfSharing) {
		return r, fault.New(fault.Conflict, "childhood.refused")
	}
	if r.GivenBy != consent.ByGuardian {
		return r, nil
	}
	all, err := listIn[Guardian](ctx, tx, k, KindGuardian)
	if err != nil {
		return r, err
	}
	today, err := s.today()
	if err != nil {
		return r, err
	}
	if now := Guardians(all).Deciding(today); r.Guardian == (consent.Guardian{}) && len(now) == 1 {
		r.Guardian = now[0].Value.Words()
	}
	if r.Guardian.Name == "" {
		return r, nil // the consent says that it is missing
	}
	return r, Guardians(all).speaks(r.Guardian.Name, today)
}

// SpeaksIn asks whether somebody decides for a child today; an empty name stands for the only one that does.
//
// It fails with [fault.Denied] "childhood.guardian.conflict", ".ended" or ".other".
func (s *Service) SpeaksIn(ctx context.Context, tx person.Tx, k *keyring.Case, name string) (string, error) {
	all, err := listIn[Guardian](ctx, tx, k, KindGuardian)
	if err != nil {
		return name, err
	}
	today, err := s.today()
	if err != nil {
		return name, err
	}
	if now := Guardians(all).Deciding(today); name == "" && len(now) == 1 {
		return now[0].Value.Name, nil
	}
	if name == "" {
		return name, nil
	}
	return name, Guardians(all).speaks(name, today)
}

// ReturnIn asks whether a child can be returned as far as she herself said.
//
// It fails with [fault.Conflict] "childhood.refused.return" if the last thing that she said about it is no.
func (s *Service) ReturnIn(ctx context.Context, tx person.Tx, k *keyring.Case) error {
	return s.refusedIn(ctx, tx, k, OfReturn)
}

// PlanIn asks whether a plan to which a child agrees can be kept, and whether a guardian who agrees with her may; an empty name: none
// does.
//
// It fails as [Service.SpeaksIn], and with [fault.Conflict] "childhood.refused.plan" if the last thing that she said about it is no.
func (s *Service) PlanIn(ctx context.Context, tx person.Tx, k *keyring.Case, guardian string) error {
	if err := s.refusedIn(ctx, tx, k, OfPlan); err != nil || guardian == "" {
		return err
	}
	_, err := s.SpeaksIn(ctx, tx, k, guardian)
	return err
}

func (s *Service) refusedIn(ctx context.Context, tx person.Tx, k *keyring.Case, about string) error {
	all, err := listIn[Told](ctx, tx, k, KindTold)
	if err != nil || !Tellings(all).Refused(about) {
		return err
	}
	return fault.New(fault.Conflict, "childhood.refused."+about)
}
