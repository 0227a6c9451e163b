// Package ask is the commands that ask a running node through its JSON interface, as the person who signed in with
// "opentrm login": one file per noun. A few beside them need no node, and no files of one.
package ask

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
)

// CallCommand is "opentrm call".
type CallCommand struct {
	console.Remote
	Method string `arg:"" enum:"GET,POST,PUT,DELETE" help:"GET, POST, PUT or DELETE."`
	Path   string `arg:"" help:"Path below /api/v1, with its query."`
	Body   string `type:"path" help:"File with the JSON body; - for standard input."`
	Match  string `help:"Version that a change was read at, for If-Match."`
	Once   string `help:"Idempotency key."`
}

func (c *CallCommand) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var in any
	if c.Body != "" {
		b, err := console.ReadFile(s, c.Body)
		if err != nil {
			return err
		}
		in = json.RawMessage(b)
		if !json.Valid(b) {
			return fault.New(fault.Invalid, "cli.json").With("file", c.Body)
		}
	}
	header := http.Header{}
	if c.Match != "" {
		header.Set("If-Match", `"`+c.Match+`"`)
	}
	if c.Once != "" {
		header.Set("Idempotency-Key", c.Once)
	}
	var body io.Reader
	if in != nil {
		body = console.BytesOf(in.(json.RawMessage))
	}
	answer, err := node.Ask(s.Context, c.Method, "/"+strings.TrimPrefix(c.Path, "/"), "application/json", body, header)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(s.Out, answer.Body)
	return err
}
