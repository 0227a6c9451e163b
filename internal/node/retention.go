package node

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/subject"
	"github.com/opentrm/opentrm/internal/task"
)

// wireRetention makes what ends records and what keeps them from their end.
func (n *Node) wireRetention() {
	n.Retention = &retention.Service{
		Write: store.Writer[retention.Tx](n.DB), Read: store.Reader[retention.Tx](n.DB), Now: n.Config.Now, IDs: n.IDs,
		Member: n.Member, Law: n.Law, Cases: n.Cases, Messages: n.Messages, Keys: n.Keyring,
	}
	n.Retention.Waits = n.purgeWaits
	n.Restrictions = &restriction.Service{
		Write: store.Writer[restriction.Tx](n.DB), Read: store.Reader[restriction.Tx](n.DB), Now: n.Config.Now, IDs: n.IDs, Member: n.Member,
		Law: n.Law, Cases: n.Cases, Changed: n.restricted,
	}
	n.Keyring.Asked = func(ctx context.Context, narrow keyring.Tx, who id.User, c id.Case) error {
		tx, ok := narrow.(restriction.Tx)
		if !ok {
			return fault.New(fault.Internal, "node.wiring")
		}
		return n.Restrictions.AskedIn(ctx, tx, who, c)
	}
	n.Messages.Telling = func(ctx context.Context, narrow message.Tx, about id.Referral, at id.Desk) error {
		tx, ok := narrow.(referral.Tx)
		if !ok {
			return fault.New(fault.Internal, "node.wiring")
		}
		r, err := tx.Referral(ctx, about, at)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return n.Referrals.MayTellIn(ctx, tx, r)
	}
	n.Cases.Using = func(ctx context.Context, narrow casefile.Tx, u casefile.Use) error {
		tx, ok := narrow.(restriction.Tx)
		if !ok {
			return fault.New(fault.Internal, "node.wiring")
		}
		return n.Restrictions.MayUseIn(ctx, tx, u)
	}
	n.Subjects = &subject.Service{Cases: n.Cases, Persons: n.Persons, Forms: n.Forms, Consents: n.Consents, Law: n.Law, Limits: limits}
	n.Cases.Held = func(ctx context.Context, tx casefile.Tx, c id.Case) error {
		if err := n.held(ctx, tx, c); err != nil {
			return err
		}
		narrow, ok := tx.(restriction.Tx)
		if !ok {
			return fault.New(fault.Internal, "node.wiring")
		}
		return n.Restrictions.KeepsIn(ctx, narrow, c) // to erase what she wants kept would be to use it against her
	}
	n.Consents.Held = func(ctx context.Context, tx consent.Tx, c id.Case) error { return n.held(ctx, tx, c) }
}

// limits says, for the copy that she gets, when what is kept of her was not to be used.
func limits(ctx context.Context, narrow casefile.Tx, c id.Case) ([]subject.Limited, error) {
	tx, ok := narrow.(restriction.Tx)
	if !ok {
		return nil, fault.New(fault.Internal, "node.wiring")
	}
	all, err := tx.RestrictionsOf(ctx, c)
	out := make([]subject.Limited, len(all))
	for i, r := range all {
		out[i] = subject.Limited{Ground: r.Ground, Placed: r.Placed, Noticed: r.Noticed, Notice: r.Notice, Told: r.Told, How: r.How, Lifted: r.Lifted, Why: r.Because}
	}
	return out, err
}

