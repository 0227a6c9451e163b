// Package form has the forms of case work as versioned data: what is asked, why, who sees the answer and how
// long it is kept.
//
// A [Form] is a file in data/, in the form of spec/schema/form.json, never code. A member adds its own
// questions in a file of [Additions] and changes none of ours. A [Record] of answers names the form, its
// version and the additions by which it was taken, and [Set.Check] judges it by exactly these. The format is
// specified in spec/form.md.
//
// A [Filling] is kept in a case by the [Service]: sealed, first as a draft if it is not whole, then unchanged; a correction is another
// record. What a role may not see of it is cut out.
//
// Every question takes four answers besides its own, those of package person: unknown ("not sure"), not-asked,
// declined and unsafe-to-ask. None of them means "no", and each differs from no answer at all.
//
// Invariants:
//   - a version that was shipped never changes and never goes: a record is always judged as it was taken;
//   - [Lint] finds nothing in what is shipped, and [Set.Add] takes no additions in which it finds something;
//   - no question that touches trauma is required;
//   - identifiers of additions begin with the code of their member and a dot, which no identifier of ours has.
package form
