// Package conference is a meeting about one case: several desks and organisations, an agenda, minutes, and what was decided, which takes
// effect when everybody who has to has signed the same record with her own key.
//
// Operational is what the node needs for lists, clocks and blocks: identifiers, codes and times ([Conference], [Seat]). What is on the
// agenda, what was said and what was decided is sealed in the case. An invited desk has a seat: a compartment of its own with a copy of
// what may be shown to it, in which it writes its signature or why it does not sign, and nothing else of the case.
//
// Invariants, each with a test of its name:
//   - to be invited opens nothing: a seat holds what her consent, an approved override or a release lets its desk see, and is empty as
//     soon as that has ended;
//   - a desk of the prosecution sits there only by what was released to it;
//   - a decision takes effect when every required signatory has signed the text that stands, each another person with the key that the
//     node knows as hers;
//   - a text that is changed has no signature;
//   - who sits in a team and how many sign is the profile's; what nobody has confirmed of that refuses nothing and is marked;
//   - she is asked whether she wants to take part or be heard, and nothing requires it of her.
package conference
