package htcds

import (
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/person"
)

// The heads of the two columns that the standard has not. Whoever reads the table by the standard passes over them.
const (
	UseHead = "Use of this file"        // for what it was made, in words
	GapHead = "Why a cell has no value" // "prs_Gender=declined", with semicolons between
)

// Rows writes records as a table with the labels of the standard as heads, one row for each: the columns of which some record says
// something, and two more. For what it was made stands in every row, so that no row is without it.
//
// The standard has one code, and for one field only, where we have four answers. A cell without a value is empty, or has that code;
// which of the four it is stands in the last column, which an import here reads.
func Rows(t Table, all []Record) [][]string {
	var columns []Field
	heads := []string{}
	for _, f := range t.Fields {
		if slices.ContainsFunc(all, func(r Record) bool { _, ok := r.Answer(f.ID); return ok }) {
			columns = append(columns, f)
			heads = append(heads, f.Label)
		}
	}
	rows := [][]string{append(heads, UseHead, GapHead)}
	for _, r := range all {
		var row, gaps []string
		for _, f := range columns {
			a, ok := r.Answer(f.ID)
			switch {
			case !ok && !partOfName(f.ID):
				gaps = append(gaps, f.ID+"="+person.NotAsked.Code()) // another record has it
			case ok && a.State != person.Given:
				gaps = append(gaps, f.ID+"="+a.State.Code())
			}
			row = append(row, strings.Join(a.Values, ";"))
		}
		rows = append(rows, append(row, string(r.Member)+"/"+string(r.Desk)+": "+t.Uses[r.Purpose], strings.Join(gaps, ";")))
	}
	return rows
}

// partOfName reports whether a field is a part of a name that everybody has: that it is not known here is none of the four answers.
func partOfName(field string) bool {
	return slices.Contains([]string{"prs_FirstName", "prs_SecondName"}, field)
}
