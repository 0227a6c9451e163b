//go:build !duckdb

package main

import "context"

// duck does nothing: DuckDB needs cgo, and is measured with -tags duckdb.
func duck(context.Context, string, int, uint64, func(string, func() error) error) error { return nil }
