package figures

import (
	"bytes"
	"embed"
	"io"
	"os"
	"strconv"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/tally"
)

// What the commands take where no file is named: figures that the Home Office of the United Kingdom has published (data/README.md).
//
//go:embed data
var own embed.FS

const (
	ownRecords = "data/uk-nrm-2023q1.csv"
	ownDomain  = "data/uk-nrm-domain.json"
	ownLists   = "data/uk-lists-2013.csv"
	ownWeight  = "people"
)

// opened opens a file, or what is in the program where none is named, which is said.
//
// It fails with [fault.Invalid] "cli.file".
func opened(s *console.Screen, file, inside string) (io.ReadCloser, error) {
	if file == "" {
		b, err := own.ReadFile(inside)
		if err != nil {
			return nil, err
		}
		if inside != ownDomain {
			s.Say(s.Printer().Text("tally.own"))
		}
		return io.NopCloser(bytes.NewReader(b)), nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "cli.file", err).With("file", file)
	}
	return f, nil
}

// ownTable is the table in the program as it would be published with every margin and "<5" for small counts.
func (c *releaseCommand) ownTable(s *console.Screen) (*public, error) {
	f, err := opened(s, "", ownRecords)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t, _, err := tally.Read(s.Context, f, tally.Options{Weight: ownWeight})
	if err != nil {
		return nil, err
	}
	truth, err := c.cube(t, nil)
	if err != nil {
		return nil, err
	}
	p := &public{columns: columnsOf(truth)}
	for _, cell := range truth.Cells() {
		said := strconv.FormatInt(cell.Count, 10)
		if cell.Count > 0 && cell.Count < int64(c.Small) {
			said = "<" + strconv.Itoa(c.Small)
		}
		e := entry{where: names(truth.Dimensions, cell)}
		if e.low, e.high, err = c.says(said); err != nil {
			return nil, err
		}
		p.entries = append(p.entries, e)
	}
	return p, nil
}
