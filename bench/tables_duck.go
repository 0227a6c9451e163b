//go:build duckdb

package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2"
)

// duck counts the same tables with DuckDB on one thread, and compares the numbers.
func duck(ctx context.Context, path string, cells int, sum uint64, measure func(string, func() error) error) error {
	db, err := sql.Open("duckdb", "?threads=1")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := measure("DuckDB: read the same from CSV", func() error {
		_, err := db.ExecContext(ctx, "CREATE TABLE t AS SELECT * FROM read_csv('"+strings.ReplaceAll(path, "'", "''")+"', all_varchar = true)")
		return err
	}); err != nil {
		return err
	}
	n := len(tableSizes())
	var columns []string // as codes of one byte, in which it counts fastest; making them is not measured
	for c := range n {
		columns = append(columns, fmt.Sprintf("replace(c%d, 'value-', '')::UTINYINT AS c%d", c, c))
	}
	if _, err := db.ExecContext(ctx, "CREATE TABLE u AS SELECT "+strings.Join(columns, ", ")+" FROM t"); err != nil {
		return err
	}
	return measure("DuckDB: all tables of 3 columns, of codes of one byte", func() error {
		all, squares := 0, uint64(0)
		for a := range n {
			for b := a + 1; b < n; b++ {
				for c := b + 1; c < n; c++ {
					var k int
					var s uint64
					query := fmt.Sprintf("SELECT count(*), sum(n * n)::UBIGINT FROM (SELECT count(*) AS n FROM u GROUP BY c%d, c%d, c%d)", a, b, c)
					if err := db.QueryRowContext(ctx, query).Scan(&k, &s); err != nil {
						return err
					}
					all += k
					squares += s
				}
			}
		}
		if all != cells || squares != sum {
			return fmt.Errorf("%d cells and %d squares, ours %d and %d", all, squares, cells, sum)
		}
		return nil
	})
}
