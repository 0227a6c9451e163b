// Package person is the person served: her names in several scripts, when and where she was born, what
// languages she speaks, which documents she has, and above all how she may be contacted without
// putting her in danger.
//
// Every answer is a value of its own: [NotAsked], [Declined], [UnsafeToAsk] and [Unknown] are different
// things, are counted apart, and none of them is "no". No question about what happened to her stands
// here.
//
// Everything is sealed: a [Person] is one record of the home compartment of her case. The node knows an
// opaque identifier and an age class, nothing else.
//
// Invariants:
//   - who may be under 18 follows the child path: [Class] says adult only where that is certain or was
//     established;
//   - an address or number leaves this package through [Service.Reach] only, which asks for proof that
//     the safe-contact card was shown, and refuses an unsafe way;
//   - the form of a person in bytes is canonical JSON; what [Parse] reads, [Person.Encode] writes.
package person
