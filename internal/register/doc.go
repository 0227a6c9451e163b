// Package register makes the record of processing activities of a node, and the template of its data-protection impact
// assessment, from what the node really asks and does.
//
// The structure is that of articles 30(1) and 35(7) of Regulation (EU) 2016/679, which the laws of most members follow. One
// activity is made of each form in its newest version with the questions that the member adds: what is asked, why, who sees it, how
// long it is kept. What is processed beside forms stands in data/activities.json in the same terms, and what can go wrong in
// data/risks.json. Nobody writes the register by hand, so that it cannot say less than the program asks.
//
// Invariants:
//   - every datum has a purpose, a reader and a kind of record whose period the profile knows: [Register.Check];
//   - a period that nobody has confirmed is shown as such, and one that nobody knows as unknown;
//   - what only the controller can judge is left blank and never filled in.
package register
