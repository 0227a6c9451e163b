// Package storetest gives tests a real database: an encrypted SQLite file in the test's directory, and
// a PostgreSQL database of its own where a server is at hand.
//
// The server is named by OPENTRM_TEST_POSTGRES, the connection string of a superuser. Without it the
// tests on PostgreSQL are skipped, or fail where OPENTRM_REQUIRE_POSTGRES is "1".
//
// A test of the store itself runs on both engines at once, with [Run]. The tests of use-cases take one database
// from [New] or [Config]: an SQLite file, or a PostgreSQL database where OPENTRM_TEST_ENGINE is "postgres". So the
// same tests are run twice, once for each engine.
//
// Each database is a copy of one that has been migrated once: on SQLite in this process, on PostgreSQL in the server, where it
// is emptied and handed on from test to test (spare.go). There a database belongs to a login that may do nothing else, and the node works in it as a login that owns nothing, as in
// production.
package storetest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/internal/engine"
)

// The environment that names the PostgreSQL server for tests, and the engine for those of use-cases.
const (
	serverVariable  = "OPENTRM_TEST_POSTGRES"
	requireVariable = "OPENTRM_REQUIRE_POSTGRES"
	engineVariable  = "OPENTRM_TEST_ENGINE"
)

// The logins of the tests: the application's owns nothing and may do what opentrm_app may; the owner's makes the
// schema and may do nothing elsewhere.
const (
	login = "opentrm_test"
	owner = "opentrm_owner"
)

// Run runs fn on a new database of each engine, as subtests "sqlite" and "postgres".
func Run(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	RunConfig(t, func(t *testing.T, c store.Config) { fn(t, Open(t, c)) })
}

// RunConfig is [Run] for tests that open the database themselves, or more than once.
func RunConfig(t *testing.T, fn func(t *testing.T, c store.Config)) {
	t.Helper()
	run(t, fn, sqlite, Postgres)
}

// RunEmpty is [RunConfig] with a database that has no schema yet, for tests of migrations.
func RunEmpty(t *testing.T, fn func(t *testing.T, c store.Config)) {
	t.Helper()
	run(t, fn, SQLite, func(t testing.TB) store.Config { return empty(t, Dial(t)) })
}

// run runs fn on both engines, or on PostgreSQL alone where that is the engine under test: then a coverage profile
// shows what ran there.
func run(t *testing.T, fn func(*testing.T, store.Config), sqlite, postgres func(testing.TB) store.Config) {
	t.Helper()
	if underTest(t) != store.Postgres {
		t.Run("sqlite", func(t *testing.T) { fn(t, sqlite(t)) })
	}
	t.Run("postgres", func(t *testing.T) { fn(t, postgres(t)) })
}

// underTest returns the engine of OPENTRM_TEST_ENGINE, "" for none.
func underTest(t testing.TB) store.Engine {
	t.Helper()
	if strings.HasPrefix(t.Name(), "TestSchema") { // check says why
		t.Fatal("a test that compares texts with a schema takes no store: it runs once for both engines")
	}
	e := store.Engine(os.Getenv(engineVariable))
	if e != "" && e != store.SQLite && e != store.Postgres {
		t.Fatalf("%s is %q", engineVariable, e)
	}
	return e
}

// New opens a new database of the engine under test until the end of the test. Its clock is now, or the system's
// if now is nil.
func New(t testing.TB, now func() time.Time) *store.DB {
	t.Helper()
	c := Config(t)
	c.Now = now
	return Open(t, c)
}

// Config returns the configuration of a new database of the engine under test.
func Config(t testing.TB) store.Config {
	t.Helper()
	if underTest(t) == store.Postgres {
		return Postgres(t)
	}
	return sqlite(t)
}

