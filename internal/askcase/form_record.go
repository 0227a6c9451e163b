package askcase

import (
	"net/http"
	"strconv"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/id"
)

type formFill struct {
	formCase
	File    string    `arg:"" type:"path" help:"Filled-in form, spec/form.md 5.1; - for standard input."`
	Record  id.Record `help:"Draft to save or finish."`
	Version int64     `help:"Version in which the draft was read." placeholder:"N"`
}

func (c *formFill) Run(s *console.Screen) error {
	if (c.Record == "") != (c.Version == 0) {
		return fault.New(fault.Invalid, "cli.form.draft")
	}
	if c.Record == "" {
		return c.keep(s, c.File, http.MethodPost, "/forms", nil, nil)
	}
	return c.keep(s, c.File, http.MethodPut, "/forms"+console.Seg(c.Record), nil, console.Version(strconv.FormatInt(c.Version, 10)))
}

// formCase is the case in which a filled-in form is kept.
type formCase struct{ console.OneCase }

// keep sends a filled-in form. What is no such file is refused before anything is sent.
func (c formCase) keep(s *console.Screen, file, method, last string, body map[string]any, header http.Header) error {
	b, err := console.ReadFile(s, file)
	if err != nil {
		return err
	}
	x, err := form.ParseFilling(b)
	if err != nil {
		return err
	}
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	all := map[string]any{"filling": x}
	for k, v := range body {
		all[k] = v
	}
	var out console.Made
	if _, err := node.CallWith(method, path+last, all, &out, header); err != nil {
		return err
	}
	return out.Print(s)
}

type formCorrect struct {
	formCase
	Record id.Record   `arg:"" help:"Finished record that is wrong. It stays as it is."`
	File   string      `arg:"" type:"path" help:"What it should have said, spec/form.md 5.1; - for standard input."`
	Reason form.Reason `required:"" enum:"mistyped,misheard,interpreted,she-corrects,known-later,wrong-person" help:"mistyped, misheard, interpreted, she-corrects, known-later or wrong-person."`
}

func (c *formCorrect) Run(s *console.Screen) error {
	return c.keep(s, c.File, http.MethodPost, "/forms"+console.Seg(c.Record)+"/corrections", map[string]any{"reason": c.Reason}, nil)
}

type formRecords struct {
	console.OneCase
}

func (c *formRecords) Run(s *console.Screen) error {
	return c.Show(s, "/forms")
}

type formOpen struct {
	console.OneCase
	Record id.Record `arg:""`
}

func (c *formOpen) Run(s *console.Screen) error {
	return c.Show(s, "/forms"+console.Seg(c.Record))
}
