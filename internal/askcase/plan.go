package askcase

import (
	"net/http"

	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/relation"
)

// casePlan is "opentrm case plan" with what stands below it.
type casePlan struct {
	Show    planShow    `cmd:"" default:"withargs" help:"Open what she needs, the steps of her plan, and what she was given."`
	Need    planNeed    `cmd:"" help:"Record something that she needs, read as JSON."`
	NeedEnd planNeedEnd `cmd:"" help:"Record that she needs something no longer, and why."`
	Step    planStep    `cmd:"" help:"Write a step into her plan, read as JSON."`
	Turn    planTurn    `cmd:"" help:"Record how a step stands now; its course is kept."`
	Deliver planDeliver `cmd:"" help:"Record a service that carries out a step, read as JSON."`
	Agree   planAgree   `cmd:"" help:"Record that the plan was gone through with her, and what she agreed to, read as JSON."`
}

type planShow struct{ console.OneCase }

func (c *planShow) Run(s *console.Screen) error { return c.Show(s, "/plan") }

type planNeed struct{ adding }

func (c *planNeed) Run(s *console.Screen) error { return c.put(s, "/needs", &careplan.Need{}) }

type planNeedEnd struct{ ending }

func (c *planNeedEnd) Run(s *console.Screen) error { return c.say(s, "needs", nil) }

type planStep struct{ adding }

func (c *planStep) Run(s *console.Screen) error { return c.put(s, "/steps", &careplan.NewStep{}) }

type planTurn struct {
	oneVersion
	Status string `arg:"" enum:"agreed,under-way,delivered,not-available,declined,stopped" help:"agreed, under-way, delivered, not-available, declined or stopped."`
	On     string `required:"" help:"The day, yyyy-mm-dd."`
	Reason string `help:"Where it is not available or was stopped: why, code."`
	beside
}

func (c *planTurn) Run(s *console.Screen) error {
	note, err := c.read(s)
	if err != nil {
		return err
	}
	in := map[string]any{"status": c.Status, "on": c.On, "reason": c.Reason, "note": note}
	return c.change(s, "steps", "/turns", in, "recorded")
}

// delivered is a service that carries out a step, as the interface takes it.
type delivered struct {
	Provider string `json:"provider,omitempty"`
	From     string `json:"from"`
	Until    string `json:"until,omitempty"`
	Quantity int64  `json:"quantity,omitempty"`
	Unit     string `json:"unit,omitempty"`
	Note     string `json:"note,omitempty"`
}

type planDeliver struct {
	oneVersion
	File string `arg:"" optional:"" type:"path" default:"-" help:"JSON object; - for standard input."`
}

func (c *planDeliver) Run(s *console.Screen) error {
	var in delivered
	if err := console.ReadJSON(s, c.File, &in); err != nil {
		return err
	}
	return c.Add(s, "/steps"+console.Seg(c.Record)+"/services", in, c.Match)
}

// agreement is the plan gone through, as the interface takes it.
type agreement struct {
	On          string      `json:"on"`
	Asked       bool        `json:"asked"`
	Steps       []id.Record `json:"steps"`
	Agreed      []id.Record `json:"agreed"`
	Goals       string      `json:"goals,omitempty"`
	Safety      string      `json:"safety,omitempty"`
	Language    string      `json:"language,omitempty"`
	Interpreter string      `json:"interpreter,omitempty"`
	Guardian    string      `json:"guardian,omitempty"`
	Why         string      `json:"why,omitempty"`
	Review      string      `json:"review"`
}

type planAgree struct{ adding }

func (c *planAgree) Run(s *console.Screen) error {
	return c.put(s, "/plan/agreements", &agreement{Steps: []id.Record{}, Agreed: []id.Record{}})
}

// caseService is "opentrm case service" with what stands below it.
type caseService struct {
	Add    serviceAdd    `cmd:"" help:"Record a service that she is given, read as JSON."`
	Change serviceChange `cmd:"" help:"Change a service, read as JSON; what it said before is kept."`
}

type serviceAdd struct{ adding }

func (c *serviceAdd) Run(s *console.Screen) error { return c.put(s, "/services", &casefile.Delivery{}) }

type serviceChange struct {
	oneVersion
	File string `arg:"" optional:"" type:"path" default:"-" help:"JSON object; - for standard input."`
}

func (c *serviceChange) Run(s *console.Screen) error {
	var in casefile.Delivery
	if err := console.ReadJSON(s, c.File, &in); err != nil {
		return err
	}
	return c.Do(s, http.MethodPut, "/services"+console.Seg(c.Record), in, c.Match, "recorded")
}

// caseLinks is "opentrm case links" with what stands below it.
type caseLinks struct {
	List linksList `cmd:"" default:"withargs" help:"Open the links of a case with others that one may open too."`
	Tie  linksTie  `cmd:"" help:"Say that two people belong together: who was trafficked with her, her child, her family."`
	End  linksEnd  `cmd:"" help:"End a link; it stays in both files."`
}

type linksList struct{ console.OneCase }

func (c *linksList) Run(s *console.Screen) error { return c.Show(s, "/links") }

type linksTie struct {
	console.OneCase
	Other string `arg:"" help:"Reference of the other case."`
	Kind  string `required:"" help:"What its person is to her, code."`
	Since string `help:"Since when, yyyy-mm-dd; without it, nobody knows."`
	saying
}

func (c *linksTie) Run(s *console.Screen) error {
	reason, err := c.read(s)
	if err != nil {
		return err
	}
	return c.Add(s, "/links", relation.New{Other: c.Other, Kind: c.Kind, Since: c.Since, Reason: reason}, "")
}

type linksEnd struct {
	ending
	beside
}

func (c *linksEnd) Run(s *console.Screen) error {
	note, err := c.read(s)
	if err != nil {
		return err
	}
	return c.say(s, "links", map[string]any{"note": note})
}
