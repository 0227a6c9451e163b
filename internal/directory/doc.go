// Package directory knows who helps and with what: organisations, the services they offer, where they are, and whether
// there is room.
//
// An [Organisation] is kept by one desk. What it says of itself is for everybody who signs in and for the export in
// HSDS 3.0 (Open Referral), save its confidential places: an address of which a trafficker would like to know.
//
// # The key of a confidential place
//
// Confidential places rest sealed under a random key of their own for each organisation, in a [keyring.Box] that the wrap
// key of the keeping desk closes, as the words of a thread do (package message). That key fits because the people who need
// the address, those who bring somebody there, are the people of that desk; because joining and leaving the desk costs
// nothing here; and because no key of the node opens it, so that neither a thief with the database nor work without
// a person learns an address. A case key would tie a place to one person, the intake key is destroyed, and a key of the
// node would open unattended. What is sealed is padded: its size does not tell how many addresses there are.
//
// Invariants:
//   - a confidential place is in no column, no log, no fault, no report and no export, and only members of the keeping
//     desk in a role that brings people there open it, which the log shows;
//   - a change names the version that was read;
//   - a light that was said long ago is unknown, and a record that nobody has confirmed for long says so: how long is
//     data with a source and a status;
//   - an import takes each organisation once, however often it is run, and goes over nothing that is newer here unless asked to;
//   - what has ended stays readable, but for a confidential place, which is destroyed with its key, in a restored backup too;
//   - an organisation is erased by two people, and only if no plan names it;
//   - it is known which desk has named a service in a plan, and not in whose.
package directory
