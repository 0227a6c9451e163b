package ask

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/sheet"
)

// ImportCommand is "opentrm import" with what stands below it.
type ImportCommand struct {
	CSV   importCSV       `cmd:"" name:"csv" help:"Take a table about persons, with a mapping that says what its columns mean, as cases of one's desk."`
	Lint  importLint      `cmd:"" help:"Say what is wrong with a mapping, and whether it fits the columns of a table. It asks no node."`
	Show  importShow      `cmd:"" help:"Say what a case was taken from."`
	CTDC  importCTDC      `cmd:"" name:"ctdc" help:"Take the CTDC Global Dataset of 2018 beside the facts of this node; it is never counted among them."`
	HTCDS importHTCDS     `cmd:"" name:"htcds" help:"Take a table in the form of HTCDS 2.0, IOM's own spreadsheet say, as cases of one's desk."`
	HSDS  directoryImport `cmd:"" name:"hsds" help:"Take organisations from an HSDS 3.0 file in JSON, as directory import does."`
	List  importList      `cmd:"" help:"List imports in numbers."`
}

// importing is what imports of rows have in common. What was sent is kept; who runs it again takes the rest.
type importing struct {
	console.Remote
	asProgram
	File   string `arg:"" type:"existingfile" help:"File to take."`
	DryRun bool   `help:"Say what would become of each row, and keep nothing."`
	Report string `type:"path" placeholder:"FILE" help:"New file for what became of each row: a line of JSON each, with number, result and reason, and nothing of what stands in the row."`
	Strict bool   `help:"Fail if a row was refused, after all others were taken."`
}

// asProgram is how a program asks that has a token, instead of somebody who is signed in. The token stands in a file that only
// the program reads, and neither on a command line nor in the environment, where others of the machine could read it.
type asProgram struct {
	Server    string `env:"OPENTRM_SERVER" default:"http://127.0.0.1:8470" help:"Address of the node, with a token."`
	CA        string `type:"path" env:"OPENTRM_CA" help:"File with the certificate of whoever signed the node's, with a token."`
	TokenFile string `type:"path" env:"OPENTRM_TOKEN_FILE" placeholder:"FILE" help:"File of mode 0600 with the token of a service account, which imports with nobody signed in."`
}

func (a asProgram) open(s *console.Screen, r console.Remote) (*console.Client, error) {
	if a.TokenFile == "" {
		return r.Open(s)
	}
	token, err := console.SecretFile(a.TokenFile)
	if err != nil {
		return nil, err
	}
	return console.Dial(s, console.Session{Server: a.Server, CA: a.CA, Token: strings.TrimSpace(token)})
}

// mostBytes is of how many bytes of cells a batch is sent, whatever the number of its rows. One row more fits in what a node
// reads at once.
const mostBytes = 1 << 20

// listed is how many refused rows are printed; the report has all.
const listed = 1000

// taking is an import on its way.
type taking struct {
	s      *console.Screen
	node   *console.Client
	base   string // path of the imports of that kind
	most   int    // rows at once
	head   []string
	run    string
	report io.Writer // nil: none
	seen   map[string]int64
	broken map[int64]string // why a row of this batch could not be read
	out    imported
}

// imported is the result of an import.
type imported struct {
	Run     string     `json:"run"`
	Dry     bool       `json:"dry"`
	Ended   bool       `json:"ended"` // false: it was broken off; what is counted here is kept
	Taken   int64      `json:"taken"`
	Known   int64      `json:"known"`
	Refused int64      `json:"refused"`
	Kept    int64      `json:"kept,omitempty"` // by a program, which is not told what was known
	Empty   int64      `json:"empty"`          // rows of a table about persons with nothing under any head; they are not sent
	Rows    []reported `json:"rows"`           // those that were refused, and those known of which there is something to say
}

// reported is what became of one row.
type reported struct {
	intake.Outcome
	Text string `json:"text,omitempty"`
}

