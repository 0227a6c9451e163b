package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/profile"
)

// Send sends the request of a checked referral, without identity. What was checked is asked again. With both, the
// bundle leaves at once: that is for danger to life only, urgent and on a recorded override.
//
// It fails as [Service.Check] does, with [fault.Conflict] "referral.not-checked", and with [fault.Denied]
// "referral.both" where both is not possible.
func (s *Service) Send(ctx context.Context, by keyring.Bearer, at At, both bool) (Row, error) {
	c, err := s.caseOf(ctx, by.Actor, at)
	if err != nil {
		return Row{}, err
	}
	var out Row
	err = s.Write(ctx, audit.Did(by.Actor, access.SendReferral, string(at.Referral)).In(c), func(tx Tx) error {
		r, err := s.mayIn(ctx, tx, by.Actor, access.SendReferral, at)
		if err != nil {
			return err
		}
		in, k, err := s.draftIn(ctx, tx, by, r)
		if err != nil {
			return err
		}
		if err := course.May(State{Status: r.Status}, Sender, Sent); err != nil {
			return err
		}
		if _, _, err := s.allowedIn(ctx, tx, k, r, in); err != nil {
			return err
		}
		if both && (!r.Override || !r.Urgent || r.Bundle == "") {
			return fault.New(fault.Denied, "referral.both")
		}
		if err := s.keptIn(ctx, tx, k, r, profile.ClassFile); err != nil {
			return err
		}
		content, err := frame.Encode(in.Request)
		if err != nil {
			return err
		}
		defer clear(content)
		if r.PeerKind != desk.AtNode {
			content = nil // printed as a letter
		}
		r, _, err = s.take(ctx, tx, r, Event{
			Transition: Sent, To: in.To, Kind: in.Kind, Urgency: in.Request.Urgency, Basis: in.Basis, Consent: in.Consent,
			Expires: in.Expires, Onward: in.Onward, Continues: in.Continues, Bundle: r.Bundle,
		}, content)
		if err != nil {
			return err
		}
		out = r
		if both {
			return s.ReleaseIn(ctx, tx, r)
		}
		return nil
	})
	return out, err
}
