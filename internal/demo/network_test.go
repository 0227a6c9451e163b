package demo_test

import (
	"path/filepath"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/store"
)

func TestANetworkIsFoundedAndItsSheetsSpread(t *testing.T) {
	w, err := demo.Found(t.Context(), demo.Plan{
		Dir: filepath.Join(t.TempDir(), "net"), Members: []id.Member{"MD", "MK", "RO"}, Peer: "127.0.0.1:0",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	for range 6 {
		if err := w.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range w.Members() {
		n := w.Countries[m].Node
		for _, of := range w.Members() {
			var sheet member.HeldSheet
			err := store.Reader[member.Tx](n.DB)(t.Context(), func(tx member.Tx) (err error) {
				sheet, err = member.SheetOf(t.Context(), tx, of)
				return err
			})
			if err != nil {
				t.Errorf("%s has no desk sheet of %s: %v", m, of, err)
				continue
			}
			if _, ok := sheet.Signed.Sheet.Find("shelter"); !ok {
				t.Errorf("%s does not know the shelter of %s", m, of)
			}
		}
		if ready, err := n.Keyring.Ready(t.Context()); err != nil || !ready {
			t.Errorf("%s: the recovery drill has not passed: %v", m, err)
		}
		if by, err := w.Countries[m].As(t.Context(), "shelter"); err != nil || by.Role != access.CaseManager {
			t.Errorf("%s: %v, %v", m, by, err)
		}
	}
}
