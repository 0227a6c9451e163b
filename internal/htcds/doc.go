// Package htcds says what of a case stands where in the Human Trafficking Case Data Standard 2.0 of the International Organization
// for Migration, and writes a case in it.
//
// The [Table] is data: for each field of the standard that is not deprecated, where this program holds it, which of its codes is
// which of ours, both ways, and whether it is written into a file, or why not. Everything that the table does not say is exported
// is left out of a [Record], whatever a case holds.
//
// Invariants:
//   - a record is made of one case that the reader may open, and the opening is in the log with what the record is for;
//   - a record says for what it was made ([Purpose]) and never passes a border: what another desk is to have goes through exchange;
//   - whether she may be reached is no field of the standard, so no way of reaching her is in a record;
//   - what is not known stays one of four answers, and none of them becomes a no.
package htcds
