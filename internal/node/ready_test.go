package node_test

import (
	"context"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/signin"
)

// TestOnlyDemoDataBeforeTheDrill: on a real node nobody is written down before two officers have shown that what is
// lost can be recovered.
func TestOnlyDemoDataBeforeTheDrill(t *testing.T) {
	c := birth(t)
	n, err := node.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	console := access.Console("MD")
	users, bearers := map[string]id.User{}, map[string]keyring.Bearer{}
	words := "seven purple teapots sing"
	for login, office := range map[string][]access.Role{
		"oto": {access.Auditor}, "dora": {access.DataProtectionOfficer}, "ilse": {access.NationalCoordinator}, "ana": nil,
	} {
		user, link, err := n.Signin.Invite(t.Context(), console, signin.Invitee{Login: login, Name: login, Office: office, Language: "en", Zone: "UTC"})
		must(err)
		_, _, err = n.Signin.Enrol(t.Context(), link, words)
		must(err)
		users[login] = user
	}
	must(n.Keyring.Enrol(t.Context(), console, []id.User{users["oto"], users["dora"], users["ilse"]}))
	must(n.Keyring.Found(t.Context(), console, keyring.Founding{First: users["ana"], Role: access.CaseManager, Desk: desk.Desk{
		ID: "shelter", Organisation: "office", Kind: desk.AtNode, Realm: access.Assistance, Sector: desk.Unsaid(access.Assistance), Function: "desk.function.shelter", Zone: "UTC",
		Languages: []string{"en"}, Competence: []string{}, VerifiedOn: frame.At(time.Now()),
	}}))
	for login := range users {
		in, err := n.Signin.SignIn(t.Context(), login, words, "127.0.0.0")
		must(err)
		bearers[login], _, err = n.Signin.Resume(t.Context(), in.Secret)
		must(err)
	}
	if _, err := n.Cases.Open(t.Context(), bearers["ana"], casefile.Opening{}); key(err) != "node.demo-only" {
		t.Fatalf("before the drill: %v", err)
	}
	table := intake.Order{Kind: intake.Cases, Columns: []string{"First Name"}}
	if _, err := n.Intake.Begin(t.Context(), bearers["ana"].Actor, table); key(err) != "node.demo-only" {
		t.Fatalf("an import before the drill: %v", err)
	}
	must(n.Keyring.OfferShare(t.Context(), bearers["oto"], users["dora"]))
	must(n.Keyring.Drill(t.Context(), bearers["dora"]))
	if _, err := n.Cases.Open(t.Context(), bearers["ana"], casefile.Opening{}); err != nil {
		t.Errorf("after the drill: %v", err)
	}
	if _, err := n.Intake.Begin(t.Context(), bearers["ana"].Actor, table); err != nil {
		t.Errorf("an import after the drill: %v", err)
	}
}
