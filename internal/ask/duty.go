package ask

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// deskDuty is "opentrm desk duty" with what stands below it.
type deskDuty struct {
	List  dutyList  `cmd:"" help:"List the shifts of a desk that are not over."`
	Enter dutyEnter `cmd:"" help:"Enter a shift, once or in a rhythm."`
	Drop  dutyDrop  `cmd:"" help:"Take a shift out of the roster."`
}

// rosterPage is a page of a roster, as the node answers it.
type rosterPage struct {
	Items []desk.Shift `json:"items"`
	Next  string       `json:"next"`
}

// mostPages is how many pages of a roster are read.
const mostPages = 100

// rosterOf reads the roster of a desk, and the mark under which it is replaced.
//
// It fails with [fault.Stale] if somebody changes it between two pages.
func rosterOf(node *console.Client, at id.Desk) (all []desk.Shift, mark string, err error) {
	path := "/desks" + console.Seg(at) + "/duty"
	for from := path; ; {
		var p rosterPage
		head, err := node.CallWith(http.MethodGet, from, nil, &p, nil)
		if err != nil {
			return nil, "", err
		}
		if tag := console.Tag(head); mark == "" {
			mark = tag
		} else if tag != mark {
			return nil, "", fault.New(fault.Stale, "desk.duty.stale")
		}
		all = append(all, p.Items...)
		if p.Next == "" || len(all) > mostPages*mostPages {
			return all, mark, nil
		}
		from = path + "?after=" + p.Next
	}
}

type dutyList struct {
	console.Remote
	Desk id.Desk `arg:""`
}

func (c *dutyList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	all, _, err := rosterOf(node, c.Desk)
	if err != nil {
		return err
	}
	return s.Print(slices.Concat([]desk.Shift{}, all), func(w io.Writer) {
		fmt.Fprintln(w, "USER\tFROM\tTO")
		for _, x := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\n", x.User, console.When(x.From), console.When(x.To))
		}
	})
}

// span is a shift as it is sent.
type span struct {
	User id.User    `json:"user"`
	From frame.Time `json:"from"`
	To   frame.Time `json:"to"`
}

// replace sends the roster of a desk from a moment on.
func replace(node *console.Client, at id.Desk, mark string, from frame.Time, all []desk.Shift) error {
	shifts := []span{}
	for _, x := range all {
		if x.From >= from {
			shifts = append(shifts, span{x.User, x.From, x.To})
		}
	}
	_, err := node.CallWith(http.MethodPut, "/desks"+console.Seg(at)+"/duty", map[string]any{"from": from, "shifts": shifts}, nil, console.Version(mark))
	return err
}

// zoneOf returns the time zone by whose clock the shifts of a desk come again.
//
// It fails with [fault.NotFound] if there is no such desk.
func zoneOf(node *console.Client, at id.Desk) (*time.Location, error) {
	all, err := console.All[desk.Desk](node, "/desks")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(d desk.Desk) bool { return d.ID == at })
	if i < 0 {
		return nil, fault.New(fault.NotFound, "desk.missing")
	}
	return time.LoadLocation(all[i].Zone)
}

type dutyEnter struct {
	console.Remote
	Desk   id.Desk `arg:""`
	User   id.User `arg:""`
	From   string  `required:"" help:"When it begins, as 2026-03-02T08:00:00+01:00."`
	To     string  `required:"" help:"When it ends."`
	Repeat string  `enum:"once,daily,working,weekly" default:"once" help:"once, daily, working (Monday to Friday) or weekly."`
	Last   string  `help:"The last day on which it begins, as a moment of it."`
}

func (c *dutyEnter) Run(s *console.Screen) error {
	begins, err := moment(c.From)
	if err != nil {
		return err
	}
	ends, err := moment(c.To)
	if err != nil {
		return err
	}
	last := begins
	if c.Last != "" {
		if last, err = moment(c.Last); err != nil {
			return err
		}
	}
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	zone, err := zoneOf(node, c.Desk)
	if err != nil {
		return err
	}
	first := desk.Shift{Desk: c.Desk, User: c.User, From: begins, To: ends}
	more, err := desk.Repeat(first, desk.Rhythm(c.Repeat), last.Time(), zone)
	if err != nil {
		return err
	}
	all, mark, err := rosterOf(node, c.Desk)
	if err != nil {
		return err
	}
	if err := replace(node, c.Desk, mark, first.From, append(all, more...)); err != nil {
		return err
	}
	return s.Done("entered")
}

type dutyDrop struct {
	console.Remote
	Desk id.Desk `arg:""`
	User id.User `arg:""`
	From string  `required:"" help:"When the shift begins."`
}

func (c *dutyDrop) Run(s *console.Screen) error {
	from, err := moment(c.From)
	if err != nil {
		return err
	}
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	all, mark, err := rosterOf(node, c.Desk)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(x desk.Shift) bool { return x.User == c.User && x.From == from })
	if i < 0 {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	if err := replace(node, c.Desk, mark, from, slices.Delete(all, i, i+1)); err != nil {
		return err
	}
	return s.Done("dropped")
}
