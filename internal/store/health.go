package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"github.com/opentrm/opentrm/internal/fault"
)

// Health is what a database says about itself, for "opentrm doctor".
type Health struct {
	Engine   Engine
	Version  string // of the engine
	Schema   int64  // number of the newest migration
	Bytes    int64  // of the database
	LogBytes int64  // of the write-ahead log, 0 if the engine does not say
	Place    string // directory of the database on this machine; empty: elsewhere, or the login may not know
	Findings []Finding
}

// Finding is one thing that a person should look at.
type Finding struct {
	Key   string // message key
	Value string // what was found, public: a setting, a count
	Bad   bool   // false: cannot be seen from here and should be confirmed
}

// Reading says how much of an SQLite file is read in order to find what is wrong with it.
type Reading int

// How much is read.
const (
	Little Reading = iota // settings and sizes, in the time of a page
	Pages                 // every page is looked at, and what one row says of another
	Whole                 // every row and every index too, about a second per 100 MB
)

// Health looks at the settings that durability and secrecy rest on, and reads as much of an SQLite file as it is told.
//
// It fails with [fault.Unavailable] if the engine cannot be reached. What is wrong is in the findings.
func (db *DB) Health(ctx context.Context, read Reading) (Health, error) {
	h := Health{Engine: db.engine.Kind}
	err := db.snapshot(ctx, func(tx *Tx) (err error) {
		if h.Schema, err = asked[int64](tx, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version"); err != nil {
			return err
		}
		if db.engine.Kind == SQLite {
			return h.sqlite(tx, read)
		}
		return h.postgres(tx)
	})
	return h, err
}

// asked returns the one value that a statement gives.
func asked[T any](tx *Tx, query string) (T, error) {
	var v T
	return v, explain(tx.s.QueryRow(tx.ctx, query).Scan(&v))
}

func (h *Health) find(key, value string, bad bool) {
	h.Findings = append(h.Findings, Finding{key, value, bad})
}

func (h *Health) sqlite(tx *Tx, read Reading) error {
	var err error
	h.Place = filepath.Dir(tx.db.engine.Path)
	if h.Version, err = asked[string](tx, "SELECT sqlite_version()"); err != nil {
		return err
	}
	wanted := []struct{ query, key, value string }{
		{"PRAGMA journal_mode", "store.health.journal", "wal"},
		{"PRAGMA synchronous", "store.health.fsync", "2"},
		{"PRAGMA secure_delete", "store.health.secure-delete", "1"},
		{"PRAGMA quick_check(1)", "store.health.integrity", "ok"},
		{"SELECT COUNT(*) FROM pragma_foreign_key_check", "store.health.references", "0"},
	}
	switch read {
	case Little:
		wanted = wanted[:3]
	case Whole:
		wanted[3].query = "PRAGMA integrity_check(1)"
	default:
	}
	for _, want := range wanted {
		got, err := asked[string](tx, want.query)
		if err != nil {
			return err
		}
		if got != want.value {
			h.find(want.key, got, true)
		}
	}
	for path, size := range map[string]*int64{tx.db.engine.Path: &h.Bytes, tx.db.engine.Path + "-wal": &h.LogBytes} {
		info, err := os.Stat(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return fault.Wrap(fault.Unavailable, keyUnavailable, err)
		}
		*size = info.Size()
		if mode := info.Mode().Perm(); mode&0o077 != 0 && os.PathSeparator == '/' {
			h.find("store.health.mode", mode.String(), true)
		}
	}
	return nil
}

func (h *Health) postgres(tx *Tx) error {
	var err error
	if h.Version, err = asked[string](tx, "SELECT current_setting('server_version')"); err != nil {
		return err
	}
	if h.Bytes, err = asked[int64](tx, "SELECT pg_database_size(current_database())"); err != nil {
		return err
	}
	for _, want := range []struct{ setting, key string }{
		{"fsync", "store.health.fsync"},
		{"synchronous_commit", "store.health.commit"},
		{"full_page_writes", "store.health.pages"},
		{"data_checksums", "store.health.checksums"},
	} {
		got, err := asked[string](tx, "SELECT current_setting('"+want.setting+"')")
		if err != nil {
			return err
		}
		if got == "off" || got == "local" {
			h.find(want.key, got, true)
		}
	}
	power, err := asked[bool](tx, `SELECT rolsuper OR rolcreaterole
		OR EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND pg_has_role(session_user, tableowner, 'MEMBER'))
		FROM pg_roles WHERE rolname = session_user`)
	if err != nil {
		return err
	}
	if power {
		h.find("store.health.owner", "", true)
	}
	open, err := asked[bool](tx, `SELECT inet_server_addr() IS NOT NULL AND inet_server_addr() <> inet_client_addr()
		AND NOT COALESCE((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)`)
	if err != nil {
		return err
	}
	if open {
		h.find("store.health.tls", strconv.FormatBool(false), true)
	}
	if h.Place, err = place(tx); err != nil {
		return err
	}
	if h.Place == "" {
		h.find("store.health.volume", "", false)
	}
	return nil
}

// place returns the directory of a server on this machine, if the login of the node may know it. It is asked last: to the
// end of the transaction the login works without the role of the application, which may not.
func place(tx *Tx) (string, error) {
	may, err := asked[bool](tx, `SELECT pg_has_role(session_user, 'pg_read_all_settings', 'USAGE')
		AND (inet_server_addr() IS NULL OR inet_server_addr() = inet_client_addr())`)
	if err != nil || !may {
		return "", err
	}
	if _, err := asked[string](tx, "SELECT set_config('role', 'none', true)"); err != nil {
		return "", err
	}
	return asked[string](tx, "SELECT current_setting('data_directory')")
}
