// Package casefile is her file in one country: notes, risk assessments as a dated series, status
// decisions with the body that took them, sealed attachments, services, closure.
//
// Operational is what the node needs for lists, clocks and destruction: a neutral reference, a desk, a
// realm, an age class, codes and times ([Case]). Everything that somebody said or wrote is a sealed
// record of a compartment.
//
// Invariants, each with a test of its name:
//   - assistance never depends on cooperation: nothing about a service reads whether she cooperates with
//     the prosecution, and the decision on her status changes no service;
//   - who asked for asylum is never made known to her country of origin or its consulate;
//   - the prosecution sees what was released to it by consent or by order, and nothing else; in what is
//     released, suspects, convicted, victims and others are told apart, and facts from opinions;
//   - cooperation stands in the prosecution realm only and can be withdrawn there at any time;
//   - break-glass opens one case, read-only, for three hours, for who is on duty at the emergency desk,
//     with a reason, and a second person is told;
//   - what was changed since it was read is not overwritten.
package casefile
