package exchange_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

func newKEM() seal.KEMPrivate { return seal.NewKEM(nil) }

func at(t time.Time) frame.Time { return frame.At(t) }

func block(m id.Member) member.Block { return member.Block{Member: m, Reason: "test", Since: 1} }

// clone closes a node's database, copies it and opens it again.
func clone(t *testing.T, n *node) store.Config {
	t.Helper()
	if err := n.db.Close(); err != nil {
		t.Fatal(err)
	}
	old := storetest.Copy(t, n.config)
	n.open()
	return old
}

// restore puts an older copy of the database in place.
func restore(t *testing.T, n *node, old store.Config) {
	t.Helper()
	if err := n.db.Close(); err != nil {
		t.Fatal(err)
	}
	n.config = old
	n.open()
}

// newWorldLike is a second node with the same name and keys and no memory: what a restored node without a
// resync would be. It has no sheet of the members without.
func newWorldLike(n *node, without ...id.Member) *node {
	n.w.t.Helper()
	twin := &node{
		w: n.w, envelope: n.envelope, authority: n.authority, control: n.control, intake: n.intake, court: n.court,
		config: storetest.Config(n.w.t),
	}
	twin.wire(n.Self)
	twin.open()
	n.w.join(twin)
	twin.takeSheet(n.sheet(1))
	for _, m := range n.w.names() {
		if !slices.Contains(without, m) && m != n.Self {
			twin.takeSheet(n.w.nodes[m].sheet(1))
		}
	}
	return twin
}

func proposeNext(w *world, next member.Roster) (member.Signed, error) {
	r, err := member.Propose(&w.roster.Roster, next, frame.At(w.clock.Now()))
	if err != nil {
		return member.Signed{}, err
	}
	return w.sign(r), nil
}

func (n *node) takeRoster(s member.Signed) {
	n.w.t.Helper()
	n.write(func(ctx context.Context, tx exchange.Tx) error {
		_, _, err := member.Take(ctx, tx, s, frame.At(n.w.clock.Now()))
		return err
	})
}

func (n *node) rosterVersion() (v int64) {
	n.w.t.Helper()
	n.read(func(ctx context.Context, tx exchange.Tx) error {
		h, err := member.InForce(ctx, tx)
		v = h.Signed.Roster.Version
		return err
	})
	return v
}

func (n *node) sheetVersion(m id.Member) (v int64) {
	n.w.t.Helper()
	n.read(func(ctx context.Context, tx exchange.Tx) error {
		h, err := member.SheetOf(ctx, tx, m)
		v = h.Signed.Sheet.Version
		return err
	})
	return v
}

func (n *node) closed() (closed bool) {
	n.w.t.Helper()
	n.read(func(ctx context.Context, tx exchange.Tx) (err error) {
		closed, err = tx.Closed(ctx)
		return err
	})
	return closed
}
