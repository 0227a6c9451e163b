// Package referral is the handover of a person from one desk to another, followed until the loop closes.
//
// A referral is a thread between two desks: the sender's and the receiver's. Where both belong to one
// member it is national, otherwise transnational; the code is the same. Whatever happens to it is an
// [Event], signed by the node of the side that made it and told to the other side. Nobody keeps "the"
// state of a referral: each node folds the events that it holds ([course.Fold]), and two nodes that hold the
// same events see the same [State], in whatever order and however often the events arrived.
//
// Invariants:
//   - every transition has its owner ([course.Owners]); an event of anybody else is refused;
//   - an event is judged once, on what its maker had seen, and that judgement never changes;
//   - no clock orders anything: order is a number within a side and what a side had seen of the other;
//   - withdrawn-by-person, entered-in-error and revoked take effect on arrival, whatever is missing
//     before them;
//   - after withdrawn-by-person, entered-in-error or closed no further event of honest nodes opens a
//     referral again; revoked, declined and expired give way to one thing only, a person who was in
//     fact handed over;
//   - an event holds codes and identifiers, no free text and nothing about the person.
//
// Event, state, fold and clock are pure: package course has them, with no store and no randomness. [Service] has the use-cases:
// each takes one transition of one end ([Row]), and what follows from a state (release or destroy the held
// bundle, freeze, start and stop clocks) follows in the same transaction, with nobody signed in. The format and the
// rules are specified in spec/referral.md; docs/states.md draws them.
package referral
