// Package storetest gives tests a real database: an encrypted SQLite file in the test's directory, and
// a PostgreSQL database of its own where a server is at hand.
//
// The server is named by OPENTRM_TEST_POSTGRES, the connection string of a superuser. Without it the
// tests on PostgreSQL are skipped, or fail where OPENTRM_REQUIRE_POSTGRES is "1".
package storetest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store"
)

// The environment that names the PostgreSQL server for tests.
const (
	serverVariable  = "OPENTRM_TEST_POSTGRES"
	requireVariable = "OPENTRM_REQUIRE_POSTGRES"
)

// login is the test's application login. It owns nothing and may do what opentrm_app may.
const login = "opentrm_test"

// Run runs fn on a new database of each engine, as subtests "sqlite" and "postgres".
func Run(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	RunConfig(t, func(t *testing.T, c store.Config) { fn(t, Open(t, c)) })
}

// RunConfig is [Run] for tests that open the database themselves, or more than once.
func RunConfig(t *testing.T, fn func(t *testing.T, c store.Config)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
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

// OpenSQLite is for use-cases, which need one real database and not both: a new encrypted file whose clock is now,
// or the system's if now is nil.
func OpenSQLite(t testing.TB, now func() time.Time) *store.DB {
	t.Helper()
	c := SQLite(t)
	c.Now = now
	return Open(t, c)
}

// SQLite returns the configuration of a new encrypted file.
func SQLite(t testing.TB) store.Config {
	t.Helper()
	key := make([]byte, store.KeySize)
	if _, err := rand.Read(key); err != nil {
		t.Fatal(err)
	}
	return store.Config{Path: filepath.Join(t.TempDir(), "node.db"), Key: key, Rand: rand.Reader}
}

// Postgres returns the configuration of a new database, which is dropped after the test. It skips the
// test if there is no server, unless one is required.
func Postgres(t testing.TB) store.Config {
	t.Helper()
	admin := os.Getenv(serverVariable)
	if admin == "" {
		if os.Getenv(requireVariable) == "1" {
			t.Fatalf("%s is not set, and %s requires it", serverVariable, requireVariable)
		}
		t.Skipf("%s is not set", serverVariable)
	}
	name := "opentrm_" + string(id.Random[id.Job](id.Maker{}))
	if err := store.CreateLogin(t.Context(), admin, login); err != nil {
		t.Fatalf("login: %v", err)
	}
	if err := store.CreateDatabase(t.Context(), admin, name, login); err != nil {
		t.Fatalf("create database: %v", err)
	}
	t.Cleanup(func() {
		if err := store.DropDatabase(context.Background(), admin, name); err != nil {
			t.Errorf("drop database: %v", err)
		}
	})
	return store.Config{URL: address(t, admin, name, login), Owner: address(t, admin, name, ""), Rand: rand.Reader}
}

// address returns the connection string admin with another database and, if not empty, another user.
func address(t testing.TB, admin, database, user string) string {
	t.Helper()
	if !strings.Contains(admin, "://") {
		admin += " dbname=" + database
		if user != "" {
			admin += " user=" + user
		}
		return admin
	}
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatalf("%s is no address", serverVariable)
	}
	u.Path = "/" + database
	if user != "" {
		password, has := u.User.Password()
		u.User = url.User(user)
		if has {
			u.User = url.UserPassword(user, password)
		}
	}
	return u.String()
}
