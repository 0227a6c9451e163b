package cli

import (
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/audit"
)

type auditEntries struct{ remote }

type auditUnusual struct{ remote }

type auditCheckpoint struct{ remote }

type auditProof struct {
	remote
	Epoch int64 `arg:""`
	Index int64 `arg:""`
}

func (c *auditEntries) Run(s *screen) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	entries, err := all[audit.Logged](node, "/audit/entries")
	if err != nil {
		return err
	}
	return s.print(entries, func(w io.Writer) {
		fmt.Fprintln(w, "EPOCH\tINDEX\tTIME\tVERB\tACTION\tOBJECT\tBY\tROLE\tOUTCOME")
		for _, e := range entries {
			fmt.Fprintf(w, "%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.At.Epoch(), e.At.Index(), when(e.Entry.Time), e.Entry.Verb,
				e.Entry.Action, e.Entry.Object, e.Entry.User, e.Entry.Role, e.Entry.Outcome)
		}
	})
}

func (c *auditUnusual) Run(s *screen) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	var out struct {
		Items []audit.Alert `json:"items"`
	}
	if err := node.call(http.MethodGet, "/audit/unusual", nil, &out); err != nil {
		return err
	}
	return s.print(out.Items, func(w io.Writer) {
		fmt.Fprintln(w, "FROM\tTO\tBY\tROLE\tRULE\tCASES\tUSUAL")
		for _, a := range out.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%d\n", when(a.Since), when(a.Until), a.User, a.Role, a.Rule, a.Seen, a.Usual)
		}
	})
}

type note struct {
	Note string `json:"note"`
}

func (n note) show(s *screen) error {
	return s.print(n, func(w io.Writer) { fmt.Fprint(w, n.Note) })
}

func (c *auditCheckpoint) Run(s *screen) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	var out note
	if err := node.call(http.MethodGet, "/audit/checkpoint", nil, &out); err != nil {
		return err
	}
	return out.show(s)
}

func (c *auditProof) Run(s *screen) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	var out note
	if err := node.call(http.MethodGet, fmt.Sprintf("/audit/proofs/%d/%d", c.Epoch, c.Index), nil, &out); err != nil {
		return err
	}
	return out.show(s)
}
