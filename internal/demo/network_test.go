package demo_test

import (
	"context"
	"net/http"
	"path/filepath"
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/store"
)

func TestANetworkIsFoundedAndItsSheetsSpread(t *testing.T) {
	w, err := demo.Found(t.Context(), demo.Plan{
		Dir: filepath.Join(t.TempDir(), "net"), Members: []id.Member{"MD", "MK", "RO"}, Peer: "127.0.0.1:0", People: "127.0.0.1:0",
		Whole: []id.Member{"MK"},
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

// A link for each role leads in without typing; a link for nobody leads nowhere.
func TestALinkLeadsIn(t *testing.T) {
	w, err := demo.Found(t.Context(), demo.Plan{
		Dir: filepath.Join(t.TempDir(), "net"), Members: []id.Member{"MK"}, People: "127.0.0.1:0", Whole: []id.Member{"MK"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Countries["MK"].Node.Work.Run(ctx) }()
	defer func() {
		end()
		if err := <-ended; err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	}()
	links := w.Countries["MK"].Links()
	for _, role := range access.Roles()[:slices.Index(access.Roles(), access.TheNode)] {
		if links[role] == "" {
			t.Errorf("no link for the %s", role)
		}
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for role, link := range links {
		answer, err := client.Get(link)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil {
			t.Error(err)
		}
		session := slices.IndexFunc(answer.Cookies(), func(c *http.Cookie) bool { return c.Name == "__Host-trm" })
		if answer.StatusCode != http.StatusSeeOther || session < 0 {
			t.Fatalf("%s: %s leads to %d with %v", role, link, answer.StatusCode, answer.Cookies())
		}
		by, _, err := w.Countries["MK"].Node.Signin.Resume(t.Context(), answer.Cookies()[session].Value)
		if err != nil || by.Role != role {
			t.Errorf("%s leads to %s: %v", link, by.Role, err)
		}
	}
}
