package count

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/veil"
)

// next is what a node does next in a run.
type next struct {
	row   Row
	turn  *veil.Turn // it says this
	end   End        // the run ends
	named []veil.Objection
	check bool // everything was there and in order
}

// goOn does one thing in a run. What takes long is worked out before anything is written, and written only if the run is as it was.
func (s *Service) goOn(ctx context.Context, run string) (int, error) {
	n, err := s.plan(ctx, run)
	if err != nil || n == nil {
		return 0, err
	}
	err = s.Write(ctx, audit.Did(access.Node(s.Member), access.ContinueCount, run), func(tx Tx) error {
		row, r, err := s.load(ctx, tx, run)
		if err != nil {
			return err
		}
		if row.Version != n.row.Version {
			return fault.New(fault.Stale, "store.count.version")
		}
		sheet, err := r.sheet()
		if err != nil {
			return err
		}
		if n.turn != nil {
			if err := s.say(ctx, tx, &r, &sheet, *n.turn); err != nil {
				return err
			}
		}
		if n.end == Going {
			return s.save(ctx, tx, row, r)
		}
		r.Named, r.Checked = append(r.Named, n.named...), n.check
		if n.end == Counted {
			c, err := s.gather(ctx, tx, &r, &sheet)
			if err != nil {
				return err
			}
			roles, _ := c.Roles()
			if m, ok := c.Said(veil.StepResult, roles.Tally); ok {
				r.Result = &m.Result.Published
			}
		}
		return s.end(ctx, tx, row, r, n.end)
	})
	if fault.Is(err, fault.Stale) {
		return 0, nil // something came meanwhile; next time
	}
	if err != nil {
		return 0, err
	}
	for _, x := range n.named {
		s.Alarm(ctx, "count.named", map[string]string{"member": string(x.Member), "step": x.Step, "why": x.For, "by": string(x.By)})
	}
	return 1, nil
}

// plan says what is next; nil if nothing is.
func (s *Service) plan(ctx context.Context, run string) (*next, error) {
	var (
		n       = &next{}
		r       Run
		c       *veil.Count
		own     Own
		work    veil.Secret
		bytes   map[string][]byte
		missing []veil.Named
		lost    bool // what it needs to go on: a backup does not hold it
	)
	err := s.Read(ctx, func(tx Tx) (err error) {
		if n.row, r, err = s.load(ctx, tx, run); err != nil {
			return err
		}
		sheet, err := r.sheet()
		if err != nil {
			return err
		}
		if c, err = s.gather(ctx, tx, &r, &sheet); err != nil {
			return err
		}
		if keeps(c, s.Member) {
			if bytes, missing, err = s.data(ctx, tx, c); err != nil {
				return err
			}
		}
		if own, err = tx.CountOwn(ctx, run); fault.Is(err, fault.NotFound) {
			lost = slices.Contains(r.Said, veil.StepCommit)
			return nil
		} else if err != nil {
			return err
		}
		vault, err := s.Vault(ctx, tx)
		if err != nil {
			return err
		}
		work, err = vault.Open("count/"+run, own.Work)
		return err
	})
	defer clear(work)
	if err != nil || r.End != Going {
		return nil, err
	}
	source := func(d *veil.Data) []byte { return bytes[hex.EncodeToString(d.Digest)] }
	if !slices.Contains(r.Said, veil.StepJoin) && !c.Ended() {
		if s.now() <= c.Sheet.Until[0].Add(Grace) {
			return nil, nil // the people here have not agreed
		}
		if c.Sheet.Proposer == s.Member {
			n.end = Declined // nobody else has heard of it
			return n, nil
		}
	}
	stage := c.Stage()
	switch {
	case c.Ended():
		return s.broken(n, &r, c, source, len(missing) == 0), nil
	case stage.Step == "":
		if !keeps(c, s.Member) {
			n.end = Counted
			return n, nil
		}
		if len(missing) > 0 && s.now() <= c.Sheet.Until[len(c.Sheet.Until)-1].Add(Grace) {
			return nil, nil
		}
		if bad := c.Judge(source); bad != nil {
			return s.object(n, c, *bad), nil
		}
		n.end, n.check = Counted, len(missing) == 0
		return n, nil
	case s.now() > c.Sheet.Until[stage.At].Add(Grace):
		late := c.Late(s.now())
		if i := slices.IndexFunc(late, func(x veil.Named) bool { return x.Member != s.Member }); i >= 0 {
			return s.object(n, c, late[i]), nil
		}
		n.end, n.named = Broken, []veil.Objection{{By: s.Member, Named: late[0]}}
		return n, nil
	}
	if lost && !slices.Contains(r.Said, veil.StepBatch) {
		// It was restored from a backup and cannot go on. So nobody waits until it is named for its silence.
		n.end = Declined
		n.turn = &veil.Turn{Message: veil.Message{Sheet: c.Sheet.Hash(), From: s.Member, Step: veil.SayDecline}}
		return n, nil
	}
	seat := &veil.Seat{Of: s.Member, Work: work, Recall: own.Recall}
	if !seat.Waits(c) || veil.Attended(stage.Step) || work == nil {
		return nil, nil
	}
	t, err := seat.Turn(c, nil, source)
	var bad *veil.Named
	switch {
	case errors.As(err, &bad):
		return s.object(n, c, *bad), nil
	case fault.Is(err, fault.Unavailable):
		// What is missing is on its way, until the last quarter of the step: then whoever has not sent it is named, and not who waits for it.
		begin := r.Heard
		if stage.At > 0 {
			begin = c.Sheet.Until[stage.At-1]
		}
		if end := c.Sheet.Until[stage.At]; len(missing) > 0 && s.now() > end-(end-begin)/4 {
			return s.object(n, c, missing[0]), nil
		}
		return nil, nil
	case err != nil:
		return nil, err
	}
	n.turn = &t
	return n, nil
}

// object says that somebody broke the run, and ends it here.
func (s *Service) object(n *next, c *veil.Count, bad veil.Named) *next {
	n.end, n.named = Broken, append(n.named, veil.Objection{By: s.Member, Named: bad})
	n.turn = &veil.Turn{Message: veil.Message{Sheet: c.Sheet.Hash(), From: s.Member, Step: veil.SayObject, Object: &bad}}
	return n
}

// broken ends a run that others have ended or that nobody can go on with. Who has the data says what it finds itself: the same, or that there is nothing.
func (s *Service) broken(n *next, r *Run, c *veil.Count, source veil.Source, all bool) *next {
	n.end = Broken
	if len(c.Named) == 0 && len(c.Objections) == 0 && len(c.Split) == 0 {
		n.end = Declined
		return n
	}
	n.named = slices.Clone(c.Objections)
	if slices.Contains(r.Said, veil.SayObject) {
		return n
	}
	if len(c.Named) > 0 {
		return s.object(n, c, c.Named[0])
	}
	if len(c.Split) > 0 {
		if i := slices.IndexFunc(c.Split, func(x veil.Named) bool { return x.Member != s.Member }); i >= 0 {
			return s.object(n, c, c.Split[i])
		}
		return n
	}
	if !keeps(c, s.Member) || !all {
		return n
	}
	o := c.Objections[0]
	switch bad := c.Judge(source); {
	case bad != nil:
		return s.object(n, c, *bad)
	case o.By != s.Member && slices.Contains([]string{veil.Changed, veil.Altered, veil.Unheld, veil.Twofold, veil.Unasked, veil.Wrong}, o.For):
		return s.object(n, c, veil.Named{Member: o.By, Step: o.Step, For: veil.Unfounded})
	}
	return n
}
