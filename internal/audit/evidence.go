package audit

import (
	"context"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Evidence that a member has two histories travels to the others as a text (spec/audit-log.md, section 7).

// ForkWord begins the text of evidence.
const ForkWord = "fork "

// MostTold is up to how many pieces of evidence against one member a node tells the others: one convicts, and whoever makes
// many would have each of them carried to everybody.
const MostTold = 3

// maxFork is the length of a text of evidence, that of a note in an envelope.
const maxFork = 64 << 10

// Text returns f as it is told to others. [ParseFork] reads it.
func (f Fork) Text() string {
	return ForkWord + string(f.Member) + "\nfirst " + strconv.Itoa(len(f.First)) + "\nsecond " + strconv.Itoa(len(f.Second)) + "\n" +
		f.First + f.Second + f.Proof
}

// ParseFork reads a text of evidence. Whether it convicts is for [Fork.Judge].
//
// It fails with [fault.Invalid] and the key "audit.fork.form" for anything that Text does not write.
func ParseFork(text string) (Fork, error) {
	bad := fault.New(fault.Invalid, "audit.fork.form")
	if len(text) > maxFork {
		return Fork{}, bad
	}
	head := strings.SplitN(text, "\n", 4)
	if len(head) != 4 {
		return Fork{}, bad
	}
	member, err := id.ParseMember(strings.TrimPrefix(head[0], ForkWord))
	if err != nil {
		return Fork{}, bad
	}
	first, err := strconv.Atoi(strings.TrimPrefix(head[1], "first "))
	if err != nil || first < 0 || first > len(head[3]) {
		return Fork{}, bad
	}
	second, err := strconv.Atoi(strings.TrimPrefix(head[2], "second "))
	if err != nil || second < 0 || second > len(head[3])-first {
		return Fork{}, bad
	}
	f := Fork{Member: member, First: head[3][:first], Second: head[3][first : first+second], Proof: head[3][first+second:]}
	if f.Text() != text {
		return Fork{}, bad
	}
	return f, nil
}

func keepFork(ctx context.Context, tx WitnessTx, f Fork) (*Fork, error) {
	var err error
	f.Known, err = tx.AddAuditFork(ctx, f)
	return &f, err
}

// Convict judges evidence that another member tells, and keeps it if it convicts.
//
// It fails with [fault.Denied] and the key "audit.fork.unproven" if it does not, and as [ParseFork] and [Fork.Judge] do.
func (w Witness) Convict(ctx context.Context, tx WitnessTx, text string) (*Fork, error) {
	f, err := ParseFork(text)
	if err != nil {
		return nil, err
	}
	guilty, err := f.Judge(w.Roster)
	if err != nil {
		return nil, err
	}
	if !guilty {
		return nil, fault.New(fault.Denied, "audit.fork.unproven")
	}
	return keepFork(ctx, tx, f)
}

// Forks shows the evidence that is kept against any member, the oldest first, as it is told to others, at most [MostEntries].
// The reading is itself recorded.
//
// It fails with [fault.Denied] if who may not read the log.
func (s *Service) Forks(ctx context.Context, who access.Actor) (texts []string, err error) {
	if err := access.Check(who, access.ReadAudit, s.on()); err != nil {
		return nil, err
	}
	err = s.Write(ctx, Saw(who, access.ReadAudit, "forks"), func(r Reader) error {
		all, err := r.AuditForks(ctx, "", MostEntries)
		texts = make([]string, len(all))
		for i, f := range all {
			texts[i] = f.Text()
		}
		return err
	})
	return texts, err
}
