package referral

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
)

// Check finds out whether the draft may be sent: consent or override, rule row, asylum, the path for children,
// capacity. Then it seals the identity bundle, which waits in the outbox until the other desk accepts.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], and with
//   - [fault.Denied] "case.asylum.origin" if it would reach the country that she fled;
//   - [fault.Conflict] "consent.not-live", [fault.Denied] "consent.recipient" and "referral.consent.categories" or
//     "referral.consent.purpose" if the consent does not cover it;
//   - [fault.Denied] "referral.child" if she is or may be a child and consented alone;
//   - [fault.Denied] and the rule row's own key, such as "profile.rule.gdpr-49-3";
//   - [fault.Conflict] "referral.draft.open" if pages of the draft were not answered;
//   - [fault.Conflict] "referral.capacity" if the desk says that it is full and the draft does not ask all the same;
//   - [fault.Locked] without keys, and as [exchange.Service.Seal] does.
func (s *Service) Check(ctx context.Context, by keyring.Bearer, at At) (Row, error) {
	c, err := s.caseOf(ctx, by.Actor, at)
	if err != nil {
		return Row{}, err
	}
	var out Row
	err = s.Write(ctx, audit.Did(by.Actor, access.CheckReferral, string(at.Referral)).In(c), func(tx Tx) error {
		r, err := s.mayIn(ctx, tx, by.Actor, access.CheckReferral, at)
		if err != nil {
			return err
		}
		if err := course.May(State{Status: r.Status}, Sender, Checked); err != nil {
			return err
		}
		in, k, err := s.draftIn(ctx, tx, by, r)
		if err != nil {
			return err
		}
		if len(in.Open) > 0 {
			return fault.New(fault.Conflict, "referral.draft.open")
		}
		extract, peer, err := s.allowedIn(ctx, tx, k, r, in)
		if err != nil {
			return err
		}
		if in, err = s.respokenIn(ctx, tx, k, by, r, in); err != nil {
			return err
		}
		if r, err = s.addressIn(ctx, tx, r, in); err != nil {
			return err
		}
		r.Bundle = ""
		if peer == desk.AtNode {
			r.Bundle = id.Random[id.Thread](s.IDs)
			if err := s.sealBundleIn(ctx, tx, k, r, in, extract, ""); err != nil {
				return err
			}
		}
		if err := s.keptIn(ctx, tx, k, r, profile.ClassDraft); err != nil {
			return err
		}
		r.Status, r.Since = Checked, s.now()
		if err := tx.SetReferral(ctx, r); err != nil {
			return err
		}
		r.Version++
		out = r
		return nil
	})
	return out, err
}

// caseOf returns the case of an end, for the entry in the log.
func (s *Service) caseOf(ctx context.Context, who access.Actor, at At) (id.Case, error) {
	var c id.Case
	err := s.Read(ctx, func(tx Tx) error {
		r, err := s.end(ctx, tx, who, At{Referral: at.Referral, Desk: at.Desk})
		if err != nil {
			return err
		}
		c = r.Case
		return access.Check(who, access.KnowReferral, resource(r, who))
	})
	return c, err
}

// allowedIn asks everything that must hold before a referral leaves.
func (s *Service) allowedIn(ctx context.Context, tx Tx, k *keyring.Case, r Row, in Drafting) (consent.SignedExtract, desk.Kind, error) {
	var none, extract consent.SignedExtract
	if err := allowed(in.Kind); err != nil { // of a draft that an older program kept
		return none, "", err
	}
	c, err := tx.Case(ctx, r.Case)
	if err != nil {
		return none, "", err
	}
	if in.To.Member != s.Member {
		if err := casefile.MayTransmitTo(c, in.To.Member); err != nil {
			return none, "", err
		}
	}
	peer, err := s.peerIn(ctx, tx, in.To)
	if err != nil {
		return none, "", err
	}
	if room, err := s.roomIn(ctx, tx, in.To, peer); err != nil || room == "full" && !in.Full {
		if err == nil {
			err = fault.New(fault.Conflict, "referral.capacity")
		}
		return none, "", err
	}
	if _, err := s.Exchange.Weigh(ctx, tx, exchange.Crossing{
		Kind: envelope.Identity, From: id.Address{Member: s.Member, Desk: r.Desk}, FromRealm: r.Realm, To: in.To, ToRealm: peer.Realm,
		Basis: string(in.Basis), Consent: in.Consent,
	}); err != nil {
		return none, "", err
	}
	if in.Override {
		var o consent.Override
		if o, err = tx.Override(ctx, in.Consent); err == nil && o.Case != r.Case {
			err = hidden()
		} else if err == nil && o.Basis != string(in.Basis) { // the row that was asked is of another ground
			err = fault.New(fault.Denied, "referral.override.basis")
		} else if err == nil {
			err = consent.ApprovedIn(ctx, tx, k, o)
		}
		if err == nil {
			extract, err = s.Consents.OverrideExtractIn(ctx, tx, in.Consent, in.To, s.now())
		}
	} else {
		extract, err = s.consentedIn(ctx, tx, k, c, in)
	}
	if err == nil {
		err = s.mayUseIn(ctx, tx, r.Case, in.Consent, in.Override)
	}
	if err != nil {
		return none, "", err
	}
	return extract, peer.Kind, covers(extract.Extract, in)
}

