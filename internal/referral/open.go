package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Opened is what the other desk has written, as far as it could be opened.
type Opened struct {
	Request Request
	Words   []Said
	Bundle  consent.Bundle // zero if none has arrived
	Case    id.Case        // her file here, once the bundle was opened
}

// Open decrypts what has arrived at the desk of the bearer: the request, the words, and the identity bundle. The first
// opening of a bundle enrols a case here, whose content lies in a compartment of that consent alone.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Locked] without keys, and with
// [fault.Invalid] "consent.exceeds" if the bundle holds more than she consented to: nothing of it is kept then, the
// sender gets a signed refusal, and both desks have an incident to look at.
func (s *Service) Open(ctx context.Context, by keyring.Bearer, at At) (Opened, error) {
	c, err := s.caseOf(ctx, by.Actor, at)
	if err != nil {
		return Opened{}, err
	}
	fresh := c == ""
	if fresh {
		c = id.Ordered[id.Case](s.IDs)
	}
	var out Opened
	var exceeds error
	err = s.Write(ctx, audit.Saw(by.Actor, access.OpenReferral, string(at.Referral)).In(c), func(tx Tx) error {
		out, exceeds = Opened{}, nil
		r, err := s.mayIn(ctx, tx, by.Actor, access.OpenReferral, at)
		if err != nil {
			return err
		}
		if fresh != (r.Case == "") {
			return fault.New(fault.Stale, "referral.stale")
		}
		letters, err := tx.ReferralLetters(ctx, r.ID, r.Desk)
		if err != nil {
			return err
		}
		sorting.Stable(letters, func(a, b Letter) int { return order(a) - order(b) })
		for _, l := range letters {
			if l.State == LetterRefused {
				continue
			}
			if err := s.openLetterIn(ctx, tx, by, &r, c, l, &out); err != nil {
				if l.What != ABundle || !fault.Is(err, fault.Invalid) {
					return err
				}
				exceeds = err
				if err := s.incidentIn(ctx, tx, r, l); err != nil {
					return err
				}
			}
		}
		if _, err := s.Tasks.DoneIn(ctx, tx, r.object(), TaskBundle); err != nil {
			return err
		}
		_, err = s.Tasks.DoneIn(ctx, tx, r.object(), TaskWords)
		return err
	})
	if err != nil {
		return Opened{}, err
	}
	return out, exceeds
}

// order puts the bundle behind the request that says in codes what it says in words.
func order(l Letter) int {
	if l.What == ABundle {
		return 1
	}
	return 0
}

// openLetterIn opens one letter into out.
func (s *Service) openLetterIn(ctx context.Context, tx Tx, by keyring.Bearer, r *Row, c id.Case, l Letter, out *Opened) error {
	if l.What == ABundle && l.State == LetterOpened {
		return s.enrolledIn(ctx, tx, by, *r, out)
	}
	in, err := tx.In(ctx, l.Envelope)
	if err != nil || in.Bytes == nil {
		return err // erased meanwhile: there is nothing to show
	}
	if l.What == ABundle {
		// It may have lain here unopened when she took her consent back.
		if gone, err := tx.Withdrawn(ctx, in.Consent, in.From); err != nil || gone {
			return err
		}
	}
	e, err := envelope.Parse(in.Bytes)
	if err != nil {
		return err
	}
	key, err := s.Keys.OpenIntakeIn(ctx, tx, by, r.Desk, l.Intake)
	if l.State == LetterOpened && (fault.Is(err, fault.Stale) || fault.Is(err, fault.NotFound)) {
		return nil // read once, and its key was destroyed in its time: the rest is there all the same
	}
	if err != nil {
		return err
	}
	opened, err := e.OpenContent(key)
	if err != nil {
		return err
	}
	defer clear(opened)
	switch l.What {
	case ARequest:
		out.Request, err = ParseRequest(opened)
	case Words:
		var said Said
		said, err = ParseWords(opened)
		said.Digest = l.Digest
		out.Words = append(out.Words, said)
	case ABundle:
		err = s.enrolIn(ctx, tx, by, r, c, in, opened, out)
	}
	if err != nil || l.State == LetterOpened {
		return err
	}
	if err := tx.SetReferralLetter(ctx, l.Envelope, LetterOpened); err != nil {
		return err
	}
	return s.Exchange.Answer(ctx, tx, l.Envelope, envelope.Receipt{Stage: envelope.Opened})
}

