package sdmx

import (
	"encoding/csv"
	"io"
	"slices"

	"github.com/opentrm/opentrm/internal/sheet"
)

// table writes rows in which no spreadsheet program finds a formula: codes cannot begin like one, numbers are numbers, and a text that does
// begin like one has an apostrophe before it.
func (d *Dataset) table(w io.Writer, lead []string, leading []string, missing string) error {
	if err := d.Check(); err != nil {
		return err
	}
	s, c := d.Structure, csv.NewWriter(w)
	row := slices.Clone(lead)
	for _, x := range s.Dimensions {
		row = append(row, x.ID)
	}
	row = append(row, TimePeriod, ObsValue)
	for _, x := range s.Attributes {
		row = append(row, x.ID)
	}
	err := c.Write(row)
	for _, o := range d.Observations {
		row = append(append(row[:0], leading...), o.Key...)
		value := o.Value
		if value == "" {
			value = missing
		}
		row = append(row, o.Time, value)
		for _, text := range o.Attributes {
			row = append(row, sheet.Guard(text))
		}
		if err == nil {
			err = c.Write(row)
		}
	}
	c.Flush()
	if err == nil {
		err = c.Error()
	}
	return err
}

// WriteCSV writes a table as SDMX-CSV 2.0, with the dataflow as its structure. Texts of attributes are guarded, [sheet.Guard].
//
// It fails as [Dataset.Check] and as w.
func WriteCSV(w io.Writer, d *Dataset) error {
	s := d.Structure
	return d.table(w, []string{"STRUCTURE", "STRUCTURE_ID", "ACTION"}, []string{"dataflow", s.Agency + ":" + s.ID + "(" + s.Version + ")", "I"}, Missing)
}

// WriteTidy writes a table with one row for each number and one column for each dimension, the period, the value and each attribute. A
// number that is missing is an empty cell.
//
// It fails as [Dataset.Check] and as w.
func WriteTidy(w io.Writer, d *Dataset) error { return d.table(w, nil, nil, "") }
