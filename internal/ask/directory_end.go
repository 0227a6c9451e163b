package ask

import (
	"net/http"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

type directoryEnd struct {
	console.Remote
	Organisation id.Organisation `arg:""`
	Part         string          `required:"" enum:"organisation,service,place,confidential" help:"organisation, service, place or confidential. Confidential places are destroyed; an organisation takes its own along."`
	ID           string          `name:"id" help:"Of the service or place. Of the confidential places, left out: all of them, which needs no keys."`
	Reason       string          `required:"" help:"closed, service-stopped, moved, merged, unsafe, error, source or other."`
	On           string          `required:"" help:"Since when: yyyy-mm-dd."`
	Note         string          `help:"For everybody who signs in: no address."`
	Match        string          `required:"" help:"Version that was read."`
}

func (c *directoryEnd) Run(s *console.Screen) error {
	in := map[string]any{"part": c.Part, "reason": c.Reason, "on": c.On}
	if c.ID != "" {
		in["id"] = c.ID
	}
	if c.Note != "" {
		in["note"] = c.Note
	}
	return directoryStep(s, c.Remote, http.MethodPut, c.Organisation, "/end", in, c.Match, "ended")
}

func directoryStep(s *console.Screen, r console.Remote, method string, o id.Organisation, path string, in map[string]any, match, said string) error {
	node, err := r.Open(s)
	if err != nil {
		return err
	}
	var body any
	if in != nil {
		body = in
	}
	if _, err := node.CallWith(method, "/directory"+console.Seg(o)+path, body, nil, console.Version(match)); err != nil {
		return err
	}
	return s.Done(said)
}

type directoryErase struct {
	console.Remote
	Organisation id.Organisation `arg:""`
	Reason       string          `xor:"what" help:"Propose it, for this reason."`
	Confirm      bool            `xor:"what" help:"Erase it, as the second person."`
	Keep         bool            `xor:"what" help:"Say that it is not erased."`
	Match        string          `required:"" help:"Version that was read."`
}

func (c *directoryErase) Run(s *console.Screen) error {
	switch {
	case c.Confirm:
		return directoryStep(s, c.Remote, http.MethodPut, c.Organisation, "/erasure/confirmation", nil, c.Match, "erased")
	case c.Keep:
		return directoryStep(s, c.Remote, http.MethodDelete, c.Organisation, "/erasure", nil, c.Match, "kept")
	case c.Reason == "":
		return fault.New(fault.Invalid, "directory.field").With("field", "reason")
	}
	return directoryStep(s, c.Remote, http.MethodPut, c.Organisation, "/erasure", map[string]any{"reason": c.Reason}, c.Match, "proposed")
}

type directoryMove struct {
	console.Remote
	Organisation id.Organisation `arg:""`
	To           id.Desk         `xor:"what" help:"Ask this desk to keep the record, with its confidential places."`
	Take         bool            `xor:"what" help:"Keep the record, as the desk that was asked."`
	Stay         bool            `xor:"what" help:"Say that the record stays where it is; either desk says so."`
	Match        string          `required:"" help:"Version that was read."`
}

func (c *directoryMove) Run(s *console.Screen) error {
	switch {
	case c.Take:
		return directoryStep(s, c.Remote, http.MethodPut, c.Organisation, "/move/acceptance", nil, c.Match, "taken over")
	case c.Stay:
		return directoryStep(s, c.Remote, http.MethodDelete, c.Organisation, "/move", nil, c.Match, "stays")
	case c.To == "":
		return fault.New(fault.Invalid, "directory.field").With("field", "to")
	}
	return directoryStep(s, c.Remote, http.MethodPut, c.Organisation, "/move", map[string]any{"to": c.To}, c.Match, "asked")
}
