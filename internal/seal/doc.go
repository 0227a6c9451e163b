// Package seal makes keys and uses them: it seals, opens, wraps, signs, verifies, stretches, splits and
// pads. It sees bytes only and knows nothing of people, cases or countries.
//
// The words of this package:
//   - a [Key] is 256 random bits that seal fields, wrap other keys and derive further ones;
//   - a [KEMPublic] seals to somebody who is not here; her [KEMPrivate] opens (HPKE, hybrid with ML-KEM);
//   - a [SignPrivate] signs under a [Domain], so that a signature made for one thing means nothing elsewhere;
//   - a [Lock] is one way (passphrase, passkey, token) to the master key of a user's [UserKeys];
//   - [Split] shares a secret among officers of whom some together can rebuild it.
//
// Invariants:
//   - every sealed text and every signature begins with the number of its algorithm, and a number that is
//     not known is refused, never skipped;
//   - what was altered, cut, moved to another row or version, or sealed for another use does not open;
//   - a reader refuses every spelling that the writer would not have written;
//   - secrets are not printed: no type that holds one has a text form, and a wiped key stays wiped in
//     every copy.
//
// A call with a key that is empty or wiped is a defect where the call has no error to return, and panics
// rather than seal under a key of zeros; where it has one, it fails with [fault.Locked].
//
// The forms are specified in spec/keys.md; its vectors lie in spec/testdata/keys.
package seal
