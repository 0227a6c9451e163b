package store_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
	"github.com/opentrm/opentrm/internal/webhook"
)

// What changes at a desk to which somebody listens is noted in the transaction of the change, once for each change of a state, in order; at another desk,
// where nobody has agreed yet, and where a change is undone, nothing is.
func TestWebhookNotesWhatChanges(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		do := func(all ...string) {
			t.Helper()
			if err := store.Writer[raw](db)(ctx, did("x"), func(tx raw) error {
				for _, q := range all {
					if err := tx.Exec(ctx, q); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		noted := func() string {
			t.Helper()
			var out []string
			if err := store.Writer[webhook.Tx](db)(ctx, did("x"), func(tx webhook.Tx) error {
				all, err := tx.WebhookChanges(ctx, 100)
				for _, c := range all {
					out = append(out, strings.Join([]string{string(c.Desk), c.Noun, c.Object, c.Was, c.Turned}, " "))
					err = tx.DropWebhookChanges(ctx, c.Place)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return strings.Join(out, "; ")
		}
		if err := store.Writer[webhook.Tx](db)(ctx, did("x"), func(tx webhook.Tx) error {
			return tx.AddWebhook(ctx, webhook.Hook{ID: "h-1", Desk: "d1", State: webhook.Proposed})
		}); err != nil {
			t.Fatal(err)
		}
		task := func(name, at string) string {
			return `INSERT INTO task (id, desk, user_id, realm, kind, object, reference, urgent, remind, due, chain, step, reminded, deputy, coordinator, state, made, ended, next, version) VALUES ('` + name + `', '` + at + `', '', 'assistance', 'k', 'o', 'ref', FALSE, 0, 0, '[]', 0, 0, '', '', 'open', 5, 0, 0, 1)`
		}
		do(task("t0", "d1"))
		if got := noted(); got != "" {
			t.Errorf("before anybody agreed: %s", got)
		}
		do(`UPDATE webhook SET state = 'active' WHERE id = 'h-1'`)
		for _, c := range []struct{ do, want string }{
			{task("t1", "d1"), "d1 task t1  made"},
			{task("t2", "d2"), ""},
			{`UPDATE task SET reminded = 7, version = 2 WHERE desk <> ''`, "d1 task t0 open due; d1 task t1 open due"},
			{`UPDATE task SET version = 3, reminded = 7 WHERE id = 't1'`, ""},
			{`UPDATE task SET step = 1, reminded = 8, deputy = 'd1' WHERE id = 't2'`, "d1 task t2 open breached"},
			{`UPDATE task SET step = 2, reminded = 8, coordinator = 'd3' WHERE id = 't1'`, "d1 task t1 open breached"},
			{`UPDATE task SET step = 0 WHERE id = 't1'`, ""},
			{`UPDATE task SET state = 'done' WHERE id = 't1' OR id = 't2'`, "d1 task t1 open done"},
			{`INSERT INTO case_file (id, reference, person, desk, realm, state, age_class, asylum, origins, status, grade, assessed, review, owner, opened, closed, closure, action, version) VALUES ('c1', 'r1', 'p1', 'd1', 'assistance', 'open', 'adult', FALSE, '', '', '', 0, 0, 'u', 1, 0, '', '', 1), ('c2', 'r2', 'p2', 'd2', 'assistance', 'open', 'adult', FALSE, '', '', '', 0, 0, 'u', 1, 0, '', '', 1)`, "d1 case c1  open"},
			{`UPDATE case_file SET status = 'x', state = 'open', desk = desk`, ""},
			{`UPDATE case_file SET desk = 'd2' WHERE id = 'c1'`, "d1 case c1 open left"},
			{`UPDATE case_file SET state = 'closed'`, ""},
			{`UPDATE case_file SET desk = 'd1' WHERE id = 'c1'`, "d1 case c1 closed came"},
			{`UPDATE case_file SET state = 'erased' WHERE id = 'c1'`, "d1 case c1 closed erased"},
			{`INSERT INTO referral (id, desk, side, peer_member, peer_desk, peer_kind, keeper, realm, case_id, owner, person_id, record, reference, status, urgent, kind, basis, consent, override, bundle, continues, frozen, arrived, made, since, due, expires, version) VALUES ('f1', 'd1', 'sender', 'MD', 'd', 'node', '', 'assistance', '', '', '', '', 'ref', 'draft', FALSE, '', '', '', FALSE, '', '', FALSE, FALSE, 1, 1, 0, 0, 1), ('f1', 'd2', 'receiver', 'MK', 'd', 'node', '', 'assistance', '', '', '', '', 'ref', 'draft', FALSE, '', '', '', FALSE, '', '', FALSE, FALSE, 1, 1, 0, 0, 1)`, "d1 referral f1  draft"},
			{`UPDATE referral SET status = 'sent', version = 2`, "d1 referral f1 draft sent"},
			{`UPDATE referral SET status = 'sent', urgent = TRUE`, ""},
			{`INSERT INTO case_return (id, case_id, desk, country, state, maker, made, decided, interest, second, consent, space, record, assessor, assessed, signer, signed, red, referral, departed, arrived, point, reason, ended, version, peer, thread) VALUES ('b1', 'c1', 'd1', 'MD', 'proposed', 'u', 1, 0, 0, '', '', '', '', '', 0, '', 0, FALSE, '', 0, 0, 0, '', 0, 1, '', '')`, "d1 return b1  proposed"},
			{`UPDATE case_return SET state = 'stopped'`, "d1 return b1 proposed stopped"},
			{`INSERT INTO intake_run (id, kind, source, user_id, desk, dry, reading, began, ended, taken, known, refused) VALUES ('i1', 'k', 's', 'u', 'd1', FALSE, '', 1, 0, 0, 0, 0), ('i2', 'k', 's', 'u', 'd1', TRUE, '', 1, 0, 0, 0, 0)`, ""},
			{`UPDATE intake_run SET ended = 5, taken = 1`, "d1 import i1  ended"},
			{`UPDATE intake_run SET ended = 6`, ""},
		} {
			do(c.do)
			if got := noted(); got != c.want {
				t.Errorf("%s\nnoted %q, want %q", c.do, got, c.want)
			}
		}
		if err := store.Writer[raw](db)(ctx, did("x"), func(tx raw) error {
			if err := tx.Exec(ctx, task("t9", "d1")); err != nil {
				return err
			}
			return errors.New("broken")
		}); err == nil {
			t.Error("it was kept")
		}
		if got := noted(); got != "" {
			t.Errorf("of what was undone: %s", got)
		}
		do(`UPDATE webhook SET state = 'removed'`, task("t8", "d1"))
		if got := noted(); got != "" {
			t.Errorf("for a hook that is removed: %s", got)
		}
	})
}
