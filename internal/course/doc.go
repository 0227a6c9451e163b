// Package course is what happens to a referral and what follows from it, without a store and without a clock of its own.
//
// Whatever happens is an [Event], signed by the node of the side that made it and told to the other side. Each node folds the events that
// it holds ([Fold]), and two nodes that hold the same events see the same [State], in whatever order and however often the events arrived.
// The table of transitions says who may make which ([Owners], [May]), and the state says which [Clocks] run. Package referral has the
// invariants, and the use-cases that stand on them; the format and the rules are specified in spec/referral.md, and docs/states.md draws them.
package course
