// Package store keeps what the nouns declare in their Tx interfaces, in SQLite or in PostgreSQL, and is
// the only place that knows SQL. How the two engines are opened and spoken to is in store/internal/engine.
//
// A noun's service is given two functions. [Writer] makes the only way to write: it takes the audit
// entry that says who does what and why, runs the change, and appends the entry to the log in the same
// transaction, so that either both are kept or neither. [Reader] makes a consistent snapshot. Two
// narrower ways exist: [Eraser] may also delete payloads of the log, and [Ephemeral] reaches only what
// may be lost at any moment (leases, remembered answers) and needs no entry.
//
// # Transactions
//
// Writes take turns, one after the other, on both engines, because each of them extends one log. Those
// that wait at the same moment share one commit: each runs behind a savepoint in the goroutine of its
// caller, a failed one is undone alone, and none is told "done" before the commit is on disk. A change
// can therefore be run more than once and must have no effect but through its transaction; it must not
// wait for the network, a person or a passphrase, nor call another write. A change to which a statement
// has failed is over: it returns that error, and one that swallows it fails all the same. Time stands
// still in a transaction: [Tx.Now].
//
// On SQLite a transaction is BEGIN IMMEDIATE on the one writing connection, with full synchronisation;
// on PostgreSQL it is SERIALIZABLE, repeated a bounded number of times when the engine asks for it.
//
// # Cases
//
// The sealed rows of a case are in one table whatever their noun. The log entry of a change to a case
// carries the hash of the versions of all its rows (the manifest, spec/keys.md), computed here at the
// end of the transaction. A change of rows without an entry that names the case fails, and so does a
// change on top of rows that are not those of the newest entry: a row put back to an older state is seen.
//
// # A new noun
//
// Three files and one line: schema/common/NNNNN_noun.sql (portable types only, each CREATE TABLE line ends in
// a comment with its [Class]), query/noun.sql and noun.go with the methods of *Tx, beginning with
// "var _ noun.Tx = (*Tx)(nil)". Triggers, and grants that differ from the default, go into files of the
// same name under schema/sqlite and schema/postgres. Run "sqlc generate" in this directory afterwards. A method gives its
// queries the context of its caller; whether a statement may be begun is asked there, once for all (tx.go).
// Rules of the SQL: TEXT, BIGINT, BYTEA, BOOLEAN and DOUBLE PRECISION only; times are microseconds;
// identifiers are made in Go; no sequences, arrays, JSON operators or row-value comparisons; joins, not
// correlated EXISTS; a foreign key is DEFERRABLE INITIALLY DEFERRED. A result is read to its end before the
// next statement. Text is compared byte by byte on both engines.
//
// # Failures
//
// Every method fails with [fault.Unavailable] when the engine cannot be reached or is too busy, with
// [fault.Conflict] on a unique or foreign key, with [fault.Invalid] on a check, with [fault.Denied] when
// the database forbids it, and with [fault.Internal] otherwise.
package store
