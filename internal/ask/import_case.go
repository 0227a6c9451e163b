package ask

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/sheet"
)

const imports = "/imports"

type importCSV struct {
	importing
	Mapping string `required:"" type:"existingfile" help:"What the columns mean, docs/runbook/imports.md."`
}

func (c *importCSV) Run(s *console.Screen) error {
	raw, err := console.ReadFile(s, c.Mapping)
	if err != nil {
		return err
	}
	m, err := intake.ParseMapping(raw)
	if err != nil {
		return err
	}
	return c.take(s, imports, intake.MostCases, map[string]any{"mapping": json.RawMessage(raw)}, func(f *os.File) (sheet.Rows, error) {
		return sheet.CSV(f, comma(m)), nil
	})
}

// comma is what stands between the cells of a table.
func comma(m intake.Mapping) rune {
	if m.Comma == "" {
		return ','
	}
	return rune(m.Comma[0])
}

type importLint struct {
	Mapping string `arg:"" type:"existingfile" help:"Mapping."`
	File    string `arg:"" optional:"" type:"existingfile" help:"CSV whose first line it has to fit."`
}

func (c *importLint) Run(s *console.Screen) error {
	raw, err := console.ReadFile(s, c.Mapping)
	if err != nil {
		return err
	}
	all, err := intake.Lint(raw)
	if err != nil {
		return err
	}
	type finding struct {
		intake.Problem
		Text string `json:"text"`
	}
	found := []finding{}
	for _, p := range all {
		found = append(found, finding{p, s.Printer().Text(p.Key, "field", p.Where)})
	}
	if len(all) == 0 && c.File != "" {
		if err := c.fits(raw); err != nil {
			return err
		}
	}
	if err := s.Print(found, func(w io.Writer) {
		for _, f := range found {
			fmt.Fprintf(w, "%s\t%s\n", f.Where, f.Text)
		}
		if len(found) == 0 {
			fmt.Fprintln(w, "nothing is wrong")
		}
	}); err != nil {
		return err
	}
	if len(found) > 0 {
		return fault.New(fault.Invalid, "cli.import.lint")
	}
	return nil
}

// fits compares the mapping with the first line of the table.
func (c *importLint) fits(raw []byte) error {
	m, err := intake.ParseMapping(raw)
	if err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return fault.Wrap(fault.Invalid, "cli.file", err).With("file", c.File)
	}
	defer f.Close()
	head, err := sheet.CSV(f, comma(m)).Next()
	if errors.Is(err, io.EOF) || err == nil && head.Broken != "" {
		return fault.New(fault.Invalid, "cli.import.head").With("file", c.File)
	}
	if err != nil {
		return err
	}
	return m.Over(head.Cells)
}

type importShow struct {
	console.Remote
	Case id.Case `arg:""`
}

func (c *importShow) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/cases"+console.Seg(c.Case)+"/imports")
}
