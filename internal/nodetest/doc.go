// Package nodetest runs real nodes on loopback for tests: each with its own database, keys and HTTPS port, joined by a
// root ceremony that is done in the process, with desks, accounts and a clock that the test moves.
//
// [New] builds a network, [Net.Run] lets it work until it is quiet, [Node.As] signs somebody in. The network can be
// cut, a node stopped and started again. When a test ends, the whole log of every node is verified.
//
// SQLite is the default. A member asked for with [Member.OnPostgres] keeps its data in PostgreSQL; the test is
// skipped where there is none (package storetest).
package nodetest
