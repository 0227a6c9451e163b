// Package search finds a person who is already in the node, by her name or the number of a document, without a list of
// names that somebody could read; spec/search.md has the bytes.
//
// There is one index for each realm and organisation, with a key pair of its own. Whoever writes down a person seals what
// can be searched to the public half, with nobody's key. The private half is sealed to the desks of that realm and
// organisation. A signed-in person of one of them opens it when she searches; the records are then held in the memory of
// this process, [Stays] long after the last search, and nowhere else in clear.
//
// Invariants:
//   - the index of one realm is never searched from the other, and never shows what the searcher may not open;
//   - a hit that she may not open changes nothing of what she is told, in content, size or time: it becomes work for the
//     desk that holds the case, and two people there decide whether to make contact;
//   - each record in a sealed segment lies there masked, and its mask lies beside the segment: so whoever erases or corrects
//     a record destroys the mask, and needs no key;
//   - every search is in the log, without the words that were looked for.
package search
