package store_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
	"github.com/opentrm/opentrm/internal/task"
)

// beforeFewPages is the version before that by which tables were made anew.
const beforeFewPages = 590

// plant writes, as that version wrote it, into every table that was made anew or has another index since.
func plant(ctx context.Context, db *store.DB) error {
	return store.Writer[raw](db)(ctx, did("planted"), func(tx raw) error {
		for _, q := range []string{
			`INSERT INTO thread VALUES ('t1', 'склониште', 'assistance', 'MD', 'd2', 'a', 'r1', 'ref', 5, 6, FALSE, 7), ('t1', 'd2', 'office', 'MK', 'd1', 'b', '', 'ref', 5, 6, TRUE, 1)`,
			`INSERT INTO thread_box VALUES ('t1', 'склониште', 1099511627777, 'sealed')`,
			`INSERT INTO message VALUES ('m1', 'склониште', 't1', TRUE, 'queued', '', 'e1', '', 'ana', TRUE, 8, 0, 'copy', 1), ('m2', 'склониште', 't1', FALSE, 'sealed', '', 'e2', 'k1', '', FALSE, 9, 0, '', 1)`,
			`INSERT INTO task VALUES ('k1', 'd1', 'ana', 'assistance', 'read', 'm2', 'ref', TRUE, 0, 0, '[]', 0, 0, '', '', 'open', 5, 0, 0, 3), ('k2', 'd1', '', 'assistance', 'read', 'm2', 'ref', FALSE, 0, 0, '[]', 0, 0, '', '', 'done', 5, 6, 0, 4)`,
			`INSERT INTO notice VALUES ('n1', 'd1', 'ana', 'new-work', 'ref', 'k1', 5, TRUE, 'queued', 2, 7, 3), ('n2', 'd1', '', 'new-work', 'ref', 'k2', 5, FALSE, 'told', 1, 7, 2)`,
			`INSERT INTO exchange_out (id, recipient, kind, thread, side, seq, consent, from_desk, from_realm, to_desk, to_realm, basis, state, content, created, expires, next_try, lease, attempts, receipt, immediate)
				VALUES ('e1', 'MD', 'message', 't1', 'a', 2, '', 'склониште', 'assistance', 'd2', 'assistance', 'b', 'delivered', TRUE, 8, 99, 8, 0, 1, 'said', TRUE),
				('e0', 'MD', 'message', 't1', 'a', 2, '', 'd1', 'assistance', 'd2', 'assistance', 'b', 'replaced', TRUE, 7, 99, 7, 0, 1, 'no', FALSE)`,
			`INSERT INTO exchange_out_body VALUES ('e1', 'sealed out')`,
			`INSERT INTO exchange_out_receipt VALUES ('e1', 'x1', 10, 'said'), ('e1', 'x0', 9, 'before')`,
			`INSERT INTO exchange_in (id, sender, kind, thread, side, seq, replaces, consent, desk, content, state, roster, received, receipt, latest)
				VALUES ('e2', 'MD', 'message', 't1', 'b', 1, '', 'c1', 'd1', TRUE, 'done', 3, 9, 'first', 'latest'),
				('e3', 'MD', 'message', 't1', 'b', 1, '', '', 'd1', FALSE, 'refused', 3, 8, 'first', 'first')`,
			`INSERT INTO exchange_in_body VALUES ('e2', 'sealed in')`,
		} {
			if err := tx.Exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
}

type everything interface {
	message.Tx
	notify.Tx
	task.Tx
}

// dug looks for what [plant] wrote.
func dug(t *testing.T, db *store.DB) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	must(store.Reader[everything](db)(ctx, func(tx everything) error {
		ends, err := tx.Ends(ctx, "t1")
		must(err)
		if len(ends) != 2 || ends[1].Desk != "склониште" || string(ends[1].Box.Sealed) != "sealed" || ends[1].Box.Generation != 1<<40+1 || ends[1].Version != 7 || !ends[0].Erased {
			t.Errorf("threads: %+v", ends)
		}
		all, err := tx.Messages(ctx, "t1", "склониште", 0, "", 9)
		must(err)
		if len(all) != 2 || all[0].State != message.Delivered || string(all[0].Body) != "copy" || all[1].State != message.Sealed {
			t.Errorf("messages: %+v", all)
		}
		sent, err := tx.MessageSent(ctx, "t1", "склониште", "e1")
		must(err)
		if sent.ID != "m1" || !sent.Urgent {
			t.Errorf("what an envelope carries: %+v", sent)
		}
		open, err := tx.OpenTasks(ctx, "m2", "")
		must(err)
		if len(open) != 1 || open[0].ID != "k1" || !open[0].Urgent || open[0].Version != 3 {
			t.Errorf("open tasks: %+v", open)
		}
		done, err := tx.Task(ctx, "k2")
		must(err)
		if done.State != task.Done || done.Ended != 6 {
			t.Errorf("a task: %+v", done)
		}
		due, err := tx.DueNotices(ctx, 9, 9)
		must(err)
		if len(due) != 1 || due[0].ID != "n1" || due[0].Attempts != 2 || !due[0].Urgent {
			t.Errorf("notices: %+v", due)
		}
		o, err := tx.Out(ctx, "e1")
		must(err)
		if o.State != exchange.OutDelivered || !o.Immediate || string(o.Bytes) != "sealed out" || string(o.Receipt) != "said" || o.Rule.From.Desk != "склониште" {
			t.Errorf("outbox: %+v", o)
		}
		receipts, err := tx.ReceiptsOf(ctx, "e1")
		must(err)
		if string(bytes.Join(receipts, []byte(","))) != "before,said" {
			t.Errorf("receipts: %s", receipts)
		}
		rows, err := tx.OutOf(ctx, "t1")
		must(err)
		since, err := tx.OutSince(ctx, "MD", 9, "", 9)
		must(err)
		if len(rows) != 2 || len(since) != 1 || since[0].ID != "e1" {
			t.Errorf("of a thread: %+v, since: %+v", rows, since)
		}
		in, err := tx.In(ctx, "e2")
		must(err)
		if in.State != exchange.InDone || string(in.Bytes) != "sealed in" || string(in.Receipt) != "first" || string(in.Last) != "latest" {
			t.Errorf("inbox: %+v", in)
		}
		at, err := tx.InAt(ctx, "MD", "t1", "b", 1)
		must(err)
		if len(at) != 2 || at[0].ID != "e3" || string(at[0].Last) != "first" || at[0].Bytes != nil {
			t.Errorf("at a place: %+v", at)
		}
		under, err := tx.InUnder(ctx, "MD", "c1")
		must(err)
		if !under {
			t.Error("what came under a consent is forgotten")
		}
		return nil
	}))
}

// A place of a side is given once, unless what had it was replaced.
func TestAPlaceIsGivenOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		write := store.Writer[everything](db)
		add := func(e id.Envelope, seq int64, state exchange.OutState) error {
			return write(ctx, did(string(e)), func(tx everything) error {
				return tx.AddOut(ctx, exchange.Out{ID: e, To: "MD", Kind: envelope.Message, Thread: "t1", Side: "a", Seq: seq, State: state})
			})
		}
		for _, c := range []struct {
			id    id.Envelope
			seq   int64
			state exchange.OutState
			taken bool
		}{
			{"e1", 1, exchange.OutReplaced, false},
			{"e2", 1, exchange.OutQueued, false},
			{"e3", 1, exchange.OutQueued, true},
			{"e4", 2, exchange.OutQueued, false},
			{"e5", 2, exchange.OutReplaced, false},
		} {
			err := add(c.id, c.seq, c.state)
			if c.taken {
				assertFault(t, string(c.id), err, fault.Conflict, "store.unique")
			} else if err != nil {
				t.Errorf("%s: %v", c.id, err)
			}
		}
	})
}

