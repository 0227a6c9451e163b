package audit

import (
	"context"
	"encoding/json"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
)

// Checked is what the last check of the whole log came to. The zero Checked says that nobody has checked it yet.
type Checked struct {
	At     frame.Time `json:"at"`
	Leaves int64      `json:"leaves"`
	Wrong  int64      `json:"wrong"`           // how many things were wrong
	First  *Problem   `json:"first,omitempty"` // the first of them
}

// Checked returns what a report found, as of a moment.
func (r Report) Checked(at frame.Time) Checked {
	v := Checked{At: at, Leaves: r.Leaves, Wrong: r.Wrong}
	if len(r.Problems) > 0 {
		v.First = &r.Problems[0]
	}
	return v
}

// Words say how the log stands after a check.
type Words string

// What a check says.
const (
	Unchecked Words = "unchecked" // nobody has checked it
	Stale     Words = "stale"     // the last check is too long ago
	Whole     Words = "whole"
	Broken    Words = "broken"
)

const (
	checkEvery = 20 * time.Hour // the node checks the whole log once a day
	checkLate  = 48 * time.Hour // a check that is older tells little
)

// Says returns how the log stands now, after v. What is broken stays so, however long ago that was found.
func (v Checked) Says(now frame.Time) Words {
	switch {
	case v.At == 0:
		return Unchecked
	case v.Wrong > 0:
		return Broken
	case v.At.Add(checkLate) < now:
		return Stale
	}
	return Whole
}

// verdictSetting is the name under which the last verdict is kept.
const verdictSetting = "audit.verdict"

// verdicts keeps the last verdict. *store.Tx satisfies it.
type verdicts interface {
	Setting(ctx context.Context, name string) ([]byte, error)
	SetSetting(ctx context.Context, name string, value []byte) error
}

func lastChecked(ctx context.Context, r Reader) (v Checked, err error) {
	tx, ok := r.(verdicts)
	if !ok {
		return v, fault.New(fault.Internal, "audit.wiring")
	}
	b, err := tx.Setting(ctx, verdictSetting)
	if fault.Is(err, fault.NotFound) {
		return v, nil
	}
	if err == nil && json.Unmarshal(b, &v) != nil {
		return Checked{}, nil // what cannot be read says nothing
	}
	return v, err
}

// keep records that who checked the whole log, and what that came to.
func (s *Service) keep(ctx context.Context, who access.Actor, v Checked) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fault.Wrap(fault.Internal, "audit.verdict", err)
	}
	return s.Write(ctx, Did(who, access.VerifyAudit, "log"), func(r Reader) error {
		tx, ok := r.(verdicts)
		if !ok {
			return fault.New(fault.Internal, "audit.wiring")
		}
		return tx.SetSetting(ctx, verdictSetting, b)
	})
}

// Last returns what the last check of the whole log came to.
//
// It fails with [fault.Denied] if who may not watch the log.
func (s *Service) Last(ctx context.Context, who access.Actor) (v Checked, err error) {
	if err := access.Check(who, access.VerifyAudit, s.on()); err != nil {
		return Checked{}, err
	}
	err = s.Read(ctx, func(r Reader) error {
		v, err = lastChecked(ctx, r)
		return err
	})
	return v, err
}

// Daily checks the whole log, as the node does once a day with nobody signed in. It does nothing if the last check is younger.
//
// It fails as [Service.Verify] does.
func (s *Service) Daily(ctx context.Context) error {
	node := access.Node(s.Member)
	last, err := s.Last(ctx, node)
	if err != nil || last.At != 0 && frame.At(s.Now()) < last.At.Add(checkEvery) {
		return err
	}
	_, err = s.Verify(ctx, node, nil)
	if fault.Is(err, fault.NotFound) { // there is no log yet
		return nil
	}
	return err
}
