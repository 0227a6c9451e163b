// Package peer speaks to other nodes and to the outside carriers of notices.
//
// Between nodes it is HTTPS: TLS 1.3 only, both sides show a self-signed certificate, and nothing in it counts but
// its key, whose SHA-256 the roster pins. [Server] answers, [Client] calls and is the carrier of package exchange.
// To people it carries notices that others have decided and worded: [Mail] over SMTP, [Push] over Web Push, [SMS]
// over the HTTP hook of a gateway.
//
// The package decides nothing about an envelope; package exchange does. It keeps strangers out cheaply, bounds
// size, time, rate and memory, and gives each failure its status in one place ([status]).
//
// Invariants:
//   - whoever is not in the roster in force gets no further than the handshake;
//   - a node takes from a member only what that member signed, and gives her only what is hers;
//   - of a failure nothing leaves but kind, message key, public arguments and a request identifier;
//   - no redirect is followed and no proxy of the environment is used;
//   - what is logged names members, routes and keys of messages, never bytes that were carried.
package peer
