// Package careplan is what she needs and what is done about it: needs as she and the professionals name them, an individual plan of
// steps that she agrees to one by one, and what came of each step.
//
// A [Need] is named by a code, with its urgency and who said so. A [Step] answers a need: a service, who gives it, by when, which
// desk sees to it, and how it stands; its course is kept whole. An [Agreement] is the plan gone through with her: what she agreed to
// and what not, her goals in her words, and the day on which it is looked at again. Services that she is given are records of the
// case ([casefile.Delivery]), which may name the step that they carry out.
//
// Everything is sealed in the home compartment of her case. The node learns that the plan has to be looked at by a day, from a task,
// and nothing else.
//
// Invariants, each with a test of its name:
//   - no step goes on that she did not agree to; what she declines is not asked why, and stays offered;
//   - a plan that nobody agreed to says so, and so does one that was changed after she had agreed;
//   - nothing is overwritten: a step keeps its course, a service what its record said before;
//   - a plan is looked at again: whoever has one has a day, and somebody is reminded before it;
//   - nothing here reads how her status was decided or whether she cooperates (CETS 197, article 12(6)).
package careplan
