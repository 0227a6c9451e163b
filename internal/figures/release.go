package figures

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/disclosure"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/opendata"
	"github.com/opentrm/opentrm/internal/sorting"
	"github.com/opentrm/opentrm/internal/tally"
)

type releaseCommand struct {
	Files []string `arg:"" optional:"" type:"path" name:"file" help:"A file of records to make a release of; with --check, published tables with a column of counts, or release.json of releases in their order. With --check and none: a table of the United Kingdom as others would publish it, with every sum and <5 for small counts."`
	source
	Check bool `help:"Examine published tables and say which small counts they give away. Ends with 4 if they give any."`

	Out     string `type:"path" placeholder:"DIR" help:"Directory in which table.csv, release.json and attack.json are written; must not be there yet."`
	Key     string `type:"path" placeholder:"FILE" help:"File of the key, for its owner only, never published; made if it is not there. One for all releases of an office."`
	Ledger  string `type:"path" placeholder:"FILE" help:"File of what the office has released, which stays there; made if it is not there."`
	Subject string `placeholder:"TEXT" help:"Who is counted: releases of one subject count the same persons, and those who came later. Another period is another subject."`
	Name    string `placeholder:"TEXT" help:"Name of the release among those of its subject: 2026-Q3."`
	From    string `placeholder:"MONTH" help:"First month that is counted, 2026-01. Releases of other subjects in the ledger whose months overlap are attacked with this one: give months only where the same persons are counted in the same months."`
	To      string `placeholder:"MONTH" help:"Last month that is counted."`
	Method  string `default:"round" enum:"round,suppress" help:"Round small counts so that everything adds up; or, where no false number may stand, hide them and others beside them."`
	Base    int    `default:"3" help:"Small counts are rounded to 0 or to this: 3, or 5 where numbers are tiny."`
	Apart   string `name:"country" placeholder:"NAME" help:"Column of countries, or other groups of which a small one is shown only by its number."`
	Least   int64  `name:"country-least" default:"20" help:"A country with fewer persons is shown only by their number."`

	Home      string `placeholder:"URL" help:"Address at which the release will be published, of a directory that has one for each release. With it the release is also written in the forms of statistical offices: tidy table with CSVW metadata, SDMX-ML 2.1, SDMX-JSON 2.1, SDMX-CSV 2.0, DCAT-AP catalogue. Needs --office, --publisher, --from and --to."`
	Office    string `placeholder:"CODE" help:"Identifier of the office in SDMX: letters, digits and _."`
	Publisher string `placeholder:"NAME" help:"Name of the office."`
	License   string `default:"http://publications.europa.eu/resource/authority/licence/CC_BY_4_0" placeholder:"URL" help:"Address of the license under which the release is published."`

	Known []string `type:"path" placeholder:"FILE" help:"A table that others have published about the same persons, as --check reads it: what it tells counts against the release."`

	Width       int64    `default:"2" help:"With suppress: how many numbers further a hidden small count can be, where that is to be had."`
	Small       int      `default:"5" help:"With --check and with suppress: counts from 1 to one less are small."`
	Past        []string `type:"path" placeholder:"FILE" help:"With --check: a table that was published before about the same persons, the oldest first."`
	Count       string   `name:"count" placeholder:"NAME" help:"With --check: the column of the counts. The last one, if none is named."`
	Total       string   `default:"Total" help:"With --check: what stands for all values of a column."`
	Complete    bool     `help:"With --check: what a table does not list is of nobody."`
	ZerosHidden bool     `help:"With --check: where a count is hidden it may also be 0."`
	Corrected   bool     `help:"With --check: numbers may also have fallen since the past tables."`
	Rounded     int      `default:"0" help:"With --check: the tables were rounded to this as opentrm does."`
}

// Help says what is protected against.
func (*releaseCommand) Help() string {
	return `A release is attacked before it is written, together with every release of the same subject that is in the ledger: bounds and linear programs over
all tables at once. If a small count could be found out, nothing is written. docs/statistics.md says how.

The table, release.json and attack.json may be published. The key and the ledger stay in the office.`
}

// Run makes a release, or examines published tables.
func (c *releaseCommand) Run(s *console.Screen) error {
	if c.Small < 2 || c.Rounded != 0 && c.Rounded != 3 && c.Rounded != 5 {
		return fault.New(fault.Invalid, "disclosure.base")
	}
	if c.Check {
		return c.check(s)
	}
	if c.Out == "" || c.Key == "" || c.Ledger == "" || c.Subject == "" || c.Name == "" || len(c.Files) != 1 {
		return fault.New(fault.Invalid, "disclosure.needed")
	}
	if _, err := os.Lstat(c.Out); err == nil {
		return fault.New(fault.Invalid, "cli.file").With("file", c.Out)
	}
	if _, there, err := months(c.From, c.To); err != nil || c.Home != "" && (!there || c.Office == "" || c.Publisher == "" || c.License == "") {
		return errors.Join(err, fault.New(fault.Invalid, "disclosure.needed"))
	}
	key, err := c.secret()
	if err != nil {
		return err
	}
	ledger, err := c.ledger(s)
	if err != nil {
		return err
	}
	t, report, err := c.read(s.Context, s, c.Files[0])
	if err != nil {
		return err
	}
	tell(s, report)
	return c.release(s, t, ledger, key)
}

