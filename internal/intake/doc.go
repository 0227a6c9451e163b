// Package intake takes what other systems have kept: rows of a published collection into statistics, and rows about persons
// into cases of one desk.
//
// A [Run] is one import of one file. Its rows come in batches, each of which is kept whole or not at all, and every row is
// answered with an [Outcome]: taken, known or refused, and why. A row is recognised by a keyed mark, so that an interrupted
// or repeated import takes nothing twice. An outcome names the row by its number and the column by its head, and repeats
// nothing of what stands in the row.
//
// Records of a collection were gathered and published by somebody else, and are kept apart from the facts of this node
// (docs/adr/0029-imports.md).
package intake
