package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"

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

// readFile reads a file, or standard input for "-", up to 16 MiB.
func readFile(s *screen, path string) ([]byte, error) {
	const most = 16 << 20
	r := s.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, "cli.file", err).With("file", path)
		}
		defer f.Close()
		r = f
	}
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil || len(b) > most {
		return nil, fault.Wrap(fault.TooLarge, "cli.file", err).With("file", path)
	}
	return b, nil
}

// readJSON reads a file into v, which takes no field that it does not know.
func readJSON(s *screen, path string, v any) error {
	b, err := readFile(s, path)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytesOf(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fault.Wrap(fault.Invalid, "cli.json", err).With("file", path)
	}
	return nil
}

// raw prints an answer whose shape the command does not look at.
func (s *screen) raw(v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, string(b))
	return err
}
