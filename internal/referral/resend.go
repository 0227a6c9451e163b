package referral

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Refused reports whether something that this end sent was refused and may be sealed anew.
//
// It fails as [Service.Show] does.
func (s *Service) Refused(ctx context.Context, who access.Actor, at At) (bool, error) {
	found := false
	err := s.Read(ctx, func(tx Tx) error {
		r, err := s.end(ctx, tx, who, at)
		if err != nil {
			return err
		}
		if err := access.Check(who, access.KnowReferral, resource(r, who)); err != nil {
			return err
		}
		all, err := s.refusedIn(ctx, tx, r)
		found = len(all) > 0
		return err
	})
	return found, err
}

// refusedIn returns what this end sent and the other refused for a reason that can pass, earliest first, its bundle last.
func (s *Service) refusedIn(ctx context.Context, tx Tx, r Row) ([]exchange.Out, error) {
	all, err := s.saidIn(ctx, tx, r)
	if err != nil {
		return nil, err
	}
	if r.Side == Sender && r.Bundle != "" && !r.Status.Ended() {
		bundle, err := tx.OutOf(ctx, r.Bundle)
		if err != nil {
			return nil, err
		}
		all = append(all, bundle...)
	}
	var out []exchange.Out
	for _, o := range all {
		if o.State != exchange.OutRefused || o.Receipt == nil {
			continue
		}
		receipt, err := envelope.ParseReceipt(o.Receipt)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "exchange.receipt", err)
		}
		if receipt.Receipt.Refusal.Passing() {
			out = append(out, o)
		}
	}
	return out, nil
}

// saidIn returns the envelopes in which the events of this end travel, in the order of the events.
func (s *Service) saidIn(ctx context.Context, tx Tx, r Row) ([]exchange.Out, error) {
	all, err := tx.OutOf(ctx, id.Thread(r.ID))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(o exchange.Out) bool {
		return o.Kind != envelope.Referral || o.Side != sideOf(r.Side) || o.State == exchange.OutReplaced
	}), nil
}

// Resend seals anew, in its place, what this end said and the other could not open or take, after the reason was looked at:
// the desk has a new intake key on its sheet by now, or the rule row was confirmed. What is asked before sealing is asked again.
// The request and the bundle are read out of the file. Words that were sent beside a step are not kept apart from it and
// have to be written again, as text. Her bundle is left out, and the task stays, where the other desk has not taken her or the
// referral is frozen.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], with [fault.Conflict] "referral.nothing-refused" if there is
// nothing to seal anew, with [fault.Conflict] "referral.bundle-waits" if that is her bundle alone and it may not go now, with [fault.Invalid] "referral.words" if words are needed and text is none, with [fault.Locked] without
// keys, and as [exchange.Service.Seal] does.
func (s *Service) Resend(ctx context.Context, by keyring.Bearer, at At, text string) (Row, error) {
	c, err := s.caseOf(ctx, by.Actor, at)
	if err != nil {
		return Row{}, err
	}
	entry := audit.Did(by.Actor, access.ResendReferral, string(at.Referral))
	if c != "" {
		entry = entry.In(c)
	}
	var out Row
	err = s.Write(ctx, entry, func(tx Tx) error {
		r, err := s.mayIn(ctx, tx, by.Actor, access.ResendReferral, at)
		if err != nil {
			return err
		}
		refused, err := s.refusedIn(ctx, tx, r)
		if err != nil {
			return err
		}
		n := len(refused)
		if !r.Takes() {
			refused = slices.DeleteFunc(refused, func(o exchange.Out) bool { return o.Kind == envelope.Identity })
		}
		waits := len(refused) < n // her bundle may not go now
		switch {
		case n == 0:
			return fault.New(fault.Conflict, "referral.nothing-refused")
		case len(refused) == 0:
			return fault.New(fault.Conflict, "referral.bundle-waits")
		}
		for _, o := range refused {
			if o.Kind == envelope.Identity {
				err = s.rebundleIn(ctx, tx, by, r, o)
			} else {
				err = s.repeatIn(ctx, tx, by, r, o, text, at.Language)
			}
			if err != nil {
				return err
			}
		}
		if out = r; waits {
			return nil // the task stays
		}
		_, err = s.Tasks.DoneIn(ctx, tx, r.object(), TaskResend)
		return err
	})
	return out, err
}

// repeatIn seals an event anew with what belongs beside it.
func (s *Service) repeatIn(ctx context.Context, tx Tx, by keyring.Bearer, r Row, o exchange.Out, text, language string) error {
	said, err := s.saidIn(ctx, tx, r)
	if err != nil {
		return err
	}
	kept, err := tx.ReferralEvents(ctx, r.ID, r.Desk)
	if err != nil {
		return err
	}
	own := map[int]Signed{}
	for _, k := range kept {
		e, err := course.Parse(k.Signed.Event)
		if err != nil {
			return fault.Wrap(fault.Internal, "referral.kept", err)
		}
		if e.Side == r.Side {
			own[e.Seq] = k.Signed
		}
	}
	at := slices.IndexFunc(said, func(x exchange.Out) bool { return x.ID == o.ID }) + 1
	if at == 0 || len(said) != len(own) {
		return fault.New(fault.Conflict, "referral.nothing-refused") // a restore has lost which envelope held which event
	}
	e, err := course.Parse(own[at].Event)
	if err != nil {
		return fault.Wrap(fault.Internal, "referral.kept", err)
	}
	var content []byte
	switch {
	case !o.Content:
	case e.Transition == Sent:
		in, _, err := s.draftIn(ctx, tx, by, r)
		if err != nil {
			return err
		}
		if content, err = frame.Encode(in.Request); err != nil {
			return err
		}
	default:
		w := words{Form: wordsForm, Language: language, Text: text}
		if !w.well() {
			return fault.New(fault.Invalid, "referral.words")
		}
		if content, err = frame.Encode(w); err != nil {
			return err
		}
		if err := s.noteIn(ctx, tx, by, r.Case, r, w); err != nil {
			return err
		}
	}
	defer clear(content)
	return s.tellIn(ctx, tx, r, e, own[at], content, o.ID)
}

// rebundleIn seals who she is anew, where the other desk has accepted and consent and rule still hold. It leaves at once.
func (s *Service) rebundleIn(ctx context.Context, tx Tx, by keyring.Bearer, r Row, o exchange.Out) error {
	in, k, err := s.draftIn(ctx, tx, by, r)
	if err != nil {
		return err
	}
	signed, err := s.coveredIn(ctx, tx, r)
	if err != nil {
		return err
	}
	return s.sealBundleIn(ctx, tx, k, r, in, signed, o.ID)
}
