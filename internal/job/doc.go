// Package job does the work that nobody is signed in for: it delivers and collects, lets clocks run, notifies,
// has the log countersigned, spreads rosters and desk sheets, and sweeps away what is over.
//
// A [Runner] holds a list of [Job]s, each a name, an interval and a function. Of all replicas of a node one at a
// time runs a job, by a lease in the store. What a job does is a method of a noun; [Work] is the list of them, and
// [Witnessing] is how checkpoints travel. What only brings the memory of a process up to date is done by every replica.
//
// Invariants:
//   - unattended work opens nothing: no job is given a key of a person or a desk;
//   - a job that fails or takes too long holds up no other, and is tried again at its next time;
//   - a lease that was lost ends the work that rested on it;
//   - no two replicas begin at the same moment: intervals are spread.
package job
