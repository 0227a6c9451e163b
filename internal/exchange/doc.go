// Package exchange is the one door out: whatever crosses a border is an envelope, sealed, signed and
// answered by signed receipts.
//
// The form of envelopes and receipts is in package envelope. The same bytes travel over HTTPS, through the blind mailbox of
// a third member, or in a courier file (package courier). How they are sent and answered is in spec/envelope.md,
// spec/receipt.md and spec/courier.md.
//
// [Service] keeps an outbox and an inbox in the transactions of the nouns that send and receive. It does not know
// them: node registers a [Handler] for each [envelope.Kind].
//
// Invariants:
//   - an envelope is sealed once, in the transaction of what it tells; every retry sends the same bytes;
//   - what is unattributable (unknown member, wrong digest, wrong signature) gets no receipt and leaves no trace
//     but a log line, so that nobody can make this node sign a refusal for an envelope of somebody else;
//   - effect, receipt and audit leaf of an arrival are one transaction;
//   - an envelope identifier is remembered for ever, and the same envelope gets the same receipt bytes;
//   - effects are unique on thread, side and sequence; the same place with another envelope is a conflict;
//   - a gap is parked, never refused; what must not wait takes effect at once;
//   - wall clocks order nothing.
package exchange
