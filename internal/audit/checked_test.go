package audit_test

import (
	"context"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
)

// settled is a log with a place for what its last check came to.
type settled struct {
	*memory
	said map[string][]byte
}

func (s settled) Setting(_ context.Context, name string) ([]byte, error) {
	if b, ok := s.said[name]; ok {
		return b, nil
	}
	return nil, fault.New(fault.NotFound, "fault.not-found")
}

func (s settled) SetSetting(_ context.Context, name string, value []byte) error {
	s.said[name] = value
	return nil
}

// TestTheNodeChecksItsLogDaily: once a day, and what is wrong is said from then on until a check finds it mended.
func TestTheNodeChecksItsLogDaily(t *testing.T) {
	mk := network(t, "MK")["MK"]
	if _, err := audit.Append(t.Context(), mk, mk.rand, audit.Did(ana, access.NoteCase, "n-1").At(mk.now())); err != nil {
		t.Fatal(err)
	}
	s, _, said := mk.reading()
	log := settled{mk.memory, map[string][]byte{}}
	s.Read = func(_ context.Context, do func(audit.Reader) error) error { return do(log) }
	s.Write = func(_ context.Context, e audit.Entry, do func(audit.Reader) error) error {
		*said = append(*said, e)
		return do(log)
	}
	s.Roster = func(context.Context) (audit.Roster, error) { return mk.roster, nil }
	says := func() audit.Words {
		t.Helper()
		c, err := s.Last(t.Context(), oto)
		if err != nil {
			t.Fatal(err)
		}
		return c.Says(frame.At(*mk.clock))
	}
	daily := func() {
		t.Helper()
		if err := s.Daily(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := says(); got != audit.Unchecked {
		t.Errorf("before any check: %s", got)
	}
	daily()
	daily()
	if got := says(); got != audit.Whole || len(*said) != 1 || (*said)[0].Action != access.VerifyAudit || (*said)[0].Role != access.TheNode {
		t.Errorf("%s, with %+v", got, *said)
	}
	*mk.clock = mk.clock.Add(49 * time.Hour)
	if got := says(); got != audit.Stale {
		t.Errorf("after two days without a check: %s", got)
	}
	for i := range mk.payloads {
		mk.payloads[i].Data = append([]byte(nil), mk.payloads[i].Data...)
		mk.payloads[i].Data[12] ^= 1
	}
	daily()
	c, err := s.Last(t.Context(), oto)
	if err != nil || c.Says(frame.At(mk.clock.Add(1000*time.Hour))) != audit.Broken || c.Wrong == 0 || c.First == nil || c.First.Part != audit.PartPayload {
		t.Errorf("after a change: %+v, %v", c, err)
	}
	if _, err := s.Last(t.Context(), ana); !fault.Is(err, fault.Denied) {
		t.Errorf("a case manager is told how the log stands: %v", err)
	}
}
