// Package arch holds the tests of the drawing: which package may import which, what each may use from
// outside, how large a thing may grow, what it may be called, and whether the documents tell the truth.
//
// It has no code of its own. The law is text in policy_test.go; docs/ARCHITECTURE.md draws the same floors
// for people. A failure names the file, the rule and its reason.
//
// Do not change the policy to make a build pass. A forbidden import nearly always means that a rule sits in
// the wrong package, or that an identifier (package id) would do where a whole noun was imported.
package arch
