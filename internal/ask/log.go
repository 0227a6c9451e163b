package ask

import (
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/console"
)

// AuditEntries is "opentrm audit entries".
type AuditEntries struct{ console.Remote }

// AuditUnusual is "opentrm audit unusual".
type AuditUnusual struct{ console.Remote }

// AuditForks is "opentrm audit forks".
type AuditForks struct{ console.Remote }

// AuditCheckpoint is "opentrm audit checkpoint".
type AuditCheckpoint struct{ console.Remote }

// AuditProof is "opentrm audit proof".
type AuditProof struct {
	console.Remote
	Epoch int64 `arg:""`
	Index int64 `arg:""`
}

func (c *AuditEntries) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	entries, err := console.All[audit.Logged](node, "/audit/entries")
	if err != nil {
		return err
	}
	return s.Print(entries, func(w io.Writer) {
		fmt.Fprintln(w, "EPOCH\tINDEX\tTIME\tVERB\tACTION\tOBJECT\tBY\tROLE\tPURPOSE\tOUTCOME")
		for _, e := range entries {
			fmt.Fprintf(w, "%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.At.Epoch(), e.At.Index(), console.When(e.Entry.Time), e.Entry.Verb,
				e.Entry.Action, e.Entry.Object, e.Entry.User, e.Entry.Role, e.Entry.Purpose, e.Entry.Outcome)
		}
	})
}

func (c *AuditUnusual) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		Items []audit.Alert `json:"items"`
	}
	if err := node.Call(http.MethodGet, "/audit/unusual", nil, &out); err != nil {
		return err
	}
	return s.Print(out.Items, func(w io.Writer) {
		fmt.Fprintln(w, "FROM\tTO\tBY\tROLE\tRULE\tCASES\tUSUAL")
		for _, a := range out.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%d\n", console.When(a.Since), console.When(a.Until), a.User, a.Role, a.Rule, a.Seen, a.Usual)
		}
	})
}

func (c *AuditForks) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		Items []string `json:"items"`
	}
	if err := node.Call(http.MethodGet, "/audit/forks", nil, &out); err != nil {
		return err
	}
	return s.Print(out.Items, func(w io.Writer) {
		for _, text := range out.Items {
			fmt.Fprintln(w, text)
		}
	})
}

type note struct {
	Note string `json:"note"`
}

func (n note) show(s *console.Screen) error {
	return s.Print(n, func(w io.Writer) { fmt.Fprint(w, n.Note) })
}

func (c *AuditCheckpoint) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out note
	if err := node.Call(http.MethodGet, "/audit/checkpoint", nil, &out); err != nil {
		return err
	}
	return out.show(s)
}

func (c *AuditProof) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out note
	if err := node.Call(http.MethodGet, fmt.Sprintf("/audit/proofs/%d/%d", c.Epoch, c.Index), nil, &out); err != nil {
		return err
	}
	return out.show(s)
}
