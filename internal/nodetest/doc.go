// Package nodetest runs real nodes on loopback for tests: each with its own database, keys and HTTPS port, joined by a
// root ceremony that is done in the process, with desks, accounts and a clock that the test moves.
//
// [New] builds a network, [Net.Run] lets it work until it is quiet, [Node.As] signs somebody in. The network can be
// cut, a node stopped and started again. When a test ends, the whole log of every node is verified.
//
// SQLite is the default. With OPENTRM_TEST_POSTGRES set to the address of a server, and the member asked for
// [Member.OnPostgres], a node keeps its data there.
package nodetest
