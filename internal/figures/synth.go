package figures

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"

	"github.com/opentrm/opentrm/internal/chance"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/synth"
	"github.com/opentrm/opentrm/internal/tally"
)

type synthCommand struct {
	File    string   `arg:"" optional:"" type:"path" name:"file" help:"Comma-separated values in UTF-8, a row for each person, the first line with the names of the columns. Referrals in the United Kingdom, if none is given."`
	Missing []string `name:"missing" placeholder:"TEXT" help:"A text that says nothing, beside the empty one: Unknown, -99. May be given more than once."`
	Needs   []string `name:"needs" placeholder:"NAME" help:"A column in which each record says something: a row without is no record. May be given more than once."`
	Weight  string   `placeholder:"NAME" help:"A column of whole numbers that says for how many people a row counts."`

	Domain  string `type:"path" placeholder:"FILE" help:"Needed with a file: what each column can have, as JSON, written without looking at the records: {\"columns\": [{\"name\": \"sex\", \"values\": [\"female\", \"male\"]}]}."`
	Out     string `required:"" type:"path" placeholder:"FILE" help:"Write the synthetic records here; the file must not be there yet."`
	Epsilon number `default:"1" help:"What the release may tell about one person at most: she changes the odds of whatever is seen by a factor of e to this power."`
	Delta   number `default:"0.000001" help:"The probability with which it may be more; well below one in the number of records."`
	Ledger  string `type:"path" placeholder:"FILE" help:"Account of all releases about these people: this one is entered before anything is drawn, and refused if the budget does not allow it."`
	Budget  number `placeholder:"EPSILON" help:"What all releases of a new ledger may cost together, at the delta of this one."`
	What    string `placeholder:"TEXT" help:"What is released, for the ledger; the name of the result, if nothing is said."`
	Report  string `type:"path" placeholder:"FILE" help:"Write the report on quality and privacy here as JSON. It is made from the real records without noise: not to be published."`
	Attack  bool   `help:"Put into the report how well an attack does that tries to tell whose records were used. It makes other synthetic records of half of the real ones."`
}

// number is a number with a point.
type number float64

// UnmarshalText reads it. Whether it can be used is for who uses it to say.
func (n *number) UnmarshalText(b []byte) error {
	v, err := strconv.ParseFloat(string(b), 64)
	*n = number(v)
	return err
}

// Help says what is made.
func (*synthCommand) Help() string {
	return `Makes records of persons who do not exist, from noisy counts of the real ones, so that single columns and pairs of columns say nearly what they said. A value
that the domain does not name is not taken. Which values a column can have, epsilon and delta are public: choose them without looking at the
records. Each row of the file must be one person: somebody who is in it twice is protected half as well.`
}

// made is what is printed.
type made struct {
	Records int            `json:"records"`
	Epsilon float64        `json:"epsilon"`
	Delta   float64        `json:"delta"`
	Spent   []chance.Spent `json:"spent"`
	Report  *synth.Report  `json:"report"` // for the office that holds the records
	Outside int64          `json:"outside"`
}

// Run makes the records. The ledger is written first: what was drawn is never without its entry.
func (c *synthCommand) Run(s *console.Screen) error {
	if (c.File == "") != (c.Domain == "") {
		return fault.New(fault.Invalid, "synth.domain-file")
	}
	f, err := opened(s, c.Domain, ownDomain)
	if err != nil {
		return err
	}
	defer f.Close()
	domain, err := synth.ParseDomain(f)
	if err != nil {
		return err
	}
	spent, err := synth.Plan(domain, float64(c.Epsilon), float64(c.Delta))
	if err != nil {
		return err
	}
	data, outside, read, err := c.records(s, domain)
	if err != nil {
		return err
	}
	p := s.Printer()
	if read.Broken > 0 {
		s.Say(p.Text("tally.not-read.more", "n", strconv.FormatInt(read.Broken, 10)))
	}
	if outside > 0 {
		s.Say(p.Text("synth.outside", "n", strconv.FormatInt(outside, 10)))
	}
	out, err := console.Create(c.Out)
	if err != nil {
		return fault.Wrap(fault.Invalid, "cli.file", err).With("file", c.Out)
	}
	defer out.Close()
	if err := c.enter(spent); err != nil {
		_ = os.Remove(c.Out)
		return err
	}
	if c.Ledger == "" {
		s.Say(p.Text("synth.ledger"))
	}
	o := synth.Options{Epsilon: float64(c.Epsilon), Delta: float64(c.Delta), Noise: chance.Secret(), Key: secretKey()}
	result, err := synth.Make(data, o)
	if err != nil {
		return err
	}
	if err := writeRecords(out, result.Data); err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.Out)
	}
	report := synth.Compare(data, result.Data)
	if c.Attack {
		report.Attacks, err = synth.Assail(data, secretKey(), func(half *synth.Data) (*synth.Data, error) {
			r, err := synth.Make(half, o)
			if err != nil {
				return nil, err
			}
			return r.Data, nil
		})
		if err != nil {
			return err
		}
	}
	if c.Report != "" {
		b, err := json.MarshalIndent(report, "", "  ")
		if err != nil {
			return err
		}
		if err := console.WriteNew(c.Report, append(b, '\n')); err != nil {
			return err
		}
	}
	s.Say(p.Text("synth.exact"))
	return s.Print(made{result.Data.Rows(), o.Epsilon, o.Delta, result.Spent, report, outside}, func(w io.Writer) {
		fmt.Fprint(w, "length\tcombinations\tmean\terror\tof kept\tleft out\tmade up\n")
		for _, l := range report.Lengths {
			fmt.Fprintf(w, "%d\t%d\t%.1f\t%.1f\t%.1f\t%.1f %%\t%.1f %%\n", l.Length, l.Real, l.Mean, l.Error, l.Kept, 100*l.Suppressed, 100*l.Fabricated)
		}
		n := report.Nearest
		fmt.Fprintf(w, "equal to a real record\t%.1f %%\nunlike any other\t%d\nof these made again\t%d\n", 100*n.Equal, n.Alone, n.AloneFound)
		fmt.Fprintf(w, "distance to the nearest\t%.2f\namong real records\t%.2f\n", n.Synthetic, n.Others)
		for _, a := range report.Attacks {
			fmt.Fprintf(w, "attack by %s\t%.3f\t± %.3f\n", a.By, a.AUC, a.Error)
		}
		fmt.Fprintln(w, p.Text("synth.made", "n", strconv.Itoa(result.Data.Rows()), "epsilon", decimal(o.Epsilon), "delta", decimal(o.Delta)))
	})
}

