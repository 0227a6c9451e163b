package exchange

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
)

// SilentAfter is how long something may wait to reach a member before somebody should look. A node that is down over a
// weekend is looked at on Saturday.
const SilentAfter = 24 * time.Hour

// Queue is what waits here for a member.
type Queue struct {
	Member id.Member
	Count  int64
	Since  frame.Time // since when the oldest waits
}

// Health is what this node knows of another member without asking her: no envelope and no content.
type Health struct {
	Member    id.Member       `json:"member"`
	Name      string          `json:"name"`
	Suspended bool            `json:"suspended,omitempty"` // by the roster
	Blocked   bool            `json:"blocked,omitempty"`   // by this node
	Reached   bool            `json:"reached"`             // she has an address; without one she collects by herself
	Heard     frame.Time      `json:"heard"`               // last arrival from her; 0: never
	Waiting   int64           `json:"waiting"`             // envelopes that may go and have not arrived
	Since     frame.Time      `json:"since,omitempty"`     // since when the oldest of them waits
	Roster    int64           `json:"roster"`              // newest version that she was seen to have; 0: none
	Sheet     member.Standing `json:"sheet,omitempty"`     // of her desk sheet; "" if there is none
	Expires   frame.Time      `json:"sheet_expires,omitempty"`
	Resync    bool            `json:"resync,omitempty"` // she has not said yet what she had of us before a restore
}

// Silent reports whether something has waited for her too long.
func (h Health) Silent(now frame.Time) bool {
	return h.Waiting > 0 && now > h.Since.Add(SilentAfter)
}

// HealthTx is what the health of members is read from.
type HealthTx interface {
	Tx
	// OutQueues counts what is queued or relayed, by member.
	OutQueues(ctx context.Context) ([]Queue, error)
}

// Health tells of each other member of the roster in force, in their order.
//
// It fails with [fault.Denied] if who may not know, and with [fault.NotFound] if this node has joined no network.
func (s *Service) Health(ctx context.Context, who access.Actor) ([]Health, error) {
	if err := access.Check(who, access.ReadMember, access.Resource{Noun: "member", Realm: access.Office}); err != nil {
		return nil, err
	}
	all := []Health{}
	err := s.Read(ctx, func(narrow Tx) error {
		tx, ok := narrow.(HealthTx)
		if !ok {
			return fault.New(fault.Internal, "exchange.wiring")
		}
		held, err := member.InForce(ctx, tx)
		if err != nil {
			return err
		}
		queues, err := tx.OutQueues(ctx)
		if err != nil {
			return err
		}
		waits := map[id.Member]Queue{}
		for _, q := range queues {
			waits[q.Member] = q
		}
		for _, m := range held.Signed.Roster.Members {
			if m.ID == s.Self {
				continue
			}
			h, err := s.healthOf(ctx, tx, m)
			if err != nil {
				return err
			}
			h.Waiting, h.Since = waits[m.ID].Count, waits[m.ID].Since
			all = append(all, h)
		}
		return nil
	})
	return all, err
}

func (s *Service) healthOf(ctx context.Context, tx Tx, m member.Member) (Health, error) {
	h := Health{Member: m.ID, Name: m.Name, Suspended: m.Status != member.Active, Reached: len(m.Addresses) > 0}
	p, err := tx.Peer(ctx, m.ID)
	if err != nil {
		return h, err
	}
	h.Heard, h.Roster, h.Resync = p.Heard, p.RosterSeen, p.ResyncEpoch != 0
	if h.Blocked, err = member.Blocked(ctx, tx, m.ID); err != nil {
		return h, err
	}
	sheet, err := member.SheetOf(ctx, tx, m.ID)
	if err == nil {
		h.Sheet, h.Expires = sheet.Signed.Sheet.Standing(s.now()), sheet.Signed.Sheet.Expires
	} else if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return h, err
}

// Reached is what another node said of itself when it was called.
type Reached struct {
	Roster int64         // version that is in force there
	Ahead  time.Duration // by which its clock is ahead of ours, to the second; negative: behind
	Timed  bool          // it said what time it is
	Took   time.Duration // there and back
}

// Tested is what came of a call to another node.
type Tested struct {
	Member id.Member     `json:"member"`
	At     frame.Time    `json:"at"`
	OK     bool          `json:"ok"`            // whoever answered has the key of the roster, and speaks the exchange
	Why    string        `json:"why,omitempty"` // message key of what went wrong
	Took   time.Duration `json:"took_nanoseconds"`
	Roster int64         `json:"roster"`          // version in force there
	Ours   int64         `json:"ours"`            // version in force here
	Skew   int64         `json:"skew_seconds"`    // by which her clock is ahead of ours; negative: behind
	Timed  bool          `json:"timed,omitempty"` // she said what time it is
}

// Apart reports whether the clocks are so far apart that envelopes are in danger of being refused.
func (t Tested) Apart() bool {
	const most = int64(envelope.MaxAhead / time.Second / 24) // an hour: there is time to mend it before anything is refused
	return t.Timed && (t.Skew > most || t.Skew < -most)
}

// testPatience is how long a person waits for the answer of another node.
const testPatience = 15 * time.Second

// Test calls the node of a member, there and back, over the line that envelopes take, and tells what came of it: that nobody
// answers is an answer. The call carries nothing of anybody and is recorded.
//
// It fails with [fault.Denied] if who may not examine the node, with [fault.NotFound] if there is no such member, and with
// [fault.Unavailable] where this node calls nobody.
func (s *Service) Test(ctx context.Context, who access.Actor, m id.Member) (Tested, error) {
	if err := access.Check(who, access.DoctorNode, access.Resource{Noun: "node", Realm: access.Office}); err != nil {
		return Tested{}, err
	}
	if s.Reach == nil {
		return Tested{}, fault.New(fault.Unavailable, "peer.unreachable")
	}
	var to member.Member
	t := Tested{Member: m, At: s.now()}
	err := s.Update(ctx, func(tx Tx) error {
		held, err := member.InForce(ctx, tx)
		if err != nil {
			return err
		}
		found := false
		if to, found = held.Signed.Roster.Find(m); !found || m == s.Self {
			return fault.New(fault.NotFound, "exchange.member.unknown")
		}
		t.Ours = held.Signed.Roster.Version
		_, err = s.record(ctx, tx, audit.Saw(who, access.DoctorNode, string(m)))
		return err
	})
	if err != nil {
		return t, err
	}
	if len(to.Addresses) == 0 {
		t.Why = "exchange.test.collects"
		return t, nil
	}
	ctx, cancel := context.WithTimeout(ctx, testPatience)
	defer cancel()
	got, err := s.Reach(ctx, to)
	t.Took = got.Took
	if err != nil {
		_, t.Why, _ = fault.Public(err)
		return t, nil
	}
	t.OK, t.Roster, t.Timed, t.Skew = true, got.Roster, got.Timed, int64(got.Ahead/time.Second)
	return t, nil
}