// Copy returns the configuration of a new database that holds what the one of c holds, which must be closed.
func Copy(t testing.TB, c store.Config) store.Config {
	t.Helper()
	to := c
	if c.URL == "" {
		b, err := os.ReadFile(c.Path)
		to.Path = filepath.Join(t.TempDir(), "copy.db")
		if err == nil {
			err = os.WriteFile(to.Path, b, 0o600)
		}
		if err != nil {
			t.Fatalf("copy: %v", err)
		}
		return to
	}
	from := nameOf(t, c)
	if err := spares.leave(from); err != nil {
		t.Fatalf("copy: %v", err)
	}
	copied := copyOf(t, Dial(t), from)
	to.URL, to.Owner = copied.URL, copied.Owner
	return to
}

// Open opens the database of c until the end of the test.
func Open(t testing.TB, c store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

// OpenSQLite is for what only a file has: a new encrypted one whose clock is now, or the system's if now is nil.
func OpenSQLite(t testing.TB, now func() time.Time) *store.DB {
	t.Helper()
	c := SQLite(t)
	c.Now = now
	return Open(t, c)
}

// SQLite is for what only a file has: the configuration of one that is not there yet.
func SQLite(t testing.TB) store.Config {
	t.Helper()
	return store.Config{Path: filepath.Join(t.TempDir(), "node.db"), Key: newKey(), Rand: rand.Reader}
}

// sqlite returns the configuration of a new encrypted file, with the key of all such files of this process.
func sqlite(t testing.TB) store.Config {
	t.Helper()
	file, err := migrated()
	c := store.Config{Path: filepath.Join(t.TempDir(), "node.db"), Key: slices.Clone(file.key), Rand: rand.Reader}
	if err == nil {
		err = os.WriteFile(c.Path, file.bytes, 0o600)
	}
	if err != nil {
		t.Fatalf("a new file: %v", err)
	}
	return c
}

// encrypted is an SQLite file.
type encrypted struct{ key, bytes []byte }

// migrated returns a file that has had all migrations and nothing else. It is made once in a process.
var migrated = sync.OnceValues(func() (encrypted, error) {
	dir, err := os.MkdirTemp("", "storetest")
	if err != nil {
		return encrypted{}, err
	}
	defer os.RemoveAll(dir)
	c := store.Config{Path: filepath.Join(dir, "node.db"), Key: newKey(), Rand: rand.Reader}
	db, err := store.Open(context.Background(), c)
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		return encrypted{}, err
	}
	b, err := os.ReadFile(c.Path)
	return encrypted{c.Key, b}, err
})

func newKey() []byte {
	key := make([]byte, store.KeySize)
	_, _ = rand.Read(key) // it never fails
	return key
}

// Postgres returns the configuration of a database that holds nothing, but in whose files there may be what other tests left.
// It skips the test if there is no server, unless one is required.
func Postgres(t testing.TB) store.Config {
	t.Helper()
	return As(t, handedOn(t, Dial(t)), owner, login)
}

// NewPostgres is [Postgres] for tests that look into files or change what a database is: a new one, which is dropped after
// the test.
func NewPostgres(t testing.TB) store.Config {
	t.Helper()
	server, name := Dial(t), newName()
	if err := copyTemplate(t, server, name); err != nil {
		t.Fatalf("copy the template: %v", err)
	}
	return config(t, server, name)
}

// template returns the name of the database that has had all migrations.
func template(t testing.TB) string {
	t.Helper()
	digest, err := store.SchemaDigest(store.Postgres)
	if err != nil {
		t.Fatal(err)
	}
	return "opentrm_template_" + digest
}

// copyTemplate makes a database that has had all migrations.
func copyTemplate(t testing.TB, server *engine.Server, name string) error {
	t.Helper()
	from := template(t)
	err := server.CopyDatabase(t.Context(), name, from, owner)
	if fault.Is(err, fault.NotFound) {
		migrate(t, server, from)
		err = server.CopyDatabase(t.Context(), name, from, owner)
	}
	return err
}

