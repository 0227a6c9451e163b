package engine

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
)

// Who uses a database file says so with a shared lock on an empty file beside it, and whoever exchanges it holds that
// lock alone: nobody can be about to write to a file that is being replaced. The operating system gives the lock back
// when a process dies. On PostgreSQL the server knows who is connected.

const (
	useSuffix   = ".use"   // of the file that is locked
	rekeySuffix = ".rekey" // of the file that takes the place of the database
)

func errInUse(err error) error { return fault.Wrap(fault.Conflict, "store.in-use", err) }

// use locks the file at path as used, or as used by nobody else.
func use(path string, alone bool) (io.Closer, error) {
	f, err := os.OpenFile(path+useSuffix, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, KeyUnavailable, err)
	}
	if err := lockFile(f, alone); err != nil {
		return nil, errors.Join(errInUse(err), f.Close())
	}
	return f, nil
}

// Alone is a database that nobody else uses for as long as it is held.
type Alone struct {
	// Progress hears how much of the file [Alone.Rekey] has copied, in bytes. Nil: nobody listens.
	Progress func(copied, all int64)

	c    Config
	lock io.Closer // SQLite
}

// Seize makes sure that nobody uses the database of c, and keeps others from opening it until [Alone.Release]. On
// PostgreSQL it looks who is connected, now and whenever it is opened.
//
// It fails with [fault.Conflict] "store.in-use" if somebody does, with [fault.NotFound] if there is no file, and as
// [Open] does.
func Seize(ctx context.Context, c Config) (*Alone, error) {
	a := &Alone{c: c}
	a.c.Alone = true
	if c.Path == "" {
		db, err := Open(ctx, a.c)
		if err != nil {
			return nil, err
		}
		err = db.Unused(ctx)
		db.Quiet()
		if err := errors.Join(err, db.Close()); err != nil {
			return nil, err
		}
		return a, nil
	}
	if _, err := os.Stat(c.Path); err != nil {
		return nil, fault.Wrap(fault.NotFound, KeyMissing, err)
	}
	abs, err := filepath.Abs(c.Path)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, KeyUnavailable, err)
	}
	a.c.Path = abs
	if a.lock, err = use(abs, true); err != nil {
		return nil, err
	}
	if err := errors.Join(settle(ctx, abs, a.c), leftovers(abs)); err != nil {
		return nil, errors.Join(err, a.Release())
	}
	return a, nil
}

// Release lets others in again.
func (a *Alone) Release() error {
	if a.lock == nil {
		return nil
	}
	return a.lock.Close()
}

// Path returns where the file lies, as [Alone.Rekey] names it; empty on PostgreSQL.
func (a *Alone) Path() string { return a.c.Path }

// Unused waits a little for connections to PostgreSQL that are just ending, and fails if there are others than db's.
func (db *DB) Unused(ctx context.Context) error {
	if db.Kind == SQLite {
		return nil
	}
	for try := 0; ; try++ {
		others := 0
		err := db.write.QueryRowContext(ctx, `SELECT COUNT(*) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name LIKE $1 || '%' AND application_name <> $2`,
			applicationName, db.name).Scan(&others)
		if err != nil {
			return Explain(err)
		}
		if others == 0 {
			return nil
		}
		if try == 20 {
			return errInUse(nil)
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return Explain(ctx.Err())
		}
	}
}

// Rekey copies an SQLite file under another file key, runs change with the place of the copy, and puts it in the place of the old one
// in one step: whenever the process is killed, what lies there opens with one of the two keys, and holds the change if it is the
// new one. What is left over of a run that was cut off is removed by the next [Seize] or [Open]. The database must be closed.
//
// It fails as change does, with nothing kept; and with [fault.Unavailable] if the disk is full or fails, where the step
// may have been taken if it was the last.
func (a *Alone) Rekey(ctx context.Context, key []byte, change func(path string) error) error {
	if len(key) != KeySize {
		return errKeySize()
	}
	if err := leftovers(a.c.Path); err != nil {
		return err
	}
	a.at("begun")
	if err := a.copy(ctx, fileSystem, key); err != nil {
		return errors.Join(err, leftovers(a.c.Path))
	}
	a.at("copied")
	if err := change(a.c.Path + rekeySuffix); err != nil {
		return errors.Join(err, leftovers(a.c.Path))
	}
	a.at("closed")
	return a.swap()
}

func (a *Alone) at(step string) {
	if a.c.At != nil {
		a.c.At(step)
	}
}

// copy writes the file, which is read through a file system, anew under a key, with nothing of the write-ahead log left beside
// the old one.
func (a *Alone) copy(ctx context.Context, system string, key []byte) (err error) {
	db, err := openFile(a.c.Path, a.c.Key, system, writerCache, false, nil)
	if err != nil {
		return Explain(err)
	}
	defer func() { err = errors.Join(err, Explain(db.Close())) }()
	db.SetMaxOpenConns(1)
	// It ends the log, and fails if there is a connection that knows nothing of the lock.
	if _, err := db.ExecContext(ctx, "PRAGMA journal_mode=DELETE"); err != nil {
		return Explain(err)
	}
	to := a.c.Path + rekeySuffix
	if err := private(to); err != nil {
		return fault.Wrap(fault.Unavailable, KeyUnavailable, err)
	}
	defer a.watch(to)()
	_, err = db.ExecContext(ctx, "VACUUM INTO $1", fileURI(to, url.Values{"vfs": {fileSystem}, "modeof": {to}, "hexkey": {hex.EncodeToString(key)}}, "?"))
	return Explain(err)
}

// watch tells how the copy at path grows, until it is told that it is whole.
func (a *Alone) watch(path string) (done func()) {
	info, err := os.Stat(a.c.Path)
	if a.Progress == nil || err != nil {
		return func() {}
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for tick := time.NewTicker(100 * time.Millisecond); ; {
			select {
			case <-end:
				tick.Stop()
				return
			case <-tick.C:
				if now, err := os.Stat(path); err == nil {
					a.Progress(min(now.Size(), info.Size()), info.Size())
				}
			}
		}
	}()
	return func() {
		close(end)
		<-ended
		a.Progress(info.Size(), info.Size())
	}
}

// swap puts the new file in the place of the old one.
func (a *Alone) swap() error {
	failed := func(err error) error { return fault.Wrap(fault.Unavailable, KeyUnavailable, err) }
	to := a.c.Path + rekeySuffix
	dir := filepath.Dir(to)
	for _, file := range []string{a.c.Path, to} { // of neither may a log be taken for the other's
		for _, log := range []string{"-wal", "-journal"} {
			if _, err := os.Stat(file + log); !errors.Is(err, fs.ErrNotExist) {
				return failed(err)
			}
		}
	}
	if err := errors.Join(flush(to), flush(dir)); err != nil {
		return failed(err)
	}
	a.at("flushed")
	if err := os.Rename(to, a.c.Path); err != nil {
		return failed(err)
	}
	a.at("renamed")
	if err := flush(dir); err != nil {
		return failed(err)
	}
	return leftovers(a.c.Path)
}

// flush brings a file or a directory down to the disk.
func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// private makes an empty file for its owner only, if there is none.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// leftovers removes what a change of the file key has left. Nobody may be at it.
func leftovers(path string) error {
	if strings.HasSuffix(path, rekeySuffix) {
		return nil
	}
	for _, more := range []string{"", "-wal", "-shm", "-journal", ".migrate"} {
		if err := os.Remove(path + rekeySuffix + more); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault.Wrap(fault.Unavailable, KeyUnavailable, err)
		}
	}
	return nil
}
