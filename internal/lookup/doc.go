// Package lookup lets members ask each other whether a person is known elsewhere, so that a question tells nobody whom it is about
// (spec/veil-lookup.md). The arithmetic is in package veil; here is what is kept and what travels.
//
// So far the members make, refresh and keep the secret that questions need: a run is called for by an administrator of one member, and its nodes do
// the rest unattended, whenever they are on. Questions are not asked yet.
//
// Invariants, shown by nodetest.TestARunThatFailsLeavesTheSecretAsItWas:
//   - a share rests under node.secret and in no backup;
//   - a run that fails names who broke it, and leaves the secret before it as it was;
//   - what another member says takes effect only where it is of this run, from who may say it.
package lookup
