// Package fault names the ways in which a call can fail, by what the caller can do about it.
//
// An error of this package carries a [Kind], a public message key that every catalogue of package
// lang translates, and optional arguments for that message. The kind and the key may be shown to
// anybody and may cross a border; the cause behind them stays in the log of the node.
//
// Invariants:
//   - kinds are numbered and append-only, because they cross the wire;
//   - a key is a dotted, lower-case word ("case.open.already"), never a sentence;
//   - arguments name fields, limits and codes, never a person.
package fault

import (
	"errors"
	"maps"
	"strconv"
)

// Kind says what a caller can do about a failure. The numbers cross the wire: append only.
type Kind uint8

// The kinds, in the order in which they were given out.
const (
	Internal    Kind = 0 // our defect or a broken machine: report it
	Invalid     Kind = 1 // the input is wrong: correct it
	Denied      Kind = 2 // the actor may not: ask somebody who may
	Hidden      Kind = 3 // the actor may not learn whether it exists; shown as not found
	NotFound    Kind = 4 // there is no such thing
	Conflict    Kind = 5 // the state does not allow it, or somebody else was first: look again
	Stale       Kind = 6 // the actor worked from an old version or key: fetch and repeat
	Unavailable Kind = 7 // not now: try later
	Locked      Kind = 8 // the keys needed are not open: sign in
	TooLarge    Kind = 9 // over a stated limit: send less
)

var names = [...]string{
	"internal", "invalid", "denied", "hidden", "not-found", "conflict", "stale", "unavailable", "locked", "too-large",
}

// String returns the kind's lower-case name, as used in APIs and logs.
func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return "kind-" + strconv.Itoa(int(k))
}

// Kinds returns every kind that exists, in numeric order.
func Kinds() []Kind {
	all := make([]Kind, len(names))
	for i := range names {
		all[i] = Kind(i)
	}
	return all
}

// Error is a failure with a kind and a public message key.
type Error struct {
	Kind Kind
	Key  string            // public message key, for example "case.open.already"
	Args map[string]string // public arguments of the message: field names, limits, codes
	Err  error             // private cause; may be nil; never shown

	later bool // see [Later]
}

// Error returns the kind, the key and the private cause, for logs only.
func (e *Error) Error() string {
	s := e.Kind.String() + ": " + e.Key
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the private cause.
func (e *Error) Unwrap() error { return e.Err }

// With returns a copy of e whose message has the argument name set to value. Value must be public.
func (e *Error) With(name, value string) *Error {
	c := *e
	c.Args = maps.Clone(e.Args)
	if c.Args == nil {
		c.Args = make(map[string]string, 1)
	}
	c.Args[name] = value
	return &c
}

// New returns a failure of the given kind with a public message key.
func New(kind Kind, key string) *Error { return &Error{Kind: kind, Key: key} }

// Wrap returns a failure of the given kind with a public message key and the private cause err.
func Wrap(kind Kind, key string, err error) *Error { return &Error{Kind: kind, Key: key, Err: err} }

// Later returns a failure of kind Unavailable that was decided before anything was done, with a public message key: when the
// pause is over, the very same may be asked again.
func Later(key string) *Error { return &Error{Kind: Unavailable, Key: key, later: true} }

// IsLater reports whether err was made by [Later]. Of another failure of kind Unavailable it is not known how far it came.
func IsLater(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.later
}

// KindOf returns the kind of the outermost fault in err's chain, and Internal for any other error.
// It must not be called with nil.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is a fault of the given kind. A nil error is of no kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// Public returns what may be shown of err: the kind as the caller may know it (Hidden becomes
// NotFound), the message key and its arguments. An error that is no fault becomes Internal with the
// key "fault.internal".
func Public(err error) (Kind, string, map[string]string) {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind == Internal {
		return Internal, "fault.internal", nil
	}
	if e.Kind == Hidden || e.Kind == NotFound {
		return NotFound, "fault.not-found", nil
	}
	return e.Kind, e.Key, e.Args
}