// secret reads the key, or makes one.
func (c *releaseCommand) secret() ([]byte, error) {
	if _, err := os.Lstat(c.Key); errors.Is(err, fs.ErrNotExist) {
		key := make([]byte, disclosure.MinKey)
		if _, err := rand.Read(key); err != nil {
			return nil, err
		}
		return key, console.WriteNew(c.Key, []byte(hex.EncodeToString(key)+"\n"))
	}
	b, err := console.SecretBytes(c.Key)
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(key) < disclosure.MinKey {
		return nil, fault.New(fault.Invalid, "disclosure.key")
	}
	return key, nil
}

func (c *releaseCommand) ledger(s *console.Screen) (*disclosure.Ledger, error) {
	l := &disclosure.Ledger{Version: 1}
	if _, err := os.Lstat(c.Ledger); errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err := console.ReadJSON(s, c.Ledger, l); err != nil {
		return nil, err
	}
	return l, l.Check()
}

// cube makes a table of the rows, with every value that earlier releases of the subject have.
func (c *releaseCommand) cube(t *tally.Table, past []disclosure.Released) (*disclosure.Cube, error) {
	var dims []disclosure.Dimension
	places := make([]int, len(t.Columns()))
	for i, col := range t.Columns() {
		d := disclosure.Dimension{Name: col.Name}
		if len(past) > 0 && i < len(past[len(past)-1].Dimensions) && past[len(past)-1].Dimensions[i].Name == col.Name {
			d.Values = slices.Clone(past[len(past)-1].Dimensions[i].Values)
			if c.Apart != "" {
				d.Values = slices.DeleteFunc(d.Values, func(v string) bool { return v == apart })
			}
		}
		fresh := slices.Clone(col.Values[1:])
		sorting.By(fresh, strings.Compare)
		for _, v := range fresh {
			if v == total {
				return nil, fault.New(fault.Invalid, "disclosure.dimensions")
			}
			d.Values = union(d.Values, v)
		}
		dims = append(dims, d)
		places[i] = i
	}
	m := t.Marginal(places...)
	for i := range dims {
		if slices.Contains(dims[i].Values, unsaid) {
			continue
		}
		for codes := range m.Cells() {
			if codes[i] == 0 {
				dims[i].Values = append(dims[i].Values, unsaid)
				break
			}
		}
	}
	out, err := disclosure.NewCube(dims...)
	if err != nil {
		return nil, err
	}
	at := make([]int, len(dims))
	index := make([][]int, len(dims))
	for i, col := range t.Columns() {
		index[i] = make([]int, len(col.Values))
		for code, v := range col.Values {
			if code == 0 {
				v = unsaid
			}
			index[i][code] = slices.Index(dims[i].Values, v)
		}
	}
	for codes, n := range m.Cells() {
		for i, code := range codes {
			at[i] = index[i][code]
		}
		out.Counts[out.Index(at...)] += n
	}
	return out, nil
}

// unsaid stands in a table where nothing was said: unknown is not zero. apart stands for what is not shown of a small country.
const (
	unsaid = "not said"
	apart  = "not shown"
)

// release protects, attacks and writes.
func (c *releaseCommand) release(s *console.Screen, t *tally.Table, ledger *disclosure.Ledger, key []byte) error {
	past := ledger.Of(c.Subject)
	if slices.ContainsFunc(past, func(r disclosure.Released) bool { return r.Name == c.Name }) {
		return fault.New(fault.Conflict, "disclosure.twice")
	}
	truth, err := c.cube(t, past)
	if err != nil {
		return err
	}
	m := &manifest{Format: "opentrm-release/1", Subject: c.Subject, Name: c.Name, From: c.From, To: c.To, Total: total, Table: "table.csv", Columns: columnsOf(truth)}
	if c.Apart != "" {
		if truth, m.Folded, err = truth.Fold(c.Apart, c.Least, apart); err != nil {
			return err
		}
	}
	cells, err := c.protect(truth, past, key, m)
	if err != nil {
		return err
	}
	now := publish(c.Out, truth.Dimensions, cells, m)
	before := make([]*public, 0, len(past))
	for i, r := range past {
		before = append(before, again(r, past[:i]))
		m.Previous = append(m.Previous, r.Name)
	}
	public := []*public{now}
	for _, file := range c.Known {
		p, err := c.readPublic(s, file)
		if err != nil {
			return err
		}
		public = append(public, p)
	}
	found, err := c.examine(s, before, public)
	if err != nil {
		return err
	}
	if err := c.beside(s, append(before, now), ledger, found); err != nil {
		return err
	}
	if !found.Safe {
		if err := c.show(s, found); err != nil {
			return err
		}
		return console.Unverified(fault.New(fault.Conflict, "disclosure.refused"))
	}
	m.Cells, m.Open, m.GivenAway, m.Unproved = found.Cells, found.Open, len(found.Recovered), len(found.Unproved)
	return c.write(s, now, cells, truth, ledger, key, found)
}

