package device

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// Limits, spec/offline.md 1.
const (
	MaxDrafts = 10               // that a device keeps
	Lives     = 72 * time.Hour   // after which a device deletes its share, and with it what it keeps
	Idle      = 15 * time.Minute // after which the key of the drafts leaves its memory
	Fresh     = 15 * time.Minute // since a sign-in under which drafts are sent

	most = 5                   // devices that somebody has at once
	kept = 30 * 24 * time.Hour // for which the node remembers a device and what came from it, after its end
)

// Forms are those that begin with somebody who was not known before, and so can be filled in where nothing can be looked up.
func Forms() []string { return []string{"F1", "F2"} }

// Device is one browser that somebody has prepared.
type Device struct {
	ID      id.Device
	User    id.User
	Desk    id.Desk // for which she acted then, and for which her drafts are
	Role    access.Role
	Made    frame.Time
	Ends    frame.Time // when it deletes what it keeps
	Heard   frame.Time // when it last sent something
	Ordered frame.Time // 0: nobody has ordered the discard
	By      id.User    // who has
	Gone    frame.Time // when it said that nothing is left; 0: it did not
	Version int64
}

// Over reports whether a device has nothing that could still be sent, as far as the node can know.
func (d Device) Over(now frame.Time) bool { return d.Gone != 0 || d.Ends <= now }

func (d Device) resource() access.Resource {
	return access.Resource{Noun: "device", ID: string(d.ID), Realm: access.Assistance, Desk: d.Desk, Owner: d.User}
}

// Kept is what became of a draft that was taken.
type Kept struct {
	Draft   id.Draft
	Device  id.Device
	User    id.User
	Sent    int64  // version of the draft on the device
	Digest  []byte // SHA-256 of what was sent
	Outcome Outcome
	Case    id.Case
	Record  id.Record
	Saved   int64     // version of the record as it was taken: if it is another now, somebody changed it
	Beside  id.Record // the record of the same draft that somebody had changed; empty: there is none
	At      frame.Time
	Version int64
}

// Tx is what devices need kept.
type Tx interface {
	casefile.Tx
	// DesksOf returns the places of somebody at desks.
	DesksOf(ctx context.Context, user id.User) ([]desk.Membership, error)

	AddDevice(ctx context.Context, d Device) error
	// SetDevice replaces a device whose stored version is d.Version; fault.Stale if it is another.
	SetDevice(ctx context.Context, d Device) error
	// Device returns a device; fault.NotFound if there is none.
	Device(ctx context.Context, d id.Device) (Device, error)
	// Devices returns the devices that end after a moment, newest first.
	Devices(ctx context.Context, after frame.Time) ([]Device, error)
	// DropDevices forgets devices that ended before a moment, with what came from them.
	DropDevices(ctx context.Context, before frame.Time) error
	// AddSentDraft keeps what became of a draft; fault.Conflict if one of that name was taken.
	AddSentDraft(ctx context.Context, k Kept) error
	// SetSentDraft replaces what became of a draft whose stored version is k.Version; fault.Stale if it is another.
	SetSentDraft(ctx context.Context, k Kept) error
	// SentDraft returns what became of a draft; fault.NotFound if none was taken.
	SentDraft(ctx context.Context, d id.Draft) (Kept, error)
}

// Service is the use-cases of devices.
type Service struct {
	Write  func(context.Context, audit.Entry, func(Tx) error) error
	Read   func(context.Context, func(Tx) error) error
	Cases  *casefile.Service
	Forms  *form.Service
	Signer func() seal.SignPrivate // of the node, for envelopes
	// Opens reports whether a passkey is still one of somebody's.
	Opens func(ctx context.Context, tx Tx, user id.User, passkey string) (bool, error)
	// Signed says when the session of somebody began.
	Signed func(ctx context.Context, by keyring.Bearer) (frame.Time, error)
}

func (s *Service) now() frame.Time { return frame.At(s.Cases.Now()) }

