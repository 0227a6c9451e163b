package webhook

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// The prefixes by which receivers tell what they were given (Standard Webhooks).
const (
	secretPrefix = "whsec_"
	publicPrefix = "whpk_"
)

const (
	secretSize = 32
	seedSize   = 32
	maxURL     = 500
)

func bad(field string) error { return fault.New(fault.Invalid, "webhook.field").With("field", field) }

// body is what a receiver reads (spec/webhook.md 2).
type body struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
	Data      struct {
		Object   string `json:"id"`
		Epoch    int64  `json:"epoch"`
		Sequence int64  `json:"sequence"`
	} `json:"data"`
}

// Body returns the bytes that are sent. They are the same at every attempt.
//
// It fails with [fault.Internal] for an item that could say more than a code and an identifier.
func (i Item) Body() ([]byte, error) {
	if !code(i.Type) || !opaque(i.Object) || i.Epoch < 1 || i.Sequence < 1 {
		return nil, fault.New(fault.Internal, "webhook.item")
	}
	var b body
	b.Type, b.Timestamp = i.Type, i.At.Time().UTC().Format("2006-01-02T15:04:05Z")
	b.Data.Object, b.Data.Epoch, b.Data.Sequence = i.Object, i.Epoch, i.Sequence
	out, err := json.Marshal(b)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "webhook.item", err)
	}
	return out, nil
}

// opaque reports whether s has the form of an identifier that a program made: nothing that somebody wrote has it.
func opaque(s string) bool {
	if _, err := id.ParseRandom[id.Delivery](s); err == nil {
		return true
	}
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// shown writes bytes as receivers are given them.
func shown(prefix string, b []byte) string { return prefix + base64.StdEncoding.EncodeToString(b) }

// confirmed decides what a hook becomes when its desk says yes in an epoch of the log.
func confirmed(h Hook, who access.Actor, epoch int64, now frame.Time) (Hook, error) {
	if !h.waits(epoch) {
		return Hook{}, fault.New(fault.Conflict, "webhook.not-now")
	}
	h.State, h.Confirmer, h.Confirmed, h.Epoch = Active, who.User, now, epoch
	return h, nil
}

// removed decides what a hook becomes when somebody takes it back.
func removed(h Hook, now frame.Time) (Hook, error) {
	if h.State == Removed {
		return Hook{}, fault.New(fault.Conflict, "webhook.not-now")
	}
	h.State, h.Ended, h.Secret, h.Former, h.Until = Removed, now, []byte{}, []byte{}, 0
	return h, nil
}

// after decides how far a hook has come when an attempt at an item was answered, or was not, and why it ends if it does.
func after(h Hook, i Item, a Answer, failed error, took time.Duration, share byte, l Limits, now frame.Time) (Progress, string) {
	p := h.Progress
	p.Tried, p.Status = now, int64(a.Status)
	if failed == nil && a.Status >= 200 && a.Status < 300 {
		p.Sent, p.Attempts, p.Gones, p.Failing, p.Next = i.Sequence, 0, 0, 0, now
		p.Slow = took >= time.Duration(l.SlowMillis)*time.Millisecond
		return p, ""
	}
	p.Attempts++
	if p.Failing == 0 {
		p.Failing = now
	}
	if a.Status == 410 {
		p.Gones++
	} else {
		p.Gones = 0
	}
	longest := time.Duration(l.LongestSeconds) * time.Second
	p.Next = now.Add(max(l.wait(p.Attempts, share), min(a.After, longest)))
	switch {
	case p.Gones >= l.Gone:
		return p, Gone
	case now.Time().Sub(p.Failing.Time()) >= time.Duration(l.DeadHours)*time.Hour:
		return p, Dead
	}
	return p, ""
}

// replayed decides from which item on a hook hears everything again; from 0: what was not taken yet. It returns the last one that it
// does not hear again.
func replayed(h Hook, from, oldest int64) (Hook, int64, error) {
	if h.State != Active && h.State != Stopped || h.Confirmed == 0 {
		return Hook{}, 0, fault.New(fault.Conflict, "webhook.not-now")
	}
	sent := h.Sent
	if from != 0 {
		sent = from - 1
	}
	if from < 0 || sent > h.Sequence {
		return Hook{}, 0, bad("from")
	}
	if oldest == 0 {
		oldest = h.Sequence + 1 // nothing is kept
	}
	if sent+1 < oldest {
		if from != 0 {
			return Hook{}, 0, fault.New(fault.NotFound, "webhook.forgotten")
		}
		sent = oldest - 1
	}
	h.State, h.Why, h.Ended = Active, "", 0
	return h, sent, nil
}

// checkTypes refuses a list of types that is empty, names one twice or one that there is not.
func checkTypes(all []string, d Data) error {
	choices := d.Choices()
	for i, t := range all {
		if !slices.Contains(choices, t) || slices.Contains(all[:i], t) {
			return bad("types")
		}
	}
	if len(all) == 0 {
		return bad("types")
	}
	return nil
}
