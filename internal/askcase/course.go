package askcase

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// The course of a case: what is written in its file, decided about her, and how it ends and begins again.

type caseNote struct {
	console.OneCase
	saying
	Language string `default:"en" help:"Language of the note."`
}

func (c *caseNote) Run(s *console.Screen) error {
	text, err := c.read(s)
	if err != nil {
		return err
	}
	return c.Do(s, http.MethodPost, "/notes", map[string]any{"language": c.Language, "text": text}, "", "noted")
}

type caseAssess struct {
	adding
	Review string `help:"The day on which it is looked at again, yyyy-mm-dd, in the place of what the file says; without either, as the lists have it."`
}

func (c *caseAssess) Run(s *console.Screen) error {
	in := casefile.Assessment{Factors: []casefile.Factor{}, Grades: map[string]casefile.Grade{}}
	if err := console.ReadJSON(s, c.File, &in); err != nil {
		return err
	}
	d, err := casefile.Shipped()
	if err != nil {
		return err
	}
	switch {
	case c.Review != "":
		if in.Review, err = dayAt(c.Review); err != nil {
			return err
		}
	case in.Review == 0:
		in.Review = console.Present().Add(time.Duration(d.Limits.ReviewDays) * 24 * time.Hour)
	}
	return c.Add(s, "/assessments", in, "")
}

type caseDecide struct{ adding }

func (c *caseDecide) Run(s *console.Screen) error {
	return c.put(s, "/decisions", &casefile.Decision{})
}

type caseFlag struct {
	console.OneCase
	Asylum  bool     `help:"She asked for asylum. Without it, that she did not."`
	Origins []string `help:"Countries of origin, two letters each, with commas between. Without it, none is known."`
	Match   string   `required:"" help:"Version of the case that was read."`
}

func (c *caseFlag) Run(s *console.Screen) error {
	in := map[string]any{"asylum": c.Asylum, "origins": append([]string{}, c.Origins...)}
	return c.Do(s, http.MethodPut, "/flags", in, c.Match, "recorded")
}

type caseCooperate struct {
	console.OneCase
	Answer string `arg:"" enum:"yes,no,undecided,withdrawn,not-asked" help:"yes, no, undecided, withdrawn or not-asked."`
	On     string `required:"" help:"The day, yyyy-mm-dd."`
	beside
}

func (c *caseCooperate) Run(s *console.Screen) error {
	note, err := c.read(s)
	if err != nil {
		return err
	}
	return c.Add(s, "/cooperation", casefile.Cooperation{Answer: c.Answer, Date: c.On, Note: note}, "")
}

type caseClose struct {
	console.OneCase
	Reason   string `required:"" help:"Why it ends, code."`
	On       string `required:"" help:"The day, yyyy-mm-dd."`
	Action   string `required:"" help:"What happens to what is kept, code."`
	Handover string `type:"path" help:"File that says to whom she goes, in words; - for standard input."`
	Match    string `required:"" help:"Version of the case that was read."`
	beside
}

func (c *caseClose) Run(s *console.Screen) error {
	note, err := c.read(s)
	if err != nil {
		return err
	}
	to, err := console.ReadText(s, c.Handover)
	if err != nil {
		return err
	}
	in := casefile.Closure{Reason: c.Reason, Date: c.On, Handover: to, Action: c.Action, Note: note}
	return c.Do(s, http.MethodPost, "/closure", in, c.Match, "closed")
}

type caseReopen struct {
	console.OneCase
	Reason string `required:"" help:"Why the work goes on, code."`
	On     string `required:"" help:"The day, yyyy-mm-dd."`
	Match  string `required:"" help:"Version that was read."`
	beside
}

func (c *caseReopen) Run(s *console.Screen) error {
	note, err := c.read(s)
	if err != nil {
		return err
	}
	return c.Do(s, http.MethodPost, "/reopening", casefile.Reopening{Reason: c.Reason, On: c.On, Note: note}, c.Match, "reopened")
}

type caseEmergency struct {
	console.OneCase
	Reason string `required:"" help:"Why nobody of its desk can be waited for, code."`
	saying
}

