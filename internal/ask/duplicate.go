package ask

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
	Search  mergeSearch  `cmd:"" help:"Look for open cases of one's desk that may be of the same person."`
	Compare mergeCompare `cmd:"" help:"Show what two cases hold and where they differ."`
	Of      mergeOf      `cmd:"" help:"Show what was said of a case and others."`
	Make    mergeMake    `cmd:"" help:"Say that two cases are of one person; the other one leads to this from now on."`
	Confirm mergeConfirm `cmd:"" help:"Say so as the second person, or with --no that one does not think so."`
	Undo    mergeUndo    `cmd:"" help:"Undo a merge."`
	Apart   mergeApart   `cmd:"" help:"Say that two cases are not of one person."`
}

type mergeSearch struct {
	console.Remote
	Case id.Case `arg:""`
}

func (c *mergeSearch) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		Items []struct {
			Case      id.Case      `json:"case"`
			Reference id.Reference `json:"reference"`
			By        string       `json:"by"`
		} `json:"items"`
	}
	if err := node.Call(http.MethodPost, "/cases"+console.Seg(c.Case)+"/duplicate-search", nil, &out); err != nil {
		return err
	}
	return s.Print(out.Items, func(w io.Writer) {
		fmt.Fprintln(w, "CASE\tREFERENCE\tBY")
		for _, x := range out.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\n", x.Case, x.Reference, x.By)
		}
	})
}

type mergeCompare struct {
	console.Remote
	Case  id.Case `arg:""`
	Other string  `arg:"" help:"Reference of the other case."`
}

func (c *mergeCompare) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/cases"+console.Seg(c.Case)+"/comparison?other="+url.QueryEscape(c.Other))
}

type mergeOf struct {
	console.Remote
	Case id.Case `arg:""`
}

func (c *mergeOf) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/cases"+console.Seg(c.Case)+"/duplicates")
}

type mergeMake struct {
	console.Remote
	Case       id.Case `arg:""`
	Other      string  `arg:"" help:"Reference of the other case."`
	Reason     string  `required:"" help:"How one knows that both are of one person."`
	Match      string  `required:"" help:"Version of this case, as it was compared."`
	OtherMatch int64   `required:"" help:"Version of the other case, as it was compared."`
}

func (c *mergeMake) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		ID      id.Record `json:"id"`
		Version int64     `json:"version"`
	}
	in := duplicate.New{Other: c.Other, Version: c.OtherMatch, Keep: "this", Reason: c.Reason}
	if _, err := node.CallWith(http.MethodPost, "/cases"+console.Seg(c.Case)+"/duplicates", in, &out, console.Version(c.Match)); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) { fmt.Fprintf(w, "merge\t%s\nversion\t%d\n", out.ID, out.Version) })
}

type mergeConfirm struct {
	console.Remote
	Merge  id.Record `arg:""`
	No     bool      `help:"One does not think so."`
	Reason string    `required:"" help:"How one knows it."`
	Match  string    `required:"" help:"Version that was read."`
}

func (c *mergeConfirm) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	in := map[string]any{"agree": !c.No, "reason": c.Reason}
	if _, err := node.CallWith(http.MethodPost, "/merges"+console.Seg(c.Merge)+"/confirmation", in, nil, console.Version(c.Match)); err != nil {
		return err
	}
	return s.Done("recorded")
}

type mergeUndo struct {
	console.Remote
	Merge  id.Record `arg:""`
	Reason string    `required:"" help:"Why."`
	Apart  bool      `help:"The two are not of one person."`
	Match  string    `required:"" help:"Version that was read."`
}

func (c *mergeUndo) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		Later []duplicate.Later `json:"later"`
	}
	in := map[string]any{"reason": c.Reason, "apart": c.Apart}
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
	console.Remote
	Case   id.Case `arg:""`
	Other  string  `arg:"" help:"Reference of the other case."`
	Reason string  `required:"" help:"How one knows it."`
}

func (c *mergeApart) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	if err := node.Call(http.MethodPost, "/cases"+console.Seg(c.Case)+"/apart", map[string]any{"other": c.Other, "reason": c.Reason}, nil); err != nil {
		return err
	}
	return s.Done("kept apart")
}
