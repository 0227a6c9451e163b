package job

import (
	"context"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/member"
)

// tellFork tells every other member evidence that this node has found. What another one has told goes no further: it told
// everybody.
func (w *Witnessing) tellFork(ctx context.Context, tx Tx, f audit.Fork) error {
	if f.Known {
		return nil
	}
	all, err := tx.AuditForks(ctx, f.Member, audit.MostTold+1)
	if err != nil || len(all) > audit.MostTold {
		return err
	}
	held, err := member.InForce(ctx, tx)
	if err != nil {
		return err
	}
	for _, m := range held.Signed.Roster.Members {
		if m.ID == w.Self || m.Status != member.Active {
			continue
		}
		if err := w.send(ctx, tx, envelope.Consistency, m.ID, f.Text()); err != nil {
			return err
		}
	}
	return nil
}

// convicted takes evidence against a member that another one tells.
func (w *Witnessing) convicted(ctx context.Context, tx Tx, text string) error {
	witness, err := w.witness(ctx, tx)
	if err != nil {
		return err
	}
	f, err := witness.Convict(ctx, tx, text)
	if err != nil {
		return err
	}
	f.Known = true // by everybody: whoever found it has told them
	return w.fork(ctx, tx, audit.Answer{Fork: f})
}
