// Package childhood is the path of who is or may be a child: who her guardian is, what is in her best interests, how old she is, how
// she was told and what she says to it, which bodies that protect children were told of her, and the day on which she is 18.
//
// A [Guardian] is an appointment in a dated series; a conflict of interest excludes one from the day on which it is known. An
// [Interest] is an assessment or a determination of her best interests, with who took part and what she said. An [Age] is a claim, a
// dispute, an assessment, a decision or an appeal about her age. A [Told] is what was explained to her and her answer; a [Notice] says
// which body was told of her.
//
// Everything is sealed in the home compartment of her case. How old she is the node at rest cannot count: whoever opens her file counts it
// anew ([Service.Counted]), and a task that comes at the same distance for every child sees to it that somebody opens it (docs/adr/0032).
//
// Invariants, each with a test of its name:
//   - who may be a child is treated as one: while her age is unknown, disputed or appealed, and after no assessment alone;
//   - nobody decides that she is an adult by an assessment whose range holds 17, and correcting what is written of her decides nothing;
//   - whoever has a conflict of interest, or is her guardian no more, decides nothing for her and opens nothing of her;
//   - what she refused is not done by the consent of somebody else;
//   - every body that has to be told of a child is somebody's task until it was told;
//   - the latest day that is possible ends the path, the earliest warns; no date of it is kept outside her file;
//   - what somebody else consented to for her is shared with nobody from that day, until she says herself that it stands.
package childhood
