// Package joint carries the risk assessment of a return to the desk of another member that assesses it too, and the answer back: that
// desk's signature, or why it does not sign.
//
// Who sends a person home and who receives her there judge together whether she is safe (design 6: signed by both sides). The desk that holds
// the case asks, in package homecoming; here is the way between the two nodes. Both ends keep a [Row] in clear: identifiers, codes and
// times. The assessment travels sealed to the other desk, by the exchange, under her consent and a legal basis; the answer comes back the
// same way. Nobody but the people of the two desks opens either.
//
// At the desk that was asked the assessment rests in its envelope until somebody opens it, and then under a key of the desk's own,
// in a [keyring.Box]. It is no case there. It is destroyed when the return is over, when she withdraws her consent or when its time is
// over, whichever is first; what remains says that this desk was asked and what it answered.
//
// Invariants, each with a test of its name:
//   - the node opens nothing: what is asked and what is answered is sealed to people;
//   - a signature is over the very bytes that were sent, and counts only for the desk that was asked;
//   - an assessment that was written anew takes the place of the one before, and an answer to the one before counts for nothing;
//   - what she takes back is destroyed at the other end at once, opened or not.
package joint
