// Package profile has a country's law and lists as sourced, versioned data.
//
// Which transfer is permitted on which legal basis, how long a clock runs, which days are working days,
// how a name is rendered: none of it stands in code. It stands in files in data/, one for the network and
// one for each country, in the form of spec/schema/profile.json. Every item says where it comes from and
// how far it may be trusted, in an [Origin].
//
// An item is usable if its status is [Verified] (the text was read) or [Confirmed] (a named national
// administrator confirmed it here). An item that is not usable is shown as unverified, permits no transfer
// and starts no legal clock. A clock that is no law but an agreement of the network, such as the time in
// which a desk answers, runs from the start, so that no referral is ever silent; it is shown as unverified
// all the same. What was read about a country's law, and is not the law itself, is a description: it is
// verified as such, and not usable until it is confirmed.
//
// Who may notice the signs, and which types of body decide which status in which period, stands in the rows of
// [Identification]; [Set.Deciders] answers from them. [Lint] examines files, [Set.Checklist] says what is to be confirmed.
//
// Invariants:
//   - every item has a key that is unique in a set ("MK/clock.reflection", "network/rule.eu-non-eu.authority");
//   - a confirmation names the digest of what was confirmed: when the data change, it no longer holds;
//   - a [Set] never changes; [Set.Confirm] and [Fictitious] return copies;
//   - a prohibition holds whatever its status: doubt closes, it never opens.
package profile
