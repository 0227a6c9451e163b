// Package docket is the joint case board of prosecutors of several members: which requests, hearings, deadlines, journeys, claims and pieces of evidence there are
// in one cooperation, and whom to call.
//
// A board is a set of entries ([Entry]). Each is written once by one desk, names all entries that this desk had seen as the latest, by their digests, and is never
// changed: a later entry about the same item takes its place. What a board says ([Fold]) follows from the set alone, so that every desk says the same whatever came
// first, and none can take back or slip in what the others have seen. Entries travel as envelopes from the desk that wrote them to each other desk of the board.
//
// A board names offices and nobody else. A witness is a mark, "W-1"; what stands here are codes, days, references and one line each. The files and the evidence
// themselves go by the official channel.
//
// Invariants, each with a test of its name:
//   - every desk says the same of a board, whatever came first;
//   - a board lives in the realm of the prosecution: nobody of assistance and of the office, and no desk that is not on it, learns that it is there;
//   - no entry has room for a file of assistance: no part of it takes more than one line, and none a name;
//   - evidence and where it went is only added to, and whoever holds the entries can check that nothing is missing.
package docket
