package webhook

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/profile"
)

// TestType is the type of what is sent to try a hook.
const TestType = "webhook.test"

// Kind says which change is told as which type.
type Kind struct {
	Type   string   `json:"type"`          // code that leaves the node
	Noun   string   `json:"noun"`          // of what changed
	Turned []string `json:"turned"`        // states that it is in now
	Was    []string `json:"was,omitempty"` // and states that it was in; empty: any
}

// Limits are numbers that are no law and may differ between networks.
type Limits struct {
	FirstSeconds   int64 `json:"first_seconds"`   // until the second attempt
	Factor         int64 `json:"factor"`          // by which that grows with each attempt
	LongestSeconds int64 `json:"longest_seconds"` // that it grows to
	JitterPercent  int64 `json:"jitter_percent"`  // by which it is longer at random, so that many do not come back at once
	DeadHours      int64 `json:"dead_hours"`      // of nothing but failures, after which a hook is ended
	Gone           int64 `json:"gone"`            // answers of 410 one after the other, after which it is
	AnswerSeconds  int64 `json:"answer_seconds"`  // that one attempt may take
	SlowMillis     int64 `json:"slow_millis"`     // from which an answer is slow
	OverlapHours   int64 `json:"overlap_hours"`   // for which the secret before still signs
	KeepDays       int64 `json:"keep_days"`       // for which items can be sent again
	Backlog        int64 `json:"backlog"`         // items that may wait
	Hooks          int   `json:"hooks"`           // of a node
	HooksOfDesk    int   `json:"hooks_of_desk"`
}

// Data is what is told, and how hard it is tried.
type Data struct {
	Schema  string         `json:"schema"`
	Version int64          `json:"version"`
	Types   []Kind         `json:"types"`
	Limits  Limits         `json:"limits"`
	Origin  profile.Origin `json:"origin"`
}

//go:embed data/webhook.json
var embedded string

var shipped = sync.OnceValues(func() (Data, error) { return ParseData([]byte(embedded)) })

// Shipped returns the data that this program was built with.
//
// It fails with [fault.Internal] if they are broken, which a test excludes.
func Shipped() (Data, error) {
	d, err := shipped()
	if err != nil {
		return Data{}, fault.Wrap(fault.Internal, "webhook.data", err)
	}
	return d, nil
}

// ParseData reads a data file of webhooks.
//
// It fails with [fault.Invalid] if it is not of the form, lacks something, or tells one change as two types.
func ParseData(b []byte) (Data, error) {
	wrong := func(field string) error {
		return fault.New(fault.Invalid, "webhook.data.field").With("field", field)
	}
	var d Data
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return Data{}, fault.Wrap(fault.Invalid, "webhook.data.form", err)
	}
	l := d.Limits
	switch {
	case d.Schema != "opentrm/webhook-data/1" || d.Version < 1:
		return Data{}, wrong("schema")
	case l.FirstSeconds < 1 || l.Factor < 1 || l.Factor > 100 || l.LongestSeconds < l.FirstSeconds || l.LongestSeconds > 7*24*3600 ||
		l.JitterPercent < 0 || l.JitterPercent > 100 || l.DeadHours < 1 || l.DeadHours > 24*90 || l.Gone < 1:
		return Data{}, wrong("retry")
	case l.AnswerSeconds < 1 || l.AnswerSeconds > 30 || l.SlowMillis < 1 || l.OverlapHours < 1 || l.OverlapHours > 24*30:
		return Data{}, wrong("limits")
	case l.KeepDays < 1 || l.KeepDays > 90 || l.Backlog < 1 || l.Hooks < 1 || l.Hooks > 500 || l.HooksOfDesk < 1:
		return Data{}, wrong("limits")
	case d.Origin.Source == "" || !slices.Contains([]profile.Status{profile.Unverified, profile.Verified, profile.Confirmed}, d.Origin.Status):
		return Data{}, wrong("origin")
	case d.Type("webhook", "", "test") != TestType:
		return Data{}, wrong("types")
	}
	for i, k := range d.Types {
		if !code(k.Type) || len(k.Turned) == 0 || k.Noun == "" {
			return Data{}, wrong("types")
		}
		for _, o := range d.Types[:i] {
			if o.Type == k.Type || o.Noun == k.Noun && overlap(o.Turned, k.Turned) && (len(o.Was) == 0 || len(k.Was) == 0 || overlap(o.Was, k.Was)) {
				return Data{}, wrong("types")
			}
		}
	}
	return d, nil
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// code reports whether s is two words with a dot between: a type says no more.
func code(s string) bool {
	noun, verb, ok := strings.Cut(s, ".")
	return ok && len(s) <= 64 && noun != "" && verb != "" && strings.Trim(noun+verb, "abcdefghijklmnopqrstuvwxyz-") == ""
}

// Type returns the type as which a change is told, empty if it is not told.
func (d Data) Type(noun, was, turned string) string {
	for _, k := range d.Types {
		if k.Noun == noun && slices.Contains(k.Turned, turned) && (len(k.Was) == 0 || slices.Contains(k.Was, was)) {
			return k.Type
		}
	}
	return ""
}

// Choices returns the types that a hook can hear of, in the order in which they are shown.
func (d Data) Choices() []string {
	var all []string
	for _, k := range d.Types {
		if k.Type != TestType {
			all = append(all, k.Type)
		}
	}
	return all
}

// wait returns after how long a hook that has failed attempts times is tried again, with a share of the jitter from 0 to 255.
func (l Limits) wait(attempts int64, share byte) time.Duration {
	seconds := l.FirstSeconds
	for range min(attempts-1, 60) {
		if seconds *= l.Factor; seconds >= l.LongestSeconds {
			break
		}
	}
	d := time.Duration(min(seconds, l.LongestSeconds)) * time.Second
	return d + d*time.Duration(l.JitterPercent)/100*time.Duration(share)/255
}
