// Package transfer hands a case over from one desk to another of this node: a referral asks another desk to do something and moves
// nothing; a transfer, once it is accepted, moves the file and the responsibility for her.
//
// The desk that has the case offers it, with a note for those who will work with her. The other desk is told that there is something
// to take over: a reference, her age class, whether it is urgent. It accepts, or declines with a reason and an alternative; until then
// the desk that offered it can take the offer back. Who is silent is reminded, and then others hear of it.
//
// Invariants, each with a test of its name:
//   - nothing is offered without her agreement, for a child that of who answers for her, or a duty of law that two people recorded;
//   - nothing is offered to a desk that she asked to be kept from, nor to the other side of the wall;
//   - before it is accepted the other desk reads nothing of the file, nor can it with a copy of the database;
//   - a case is at one desk at any time, and an offer is answered once;
//   - after it is accepted the desk that had it opens nothing of it any more, and the keys that it knew open nothing that is new;
//   - what somebody has to do goes along with its deadline; what stays behind is named before anybody decides.
package transfer
