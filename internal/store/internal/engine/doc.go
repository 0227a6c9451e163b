// Package engine is what SQLite and PostgreSQL are to the store: how a database is opened, under which key and as which login, brought
// to the newest schema, spoken to, copied and closed; and what its errors mean.
//
// It knows no noun, no log and no transaction of the store: those are package store's, which alone can import this one, so that
// nobody else has a way to write at all. Its parts:
//   - [Open] and [DB]: the connections to a database (sqlite.go, postgres.go), and [Session], one of them, which speaks to the engine
//     itself and gives generated queries the words of the PostgreSQL driver on both engines (session.go, lite.go, rewrite.go);
//   - the encrypted file and its write-ahead log as they lie on the disk (wal.go), and who copies the log (checkpoint.go);
//   - [Schema], the migrations (migrate.go);
//   - [Alone]: a file that nobody else uses, and its new key (alone.go);
//   - [Server], which makes databases (postgres.go);
//   - [Explain], which turns an error of an engine into a fault (fault.go).
//
// docs/adr/0003-embedded-sqlite-encrypted.md and docs/adr/0004-one-sql-text.md say why it is so.
package engine
