// Package doctor says what was found when a node was examined: one line for each thing that was looked at, in codes that the
// command line and the page put into words. A finding holds numbers, versions and short names of desks and jobs, and nothing of a case
// or a person.
package doctor

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/sorting"
)

// State says how something that was looked at stands.
type State string

// The states.
const (
	OK   State = "ok"
	Look State = "look" // somebody should look
	Bad  State = "bad"
)

// Finding is one thing that was looked at.
type Finding struct {
	Code  string     // what was looked at
	State State      // how it stands
	Time  frame.Time // when it last was so; 0: Text says it, or never
	Due   frame.Time // by when something has to be done about it; 0: no time is set
	Text  string     // a number, a version or names, as they are
}

// Seen is what an examination found, and when. The zero Seen says that there was none yet.
type Seen struct {
	At  frame.Time
	All []Finding
}

// seenFor is how long what was found is taken for true: the node examines itself more often.
const seenFor = 2 * time.Hour

// Old reports whether s is too long ago to be relied on.
func (s Seen) Old(now frame.Time) bool { return s.At.Add(seenFor) < now }

// ToDo returns the findings of s that do not stand well, the worst first and of those what is due first.
func (s Seen) ToDo() []Finding {
	all := slices.DeleteFunc(slices.Clone(s.All), func(f Finding) bool { return f.State == OK })
	sorting.Stable(all, func(a, b Finding) int {
		if a.State != b.State {
			return cmp.Compare(a.State, b.State) // bad comes before look
		}
		if (a.Due == 0) != (b.Due == 0) {
			return cmp.Compare(b.Due, a.Due)
		}
		return cmp.Compare(a.Due, b.Due)
	})
	return all
}

// Key returns the message that names what was looked at. What a storage found has a message of its own.
func (f Finding) Key() string {
	if strings.Contains(f.Code, ".") {
		return f.Code
	}
	return "doctor." + f.Code
}

// Do returns the message that says what to do about a finding that is not well; "" if its name says it.
func (f Finding) Do() string {
	if f.State == OK || strings.Contains(f.Code, ".") {
		return ""
	}
	return f.Key() + ".do"
}

// Until judges how long something lasts that somebody has to renew before it ends.
func Until(ends, now frame.Time) State {
	const soon, last = 21 * 24 * time.Hour, 3 * 24 * time.Hour
	switch {
	case ends < now.Add(last):
		return Bad
	case ends < now.Add(soon):
		return Look
	}
	return OK
}

// Free judges the room that is left on a disk.
func Free(free, all uint64) State {
	const gb, low, least = 1 << 30, 1 << 30, 200 << 20
	switch {
	case free < max(least, min(all/50, 5*gb)):
		return Bad
	case free < max(low, min(all/10, 20*gb)): // a tenth of a large disk is much
		return Look
	}
	return OK
}

// Worst returns the worst state among findings.
func Worst(all []Finding) State {
	worst := OK
	for _, f := range all {
		if f.State == Bad || f.State == Look && worst == OK {
			worst = f.State
		}
	}
	return worst
}