// Prepare makes a device for the bearer, where she acts.
//
// It fails with [fault.Denied] as [access.Check], and with [fault.Conflict] if she has five already.
func (s *Service) Prepare(ctx context.Context, by keyring.Bearer) (Device, error) {
	now := s.now()
	d := Device{
		ID: id.Random[id.Device](s.Cases.IDs), User: by.User, Desk: by.Desk, Role: by.Role, Made: now, Heard: now,
		Ends: frame.At(now.Time().Add(Lives)), Version: 1,
	}
	if err := access.Check(by.Actor, access.PrepareDevice, d.resource()); err != nil {
		return Device{}, err
	}
	err := s.Write(ctx, audit.Did(by.Actor, access.PrepareDevice, string(d.ID)), func(tx Tx) error {
		if err := tx.DropDevices(ctx, frame.At(now.Time().Add(-kept))); err != nil {
			return err
		}
		all, err := tx.Devices(ctx, now)
		if err != nil {
			return err
		}
		has := 0
		for _, x := range all {
			if x.User == by.User && !x.Over(now) {
				has++
			}
		}
		if has >= most {
			return fault.New(fault.Conflict, "device.many")
		}
		return tx.AddDevice(ctx, d)
	})
	if err != nil {
		return Device{}, err
	}
	return d, nil
}

// List returns the devices that may still hold something or did until lately, as far as who asks may see them, newest first.
func (s *Service) List(ctx context.Context, who access.Actor) ([]Device, error) {
	var all []Device
	err := s.Read(ctx, func(tx Tx) error {
		found, err := tx.Devices(ctx, frame.At(s.now().Time().Add(-kept)))
		all = nil
		for _, d := range found {
			if access.Check(who, access.ListDevice, d.resource()) == nil {
				all = append(all, d)
			}
		}
		return err
	})
	return all, err
}

// Discard orders that what is on a device is discarded. It hears of that at its first contact; until then the order is a wish.
//
// It fails with [fault.Denied] as [access.Check], [fault.NotFound] if there is no such device or none that she may see, and
// [fault.Conflict] if it is discarded already.
func (s *Service) Discard(ctx context.Context, who access.Actor, of id.Device) error {
	return s.Write(ctx, audit.Did(who, access.DiscardDevice, string(of)), func(tx Tx) error {
		d, err := tx.Device(ctx, of)
		if err != nil {
			return err
		}
		if access.Check(who, access.ListDevice, d.resource()) != nil {
			return fault.New(fault.NotFound, "device.missing")
		}
		if err := access.Check(who, access.DiscardDevice, d.resource()); err != nil {
			return err
		}
		if d.Ordered != 0 || d.Gone != 0 {
			return fault.New(fault.Conflict, "device.ordered")
		}
		d.Ordered, d.By = s.now(), who.User
		return tx.SetDevice(ctx, d)
	})
}

// Order is what a device is told at a contact.
type Order string

// The orders.
const (
	Keep    Order = "keep"
	Discard Order = "discard"
	Strange Order = "unknown" // the node knows no such device, and so orders nothing
)

// Contact tells a device what to do with what it keeps, and notes that nothing is left if it says so. Nobody need be signed in: the name of a
// device is known to it alone, and all that it can reach by this is that less is kept. Passkey is the one that opens its drafts, empty where a
// passphrase does.
//
// A device that the node does not know is told so and discards nothing: a node that was restored from a backup has forgotten it.
func (s *Service) Contact(ctx context.Context, of id.Device, passkey string, nothingLeft bool) (Order, error) {
	order := Strange
	var d Device
	err := s.Read(ctx, func(tx Tx) (err error) {
		if d, err = tx.Device(ctx, of); err != nil {
			return err
		}
		order, err = s.orderIn(ctx, tx, d, passkey)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return Strange, nil
	}
	if err != nil || !nothingLeft || d.Gone != 0 {
		return order, err
	}
	err = s.Write(ctx, audit.Did(access.Node(s.Cases.Member), access.HearDevice, string(of)), func(tx Tx) error {
		d, err := tx.Device(ctx, of)
		if err != nil {
			return err
		}
		d.Gone = s.now()
		return tx.SetDevice(ctx, d)
	})
	return order, err
}

// orderIn says what a device is to do: an order was given, its time is over, the passkey that opens it was removed, or whoever prepared it
// has left the desk.
func (s *Service) orderIn(ctx context.Context, tx Tx, d Device, passkey string) (Order, error) {
	if d.Ordered != 0 || d.Over(s.now()) {
		return Discard, nil
	}
	if passkey != "" {
		if opens, err := s.Opens(ctx, tx, d.User, passkey); err != nil || !opens {
			return Discard, err
		}
	}
	places, err := tx.DesksOf(ctx, d.User)
	if err != nil {
		return "", err
	}
	for _, m := range places {
		if m.Desk == d.Desk && m.Role == d.Role && m.State == desk.Granted {
			return Keep, nil
		}
	}
	return Discard, nil
}
