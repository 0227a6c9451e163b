package engine_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/store/internal/engine"
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
		if got := engine.Numbered(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func BenchmarkNumbered(b *testing.B) {
	for b.Loop() {
		engine.Numbered("INSERT INTO audit_payload (place, salt, data) VALUES ($1, $2, $3)")
	}
}
