// Package demo shows the main job on one machine: eleven nodes on loopback, one obviously fictitious person,
// one referral through every stage.
//
// The nameless facts of its nodes add up to figures that UNODC published ([Facts]); the data folder says
// which, and what is invented.
package demo
