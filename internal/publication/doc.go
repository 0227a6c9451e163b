// Package publication has the signed records that every member holds a copy of: practices, legal models,
// meetings, conclusions, progress reports. Nothing in them is secret and nobody is named.
//
// A [Record] is written by a desk of one member, signed by that member's node and, where its kind asks for
// it, by a person. Correcting and withdrawing make the next version; the earlier ones stay. Each record has
// a place in the sequence of its author, so that two nodes can tell in one line per member what they have.
//
// # How it spreads
//
// A new record is sealed to every member in the transaction that wrote it. From time to time, and after an
// absence, a node greets the others with what it has ([Service.Greet]); whoever has more sends what is
// missing, of any author, in batches. So a node that was away for a month needs to meet one other, and an
// author who lost her own records to a restore gets them back.
//
// Desk sheets and rosters are signed by other keys and travel by their own kinds (package exchange).
//
// Invariants:
//   - a record is believed because of its author's signature, whoever brought it;
//   - versions only rise, and who has a record may not be told another one of the same version or place:
//     both are kept as evidence, and an alarm is raised;
//   - a record that cannot be judged here and now does not hold up the others.
package publication
