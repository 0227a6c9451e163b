// Package message has the sealed threads from desk to desk: the informal contact that the network lives on.
//
// A [Thread] is between two desks, of two members or of one, about a referral or about nothing in
// particular. Both ends keep it for themselves. What is written is sealed to the other desk's intake key
// by package exchange, and a copy is sealed for the desk that wrote it. What arrives stays in its envelope,
// unopened, until a member of the desk reads it; reading emits the receipt "opened" and seals the words
// anew under the desk's own storage.
//
// # How a thread is kept
//
// Each end of a thread has a random key of its own in a [keyring.Box], wrapped by the desk's wrap key.
// Words are sealed under that key, bound to node, row and thread. So the intake pair may be rotated and
// destroyed without losing what was read, joining and leaving the desk costs nothing here, and erasing a
// thread is destroying one key. The box is made by the first member of the desk who writes or reads: a
// node at night has no key to make one with.
//
// Invariants:
//   - the node can deliver, count and remind, and opens nothing: subject, language and words are sealed;
//   - a thread has exactly two ends; a third desk cannot write into it, and who stands outside cannot learn
//     whether it exists;
//   - a national thread and one across a border take the same path.
package message
