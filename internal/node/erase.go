package node

import (
	"context"

	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/docket"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/joint"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/ownview"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/search"
)

// eraseTx is what erasing again needs.
type eraseTx interface {
	lateTx
	message.Tx
	search.Tx
	retention.Tx
	restriction.Tx
	directory.Tx
	ownview.Tx
}

// erasures repeat in a restored node what was erased after the backup, by what it is called in the list.
func (n *Node) erasures() map[string]func(context.Context, backup.Tx, string) error {
	in := func(do func(context.Context, eraseTx, string) error) func(context.Context, backup.Tx, string) error {
		return func(ctx context.Context, narrow backup.Tx, what string) error {
			tx, ok := narrow.(eraseTx)
			if !ok {
				return fault.New(fault.Internal, "node.wiring")
			}
			return do(ctx, tx, what)
		}
	}
	return map[string]func(context.Context, backup.Tx, string) error{
		message.ErasureKind: in(func(ctx context.Context, tx eraseTx, thread string) error {
			return n.Messages.EraseIn(ctx, tx, id.Thread(thread))
		}),
		referral.ErasureKind: in(func(ctx context.Context, tx eraseTx, object string) error {
			return n.Referrals.EraseAgainIn(ctx, tx, object)
		}),
		referral.AbandonedKind: in(func(ctx context.Context, tx eraseTx, object string) error {
			return n.Referrals.AbandonAgainIn(ctx, tx, object)
		}),
		joint.ErasureKind: in(func(ctx context.Context, tx eraseTx, thread string) error {
			return n.Joints.EraseIn(ctx, tx, id.Thread(thread))
		}),
		docket.ErasureKind: in(func(ctx context.Context, tx eraseTx, board string) error {
			return n.Dockets.EraseIn(ctx, tx, id.Thread(board))
		}),
		cooperation.ErasureKind: in(func(ctx context.Context, tx eraseTx, thread string) error {
			return n.Cooperations.EraseIn(ctx, tx, id.Thread(thread))
		}),
		exchange.ErasureKind: in(func(ctx context.Context, tx eraseTx, e string) error {
			return n.Exchange.EraseAgain(ctx, tx, id.Envelope(e), n.now().Add(keysKept))
		}),
		retention.KindHold: in(func(ctx context.Context, tx eraseTx, object string) error {
			return n.Retention.HoldAgainIn(ctx, tx, object)
		}),
		retention.KindLift: in(func(ctx context.Context, tx eraseTx, object string) error {
			return n.Retention.LiftAgainIn(ctx, tx, object)
		}),
		restriction.KindPlaced: in(func(ctx context.Context, tx eraseTx, object string) error {
			return n.Restrictions.PlaceAgainIn(ctx, tx, object)
		}),
		restriction.KindEnded: in(func(ctx context.Context, tx eraseTx, object string) error {
			return n.Restrictions.EndAgainIn(ctx, tx, object)
		}),
		ownview.ErasureKind: in(func(ctx context.Context, tx eraseTx, object string) error {
			return n.OwnViews.OffAgainIn(ctx, tx, object)
		}),
		ownview.TakenBackKind: in(func(ctx context.Context, tx eraseTx, object string) error {
			return n.OwnViews.TakenBackAgainIn(ctx, tx, object)
		}),
		directory.ErasedPlaces: in(func(ctx context.Context, tx eraseTx, object string) error {
			return n.Directory.PlacesAgainIn(ctx, tx, object)
		}),
		directory.ErasedWhole: in(func(ctx context.Context, tx eraseTx, o string) error {
			return n.Directory.EraseAgainIn(ctx, tx, o)
		}),
		"case": in(func(ctx context.Context, tx eraseTx, c string) error {
			if err := n.unfind(ctx, tx, id.Case(c)); err != nil { // content and index may be of two days
				return err
			}
			return n.Cases.EraseAgainIn(ctx, casefile.Tx(tx), id.Case(c))
		}),
	}
}

// unlessErased lets a handler take what has a content, and destroys the content at once where it belongs to something
// that is erased here: its sender sends it again to a node that was restored, which had it erased since its backup.
func (n *Node) unlessErased(h exchange.Handler) exchange.Handler {
	return exchange.HandlerFunc(func(ctx context.Context, narrow exchange.Tx, a exchange.Arrived) error {
		tx, ok := narrow.(eraseTx)
		if !ok {
			return fault.New(fault.Internal, "node.wiring")
		}
		if a.Control.Kind == envelope.Message {
			t, err := tx.Thread(ctx, a.Control.Thread, a.Control.ToDesk)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			if again, err := tx.Erased(ctx, exchange.ErasureKind, string(a.Envelope.ID)); err != nil {
				return err
			} else if again && t.Erased { // nobody writes into an erased thread, but this was written before
				return n.Exchange.EraseAgain(ctx, tx, a.Envelope.ID, n.now().Add(keysKept))
			}
		}
		if err := h.Receive(ctx, narrow, a); err != nil || !a.Envelope.HasContent() {
			return err
		}
		if a.Control.Kind == envelope.Message {
			gone, err := tx.Erased(ctx, message.ErasureKind, string(a.Control.Thread))
			if err != nil || !gone {
				return err
			}
			return n.Messages.EraseIn(ctx, tx, a.Control.Thread)
		}
		r, err := lateEnd(ctx, tx, exchange.Late{Peer: a.Envelope.Header.From, Control: a.Control})
		if err != nil {
			return err
		}
		gone, err := tx.Erased(ctx, referral.ErasureKind, lateObject(r))
		if err != nil || !gone {
			return err
		}
		for _, kind := range []string{referral.TaskBundle, referral.TaskWords} {
			if _, err := n.Tasks.DropIn(ctx, tx, lateObject(r), kind); err != nil {
				return err
			}
		}
		return n.Referrals.EraseAgainIn(ctx, tx, lateObject(r))
	})
}
