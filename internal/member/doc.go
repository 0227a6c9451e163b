// Package member says who belongs to the network, with which keys, and which desks they have.
//
// A [Roster] lists the members, their node keys and addresses. It is signed by more than half of the
// offline root keys, one per member, and every node holds a copy: nothing depends on a centre. A
// [Sheet] lists the desks of one member and is signed by that member's authority key alone, so that a
// resignation in a shelter concerns nobody abroad. The formats are specified in spec/roster.md.
//
// The ceremony is pure: [Propose], [Roster.Sign], [Assemble], [Trust], [Accept]. What a node holds is kept by
// [Service], through the small [Tx].
//
// Invariants:
//   - versions only rise; a new root set needs the old threshold and the new one;
//   - two rosters of one version are both refused, and the alarm is raised;
//   - old rosters are kept, so that an old signature is judged by the roster in force when it arrived;
//   - after a roster has expired everything goes on except that, past the grace, no identity bundle
//     leaves;
//   - a member can be blocked here at once, whatever the roster says.
package member
