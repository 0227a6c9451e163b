package engine_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/opentrm/opentrm/internal/store/internal/engine"
)

// Pages that leave the cache in the middle of a transaction are held back with others of the log. If the disk is full when they
// are handed on, since somebody reads or writes more, they are given up: then the transaction is too, not only the statement.
func TestAFullDiskUndoesAllThatWasGivenUp(t *testing.T) {
	c := engine.Config{Key: bytes.Repeat([]byte{1}, engine.KeySize)}
	const insert = "WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO t SELECT i, randomblob(300) FROM n"
	for _, last := range []string{"INSERT INTO t SELECT a + 10000, randomblob(300) FROM t WHERE a < 40", fmt.Sprintf(insert, 2000, 6000)} {
		for round := range 5 {
			c.Path = filepath.Join(t.TempDir(), "crowded.db")
			var full atomic.Bool
			db, err := engine.Crowded(c, &full)
			if err != nil {
				t.Fatal(err)
			}
			db.SetMaxOpenConns(1)
			do := func(q string) error {
				_, err := db.ExecContext(t.Context(), q)
				return err
			}
			for _, q := range []string{"CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB)", "BEGIN", fmt.Sprintf(insert, 1, 400+37*round)} {
				if err := do(q); err != nil {
					t.Fatal(err)
				}
			}
			full.Store(true)
			failed := do(last)
			full.Store(false)
			if committed := do("COMMIT"); failed == nil || committed == nil {
				t.Errorf("round %d: after %v the commit ended with %v", round, failed, committed)
			}
			if err := do(fmt.Sprintf(insert, 1, 50)); err != nil {
				t.Errorf("round %d: the next: %v", round, err)
			}
			var whole string
			if err := db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&whole); err != nil || whole != "ok" {
				t.Errorf("round %d: the file is %.80q, %v", round, whole, err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
