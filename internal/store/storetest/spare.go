package storetest

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // empties what is handed on

	"github.com/opentrm/opentrm/internal/store/internal/engine"
)

// A spare is a database that one test hands on to the next, because to make one takes the server longer than most tests take.
// It is emptied when it is taken, whatever became of whoever had it before, and dropped if anything is left that was not there
// at the beginning. A process that has one holds a lock, which ends with the process. Spares stay on the server, as the template
// does.

// pool is the spares of this process.
type pool struct {
	mu    sync.Mutex
	names []string           // that no test has at the moment
	open  map[string]*sql.DB // by name
}

var spares = &pool{open: map[string]*sql.DB{}}

// next takes a spare of this process that no test has; "" if there is none.
func (p *pool) next() (name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.names); n > 0 {
		name, p.names = p.names[n-1], p.names[:n-1]
	}
	return name
}

// back gives a spare back.
func (p *pool) back(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.names = append(p.names, name)
}

// connection returns the connection of the superuser to a database, which stays open until [pool.leave]: what a connection
// has to learn first takes longer than all that is asked over it.
func (p *pool) connection(t testing.TB, name string) (*sql.DB, error) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if db := p.open[name]; db != nil {
		return db, nil
	}
	db, err := sql.Open("pgx", address(t, name, ""))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	p.open[name] = db
	return db, nil
}

// leave closes the connection of the superuser to a database, if there is one.
func (p *pool) leave(name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	db := p.open[name]
	delete(p.open, name)
	if db == nil {
		return nil
	}
	return db.Close()
}

// keeper is the connection that locks are held over.
var keeper = sync.OnceValues(func() (*sql.Conn, error) {
	db, err := sql.Open("pgx", os.Getenv(serverVariable))
	if err != nil {
		return nil, err
	}
	return db.Conn(context.Background())
})

const (
	// ours are the schemas of a database that the server has not made for itself.
	ours = ` n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' `

	// listKept lists the tables that hold something, with a comma at both ends.
	listKept = `SELECT ',' || coalesce(string_agg(c.oid::text, ','), '') || ',' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'r' AND` + ours + `AND pg_relation_size(c.oid) > 0`

	// describe makes a digest of all that is there besides rows of tables that were empty at the beginning: relations,
	// columns, constraints, triggers and functions with their rights, settings, and the rows of the tables in its argument.
	describe = `SELECT md5(string_agg(x, '|' ORDER BY x)) FROM (
		SELECT concat_ws(' ', 'relation', c.oid, c.relname, c.relkind, c.relnatts, c.relowner, c.relrowsecurity, c.relacl) AS x
			FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE` + ours + `
		UNION ALL SELECT concat_ws(' ', 'column', attrelid, attname, atttypid, attnotnull, attacl) FROM pg_attribute WHERE attrelid >= 16384
		UNION ALL SELECT concat_ws(' ', 'trigger', oid, tgenabled) FROM pg_trigger
		UNION ALL SELECT concat_ws(' ', 'constraint', oid, conrelid) FROM pg_constraint WHERE conrelid >= 16384
		UNION ALL SELECT concat_ws(' ', 'function', p.oid, p.proacl, md5(p.prosrc)) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE` + ours + `
		UNION ALL SELECT concat_ws(' ', 'setting', setrole, setconfig) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
			WHERE d.datname = current_database()
		UNION ALL SELECT concat_ws(' ', 'rows', c.oid, query_to_xml('SELECT * FROM ' || c.oid::regclass || ' ORDER BY 1', true, false, ''))
			FROM pg_class c WHERE strpos($1, ',' || c.oid || ',') > 0) every`

	// alone ends what others still do there.
	alone = `SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`

	// empties takes every row out of every table that is not in the list. What has grown is cut off: rows that are gone
	// would be passed over again and again.
	empties = `DO $$ DECLARE t record; BEGIN
		SET LOCAL session_replication_role = replica;
		FOR t IN SELECT c.oid::regclass AS name, pg_relation_size(c.oid) > 131072 AS grown FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE c.relkind = 'r' AND` + ours + `AND pg_relation_size(c.oid) > 0 AND strpos('LIST', ',' || c.oid || ',') = 0 LOOP
			IF t.grown THEN EXECUTE 'TRUNCATE ' || t.name || ' CASCADE'; ELSE EXECUTE 'DELETE FROM ' || t.name; END IF;
		END LOOP;
	END $$`
)

