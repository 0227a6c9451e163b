package ask

import (
	"net/http"

	"github.com/opentrm/opentrm/internal/childhood"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
)

type caseChild struct {
	console.Remote
	Case id.Case `arg:""`
}

func (c *caseChild) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/cases"+console.Seg(c.Case)+"/childhood")
}

type caseChildTold struct {
	console.Remote
	Case      id.Case `arg:""`
	Body      string  `required:"" help:"Which body, as the profile names it, or other."`
	Name      string  `required:"" help:"Who was told there: name or office."`
	How       string  `required:"" help:"How, code."`
	Reference string  `help:"Their reference, or that of the receipt."`
}

func (c *caseChildTold) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	in := childhood.Notice{Body: c.Body, Name: c.Name, How: c.How, Reference: c.Reference}
	if err := node.Call(http.MethodPost, "/cases"+console.Seg(c.Case)+"/childhood/notices", in, nil); err != nil {
		return err
	}
	return s.Done("told")
}

type caseChildSeen struct {
	console.Remote
	Case id.Case `arg:""`
}

func (c *caseChildSeen) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	if err := node.Call(http.MethodPost, "/cases"+console.Seg(c.Case)+"/childhood/review", nil, nil); err != nil {
		return err
	}
	return s.Done("seen")
}
