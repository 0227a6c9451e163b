package ask

import (
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/id"
)

// deskAway is "opentrm desk away" with what stands below it.
type deskAway struct {
	List  awayList  `cmd:"" help:"List who is away from a desk, and who stands in."`
	Enter awayEnter `cmd:"" help:"Say that somebody is away. It replaces what was said of her before."`
	Back  awayBack  `cmd:"" help:"Say that somebody is not away any more."`
}

type awayList struct {
	console.Remote
	Desk id.Desk `arg:""`
}

func (c *awayList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	all, err := console.All[desk.Absence](node, "/desks"+console.Seg(c.Desk)+"/away")
	if err != nil {
		return err
	}
	return s.Print(all, func(w io.Writer) {
		fmt.Fprintln(w, "USER\tFROM\tTO\tSTANDS IN")
		for _, a := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", a.User, console.When(a.From), console.When(a.To), a.StandIn)
		}
	})
}

type awayEnter struct {
	console.Remote
	Desk    id.Desk `arg:""`
	User    id.User `arg:""`
	From    string  `required:"" help:"From when, as 2026-03-02T08:00:00+01:00."`
	To      string  `required:"" help:"Until when."`
	StandIn id.User `help:"Who of the desk stands in."`
}

func (c *awayEnter) Run(s *console.Screen) error {
	from, err := moment(c.From)
	if err != nil {
		return err
	}
	to, err := moment(c.To)
	if err != nil {
		return err
	}
	return console.Do(s, c.Remote, http.MethodPut, "/desks"+console.Seg(c.Desk)+"/away"+console.Seg(c.User), map[string]any{"from": from, "to": to, "stand_in": c.StandIn}, "entered")
}

type awayBack struct {
	console.Remote
	Desk id.Desk `arg:""`
	User id.User `arg:""`
}

func (c *awayBack) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodDelete, "/desks"+console.Seg(c.Desk)+"/away"+console.Seg(c.User), nil, "back")
}
