package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/store/internal/engine"
	"github.com/opentrm/opentrm/internal/store/rows"
)

const (
	maxGroup = 64               // changes that share one commit
	maxTries = 8                // of a transaction that the engine wants repeated
	maxTurn  = 60 * time.Second // that one transaction may take on PostgreSQL
)

// Writer returns the write function that a service of transactions T is given: it runs the change and
// appends the entry that says why, in one transaction. The entry's time is the transaction's; its
// manifest is filled in if it names a case.
//
// The function fails as the change does, with nothing kept; with [fault.Invalid] if the entry cannot be
// recorded; with [fault.Unavailable] if the engine cannot be reached, where a change whose commit was cut
// off may have been kept; with [fault.Conflict] and "store.manifest" if rows of a case were not those that the log
// stands for; and as package store says otherwise. Writer panics if *Tx lacks a method of T: wiring is wrong.
func Writer[T any](db *DB) func(context.Context, audit.Entry, func(T) error) error {
	mustBe[T](&Tx{})
	return func(ctx context.Context, entry audit.Entry, fn func(T) error) error {
		return db.change(ctx, &change{entry: &entry, run: func(tx *Tx) error { return fn(any(tx).(T)) }})
	}
}

// Eraser returns a write function like [Writer]'s whose transaction may also delete payloads of the
// log. Nobody else is given that right by the database.
func Eraser[T any](db *DB) func(context.Context, audit.Entry, func(T) error) error {
	mustBe[T](&EraseTx{})
	return func(ctx context.Context, entry audit.Entry, fn func(T) error) error {
		return db.change(ctx, &change{entry: &entry, erases: true, alone: true, run: func(tx *Tx) error {
			return fn(any(&EraseTx{tx}).(T))
		}})
	}
}

// Ephemeral returns a write function without an entry, for what may be lost at any moment and tells
// nothing about anybody: leases and remembered answers.
func Ephemeral[T any](db *DB) func(context.Context, func(T) error) error {
	mustBe[T](&EphemeralTx{})
	return func(ctx context.Context, fn func(T) error) error {
		return db.change(ctx, &change{run: func(tx *Tx) error { return fn(any(&EphemeralTx{tx}).(T)) }})
	}
}

func mustBe[T any](tx any) {
	if _, ok := tx.(T); !ok {
		panic(fmt.Sprintf("store: %T lacks a method of %T", tx, *new(T)))
	}
}

// change is one write that waits for its turn.
type change struct {
	entry  *audit.Entry // nil for what needs none
	erases bool         // may delete payloads of the log
	alone  bool         // shares no transaction and may take long
	run    func(*Tx) error

	leads context.Context // of the caller whose own goroutine leads the group; nil for one that joined it

	turn chan *Tx      // the transaction, handed to the caller's goroutine
	gone chan struct{} // closed if that goroutine ended inside the change
	ran  chan error    // the caller's answer
	done chan error    // the outcome, after the commit
}

// change runs c when its turn has come. Who finds nobody writing leads: it runs its own change at once, in this goroutine, then
// those that have come to wait, and commits them together. Who finds somebody waits to be taken along, or for the turn to
// lead.
func (db *DB) change(ctx context.Context, c *change) error {
	select {
	case w := <-db.turn:
		return w.lead(ctx, c)
	default:
	}
	c.turn, c.gone, c.ran, c.done = make(chan *Tx), make(chan struct{}), make(chan error), make(chan error, 1)
	select {
	case w := <-db.turn:
		return w.lead(ctx, c)
	case db.queue <- c:
	case <-ctx.Done():
		return explain(ctx.Err())
	case <-db.closing:
		return errClosed()
	}
	for {
		select {
		case tx := <-c.turn:
			c.take(ctx, tx)
		case err := <-c.done:
			return err
		}
	}
}

// lead runs c in the goroutine of its caller and gives the turn back, whatever c does.
func (w *writer) lead(ctx context.Context, c *change) error {
	defer func() { w.db.turn <- w }()
	c.leads = ctx
	return w.serve(c)
}

// take runs the change and answers, whatever the change does: a panic or the end of the
// goroutine undoes it and must not hold up the others.
func (c *change) take(ctx context.Context, tx *Tx) {
	answer, returned := errAbandoned(), false
	defer func() {
		if !returned {
			close(c.gone)
		}
		c.ran <- answer
	}()
	answer = c.attempt(ctx, tx)
	returned = true
}

