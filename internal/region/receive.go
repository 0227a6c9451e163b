package region

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/seal"
)

// Receive takes note of a plan, of a contribution, of who gives nothing, and of a result. It is the exchange's handler of the kind.
//
// It fails with [fault.Unavailable] "region.early" if something comes before the plan that it belongs to: it comes again. It refuses with [fault.Invalid] what is none,
// "region.unprotected" what has small counts, with [fault.Denied] "region.stranger" what comes from who is not of the release, and with [fault.Conflict]
// "region.number" a contribution with a number that was given with other counts.
func (s *Service) Receive(ctx context.Context, over exchange.Tx, a exchange.Arrived) error {
	tx, ok := over.(Tx)
	if !ok {
		return fault.New(fault.Internal, "region.wiring")
	}
	b, err := parseBody(a.Control)
	if err != nil {
		return err
	}
	from := a.Envelope.Header.From
	stranger := fault.New(fault.Denied, "region.stranger").With("member", string(from))
	row, err := tx.Region(ctx, b.Release)
	if err != nil {
		return err
	}
	if b.Step == ask {
		p, err := parsePlan(b.Plan)
		if err != nil {
			return err
		}
		if p.Release != b.Release || p.Asker != from || !slices.Contains(p.Members, s.Member) {
			return stranger
		}
		if row.Version > 0 {
			if r, _, err := row.read(); err != nil || !slices.Equal(r.Plan, b.Plan) {
				return stranger // another plan under the same name
			}
			return nil
		}
		if err := s.taking(ctx, tx, &p); err != nil {
			return err
		}
		return s.save(ctx, tx, Row{ID: p.Release}, Release{Plan: b.Plan, Heard: s.now()})
	}
	if row.Version == 0 {
		if b.Step == told {
			return fault.New(fault.Unavailable, "region.early") // it has overtaken its plan
		}
		return stranger
	}
	r, p, err := row.read()
	if err != nil {
		return err
	}
	if !seal.Same(b.Digest, digest(r.Plan)) {
		return stranger
	}
	switch {
	case b.Step == told && from == p.Asker:
		out, err := parseResult(b.Result)
		if err != nil {
			return err
		}
		if out.Plan.Release != p.Release || out.Edition > int64(len(r.Editions))+1 {
			return fault.New(fault.Unavailable, "region.early") // the edition before is on its way
		}
		if out.Edition <= int64(len(r.Editions)) {
			if slices.Equal(r.Editions[out.Edition-1], b.Result) {
				return nil
			}
			return fault.New(fault.Conflict, "region.number")
		}
		r.Editions = append(r.Editions, b.Result)
	case p.Asker == s.Member && slices.Contains(p.Members, from) && b.Step == decline:
		r.away(Away{from, b.Reason, s.now()})
	case p.Asker == s.Member && slices.Contains(p.Members, from) && b.Step == give:
		if _, err := parsePersons(b.Persons); err != nil {
			return err
		}
		part := Part{Member: from, Number: b.Number, Counts: b.Counts, Persons: b.Persons, At: s.now(), Late: a.Received > p.Until}
		if err := r.take(&p, part); err != nil {
			return err
		}
	default:
		return stranger
	}
	return s.save(ctx, tx, row, r)
}
