package ask

import (
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// MemberCommand is "opentrm member" with what stands below it.
type MemberCommand struct {
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
