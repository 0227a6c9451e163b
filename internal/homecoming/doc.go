// Package homecoming is her return to a country and how she is received there: her own informed decision, a risk assessment
// that two desks sign, documents and escort, the journey, the arrival, and how she is after 30, 90, 180 and 365 days.
//
// Operational is what the node needs for lists, clocks and blocks: identifiers, a country, codes and times ([Return]). What was said,
// found and arranged is sealed in the case; what two desks assess together lies in a compartment of the consent under which
// the second one was asked, which that desk opens and writes in, and nothing else of the case.
//
// Where another country takes her over, a return names the referral that does, and the desk that accepted her there can be the second to
// sign: package joint carries the assessment to it and the answer back ([Abroad]). Nothing else of a return crosses a border.
//
// Invariants, each with a test of its name:
//   - nothing goes on without her own informed decision; she changes her mind at any time, and everything stops;
//   - two people of two organisations sign the same risk assessment; whatever is changed in it drops both signatures;
//   - a red risk whose mitigation not both of them have accepted blocks the departure, whoever asks; so does an assessment that is
//     old, or older than what was found since;
//   - who asked for asylum does not return to her country of origin, and nothing is prepared there or asked of its authorities;
//   - a child, or who may be one, leaves only after a body determined that it is in her best interests and her guardian agreed,
//     also when that she may be a child becomes known last.
package homecoming
