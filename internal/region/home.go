package region

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/disclosure"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/stats"
)

// mine returns a release to which this member is asked to give.
//
// It fails with [fault.NotFound] "region.none", and [fault.Conflict] "region.turn" if it is not asked.
func (s *Service) mine(ctx context.Context, tx Tx, release string) (Row, Release, Plan, error) {
	row, r, p, err := s.load(ctx, tx, release)
	if err == nil && !slices.Contains(p.Members, s.Member) {
		err = fault.New(fault.Conflict, "region.turn")
	}
	return row, r, p, err
}

// made is a table of this member: as it is, and as it would be given.
type made struct {
	truth, safe *disclosure.Cube
	quality     disclosure.Quality
	key         []byte
	ledger      *disclosure.Ledger
	version     int64 // of the ledger
}

// table counts what the plan asks and protects it, beside what was given before of the same persons.
func (s *Service) table(ctx context.Context, tx Tx, p *Plan, draw bool) (m made, err error) {
	months, err := p.span()
	if err != nil {
		return m, err
	}
	m.truth = p.cube()
	if err := tx.Facts(ctx, func(f stats.Fact) bool { p.add(m.truth, months, f); return true }); err != nil {
		return m, err
	}
	if m.key, err = s.key(ctx, tx, draw); err != nil {
		return m, err
	}
	if m.ledger, m.version, err = s.ledger(ctx, tx); err != nil {
		return m, err
	}
	how := disclosure.Rounding{Base: p.Base, Key: m.key}
	if past := m.ledger.Of(p.subject()); len(past) > 0 {
		how.Past = &past[len(past)-1]
	}
	m.safe, m.quality, err = disclosure.Round(m.truth, how)
	return m, err
}

// beside is everything that this member gave about persons of the same months, and last what it would give now.
func (s *Service) beside(l *disclosure.Ledger, p *Plan, now []int64) []shown {
	var out []shown
	own := shown{plan: p, member: s.Member}
	var done []string
	for _, r := range l.Releases {
		if slices.Contains(done, r.Subject) {
			continue
		}
		done = append(done, r.Subject)
		var series [][]int64
		for _, one := range l.Of(r.Subject) {
			series = append(series, one.Counts)
		}
		if r.Subject == p.subject() {
			own.series = series
			continue
		}
		other := &Plan{From: r.From, To: r.To, Base: r.Base}
		for _, d := range r.Dimensions {
			other.Questions = append(other.Questions, d.Name)
		}
		if near(other, p) {
			out = append(out, shown{other, s.Member, series})
		}
	}
	own.series = append(own.series, now)
	return append(out, own)
}

// Prepare counts what is asked at this member, protects it and attacks it together with all that it gave before and with what is known beside it. Nothing
// leaves before a second person has approved. Who prepares again replaces what was prepared.
//
// It fails with [fault.Denied] for whoever may not; [fault.NotFound] "region.none"; [fault.Conflict] "region.turn" if this member is not asked,
// "region.unchanged" if it would give what it gave, and "region.unsafe" if it would give a small count away; and [fault.Invalid] "region.field".
func (s *Service) Prepare(ctx context.Context, who access.Actor, release string, known []Known) error {
	if err := access.Check(who, access.PrepareRegion, resource(release, "")); err != nil {
		return err
	}
	if len(known) > MostCells {
		return wrong("known")
	}
	return s.Write(ctx, audit.Did(who, access.PrepareRegion, release), func(tx Tx) error {
		row, r, p, err := s.mine(ctx, tx, release)
		if err != nil {
			return err
		}
		m, err := s.table(ctx, tx, &p, true)
		if err != nil {
			return err
		}
		if n := len(r.Given); n > 0 && slices.Equal(r.Given[n-1].Counts, m.safe.Counts) {
			return fault.New(fault.Conflict, "region.unchanged")
		}
		for i := range known {
			known[i].Member = s.Member
		}
		found, err := siege(ctx, s.beside(m.ledger, &p, m.safe.Counts), known)
		if err != nil {
			return err
		}
		if !found.Safe() {
			return unsafe(found)
		}
		r.Draft = &Draft{
			Number: int64(len(r.Given)) + 1, Counts: m.safe.Counts, Error: int64(math.Round(m.quality.Mean * 100)), Known: append([]Known{}, known...),
			Found: found, By: who.User, At: s.now(),
		}
		return s.save(ctx, tx, row, r)
	})
}

func unsafe(e Examined) error {
	return fault.New(fault.Conflict, "region.unsafe").With("n", strconv.Itoa(e.Given+e.Unproved+e.Against))
}

