// Package lookup lets members ask each other whether a person is known elsewhere, so that a question tells nobody whom it is about
// (spec/veil-lookup.md). The arithmetic is in package veil; here is what is kept and what travels.
//
// The members make, refresh and keep the secret that questions need: a run is called for by an administrator of one member, and its nodes do the rest
// unattended, whenever they are on (run.go). Who wants to be found is made findable by her desk (enrol.go). From a case two people ask: hidden, to holders
// (ask.go), and what they answer is put to the members as tags, with the keys of the desk (finish.go). A node answers as a holder and compares (hold.go); the desk
// that knows somebody decides, by two people, whether it speaks (decide.go). The data-protection officer has questions opened that are drawn by chance (audit.go).
//
// Invariants, shown by nodetest.TestARunThatFailsLeavesTheSecretAsItWas:
//   - a share rests under node.secret and in no backup;
//   - a run that fails names who broke it, and leaves the secret before it as it was;
//   - what another member says takes effect only where it is of this run, from who may say it.
package lookup
