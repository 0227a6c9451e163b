package ask

import (
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/id"
)

type formFill struct {
	console.Remote
	Case    id.Case   `arg:""`
	File    string    `arg:"" type:"path" help:"Filled-in form, spec/form.md 5.1; - for standard input."`
	Record  id.Record `help:"Draft to save or finish."`
	Version int64     `help:"Version in which the draft was read." placeholder:"N"`
}

func (c *formFill) Run(s *console.Screen) error {
	if (c.Record == "") != (c.Version == 0) {
		return fault.New(fault.Invalid, "cli.form.draft")
	}
	if c.Record == "" {
		return keepForm(s, c.Remote, c.File, http.MethodPost, "/cases"+console.Seg(c.Case)+"/forms", nil, nil)
	}
	return keepForm(s, c.Remote, c.File, http.MethodPut, "/cases"+console.Seg(c.Case)+"/forms"+console.Seg(c.Record), nil, console.Version(strconv.FormatInt(c.Version, 10)))
}

// keepForm sends a filled-in form. What is no such file is refused before anything is sent.
func keepForm(s *console.Screen, r console.Remote, file, method, path string, body map[string]any, header http.Header) error {
	b, err := console.ReadFile(s, file)
	if err != nil {
		return err
	}
	x, err := form.ParseFilling(b)
	if err != nil {
		return err
	}
	node, err := r.Open(s)
	if err != nil {
		return err
	}
	all := map[string]any{"filling": x}
	for k, v := range body {
		all[k] = v
	}
	var out struct {
		ID      id.Record `json:"id"`
		Version int64     `json:"version"`
	}
	if _, err := node.CallWith(method, path, all, &out, header); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) { fmt.Fprintf(w, "record\t%s\nversion\t%d\n", out.ID, out.Version) })
}

type formCorrect struct {
	console.Remote
	Case   id.Case     `arg:""`
	Record id.Record   `arg:"" help:"Finished record that is wrong. It stays as it is."`
	File   string      `arg:"" type:"path" help:"What it should have said, spec/form.md 5.1; - for standard input."`
	Reason form.Reason `required:"" enum:"mistyped,misheard,interpreted,she-corrects,known-later,wrong-person" help:"mistyped, misheard, interpreted, she-corrects, known-later or wrong-person."`
}

func (c *formCorrect) Run(s *console.Screen) error {
	path := "/cases" + console.Seg(c.Case) + "/forms" + console.Seg(c.Record) + "/corrections"
	return keepForm(s, c.Remote, c.File, http.MethodPost, path, map[string]any{"reason": c.Reason}, nil)
}

type formRecords struct {
	console.Remote
	Case id.Case `arg:""`
}

func (c *formRecords) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/cases"+console.Seg(c.Case)+"/forms")
}

type formOpen struct {
	console.Remote
	Case   id.Case   `arg:""`
	Record id.Record `arg:""`
}

func (c *formOpen) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/cases"+console.Seg(c.Case)+"/forms"+console.Seg(c.Record))
}
