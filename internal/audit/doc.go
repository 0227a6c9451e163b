// Package audit keeps the log of who did and saw what, so that it cannot be rewritten unseen.
//
// Every change and every opening of a record appends an [Entry] in the same transaction ([Append]).
// The entries are the leaves of an append-only Merkle tree (RFC 6962). The node signs the tree's state
// in checkpoints, and the other members' nodes countersign them as witnesses, so that a node which
// shows one log to one of them and another log to the next is found out by evidence ([Fork]).
//
// The package is arithmetic. What it keeps and reads goes through [Tx] and [Reader], which are small
// and batched. The formats are in spec/audit-log.md.
//
// Invariants:
//   - a leaf is SHA-256(16 random bytes, payload); leaves and blocks of hashes are only ever added;
//   - payloads live apart and may be deleted, by the erasure role alone; everything else still verifies;
//   - a payload holds identifiers and codes; free text is sealed to the data-protection desk;
//   - a tree is padded to a multiple of 64 before it is shown, and padding looks like any leaf;
//   - witnessing never blocks work.
package audit
