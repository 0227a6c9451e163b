package store_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// What the runbook tells the administrator of a server to run is enough for a node and gives nobody else a way in.
func TestTheRunbookMakesADatabaseForANode(t *testing.T) {
	admin := storetest.Server(t)
	storetest.Postgres(t) // the two roles belong to the server and are there
	page, err := os.ReadFile("../../docs/runbook/postgres.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "```sql\n")
	text, _, found := strings.Cut(text, "```")
	statements := strings.Split(strings.TrimSpace(text), "\n")
	roles := []string{"CREATE ROLE opentrm_app NOLOGIN;", "CREATE ROLE opentrm_erase NOLOGIN;"}
	if !found || len(statements) < 3 || statements[0] != roles[0] || statements[1] != roles[1] {
		t.Fatalf("the runbook begins with %q", statements)
	}
	unique := "trm_" + string(id.Random[id.Job](id.Maker{}))
	own := strings.NewReplacer("opentrm_owner", unique+"_owner", "opentrm_node", unique+"_node", "DATABASE opentrm", "DATABASE "+unique)
	for _, s := range statements[2:] {
		if err := store.AsAdmin(t.Context(), admin, own.Replace(s)); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	t.Cleanup(func() {
		for _, s := range []string{"DROP DATABASE " + unique + " WITH (FORCE)", "DROP ROLE " + unique + "_node", "DROP ROLE " + unique + "_owner"} {
			if err := store.AsAdmin(context.Background(), admin, s); err != nil {
				t.Error(err)
			}
		}
	})
	c := storetest.As(t, unique, unique+"_owner", unique+"_node")
	if err := set(t.Context(), store.Writer[settings](storetest.Open(t, c)), "a", "1"); err != nil {
		t.Error(err)
	}
	stranger := storetest.As(t, unique, unique+"_owner", "opentrm_test") // of another node on the same server
	if err := openOnce(t.Context(), stranger); err == nil {
		t.Error("another node's login opens the database")
	}
}

// ownedByItsNode returns a database with one login for everything, which may read where the database rests.
func ownedByItsNode(t *testing.T) store.Config {
	t.Helper()
	admin, server, name := storetest.Server(t), storetest.Dial(t), "trm_"+string(id.Random[id.Job](id.Maker{}))
	err := server.CreateLogin(t.Context(), name)
	if err == nil {
		err = server.CreateDatabase(t.Context(), name, name, name)
	}
	if err == nil {
		err = store.AsAdmin(t.Context(), admin, "GRANT pg_read_all_settings TO "+name)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.DropDatabase(context.Background(), name); err != nil {
			t.Error(err)
		}
		if err := store.AsAdmin(context.Background(), admin, "DROP ROLE "+name); err != nil {
			t.Error(err)
		}
	})
	return storetest.As(t, name, name, name)
}
