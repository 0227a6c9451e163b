package cli

import (
	"encoding/hex"
	"fmt"
	"io"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/ask"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/node"
)

type auditCommand struct {
	Verify     auditVerify         `cmd:"" help:"Recompute the whole log of a node from its files, without a network."`
	Check      auditCheck          `cmd:"" help:"Check a proof of either kind, from the file, without a network and without the node."`
	Entries    ask.AuditEntries    `cmd:"" help:"Read entries."`
	Find       ask.AuditFind       `cmd:"" help:"Look for entries by action, role, object and day."`
	Entry      ask.AuditEntry      `cmd:"" help:"Read one entry, its leaf, and with --proof a proof that shows what it says."`
	Unusual    ask.AuditUnusual    `cmd:"" help:"Read which openings of cases were unusual for whoever made them."`
	Forks      ask.AuditForks      `cmd:"" help:"Read the evidence that a member has two histories of its log."`
	Checkpoint ask.AuditCheckpoint `cmd:"" help:"Print the newest checkpoint with its cosignatures."`
	Proof      ask.AuditProof      `cmd:"" help:"Print the proof that a leaf is in the log, without what the entry says: audit check needs --leaf for it."`
}

type auditVerify struct {
	local
	Against []string `type:"path" help:"Files with checkpoints of this log that others hold: they must fit too."`
}

func (c *auditVerify) Run(s *console.Screen) error {
	var against []string
	for _, path := range c.Against {
		b, err := console.ReadFile(s, path)
		if err != nil {
			return err
		}
		against = append(against, string(b))
	}
	bar := s.Progress("verify")
	var report audit.Report
	err := c.with(s, func(n *node.Node) error {
		if err := access.Check(access.Console(n.Member), access.VerifyAudit, access.Resource{Noun: "audit", Realm: access.Office}); err != nil {
			return err
		}
		roster, err := n.LogKeys(s.Context)
		if err != nil {
			return err
		}
		return n.Audit.Read(s.Context, func(r audit.Reader) error {
			report, err = audit.Verify(s.Context, r, audit.Options{Member: n.Member, Roster: roster, Against: against, Progress: bar.At})
			return err
		})
	})
	bar.End()
	if err != nil {
		return err
	}
	err = s.Print(report, func(w io.Writer) {
		fmt.Fprintf(w, "leaves\t%d\nentries\t%d\npadding\t%d\nerased\t%d\ncheckpoints\t%d\nnot yet signed\t%d\n",
			report.Leaves, report.Entries, report.Padded, report.Missing, report.Checkpoints, report.Uncovered)
		for m, n := range report.Cosignatures {
			fmt.Fprintf(w, "countersigned by %s\t%d\n", m, n)
		}
		for _, p := range report.Problems {
			fmt.Fprintf(w, "WRONG\t%s, epoch %d, leaves %d to %d: %s\n", p.Part, p.Epoch, p.From, p.To, s.Printer().Text(p.Key))
		}
		if report.OK() {
			fmt.Fprintln(w, "verified\tnothing is wrong")
		}
	})
	if err == nil && !report.OK() {
		return console.Unverified(nil)
	}
	return err
}

type auditCheck struct {
	File   string   `arg:"" type:"existingfile" help:"Proof, as audit entry --proof wrote it, or as audit proof printed it."`
	Leaf   string   `help:"Leaf of the entry, hex, as audit entry says it: for a proof that does not show what the entry says."`
	Roster []string `required:"" type:"existingfile" help:"Rosters whose keys are believed, the newest first; roster show says their fingerprints."`
}

// Run checks that the entry which the file opens, or the leaf that is named, is in the log of the member that signed the checkpoint, and says
// who countersigned it.
//
// It fails with [fault.Invalid] "audit.proof.bare" if the file opens no entry and no leaf is named.
func (c *auditCheck) Run(s *console.Screen) error {
	b, err := console.ReadFile(s, c.File)
	if err != nil {
		return err
	}
	var rosters []member.Roster
	for _, path := range c.Roster {
		signed, err := readRoster(s, path)
		if err != nil {
			return err
		}
		rosters = append(rosters, signed.Roster)
	}
	keys := member.LogKeys(rosters...)
	proof, err := audit.ParseProof(string(b))
	if err != nil {
		return console.Unverified(err)
	}
	e, at, err := c.checked(proof, keys)
	if err != nil {
		return err
	}
	by := proof.Cosigned(at, keys)
	out := struct {
		Member id.Member           `json:"member"`
		Epoch  int64               `json:"epoch"`
		Index  int64               `json:"index"`
		Size   int64               `json:"size"`
		Entry  *audit.Entry        `json:"entry,omitempty"`
		Leaf   string              `json:"leaf,omitempty"`
		By     []audit.Cosignature `json:"by"`
	}{at.Member, at.Epoch, proof.Index, at.Size, e, c.Leaf, by}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "log of\t%s, epoch %d\nentry\t%d of %d\n", at.Member, at.Epoch, proof.Index, at.Size)
		if e != nil {
			fmt.Fprintf(w, "time\t%s\nverb\t%s\naction\t%s\nobject\t%s\nuser\t%s\nrole\t%s\npurpose\t%s\noutcome\t%s\n",
				console.When(e.Time), e.Verb, e.Action, e.Object, e.User, e.Role, e.Purpose, e.Outcome)
		}
		for _, x := range by {
			fmt.Fprintf(w, "countersigned by\t%s, %s\n", x.Member, console.When(x.Time))
		}
		if e != nil {
			fmt.Fprintln(w, "verified\tthe entry is in the log")
		} else {
			fmt.Fprintln(w, "verified\tthe leaf is in the log; what its entry says is not shown by this proof")
		}
	})
}

// checked verifies a proof of either kind; the entry is nil where the proof opens none.
func (c *auditCheck) checked(proof audit.Proof, keys audit.Roster) (*audit.Entry, audit.State, error) {
	bare := len(proof.Opening) == 0
	if bare && c.Leaf == "" {
		return nil, audit.State{}, fault.New(fault.Invalid, "audit.proof.bare")
	}
	var at audit.State
	if c.Leaf != "" {
		b, err := hex.DecodeString(c.Leaf)
		if err != nil || len(b) != len(audit.Leaf{}) {
			return nil, at, fault.New(fault.Invalid, "audit.leaf.form")
		}
		if at, err = proof.Check(audit.Leaf(b), keys); err != nil || bare {
			return nil, at, unverified(err)
		}
	}
	e, at, err := proof.Opened(keys)
	return &e, at, unverified(err)
}

// unverified is what a check fails with, nil where it does not.
func unverified(err error) error {
	if err == nil {
		return nil
	}
	return console.Unverified(err)
}
