// Package cooperation is what prosecutors of two members ask of each other: a request for mutual legal assistance, a European Investigation
// Order, the scoping of a joint investigation team, or information given unasked.
//
// A request is made of fields at a desk of the prosecution ([Request]) and rests there under a key of the desk. What travels by envelope is
// only the record that tracks it ([Record]): who asks by which instrument, a digest of the whole, and the facts of unasked information where the
// instrument lets them through. The request itself and every piece of evidence go by the official channel, and that they went is written down.
// The prosecutors decide what is evidence; this program prepares and counts days.
//
// What has happened is a set of steps, each taken by one of the two sides; how a request stands follows from them alone ([StateOf]), so
// that both nodes say the same whatever came first.
//
// Invariants, each with a test of its name:
//   - a request lives in the realm of the prosecution: nobody of assistance and of the office learns that it is there;
//   - nothing is sealed by an instrument that is not verified or confirmed, and nothing but the record leaves by one that lets nothing through;
//   - nothing out of a file of assistance stands in a request but what was released to its desk, and none that was taken back is sent;
//   - law that nobody has confirmed starts no clock.
package cooperation
