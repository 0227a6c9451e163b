package engine

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"

	"github.com/opentrm/opentrm/internal/fault"
)

// How a file is used. The caches are per connection and small: a node at rest stays below 64 MB.
const (
	writerCache = 4096 // KiB
	readerCache = 1024 // KiB
)

// openSQLite opens the file of c with one writing connection and prepares reading ones.
func (db *DB) openSQLite(ctx context.Context, c Config) error {
	db.Kind = SQLite
	copier := newCopier()
	if len(c.Key) != KeySize {
		return errKeySize()
	}
	abs, err := filepath.Abs(c.Path)
	if err != nil {
		return fault.Wrap(fault.Invalid, "store.config", err)
	}
	if err := settle(ctx, abs, c); err != nil {
		return err
	}
	if !c.Alone {
		if db.use, err = use(abs, false); err != nil {
			return err
		}
		if err := leftovers(abs); err != nil {
			return err
		}
	}
	for _, name := range []string{abs, abs + "-shm", abs + ".migrate"} { // so that the engine never makes them readable
		if err := private(name); err != nil {
			return fault.Wrap(fault.Unavailable, KeyUnavailable, err)
		}
	}
	if db.write, err = openFile(abs, c.Key, fileSystem, writerCache, false, copier.hook); err != nil {
		return err
	}
	db.write.SetMaxOpenConns(1)
	db.owner = db.write
	if db.read, err = openFile(abs, c.Key, fileSystem, readerCache, true, nil); err != nil {
		return err
	}
	db.read.SetMaxOpenConns(c.Readers + 3) // dumps, health and the copier read beside the sessions
	db.read.SetMaxIdleConns(0)
	if err := c.Schema.Migrate(ctx, SQLite, db.write, abs, c.UpTo); err != nil {
		return err
	}
	db.copier = copier
	go copier.run(db)
	return nil
}

// commitHook is called behind each commit with the pages in the log.
type commitHook func(c *sqlite3.Conn, schema string, pages int) error

// openFile returns connections to the file; without a hook, SQLite itself copies a log of 1000 pages. The order of
// settings matters: key, patience, then the rest (docs/adr/0003-embedded-sqlite-encrypted.md).
func openFile(path string, key []byte, system string, cache int, readOnly bool, hook commitHook) (*sql.DB, error) {
	settings := []string{
		"hexkey='" + hex.EncodeToString(key) + "'",
		"busy_timeout=10000",
		"journal_mode=WAL",
		"synchronous=FULL",
		"foreign_keys=ON",
		"secure_delete=ON",
		"temp_store=MEMORY",
		"trusted_schema=OFF",
		fmt.Sprintf("cache_size=-%d", cache),
	}
	if readOnly {
		settings = append(settings, "query_only=ON")
	}
	useFileSystem()
	return driver.Open(fileURI(path, url.Values{"vfs": {system}, "modeof": {path}}, "?"), func(c *sqlite3.Conn) error {
		for i, s := range settings {
			if i == 1 { // for a file that is new, or that is about to be rewritten
				if _, err := c.FileControl("main", sqlite3.FCNTL_RESERVE_BYTES, frameHead); err != nil {
					return err
				}
			}
			if err := c.Exec("PRAGMA " + s); err != nil {
				if i == 0 {
					return errors.New("store: file key not taken") // never with the text of the setting
				}
				return err
			}
		}
		if hook != nil {
			c.WALHook(hook)
		}
		// Plans never depend on bound values: otherwise each statement with a bound LIMIT is compiled anew at each use.
		_, err := c.Config(sqlite3.DBCONFIG_ENABLE_QPSG, true)
		return err
	})
}

// errKeySize says that a file key is none.
func errKeySize() error { return fault.New(fault.Invalid, "store.file-key.size") }

func fileURI(path string, query url.Values, mark string) string {
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p // a drive letter
	}
	return (&url.URL{Scheme: "file", Path: p}).String() + mark + query.Encode()
}

// sqliteNoTable reports whether err is SQLite's general error, which is what a missing table gives.
func sqliteNoTable(err error) bool {
	code, ok := errors.AsType[sqlite3.ExtendedErrorCode](err)
	return ok && code.Code() == sqlite3.ERROR
}
