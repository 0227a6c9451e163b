package transfer

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Offer is what a case is offered with.
type Offer struct {
	To        id.Desk    `json:"to" maxLength:"64" doc:"The desk that is to have the case"`
	Basis     string     `json:"basis" enum:"agreement,legal-duty"`
	Agreement *Agreement `json:"agreement,omitempty" doc:"On agreement: hers, and for a child that of who answers for her"`
	Override  id.Consent `json:"override,omitempty" maxLength:"64" doc:"On a duty of law: where it was recorded, and approved by a second person"`
	Urgent    bool       `json:"urgent,omitempty"`
	Note      string     `json:"note" maxLength:"20000" doc:"For those who will work with her; read after it is accepted"`
}

// Offer offers a case to another desk. Its key is sealed to that desk, and over that under a key of this node, which takes it off in the
// transaction that accepts: until then the other desk opens nothing, with a copy of the database neither. Version is that of the case as it was read.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Invalid] as [Handover.check], or if the desk cannot have it;
// [fault.Conflict] if the case is closed, "transfer.open" if it is offered already, "transfer.kept-from" and "transfer.withheld" if she
// asked to be kept from that desk, "transfer.duty" if no duty of law bears it, "transfer.rekeying" while it gets new keys, and as
// [Service.Leaving]; [fault.Stale] if the case has changed; and [fault.Locked] without keys.
func (s *Service) Offer(ctx context.Context, by keyring.Bearer, c id.Case, version int64, in Offer) (Transfer, error) {
	var out Transfer
	err := s.Cases.Work(ctx, by, access.OfferTransfer, c, in.Basis, func(over casefile.Tx, k *keyring.Case, row casefile.Case) error {
		tx, err := wide(over)
		if err != nil {
			return err
		}
		if row.Version != version {
			return fault.New(fault.Stale, "transfer.stale")
		}
		led, err := s.led(ctx, tx, by, access.OfferTransfer, row)
		if err != nil {
			return err
		}
		items, err := s.mayGo(ctx, tx, append([]leading{{k, row}}, led...), in)
		if err != nil {
			return err
		}
		t := Transfer{
			ID: id.Ordered[id.Record](s.IDs), Reference: id.NewReference(s.IDs), Case: c, From: row.Desk, To: in.To, Realm: row.Realm, State: Offered,
			Basis: in.Basis, Override: in.Override, AgeClass: row.AgeClass, Urgent: in.Urgent, Maker: by.User, Made: s.now(), Version: 1,
		}
		x := Handover{
			Form: Form, Transfer: t.ID, From: t.From, To: t.To, Basis: in.Basis, Agreement: in.Agreement, Override: in.Override, Note: in.Note,
			Items: items, At: t.Made, By: by.User,
		}
		if t.Record, err = s.put(ctx, tx, k, x, row.AgeClass); err != nil {
			return err
		}
		for _, f := range append(led, leading{k, row}) {
			if err := f.k.GrantIn(ctx, tx, keyring.Hold{Desk: t.To, Reason: keyring.Offered}); err != nil {
				return err
			}
			if f.row.ID == c {
				continue
			}
			if err := tx.Also(audit.Did(by.Actor, access.OfferTransfer, string(f.row.ID)).In(f.row.ID).For("duplicate")); err != nil {
				return err
			}
		}
		if err := tx.AddTransfer(ctx, t); err != nil {
			return err
		}
		out = t
		return s.Tell(ctx, tx, t)
	})
	return out, err
}

// leading is a file that goes: the case, or one that was merged into it.
type leading struct {
	k   *keyring.Case
	row casefile.Case
}

// led opens what was merged into a case: it goes along.
func (s *Service) led(ctx context.Context, tx Tx, by keyring.Bearer, action access.Action, row casefile.Case) ([]leading, error) {
	all, err := tx.CasesInto(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	var out []leading
	for _, c := range all {
		k, c, err := s.Cases.BesideIn(ctx, tx, by, action, c.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, leading{k, c})
	}
	return out, nil
}

// mayGo reports whether a case, the first of the files, may go to a desk, and what goes along with it.
func (s *Service) mayGo(ctx context.Context, tx Tx, files []leading, in Offer) ([]Item, error) {
	row := files[0].row
	to, err := tx.Desk(ctx, in.To)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.Invalid, "transfer.to").With("field", "to")
	}
	if err != nil {
		return nil, err
	}
	if err := receives(row, to); err != nil {
		return nil, err
	}
	at := id.Address{Member: s.Member, Desk: to.ID}
	use := casefile.Use{Case: row.ID}
	if in.Agreement != nil {
		use.Given = in.Agreement.given(s.now())
	}
	if in.Basis == ByDuty {
		o, err := tx.Override(ctx, in.Override)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if err := dutiful(o, row.ID, at, s.now()); err != nil {
			return nil, err
		}
		if err := consent.ApprovedIn(ctx, tx, files[0].k, o); err != nil {
			return nil, err
		}
		use.Given = o.Approved
	}
	if err := s.Cases.MayUseIn(ctx, tx, use); err != nil {
		return nil, err
	}
	open, err := tx.TransfersOf(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(open, func(t Transfer) bool { return t.State == Offered }) {
		return nil, fault.New(fault.Conflict, "transfer.open")
	}
	var said []Said
	items := []Item{}
	for _, f := range files {
		if f.k.Rekeying() {
			return nil, fault.New(fault.Conflict, "transfer.rekeying")
		}
		here, err := saidIn(ctx, tx, f.k)
		if err != nil {
			return nil, err
		}
		goes, err := s.Leaving(ctx, tx, f.row, in.To)
		if err != nil {
			return nil, err
		}
		said, items = append(said, here...), append(items, goes...)
	}
	return items, keptFrom(said, at)
}

// saidIn reads what she said of desks in the consents that were taken here.
func saidIn(ctx context.Context, tx Tx, k *keyring.Case) ([]Said, error) {
	all, err := tx.ConsentsOf(ctx, k.ID)
	if err != nil {
		return nil, err
	}
	var out []Said
	for _, c := range all {
		if c.Origin != consent.TakenHere {
			continue
		}
		r, err := k.ReadIn(ctx, tx, c.Record)
		if err != nil {
			return nil, err
		}
		signed, err := consent.ParseRecord(r.Body)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "consent.kept", err)
		}
		out = append(out, Said{Consent: c, Withheld: len(signed.Record.Withheld) > 0})
	}
	return out, nil
}

// Preview says what belongs to a case, and what would become of it if it went to a desk; nothing is changed. What has to end before is
// the fault.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], and as [Service.Offer].
func (s *Service) Preview(ctx context.Context, by keyring.Bearer, c id.Case, to id.Desk) ([]Item, error) {
	var items []Item
	err := s.Cases.Look(ctx, by, c, "transfer", func(over casefile.Tx, k *keyring.Case, row casefile.Case) error {
		tx, err := wide(over)
		if err != nil {
			return err
		}
		led, err := s.led(ctx, tx, by, access.ReadCase, row)
		if err != nil {
			return err
		}
		items, err = s.mayGo(ctx, tx, append([]leading{{k, row}}, led...), Offer{To: to, Basis: ByAgreement})
		return err
	})
	return items, err
}
