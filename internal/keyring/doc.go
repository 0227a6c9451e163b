// Package keyring knows who holds which key, and is the only way from a signed-in person to the
// content of a case.
//
// The chain is the one of spec/keys.md: a [Bearer] has opened her own key pairs with her passphrase or
// passkey; they open the wrap key of her desk; that opens the key of a case; that opens one key per
// compartment, which is the space of one consent inside one case; and that opens the sealed rows. The
// node itself holds none of these. It can write under public keys, freeze and destroy, and open nothing.
//
// Invariants:
//   - a desk is born with its first member; its keys are sealed to her and to the recovery key;
//   - joining and leaving a desk is one write, not one per case: wrap keys have generations, and
//     generation n seals generation n-1;
//   - leaving deletes the leaver's wraps at once and makes a new generation;
//   - every assistance case key is sealed at birth to the emergency desk, no prosecution case key ever;
//   - every row is sealed with its node, table, row, column, compartment and version, and the hash over
//     all versions of a case stands in the audit log: a row put back to an older state is seen;
//   - erasing destroys the key, the rows and the sealed envelopes, and is remembered by an opaque
//     identifier, so that a restored backup repeats it.
package keyring
