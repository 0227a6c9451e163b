package nodetest_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/notify"
)

// box keeps what was sent.
type box struct {
	mu   sync.Mutex
	text []string
}

func (b *box) Send(_ context.Context, m notify.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, m.Body)
	return nil
}

func (b *box) about(words string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, s := range b.text {
		if strings.Contains(s, words) {
			n++
		}
	}
	return n
}

func standing(t *testing.T, x *nodetest.Node) audit.Standing {
	t.Helper()
	s, err := x.Audit.Standing(t.Context(), x.As("oto").Actor, 2)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestALogThatNobodyCountersignsWarnsTheCoordinator: once, after 72 hours, until it is countersigned again.
func TestALogThatNobodyCountersignsWarnsTheCoordinator(t *testing.T) {
	var sent box
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("RO"), nodetest.At("MK").With(func(c *node.Config) {
		c.Senders = map[notify.Channel]notify.Sender{notify.SMS: &sent}
	}))
	mk, ctx := n.Node("MK"), t.Context()
	ana := mk.As("ana").Actor
	if err := mk.Notices.Set(ctx, ana, "", notify.Setting{User: ana.User, Channel: notify.SMS, Address: "+38970000000", Zone: "UTC", Language: "en"}); err != nil {
		t.Fatal(err)
	}
	const kind, words = "log.witness", "The log needs attention"
	looks := func() {
		t.Helper()
		if _, err := mk.Witness.Publish(ctx); err != nil {
			t.Fatal(err)
		}
		n.Run()
		if err := mk.Witness.Lonely(ctx); err != nil {
			t.Fatal(err)
		}
		n.Run()
	}
	looks()
	if state := standing(t, mk); state.Witnessed == 0 || state.Warn {
		t.Fatalf("nobody has countersigned: %+v", state)
	}
	n.CutAll(true)
	last := standing(t, mk).At
	n.Clock.Advance(last.Add(71 * time.Hour).Sub(n.Now()))
	looks()
	if all := tasks(t, mk, kind); len(all) != 0 || sent.about(words) != 0 {
		t.Fatalf("warned after 71 hours: %+v", all)
	}
	n.Clock.Advance(2 * time.Hour)
	for range 3 {
		looks()
		n.Clock.Advance(time.Hour)
		if got := one(t, mk, kind); got.Desk != "focal-point" || sent.about(words) != 1 {
			t.Fatalf("%d notices, task %+v", sent.about(words), got)
		}
	}
	n.CutAll(false)
	n.Clock.Advance(time.Hour)
	looks()
	if left := tasks(t, mk, kind); len(left) != 0 {
		t.Errorf("countersigned, and still warned: %+v", left)
	}
	if sent.about(words) != 1 {
		t.Errorf("%d notices", sent.about(words))
	}

	// A member that is suspended cannot be asked: the others are enough.
	if got := n.Roster.Roster.Others("MK"); got != 2 {
		t.Fatalf("%d others", got)
	}
	next := n.Roster.Roster
	next.Members = slices.Clone(next.Members)
	for i := range next.Members {
		if next.Members[i].ID == "RO" {
			next.Members[i].Status = member.Suspended
		}
	}
	if got := next.Others("MK"); got != 1 {
		t.Errorf("%d others with one suspended", got)
	}
}