func (c *change) attempt(ctx context.Context, tx *Tx) error {
	if ctx.Err() != nil {
		return explain(ctx.Err())
	}
	if err := c.run(tx); err != nil {
		return explain(err)
	}
	return explain(ctx.Err())
}

// give runs the change: here, if its caller leads, or else by handing the transaction to its caller's goroutine and
// waiting for the answer.
func (c *change) give(tx *Tx) error {
	if c.leads != nil {
		return c.attempt(c.leads, tx)
	}
	select {
	case c.turn <- tx:
		return <-c.ran
	case <-c.gone:
		return errAbandoned()
	}
}

// writer holds the writing session. Whoever has it writes.
type writer struct {
	db *DB
	s  *engine.Session

	// Of the session, on SQLite: the state of the file behind its last transaction, and what is known of the network then.
	version uint32
	sure    bool
	network known

	durable []error // the outcomes of the group that was committed last
	crowd   bool    // that group was of several
}

// serve runs first, together with what waits when its transaction has begun. It returns the outcome of first; the others
// are told theirs.
func (w *writer) serve(first *change) error {
	group, told := []*change{first}, false
	w.durable = nil
	defer func() {
		switch {
		case told:
		case len(w.durable) == len(group): // what was to be called behind it ended the goroutine
			tell(group[1:], w.durable[1:], nil)
		default: // the change of the leader did: what came with it was undone
			tell(group[1:], nil, errAbandoned())
		}
	}()
	outcomes, err := w.repeat(&group, !first.alone)
	if _, done := errors.AsType[*unsure](err); err != nil && !done && len(group) > 1 {
		outcomes, err = make([]error, len(group)), nil
		for i, c := range group { // one of them may have spoiled it for all: each alone
			alone := []*change{c}
			one, err := w.repeat(&alone, false)
			if err != nil {
				one = []error{err}
			}
			outcomes[i] = one[0]
		}
	}
	told = true
	if err != nil {
		tell(group[1:], nil, err)
		return err
	}
	tell(group[1:], outcomes[1:], nil)
	return outcomes[0]
}

// tell tells each change its outcome, or all of them the same.
func tell(group []*change, outcomes []error, all error) {
	for i, c := range group {
		if all == nil {
			c.done <- outcomes[i]
		} else {
			c.done <- all
		}
	}
}

// repeat attempts the group until the engine takes it, and lets it grow at its first attempt.
func (w *writer) repeat(group *[]*change, grow bool) ([]error, error) {
	for try := 1; ; try++ {
		outcomes, err := w.attempt(group, grow && try == 1)
		if err == nil {
			return outcomes, nil
		}
		if lost := engine.IsLost(err); lost && w.s != nil {
			w.drop()
		}
		if !engine.IsSerial(err) || try == maxTries {
			return nil, explain(err)
		}
		<-time.After(time.Duration(try*try) * time.Millisecond)
	}
}

func (w *writer) drop() {
	w.sure, w.db.end = false, end{} // another connection counts anew
	if w.s != nil {
		w.s.Discard()
		w.s = nil
	}
}

