package cli

import (
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

type memberCommand struct {
	Join    memberJoin    `cmd:"" help:"Join a network whose root fingerprint was compared in person."`
	Sheet   memberSheet   `cmd:"" help:"Sign the desk sheet as the desks stand now, with one's authority key, and publish it."`
	Publish memberPublish `cmd:"" help:"Publish a desk sheet that was signed elsewhere."`
	Block   memberBlock   `cmd:"" help:"Refuse another member from now on."`
	Unblock memberUnblock `cmd:"" help:"Lift a block."`
}

type memberJoin struct {
	remote
	File string `arg:"" type:"existingfile" help:"Signed roster."`
}

func (c *memberJoin) Run(s *screen) error {
	b, err := readFile(s, c.File)
	if err != nil {
		return err
	}
	fingerprint, err := s.asked("Root fingerprint, as compared in person")
	if err != nil {
		return err
	}
	return do(s, c.remote, http.MethodPost, "/roster", map[string]any{"signed": b, "fingerprint": fingerprint}, "joined")
}

type memberPublish struct {
	remote
	File string `arg:"" type:"existingfile"`
}

func (c *memberPublish) Run(s *screen) error {
	b, err := readFile(s, c.File)
	if err != nil {
		return err
	}
	return do(s, c.remote, http.MethodPut, "/sheet", map[string]any{"signed": b}, "published")
}

type memberSheet struct{ remote }

func (c *memberSheet) Run(s *screen) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	var out struct {
		Version int64      `json:"version"`
		Expires frame.Time `json:"expires"`
		Desks   int        `json:"desks"`
	}
	if err := node.call(http.MethodPost, "/sheet", nil, &out); err != nil {
		return err
	}
	return s.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "version\t%d\ndesks\t%d\nexpires\t%s\n", out.Version, out.Desks, when(out.Expires))
	})
}

type memberBlock struct {
	remote
	Member id.Member `arg:""`
	Reason string    `arg:"" help:"Code."`
}

func (c *memberBlock) Run(s *screen) error {
	return do(s, c.remote, http.MethodPut, "/members"+seg(c.Member)+"/block", map[string]any{"reason": c.Reason}, "blocked")
}

type memberUnblock struct {
	remote
	Member id.Member `arg:""`
}

func (c *memberUnblock) Run(s *screen) error {
	return do(s, c.remote, http.MethodDelete, "/members"+seg(c.Member)+"/block", nil, "lifted")
}
