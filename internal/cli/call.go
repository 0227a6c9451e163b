package cli

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/fault"
)

type callCommand struct {
	remote
	Method string `arg:"" enum:"GET,POST,PUT,DELETE" help:"GET, POST, PUT or DELETE."`
	Path   string `arg:"" help:"Path below /api/v1, with its query."`
	Body   string `type:"path" help:"File with the JSON body; - for standard input."`
	Match  string `help:"Version that a change was read at, for If-Match."`
	Once   string `help:"Idempotency key."`
}

func (c *callCommand) Run(s *screen) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	var in any
	if c.Body != "" {
		b, err := readFile(s, c.Body)
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
		body = bytesOf(in.(json.RawMessage))
	}
	answer, err := node.ask(s.ctx, c.Method, c.Path, "application/json", body, header)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(s.out, answer.Body)
	return err
}
