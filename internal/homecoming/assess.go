package homecoming

import (
	"cmp"
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Assessing is what the desk of the case found, and whom it asks to assess with it.
type Assessing struct {
	Member     id.Member   // whose desk is asked; empty: of this node
	Second     id.Desk     // of another organisation: the receiving side
	Referral   id.Referral // by which a desk of another member has accepted her; empty for one of this node
	Language   string      // in which it is written, BCP 47; needed for a desk of another member
	Consent    id.Consent  // in which she named that desk, the return and what was found about risks
	Risks      []Risk
	Tracing    string
	Conclusion string
	Accepts    []string // keys of red risks; see [Signature]
}

// categoryRisk is what a consent has to cover.
const categoryRisk consent.Code = "risk.summary"

// Assess writes the risk assessment anew, signs it, and asks the other desk for the second signature. An earlier one stays in the
// series with its signatures, which count no more, whatever was changed; and nothing rests on what was arranged by it.
//
// A desk of another member is asked under an agreed referral to it, through the one door: what it is sent is sealed to it, and its answer is
// taken with [Service.Countersign].
//
// It fails as [Service.Decide]; with [fault.Invalid] as [Assessment.Check]; [fault.Invalid] "homecoming.second" if the other desk is none
// of assistance in another organisation; [fault.Conflict] "consent.not-live" or "consent.unconfirmed"; and [fault.Denied] "consent.recipient"
// if she did not name that desk, the return and what was found about risks; and as [casefile.Service.MayUseIn]. For a desk of another member it fails with [fault.Invalid] and
// the field if that is not the country of return or the referral is none of this case, [fault.Conflict] "homecoming.referral" if that desk has not
// accepted her, [fault.Denied] as [casefile.MayTransmitTo], and as [Abroad.AskIn].
func (s *Service) Assess(ctx context.Context, by keyring.Bearer, ret id.Return, version int64, in Assessing) (Return, error) {
	return s.work(ctx, by.Actor, &by, access.AssessHomecoming, ret, version, func(w *at) error {
		given, err := s.askable(ctx, w, in)
		if err != nil {
			return err
		}
		if err := s.Cases.MayUseIn(ctx, w.tx, casefile.Use{Case: w.row.Case, Given: given.Given}); err != nil {
			return err
		}
		abroad := in.Member != "" && in.Member != s.Member
		a := Assessment{
			Form: AssessmentForm, Return: ret, To: w.row.To, At: s.now(), By: by.User,
			Risks:   sorting.New(in.Risks, func(x, y Risk) int { return cmp.Compare(x.Key(), y.Key()) }),
			Tracing: in.Tracing, Conclusion: in.Conclusion,
		}
		if !abroad {
			a.Case, a.Language = w.row.Case, in.Language
		}
		if err := a.Check(); err != nil {
			return err
		}
		x, err := Joint{Assessment: a}.sign(by, "", a.At, in.Accepts)
		if err != nil {
			return err
		}
		space, err := s.spaceIn(ctx, w, in, given)
		if err != nil {
			return err
		}
		r, err := putIn(ctx, w, keyring.Record{Kind: KindAssessment, Compartment: space}, x)
		if err != nil {
			return err
		}
		w.row.Record, w.row.Assessor, w.row.Assessed = r.ID, by.User, a.At
		w.row.Signer, w.row.Signed, w.row.Red = "", 0, len(x.Unaccepted()) > 0
		if _, err := s.Tasks.DropIn(ctx, w.tx, string(ret), ""); err != nil {
			return err
		}
		if !abroad {
			return s.remindIn(ctx, w, in.Second, TaskSign, clockSign, a.At)
		}
		h, err := s.handover(ctx, w, in.Referral)
		if err != nil {
			return err
		}
		w.row.Thread, err = s.Abroad.AskIn(ctx, w.tx, by, Asking{
			Return: *w.row, Reference: w.c.Reference, Referral: in.Referral, Basis: h.Basis, Language: in.Language, Joint: x, Until: given.ValidTo,
		})
		if err != nil {
			return err
		}
		return s.remindIn(ctx, w, w.row.Desk, TaskAwait, clockSign, a.At)
	})
}

// askable returns the consent under which the second desk may be shown what was found, and fails unless it may.
func (s *Service) askable(ctx context.Context, w *at, in Assessing) (consent.Consent, error) {
	var none consent.Consent
	to := id.Address{Member: s.Member, Desk: in.Second}
	if in.Member != "" {
		to.Member = in.Member
	}
	askable := s.askableHere
	if to.Member != s.Member {
		askable = s.askableAbroad
	}
	if err := askable(ctx, w, in); err != nil {
		return none, err
	}
	c, err := w.tx.Consent(ctx, in.Consent)
	switch {
	case fault.Is(err, fault.NotFound):
		return none, fault.New(fault.Conflict, "consent.not-live")
	case err != nil:
		return none, err
	}
	return c, covers(c, w.row.Case, to, s.now())
}

func (s *Service) askableHere(ctx context.Context, w *at, in Assessing) error {
	own, err := w.tx.Desk(ctx, w.row.Desk)
	if err != nil {
		return err
	}
	second, err := w.tx.Desk(ctx, in.Second)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err != nil || second.Realm != access.Assistance || second.Kind != desk.AtNode || second.State != desk.Active || second.Organisation == own.Organisation {
		return fault.New(fault.Invalid, "homecoming.second").With("field", "second")
	}
	return nil
}

// askableAbroad fails unless the desk is that of the country of return, and has accepted her: only who knows whose risks these are can
// assess them.
func (s *Service) askableAbroad(ctx context.Context, w *at, in Assessing) error {
	switch {
	case string(in.Member) != w.row.To:
		return bad("member")
	case in.Referral == "":
		return bad("referral")
	case !person.Tag(in.Language):
		return bad("language")
	}
	h, err := s.handover(ctx, w, in.Referral)
	switch {
	case err != nil:
		return err
	case h.To != in.Member || h.Desk != in.Second:
		return bad("referral")
	case !h.Agreed:
		return fault.New(fault.Conflict, "homecoming.referral")
	}
	return nil
}

// covers fails unless the consent lets a desk see what was found about risks, for the return.
func covers(c consent.Consent, of id.Case, to id.Address, now frame.Time) error {
	switch {
	case c.Case == of && c.Waits(now):
		return fault.New(fault.Conflict, "consent.unconfirmed")
	case c.Case != of || c.Origin != consent.TakenHere || !c.Live(now):
		return fault.New(fault.Conflict, "consent.not-live")
	case !slices.Contains(c.Purposes, consent.ForReturn), !slices.Contains(c.Recipients, to), !slices.Contains(c.Categories, categoryRisk):
		return fault.New(fault.Denied, "consent.recipient")
	}
	return nil
}

// spaceIn returns where the assessment goes: beside the one before, where the same desk was asked under the same consent; else into
// a compartment that is new, and the desk that was asked before opens nothing any more. What was signed earlier stays in the case.
// It opens it as long as the consent runs.
func (s *Service) spaceIn(ctx context.Context, w *at, in Assessing, c consent.Consent) (id.Compartment, error) {
	peer := in.Member
	if peer == s.Member {
		peer = ""
	}
	if w.row.Space != "" && w.row.Peer == peer && w.row.Second == in.Second && w.row.Consent == c.ID {
		return w.row.Space, nil
	}
	if err := s.unaskIn(ctx, w.tx, w.row); err != nil {
		return "", err
	}
	space, err := w.k.NewCompartmentIn(ctx, w.tx, c.ID)
	if err != nil {
		return "", err
	}
	w.row.Peer, w.row.Second, w.row.Consent, w.row.Space = peer, in.Second, c.ID, space
	if peer != "" {
		return space, nil
	}
	return space, w.k.GrantIn(ctx, w.tx, keyring.Hold{Compartment: space, Desk: in.Second, Reason: keyring.Joint, Until: c.ValidTo})
}

// Sign puts the second signature under the assessment that was read in that version: of another person, at the desk that was asked.
// Accepts are the keys of the red risks of which she accepts what is done about them; a red risk that either of the two
// does not accept blocks the departure, and is a finding as good as any other.
//
// It fails as [Service.Decide]; with [fault.Denied] if she wrote it herself or is of the desk of the case; [fault.Conflict]
// "homecoming.unwritten" if there is no assessment that waits; and [fault.Conflict] or [fault.Denied] as [Service.Assess] if the
// consent does not cover her desk any more.
func (s *Service) Sign(ctx context.Context, by keyring.Bearer, ret id.Return, version int64, accepts []string) (Return, error) {
	return s.work(ctx, by.Actor, &by, access.SignHomecoming, ret, version, func(w *at) error {
		if w.row.Assessed == 0 || w.row.Signed != 0 || w.row.Peer != "" {
			return fault.New(fault.Conflict, "homecoming.unwritten")
		}
		c, err := w.tx.Consent(ctx, w.row.Consent)
		if err != nil {
			return err
		}
		if err := covers(c, w.row.Case, id.Address{Member: s.Member, Desk: by.Desk}, s.now()); err != nil {
			return err
		}
		r, x, err := jointIn(ctx, w)
		if err != nil {
			return err
		}
		if x, err = x.sign(by, "", s.now(), accepts); err != nil {
			return err
		}
		if _, err = putIn(ctx, w, r, x); err != nil {
			return err
		}
		w.row.Signer, w.row.Signed, w.row.Red = by.User, s.now(), len(x.Unaccepted()) > 0
		if _, err := s.Tasks.DoneIn(ctx, w.tx, string(ret), TaskSign); err != nil {
			return err
		}
		return s.remindIn(ctx, w, w.row.Desk, TaskRenew, clockValid, w.row.Assessed)
	})
}