func (c *caseEmergency) Run(s *console.Screen) error {
	words, err := c.read(s)
	if err != nil {
		return err
	}
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	var out struct {
		ID    id.Record  `json:"id"`
		Until frame.Time `json:"until"`
	}
	if err := node.Call(http.MethodPost, path+"/emergency", map[string]any{"reason": c.Reason, "words": words}, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) { fmt.Fprintf(w, "opening\t%s\nuntil\t%s\n", out.ID, console.When(out.Until)) })
}

// casePerson is "opentrm case person" with what stands below it.
type casePerson struct {
	Show    personShow    `cmd:"" default:"withargs" help:"Read who she is, without numbers and addresses of the safe-contact card."`
	Record  personRecord  `cmd:"" help:"Write down who she is, read as JSON."`
	Correct personCorrect `cmd:"" help:"Replace what is written of her, read as JSON."`
}

// versioned is an answer whose version stands in its head.
type versioned struct {
	Version string         `json:"version"`
	Value   map[string]any `json:"value"`
}

type personShow struct{ console.OneCase }

func (c *personShow) Run(s *console.Screen) error { return showVersioned(s, c.OneCase, "/person") }

// showVersioned prints an answer and the version at which it was read, which a change asks for.
func showVersioned(s *console.Screen, c console.OneCase, last string) error {
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	var out versioned
	head, err := node.CallWith(http.MethodGet, path+last, nil, &out.Value, nil)
	if err != nil {
		return err
	}
	out.Version = console.Tag(head)
	return s.Raw(out)
}

type personRecord struct{ adding }

func (c *personRecord) Run(s *console.Screen) error {
	in, err := console.ReadObject(s, c.File)
	if err != nil {
		return err
	}
	return c.Add(s, "/person", map[string]any{"person": in}, "")
}

type personCorrect struct {
	adding
	Match string `required:"" help:"Version that was read."`
}

func (c *personCorrect) Run(s *console.Screen) error {
	in, err := console.ReadObject(s, c.File)
	if err != nil {
		return err
	}
	return c.Do(s, http.MethodPut, "/person", map[string]any{"person": in}, c.Match, "corrected")
}

type caseCard struct{ console.OneCase }

// Run shows the ways without numbers and addresses.
func (c *caseCard) Run(s *console.Screen) error {
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	var out struct {
		Version string `json:"version"`
		Ways    []struct {
			Index    int           `json:"index"`
			Way      person.Way    `json:"way"`
			Safety   person.Safety `json:"safety"`
			Answerer string        `json:"answerer"`
			Times    string        `json:"times"`
			MaySay   string        `json:"may_say"`
			CodeWord string        `json:"code_word"`
			Voice    bool          `json:"voice"`
			Never    string        `json:"never"`
		} `json:"ways"`
	}
	head, err := node.CallWith(http.MethodGet, path+"/contact", nil, &out, nil)
	if err != nil {
		return err
	}
	out.Version = console.Tag(head)
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "version\t%s\n\nWAY\tBY\tSAFETY\tVOICE MESSAGE\tTIMES\tWHO ELSE ANSWERS\tMAY SAY\tCODE WORD\tNEVER\n", out.Version)
		for _, x := range out.Ways {
			fmt.Fprintf(w, "%d\t%s\t%s\t%t\t%s\t%s\t%s\t%s\t%s\n", x.Index, x.Way, x.Safety, x.Voice, x.Times, x.Answerer, x.MaySay, x.CodeWord, x.Never)
		}
	})
}

type caseReach struct {
	console.OneCase
	Way   int    `arg:"" help:"Which way, as the card numbers them."`
	Match string `required:"" help:"Version of the card that was read."`
}

func (c *caseReach) Run(s *console.Screen) error {
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	var out person.Contact
	if _, err := node.CallWith(http.MethodPost, fmt.Sprintf("%s/contact/%d", path, c.Way), nil, &out, console.Version(c.Match)); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "by\t%s\naddress\t%s\nsafety\t%s\ntimes\t%s\nwho else answers\t%s\nmay say\t%s\ncode word\t%s\nnever\t%s\n",
			out.Way, out.Address, out.Safety, out.Times, out.Answerer, out.MaySay, out.CodeWord, out.Never)
	})
}
