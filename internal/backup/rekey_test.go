package backup_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// rekey gives a case new keys, or goes on with it, and returns how many of at most limit records are left.
func (n *node) rekey(c id.Case, limit int) (left int) {
	n.net.t.Helper()
	ctx, ana := n.net.t.Context(), n.people["ana"]
	n.net.must(n.keys.Write(ctx, audit.Did(ana.Actor, access.RekeyCase, string(c)).In(c), func(tx keyring.Tx) error {
		k, err := n.keys.OpenCaseIn(ctx, tx, ana, c)
		if err != nil {
			return err
		}
		if !k.Rekeying() {
			if err := k.RekeyIn(ctx, tx, ana); err != nil {
				return err
			}
		}
		left, err = k.ResealIn(ctx, tx, limit, "", func(keyring.Record) ([]byte, error) { return nil, nil })
		return err
	}))
	return left
}

// A case with new keys comes back from what was backed up before, during and after; and content of before does not
// open with keys of afterwards, as the runbook says (docs/runbook/rotate-keys.md).
func TestRekeyedCaseComesBackFromABackup(t *testing.T) {
	w := newNet(t, "MD", "MK")
	mk := w.nodes["MK"]
	c := id.Ordered[id.Case](id.Maker{})
	r := mk.keep(c)
	before := mk.make()
	w.pass(time.Minute)
	if left := mk.rekey(c, 0); left != 1 {
		t.Fatalf("%d are left, want 1", left)
	}
	during := mk.make()
	w.pass(time.Minute)
	if left := mk.rekey(c, 1); left != 0 {
		t.Fatalf("%d are left, want 0", left)
	}
	after := mk.make()
	for what, x := range map[string]struct {
		from archives
		want string
	}{
		"before":                                {before, name},
		"during":                                {during, name},
		"content of before, keys of the middle": {archives{before.content, during.keys}, name},
		"after":                                 {after, name},
		"content of before, keys of afterwards": {archives{before.content, after.keys}, ""},
	} {
		t.Run(what, func(t *testing.T) {
			mk.empty()
			_, err := mk.Restore(t.Context(), operator(), x.from.from())
			w.must(err)
			if got, err := mk.read(c, r); got != x.want {
				t.Errorf("the case reads %q (%v)", got, err)
			}
			if x.want == "" {
				return
			}
			for mk.rekey(c, 1) != 0 { // goes on, or begins again
			}
			if got, err := mk.read(c, r); got != name {
				t.Errorf("and then %q (%v)", got, err)
			}
		})
	}
}
