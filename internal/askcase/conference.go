package askcase

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/opentrm/opentrm/internal/conference"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// ConferenceCommand is "opentrm conference" with what stands below it.
type ConferenceCommand struct {
	Codes   conferenceCodes   `cmd:"" help:"List the codes of conferences with their source and status. Asks no node."`
	Call    conferenceCall    `cmd:"" help:"Call a conference about a case and invite desks, each on a basis."`
	List    conferenceList    `cmd:"" help:"List the conferences that one's desk called or sits in, or those of a case."`
	Show    conferenceShow    `cmd:"" help:"Open a conference, as far as it is open to one's desk."`
	Change  conferenceChange  `cmd:"" help:"Change when, where, what about and who sits there."`
	Minute  conferenceMinute  `cmd:"" help:"Write down what was said, who was there, and whether she was heard."`
	Resolve conferenceResolve `cmd:"" help:"Write down what was decided and who has to sign it; earlier signatures count no more."`
	Sign    conferenceSign    `cmd:"" help:"Sign the text that was read, for one's desk."`
	Refuse  conferenceRefuse  `cmd:"" help:"Refuse to sign the text that was read, and say why."`
	Settle  conferenceSettle  `cmd:"" help:"Let what was decided take effect, once everybody who has to has signed."`
	End     conferenceEnd     `cmd:"" help:"End a conference without a decision."`
}

type conferenceCodes struct{}

func (*conferenceCodes) Run(s *console.Screen) error {
	d, err := conference.Shipped()
	if err != nil {
		return err
	}
	return s.Print(d, func(w io.Writer) {
		fmt.Fprintln(w, "LIST\tCODES\tSTATUS\tSOURCE")
		var purposes []string
		for _, p := range d.Purposes {
			purposes = append(purposes, p.Code)
		}
		fmt.Fprintf(w, "purpose\t%s\t%s\t%s\n", strings.Join(purposes, " "), d.PurposesOrigin.Status, d.PurposesOrigin.Source)
		for _, l := range d.Lists {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", l.Key, strings.Join(l.Codes, " "), l.Origin.Status, l.Origin.Source)
		}
	})
}

// conferenceLine is a conference as the API gives it.
type conferenceLine struct {
	ID        id.Conference `json:"id"`
	Case      id.Case       `json:"case"`
	Reference id.Reference  `json:"reference,omitempty"`
	Desk      id.Desk       `json:"desk"`
	Purpose   string        `json:"purpose"`
	State     string        `json:"state"`
	Meets     frame.Time    `json:"meets"`
	Draft     int64         `json:"draft"`
	Reason    string        `json:"reason"`
	Version   int64         `json:"version"`
}

type conferenceCall struct {
	console.OneCase
	File string `arg:"" type:"path" default:"-" help:"JSON object as docs/openapi.yaml describes it; - for standard input."`
}

func (c *conferenceCall) Run(s *console.Screen) error {
	in, err := console.ReadObject(s, c.File)
	if err != nil {
		return err
	}
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	var out conferenceLine
	if err := node.Call(http.MethodPost, path+"/conferences", in, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "conference\t%s\nstate\t%s\nversion\t%d\n", out.ID, out.State, out.Version)
	})
}

type conferenceList struct {
	console.Remote
	Case console.CaseName `help:"Of this case, those that are over too."`
}

func (c *conferenceList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var all []conferenceLine
	if c.Case == "" {
		all, err = console.All[conferenceLine](node, "/conferences")
	} else {
		var out struct {
			Items []conferenceLine `json:"items"`
		}
		which, e := c.Case.In(node)
		if e != nil {
			return e
		}
		err = node.Call(http.MethodGet, "/cases"+console.Seg(which)+"/conferences", nil, &out)
		all = out.Items
	}
	if err != nil {
		return err
	}
	return s.Print(all, func(w io.Writer) {
		fmt.Fprintln(w, "CONFERENCE\tREFERENCE\tPURPOSE\tSTATE\tDESK\tDRAFT\tREASON\tVERSION")
		for _, l := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%d\n", l.ID, l.Reference, l.Purpose, l.State, l.Desk, l.Draft, l.Reason, l.Version)
		}
	})
}

type conferenceShow struct {
	console.Remote
	Conference id.Conference `arg:""`
}

func (c *conferenceShow) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/conferences"+console.Seg(c.Conference))
}

// conferenceStep is a step of a conference.
type conferenceStep struct {
	console.Remote
	Conference id.Conference `arg:""`
	Match      string        `required:"" help:"Version that was read: the step is about that one and no other."`
}

func (c conferenceStep) take(s *console.Screen, method, step string, in any) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	if _, err := node.CallWith(method, "/conferences"+console.Seg(c.Conference)+step, in, nil, console.Version(c.Match)); err != nil {
		return err
	}
	return s.Done("recorded")
}

// conferencePaper is a step that says something, in a file, so that no word about her stands in a list of commands.
type conferencePaper struct {
	conferenceStep
	File string `arg:"" type:"path" default:"-" help:"JSON object as docs/openapi.yaml describes it; - for standard input."`
}

func (c conferencePaper) take(s *console.Screen, method, step string) error {
	in, err := console.ReadObject(s, c.File)
	if err != nil {
		return err
	}
	return c.conferenceStep.take(s, method, step, in)
}

type conferenceChange struct{ conferencePaper }

func (c *conferenceChange) Run(s *console.Screen) error { return c.take(s, http.MethodPut, "") }

type conferenceMinute struct{ conferencePaper }

func (c *conferenceMinute) Run(s *console.Screen) error { return c.take(s, http.MethodPut, "/minutes") }

type conferenceResolve struct{ conferencePaper }

func (c *conferenceResolve) Run(s *console.Screen) error { return c.take(s, http.MethodPost, "/text") }

type conferenceSign struct {
	conferenceStep
	Dissent string `help:"That one was of another opinion, and why."`
}

func (c *conferenceSign) Run(s *console.Screen) error {
	return c.take(s, http.MethodPost, "/answers", map[string]any{"reply": conference.Signed, "dissent": c.Dissent})
}

type conferenceRefuse struct {
	conferenceStep
	Reason string `required:"" help:"Code; opentrm conference codes lists them."`
}

func (c *conferenceRefuse) Run(s *console.Screen) error {
	return c.take(s, http.MethodPost, "/answers", map[string]any{"reply": conference.Refused, "reason": c.Reason})
}

type conferenceSettle struct{ conferenceStep }

func (c *conferenceSettle) Run(s *console.Screen) error {
	return c.take(s, http.MethodPost, "/settlement", nil)
}

type conferenceEnd struct {
	conferenceStep
	Reason string `required:"" help:"Code; opentrm conference codes lists them."`
}

func (c *conferenceEnd) Run(s *console.Screen) error {
	return c.take(s, http.MethodPost, "/end", map[string]any{"reason": c.Reason})
}