// attempt runs the group in one transaction. It returns the outcome of each change, or an error that
// undid all of them.
func (w *writer) attempt(group *[]*change, grow bool) ([]error, error) {
	ctx, cancel := context.Background(), context.CancelFunc(func() {})
	if w.db.engine.Kind == Postgres && !(*group)[0].alone {
		ctx, cancel = context.WithTimeout(ctx, maxTurn)
	}
	defer cancel()
	if err := w.begin(ctx); err != nil {
		return nil, err
	}
	kept := false
	defer func() {
		if !kept {
			w.sure = false
		}
		if !kept && w.s != nil { // also if the leader's change ends its goroutine
			if w.s.Plain(context.Background(), "ROLLBACK") != nil && w.db.engine.Kind == Postgres {
				w.drop()
			}
		}
	}()
	b := &batch{db: w.db, s: w.s, q: rows.New(w.s)}
	var err error
	if b.alone, err = w.recall(); err != nil {
		return nil, err
	}
	b.network = w.network
	outcomes := make([]error, 0, len(*group))
	for i := 0; i < len(*group); i++ {
		c := (*group)[i]
		if c.erases {
			if err := b.erasing(ctx); err != nil {
				return nil, err
			}
		}
		outcome, err := b.one(ctx, c, i == 0)
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, outcome)
		for grow && i == len(*group)-1 && len(*group) < maxGroup {
			next := w.waits(w.crowd || len(*group) > 1)
			switch {
			case next == nil:
				grow = false
			case next.alone:
				grow = false
				defer w.later(next)
			default:
				*group = append(*group, next)
			}
		}
	}
	if err := b.flush(ctx); err != nil {
		return nil, err
	}
	if err := b.ended(ctx); err != nil {
		return nil, err
	}
	if err := w.s.Run(ctx, "COMMIT"); err != nil {
		if engine.Refused(err) {
			return nil, err
		}
		return nil, &unsure{err}
	}
	kept, w.network = true, b.network
	if w.db.engine.Kind == SQLite {
		w.version, err = w.s.State()
		w.sure = err == nil
	}
	if b.longer {
		w.db.end = end{b.stored, b.head, b.last}
	}
	w.durable, w.crowd = outcomes, len(outcomes) > 1
	callAll(b.after)
	return outcomes, nil
}

// callAll calls each of after, also behind one that panics.
func callAll(after []func()) {
	called := 0
	defer func() {
		if called < len(after) {
			callAll(after[called:])
		}
	}()
	for _, f := range after {
		called++
		f()
	}
}

// recall reports whether the file is, inside the transaction that has begun, as the last one of this session left it. If not, it
// forgets the network, and the end of the log if somebody else has written.
func (w *writer) recall() (bool, error) {
	if w.db.engine.Kind != SQLite {
		w.network = known{} // it has no such number, and others write
		return false, nil
	}
	version, err := w.s.State()
	if err != nil {
		return false, err
	}
	same := w.sure && version == w.version
	if version != w.version { // what follows here, without an entry perhaps, must not make the end sure that was known before
		w.db.end = end{}
	}
	if w.version = version; !same {
		w.sure, w.network = false, known{}
	}
	return same, nil
}

// begun is recall for a transaction that has read nothing yet: only who reads sees what others have changed.
func (w *writer) begun(ctx context.Context) (bool, error) {
	var version int64
	if err := w.s.QueryRow(ctx, "PRAGMA data_version").Scan(&version); err != nil {
		return false, err
	}
	return w.recall()
}

// waits returns a change that waits for its turn; nil if none does. Where several came of late, others are given the processor
// before: who is about to come should not miss the transaction that is about to be made durable.
func (w *writer) waits(crowd bool) *change {
	for yielded := !crowd; ; yielded = true {
		select {
		case next := <-w.db.queue:
			return next
		default:
		}
		if yielded {
			return nil
		}
		runtime.Gosched()
	}
}

// errAbandoned is the outcome of a change that ended its goroutine, and of those that were undone with it.
func errAbandoned() error { return fault.New(fault.Internal, "store.change.abandoned") }

// unsure is a commit that was cut off: the changes may have been kept, so they are not run again.
type unsure struct{ err error }

// Error says what the engine said.
func (u *unsure) Error() string { return "commit: " + u.err.Error() }

// Unwrap returns what the engine said.
func (u *unsure) Unwrap() error { return u.err }

// later gives a turn of its own to a change that never shares a transaction.
func (w *writer) later(c *change) {
	go func() {
		select {
		case w := <-w.db.turn:
			outcome := w.serve(c)
			w.db.turn <- w
			c.done <- outcome
		case <-w.db.closing:
			c.done <- errClosed()
		}
	}()
}

// begin starts a transaction on the writing session and, on PostgreSQL, waits for the turn among the
// replicas before the engine takes its snapshot.
func (w *writer) begin(ctx context.Context) error {
	start := "BEGIN IMMEDIATE"
	if w.db.engine.Kind == Postgres {
		start = "BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE write_turn IN EXCLUSIVE MODE"
	}
	if w.s != nil {
		err := w.s.Run(ctx, start)
		if err == nil || !engine.IsLost(err) {
			return err
		}
		w.drop() // the server was restarted since the last change: nothing was begun
	}
	var err error
	if w.s, err = w.db.engine.Writing(ctx); err != nil {
		return err
	}
	return w.s.Run(ctx, start)
}
