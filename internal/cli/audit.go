package cli

import (
	"fmt"
	"io"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/ask"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/node"
)

type auditCommand struct {
	Verify     auditVerify         `cmd:"" help:"Recompute the whole log of a node from its files, without a network."`
	Entries    ask.AuditEntries    `cmd:"" help:"Read entries."`
	Unusual    ask.AuditUnusual    `cmd:"" help:"Read which openings of cases were unusual for whoever made them."`
	Forks      ask.AuditForks      `cmd:"" help:"Read the evidence that a member has two histories of its log."`
	Checkpoint ask.AuditCheckpoint `cmd:"" help:"Print the newest checkpoint with its cosignatures."`
	Proof      ask.AuditProof      `cmd:"" help:"Print the proof that an entry is in the log."`
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
