package ask

import (
	"net/http"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
)

type casePlan struct {
	console.Remote
	Case id.Case `arg:""`
}

func (c *casePlan) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/cases"+console.Seg(c.Case)+"/plan")
}

type caseLinks struct {
	console.Remote
	Case id.Case `arg:""`
}

func (c *caseLinks) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/cases"+console.Seg(c.Case)+"/links")
}

type caseReopen struct {
	console.Remote
	Case   id.Case `arg:""`
	Reason string  `required:"" help:"Why the work goes on, code."`
	On     string  `required:"" help:"The day, yyyy-mm-dd."`
	Note   string  `help:"What else there is to say."`
	Match  string  `required:"" help:"Version that was read."`
}

func (c *caseReopen) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	in := casefile.Reopening{Reason: c.Reason, On: c.On, Note: c.Note}
	if _, err := node.CallWith(http.MethodPost, "/cases"+console.Seg(c.Case)+"/reopening", in, nil, console.Version(c.Match)); err != nil {
		return err
	}
	return s.Done("reopened")
}
