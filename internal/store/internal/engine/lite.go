package engine

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/ncruces/go-sqlite3"
)

// What generated queries ask of SQLite, in the words of the PostgreSQL driver.

// bind gives a statement its argument with number n, from 1.
func bind(st *sqlite3.Stmt, n int, arg any) error {
	switch a := arg.(type) {
	case nil:
		return st.BindNull(n)
	case string:
		return st.BindText(n, a)
	case []byte:
		if a == nil {
			return st.BindNull(n)
		}
		if len(a) == 0 {
			return st.BindZeroBlob(n, 0)
		}
		return st.BindBlob(n, a)
	case int64:
		return st.BindInt64(n, a)
	case int32:
		return st.BindInt64(n, int64(a))
	case int:
		return st.BindInt(n, a)
	case bool:
		return st.BindBool(n, a)
	case float64:
		return st.BindFloat(n, a)
	}
	return fmt.Errorf("store: a %T is no argument", arg)
}

// release makes a statement ready for its next use and lets go of its arguments.
func release(st *sqlite3.Stmt, err error) error {
	return errors.Join(err, st.ClearBindings())
}

// tagged says how many rows a statement has changed.
func tagged(n int64) pgconn.CommandTag {
	switch n {
	case 0:
		return changedNone
	case 1:
		return changedOne
	}
	return pgconn.NewCommandTag("UPDATE " + strconv.FormatInt(n, 10))
}

var changedNone, changedOne = pgconn.NewCommandTag("UPDATE 0"), pgconn.NewCommandTag("UPDATE 1")

// liteRows is a result of SQLite.
type liteRows struct {
	s      *Session
	st     *sqlite3.Stmt
	err    error
	closed bool
}

var _ pgx.Rows = (*liteRows)(nil)

// Next goes to the next row, and ends the result behind the last one.
func (r *liteRows) Next() bool {
	if r.closed {
		return false
	}
	if r.st.Step() {
		return true
	}
	r.err = r.s.note(r.st.Err())
	r.Close()
	return false
}

// Scan reads the row.
func (r *liteRows) Scan(dest ...any) error {
	for i, d := range dest {
		if err := r.column(i, d); err != nil {
			r.err = err
			r.Close()
			return err
		}
	}
	return nil
}

func (r *liteRows) column(i int, dest any) error {
	switch d := dest.(type) {
	case *[]byte:
		raw := r.st.ColumnRawBlob(i)
		if *d = nil; len(raw) > 0 || r.st.ColumnType(i) != sqlite3.NULL {
			*d = make([]byte, len(raw))
			copy(*d, raw)
		}
		return nil
	case *string:
		*d = string(r.st.ColumnRawText(i))
		return r.given(i, *d == "")
	case *int64:
		*d = r.st.ColumnInt64(i)
		return r.given(i, *d == 0)
	case *int32:
		*d = int32(r.st.ColumnInt64(i))
		return r.given(i, *d == 0)
	case *int:
		*d = r.st.ColumnInt(i)
		return r.given(i, *d == 0)
	case *bool:
		*d = r.st.ColumnBool(i)
		return r.given(i, !*d)
	}
	return fmt.Errorf("store: nothing is read into a %T", dest)
}

// given fails if a column that was read as nothing has no value. SQLite is asked for the kind of a value only then: each question
// costs as much as the value.
func (r *liteRows) given(i int, nothing bool) error {
	if nothing && r.st.ColumnType(i) == sqlite3.NULL {
		return fmt.Errorf("store: column %s is NULL", r.st.ColumnName(i))
	}
	return nil
}

// Values returns the values of the row as int64, bool, float64, string, []byte or nil.
func (r *liteRows) Values() ([]any, error) {
	all := make([]any, r.st.ColumnCount())
	for i := range all {
		switch r.st.ColumnType(i) {
		case sqlite3.INTEGER:
			all[i] = r.st.ColumnInt64(i)
			if r.st.ColumnDeclType(i) == "BOOLEAN" {
				all[i] = r.st.ColumnBool(i)
			}
		case sqlite3.FLOAT:
			all[i] = r.st.ColumnFloat(i)
		case sqlite3.TEXT:
			all[i] = r.st.ColumnText(i)
		case sqlite3.BLOB:
			all[i] = append([]byte{}, r.st.ColumnRawBlob(i)...)
		}
	}
	return all, nil
}

// FieldDescriptions names the columns.
func (r *liteRows) FieldDescriptions() []pgconn.FieldDescription {
	all := make([]pgconn.FieldDescription, r.st.ColumnCount())
	for i := range all {
		all[i].Name = r.st.ColumnName(i)
	}
	return all
}

// Close ends the result. Closing again changes nothing.
func (r *liteRows) Close() {
	if !r.closed {
		r.closed = true
		r.err = errors.Join(r.err, r.st.Reset(), r.st.ClearBindings())
	}
}

// Err returns what was wrong, once the result has ended.
func (r *liteRows) Err() error { return r.err }

// CommandTag is PostgreSQL's.
func (r *liteRows) CommandTag() pgconn.CommandTag { return pgconn.CommandTag{} }

// RawValues is PostgreSQL's.
func (r *liteRows) RawValues() [][]byte { return nil }

// TypeMap is PostgreSQL's.
func (r *liteRows) TypeMap() *pgtype.Map { return nil }

// Conn is PostgreSQL's.
func (r *liteRows) Conn() *pgx.Conn { return nil }
