package ask

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/opentrm/opentrm/internal/apioffice"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// CountCommand is "opentrm count" with what stands below it.
type CountCommand struct {
	List       countList       `cmd:"" help:"List counts, the newest first, and who is waited for."`
	Show       countShow       `cmd:"" help:"Show one: its run sheet, how far it has come, and its result."`
	Propose    countPropose    `cmd:"" help:"Propose a count to other members. Nobody hears of it before a second person here joins too."`
	Join       countJoin       `cmd:"" help:"Say that this member takes part. Two people have to."`
	Decline    countDecline    `cmd:"" help:"Say that this member does not take part, or no longer. The count ends for all."`
	Prepare    countPrepare    `cmd:"" help:"Prepare the records of this member from the cases of your desk, and commit to them."`
	Encrypt    countEncrypt    `cmd:"" help:"Encrypt what was committed to, for the mixers and the tally that were drawn."`
	Publish    countPublish    `cmd:"" help:"Say that the number is made public here."`
	Transcript countTranscript `cmd:"" help:"Write everything that was said to a file that anybody can check."`
	Verify     countVerify     `cmd:"" help:"Check such a file, on this machine, with no node."`
	Allow      countAllow      `cmd:"" help:"Say what counts of a year may tell of one record, and on whose decision."`
	Ledger     countLedger     `cmd:"" help:"Show what counts of this year may tell of one record here, and how much a year allows."`
}

type countList struct{ console.Remote }

func (c *countList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		Counts []apioffice.CountRun `json:"counts"`
	}
	if err := node.Call(http.MethodGet, "/counts", nil, &out); err != nil {
		return err
	}
	return s.Print(out.Counts, func(w io.Writer) {
		fmt.Fprintln(w, "COUNT\tPURPOSE\tFROM\tTO\tSTEP\tWAITS FOR\tEND\tPERSONS")
		for i := range out.Counts {
			r := &out.Counts[i]
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Scope.Purpose, r.Scope.From, r.Scope.To, r.Step, joined(r.Waits), r.End, numberOf(r))
		}
	})
}

// numberOf says how many persons were counted.
func numberOf(r *apioffice.CountRun) string {
	switch p := r.Result; {
	case p == nil:
		return ""
	case p.Publishable:
		return fmt.Sprintf("%d (%d to %d)", p.Persons, p.Low, p.High)
	default:
		return fmt.Sprintf("not publishable (%s): %d to %d", p.Why, p.Low, p.High)
	}
}

func joined(all []id.Member) string {
	var out []string
	for _, m := range all {
		out = append(out, string(m))
	}
	return strings.Join(out, " ")
}

func desks(all []id.Desk) string {
	var out []string
	for _, d := range all {
		out = append(out, string(d))
	}
	return strings.Join(out, " ")
}

// oneCount is a command about one of them.
type oneCount struct {
	console.Remote
	Count string `arg:""`
}

func (c *oneCount) path(below string) string { return "/counts" + console.Seg(c.Count) + below }

type countShow struct{ oneCount }

func (c *countShow) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var r apioffice.CountRun
	if err := node.Call(http.MethodGet, c.path(""), nil, &r); err != nil {
		return err
	}
	return s.Print(r, func(w io.Writer) {
		fmt.Fprintf(w, "count\t%s\nwhat\t%s %s, %s to %s\n", r.ID, r.Scope.Purpose, r.Scope.Definition, r.Scope.From, r.Scope.To)
		fmt.Fprintf(w, "proposed by\t%s\nmembers\t%s\njoined\t%s\n", r.Proposer, joined(r.Members), joined(r.Joined))
		if len(r.Mixing) > 0 {
			fmt.Fprintf(w, "mix\t%s\ntally\t%s\n", joined(r.Mixing), r.Tally)
		}
		if r.Step != "" && r.End == "" {
			fmt.Fprintf(w, "step\t%s, until %s\nwaits for\t%s\n", r.Step, console.When(r.Until), joined(r.Waits))
		}
		for _, d := range r.Desks {
			fmt.Fprintf(w, "desk %s\t%d cases read, done %t\n", d.Desk, d.Files, d.Done)
		}
		if len(r.Left) > 0 {
			fmt.Fprintf(w, "counted without\t%s\n", desks(r.Left))
		}
		for _, n := range r.Named {
			fmt.Fprintf(w, "named\t%s in %s: %s, says %s\n", n.Member, n.Step, n.For, n.By)
		}
		if r.End != "" {
			fmt.Fprintf(w, "ended\t%s, %s\n", r.End, console.When(r.Over))
		}
		if r.Result != nil {
			fmt.Fprintf(w, "persons\t%s\nchecked here\t%t\n", numberOf(&r), r.Checked)
		}
	})
}

type countPropose struct {
	console.Remote
	Members    []id.Member `arg:"" name:"member" help:"Members beside this one."`
	Purpose    string      `default:"annual" help:"annual, trend or special."`
	Definition string      `default:"registered" help:"registered: cases that were opened in the period; identified: those of them with a decided status."`
	From       string      `required:"" help:"The first day, as 2026-01-01."`
	To         string      `required:"" help:"The last day."`
	Epsilon    int         `default:"1000" help:"What the count may tell of one record, in thousandths."`
	Least      int         `default:"10" help:"A smaller number is not published."`
	Widest     int         `default:"200" help:"Half the interval, in thousandths of the number, beyond which it is not published."`
	Mixers     int         `default:"4" help:"How many members mix."`
	Batch      int         `default:"128" help:"Records of the smallest batch, a power of two."`
	PeopleDays int         `default:"10" help:"Days that people have for a step of theirs."`
	NodeDays   int         `default:"3" help:"Days that nodes have for a step of theirs."`
}

