package cli

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/link"
	"github.com/opentrm/opentrm/internal/sheet"
)

type linkCommand struct {
	Files   []string `arg:"" type:"path" name:"file" help:"Comma-separated values in UTF-8, the first line with the names of the columns. Columns of the same name in several files are one."`
	Columns []string `name:"column" placeholder:"NAME=KIND" help:"What a column holds: given, family, name, father, birth, precise, sex, code, place, number, text; or none. Columns with usual names are known."`
	Truth   string   `placeholder:"COLUMN" help:"Column that says which records are of one person: prints precision, recall and F1 of what was found."`
	Out     string   `type:"path" placeholder:"DIR" help:"Directory in which groups.csv, pairs.csv and report.txt are written; must not be there yet."`
	Work    string   `type:"path" placeholder:"DIR" help:"Directory in which is kept what was compared, so that a run that was broken off goes on; made if it is not there. It holds numbers of rows and no names."`
	Review  int      `default:"10" help:"Probability in hundredths from which on a pair is shown to be looked at."`
	Join    int      `default:"50" help:"Probability in hundredths from which on a pair joins a group."`
}

// linked is what is printed of a file whose records were compared.
type linked struct {
	Columns   map[string]link.Kind `json:"columns"`
	Records   int                  `json:"records"`
	Broken    int                  `json:"rows_not_read"`
	Compared  int                  `json:"pairs_compared"`
	Pairs     int                  `json:"pairs_shown"`
	Sure      int                  `json:"pairs_sure"`
	Groups    int                  `json:"groups"`
	Low       int                  `json:"persons_at_least"`
	Likeliest int                  `json:"persons_likeliest"`
	High      int                  `json:"persons_at_most"`
	Precision *float64             `json:"precision,omitempty"`
	Recall    *float64             `json:"recall,omitempty"`
	F1        *float64             `json:"f1,omitempty"`
	Persons   int                  `json:"persons,omitempty"`
}

// Run compares the records of a file on this machine. Nothing is asked of a node and nothing leaves.
func (c *linkCommand) Run(s *console.Screen) error {
	if c.Review < 1 || c.Review > c.Join || c.Join > 99 {
		return fault.New(fault.Invalid, "link.threshold")
	}
	if c.Out != "" {
		if _, err := os.Lstat(c.Out); err == nil {
			return fault.New(fault.Invalid, "link.out")
		}
	}
	in, err := c.read(s)
	if err != nil {
		return err
	}
	least := link.Least{Review: float64(c.Review) / 100, Join: float64(c.Join) / 100}
	if c.Work != "" {
		kept, err := workAt(c.Work, in.digest(c))
		if err != nil {
			return err
		}
		least.Keep = kept
	}
	bar := s.Progress("link")
	defer bar.End()
	r, err := link.Run(s.Context, in.table, least, func(_ string, done, all int) { bar.At(int64(done), int64(all)) })
	if err != nil {
		return err
	}
	out := linked{Columns: map[string]link.Kind{}, Records: in.table.Len(), Broken: in.broken, Compared: r.Compared, Pairs: len(r.Pairs), Groups: r.Groups()}
	out.Low, out.Likeliest, out.High = r.Persons()
	for _, x := range in.columns {
		if x.Kind != link.None {
			out.Columns[x.Name] = x.Kind
		}
	}
	for _, p := range r.Pairs {
		if p.Sure() {
			out.Sure++
		}
	}
	if in.truth != nil {
		p, q, f1 := link.Judge(r.Cluster, in.truth)
		out.Precision, out.Recall, out.F1, out.Persons = &p, &q, &f1, persons(in.truth)
	}
	if c.Out != "" {
		if err := c.write(s, r, in, &out); err != nil {
			return err
		}
	}
	return s.Print(out, func(w io.Writer) {
		for _, x := range in.columns {
			if x.Kind != link.None {
				fmt.Fprintf(w, "column %s\t%s\n", x.Name, x.Kind)
			}
		}
		fmt.Fprintf(w, "records\t%d\nrows not read\t%d\npairs compared\t%d\npairs to look at\t%d\nof them sure\t%d\ngroups\t%d\npersons\tabout %d, %d to %d\n", out.Records, out.Broken, out.Compared, out.Pairs, out.Sure, out.Groups, out.Likeliest, out.Low, out.High)
		if out.F1 != nil {
			fmt.Fprintf(w, "precision\t%.4f\nrecall\t%.4f\nF1\t%.4f\npersons there\t%d\n", *out.Precision, *out.Recall, *out.F1, out.Persons)
		}
	})
}

