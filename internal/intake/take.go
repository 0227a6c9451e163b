package intake

import (
	"cmp"
	"context"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/stats"
)

// Take takes some rows of a run, in one transaction, and says of each what became of it. It needs nobody's keys: what it
// writes of persons is sealed to the desk, and it could not read it again. A program is told which rows were refused, and not which were
// known.
//
// It fails with [fault.Denied] as [access.Check]; with [fault.NotFound] "intake.run.none" unless the run is hers,
// [fault.Conflict] "intake.run.ended" if it is over, [fault.TooLarge] "intake.rows" for more rows than [MostRows] or
// [MostCases], or a cell that is too long; and as the store fails, with nothing of these rows kept.
func (s *Service) Take(ctx context.Context, who access.Actor, k Kind, run id.Intake, rows []Row) ([]Outcome, error) {
	began := s.Now()
	if err := may(who, k); err != nil {
		return nil, err
	}
	if len(rows) > MostRows || k == Cases && len(rows) > MostCases {
		return nil, fault.New(fault.TooLarge, "intake.rows")
	}
	for _, row := range rows {
		for _, c := range row.Cells {
			if len(c) > mostCell {
				return nil, fault.New(fault.TooLarge, "intake.rows")
			}
		}
	}
	r, err := s.run(ctx, who, k, run)
	if err != nil {
		return nil, err
	}
	t, err := s.taker(r)
	if err != nil {
		return nil, err
	}
	out := make([]Outcome, len(rows))
	err = s.Write(ctx, audit.Did(who, k.action(), string(run)).For("rows"), func(tx Tx) error {
		r, err := tx.IntakeRun(ctx, run) // as it is now
		if err != nil {
			return err
		}
		if err := mine(who, r, k); err != nil {
			return err
		}
		marks, err := s.Keys.MarksIn(ctx, tx)
		if err != nil {
			return err
		}
		for i, row := range rows {
			if out[i], err = one(ctx, t, tx, who, r, marks, row); err != nil {
				return err
			}
			switch out[i].Result {
			case Taken:
				r.Taken++
			case Known:
				r.Known++
			case Refused:
				r.Refused++
			}
		}
		return tx.SetIntakeRun(ctx, r)
	})
	if err != nil {
		return nil, err
	}
	if blind(who) {
		for i, o := range out {
			if o.Result != Refused {
				out[i] = Outcome{Number: o.Number, Result: Kept}
			}
		}
	}
	return out, s.answered(ctx, who, began, len(rows))
}

// one says what becomes of one row.
func one(ctx context.Context, t taker, tx Tx, who access.Actor, r Run, m marker, row Row) (Outcome, error) {
	if row.Broken {
		return Outcome{Number: row.Number, Result: Refused, Key: cmp.Or(row.why, "intake.row.broken")}, nil
	}
	out, err := t.take(ctx, tx, who, r, m, row)
	if err != nil {
		return Outcome{}, err
	}
	out.Number = row.Number
	return out, nil
}

// refused turns the failure of a row into its outcome: the reason and the column, and nothing of what stands there.
func refused(err error) (Outcome, error) {
	if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
		return Outcome{}, err
	}
	_, key, named := fault.Public(err)
	return Outcome{Result: Refused, Key: key, Column: cmp.Or(named["column"], named["field"])}, nil
}

// collector takes records of a published collection.
type collector struct {
	id   string
	read *stats.Reading
}

func collecting(name string, columns []string) (*collector, error) {
	c, err := stats.CollectionCalled(name)
	if err != nil {
		return nil, err
	}
	read, err := c.Reads(columns)
	return &collector{name, read}, err
}

func (c *collector) source() string { return c.id }

func (c *collector) take(ctx context.Context, tx Tx, _ access.Actor, r Run, m marker, row Row) (Outcome, error) {
	p, err := c.read.Row(row.Cells)
	if err != nil {
		return refused(err)
	}
	p.Digest = m.Of(append([]string{"collection", c.id, strconv.FormatInt(row.Nth, 10), strconv.Itoa(p.Year)}, p.Codes...)...)
	fresh := false
	if r.Dry {
		known, err := tx.HasPublished(ctx, c.id, p.Digest)
		if err != nil {
			return Outcome{}, err
		}
		fresh = !known
	} else if fresh, err = tx.AddPublished(ctx, p); err != nil {
		return Outcome{}, err
	}
	if !fresh {
		return Outcome{Result: Known}, nil
	}
	return Outcome{Result: Taken}, nil
}
