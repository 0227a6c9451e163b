package cli

import (
	"fmt"
	"io"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/ask"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/node"
)

type auditCommand struct {
	Verify     auditVerify         `cmd:"" help:"Recompute the whole log of a node from its files, without a network."`
	Check      auditCheck          `cmd:"" help:"Check the proof of one entry, from the file, without a network and without the node."`
	Entries    ask.AuditEntries    `cmd:"" help:"Read entries."`
	Find       ask.AuditFind       `cmd:"" help:"Look for entries by action, role, object and day."`
	Entry      ask.AuditEntry      `cmd:"" help:"Read one entry with what proves that it is in the log."`
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

type auditCheck struct {
	File   string   `arg:"" type:"existingfile" help:"Proof, as a node handed it out."`
	Roster []string `required:"" type:"existingfile" help:"Rosters whose keys are believed, the newest first; roster show says their fingerprints."`
}

// Run checks that the entry which the file opens is in the log of the member that signed the checkpoint, and says who countersigned it.
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
	e, at, err := proof.Opened(keys)
	if err != nil {
		return console.Unverified(err)
	}
	by := proof.Cosigned(at, keys)
	out := struct {
		Member id.Member           `json:"member"`
		Epoch  int64               `json:"epoch"`
		Index  int64               `json:"index"`
		Size   int64               `json:"size"`
		Entry  audit.Entry         `json:"entry"`
		By     []audit.Cosignature `json:"by"`
	}{at.Member, at.Epoch, proof.Index, at.Size, e, by}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "log of\t%s, epoch %d\nentry\t%d of %d\ntime\t%s\nverb\t%s\naction\t%s\nobject\t%s\nuser\t%s\nrole\t%s\npurpose\t%s\noutcome\t%s\n",
			at.Member, at.Epoch, proof.Index, at.Size, console.When(e.Time), e.Verb, e.Action, e.Object, e.User, e.Role, e.Purpose, e.Outcome)
		for _, x := range by {
			fmt.Fprintf(w, "countersigned by\t%s, %s\n", x.Member, console.When(x.Time))
		}
		fmt.Fprintln(w, "verified\tthe entry is in the log")
	})
}
