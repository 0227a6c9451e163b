package askcase

import (
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/restriction"
)

// RestrictionCommand is "opentrm restriction" with what stands below it.
type RestrictionCommand struct {
	List    restrictionList    `cmd:"" help:"List the cases that are kept and not used."`
	Place   restrictionPlace   `cmd:"" help:"Keep a case from use, at her wish."`
	State   restrictionState   `cmd:"" help:"Say why you open a case that is kept and not used."`
	Noticed restrictionNoticed `cmd:"" help:"Record that she was told that it is in force."`
	Told    restrictionTold    `cmd:"" help:"Record that she was told that it will be lifted."`
	Lift    restrictionLift    `cmd:"" help:"Lift a restriction, after she was told."`
}

type restrictionList struct{ console.Remote }

func (c *restrictionList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	all, err := console.All[restriction.Restriction](node, "/restrictions")
	if err != nil {
		return err
	}
	return s.Print(all, func(w io.Writer) {
		fmt.Fprintln(w, "RESTRICTION\tCASE\tDESK\tGROUND\tSINCE\tBY\tNOTICED\tTOLD")
		for _, r := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Reference, r.Desk, r.Ground, console.When(r.Placed), r.By, console.When(r.Noticed), console.When(r.Told))
		}
	})
}

// restrictionWords is a code and what is said about it.
type restrictionWords struct {
	console.Remote
	Code string `required:"" help:"Code of the profile's list for it."`
	Text string `type:"path" default:"-" help:"File that says it in a few words, which are sealed to the data-protection desk; - for standard input."`
}

func (c restrictionWords) say(s *console.Screen, path string, more map[string]string, done string) error {
	words, err := console.ReadText(s, c.Text)
	if err != nil {
		return err
	}
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	body := map[string]string{"code": c.Code, "words": words}
	for k, v := range more {
		body[k] = v
	}
	if err := node.Call(http.MethodPost, path, body, nil); err != nil {
		return err
	}
	return s.Done(done)
}

type restrictionPlace struct {
	Reference string `arg:"" help:"Of the case, as people speak it."`
	restrictionWords
}

func (c *restrictionPlace) Run(s *console.Screen) error {
	return c.say(s, "/restrictions", map[string]string{"reference": c.Reference}, "restricted")
}

type restrictionState struct {
	Case console.CaseName `arg:"" help:"Its reference or its identifier."`
	restrictionWords
}

func (c *restrictionState) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	which, err := c.Case.In(node)
	if err != nil {
		return err
	}
	return c.say(s, "/cases"+console.Seg(which)+"/opening-reason", nil, "stated")
}

type restrictionNoticed struct {
	Restriction id.Record `arg:""`
	restrictionWords
}

func (c *restrictionNoticed) Run(s *console.Screen) error {
	return c.say(s, "/restrictions"+console.Seg(c.Restriction)+"/noticed", nil, "noticed")
}

type restrictionTold struct {
	Restriction id.Record `arg:""`
	restrictionWords
}

func (c *restrictionTold) Run(s *console.Screen) error {
	return c.say(s, "/restrictions"+console.Seg(c.Restriction)+"/told", nil, "told")
}

type restrictionLift struct {
	Restriction id.Record `arg:""`
	restrictionWords
}

func (c *restrictionLift) Run(s *console.Screen) error {
	return c.say(s, "/restrictions"+console.Seg(c.Restriction)+"/lifting", nil, "lifted")
}
