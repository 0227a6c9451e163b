package homecoming

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/frame"
)

// Next is next.
func Next(s State, action access.Action) (State, error) { return next(s, action) }

// Steps returns the actions that change a return, in the order in which they are taken.
func Steps() []access.Action {
	var out []access.Action
	for _, t := range steps() {
		out = append(out, t.action)
	}
	return out
}

// HeldBack is blocks.
func HeldBack(r Return, c casefile.Case, live bool, until, now frame.Time) []Block {
	return facts{row: r, file: c, live: live, until: until, now: now}.blocks()
}
