// Package wording knows how far the texts can be trusted that the person herself reads or has read to her: who has reviewed which, and
// when.
//
// The texts are the messages of package lang that text/person.json names. Each of them, in each language, is reviewed by itself: a
// native speaker reads it, and a coordinator or an administrator records who did. A review is of the words as they stood: it names
// their digest, and when a word changes it is void by itself.
//
// Invariants:
//   - English is the text that all others are made from and needs no review;
//   - a text of which a message is missing in a language cannot be reviewed there and never counts as reviewed;
//   - a review is recorded with who recorded it, in the log too, and counts on this node alone.
package wording
