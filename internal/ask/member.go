package ask

import (
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// MemberCommand is "opentrm member" with what stands below it.
type MemberCommand struct {
	List    memberList    `cmd:"" help:"List the other members: when they were last heard, what waits for them."`
	Test    memberTest    `cmd:"" help:"Call the node of a member, there and back, and say whether it answers."`
	Join    memberJoin    `cmd:"" help:"Join a network whose root fingerprint was compared in person."`
	Sheet   memberSheet   `cmd:"" help:"Sign the desk sheet as the desks stand now, with one's authority key, and publish it."`
	Publish memberPublish `cmd:"" help:"Publish a desk sheet that was signed elsewhere."`
	Block   memberBlock   `cmd:"" help:"Refuse another member from now on."`
	Unblock memberUnblock `cmd:"" help:"Lift a block."`
}

type memberJoin struct {
	console.Remote
	File string `arg:"" type:"existingfile" help:"Signed roster."`
}

func (c *memberJoin) Run(s *console.Screen) error {
	b, err := console.ReadFile(s, c.File)
	if err != nil {
		return err
	}
	fingerprint, err := s.Asked("Root fingerprint, as compared in person")
	if err != nil {
		return err
	}
	return console.Do(s, c.Remote, http.MethodPost, "/roster", map[string]any{"signed": b, "fingerprint": fingerprint}, "joined")
}

type memberPublish struct {
	console.Remote
	File string `arg:"" type:"existingfile"`
}

func (c *memberPublish) Run(s *console.Screen) error {
	b, err := console.ReadFile(s, c.File)
	if err != nil {
		return err
	}
	return console.Do(s, c.Remote, http.MethodPut, "/sheet", map[string]any{"signed": b}, "published")
}

type memberSheet struct{ console.Remote }

func (c *memberSheet) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		Version int64      `json:"version"`
		Expires frame.Time `json:"expires"`
		Desks   int        `json:"desks"`
	}
	if err := node.Call(http.MethodPost, "/sheet", nil, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "version\t%d\ndesks\t%d\nexpires\t%s\n", out.Version, out.Desks, console.When(out.Expires))
	})
}

type memberBlock struct {
	console.Remote
	Member id.Member `arg:""`
	Reason string    `arg:"" help:"Code."`
}

func (c *memberBlock) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPut, "/members"+console.Seg(c.Member)+"/block", map[string]any{"reason": c.Reason}, "blocked")
}

type memberUnblock struct {
	console.Remote
	Member id.Member `arg:""`
}

func (c *memberUnblock) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodDelete, "/members"+console.Seg(c.Member)+"/block", nil, "lifted")
}

type memberList struct{ console.Remote }

func (c *memberList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		Items []exchange.Health `json:"items"`
	}
	if err := node.Call(http.MethodGet, "/members", nil, &out); err != nil {
		return err
	}
	return s.Print(out.Items, func(w io.Writer) {
		fmt.Fprintln(w, "MEMBER\tHEARD\tWAITING\tSINCE\tSHEET")
		for _, h := range out.Items {
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", h.Member, console.When(h.Heard), h.Waiting, console.When(h.Since), h.Sheet)
		}
	})
}

type memberTest struct {
	console.Remote
	Member id.Member `arg:"" help:"Code of the member: MD."`
}

func (c *memberTest) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var t exchange.Tested
	if err := node.Call(http.MethodPost, "/members/"+string(c.Member)+"/test", nil, &t); err != nil {
		return err
	}
	err = s.Print(t, func(w io.Writer) {
		if !t.OK {
			fmt.Fprintf(w, "%s\t%s\n", t.Member, s.Printer().Text(t.Why))
			return
		}
		fmt.Fprintf(w, "%s\tanswers with its key\t%d ms\troster %d there, %d here\tclock %+d s\n", t.Member, t.Took.Milliseconds(), t.Roster, t.Ours, t.Skew)
	})
	if err == nil && !t.OK {
		return console.Unverified(nil)
	}
	return err
}
