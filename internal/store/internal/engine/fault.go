package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"os"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/ncruces/go-sqlite3"

	"github.com/opentrm/opentrm/internal/fault"
)

// The message keys of what an engine refuses.
const (
	KeyUnique      = "store.unique"
	keyForeign     = "store.foreign-key"
	keyCheck       = "store.check"
	keySerial      = "store.serialisation"
	keyForbidden   = "store.forbidden"
	KeyUnavailable = "store.unavailable"
	keyFileKey     = "store.file-key"
	KeyMissing     = "store.missing"
)

// Explain turns an error of an engine into a fault, and leaves faults and nil as they are.
func Explain(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	if errors.Is(err, sql.ErrNoRows) {
		return fault.Wrap(fault.NotFound, KeyMissing, err)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fault.Wrap(fault.Unavailable, KeyUnavailable, err)
	}
	if code, ok := errors.AsType[sqlite3.ExtendedErrorCode](err); ok {
		return explainSQLite(code, err)
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return explainPostgres(e, err)
	}
	if IsLost(err) {
		return fault.Wrap(fault.Unavailable, KeyUnavailable, err)
	}
	return err
}

func explainSQLite(code sqlite3.ExtendedErrorCode, err error) error {
	switch code {
	case sqlite3.CONSTRAINT_UNIQUE, sqlite3.CONSTRAINT_PRIMARYKEY, sqlite3.CONSTRAINT_ROWID:
		return fault.Wrap(fault.Conflict, KeyUnique, err)
	case sqlite3.CONSTRAINT_FOREIGNKEY:
		return fault.Wrap(fault.Conflict, keyForeign, err)
	case sqlite3.CONSTRAINT_CHECK, sqlite3.CONSTRAINT_NOTNULL, sqlite3.CONSTRAINT_DATATYPE:
		return fault.Wrap(fault.Invalid, keyCheck, err)
	case sqlite3.CONSTRAINT_TRIGGER:
		return fault.Wrap(fault.Denied, keyForbidden, err)
	}
	switch code.Code() {
	case sqlite3.NOTADB:
		return fault.Wrap(fault.Denied, keyFileKey, err)
	case sqlite3.READONLY, sqlite3.AUTH, sqlite3.PERM:
		return fault.Wrap(fault.Denied, keyForbidden, err)
	case sqlite3.BUSY, sqlite3.LOCKED, sqlite3.FULL, sqlite3.CANTOPEN, sqlite3.IOERR, sqlite3.INTERRUPT:
		return fault.Wrap(fault.Unavailable, KeyUnavailable, err)
	case sqlite3.TOOBIG:
		return fault.Wrap(fault.TooLarge, "store.too-large", err)
	}
	return err
}

func explainPostgres(e *pgconn.PgError, err error) error {
	switch e.Code {
	case "23505":
		return fault.Wrap(fault.Conflict, KeyUnique, err)
	case "23503":
		return fault.Wrap(fault.Conflict, keyForeign, err)
	case "23514", "23502":
		return fault.Wrap(fault.Invalid, keyCheck, err)
	case "40001", "40P01":
		return fault.Wrap(fault.Unavailable, keySerial, err)
	case "42501", "25006", "28000", "28P01":
		return fault.Wrap(fault.Denied, keyForbidden, err)
	case "57014", "55P03", "25P03":
		return fault.Wrap(fault.Unavailable, KeyUnavailable, err)
	}
	switch e.Code[:min(2, len(e.Code))] {
	case "08", "53", "57", "58":
		return fault.Wrap(fault.Unavailable, KeyUnavailable, err)
	}
	return err
}

// IsLost reports whether the connection behind err is gone.
func IsLost(err error) bool {
	if err == nil {
		return false
	}
	for _, gone := range []error{
		driver.ErrBadConn, sql.ErrConnDone, io.ErrUnexpectedEOF, os.ErrDeadlineExceeded, syscall.ECONNRESET, syscall.EPIPE,
		syscall.ECONNREFUSED,
	} {
		if errors.Is(err, gone) {
			return true
		}
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code[:min(2, len(e.Code))] == "08" || e.Code == "57P01" || e.Code == "57P02" || e.Code == "25P03"
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	return pgconn.SafeToRetry(err)
}

// Refused reports whether the engine itself said no, and did not just fall silent.
func Refused(err error) bool {
	if _, ok := errors.AsType[sqlite3.ExtendedErrorCode](err); ok {
		return true
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && !IsLost(e)
}

// IsSerial reports whether the engine asks for the whole transaction to be repeated.
func IsSerial(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}
