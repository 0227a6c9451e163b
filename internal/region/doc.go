// Package region makes one table of what members protected at home, without moving a record.
//
// A compiling desk, of the secretariat or of a member, sends a [Plan]: months, questions, base. Each member counts its own nameless facts, rounds the table at
// home, attacks it together with all that it gave before about the same persons, and gives it when a second person has approved. It travels sealed and
// signed as every envelope does. The desk adds up what came. A member that gave nothing is named, and nothing is put in its place. The whole is attacked
// once more, with what members and others have published beside it, and goes to all members when a second person there has approved.
//
// How many different persons these are no sum can say: somebody may be counted in two countries. A count of persons over members (package count) says it,
// where one was made for the months; without one the caveat goes with the table. The format is spec/regional-release.md.
//
// Invariants, each with a test of its name:
//   - no record and no true small count leaves a node: what is given was protected at home;
//   - nobody approves alone what leaves;
//   - what a member does not give is missing and named, never guessed;
//   - a contribution is corrected by one with the next number, and the earlier ones stay;
//   - what gives a small count away together with what is public already is not made.
package region
