package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ cooperation.Tx = (*Tx)(nil)

// AddCooperation adds one end of a request; [fault.Conflict] if it is there.
func (tx *Tx) AddCooperation(ctx context.Context, r cooperation.Row) error {
	if err := tx.q.AddCooperation(ctx, rows.AddCooperationParams{
		ID: string(r.ID), Desk: string(r.Desk), Side: string(r.Side), PeerMember: string(r.Peer.Member), PeerDesk: string(r.Peer.Desk),
		Reference: string(r.Reference), Kind: r.Kind, Instrument: r.Instrument, State: string(r.State), Urgent: r.Urgent, Due: r.Due,
		Body: filled(r.Body), Revision: r.Revision, UserID: string(r.By), At: int64(r.At), Version: r.Version,
	}); err != nil {
		return explain(err)
	}
	return tx.boxCooperation(ctx, r)
}

// SetCooperation replaces what changes in one end of a request; [fault.Stale] if another version is stored.
func (tx *Tx) SetCooperation(ctx context.Context, r cooperation.Row) error {
	n, err := tx.q.SetCooperation(ctx, rows.SetCooperationParams{
		ID: string(r.ID), Desk: string(r.Desk), Kind: r.Kind, Instrument: r.Instrument, State: string(r.State), Urgent: r.Urgent, Due: r.Due,
		Body: filled(r.Body), Revision: r.Revision, Version: r.Version,
	})
	if err != nil {
		return explain(err)
	}
	if n == 0 {
		return fault.New(fault.Stale, "store.cooperation.version")
	}
	return tx.boxCooperation(ctx, r)
}

func (tx *Tx) boxCooperation(ctx context.Context, r cooperation.Row) error {
	if len(r.Box.Sealed) == 0 {
		return explain(tx.q.DropCooperationBox(ctx, rows.DropCooperationBoxParams{CooperationID: string(r.ID), Desk: string(r.Desk)}))
	}
	return explain(tx.q.SetCooperationBox(ctx, rows.SetCooperationBoxParams{
		CooperationID: string(r.ID), Desk: string(r.Desk), Generation: r.Box.Generation, Sealed: r.Box.Sealed,
	}))
}

func (tx *Tx) cooperationOf(r rows.Cooperation) (cooperation.Row, error) {
	b, _, err := one(tx.q.CooperationBox(tx.ctx, rows.CooperationBoxParams{CooperationID: r.ID, Desk: r.Desk}))
	out := cooperation.Row{
		ID: id.Thread(r.ID), Desk: id.Desk(r.Desk), Side: envelope.Side(r.Side),
		Peer: id.Address{Member: id.Member(r.PeerMember), Desk: id.Desk(r.PeerDesk)}, Reference: id.Reference(r.Reference), Kind: r.Kind,
		Instrument: r.Instrument, State: cooperation.State(r.State), Urgent: r.Urgent, Due: r.Due,
		Box: keyring.Box{Generation: b.Generation, Sealed: b.Sealed}, Revision: r.Revision, By: id.User(r.UserID), At: frame.Time(r.At), Version: r.Version,
	}
	if len(r.Body) > 0 {
		out.Body = r.Body
	}
	return out, err
}

