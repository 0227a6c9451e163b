// Package device is work without a network: what somebody has prepared for it, and the drafts that come from there.
//
// A [Device] is one browser of one person at one desk. On it new drafts of hers are kept sealed, and nothing else that this node knows: no
// case, no result of a search, no list of attachments. The node holds no key to them and sees them only when she sends them. The
// format of what lies there and of what is sent is specified in spec/offline.md.
//
// Invariants, each with a test of its name:
//   - a draft that is sent twice is one, and gets the same signed answer;
//   - a draft that somebody changed meanwhile is not overwritten: both are kept in the case;
//   - only who prepared a device sends from it, after a fresh sign-in, and acting where she prepared it;
//   - from a device that is to be discarded nothing is taken;
//   - a device that hears of an order hears of it until it has said that nothing is left.
package device
