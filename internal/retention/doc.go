// Package retention ends what has been kept long enough, and keeps from its end what somebody still needs.
//
// How long each kind of record is kept is data, of package profile. A [Hold] keeps one case from every erasure: an order,
// a complaint or a claim rests on it. A [Purge] erases what is due: one person proposes the set, a different one confirms
// it, and what is no longer due, has changed or was put on hold in between drops out and is named. What is erased is erased by
// the keys, as package casefile and message do it, and stays erased through a restore.
//
// Nothing here opens anything: lists bear neutral references, codes and days.
//
// Invariants:
//   - nothing is erased by a period that nobody has confirmed, or under a hold;
//   - nobody confirms what she proposed herself;
//   - a purge erases nothing that was not in the set whose digest was confirmed;
//   - what lives in the realm of prosecution is purged by its own desk alone, and seen by nobody else.
package retention
