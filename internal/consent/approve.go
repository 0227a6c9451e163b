package consent

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// Approval is what the second person of an override answers for: this reason, for this recipient, from this moment.
type Approval struct {
	Form      string     `json:"form"`
	Override  id.Consent `json:"override"`
	Reason    string     `json:"reason"` // SHA-256 of the signed reason that she has read, in hexadecimal
	Basis     string     `json:"basis"`
	Recipient id.Address `json:"recipient"`
	Category  []Code     `json:"categories"`
	By        id.User    `json:"by"`
	At        frame.Time `json:"at"`
}

// ApprovalForm names the form of an approval (spec/consent.md, section 7).
const ApprovalForm = "opentrm/override-approval/1"

// SignedApproval is an approval with the signature of the second person.
type SignedApproval struct {
	Approval  Approval        `json:"approval"`
	Signer    seal.SignPublic `json:"signer"`
	Signature seal.Signature  `json:"signature"`
}

// ParseApproval reads a signed approval and verifies its signature.
//
// It fails with [fault.TooLarge] and [fault.Invalid].
func ParseApproval(b []byte) (SignedApproval, error) {
	var s SignedApproval
	if err := frame.Decode(b, MaxRecord, &s); err != nil {
		return SignedApproval{}, err
	}
	return s, s.verify()
}

func (s SignedApproval) verify() error {
	msg, err := frame.Encode(s.Approval)
	if err != nil {
		return err
	}
	if err := s.Signer.Verify(seal.DomainOverride, msg, s.Signature); err != nil {
		return fault.Wrap(fault.Invalid, "consent.signature", err)
	}
	return nil
}

// digest names a signed reason: the words and who signed them, without the approval.
func (s SignedReason) digest() (string, error) {
	s.Approval = nil
	b, err := frame.Encode(s)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}

// approvedAsRead reports whether the approval beside a reason, if there is one, was signed for it.
func (s SignedReason) approvedAsRead() error {
	if s.Approval == nil {
		return nil
	}
	digest, err := s.digest()
	if err != nil {
		return err
	}
	a := s.Approval.Approval
	if a.Form != ApprovalForm || a.Override != s.Reason.Override || a.Reason != digest || a.Basis != s.Reason.Basis ||
		a.Recipient != s.Reason.Recipient || !slices.Equal(a.Category, s.Reason.Category) {
		return fault.New(fault.Invalid, "consent.override.signature")
	}
	return s.Approval.verify()
}

// sign has the second person sign what she approves.
func (o Override) sign(by keyring.Bearer, why SignedReason) (SignedApproval, error) {
	digest, err := why.digest()
	if err != nil {
		return SignedApproval{}, err
	}
	s := SignedApproval{Approval: Approval{
		Form: ApprovalForm, Override: o.ID, Reason: digest, Basis: o.Basis, Recipient: o.Recipient, Category: o.Categories,
		By: o.Approver, At: o.Approved,
	}}
	msg, err := frame.Encode(s.Approval)
	if err != nil {
		return SignedApproval{}, err
	}
	if s.Signer, err = by.Signer(); err != nil {
		return SignedApproval{}, err
	}
	s.Signature, err = by.Sign(seal.DomainOverride, msg)
	return s, err
}

// Signed reports whether the row of an approved override says what its second person signed. It needs no keys, so it is asked whenever
// something leaves under the override. That the signature is hers and for the reason that was read, only [ApprovedIn] can tell.
//
// It fails with [fault.Denied] "consent.override.signature".
func (o Override) Signed() error {
	s, err := ParseApproval(o.Approval)
	if err != nil {
		return fault.Wrap(fault.Denied, "consent.override.signature", err)
	}
	a := s.Approval
	if a.Form != ApprovalForm || a.Override != o.ID || a.Basis != o.Basis || a.Recipient != o.Recipient || !slices.Equal(a.Category, o.Categories) ||
		a.By != o.Approver || a.At != o.Approved || o.ValidTo > a.At.Add(overrideLasts) {
		return fault.New(fault.Denied, "consent.override.signature")
	}
	return nil
}