// take sends a table in batches and says what became of it. The first row holds the heads, or the last of those at its
// beginning that fits says so of.
func (c *importing) take(s *console.Screen, base string, most int, order map[string]any, comma rune, fits func([]string) bool) error {
	file, err := openTable(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	rows, err := file.rows(comma)
	if err != nil {
		return err
	}
	head, rows, err := intake.Heads(rows, fits)
	if err != nil {
		return err
	}
	if len(head) == 0 {
		return fault.New(fault.Invalid, "cli.import.head").With("file", filepath.Base(c.File))
	}
	node, err := c.open(s, c.Remote)
	if err != nil {
		return err
	}
	t := &taking{s: s, node: node, base: base, most: most, head: head, seen: map[string]int64{}, broken: map[int64]string{}}
	t.out.Dry, t.out.Rows = c.DryRun, []reported{}
	order["columns"] = head
	if c.DryRun {
		order["dry"] = true
	}
	if c.Report != "" {
		f, err := console.Create(c.Report)
		if err != nil {
			return fault.Wrap(fault.Invalid, "cli.file", err).With("file", c.Report)
		}
		defer f.Close()
		t.report = f
	}
	var made struct {
		ID string `json:"id"`
	}
	if err := node.Call(http.MethodPost, base, order, &made); err != nil {
		return err
	}
	t.run, t.out.Run = base+console.Seg(made.ID), made.ID
	if err = t.all(rows, file); err == nil {
		if err = node.Call(http.MethodPost, t.run+"/end", nil, nil); err == nil {
			t.out.Ended = true
		}
	}
	return t.end(err, c.Strict)
}

// all sends every row. Progress is how much of the file was read.
func (t *taking) all(rows sheet.Rows, file *tableFile) error {
	bar := t.s.Progress("import")
	defer bar.End()
	var batch []map[string]any
	size := 0
	for {
		row, err := rows.Next()
		over := errors.Is(err, io.EOF)
		if err != nil && !over {
			return err
		}
		switch {
		case over:
		case t.base == imports && intake.Nothing(t.head, row):
			t.out.Empty++
		default:
			batch = append(batch, t.row(row))
			for _, cell := range row.Cells {
				size += len(cell) + 3
			}
		}
		if len(batch) == t.most || size > mostBytes || over && len(batch) > 0 {
			if err := t.send(batch); err != nil {
				return err
			}
			batch, size = batch[:0], 0
			at := min(file.read, file.size)
			if over {
				at = file.size
			}
			bar.At(at, file.size)
		}
		if over {
			return nil
		}
	}
}

// row is a row as it is sent.
func (t *taking) row(r sheet.Row) map[string]any {
	if r.Broken != "" {
		t.broken[r.Number] = r.Broken
		return map[string]any{"number": r.Number, "cells": []string{}, "broken": true}
	}
	out := map[string]any{"number": r.Number, "cells": r.Cells}
	key := strings.Join(r.Cells, "\x00")
	if n := t.seen[key]; n > 0 {
		out["nth"] = n
	}
	t.seen[key]++
	return out
}

func (t *taking) send(batch []map[string]any) error {
	var said struct {
		Items []intake.Outcome `json:"items"`
	}
	if err := patiently(t.s, func() error { return t.node.Call(http.MethodPost, t.run+"/rows", map[string]any{"rows": batch}, &said) }); err != nil {
		return err
	}
	for _, o := range said.Items {
		if why := t.broken[o.Number]; why != "" && o.Result == intake.Refused {
			o.Key = why
		}
		r := reported{Outcome: o}
		if o.Key != "" {
			r.Text = t.s.Printer().Text(o.Key, "column", o.Column, "field", o.Column)
		}
		switch o.Result {
		case intake.Taken:
			t.out.Taken++
		case intake.Known:
			t.out.Known++
		case intake.Refused:
			t.out.Refused++
		case intake.Kept:
			t.out.Kept++
		}
		if o.Key != "" && len(t.out.Rows) < listed {
			t.out.Rows = append(t.out.Rows, r)
		}
		if t.report != nil {
			if err := json.NewEncoder(t.report).Encode(r); err != nil {
				return fault.Wrap(fault.Unavailable, "cli.file", err)
			}
		}
	}
	clear(t.broken)
	return nil
}

// patiently asks again where the node is asked too often, as a fast line and short rows may.
func patiently(s *console.Screen, ask func() error) error {
	for range 60 {
		err := ask()
		var said *console.Refusal
		if !errors.As(err, &said) || said.Status != http.StatusTooManyRequests {
			return err
		}
		wait := time.NewTimer(time.Second)
		select {
		case <-wait.C:
		case <-s.Context.Done():
			wait.Stop()
			return err
		}
	}
	return ask()
}

// end prints what became of the rows, and says whether all of them were sent.
func (t *taking) end(err error, strict bool) error {
	printed := t.s.Print(t.out, func(w io.Writer) {
		if len(t.out.Rows) > 0 {
			fmt.Fprintln(w, "ROW\tRESULT\tCOLUMN\tREASON")
		}
		for _, r := range t.out.Rows {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", r.Number, r.Result, r.Column, r.Text)
		}
		if t.out.Kept > 0 {
			fmt.Fprintf(w, "kept\t%d\nrefused\t%d\n", t.out.Kept, t.out.Refused)
		} else {
			fmt.Fprintf(w, "taken\t%d\nknown\t%d\nrefused\t%d\n", t.out.Taken, t.out.Known, t.out.Refused)
		}
		if t.out.Empty > 0 {
			fmt.Fprintf(w, "empty\t%d\n", t.out.Empty)
		}
	})
	switch {
	case err != nil && t.s.Context.Err() != nil:
		return console.Stopped("cli.import.stopped")
	case err != nil:
		return err
	case printed != nil:
		return printed
	case strict && t.out.Refused > 0:
		return fault.New(fault.Invalid, "cli.import.refused")
	}
	return nil
}

type importCTDC struct{ importing }

func (c *importCTDC) Run(s *console.Screen) error {
	return c.take(s, "/collection-imports", intake.MostRows, map[string]any{"collection": "ctdc-2018"}, ',', nil)
}

// importLine is one import in numbers.
type importLine struct {
	ID      id.Intake  `json:"id"`
	Source  string     `json:"source"`
	Dry     bool       `json:"dry"`
	Began   frame.Time `json:"began"`
	Ended   frame.Time `json:"ended"`
	Taken   int64      `json:"taken"`
	Known   int64      `json:"known"`
	Refused int64      `json:"refused"`
}

type importList struct {
	console.Remote
	Collections bool `help:"Those of published collections, as a statistician, instead of those of one's desk."`
}

func (c *importList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	path := "/imports"
	if c.Collections {
		path = "/collection-imports"
	}
	all, err := console.All[importLine](node, path)
	if err != nil {
		return err
	}
	return s.Print(all, func(w io.Writer) {
		fmt.Fprintln(w, "IMPORT\tSOURCE\tBEGAN\tENDED\tDRY\tTAKEN\tKNOWN\tREFUSED")
		for _, r := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%t\t%d\t%d\t%d\n", r.ID, r.Source, console.When(r.Began), console.When(r.Ended), r.Dry, r.Taken, r.Known, r.Refused)
		}
	})
}
