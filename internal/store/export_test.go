package store

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5/stdlib"
)

// Numbered is for tests.
func Numbered(query string) string { return numbered(query) }

// Exec runs any statement with the rights of the application, as an attacker in it would.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) error {
	_, err := tx.s.ExecContext(tx.ctx, query, args...)
	return explain(errors.Join(err, ctx.Err()))
}

// Tables is for tests.
func (db *DB) Tables(class Class) []string {
	var names []string
	for _, t := range db.tables {
		if t.class == class {
			names = append(names, t.name)
		}
	}
	return names
}

// Broken ends the connection that writes, as a server that was restarted does.
func (tx *Tx) Broken() error {
	return tx.s.conn.Raw(func(c any) error {
		if pg, ok := c.(*stdlib.Conn); ok {
			return pg.Conn().Close(tx.ctx)
		}
		return driver.ErrBadConn
	})
}

// RealTables returns the tables that the engine has.
func (db *DB) RealTables(ctx context.Context) ([]string, error) {
	query := "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if db.engine == Postgres {
		query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
	}
	var names []string
	err := db.snapshot(ctx, func(tx *Tx) error {
		found, err := tx.s.QueryContext(ctx, query)
		if err != nil {
			return err
		}
		for found.Next() {
			var name string
			err = errors.Join(err, found.Scan(&name))
			names = append(names, name)
		}
		return errors.Join(err, found.Err(), found.Close())
	})
	return names, err
}
