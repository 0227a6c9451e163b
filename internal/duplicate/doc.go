// Package duplicate says that two files are of one person, and takes it back.
//
// Two desks, or two colleagues on two days, open a file each for the same person. Merging makes one of them lead to the other: from then
// on one is worked with, and the other is read as it was. Nothing is copied, sealed anew or destroyed, so that undoing it restores both
// exactly, whatever was written since; that stays where it was written.
//
// Invariants, each with a test of its name:
//   - nothing is merged by itself: somebody who is responsible for both looks at what differs and says so, and says why;
//   - where another desk was told of a search for her, or somebody said that the two are not of one person, a second person has to say so too;
//   - what protects her in one file protects her in the one that is worked with, before they are merged: that she asked for asylum, that she
//     may be a child, which ways of reaching her are not safe;
//   - a consent stays with the file in which it was given, and permits nothing in the other;
//   - undone, the merged file is open as it was, and the search shows two again;
//   - two that are not of one person are not proposed again;
//   - the prosecution has no merges.
package duplicate