// ApprovedIn reports whether the second person approved the reason that is kept in the case: her signed approval lies sealed beside it,
// where nobody who only writes to the database can put one, and the row says the same.
//
// It fails with [fault.Denied] "consent.override.signature", and [fault.Internal] if the reason was tampered with.
func ApprovedIn(ctx context.Context, tx Tx, k *keyring.Case, o Override) error {
	why, err := reasonIn(ctx, tx, k, o)
	if err != nil {
		return err
	}
	return why.approved(o)
}

func (s SignedReason) approved(o Override) error {
	if err := o.Signed(); err != nil {
		return err
	}
	if s.Approval == nil {
		return fault.New(fault.Denied, "consent.override.signature")
	}
	kept, err := frame.Encode(*s.Approval)
	if err != nil {
		return err
	}
	if !bytes.Equal(kept, o.Approval) {
		return fault.New(fault.Denied, "consent.override.signature")
	}
	return nil
}

// Approve lets a proposed override take effect, as the second person, who has read the reason. The
// person is to be told, and a review is due. She signs what she approves.
//
// It fails with [fault.Denied] if the approver made it herself, [fault.Hidden] as [access.Check],
// [fault.Conflict] if it is not waiting for approval, and [fault.Locked] without keys.
func (s *Service) Approve(ctx context.Context, by keyring.Bearer, override id.Consent) (Override, error) {
	row, err := s.overrideRow(ctx, override)
	if err != nil {
		return Override{}, err
	}
	var out Override
	err = s.Write(ctx, audit.Did(by.Actor, access.ApproveOverride, string(override)).In(row.Case).For(row.Basis), func(tx Tx) error {
		if err := s.mayOn(ctx, tx, by.Actor, access.ApproveOverride, row); err != nil {
			return err
		}
		o, err := tx.Override(ctx, override)
		if err != nil {
			return err
		}
		from, due, err := s.reviewed(s.now())
		if err != nil {
			return err
		}
		if o, err = approve(o, by.User, s.now(), from, due); err != nil {
			return err
		}
		k, err := s.Keys.OpenCaseIn(ctx, tx, by, o.Case)
		if err != nil {
			return err
		}
		if o.Approval, err = putApproval(ctx, tx, k, by, o); err != nil {
			return err
		}
		if err := tx.SetOverride(ctx, o); err != nil {
			return err
		}
		o.Version++
		out = o
		return s.follow(ctx, tx, o)
	})
	return out, err
}

// putApproval keeps the signature of the second person with the reason that she has read, and returns what the row says of it.
func putApproval(ctx context.Context, tx Tx, k *keyring.Case, by keyring.Bearer, o Override) ([]byte, error) {
	why, err := reasonIn(ctx, tx, k, o)
	if err != nil {
		return nil, err
	}
	if why.Reason.Basis != o.Basis || why.Reason.Recipient != o.Recipient || !slices.Equal(why.Reason.Category, o.Categories) {
		return nil, fault.New(fault.Internal, "consent.kept") // the row is not what the maker signed
	}
	signed, err := o.sign(by, why)
	if err != nil {
		return nil, err
	}
	why.Approval = &signed
	r, err := k.ReadIn(ctx, tx, o.Record)
	if err != nil {
		return nil, err
	}
	if r.Body, err = frame.Encode(why); err != nil {
		return nil, err
	}
	if _, err := k.PutIn(ctx, tx, r); err != nil {
		return nil, err
	}
	return frame.Encode(signed)
}

func approve(o Override, by id.User, now, from, due frame.Time) (Override, error) {
	if o.Maker == by || o.Maker == "" {
		return o, fault.New(fault.Denied, "consent.override.second-person")
	}
	if o.State != Proposed {
		return o, fault.New(fault.Conflict, "consent.override.state")
	}
	o.State, o.Approver, o.Approved = Approved, by, now
	o.ValidTo = now.Add(overrideLasts)
	o.ReviewFrom, o.ReviewDue = from, due
	return o, nil
}