// The bytes of what arrived had a table of their own: a dump of that time is taken, and they are found.
func TestADumpOfAnOlderSchemaIsTaken(t *testing.T) {
	storetest.RunEmpty(t, func(t *testing.T, c store.Config) {
		old := storetest.Open(t, c.UpTo(beforeFewPages))
		if err := plant(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		for _, younger := range []string{
			"exchange_out_bytes", "directory", "directory_box", "directory_capacity", "directory_offer", "directory_named", "notice_browser", "access_day", "access_alert", "case_opening",
			"fact_unnamed", "fact_snapshot",
			"search_index", "search_hold", "search_entry", "search_segment", "search_mask", "search_made", "search_hit", "case_return",
			"profile_retention", "intake_run", "intake_row", "published",
			"profile_retention", "retention_hold", "retention_purge", "case_link", "webhook", "case_transfer", "case_merge", "case_apart", "fact_help", "joint", "joint_box", "lookup_piece", "count_run", "count_said", "count_part", "count_own", "count_spent", "count_share", "lookup_question", "lookup_heard", "lookup_log", "lookup_tag", "lookup_enrolled", "lookup_hit", "lookup_demand", "lookup_opening", "case_conference", "case_conference_seat", "webhook_change", "webhook_item", "processing_restriction", "restriction_reason", "case_unsorted", "service_account", "passkey", "challenge_spent", "second_step", "own_view", "own_withdrawal", "device", "device_draft", "identity", "desk_absence", "cooperation", "cooperation_box", "cooperation_event", "cooperation_release", "cooperation_office", "cooperation_office_box", "region_release", "region_ledger", "docket", "docket_box", "docket_peer", "docket_entry", "docket_out", "publication_home",
		} {
			old.Without(younger)
		}
		content, keys := dump(t, old)
		db := storetest.Open(t, storetest.Config(t))
		if err := db.Load(t.Context(), bytes.NewReader(content), bytes.NewReader(keys)); err != nil {
			t.Fatal(err)
		}
		dug(t, db)
		again, _ := dump(t, db)
		for _, b := range []string{"sealed in", "sealed out"} {
			if n := bytes.Count(again, []byte(b)); n != 1 {
				t.Errorf("the bytes of an envelope stand %d times in the next dump", n)
			}
		}
	})
}

// The row of the head is written with each full block, and what came since is told by the payloads: to whoever opens the
// database next, to another process that writes in turn, and after payloads were erased. The payloads that tell it stay.
func TestTheEndOfTheLogIsFoundWithoutItsHead(t *testing.T) {
	storetest.RunEmpty(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		type eraser interface {
			audit.Eraser
			Exec(ctx context.Context, query string, args ...any) error
		}
		db, other := storetest.Open(t, c), storetest.Open(t, c)
		var written int64
		for n := range 41 {
			if err := set(ctx, store.Writer[settings]([]*store.DB{db, other}[n/3%2]), "a", "b"); err != nil {
				t.Fatal(err)
			}
			written++
			if _, size := logged(t, other); size != written {
				t.Fatalf("%d leaves after %d changes", size, written)
			}
		}
		for _, at := range []int64{40, 33} { // not in the head that is stored, unless another has seen to it
			q := fmt.Sprintf("DELETE FROM audit_payload WHERE place = %d", audit.At(1, at))
			err := store.Eraser[eraser](db)(ctx, did("x"), func(tx eraser) error { return tx.Exec(ctx, q) })
			if !fault.Is(err, fault.Denied) {
				t.Errorf("who erases may delete the only trace of a leaf: %v", err)
			}
		}
		err := store.Eraser[eraser](other)(ctx, did("erase"), func(tx eraser) error {
			n, err := tx.EraseAuditPayloads(ctx, []audit.Place{audit.At(1, 40)})
			if n != 1 {
				t.Errorf("%d payloads erased, want 1", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := set(ctx, store.Writer[settings](db), "a", "b"); err != nil {
			t.Fatal(err)
		}
		written += 2
		for _, d := range []*store.DB{db, storetest.Open(t, c)} {
			if entries, size := logged(t, d); size != written || len(entries) != int(written)-1 {
				t.Errorf("%d leaves and %d entries after %d changes", size, len(entries), written)
			}
		}
		err = store.Reader[audit.Reader](other)(ctx, func(tx audit.Reader) error {
			r, err := audit.Verify(ctx, tx, audit.Options{Member: "MK"})
			if r.Wrong != 0 || r.Leaves != written {
				t.Errorf("verified: %+v", r)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