// persons counts those whom the column of the truth names; a record without truth is of nobody else.
func persons(truth []string) int {
	who, n := map[string]bool{}, 0
	for _, t := range truth {
		if t == "" || !who[t] {
			n++
		}
		who[t] = true
	}
	return n
}

// input is what was read: what identifies a record is its first column, or its line where that is empty, after the name of its file if there are
// several; of whom it is says the column of the truth.
type input struct {
	table      *link.Table
	columns    []link.Column
	ids, truth []string
	broken     int // rows that could not be read
	sum        hash.Hash
}

// mostRecords are compared at once: more might need more than 1.5 GB of memory.
const mostRecords = 1_200_000

// read fills a table from the files. The first line of each is read before anything else, for the names of its columns.
func (c *linkCommand) read(s *console.Screen) (*input, error) {
	in := &input{sum: sha256.New()}
	heads := make([][]string, len(c.Files))
	var all []string
	for k := range c.Files {
		head, err := c.head(k)
		if err != nil {
			return nil, err
		}
		heads[k] = head
		for _, name := range head {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	if len(c.Files) == 1 {
		all = heads[0]
	}
	at, err := c.name(in, all)
	if err != nil {
		return nil, err
	}
	in.table = link.New(in.columns)
	for k, head := range heads {
		place := make([]int, len(head)) // of each column of the file, which column of the table it is
		for i, name := range head {
			if place[i] = i; len(heads) > 1 {
				place[i] = slices.Index(all, name)
			}
		}
		if err := c.fill(s, in, k, place, at); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// head reads the names of the columns of a file.
func (c *linkCommand) head(k int) ([]string, error) {
	f, err := os.Open(c.Files[k])
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "link.file", err)
	}
	defer f.Close()
	head, err := sheet.CSV(f, ',').Next()
	if err != nil || head.Broken != "" {
		return nil, fault.New(fault.Invalid, "link.file")
	}
	names := make([]string, len(head.Cells))
	for i, name := range head.Cells {
		names[i] = strings.TrimSpace(strings.Clone(name))
	}
	return names, nil
}

// fill adds the records of a file.
func (c *linkCommand) fill(s *console.Screen, in *input, k int, place []int, truth int) error {
	f, err := os.Open(c.Files[k])
	if err != nil {
		return fault.Wrap(fault.Invalid, "link.file", err)
	}
	defer f.Close()
	before := ""
	if len(c.Files) > 1 {
		before = filepath.Base(c.Files[k]) + ":"
	}
	rows := sheet.Long(io.TeeReader(f, in.sum), ',', mostRecords+1)
	if _, err := rows.Next(); err != nil {
		return fault.New(fault.Invalid, "link.file")
	}
	values := make([]string, len(in.columns))
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = s.Context.Err()
		}
		if err == nil && in.table.Len() == mostRecords {
			err = fault.New(fault.TooLarge, "sheet.large")
		}
		if err != nil {
			return err
		}
		if row.Broken != "" {
			in.broken++
			continue
		}
		clear(values)
		for i, v := range row.Cells[:min(len(row.Cells), len(place))] {
			values[place[i]] = v
		}
		in.table.Add(values)
		in.ids = append(in.ids, before+cmp.Or(strings.Clone(row.Cells[0]), strconv.FormatInt(row.Number, 10)))
		if truth >= 0 {
			in.truth = append(in.truth, strings.Clone(values[truth]))
		}
	}
}

// name says what the columns hold, and which of them has the truth: -1 if none has.
func (c *linkCommand) name(in *input, head []string) (at int, err error) {
	wrong := func(name string) error { return fault.New(fault.Invalid, "link.column").With("column", name) }
	said := map[string]link.Kind{}
	for _, x := range c.Columns {
		name, kind, ok := strings.Cut(x, "=")
		_, twice := said[name]
		switch {
		case ok && !twice && kind == "none":
			said[name] = link.None
		case ok && !twice && link.IsKind(link.Kind(kind)):
			said[name] = link.Kind(kind)
		default:
			return -1, wrong(x)
		}
	}
	at = -1
	for i, name := range head {
		name = strings.TrimSpace(name)
		kind, given := said[name]
		if !given {
			kind = link.KindOf(name)
		}
		delete(said, name)
		if name == c.Truth && name != "" {
			at, kind = i, link.None
		}
		in.columns = append(in.columns, link.Column{Name: strings.Clone(name), Kind: kind})
	}
	for name := range said {
		return -1, wrong(name)
	}
	if c.Truth != "" && at < 0 {
		return -1, wrong(c.Truth)
	}
	if !slices.ContainsFunc(in.columns, func(x link.Column) bool { return x.Kind == link.Given || x.Kind == link.Family || x.Kind == link.Name }) {
		return -1, fault.New(fault.Invalid, "link.names")
	}
	return at, nil
}