// roomIn says whether a desk has room.
func (s *Service) roomIn(ctx context.Context, tx Tx, to id.Address, d member.Desk) (string, error) {
	if s.Room == nil {
		return d.Capacity, nil
	}
	held, err := member.SheetOf(ctx, tx, to.Member)
	if err != nil && !(to.Member == s.Member && fault.Is(err, fault.NotFound)) { // a desk of our own that is on no sheet is asked here
		return "", err
	}
	return s.Room(ctx, tx, member.Listed{Address: to, Desk: d}, held.Signed.Sheet.Created)
}

// covers reports whether the extract covers what the draft wants to tell.
func covers(e consent.Extract, in Drafting) error {
	for _, c := range in.Categories {
		if !slices.Contains(e.Categories, c) {
			return fault.New(fault.Denied, "referral.consent.categories").With("category", string(c))
		}
	}
	return nil
}

// consentedIn asks whether her consent covers the referral, and for who is or may be a child, whether a guardian or
// authority gave it with her assent and a note on her best interests.
func (s *Service) consentedIn(ctx context.Context, tx Tx, k *keyring.Case, c casefile.Case, in Drafting) (consent.SignedExtract, error) {
	var none consent.SignedExtract
	row, err := tx.Consent(ctx, in.Consent)
	if err != nil {
		return none, err
	}
	if row.Case != c.ID {
		return none, hidden()
	}
	if !slices.Contains(row.Purposes, consent.ForReferral) {
		return none, fault.New(fault.Denied, "referral.consent.purpose")
	}
	if in.Onward && !slices.Contains(row.Purposes, consent.ForOnward) {
		return none, fault.New(fault.Denied, "referral.consent.purpose")
	}
	if person.ChildPath(c.AgeClass) {
		kept, err := k.ReadIn(ctx, tx, row.Record)
		if err != nil {
			return none, err
		}
		said, err := consent.ParseRecord(kept.Body)
		if err != nil {
			return none, fault.Wrap(fault.Internal, "consent.kept", err)
		}
		if err := forChild(said.Record); err != nil {
			return none, err
		}
	}
	return s.Consents.ExtractIn(ctx, tx, in.Consent, in.To, s.now())
}

// forChild reports whether a consent follows the path for children.
func forChild(r consent.Record) error {
	if r.GivenBy == consent.ByHerself || !r.Assent || r.BestInterests == "" {
		return fault.New(fault.Denied, "referral.child")
	}
	return nil
}

// sealBundleIn seals who she is into the outbox, where it waits; in the place of a refused one, if replaces names it, it
// leaves at once.
func (s *Service) sealBundleIn(
	ctx context.Context, tx Tx, k *keyring.Case, r Row, in Drafting, e consent.SignedExtract, replaces id.Envelope,
) error {
	who, err := s.Persons.ReadIn(ctx, tx, k)
	if err != nil {
		return err
	}
	b := consent.Bundle{Form: consent.BundleForm, Extract: e, Content: consent.Select(who.Person, nil, in.Facts, in.Categories)}
	content, err := b.Encode()
	if err != nil {
		return err
	}
	defer clear(content)
	var codes []string
	for _, c := range in.Categories {
		codes = append(codes, string(c))
	}
	_, err = s.Exchange.Seal(ctx, tx, exchange.Draft{
		Kind: envelope.Identity, FromDesk: r.Desk, Realm: r.Realm, To: r.Peer.Member, ToDesk: r.Peer.Desk, Thread: r.Bundle,
		Side: envelope.Opener, Opens: true, Consent: in.Consent, Basis: string(in.Basis), Categories: codes,
		Urgency: string(in.Request.Urgency), Content: content, Expires: s.now().Add(MaxExpiry), Replaces: replaces, Hold: replaces == "",
	})
	return err
}
