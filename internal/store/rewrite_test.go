package store_test

import (
	"context"
	"testing"

	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

func TestPlaceholdersAreNumbered(t *testing.T) {
	for in, want := range map[string]string{
		"SELECT 1":                                "SELECT 1",
		"SELECT $1, $12 WHERE a=$2":               "SELECT ?1, ?12 WHERE a=?2",
		"-- name: X $1 :one\nSELECT $1":           "-- name: X $1 :one\nSELECT ?1",
		"SELECT '$1', 'it''s $2', \"a$1\", $1":    "SELECT '$1', 'it''s $2', \"a$1\", ?1",
		"/* $1 */ SELECT $1 -- $2":                "/* $1 */ SELECT ?1 -- $2",
		"SELECT a$1, $a, $, $1":                   "SELECT a$1, $a, $, ?1",
		"SELECT 'open $1":                         "SELECT 'open $1",
		"INSERT INTO t VALUES ($1,$2),($3,$4)":    "INSERT INTO t VALUES (?1,?2),(?3,?4)",
		"SELECT CAST($1 AS TEXT)||$1, 5-$2, 5--1": "SELECT CAST(?1 AS TEXT)||?1, 5-?2, 5--1",
	} {
		if got := store.Numbered(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// Arguments out of order are what the rewriter is for: by default SQLite counts them as they appear.
func TestArgumentsGoWhereTheirNumberSays(t *testing.T) {
	type raw interface {
		settings
		Exec(ctx context.Context, query string, args ...any) error
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		err := store.Writer[raw](db)(ctx, did("x"), func(tx raw) error {
			return tx.Exec(ctx, "INSERT INTO setting (value, name) VALUES ($2, $1)", "name", []byte("value"))
		})
		if err != nil {
			t.Fatal(err)
		}
		err = store.Reader[settings](db)(ctx, func(tx settings) error {
			v, err := tx.Setting(ctx, "name")
			if string(v) != "value" {
				t.Errorf("name holds %q", v)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkNumbered(b *testing.B) {
	for b.Loop() {
		store.Numbered("INSERT INTO audit_payload (place, salt, data) VALUES ($1, $2, $3)")
	}
}
