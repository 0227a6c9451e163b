package askcase

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
)

// HomecomingCommand is "opentrm homecoming" with what stands below it.
type HomecomingCommand struct {
	Codes    homecomingCodes    `cmd:"" help:"List the codes of returns with their source and status. Asks no node."`
	Propose  homecomingPropose  `cmd:"" help:"Begin the return of a person to a country."`
	List     homecomingList     `cmd:"" help:"List the returns that one's desk prepares or assesses, or those of a case."`
	Show     homecomingShow     `cmd:"" help:"Open a return, with what holds her back."`
	Decide   homecomingDecide   `cmd:"" help:"Record her own informed decision to go."`
	Withdraw homecomingWithdraw `cmd:"" help:"Record that she changed her mind; everything stops."`
	Interest homecomingInterest `cmd:"" help:"Record what was determined to be in the best interests of a child."`
	Assess   homecomingAssess   `cmd:"" help:"Write the risk assessment anew, sign it and ask the other desk; earlier signatures fall."`
	Sign     homecomingSign     `cmd:"" help:"Sign the assessment that was read as the second person, of another organisation."`
	Answer   homecomingAnswer   `cmd:"" help:"Take what a desk of another member answered."`
	Asked    jointCommand       `cmd:"" help:"Assessments that desks of other members ask one's desk to sign."`
	Arrange  homecomingArrange  `cmd:"" help:"Record documents, escort and reception, once nothing holds her back."`
	Depart   homecomingDepart   `cmd:"" help:"Record that she has left; what could hold her back is asked again."`
	Arrive   homecomingArrive   `cmd:"" help:"Record that she has arrived, or has not."`
	Follow   homecomingFollow   `cmd:"" help:"Record how she is, so many days after she arrived."`
	Stop     homecomingStop     `cmd:"" help:"Stop a return before she has arrived."`
	Close    homecomingClose    `cmd:"" help:"End the follow-up."`
}

type homecomingCodes struct{}

func (*homecomingCodes) Run(s *console.Screen) error {
	d, err := homecoming.Shipped()
	if err != nil {
		return err
	}
	return s.Print(d.Lists, func(w io.Writer) {
		fmt.Fprintln(w, "LIST\tCODES\tSTATUS\tSOURCE")
		for _, l := range d.Lists {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", l.Key, strings.Join(l.Codes, " "), l.Origin.Status, l.Origin.Source)
		}
	})
}

type homecomingPropose struct {
	console.OneCase
	Country string `arg:"" help:"To which she wants to return, two letters."`
}

func (c *homecomingPropose) Run(s *console.Screen) error {
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	var out returnLine
	if err := node.Call(http.MethodPost, path+"/returns", map[string]any{"to": c.Country}, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "return\t%s\nstate\t%s\nversion\t%d\n", out.ID, out.State, out.Version)
	})
}

// returnLine is a return as the API gives it.
type returnLine struct {
	ID        id.Return    `json:"id"`
	Case      id.Case      `json:"case"`
	Reference id.Reference `json:"reference,omitempty"`
	Desk      id.Desk      `json:"desk"`
	To        string       `json:"to"`
	State     string       `json:"state"`
	Peer      id.Member    `json:"peer,omitempty"`
	Second    id.Desk      `json:"second"`
	Assessed  frame.Time   `json:"assessed"`
	Signed    frame.Time   `json:"signed"`
	Departed  frame.Time   `json:"departed"`
	Arrived   frame.Time   `json:"arrived"`
	Point     int64        `json:"point"`
	Reason    string       `json:"reason"`
	Version   int64        `json:"version"`
}

type homecomingList struct {
	console.Remote
	Case console.CaseName `help:"Of this case, those that are over too."`
}

func (c *homecomingList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var all []returnLine
	if c.Case == "" {
		all, err = console.All[returnLine](node, "/returns")
	} else {
		var out struct {
			Items []returnLine `json:"items"`
		}
		which, e := c.Case.In(node)
		if e != nil {
			return e
		}
		err = node.Call(http.MethodGet, "/cases"+console.Seg(which)+"/returns", nil, &out)
		all = out.Items
	}
	if err != nil {
		return err
	}
	return s.Print(all, func(w io.Writer) {
		fmt.Fprintln(w, "RETURN\tREFERENCE\tTO\tSTATE\tDESK\tSECOND\tSIGNED\tDAY\tREASON\tVERSION")
		for _, l := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%t\t%d\t%s\t%d\n", l.ID, l.Reference, l.To, l.State, l.Desk, secondDesk(l), l.Signed != 0, l.Point, l.Reason, l.Version)
		}
	})
}

