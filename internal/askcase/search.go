package askcase

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

type caseFind struct {
	console.Remote
	File string `arg:"" type:"path" default:"-" help:"JSON object with name, document, phone, born (yyyy, yyyy-mm or yyyy-mm-dd), sex, citizenship; - for standard input, so that no name stands in a list of commands."`
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
			Why  []reason `json:"why"`
		} `json:"items"`
		More bool `json:"more"`
	}
	if err := node.Call(http.MethodPost, "/case-searches", in, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintln(w, "CASE\tREFERENCE\tSTATE\tAGE\tOPENED\tFOUND BY\tBITS\tWHY")
		for _, l := range out.Items {
			bits, why := reasons(l.Why)
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%.0f\t%s\n", l.Case.ID, l.Case.Reference, l.Case.State, l.Case.AgeClass, console.When(l.Case.Opened), l.By, bits, why)
		}
		if out.More {
			fmt.Fprintln(w, "more\tsay more about her")
		}
	})
}

// reason is what one field says about two being one person, as the API gives it.
type reason struct {
	Field string  `json:"field"`
	Level string  `json:"level"`
	Words int     `json:"words"`
	Bits  float64 `json:"bits"`
}

// reasons adds up what fields say, and says it in codes.
func reasons(all []reason) (bits float64, why string) {
	var parts []string
	for _, r := range all {
		bits += r.Bits
		n := ""
		if r.Words > 1 {
			n = fmt.Sprintf("%d×", r.Words)
		}
		parts = append(parts, fmt.Sprintf("%s%s:%s%+.0f", n, r.Field, r.Level, r.Bits))
	}
	return bits, strings.Join(parts, " ")
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
	Keys  bool `xor:"what" help:"Give the index a new key pair and seal it anew, after a suspected compromise, or when somebody has left. It may be broken off: run it again."`
	Fold  bool `xor:"what" help:"Fold anew what an older version of the fold has folded of one's desk. Each case is opened, which is in the log. It may be broken off: run it again."`
	State bool `xor:"what" help:"Say which versions of the fold the index is made of, and what is under keys of before."`
}

func (c *caseReindex) Run(s *console.Screen) error {
	node, err := c.Open(s)
	switch {
	case err != nil:
		return err
	case c.Keys:
		return c.keys(s, node)
	case c.Fold:
		return c.fold(s, node)
	case c.State:
		return c.state(s, node)
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

// keys asks for new keys until nothing is left under those of before.
func (c *caseReindex) keys(s *console.Screen, node *console.Client) error {
	bar := s.Progress("new keys")
	defer bar.End()
	total, in := int64(0), map[string]any{}
	for {
		var out struct {
			Index id.Index `json:"index"`
			Left  int64    `json:"left"`
		}
		if err := node.Call(http.MethodPost, "/search-index/keys", in, &out); err != nil {
			return err
		}
		in["index"] = out.Index
		total = max(total, out.Left)
		bar.At(total-out.Left, total)
		if out.Left == 0 {
			return s.Done("the index has new keys; back up now")
		}
	}
}

// indexState is the state of the index, as the API gives it.
type indexState struct {
	Fold  int64 `json:"fold"`
	Parts []struct {
		Fold     int64 `json:"fold"`
		Records  int64 `json:"records"`
		Segments int   `json:"segments"`
	} `json:"parts"`
	Older    int64    `json:"older"`
	Leaving  id.Index `json:"leaving,omitempty"`
	Unsealed int64    `json:"unsealed"`
}

func (c *caseReindex) state(s *console.Screen, node *console.Client) error {
	var out indexState
	if err := node.Call(http.MethodGet, "/search-index", nil, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintln(w, "FOLD\tRECORDS\tSEGMENTS")
		for _, p := range out.Parts {
			fmt.Fprintf(w, "%d\t%d\t%d\n", p.Fold, p.Records, p.Segments)
		}
		fmt.Fprintf(w, "newest fold\t%d\n", out.Fold)
		if out.Older > 0 {
			fmt.Fprintf(w, "of your desk by an older one\t%d\tcase reindex --fold\n", out.Older)
		}
		if out.Leaving != "" {
			fmt.Fprintf(w, "under keys of before\t%d\tcase reindex --keys\n", out.Unsealed)
		}
	})
}

// fold asks until a whole pass has folded nothing anew: what comes to lie behind a pass while it runs is of the next one.
func (c *caseReindex) fold(s *console.Screen, node *console.Client) error {
	var state indexState
	if err := node.Call(http.MethodGet, "/search-index", nil, &state); err != nil {
		return err
	}
	bar := s.Progress("fold")
	total, failed := int64(0), int64(0)
	for put := int64(1); put > 0; total += put {
		in := map[string]any{}
		put, failed = 0, 0
		for ended := false; !ended; {
			var out struct {
				Run    string `json:"run"`
				After  string `json:"after"`
				Put    int64  `json:"put"`
				Failed int64  `json:"failed"`
				Ended  bool   `json:"ended"`
			}
			if err := node.Call(http.MethodPost, "/search-index/folds", in, &out); err != nil {
				bar.End()
				return err
			}
			in["run"], in["after"] = out.Run, out.After
			put, failed, ended = put+out.Put, failed+out.Failed, out.Ended
			bar.At(total+put, max(state.Older, total+put))
		}
	}
	bar.End()
	err := s.Print(map[string]int64{"put": total, "failed": failed}, func(w io.Writer) { fmt.Fprintf(w, "folded anew\t%d\n", total) })
	if err == nil && failed > 0 {
		err = fault.New(fault.Conflict, "cli.refold.some").With("failed", strconv.FormatInt(failed, 10))
	}
	return err
}
