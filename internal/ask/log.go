package ask

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
)

// AuditEntries is "opentrm audit entries".
type AuditEntries struct{ console.Remote }

// AuditFind is "opentrm audit find".
type AuditFind struct {
	console.Remote
	Action string `help:"Action, as the log has it: case.open."`
	Role   string `help:"Role of who did it."`
	Object string `help:"Identifier of what was touched, of a case or of an account."`
	Since  string `help:"First day, as 2026-05-31."`
	Until  string `help:"Last day."`
	Most   int    `default:"200" help:"How many entries at most."`
}

// AuditEntry is "opentrm audit entry".
type AuditEntry struct {
	console.Remote
	Epoch int64  `arg:""`
	Index int64  `arg:""`
	Proof string `type:"path" help:"File to write the proof to, for audit check."`
}

// AuditUnusual is "opentrm audit unusual".
type AuditUnusual struct{ console.Remote }

// AuditForks is "opentrm audit forks".
type AuditForks struct{ console.Remote }

// AuditCheckpoint is "opentrm audit checkpoint".
type AuditCheckpoint struct{ console.Remote }

// AuditProof is "opentrm audit proof". What it prints shows that a leaf is in the log and not what the leaf says; "opentrm audit entry --proof"
// shows that too, to who may read it.
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
	return logged(s, entries)
}

func logged(s *console.Screen, entries []audit.Logged) error {
	return s.Print(entries, func(w io.Writer) {
		fmt.Fprintln(w, "EPOCH\tINDEX\tTIME\tVERB\tACTION\tOBJECT\tBY\tROLE\tPURPOSE\tOUTCOME")
		for _, e := range entries {
			fmt.Fprintf(w, "%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.At.Epoch(), e.At.Index(), console.When(e.Entry.Time), e.Entry.Verb,
				e.Entry.Action, e.Entry.Object, e.Entry.User, e.Entry.Role, e.Entry.Purpose, e.Entry.Outcome)
		}
	})
}

func (c *AuditFind) Run(s *console.Screen) error {
	q := url.Values{"limit": {"200"}}
	for name, value := range map[string]string{"action": c.Action, "role": c.Role, "object": c.Object} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for i, name := range []string{"since", "until"} {
		text := []string{c.Since, c.Until}[i]
		if text == "" {
			continue
		}
		day, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return fault.Wrap(fault.Invalid, "cli.day", err).With("name", name)
		}
		q.Set(name, strconv.FormatInt(int64(frame.At(day.AddDate(0, 0, i))), 10))
	}
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	entries := []audit.Logged{}
	for len(entries) < c.Most {
		var out struct {
			Items  []audit.Logged `json:"items"`
			Before int64          `json:"before"`
		}
		if err := node.Call(http.MethodGet, "/audit/search?"+q.Encode(), nil, &out); err != nil {
			return err
		}
		entries = append(entries, out.Items...)
		if out.Before == 0 {
			break
		}
		q.Set("before", strconv.FormatInt(out.Before, 10))
	}
	return logged(s, entries[:min(len(entries), c.Most)])
}

func (c *AuditEntry) Run(s *console.Screen) error {
	path := fmt.Sprintf("/audit/entries/%d/%d", c.Epoch, c.Index)
	if c.Proof == "" {
		return console.Show(s, c.Remote, path)
	}
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		Proof string `json:"proof"`
	}
	if err := node.Call(http.MethodGet, path, nil, &out); err != nil {
		return err
	}
	if out.Proof == "" {
		return fault.New(fault.NotFound, "audit.proof.none")
	}
	if err := console.WriteFile(c.Proof, []byte(out.Proof)); err != nil {
		return err
	}
	return s.Done("written")
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
	s.Say("This shows that a leaf is in the log, and not what its entry says. audit check needs --leaf for it; audit entry --proof writes the one that shows both.")
	return out.show(s)
}
