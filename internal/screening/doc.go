// Package screening reads answers against published indicators of trafficking and says which rule they meet.
//
// The indicators, their strengths and the rules are data, each with a source and how far it can be trusted ([Origin]). A
// sheet of answers ([Sheet]) is judged by a pure function ([Data.Judge]), which names the rule that was met and the
// answers that met it. Observations stand beside the indicators and weigh nothing.
//
// Invariants, each with a test:
//   - what comes out is a [Suggestion]; none of them says that somebody is no victim, and none decides;
//   - only yes counts, and one more yes never lowers a suggestion;
//   - nothing that refers, permits, helps or counts imports this package (the tests of package arch);
//   - a strength or rule that nobody has verified is never shown as official: a [Result] that rests on one says so;
//   - a professional who disagrees gives a reason, and both stand: neither overwrites the other;
//   - what is kept in a case is sealed, and leaves nothing in the row of the case that the node reads.
package screening