func (c *countPropose) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var made struct {
		ID string `json:"id"`
	}
	err = node.Call(http.MethodPost, "/counts", map[string]any{
		"members": c.Members, "purpose": c.Purpose, "definition": c.Definition, "from": c.From, "to": c.To, "epsilon": c.Epsilon, "least": c.Least,
		"widest": c.Widest, "mixers": c.Mixers, "batch": c.Batch, "people_days": c.PeopleDays, "node_days": c.NodeDays,
	}, &made)
	if err != nil {
		return err
	}
	return s.Print(made, func(w io.Writer) { fmt.Fprintln(w, made.ID) })
}

type countJoin struct{ oneCount }

func (c *countJoin) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, c.path("/agreement"), nil, "agreed")
}

type countDecline struct{ oneCount }

func (c *countDecline) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodDelete, c.path("/agreement"), nil, "declined")
}

type countPrepare struct {
	oneCount
	RecallFound int64     `help:"How many of the pairs keys had found, where that was measured otherwise than on merged files."`
	RecallOf    int64     `help:"Of how many pairs of records of one person."`
	Without     []id.Desk `help:"Count without a desk whose cases are missing, because nobody there can prepare them."`
}

func (c *countPrepare) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out apioffice.CountPrepared
	body := map[string]any{"recall_found": c.RecallFound, "recall_of": c.RecallOf, "without": append([]id.Desk{}, c.Without...)}
	if err := node.Call(http.MethodPost, c.path("/records"), body, &out.Body); err != nil {
		return err
	}
	p := &out.Body
	return s.Print(p, func(w io.Writer) {
		switch {
		case p.Going:
			fmt.Fprintf(w, "goes on by itself, %d cases read\n", p.Files)
		case p.Records == 0:
			fmt.Fprintf(w, "%d cases read, waits for %s\n", p.Files, desks(p.Waits))
		default:
			fmt.Fprintln(w, p.Records)
		}
	})
}

type countEncrypt struct{ oneCount }

func (c *countEncrypt) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPut, c.path("/records"), nil, "encrypted")
}

type countPublish struct{ oneCount }

func (c *countPublish) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, c.path("/publication"), nil, "published")
}

type countTranscript struct {
	oneCount
	File string `arg:"" type:"path" help:"File to write; must not be there yet."`
}

func (c *countTranscript) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	answer, err := node.Ask(s.Context, http.MethodGet, c.path("/transcript"), "", nil, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	f, err := console.Create(c.File)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.File)
	}
	_, err = io.Copy(f, answer.Body)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.File)
	}
	return verdict(s, c.File) // what was cut short is noticed here
}

type countVerify struct {
	File string `arg:"" type:"existingfile"`
}

func (c *countVerify) Run(s *console.Screen) error { return verdict(s, c.File) }

// verdict prints what a transcript shows, and fails if the count was not whole or somebody broke it.
func verdict(s *console.Screen, file string) error {
	b, err := console.ReadFile(s, file)
	if err != nil {
		return err
	}
	v, err := count.Verify(b)
	if err != nil {
		return err
	}
	err = s.Print(v, func(w io.Writer) {
		fmt.Fprintf(w, "count\t%s\nwhat\t%s\nproposed by\t%s\n", v.Run, v.Population, v.Proposer)
		for _, m := range v.Members {
			fmt.Fprintf(w, "signs for %s\t%s\n", m.Member, keysOf(m.Keys))
		}
		fmt.Fprintf(w, "mix\t%s\ntally\t%s\n", joined(v.Mixers), v.Tally)
		for _, n := range v.Named {
			fmt.Fprintf(w, "named\t%s in %s: %s\n", n.Member, n.Step, n.For)
		}
		for _, o := range v.Objections {
			fmt.Fprintf(w, "objected to\t%s in %s: %s, says %s\n", o.Member, o.Step, o.For, o.By)
		}
		if len(v.Declined) > 0 {
			fmt.Fprintf(w, "declined\t%s\n", joined(v.Declined))
		}
		if v.Step != "" {
			fmt.Fprintf(w, "stands at\t%s, waits for %s\n", v.Step, joined(v.Waits))
		}
		fmt.Fprintf(w, "data checked\t%t\n", v.Data)
		if v.Result != nil {
			fmt.Fprintf(w, "persons\t%s\n", numberOf(&apioffice.CountRun{Result: v.Result}))
		}
	})
	if err == nil && !v.Good() {
		return console.Unverified(nil)
	}
	return err
}

func keysOf(all []id.Key) string {
	var out []string
	for _, k := range all {
		out = append(out, string(k))
	}
	return strings.Join(out, " ")
}

type countLedger struct{ console.Remote }

func (c *countLedger) Run(s *console.Screen) error { return console.Show(s, c.Remote, "/count-ledger") }

type countAllow struct {
	console.Remote
	Most   int64  `arg:"" help:"In thousandths; 0: this member takes part in none."`
	Source string `arg:"" help:"On whose decision."`
}

func (c *countAllow) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPut, "/count-ledger", map[string]any{"most": c.Most, "source": c.Source}, "allowed")
}
