// Package webhook tells a member's own systems, a case register or the gateway of a duty telephone, that something has happened
// at a desk: which kind of thing, an opaque identifier, a time and a number. Never who, what, why or of which desk.
//
// A [Hook] is one address that hears of one desk. An administrator proposes it, and a member of that desk confirms it: what
// is said of a desk's work is the desk's to give away. The store writes down what changes at a desk that has one, in the
// transaction of the change; [Service.Gather] turns that into numbered items for each hook, and [Service.Deliver] sends them, in
// order and at least once, signed as the Standard Webhooks convention says (spec/webhook.md). Which changes are told, and
// how often something is tried again, is data.
//
// Invariants:
//   - nothing leaves but what [Item.Body] writes: a code of the list, an identifier that a program made, a time, two numbers;
//   - only what the desk of a hook holds is told to it, so that a case of another desk does not exist for whoever listens;
//   - an item has one identifier and one body, however often it is sent;
//   - a hook that fails holds up itself and nothing else, and is ended after a stated time, which somebody is told;
//   - after a restore nothing is sent until the desk has confirmed anew: what it took back since the backup stays taken back.
package webhook
