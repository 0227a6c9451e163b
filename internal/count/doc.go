// Package count lets members count together how many persons they know, each person once, without telling each other who they are
// (spec/veil-count.md). The arithmetic is in package veil; here is what is kept, what travels, and who may do what.
//
// A coordinator proposes a run: what is counted, over which months, among whom, by when. In each member two people agree before it takes part,
// and one who does not is enough for that it does not. Somebody at the desk whose cases are counted prepares its records, and encrypts them when
// mixers and tally have been drawn. The nodes do everything else with nobody signed in, whenever they are on.
//
// Invariants:
//   - what a member has said it keeps and sends again as it is: it says one thing in a step;
//   - the secret that opens the records of a member rests under a key of the desk that prepared them, and in no backup; so do the secrets of the
//     node, under node.secret; all of them are destroyed when the run is over;
//   - a run in which somebody was named, objected to or declined ends without a number;
//   - what runs may tell of the people here in a year is bounded, and a run that would exceed it is not joined.
package count