// enrolIn checks a bundle against its signed extract and keeps it in a case of its own.
func (s *Service) enrolIn(ctx context.Context, tx Tx, by keyring.Bearer, r *Row, c id.Case, in exchange.In, content []byte, out *Opened) error {
	b, err := consent.ParseBundle(content)
	if err != nil {
		return err
	}
	keys, err := signersOf(ctx, tx, in.From)
	if err != nil {
		return err
	}
	if err := b.Extract.Verify(keys, id.Address{Member: s.Member, Desk: r.Desk}, in.Received); err != nil {
		return err
	}
	if b.Extract.Consent != in.Consent || b.Extract.Issuer != in.From {
		return fault.New(fault.Invalid, "consent.exceeds").With("field", "consent")
	}
	if err := b.Within(b.Extract.Extract); err != nil {
		return err
	}
	_, k, err := s.Cases.OpenIn(ctx, tx, by, c, casefile.Opening{})
	if err != nil {
		return err
	}
	space, err := s.spaceIn(ctx, tx, by, k, b.Extract.Extract)
	if err != nil {
		return err
	}
	body := append([]byte(nil), content...)
	if _, err := k.PutIn(ctx, tx, keyring.Record{
		Compartment: space, Kind: KindBundle, At: s.now(), By: by.User, Body: body,
	}); err != nil {
		return err
	}
	if err := toldIn(ctx, tx, k, space, out.Request.Interpreter, b.Content.Facts); err != nil {
		return err
	}
	r.Case = c
	if err := tx.SetReferral(ctx, *r); err != nil {
		return err
	}
	r.Version++
	out.Bundle, out.Case = b, c
	return nil
}

// spaceIn makes the key space in which the bundle is kept. Where the consent was taken at this very node its row is
// here already, and whatever freezes or erases under it reaches this space too.
func (s *Service) spaceIn(ctx context.Context, tx Tx, by keyring.Bearer, k *keyring.Case, e consent.Extract) (id.Compartment, error) {
	if e.Issuer == s.Member {
		gone, err := tx.Withdrawn(ctx, e.Consent, s.Member)
		if err != nil {
			return "", err
		}
		if gone {
			return "", fault.New(fault.Conflict, "consent.not-live")
		}
		return k.NewCompartmentIn(ctx, tx, e.Consent)
	}
	row, err := s.Consents.ReceiveIn(ctx, tx, k, by.User, e)
	return row.Compartment, err
}

// enrolledIn reads the bundle from the case that it was kept in.
func (s *Service) enrolledIn(ctx context.Context, tx Tx, by keyring.Bearer, r Row, out *Opened) error {
	k, err := s.Keys.OpenCaseIn(ctx, tx, by, r.Case)
	if err != nil {
		return err
	}
	all, _, err := k.ListIn(ctx, tx, KindBundle)
	out.Case = r.Case
	if err != nil || len(all) == 0 {
		return err // frozen or erased: nothing to show
	}
	out.Bundle, err = consent.ParseBundle(all[len(all)-1].Body)
	return err
}

// incidentIn refuses a bundle after the fact: nothing of it is kept.
func (s *Service) incidentIn(ctx context.Context, tx Tx, r Row, l Letter) error {
	if err := tx.SetReferralLetter(ctx, l.Envelope, LetterRefused); err != nil {
		return err
	}
	if err := s.Exchange.Answer(ctx, tx, l.Envelope, envelope.Receipt{Stage: envelope.Refused, Refusal: envelope.ExceedsConsent}); err != nil {
		return err
	}
	in, err := tx.In(ctx, l.Envelope)
	if err != nil {
		return err
	}
	in.State, in.Bytes = exchange.InErased, nil
	if err := tx.SetIn(ctx, in); err != nil {
		return err
	}
	return s.askIn(ctx, tx, r, TaskIncident)
}