// secondDesk names the second desk; one of another member with the member.
func secondDesk(l returnLine) string {
	if l.Peer == "" {
		return string(l.Second)
	}
	return id.Address{Member: l.Peer, Desk: l.Second}.String()
}

type homecomingShow struct {
	console.Remote
	Return id.Return `arg:""`
}

func (c *homecomingShow) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/returns"+console.Seg(c.Return))
}

// returnStep is a step of a return.
type returnStep struct {
	console.Remote
	Return id.Return `arg:""`
	Match  string    `help:"Version that was read; the present one otherwise."`
}

func (c returnStep) take(s *console.Screen, step string, in any) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	path := "/returns" + console.Seg(c.Return)
	read, err := node.At(c.Match, path)
	if err != nil {
		return err
	}
	var out returnLine
	if _, err := node.CallWith(http.MethodPost, path+step, in, &out, read); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "state\t%s\nreason\t%s\nversion\t%d\n", out.State, out.Reason, out.Version)
	})
}

// returnPaper is a step that says something, in a file, so that no word about her stands in a list of commands.
type returnPaper struct {
	returnStep
	File string `arg:"" type:"path" default:"-" help:"JSON object as docs/openapi.yaml describes it; - for standard input."`
}

func (c returnPaper) take(s *console.Screen, step string) error {
	in, err := console.ReadObject(s, c.File)
	if err != nil {
		return err
	}
	return c.returnStep.take(s, step, in)
}

type homecomingDecide struct{ returnPaper }

func (c *homecomingDecide) Run(s *console.Screen) error { return c.take(s, "/decision") }

type homecomingWithdraw struct{ returnStep }

func (c *homecomingWithdraw) Run(s *console.Screen) error { return c.take(s, "/withdrawal", nil) }

type homecomingInterest struct{ returnPaper }

func (c *homecomingInterest) Run(s *console.Screen) error { return c.take(s, "/interests") }

type homecomingAssess struct{ returnPaper }

func (c *homecomingAssess) Run(s *console.Screen) error { return c.take(s, "/assessment") }

type homecomingSign struct {
	console.Remote
	Return  id.Return `arg:""`
	Match   string    `required:"" help:"Version that was read: what is signed is that one and no other."`
	Accepts []string  `help:"Red risks, domain/factor, of which you accept what is done about them. She leaves only if both desks do."`
}

func (c *homecomingSign) Run(s *console.Screen) error {
	step := returnStep{c.Remote, c.Return, c.Match}
	return step.take(s, "/signature", map[string]any{"accepts": append([]string{}, c.Accepts...)})
}

type homecomingAnswer struct{ returnStep }

func (c *homecomingAnswer) Run(s *console.Screen) error { return c.take(s, "/answer", nil) }

type homecomingArrange struct{ returnPaper }

func (c *homecomingArrange) Run(s *console.Screen) error { return c.take(s, "/plan") }

type homecomingDepart struct{ returnStep }

func (c *homecomingDepart) Run(s *console.Screen) error { return c.take(s, "/departure", nil) }

type homecomingArrive struct{ returnPaper }

func (c *homecomingArrive) Run(s *console.Screen) error { return c.take(s, "/arrival") }

type homecomingFollow struct{ returnPaper }

func (c *homecomingFollow) Run(s *console.Screen) error { return c.take(s, "/reports") }

type homecomingStop struct {
	returnStep
	Reason string `required:"" help:"Code; opentrm homecoming codes lists them."`
}

func (c *homecomingStop) Run(s *console.Screen) error {
	return c.take(s, "/stop", map[string]any{"reason": c.Reason})
}

type homecomingClose struct {
	returnStep
	Reason string `required:"" help:"Code; opentrm homecoming codes lists them."`
}

func (c *homecomingClose) Run(s *console.Screen) error {
	return c.take(s, "/closure", map[string]any{"reason": c.Reason})
}
