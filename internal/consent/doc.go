// Package consent records what a person agreed to: for what, to which desks, which categories of data
// one by one, in which language and with whose help, from when to when, and how she can take it back.
//
// The record itself is sealed in the home compartment of her case and signed by whoever took it. The
// node knows its operational row ([Consent]): codes, desks and times, by which it can check, freeze and
// forward a withdrawal with nobody signed in. What is shared or received under a consent lies in a
// compartment of its own.
//
// What may be shared is decided in one place: the data file of categories says which members of a
// [Content] belong to which category. [Select] leaves out everything else, [Extract] says so under the
// signature of the node, and the receiver compares with [Bundle.Within].
//
// Invariants (spec/consent.md):
//   - a bundle holds nothing outside the categories of its extract;
//   - a withdrawal needs no key and no reason, takes effect at once, and touches no service;
//   - after a restore nothing is shared under a consent of before it until somebody has said that it still
//     stands: she may have withdrawn it in the time that was lost;
//   - a consent is never overridden: the vital-interests and legal-duty path is a record of its own,
//     [Override], with a reason, a second person, a later review and a notice to the person;
//   - who is or may be a child does not consent alone: a guardian or authority does, with her assent and
//     a note on her best interests.
package consent
