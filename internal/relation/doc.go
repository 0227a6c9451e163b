// Package relation is who belongs together: links between two cases of this node, of people who were exploited together or are of
// one family.
//
// A link says that of two people, and one of them may be sought by the other's exploiter. It is seen from either case by whoever may
// open both, and by nobody else: to others it does not exist. The node cannot read it, nor name its ends: see [Row]. It never leaves the
// node and no rule reads it.
//
// Invariants, each with a test of its name:
//   - who may not open both cases learns nothing of a link, not even that there is one;
//   - a thief with the database and the log cannot tell which cases are linked;
//   - a link is ended with a reason and stays in both files; nothing of it is overwritten;
//   - new keys of a case leave its links as they are; erasing one case makes what its links say unreadable to everybody;
//   - the prosecution has no links.
package relation