// records reads what the domain names of the file.
func (c *synthCommand) records(s *console.Screen, domain *synth.Domain) (data *synth.Data, outside int64, report tally.Report, err error) {
	o := tally.Options{Missing: c.Missing, Needs: c.Needs, Weight: c.Weight}
	for _, column := range domain.Columns {
		o.Columns = append(o.Columns, column.Name)
	}
	if c.File == "" {
		o.Weight = ownWeight
	}
	f, err := opened(s, c.File, ownRecords)
	if err != nil {
		return nil, 0, report, err
	}
	defer f.Close()
	table, report, err := tally.Read(s.Context, f, o)
	if err != nil {
		return nil, 0, report, err
	}
	data, outside, err = synth.Take(domain, table)
	return data, outside, report, err
}

// enter enters the release into the ledger, which only one process holds at a time.
func (c *synthCommand) enter(spent []chance.Spent) error {
	if c.Ledger == "" {
		return nil
	}
	lock, err := console.Create(c.Ledger + ".lock")
	if err != nil {
		return fault.Wrap(fault.Conflict, "cli.file", err).With("file", c.Ledger+".lock")
	}
	defer os.Remove(lock.Name())
	defer lock.Close()
	ledger, err := readLedger(c.Ledger)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if !(c.Budget > 0) {
			return fault.New(fault.Invalid, "synth.budget")
		}
		ledger = chance.Ledger{Epsilon: float64(c.Budget), Delta: float64(c.Delta)}
	case err != nil:
		return err
	}
	entry := chance.Entry{What: c.What, Day: console.Present().Time().UTC().Format("2006-01-02"), Spent: spent}
	if entry.What == "" {
		entry.What = c.Out
	}
	if err := ledger.Spend(entry); err != nil {
		return err
	}
	b, err := json.MarshalIndent(ledger, "", "  ")
	if err != nil {
		return err
	}
	return console.WriteFile(c.Ledger, append(b, '\n'))
}

func readLedger(path string) (ledger chance.Ledger, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return ledger, err
	}
	in := json.NewDecoder(console.BytesOf(b))
	in.DisallowUnknownFields()
	if err := in.Decode(&ledger); err != nil {
		return ledger, fault.Wrap(fault.Invalid, "chance.ledger", err)
	}
	return ledger, nil
}

// secretKey is a key for draws that protect nobody.
func secretKey() (key [chance.KeySize]byte) {
	s := chance.Secret()
	for i := 0; i < len(key); i += 8 {
		binary.LittleEndian.PutUint64(key[i:], s.Uint64())
	}
	return key
}

func writeRecords(f *os.File, data *synth.Data) error {
	b := bufio.NewWriterSize(f, 1<<16)
	to := newLines(b)
	line := make([]string, len(data.Domain.Columns))
	for i, c := range data.Domain.Columns {
		line[i] = c.Name
	}
	if err := to.write(line); err != nil {
		return err
	}
	for row := range data.Rows() {
		for i := range line {
			line[i] = data.Value(row, i)
		}
		if err := to.write(line); err != nil {
			return err
		}
	}
	if err := to.end(); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	return f.Sync()
}

func decimal(n float64) string { return strconv.FormatFloat(n, 'g', -1, 64) }
