// Package ownview is what the person served sees of her own matter, on a page that asks for nothing but a code.
//
// A [View] rests on one case. A code of 100 random bits gives its name in the store and the pair to whose public half its [Capsule] is
// sealed; the node has the public half alone, so it can tell her what has changed ([Service.Refresh]) and can read nothing of what it told
// her. The code is shown once, at a desk of the case ([Service.Issue]), and kept nowhere.
//
// She looks ([Service.Look]), takes a consent back ([Service.Withdraw]) and switches the page off ([Service.SwitchOff]). Taking back
// freezes at once and travels like every withdrawal; what lies under the consent is erased after somebody has asked her whether it was she
// ([Service.Confirm]).
//
// Invariants:
//   - one view of a case is on at a time, and none of a file of the prosecution;
//   - of a view that is off, the row holds no name, no key and no capsule: it cannot be told from a code that never was;
//   - a wrong code, a slip of the pen and a view that is off get one answer, after the same work;
//   - looking is recorded nowhere: no log links a visitor, a time and a code;
//   - a capsule has words, numbers, functions and days: no name, address, country, note or other person;
//   - no number of a house in which people live stands on the page.
//
// The format is spec/own-view.md.
package ownview