func (tx *Tx) cooperationsOf(all []rows.Cooperation, err error) ([]cooperation.Row, error) {
	if err != nil {
		return nil, explain(err)
	}
	out := make([]cooperation.Row, len(all))
	for i, r := range all {
		if out[i], err = tx.cooperationOf(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Cooperation returns the end of a request at a desk; [fault.NotFound] if there is none.
func (tx *Tx) Cooperation(ctx context.Context, thread id.Thread, desk id.Desk) (cooperation.Row, error) {
	r, err := tx.q.Cooperation(ctx, rows.CooperationParams{ID: string(thread), Desk: string(desk)})
	if err != nil {
		return cooperation.Row{}, explain(err)
	}
	return tx.cooperationOf(r)
}

// CooperationEnds returns the ends of a request at this node.
func (tx *Tx) CooperationEnds(ctx context.Context, thread id.Thread) ([]cooperation.Row, error) {
	return tx.cooperationsOf(tx.q.CooperationEnds(ctx, string(thread)))
}

// CooperationsAt returns the requests of a desk, those of the newest day first.
func (tx *Tx) CooperationsAt(ctx context.Context, desk id.Desk, before id.Thread, limit int) ([]cooperation.Row, error) {
	return tx.cooperationsOf(tx.q.CooperationsAt(ctx, rows.CooperationsAtParams{Desk: string(desk), Before: string(before), Max: int32(limit)}))
}

// CooperationsWith returns the ends in which something stands out of a release.
func (tx *Tx) CooperationsWith(ctx context.Context, release id.Record) ([]cooperation.Row, error) {
	return tx.cooperationsOf(tx.q.CooperationsWith(ctx, string(release)))
}

// SetCooperationReleases says out of which releases something stands in a request.
func (tx *Tx) SetCooperationReleases(ctx context.Context, thread id.Thread, desk id.Desk, releases []id.Record) error {
	if err := tx.q.DropCooperationReleases(ctx, rows.DropCooperationReleasesParams{CooperationID: string(thread), Desk: string(desk)}); err != nil {
		return explain(err)
	}
	for _, r := range releases {
		err := tx.q.AddCooperationRelease(ctx, rows.AddCooperationReleaseParams{CooperationID: string(thread), Desk: string(desk), ReleaseID: string(r)})
		if err != nil {
			return explain(err)
		}
	}
	return nil
}

// AddCooperationEvent adds what happened to a request; [fault.Conflict] if something of that number is there.
func (tx *Tx) AddCooperationEvent(ctx context.Context, e cooperation.Event) error {
	return explain(tx.q.AddCooperationEvent(ctx, rows.AddCooperationEventParams{
		CooperationID: string(e.Thread), Desk: string(e.Desk), N: e.N, Step: string(e.Step), Code: e.Code, Day: e.Day, Envelope: string(e.Envelope),
		Intake: string(e.Intake), Body: filled(e.Body), Failed: e.Failed, UserID: string(e.By), At: int64(e.At), Told: int64(e.Told),
	}))
}

// SetCooperationEvent replaces what changes in an event.
func (tx *Tx) SetCooperationEvent(ctx context.Context, e cooperation.Event) error {
	return explain(tx.q.SetCooperationEvent(ctx, rows.SetCooperationEventParams{
		CooperationID: string(e.Thread), Desk: string(e.Desk), N: e.N, Envelope: string(e.Envelope), Intake: string(e.Intake), Body: filled(e.Body),
		Failed: e.Failed, Told: int64(e.Told),
	}))
}

// CooperationEvents returns what happened to a request, in the order in which this end learned of it.
func (tx *Tx) CooperationEvents(ctx context.Context, thread id.Thread, desk id.Desk) ([]cooperation.Event, error) {
	all, err := tx.q.CooperationEvents(ctx, rows.CooperationEventsParams{CooperationID: string(thread), Desk: string(desk)})
	if err != nil {
		return nil, explain(err)
	}
	out := make([]cooperation.Event, len(all))
	for i, e := range all {
		out[i] = cooperation.Event{
			Thread: id.Thread(e.CooperationID), Desk: id.Desk(e.Desk), N: e.N, Step: cooperation.Step(e.Step), Code: e.Code, Day: e.Day,
			Envelope: id.Envelope(e.Envelope), Intake: id.Key(e.Intake), Failed: e.Failed, By: id.User(e.UserID), At: frame.Time(e.At), Told: frame.Time(e.Told),
		}
		if len(e.Body) > 0 {
			out[i].Body = e.Body
		}
	}
	return out, nil
}

// CooperationSealedTo reports whether words that nobody has opened are sealed to an intake key.
func (tx *Tx) CooperationSealedTo(ctx context.Context, key id.Key) (bool, error) {
	n, err := tx.q.CooperationSealedTo(ctx, string(key))
	return n > 0, explain(err)
}

// CooperationPast returns when requests were sent, received, decided and answered, of a desk or of all.
func (tx *Tx) CooperationPast(ctx context.Context, desk id.Desk, limit int) ([]cooperation.Past, error) {
	all, err := tx.q.CooperationPast(ctx, rows.CooperationPastParams{Desk: string(desk), Max: int32(limit)})
	if err != nil {
		return nil, explain(err)
	}
	out := make([]cooperation.Past, len(all))
	for i, p := range all {
		out[i] = cooperation.Past{
			Thread: id.Thread(p.ID), Side: envelope.Side(p.Side), Peer: id.Member(p.PeerMember), Kind: p.Kind, Sent: frame.Time(p.Sent),
			Receipt: frame.Time(p.Receipt), Decision: frame.Time(p.Decision), Answer: frame.Time(p.Answer),
		}
	}
	return out, nil
}
