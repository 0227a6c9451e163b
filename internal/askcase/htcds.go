package askcase

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/htcds"
	"github.com/opentrm/opentrm/internal/sheet"
)

type caseHTCDS struct {
	console.Remote
	Cases   []console.CaseName `arg:"" optional:"" help:"Cases, each by its reference or its identifier; none with --all."`
	All     bool               `help:"Every case of one's desk that is not erased."`
	Purpose string             `required:"" enum:"own-system,person" help:"own-system: for another system of the same desk; person: she asked for it."`
	CSV     string             `name:"csv" type:"path" help:"New file for a table that other systems read, and opentrm import htcds."`
}

// Run opens each case by itself, so that each opening is in the log. A case that may not be exported is counted and left out.
func (c *caseHTCDS) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	if c.All == (len(c.Cases) > 0) || c.All && c.Purpose != string(htcds.OwnSystem) {
		return fault.New(fault.Invalid, "cli.htcds.which")
	}
	keep := func([]byte) error { return nil }
	if c.CSV != "" { // before anything is opened
		f, err := console.Create(c.CSV)
		if err != nil {
			return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.CSV)
		}
		whole := false
		defer func() {
			if _ = f.Close(); !whole {
				_ = os.Remove(c.CSV)
			}
		}()
		keep = func(b []byte) error {
			_, err := f.Write(b)
			if err == nil {
				err = f.Sync()
			}
			if err != nil {
				return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.CSV)
			}
			whole = true
			return nil
		}
	}
	if c.All {
		lines, err := console.All[caseLine](node, "/cases")
		if err != nil {
			return err
		}
		for _, l := range lines {
			c.Cases = append(c.Cases, console.CaseName(l.ID))
		}
	}
	bar := s.Progress("cases")
	defer bar.End()
	records, refused := []htcds.Record{}, 0
	for i, one := range c.Cases {
		var r htcds.Record
		which, err := one.In(node)
		if err == nil {
			err = node.Call(http.MethodGet, "/cases"+console.Seg(which)+"/htcds?purpose="+url.QueryEscape(c.Purpose), nil, &r)
		}
		switch {
		case c.All && (fault.Is(err, fault.Denied) || fault.Is(err, fault.Hidden)):
			refused++
		case err != nil:
			return err
		default:
			records = append(records, r)
		}
		bar.At(int64(i+1), int64(len(c.Cases)))
	}
	bar.End()
	if c.CSV == "" {
		return s.Raw(records)
	}
	table, err := htcds.Shipped()
	if err != nil {
		return err
	}
	raw, err := sheet.WriteCSV(htcds.Rows(table, records))
	if err != nil {
		return err
	}
	if err := keep(raw); err != nil {
		return err
	}
	left := 0
	for _, r := range records {
		for _, l := range r.Left {
			left += l.Count
		}
	}
	result := struct {
		Written int `json:"written"`
		Refused int `json:"refused"`
		Left    int `json:"left"`
	}{len(records), refused, left}
	return s.Print(result, func(w io.Writer) {
		fmt.Fprintf(w, "written\t%d\nrefused\t%d\nleft out of them\t%d\n", result.Written, result.Refused, result.Left)
	})
}
