package ask

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/intake"
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
	return c.take(s, imports, intake.MostCases, map[string]any{"mapping": json.RawMessage(raw)}, m.Separator(), nil)
}

type importHTCDS struct{ importing }

// Run finds the heads among the first rows.
func (c *importHTCDS) Run(s *console.Screen) error {
	m, err := intake.HTCDS()
	if err != nil {
		return err
	}
	return c.take(s, imports, intake.MostCases, map[string]any{}, ',', m.Heads)
}

type importLint struct {
	Mapping string `arg:"" type:"existingfile" help:"Mapping."`
	File    string `arg:"" optional:"" type:"existingfile" help:"Table whose first row it has to fit."`
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
	f, err := openTable(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := f.rows(m.Separator())
	if err != nil {
		return err
	}
	head, _, err := intake.Heads(rows, nil)
	if err != nil {
		return err
	}
	if len(head) == 0 {
		return fault.New(fault.Invalid, "cli.import.head").With("file", filepath.Base(c.File))
	}
	return m.Over(head)
}

type importShow struct {
	console.OneCase
}

func (c *importShow) Run(s *console.Screen) error {
	return c.Show(s, "/imports")
}
