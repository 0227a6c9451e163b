package audit

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// MostEntries is how many entries one reading shows at most.
const MostEntries = 500

// Logged is an entry with its place in the log.
type Logged struct {
	At    Place `json:"at"`
	Entry Entry `json:"entry"`
}

// Standing says how far the log goes and how far it is witnessed.
type Standing struct {
	Member    id.Member     `json:"member"`
	Epoch     int64         `json:"epoch"`
	Size      int64         `json:"size"`           // leaves of the epoch, padding included
	Signed    int64         `json:"signed"`         // size that the newest checkpoint states; 0: none yet
	SignedAt  frame.Time    `json:"signed_at"`      // when it was signed
	Witnessed int64         `json:"witnessed"`      // size of the newest witnessed checkpoint; 0: none yet
	At        frame.Time    `json:"witnessed_at"`   // when that was signed
	By        []id.Member   `json:"witnesses"`      // who countersigned it
	Waited    time.Duration `json:"waited_seconds"` // since then, in whole seconds
	Warn      bool          `json:"warn"`           // too long: the coordinator must look
}

// Service is the use-cases of people who read and check the log. What writes it is [Append].
type Service struct {
	Member id.Member
	Write  func(context.Context, Entry, func(Reader) error) error
	Read   func(context.Context, func(Reader) error) error
	Roster func(context.Context) (Roster, error)
	Now    func() time.Time
}

func (s *Service) on() access.Resource { return access.Resource{Noun: "audit", Realm: access.Office} }

// Entries shows what was recorded at places from a place on, at most limit entries, and the place after the last one;
// 0 if that was the end. Padding and erased entries are left out. The reading is itself recorded.
//
// It fails with [fault.Denied] if who may not read the log.
func (s *Service) Entries(ctx context.Context, who access.Actor, from Place, limit int) ([]Logged, Place, error) {
	if err := access.Check(who, access.ReadAudit, s.on()); err != nil {
		return nil, 0, err
	}
	if limit < 1 || limit > MostEntries {
		limit = MostEntries
	}
	var all []Logged
	var next Place
	err := s.Write(ctx, Saw(who, access.ReadAudit, "log"), func(r Reader) error {
		all, next = nil, 0
		found, err := r.AuditPayloads(ctx, from, At(maxEpoch, 0), limit+1)
		if err != nil {
			return err
		}
		if len(found) > limit {
			next, found = found[limit].At, found[:limit]
		}
		for _, p := range found {
			if e, err := ParseEntry(p.Data); err == nil { // anything else is padding, or what [Verify] reports
				all = append(all, Logged{At: p.At, Entry: e})
			}
		}
		return nil
	})
	return all, next, err
}

// Standing says how far the log goes and how far it is witnessed, in a network with that many members besides this one.
//
// It fails with [fault.Denied] if who may not watch the log, and with [fault.NotFound] if there is none.
func (s *Service) Standing(ctx context.Context, who access.Actor, others int) (Standing, error) {
	if err := access.Check(who, access.VerifyAudit, s.on()); err != nil {
		return Standing{}, err
	}
	var out Standing
	err := s.Read(ctx, func(r Reader) error {
		v, err := Look(ctx, r)
		if err != nil {
			return err
		}
		out = Standing{Member: s.Member, Epoch: v.End().Epoch(), Size: v.End().Index(), By: []id.Member{}}
		c, err := Newest(ctx, r)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		out.Signed, out.SignedAt = c.At.Index(), c.Time
		w, by, err := NewestWitnessed(ctx, r, s.Member, others)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		last := out.SignedAt
		if err == nil {
			out.Witnessed, out.At, last = w.At.Index(), w.Time, w.Time
			for _, c := range by {
				out.By = append(out.By, c.Member)
			}
		}
		waited, warn := Alone(last, frame.At(s.Now()), others)
		out.Waited, out.Warn = waited/time.Second, warn
		return nil
	})
	return out, err
}

// Countersigned returns the newest checkpoint of the log as a signed note with the cosignatures it has.
//
// It fails with [fault.Denied] if who may not watch the log, and with [fault.NotFound] if nothing was signed yet.
func (s *Service) Countersigned(ctx context.Context, who access.Actor) (string, error) {
	if err := access.Check(who, access.VerifyAudit, s.on()); err != nil {
		return "", err
	}
	var note string
	err := s.Read(ctx, func(r Reader) error {
		c, err := Newest(ctx, r)
		if err != nil {
			return err
		}
		signed, err := r.AuditCosignatures(ctx, c.At, c.At+1, 100)
		note = c.Joined(signed)
		return err
	})
	return note, err
}

// ProofOf returns the proof that the entry at a place is in the log: under the newest witnessed checkpoint that covers
// it, or under the newest one where none does.
//
// It fails with [fault.Denied] if who may not watch the log, and with [fault.NotFound] if nothing that was signed
// covers the place.
func (s *Service) ProofOf(ctx context.Context, who access.Actor, at Place, others int) (Proof, error) {
	if err := access.Check(who, access.VerifyAudit, s.on()); err != nil {
		return Proof{}, err
	}
	var proof Proof
	err := s.Read(ctx, func(r Reader) (err error) {
		proof, _, err = s.prove(ctx, r, at, others)
		return err
	})
	return proof, err
}

func (s *Service) prove(ctx context.Context, r Reader, at Place, others int) (Proof, []Cosignature, error) {
	v, err := Look(ctx, r)
	if err != nil {
		return Proof{}, nil, err
	}
	var signed []Cosignature
	under := func(enough func() bool) (Checkpoint, error) {
		return backwards(ctx, r, func(c Checkpoint) (bool, error) {
			if c.At.Epoch() != at.Epoch() || at.Index() >= c.At.Index() {
				return false, nil
			}
			var err error
			signed, err = r.AuditCosignatures(ctx, c.At, c.At+1, 1000)
			return enough(), err
		})
	}
	c, err := under(func() bool { return Witnessed(s.Member, signed, others) })
	if fault.Is(err, fault.NotFound) {
		c, err = under(func() bool { return true })
	}
	if err != nil {
		return Proof{}, nil, err
	}
	proof, err := v.Prove(ctx, at, c, signed)
	return proof, signed, err
}

// Verify recomputes the whole log, as the function [Verify] does, and keeps what that came to. Progress may be nil.
//
// It fails with [fault.Denied] if who may not watch the log, and as the function does.
func (s *Service) Verify(ctx context.Context, who access.Actor, progress func(leaves, all int64)) (Report, error) {
	if err := access.Check(who, access.VerifyAudit, s.on()); err != nil {
		return Report{}, err
	}
	roster, err := s.Roster(ctx)
	if err != nil {
		return Report{}, err
	}
	var report Report
	err = s.Read(ctx, func(r Reader) error {
		report, err = Verify(ctx, r, Options{Member: s.Member, Roster: roster, Progress: progress})
		return err
	})
	if err != nil {
		return report, err
	}
	return report, s.keep(ctx, who, report.Checked(frame.At(s.Now())))
}