// migrate makes the template. Several processes may: the name is given to a database that is finished.
func migrate(t testing.TB, server *engine.Server, template string) {
	t.Helper()
	c := empty(t, server)
	db, err := store.Open(t.Context(), c)
	if err == nil {
		err = db.Close()
	}
	if err == nil {
		err = server.CopyDatabase(t.Context(), template, nameOf(t, c), owner)
	}
	if err != nil && !fault.Is(err, fault.Conflict) {
		t.Fatalf("make the template: %v", err)
	}
}

// empty returns the configuration of a new database without a schema.
func empty(t testing.TB, server *engine.Server) store.Config {
	t.Helper()
	name := newName()
	for _, l := range []string{login, owner} {
		if err := server.CreateLogin(t.Context(), l); err != nil {
			t.Fatalf("login: %v", err)
		}
	}
	if err := server.CreateDatabase(t.Context(), name, owner, login); err != nil {
		t.Fatalf("create database: %v", err)
	}
	return config(t, server, name)
}

func copyOf(t testing.TB, server *engine.Server, from string) store.Config {
	t.Helper()
	name := newName()
	if err := server.CopyDatabase(t.Context(), name, from, owner); err != nil {
		t.Fatalf("copy: %v", err)
	}
	return config(t, server, name)
}

// config returns the configuration of a database, which is dropped after the test.
func config(t testing.TB, server *engine.Server, name string) store.Config {
	t.Helper()
	t.Cleanup(func() {
		if err := server.DropDatabase(context.Background(), name); err != nil {
			t.Errorf("drop database: %v", err)
		}
	})
	return As(t, name, owner, login)
}

// As returns the configuration of a database of the server for two logins: its owner's and the application's.
func As(t testing.TB, name, owner, app string) store.Config {
	t.Helper()
	return store.Config{URL: address(t, name, app), Owner: address(t, name, owner), Rand: rand.Reader}
}

// Server returns the connection string of the superuser, or skips the test.
func Server(t testing.TB) string {
	t.Helper()
	admin := os.Getenv(serverVariable)
	if admin == "" {
		if os.Getenv(requireVariable) == "1" || os.Getenv(engineVariable) == string(store.Postgres) {
			t.Fatalf("%s is not set, and PostgreSQL is required", serverVariable)
		}
		t.Skipf("%s is not set", serverVariable)
	}
	return admin
}

// Dial returns the server, or skips the test. A process has one connection to it: to make another takes as long as a test.
func Dial(t testing.TB) *engine.Server {
	t.Helper()
	Server(t)
	s, err := connected()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var connected = sync.OnceValues(func() (*engine.Server, error) { return engine.OpenServer(os.Getenv(serverVariable)) })

func newName() string { return "opentrm_" + string(id.Random[id.Job](id.Maker{})) }

// nameOf returns the name of the database of c.
func nameOf(t testing.TB, c store.Config) string {
	t.Helper()
	if u, err := url.Parse(c.URL); err == nil && strings.Contains(c.URL, "://") {
		return strings.TrimPrefix(u.Path, "/")
	}
	for _, f := range slices.Backward(strings.Fields(c.URL)) {
		if name, ok := strings.CutPrefix(f, "dbname="); ok {
			return name
		}
	}
	t.Fatalf("no database is named")
	return ""
}

// address returns the connection string of the superuser with another database, and another user unless that is empty.
func address(t testing.TB, database, user string) string {
	t.Helper()
	admin := Server(t)
	if !strings.Contains(admin, "://") {
		if user != "" {
			user = " user=" + user
		}
		return admin + " dbname=" + database + user
	}
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatalf("%s is no address", serverVariable)
	}
	u.Path = "/" + database
	if user == "" {
		return u.String()
	}
	password, has := u.User.Password()
	u.User = url.User(user)
	if has {
		u.User = url.UserPassword(user, password)
	}
	return u.String()
}
