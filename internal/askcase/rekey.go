package askcase

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

type caseRekey struct {
	console.Remote
	Case  console.CaseName `arg:"" optional:"" help:"Its reference or its identifier."`
	All   bool             `help:"Every case of one's desk, one after the other; one that fails does not stop the others."`
	After id.Case          `help:"With --all: only the cases listed after this one, to go on where it was stopped."`
}

// rekeyed says what became of one case.
type rekeyed struct {
	Case id.Case `json:"case"`
	Key  string  `json:"key,omitempty"` // of the message that says why not; empty: it has new keys
}

func (c *caseRekey) Run(s *console.Screen) error {
	if c.All == (c.Case != "") || c.After != "" && !c.All {
		return fault.New(fault.Invalid, "cli.rekey.which")
	}
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	if !c.All {
		which, err := c.Case.In(node)
		if err != nil {
			return err
		}
		return console.UntilNothingIsLeft(s, c.Remote, "rekey", "/cases"+console.Seg(which)+"/keys",
			"nothing is left; back up now: content of before does not open with keys of afterwards")
	}
	cases, err := console.All[caseLine](node, "/cases")
	if err != nil {
		return err
	}
	if c.After != "" {
		at := slices.IndexFunc(cases, func(l caseLine) bool { return l.ID == c.After })
		if at < 0 {
			return fault.New(fault.Invalid, "cli.rekey.after")
		}
		cases = cases[at+1:]
	}
	did, failed := make([]rekeyed, 0, len(cases)), 0
	bar := s.Progress("rekey")
	for i, l := range cases {
		bar.At(int64(i), int64(len(cases)))
		r := rekeyed{Case: l.ID}
		if err := console.Repeat(node, "/cases"+console.Seg(l.ID)+"/keys", func(int64) {}); err != nil {
			failed++
			_, r.Key, _ = fault.Public(err)
		}
		did = append(did, r)
	}
	bar.End()
	err = s.Print(did, func(w io.Writer) {
		for _, r := range did {
			fmt.Fprintf(w, "%s\t%s\n", r.Case, cmp.Or(r.Key, "new keys"))
		}
		if failed == 0 {
			fmt.Fprintln(w, "nothing is left; back up now: content of before does not open with keys of afterwards")
		}
	})
	if err == nil && failed > 0 {
		err = fault.New(fault.Conflict, "cli.rekey.some").With("failed", strconv.Itoa(failed))
	}
	return err
}
