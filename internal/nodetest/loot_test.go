package nodetest_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// secretOf reads node.secret from its file, as whoever stole that too.
func secretOf(t *testing.T, path string) keyring.Secret {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.ParseKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	return keyring.NewSecret(key)
}

// openArchive opens a backup archive as far as node.secret opens it: written from spec/backup.md, without package backup.
func openArchive(b []byte, secret keyring.Secret) ([]byte, error) {
	const domain = "opentrm/backup-key/1"
	next := func() ([]byte, error) {
		if len(b) < 4 || uint32(len(b)-4) < binary.BigEndian.Uint32(b) {
			return nil, errors.New("archive: cut short")
		}
		n := 4 + int(binary.BigEndian.Uint32(b))
		part := b[4:n]
		b = b[n:]
		return part, nil
	}
	var ok bool
	if b, ok = bytes.CutPrefix(b, []byte("TRMB1\n")); !ok {
		return nil, errors.New("archive: no archive")
	}
	manifest, err := next()
	if err != nil {
		return nil, err
	}
	wraps, err := next()
	if err != nil {
		return nil, err
	}
	var both struct{ Secret seal.Blob }
	if err := json.Unmarshal(wraps, &both); err != nil {
		return nil, err
	}
	key, err := secret.Archive().Unwrap(both.Secret, frame.Join([]byte(domain), manifest))
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	for {
		block, err := next()
		if err != nil {
			return nil, err
		}
		if len(block) == 0 {
			break
		}
		body.Write(block)
	}
	r, err := seal.OpenStream(key.Derive(domain), manifest, &body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// controls finds envelopes in what passed a line or rests in a file, and opens what the stolen keys of nodes open.
func controls(b []byte, keys []seal.KEMPrivate) (opened [][]byte) {
	for {
		at := bytes.Index(b, []byte(envelope.Magic))
		if at < 0 {
			return opened
		}
		b = b[at:]
		end := len(envelope.Magic)
		for range 4 {
			if len(b) < end+4 || uint64(len(b)-end-4) < uint64(binary.BigEndian.Uint32(b[end:])) {
				end = 0
				break
			}
			end += 4 + int(binary.BigEndian.Uint32(b[end:]))
		}
		if e, err := envelope.Parse(b[:end]); err == nil {
			for _, key := range keys {
				if c, err := e.OpenControl(key); err == nil {
					if text, err := json.Marshal(c); err == nil {
						opened = append(opened, text, c.Body)
					}
				}
			}
		}
		b = b[len(envelope.Magic):]
	}
}

// server is the PostgreSQL of a node, as whoever has its machine sees it.
type server struct {
	store.Config
	admin  string // connection string of a superuser
	db     *sql.DB
	dir    string // its data directory
	log    string // the file that it logs to
	logged int64  // bytes of the log when it began
	wal    string // the write-ahead file when it began
}

// havePostgres reports whether the tests have a server, or must have one.
func havePostgres() bool {
	return os.Getenv("OPENTRM_TEST_POSTGRES") != "" || os.Getenv("OPENTRM_REQUIRE_POSTGRES") == "1"
}

// newServer makes a database whose server logs every statement with its parameters, and compresses no value, so that
// what its files hold can be searched.
func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{Config: storetest.NewPostgres(t), log: os.Getenv("OPENTRM_TEST_POSTGRES_LOG")}
	s.admin = s.adminOf(t, storetest.Server(t))
	db, err := sql.Open("pgx", s.admin)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	s.db = db
	s.run(t, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET log_statement = ''all''', current_database()); END $$`)
	s.ask(t, "SHOW data_directory", &s.dir)
	s.ask(t, "SELECT pg_walfile_name(pg_current_wal_lsn())", &s.wal)
	if s.log == "" {
		t.Log("OPENTRM_TEST_POSTGRES_LOG is not set: the log of the server is not searched")
	} else if info, err := os.Stat(s.log); err != nil {
		t.Fatal(err)
	} else {
		s.logged = info.Size()
	}
	return s
}

// adminOf returns how the superuser of the server opens the database of the node.
func (s *server) adminOf(t *testing.T, admin string) string {
	t.Helper()
	db, err := sql.Open("pgx", s.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var name string
	if err := db.QueryRowContext(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	if u, err := url.Parse(admin); err == nil && u.Scheme != "" {
		u.Path = "/" + name
		return u.String()
	}
	return admin + " dbname=" + name
}

func (s *server) run(t *testing.T, text string) {
	t.Helper()
	if _, err := s.db.ExecContext(context.WithoutCancel(t.Context()), text); err != nil {
		t.Fatal(err)
	}
}

func (s *server) ask(t *testing.T, text string, into any) {
	t.Helper()
	if err := s.db.QueryRowContext(context.WithoutCancel(t.Context()), text).Scan(into); err != nil {
		t.Fatal(err)
	}
}

// plain stops the server from compressing values in the tables that there are.
func (s *server) plain(t *testing.T) {
	t.Helper()
	s.run(t, `DO $$ DECLARE c record; BEGIN
		FOR c IN SELECT a.attrelid::regclass AS t, a.attname AS n FROM pg_attribute a JOIN pg_class k ON k.oid = a.attrelid
			JOIN pg_namespace s ON s.oid = k.relnamespace
			WHERE k.relkind = 'r' AND s.nspname = 'public' AND a.attnum > 0 AND a.attstorage IN ('x', 'm') AND NOT a.attisdropped
		LOOP EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STORAGE EXTERNAL', c.t, c.n); END LOOP; END $$`)
}

// spill lets the server sort every table in so little memory that the rows go into temporary files, and leaves the sorts
// open: a temporary file is gone when its query ends. What release is called for ends them.
func (s *server) spill(t *testing.T) (release func()) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	release = func() { _ = tx.Rollback() } // it changed nothing
	must := func(err error) {
		t.Helper()
		if err != nil {
			release()
			t.Fatal(err)
		}
	}
	_, err = tx.ExecContext(ctx, "SET LOCAL work_mem = '64kB'")
	must(err)
	var tables []string
	rows, err := tx.QueryContext(ctx, "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
	must(err)
	for rows.Next() {
		var name string
		must(rows.Scan(&name))
		tables = append(tables, name)
	}
	must(errors.Join(rows.Err(), rows.Close()))
	sorts := 0
	for i, name := range tables {
		var size int64
		must(tx.QueryRowContext(ctx, "SELECT coalesce(sum(pg_column_size(t.*)), 0) FROM "+name+" t").Scan(&size))
		if size == 0 {
			continue
		}
		_, err = tx.ExecContext(ctx, fmt.Sprintf("DECLARE spill%d CURSOR FOR SELECT t.* FROM %s t, generate_series(1, %d) ORDER BY random()", i, name, 256<<10/size+1))
		must(err)
		_, err = tx.ExecContext(ctx, fmt.Sprintf("MOVE NEXT FROM spill%d", i))
		must(err)
		sorts++
	}
	var pid int
	must(tx.QueryRowContext(ctx, "SELECT pg_backend_pid()").Scan(&pid))
	files, err := filepath.Glob(filepath.Join(s.dir, "base", temporary, fmt.Sprintf("pgsql_tmp%d.*", pid)))
	must(err)
	if len(files) < sorts || sorts == 0 {
		t.Errorf("%d sorts left %d temporary files", sorts, len(files))
	}
	return release
}

// look lets a thief look through rows, a dump, the files of the database, everything written ahead since it began, what
// rests in temporary files, and the log of every statement.
func (s *server) look(t *testing.T, th *nodetest.Thief) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	if err := th.Postgres(ctx, s.admin); err != nil {
		t.Fatal(err)
	}
	dump, err := exec.CommandContext(ctx, pgDump(t), "--dbname", s.admin).Output()
	if err != nil {
		t.Fatal(err)
	}
	th.Bytes("dump", dump)
	s.run(t, "CHECKPOINT")
	var base, last string
	s.ask(t, "SELECT oid FROM pg_database WHERE datname = current_database()", &base)
	s.ask(t, "SELECT pg_walfile_name(pg_current_wal_lsn())", &last)
	defer s.spill(t)()
	err = filepath.WalkDir(s.dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the server goes on working
		}
		if err != nil {
			return err
		}
		name, place := e.Name(), "server file"
		switch filepath.Dir(path) {
		case filepath.Join(s.dir, "base"):
			if e.IsDir() && name != base && name != temporary {
				return fs.SkipDir // the database of another test
			}
		case filepath.Join(s.dir, "base", temporary):
			place = "server temporary file"
		case filepath.Join(s.dir, "pg_wal"):
			if place = "wal"; name < s.wal || name > last {
				return nil
			}
		}
		if !e.Type().IsRegular() {
			return nil
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		th.Bytes(place, b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.log == "" {
		return
	}
	b, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	th.Bytes("server log", b[s.logged:])
}

// temporary is the directory in which PostgreSQL puts what does not fit into memory.
const temporary = "pgsql_tmp"

func pgDump(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("pg_dump"); err == nil {
		return path
	}
	all, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
	if err != nil || len(all) == 0 {
		t.Fatal("there is a server and no pg_dump")
	}
	return all[len(all)-1]
}
