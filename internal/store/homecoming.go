package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ homecoming.Tx = (*Tx)(nil)

func returnOf(r rows.CaseReturn) homecoming.Return {
	return homecoming.Return{
		ID: id.Return(r.ID), Case: id.Case(r.CaseID), Desk: id.Desk(r.Desk), To: r.Country, State: homecoming.State(r.State),
		Peer: id.Member(r.Peer), Thread: id.Thread(r.Thread),
		Maker: id.User(r.Maker), Made: frame.Time(r.Made), Decided: frame.Time(r.Decided), Interest: frame.Time(r.Interest),
		Second: id.Desk(r.Second), Consent: id.Consent(r.Consent), Space: id.Compartment(r.Space), Record: id.Record(r.Record),
		Assessor: id.User(r.Assessor), Assessed: frame.Time(r.Assessed), Signer: id.User(r.Signer), Signed: frame.Time(r.Signed),
		Red: r.Red, Referral: id.Referral(r.Referral), Departed: frame.Time(r.Departed), Arrived: frame.Time(r.Arrived),
		Point: r.Point, Reason: r.Reason, Ended: frame.Time(r.Ended), Version: r.Version,
	}
}

// AddReturn keeps a new return; [fault.Conflict] if its identifier is taken.
func (tx *Tx) AddReturn(ctx context.Context, r homecoming.Return) error {
	return explain(tx.q.AddReturn(ctx, rows.AddReturnParams{
		ID: string(r.ID), CaseID: string(r.Case), Desk: string(r.Desk), Country: r.To, State: string(r.State), Maker: string(r.Maker),
		Made: int64(r.Made), Decided: int64(r.Decided), Interest: int64(r.Interest), Peer: string(r.Peer), Second: string(r.Second), Thread: string(r.Thread),
		Consent: string(r.Consent), Space: string(r.Space), Record: string(r.Record), Assessor: string(r.Assessor),
		Assessed: int64(r.Assessed), Signer: string(r.Signer), Signed: int64(r.Signed), Red: r.Red, Referral: string(r.Referral),
		Departed: int64(r.Departed), Arrived: int64(r.Arrived), Point: r.Point, Reason: r.Reason, Ended: int64(r.Ended),
	}))
}

// SetReturn changes a return; [fault.Stale] if its stored version is another.
func (tx *Tx) SetReturn(ctx context.Context, r homecoming.Return) error {
	return changed(tx.q.SetReturn(ctx, rows.SetReturnParams{
		ID: string(r.ID), State: string(r.State), Decided: int64(r.Decided), Interest: int64(r.Interest), Peer: string(r.Peer),
		Second: string(r.Second), Thread: string(r.Thread),
		Consent: string(r.Consent), Space: string(r.Space), Record: string(r.Record), Assessor: string(r.Assessor),
		Assessed: int64(r.Assessed), Signer: string(r.Signer), Signed: int64(r.Signed), Red: r.Red, Referral: string(r.Referral),
		Departed: int64(r.Departed), Arrived: int64(r.Arrived), Point: r.Point, Reason: r.Reason, Ended: int64(r.Ended),
		Version: r.Version,
	}))
}

// Return returns one return; [fault.NotFound] if there is none.
func (tx *Tx) Return(ctx context.Context, r id.Return) (homecoming.Return, error) {
	row, err := tx.q.OneReturn(ctx, string(r))
	if err != nil {
		return homecoming.Return{}, explain(err)
	}
	return returnOf(row), nil
}

// ReturnsOf returns the returns of a case, oldest first.
func (tx *Tx) ReturnsOf(ctx context.Context, c id.Case) ([]homecoming.Return, error) {
	all, err := tx.q.ReturnsOf(ctx, string(c))
	return each(all, err, returnOf)
}

// ReturnsUnder returns the returns whose second desk was asked under a consent, oldest first.
func (tx *Tx) ReturnsUnder(ctx context.Context, c id.Consent) ([]homecoming.Return, error) {
	all, err := tx.q.ReturnsUnder(ctx, string(c))
	return each(all, err, returnOf)
}

// ReturnsAt returns the returns that a desk prepares or assesses and that are not over, oldest first.
func (tx *Tx) ReturnsAt(ctx context.Context, d id.Desk, after id.Return, limit int) ([]homecoming.Return, error) {
	all, err := tx.q.ReturnsAt(ctx, rows.ReturnsAtParams{Desk: string(d), After: string(after), Max: int32(limit)})
	return each(all, err, returnOf)
}

// DropReturns forgets the returns of a case.
func (tx *Tx) DropReturns(ctx context.Context, c id.Case) error {
	return explain(tx.q.DropReturns(ctx, string(c)))
}
