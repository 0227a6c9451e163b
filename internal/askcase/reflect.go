package askcase

import (
	"net/http"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
)

type caseReflect struct {
	console.OneCase
	Body     string    `required:"" help:"The authority that granted it."`
	Basis    string    `required:"" help:"The legal basis, as the authority cites it."`
	From     string    `required:"" help:"The first day, yyyy-mm-dd."`
	Until    string    `help:"The last day; without it, as the confirmed law of the country says."`
	Country  id.Member `required:"" help:"Whose authority it is."`
	Informed bool      `help:"She was told, in words that she understood."`
	beside
}

func (c *caseReflect) Run(s *console.Screen) error {
	note, err := c.read(s)
	if err != nil {
		return err
	}
	return c.Do(s, http.MethodPost, "/reflections", map[string]any{
		"body": c.Body, "basis": c.Basis, "from": c.From, "until": c.Until, "country": c.Country, "informed": c.Informed, "note": note,
	}, "", "recorded")
}

type caseReflected struct {
	console.OneCase
	Record id.Record `arg:""`
	Day    string    `required:"" help:"The day it ended, yyyy-mm-dd."`
	Reason string    `required:"" enum:"elapsed,cooperates,withdrawn,child-regime,ended-by-authority" help:"elapsed, cooperates, withdrawn, child-regime or ended-by-authority."`
	Match  string    `required:"" help:"Version that was read."`
}

func (c *caseReflected) Run(s *console.Screen) error {
	return c.Do(s, http.MethodPost, "/reflections"+console.Seg(c.Record)+"/end", map[string]any{"day": c.Day, "reason": c.Reason}, c.Match, "recorded")
}

type caseRefuse struct {
	console.OneCase
	Offer string `required:"" help:"What was offered, code."`
	Why   string `default:"not-asked" help:"Why she did not want it, code."`
	On    string `required:"" help:"The day, yyyy-mm-dd."`
	Told  bool   `help:"She was told that the offer stays open, and how to come back."`
	Again string `help:"The day on which she may be asked again; without it, nobody asks her."`
	beside
}

func (c *caseRefuse) Run(s *console.Screen) error {
	note, err := c.read(s)
	if err != nil {
		return err
	}
	return c.Do(s, http.MethodPost, "/refusals", map[string]any{
		"offer": c.Offer, "why": c.Why, "on": c.On, "told": c.Told, "again": c.Again, "note": note,
	}, "", "recorded")
}

type caseAsked struct {
	console.OneCase
	Record  id.Record `arg:""`
	On      string    `required:"" help:"The day, yyyy-mm-dd."`
	Outcome string    `required:"" enum:"accepted,thinking,refused-again,ask-no-more,not-reached,unsafe-to-ask" help:"accepted, thinking, refused-again, ask-no-more, not-reached or unsafe-to-ask."`
	Again   string    `help:"The next day on which she may be asked; without it, nobody asks her."`
	Match   string    `required:"" help:"Version that was read."`
}

func (c *caseAsked) Run(s *console.Screen) error {
	return c.Do(s, http.MethodPost, "/refusals"+console.Seg(c.Record)+"/asked", map[string]any{"on": c.On, "outcome": c.Outcome, "again": c.Again}, c.Match, "recorded")
}
