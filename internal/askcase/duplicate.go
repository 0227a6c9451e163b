package askcase

import (
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/duplicate"
	"github.com/opentrm/opentrm/internal/id"
)

// caseMerge is "opentrm case merge" with what stands below it.
type caseMerge struct {
	Queue   mergeQueue   `cmd:"" help:"Show which open cases of one's desk may be of one person, and why."`
	Search  mergeSearch  `cmd:"" help:"Look for open cases of one's desk that may be of the same person."`
	Compare mergeCompare `cmd:"" help:"Show what two cases hold and where they differ."`
	Of      mergeOf      `cmd:"" help:"Show what was said of a case and others."`
	Show    mergeShow    `cmd:"" help:"Open a merge: both files, what was said, and what was written since."`
	Make    mergeMake    `cmd:"" help:"Say that two cases are of one person; the other one leads to this from now on."`
	Confirm mergeConfirm `cmd:"" help:"Say so as the second person, or with --no that one does not think so."`
	Undo    mergeUndo    `cmd:"" help:"Undo a merge."`
	Apart   mergeApart   `cmd:"" help:"Say that two cases are not of one person."`
	Again   mergeAgain   `cmd:"" help:"Take back that two cases are not of one person; they are proposed again."`
}

type mergeQueue struct {
	console.Remote
}

// queued is a part of the queue, as the API gives it.
type queued struct {
	Items []struct {
		Reference      id.Reference `json:"reference"`
		ThereReference id.Reference `json:"there_reference"`
		Why            []reason     `json:"why"`
		Bits           float64      `json:"bits"`
		Again          bool         `json:"again"`
	} `json:"items"`
	Cases int     `json:"cases"`
	Low   int     `json:"low"`
	High  int     `json:"high"`
	Next  id.Case `json:"next,omitempty"`
}

func (c *mergeQueue) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var all queued
	for path := "/duplicates"; path != ""; {
		var out queued
		if err := node.Call(http.MethodGet, path, nil, &out); err != nil {
			return err
		}
		out.Items = append(all.Items, out.Items...)
		all = out
		if path = ""; out.Next != "" {
			path = "/duplicates?from=" + url.QueryEscape(string(out.Next))
		}
	}
	return s.Print(all, func(w io.Writer) {
		fmt.Fprintln(w, "CASE\tAND\tBITS\tKEPT APART BEFORE\tWHY")
		for _, x := range all.Items {
			_, why := reasons(x.Why)
			fmt.Fprintf(w, "%s\t%s\t%.0f\t%v\t%s\n", x.Reference, x.ThereReference, x.Bits, x.Again, why)
		}
		fmt.Fprintf(w, "cases\t%d\n", all.Cases)
		if all.High > 0 {
			fmt.Fprintf(w, "persons\t%d to %d\n", all.Low, all.High)
		}
	})
}

type mergeSearch struct {
	console.OneCase
}

func (c *mergeSearch) Run(s *console.Screen) error {
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	var out struct {
		Items []struct {
			Case      id.Case      `json:"case"`
			Reference id.Reference `json:"reference"`
			By        string       `json:"by"`
			Why       []reason     `json:"why"`
		} `json:"items"`
	}
	if err := node.Call(http.MethodPost, path+"/duplicate-search", nil, &out); err != nil {
		return err
	}
	return s.Print(out.Items, func(w io.Writer) {
		fmt.Fprintln(w, "CASE\tREFERENCE\tBY\tBITS\tWHY")
		for _, x := range out.Items {
			bits, why := reasons(x.Why)
			fmt.Fprintf(w, "%s\t%s\t%s\t%.0f\t%s\n", x.Case, x.Reference, x.By, bits, why)
		}
	})
}

type mergeCompare struct {
	console.OneCase
	Other string `arg:"" help:"Reference of the other case."`
}

func (c *mergeCompare) Run(s *console.Screen) error {
	return c.Show(s, "/comparison?other="+url.QueryEscape(c.Other))
}

type mergeOf struct {
	console.OneCase
}

func (c *mergeOf) Run(s *console.Screen) error {
	return c.Show(s, "/duplicates")
}

type mergeShow struct {
	console.Remote
	Merge id.Record `arg:""`
}

func (c *mergeShow) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/merges"+console.Seg(c.Merge))
}

type mergeMake struct {
	console.OneCase
	Other      string `arg:"" help:"Reference of the other case."`
	Keep       string `enum:"this,other" default:"this" help:"Which of the two is worked with from now on: this or other."`
	Match      string `required:"" help:"Version of this case, as it was compared."`
	OtherMatch int64  `required:"" help:"Version of the other case, as it was compared."`
	saying
}

func (c *mergeMake) Run(s *console.Screen) error {
	reason, err := c.read(s)
	if err != nil {
		return err
	}
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	var out struct {
		ID      id.Record `json:"id"`
		Version int64     `json:"version"`
	}
	in := duplicate.New{Other: c.Other, Version: c.OtherMatch, Keep: c.Keep, Reason: reason}
	if _, err := node.CallWith(http.MethodPost, path+"/duplicates", in, &out, console.Version(c.Match)); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) { fmt.Fprintf(w, "merge\t%s\nversion\t%d\n", out.ID, out.Version) })
}

type mergeConfirm struct {
	console.Remote
	Merge id.Record `arg:""`
	No    bool      `help:"One does not think so."`
	Match string    `required:"" help:"Version that was read."`
	saying
}

func (c *mergeConfirm) Run(s *console.Screen) error {
	reason, err := c.read(s)
	if err != nil {
		return err
	}
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	in := map[string]any{"agree": !c.No, "reason": reason}
	if _, err := node.CallWith(http.MethodPost, "/merges"+console.Seg(c.Merge)+"/confirmation", in, nil, console.Version(c.Match)); err != nil {
		return err
	}
	return s.Done("recorded")
}

type mergeUndo struct {
	console.Remote
	Merge id.Record `arg:""`
	Apart bool      `help:"The two are not of one person."`
	Match string    `required:"" help:"Version that was read."`
	saying
}

func (c *mergeUndo) Run(s *console.Screen) error {
	reason, err := c.read(s)
	if err != nil {
		return err
	}
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		Later []duplicate.Later `json:"later"`
	}
	in := map[string]any{"reason": reason, "apart": c.Apart}
	if _, err := node.CallWith(http.MethodPost, "/merges"+console.Seg(c.Merge)+"/undoing", in, &out, console.Version(c.Match)); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintln(w, "LATER\tKIND\tBY")
		for _, l := range out.Later {
			fmt.Fprintf(w, "%s\t%s\t%s\n", l.Record, l.Kind, l.By)
		}
	})
}

type mergeApart struct {
	console.OneCase
	Other string `arg:"" help:"Reference of the other case."`
	saying
}

func (c *mergeApart) Run(s *console.Screen) error {
	reason, err := c.read(s)
	if err != nil {
		return err
	}
	return c.Do(s, http.MethodPost, "/apart", map[string]any{"other": c.Other, "reason": reason}, "", "kept apart")
}

type mergeAgain struct {
	console.OneCase
	Other string `arg:"" help:"Reference of the other case."`
	saying
}

func (c *mergeAgain) Run(s *console.Screen) error {
	reason, err := c.read(s)
	if err != nil {
		return err
	}
	return c.Do(s, http.MethodPost, "/together", map[string]any{"other": c.Other, "reason": reason}, "", "proposed again")
}
