// Package doctor says what was found when a node was examined: one line for each thing that was looked at, in codes that the
// command line and the page put into words. A finding holds numbers, versions and short names of desks and jobs, and nothing of a case
// or a person.
package doctor

import (
	"strings"

	"github.com/opentrm/opentrm/internal/frame"
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
	Text  string     // a number, a version or names, as they are
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