var errSpoiled = errors.New("something is left that was not there at the beginning")

// handedOn returns the name of a database that holds what the template holds.
func handedOn(t testing.TB, server *engine.Server) string {
	t.Helper()
	name, err := taken(context.Background(), t, server, spares.next())
	if err != nil {
		t.Fatalf("a database that is handed on: %v", err)
	}
	t.Cleanup(func() { spares.back(name) })
	return name
}

// taken makes a database ready: the one that is named, if this process has one, or one of a process that has ended, or a new
// one.
func taken(ctx context.Context, t testing.TB, server *engine.Server, name string) (string, error) {
	prefix := strings.Replace(template(t), "_template_", "_spare_", 1) + "_"
	for {
		var err error
		if name == "" {
			if name, err = unclaimed(ctx, prefix); err != nil {
				return "", err
			}
		}
		if name == "" {
			break
		}
		if err = emptied(ctx, t, name); err != nil && !errors.Is(err, errSpoiled) { // a test may have ended our connection too
			err = errors.Join(spares.leave(name), emptied(ctx, t, name))
		}
		if err == nil {
			return name, nil
		}
		if !errors.Is(err, errSpoiled) {
			return "", err
		}
		if err := errors.Join(spares.leave(name), server.DropDatabase(ctx, name)); err != nil {
			return "", err
		}
		name = ""
	}
	name = prefix + newName()[len("opentrm_"):]
	if _, err := claimed(ctx, name); err != nil {
		return "", err
	}
	if err := copyTemplate(t, server, name); err != nil {
		return "", err
	}
	return name, described(ctx, t, name)
}

// unclaimed takes a spare that no process has; "" if there is none.
func unclaimed(ctx context.Context, prefix string) (string, error) {
	k, err := keeper()
	if err != nil {
		return "", err
	}
	rows, err := k.QueryContext(ctx, `SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY datname`, prefix)
	if err != nil {
		return "", err
	}
	var all []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return "", err
		}
		all = append(all, name)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return "", err
	}
	for _, name := range all {
		if ok, err := claimed(ctx, name); ok || err != nil {
			return name, err
		}
	}
	return "", nil
}

// claimed takes the lock of a spare and reports whether nobody else has it.
func claimed(ctx context.Context, name string) (ok bool, err error) {
	k, err := keeper()
	if err == nil {
		// An own one would be had twice: whoever asks has none that is free.
		err = k.QueryRowContext(ctx, `SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
			AND classid = 375422 AND objid = hashtext($1)::bigint & 4294967295) AND pg_try_advisory_lock(375422, hashtext($1))`, name).Scan(&ok)
	}
	return ok, err
}

// described notes beside a new database what is in it.
func described(ctx context.Context, t testing.TB, name string) error {
	db, err := spares.connection(t, name)
	if err != nil {
		return err
	}
	var list, digest string
	if err := db.QueryRowContext(ctx, listKept).Scan(&list); err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, describe, list).Scan(&digest); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "COMMENT ON DATABASE "+name+" IS '"+digest+" "+list+"'")
	return err
}

// emptied makes a database as it was at the beginning, and fails with errSpoiled where that cannot be done.
func emptied(ctx context.Context, t testing.TB, name string) error {
	db, err := spares.connection(t, name)
	if err != nil {
		return err
	}
	var note sql.NullString
	err = db.QueryRowContext(ctx, `SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()`).Scan(&note)
	if err != nil {
		return err
	}
	digest, list, ok := strings.Cut(note.String, " ")
	if !ok { // whoever made it did not come to its end
		return errSpoiled
	}
	var ended int
	if err := db.QueryRowContext(ctx, alone).Scan(&ended); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, strings.Replace(empties, "LIST", list, 1)); err != nil {
		return errors.Join(err, errSpoiled)
	}
	var now string
	if err := db.QueryRowContext(ctx, describe, list).Scan(&now); err != nil {
		return err
	}
	if now != digest {
		return errSpoiled
	}
	return nil
}