// held refuses what would erase something of a case that is on hold.
func (n *Node) held(ctx context.Context, narrow any, c id.Case) error {
	tx, ok := narrow.(retention.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	return n.Retention.HeldIn(ctx, tx, c)
}

// The tasks of keeping and erasing.
const (
	taskPurge = "retention.confirm" // a purge waits for a second person
	taskHolds = "retention.settle"  // after a restore somebody looks which holds are lost
)

// mostSeconds is how many people are told of one purge that waits.
const mostSeconds = 20

// purgeWaits gives everybody who could be the second person of a purge something to do, whoever proposed it left out, and ends it when one
// of them has decided.
func (n *Node) purgeWaits(ctx context.Context, narrow retention.Tx, p retention.Purge) error {
	tx, ok := narrow.(remindTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	if p.State != retention.Proposed {
		_, err := n.Tasks.DoneIn(ctx, tx, string(p.ID), taskPurge)
		return err
	}
	at, all, err := n.seconds(ctx, tx, p)
	if err != nil || at == "" {
		return err
	}
	realm := access.Office
	if p.Desk != "" {
		realm = p.Realm
	}
	for _, u := range all[:min(len(all), mostSeconds)] {
		_, err := n.Tasks.AddIn(ctx, tx, task.New{
			Desk: at, User: u, Realm: realm, Kind: taskPurge, Object: string(p.ID), Reference: day(p.Made), Announce: true,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// seconds returns who could confirm a purge, and the desk at which she is told: of the prosecution its own people, else those of the office.
func (n *Node) seconds(ctx context.Context, tx remindTx, p retention.Purge) (id.Desk, []id.User, error) {
	var all []id.User
	if p.Desk != "" {
		members, err := tx.Members(ctx, p.Desk)
		for _, m := range members {
			if m.State == desk.Granted && m.User != p.Maker {
				all = append(all, m.User)
			}
		}
		return p.Desk, all, err
	}
	users, err := n.users(ctx, tx)
	if err != nil {
		return "", nil, err
	}
	for _, u := range users {
		if u.ID != p.Maker && (u.Serves(access.DataProtectionOfficer) || u.Serves(access.NationalCoordinator)) {
			all = append(all, u.ID)
		}
	}
	at, _, err := n.officer(ctx, tx)
	if err != nil || at != "" {
		return at, all, err
	}
	d, err := office(ctx, tx)
	return d.ID, all, err
}

// remindHolds asks the data-protection officer, after a restore, to say that the holds are whole.
func (n *Node) remindHolds(ctx context.Context, tx remindTx) (int, error) {
	keep, ok := tx.(retention.Tx)
	if !ok {
		return 0, fault.New(fault.Internal, "node.wiring")
	}
	open, err := n.Retention.UnsettledIn(ctx, keep, access.Assistance, "")
	if err != nil {
		return 0, err
	}
	w := wish{on: open, kind: taskHolds}
	if open {
		at, who, err := n.officer(ctx, tx)
		if err != nil {
			return 0, err
		}
		if at == "" {
			d, err := office(ctx, tx)
			if err != nil || d.ID == "" {
				return 0, err
			}
			at = d.ID
		}
		w.make = task.New{Desk: at, User: who, Realm: access.Office, Reference: day(n.now())}
	}
	return n.fulfil(ctx, tx, taskHolds, w)
}

// The tasks while a case is kept and not used.
const (
	taskRestricted = "restriction.review" // the data-protection officer looks after it
	taskNoticed    = "restriction.notice" // its desk tells her that it is in force
)

// restricted gives the data-protection officer something to look after while a case is restricted, and its desk to tell her so, and ends both with the
// restriction. At a desk of the prosecution, into which the office does not see, the desk has both.
func (n *Node) restricted(ctx context.Context, narrow restriction.Tx, r restriction.Restriction) error {
	tx, ok := narrow.(remindTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	w := wish{on: r.Lifted == 0, kind: taskRestricted}
	w.make = task.New{Desk: r.Desk, Realm: r.Realm, Reference: string(r.Reference)}
	if w.on && r.Realm != access.Prosecution {
		at, who, err := n.officer(ctx, tx)
		if err != nil {
			return err
		}
		if at == "" {
			at = r.Desk
		}
		w.make.Desk, w.make.User, w.make.Realm = at, who, access.Office
	}
	notice := wish{
		on: r.Lifted == 0 && r.Noticed == 0, kind: taskNoticed, clock: restriction.ClockNotice, start: r.Placed,
		make: task.New{Desk: r.Desk, Realm: r.Realm, Reference: string(r.Reference)},
	}
	_, err := n.fulfil(ctx, tx, string(r.ID), w, notice)
	return err
}
