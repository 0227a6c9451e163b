package ask

import (
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

type caseFind struct {
	console.Remote
	File string `arg:"" type:"path" default:"-" help:"JSON object with name, document, born (yyyy, yyyy-mm or yyyy-mm-dd); - for standard input, so that no name stands in a list of commands."`
}

func (c *caseFind) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	in, err := console.ReadObject(s, c.File)
	if err != nil {
		return err
	}
	var out struct {
		Items []struct {
			Case caseLine `json:"case"`
			By   string   `json:"by"`
		} `json:"items"`
		More bool `json:"more"`
	}
	if err := node.Call(http.MethodPost, "/case-searches", in, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintln(w, "CASE\tREFERENCE\tSTATE\tAGE\tOPENED\tFOUND BY")
		for _, l := range out.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", l.Case.ID, l.Case.Reference, l.Case.State, l.Case.AgeClass, console.When(l.Case.Opened), l.By)
		}
		if out.More {
			fmt.Fprintln(w, "more\tsay more about her")
		}
	})
}

// hitLine is a search that hit something hidden, as the API gives it.
type hitLine struct {
	ID        id.Search    `json:"id"`
	Reference id.Reference `json:"reference"`
	Side      string       `json:"side"`
	Other     id.Desk      `json:"other"`
	At        frame.Time   `json:"at"`
	State     string       `json:"state"`
	Case      id.Case      `json:"case,omitempty"`
	By        string       `json:"by,omitempty"`
	First     id.User      `json:"first,omitempty"`
	Contact   bool         `json:"contact,omitempty"`
}

type caseHits struct{ console.Remote }

func (c *caseHits) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		Items []hitLine `json:"items"`
	}
	if err := node.Call(http.MethodGet, "/search-hits", nil, &out); err != nil {
		return err
	}
	return s.Print(out.Items, func(w io.Writer) {
		fmt.Fprintln(w, "HIT\tREFERENCE\tSIDE\tOTHER DESK\tSEARCHED\tSTATE\tCASE\tBY\tFIRST\tCONTACT")
		for _, h := range out.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%t\n", h.ID, h.Reference, h.Side, h.Other, console.When(h.At), h.State, h.Case, h.By, h.First, h.Contact)
		}
	})
}

type caseContact struct {
	console.Remote
	Hit  id.Search `arg:""`
	Want string    `arg:"" enum:"contact,silent" help:"contact: speak with the desk that searched; silent: it learns nothing."`
}

func (c *caseContact) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, "/search-hits"+console.Seg(c.Hit)+"/decisions", map[string]any{"contact": c.Want == "contact"}, "said; two people have to say the same")
}

type caseReindex struct {
	console.Remote
	Keys bool `help:"Give the index a new key pair and seal it anew: after a suspected compromise, or when somebody has left."`
}

func (c *caseReindex) Run(s *console.Screen) error {
	if c.Keys {
		return console.Do(s, c.Remote, http.MethodPost, "/search-index/keys", nil, "the index has new keys; back up now")
	}
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	total := 0
	for after := id.Case(""); ; {
		var out struct {
			Put   int     `json:"put"`
			After id.Case `json:"after"`
		}
		in := map[string]any{}
		if after != "" {
			in["after"] = after
		}
		if err := node.Call(http.MethodPost, "/search-index/cases", in, &out); err != nil {
			return err
		}
		total += out.Put
		if after = out.After; after == "" {
			break
		}
	}
	return s.Print(map[string]int{"put": total}, func(w io.Writer) { fmt.Fprintf(w, "put in\t%d\n", total) })
}
