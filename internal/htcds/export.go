package htcds

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Service writes cases in the standard.
type Service struct {
	Cases *casefile.Service
	Forms *form.Service
	Plans *careplan.Service
	Table Table
}

// sentTx is what has been sent and what came, beside cases.
type sentTx interface {
	ReferralsOfCase(ctx context.Context, c id.Case) ([]referral.Row, error)
	ReferralEvents(ctx context.Context, r id.Referral, at id.Desk) ([]referral.Kept, error)
}

// Export writes a case in the standard, for a purpose. It is in the log as an opening with that purpose.
//
// It fails with [fault.Invalid] without a purpose, [fault.Denied] and [fault.Hidden] as [access.Check], [fault.NotFound] if the case is
// erased, and [fault.Locked] without keys.
func (s *Service) Export(ctx context.Context, by keyring.Bearer, c id.Case, purpose Purpose) (Record, error) {
	if _, err := ParsePurpose(string(purpose)); err != nil {
		return Record{}, err
	}
	r := Record{
		Schema: RecordName, Standard: StandardName, Made: frame.At(s.Cases.Now()), Purpose: purpose, Member: s.Cases.Member,
	}
	var m material
	err := s.Cases.Look(ctx, by, c, "htcds-"+string(purpose), func(tx casefile.Tx, _ *keyring.Case, row casefile.Case) error {
		if _, err := person.MayIn(ctx, tx, by.Actor, access.ExportCase, c, r.Made); err != nil {
			return err
		}
		if purpose != ForHer {
			if err := s.Cases.MayUseIn(ctx, tx, casefile.Use{Case: c}); err != nil {
				return err
			}
		}
		r.Desk, r.Reference = row.Desk, row.Reference
		sent, ok := tx.(sentTx)
		if !ok {
			return fault.New(fault.Internal, "htcds.wiring")
		}
		var err error
		m.sent, err = sentIn(ctx, sent, c)
		return err
	})
	if err != nil {
		return Record{}, err
	}
	for _, part := range []func() error{
		func() (err error) { m.file, err = s.Cases.Show(ctx, by, c); return err },
		func() (err error) { m.signs, err = s.signsOf(ctx, by, c); return err },
		func() (err error) { m.plan, err = s.Plans.Show(ctx, by, c); return err },
	} {
		if err := part(); err != nil {
			return Record{}, err
		}
	}
	r.Fields, r.Plans, r.Left = write(s.Table, m, purpose)
	return r, nil
}

// sentIn returns the referrals of a case that helps her, oldest first. A draft has not been sent.
func sentIn(ctx context.Context, tx sentTx, c id.Case) ([]passed, error) {
	all, err := tx.ReferralsOfCase(ctx, c)
	if err != nil {
		return nil, err
	}
	var out []passed
	for _, r := range all {
		if r.Status == referral.Draft || r.Status == referral.Checked || r.Realm != access.Assistance {
			continue
		}
		p := passed{Row: r}
		if r.Side == referral.Receiver {
			events, err := tx.ReferralEvents(ctx, r.ID, r.Desk)
			if err != nil {
				return nil, err
			}
			for _, e := range events {
				x, err := course.Parse(e.Signed.Event)
				if err != nil {
					return nil, err
				}
				if x.Transition == referral.Accepted && x.Side == referral.Receiver {
					p.Accepted = x.At
				}
			}
		}
		out = append(out, p)
	}
	sorting.Stable(out, func(a, b passed) int { return int(a.Made - b.Made) })
	return out, nil
}

// signsOf opens the newest finished F1 that nothing corrects: the answers that the reader may see.
func (s *Service) signsOf(ctx context.Context, by keyring.Bearer, c id.Case) (map[string]form.Answer, error) {
	all, _, err := s.Forms.List(ctx, by, c)
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		if e.Form != "F1" || !e.Finished || e.CorrectedBy != "" {
			continue
		}
		x, err := s.Forms.Read(ctx, by, c, e.Record)
		if fault.Is(err, fault.Conflict) {
			continue // its edition is not there
		}
		return x.Answers, err
	}
	return nil, nil
}
