package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/device"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ device.Tx = (*Tx)(nil)

func deviceOf(r rows.Device) device.Device {
	return device.Device{
		ID: id.Device(r.ID), User: id.User(r.UserID), Desk: id.Desk(r.Desk), Role: access.Role(r.Role), Made: frame.Time(r.Made), Ends: frame.Time(r.Ends),
		Heard: frame.Time(r.Heard), Ordered: frame.Time(r.Ordered), By: id.User(r.Orderer), Gone: frame.Time(r.Gone), Version: r.Version,
	}
}

// AddDevice keeps a new device.
func (tx *Tx) AddDevice(ctx context.Context, d device.Device) error {
	return explain(tx.q.AddDevice(ctx, rows.AddDeviceParams{
		ID: string(d.ID), UserID: string(d.User), Desk: string(d.Desk), Role: string(d.Role), Made: int64(d.Made), Ends: int64(d.Ends),
		Heard: int64(d.Heard), Ordered: int64(d.Ordered), Orderer: string(d.By), Gone: int64(d.Gone),
	}))
}

// SetDevice changes a device; [fault.Stale] if its stored version is another.
func (tx *Tx) SetDevice(ctx context.Context, d device.Device) error {
	return changed(tx.q.SetDevice(ctx, rows.SetDeviceParams{
		ID: string(d.ID), Heard: int64(d.Heard), Ordered: int64(d.Ordered), Orderer: string(d.By), Gone: int64(d.Gone), Version: d.Version,
	}))
}

// Device returns a device; [fault.NotFound] if there is none.
func (tx *Tx) Device(ctx context.Context, d id.Device) (device.Device, error) {
	r, err := tx.q.Device(ctx, string(d))
	if err != nil {
		return device.Device{}, explain(err)
	}
	return deviceOf(r), nil
}

// Devices returns the devices that end after a moment, newest first.
func (tx *Tx) Devices(ctx context.Context, after frame.Time) ([]device.Device, error) {
	found, err := tx.q.Devices(ctx, int64(after))
	all := make([]device.Device, len(found))
	for i, r := range found {
		all[i] = deviceOf(r)
	}
	return all, explain(err)
}

// DropDevices forgets devices that ended before a moment, with what became of their drafts.
func (tx *Tx) DropDevices(ctx context.Context, before frame.Time) error {
	if err := tx.q.DropDeviceDrafts(ctx, int64(before)); err != nil {
		return explain(err)
	}
	return explain(tx.q.DropDevices(ctx, int64(before)))
}

// AddSentDraft keeps what became of a draft; [fault.Conflict] if one of that name was taken.
func (tx *Tx) AddSentDraft(ctx context.Context, k device.Kept) error {
	return explain(tx.q.AddSentDraft(ctx, rows.AddSentDraftParams{
		ID: string(k.Draft), DeviceID: string(k.Device), UserID: string(k.User), Sent: k.Sent, Digest: k.Digest, Outcome: string(k.Outcome),
		CaseID: string(k.Case), Record: string(k.Record), Saved: k.Saved, Beside: string(k.Beside), At: int64(k.At),
	}))
}

// SetSentDraft replaces what became of a draft; [fault.Stale] if its stored version is another.
func (tx *Tx) SetSentDraft(ctx context.Context, k device.Kept) error {
	return changed(tx.q.SetSentDraft(ctx, rows.SetSentDraftParams{
		ID: string(k.Draft), Sent: k.Sent, Digest: k.Digest, Outcome: string(k.Outcome), CaseID: string(k.Case), Record: string(k.Record),
		Saved: k.Saved, Beside: string(k.Beside), At: int64(k.At), Version: k.Version,
	}))
}

// SentDraft returns what became of a draft; [fault.NotFound] if none was taken.
func (tx *Tx) SentDraft(ctx context.Context, d id.Draft) (device.Kept, error) {
	r, err := tx.q.SentDraft(ctx, string(d))
	if err != nil {
		return device.Kept{}, explain(err)
	}
	return device.Kept{
		Draft: id.Draft(r.ID), Device: id.Device(r.DeviceID), User: id.User(r.UserID), Sent: r.Sent, Digest: r.Digest, Outcome: device.Outcome(r.Outcome),
		Case: id.Case(r.CaseID), Record: id.Record(r.Record), Saved: r.Saved, Beside: id.Record(r.Beside), At: frame.Time(r.At), Version: r.Version,
	}, nil
}
