// Package veil holds what nodes compute together about people without telling each other who they are.
//
// Two things stand on it: the count of distinct persons over several members, with the overlap of two of them, and the
// lookup "is this person known elsewhere?". The package is pure: it has no store, no clock and no network; randomness is
// handed in. It sees match keys, points and scalars, never a name.
//
// The group is ristretto255 (RFC 9496), of prime order, so that every point that is accepted has one encoding and no
// small part. Everything that touches a secret takes the same time whatever the secret is; what may take different
// times says "Public" in its name and is for checking what everybody may see.
package veil
