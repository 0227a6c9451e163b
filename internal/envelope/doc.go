// Package envelope is the form of whatever crosses a border, and of what is answered to it.
//
// An [Envelope] has a clear [Header] (members, times, digests), a [Control] sealed to the receiving node
// (kind, desks, thread, consent, legal basis; codes only), and where the kind has it a content sealed to
// the receiving desk. A [Receipt] says what became of it. [Kinds] says what has to be known of each kind. The
// formats are in spec/envelope.md and spec/receipt.md.
//
// [Seal] makes an envelope, [Parse] reads it strictly, [Envelope.Verify] says whose it is, and only then may
// [Envelope.OpenControl] and [Envelope.OpenContent] open it. The package keeps nothing, sends nothing and has no clock:
// package exchange does.
//
// Invariants:
//   - one meaning has one form: what is read and written again gives the same bytes;
//   - the identifier is the digest of the header, and the header binds every part: a part does not open in another envelope;
//   - sizes tell only steps;
//   - what a mailbox says cannot be passed off as the receiver's word.
package envelope