// Approve gives what was prepared to the desk that asked. Who prepared it cannot approve it.
//
// It fails with [fault.Denied] for whoever may not, who prepared it among them; as [Service.Prepare] does; with [fault.Conflict] "region.turn" if nothing
// was prepared, and [fault.Stale] "region.changed" if what was counted has changed since.
func (s *Service) Approve(ctx context.Context, who access.Actor, release string) error {
	var persons *Persons
	if s.Persons != nil {
		var p Plan
		if err := s.Read(ctx, func(tx Tx) (err error) { _, _, p, err = s.load(ctx, tx, release); return err }); err != nil {
			if fault.Is(err, fault.NotFound) {
				return s.deniedFirst(who, access.ApproveRegion, release, err)
			}
			return err
		}
		var err error
		if persons, err = s.Persons(ctx, who, p); err != nil && !fault.Is(err, fault.Denied) {
			return err
		}
	}
	return s.Write(ctx, audit.Did(who, access.ApproveRegion, release), func(tx Tx) error {
		row, r, p, err := s.mine(ctx, tx, release)
		if err != nil {
			return s.deniedFirst(who, access.ApproveRegion, release, err)
		}
		maker := who.User
		if r.Draft != nil {
			maker = r.Draft.By
		}
		if err := access.Check(who, access.ApproveRegion, resource(release, maker)); err != nil {
			return err
		}
		if r.Draft == nil {
			return fault.New(fault.Conflict, "region.turn")
		}
		m, err := s.table(ctx, tx, &p, false)
		if err != nil {
			return err
		}
		if !slices.Equal(m.safe.Counts, r.Draft.Counts) {
			return fault.New(fault.Stale, "region.changed")
		}
		found, err := siege(ctx, s.beside(m.ledger, &p, m.safe.Counts), r.Draft.Known) // others may have been given since
		if err != nil {
			return err
		}
		if !found.Safe() {
			return unsafe(found)
		}
		part := Part{Member: s.Member, Number: r.Draft.Number, Counts: r.Draft.Counts, Persons: seal.Blob{}, At: s.now(), Late: s.now() > p.Until}
		if persons != nil {
			if part.Persons, err = frame.Encode(persons); err != nil {
				return err
			}
		}
		entry := disclosure.Released{
			Subject: p.subject(), Name: release + "." + strconv.FormatInt(part.Number, 10), From: p.From, To: p.To, Method: disclosure.Rounded, Base: p.Base,
		}
		if err := m.ledger.Enter(entry, m.truth, m.safe.Cells(), m.key); err != nil {
			return err
		}
		kept, err := json.Marshal(m.ledger)
		if err != nil {
			return err
		}
		if err := tx.SetRegionLedger(ctx, kept, m.version); err != nil {
			return err
		}
		r.Given, r.Draft, r.Declined = append(r.Given, part), nil, ""
		if p.Asker == s.Member {
			if err := r.take(&p, part); err != nil {
				return err
			}
		} else if err := s.send(ctx, tx, p.Asker, body{
			Step: give, Release: release, Plan: seal.Blob{}, Digest: digest(r.Plan), Number: part.Number, Counts: part.Counts, Persons: part.Persons, Result: seal.Blob{},
		}); err != nil {
			return err
		}
		return s.save(ctx, tx, row, r)
	})
}

// deniedFirst says that who may not, before it says that something is not there.
func (s *Service) deniedFirst(who access.Actor, action access.Action, release string, err error) error {
	if denied := access.Check(who, action, resource(release, "nobody")); denied != nil {
		return denied
	}
	return err
}

// Decline tells the desk that asked that this member gives nothing, and why. What it gave before stays; it may give later all the same.
//
// It fails with [fault.Denied] for whoever may not; [fault.NotFound] "region.none"; [fault.Conflict] "region.turn" if this member is not asked or has given;
// and [fault.Invalid] "region.field" for another reason.
func (s *Service) Decline(ctx context.Context, who access.Actor, release, reason string) error {
	if err := access.Check(who, access.DeclineRegion, resource(release, "")); err != nil {
		return err
	}
	if !slices.Contains(Reasons(), reason) {
		return wrong("reason")
	}
	return s.Write(ctx, audit.Did(who, access.DeclineRegion, release), func(tx Tx) error {
		row, r, p, err := s.mine(ctx, tx, release)
		if err != nil {
			return err
		}
		if len(r.Given) > 0 {
			return fault.New(fault.Conflict, "region.turn")
		}
		r.Draft, r.Declined = nil, reason
		if p.Asker == s.Member {
			r.away(Away{s.Member, reason, s.now()})
		} else if err := s.send(ctx, tx, p.Asker, body{
			Step: decline, Release: release, Plan: seal.Blob{}, Digest: digest(r.Plan), Persons: seal.Blob{}, Reason: reason, Result: seal.Blob{},
		}); err != nil {
			return err
		}
		return s.save(ctx, tx, row, r)
	})
}