func columnsOf(c *disclosure.Cube) (out []string) {
	for _, d := range c.Dimensions {
		out = append(out, d.Name)
	}
	return out
}

// protect rounds or hides.
func (c *releaseCommand) protect(truth *disclosure.Cube, past []disclosure.Released, key []byte, m *manifest) ([]disclosure.Cell, error) {
	if c.Method == "suppress" {
		cells, err := disclosure.Suppress(truth, disclosure.Suppression{Small: int64(c.Small), Width: c.Width, Key: key})
		m.Method, m.Hidden, m.Small = disclosure.Suppressed, hidden, int64(c.Small)
		m.Additional = "Small counts are hidden, and others beside them so that none can be worked out. All are hidden in one way, which does not tell whether a count is small."
		return cells, err
	}
	r := disclosure.Rounding{Base: int64(c.Base), Key: key}
	if len(past) > 0 {
		r.Past = &past[len(past)-1]
	}
	out, q, err := disclosure.Round(truth, r)
	if err != nil {
		return nil, err
	}
	m.Method, m.Base, m.MeanError = disclosure.Rounded, r.Base, float64(int64(q.Mean*100+0.5))/100
	m.Additional = "Counts below the base were rounded to 0 or to the base, and every sum was made of published counts."
	return out.Cells(), nil
}

// again is a release of the ledger as it was published.
func again(r disclosure.Released, past []disclosure.Released) *public {
	m := &manifest{Subject: r.Subject, Name: r.Name, From: r.From, To: r.To, Method: r.Method, Base: r.Base}
	for _, p := range past {
		m.Previous = append(m.Previous, p.Name)
	}
	return publish("", r.Dimensions, r.All(), m)
}

// write writes the table, what is public about it, and the ledger: the ledger first, because what is not in it is not guarded.
func (c *releaseCommand) write(s *console.Screen, now *public, cells []disclosure.Cell, truth *disclosure.Cube, ledger *disclosure.Ledger, key []byte, found *examined) error {
	var table bytes.Buffer
	to := newLines(&table)
	if err := to.write(append(slices.Clone(now.columns), "people")); err != nil {
		return err
	}
	for _, cell := range cells {
		if err := to.write(append(names(truth.Dimensions, cell), value(cell))); err != nil {
			return err
		}
	}
	if err := to.end(); err != nil {
		return err
	}
	sum := sha256.Sum256(table.Bytes())
	now.about.SHA256 = hex.EncodeToString(sum[:])
	entry := disclosure.Released{Subject: c.Subject, Name: c.Name, From: c.From, To: c.To, Method: now.about.Method, Base: now.about.Base, Digest: now.about.SHA256}
	if err := ledger.Enter(entry, truth, cells, key); err != nil {
		return err
	}
	kept, err := json.Marshal(ledger)
	if err != nil {
		return err
	}
	files, err := c.forms(now.about, truth.Dimensions, cells)
	if err != nil {
		return err
	}
	attacked, err := json.MarshalIndent(found, "", "  ")
	if err != nil {
		return err
	}
	about, err := json.MarshalIndent(now.about, "", "  ")
	if err != nil {
		return err
	}
	if err := os.Mkdir(c.Out, 0o755); err != nil {
		return fault.Wrap(fault.Invalid, "cli.file", err).With("file", c.Out)
	}
	if err := console.WriteFile(c.Ledger, kept); err != nil {
		return err
	}
	files = append(files, opendata.File{Name: now.about.Table, Body: table.Bytes()}, opendata.File{Name: "attack.json", Body: append(attacked, '\n')}, opendata.File{Name: "release.json", Body: append(about, '\n')})
	for _, f := range files {
		if err := console.WriteNew(filepath.Join(c.Out, f.Name), f.Body); err != nil {
			return err
		}
	}
	return s.Print(now.about, func(w io.Writer) {
		fmt.Fprintf(w, "method\t%s\nmean error of a cell\t%.2f\n", now.about.Method, now.about.MeanError)
		if len(now.about.Folded) > 0 {
			fmt.Fprintln(w, s.Printer().Text("disclosure.folded", "values", strings.Join(now.about.Folded, ", ")))
		}
		fmt.Fprintln(w, s.Printer().Text("disclosure.safe", "n", fmt.Sprint(found.Cells)))
	})
}
