package person

import "github.com/opentrm/opentrm/internal/fault"

// State says what became of a question. The zero State is "not asked".
type State string

// The states of an answer. They are counted separately, and none of them means "no".
const (
	NotAsked    State = ""              // nobody asked; written "not-asked"
	Given       State = "given"         // she answered, or it was seen in a document
	Declined    State = "declined"      // she did not wish to say
	UnsafeToAsk State = "unsafe-to-ask" // asking would have put her in danger or hurt her
	Unknown     State = "unknown"       // she does not know, and nobody does
)

const notAsked = "not-asked"

// States returns every state, in the order in which they are shown.
func States() []State { return []State{Given, NotAsked, Declined, UnsafeToAsk, Unknown} }

// Code returns the state as it is written and counted.
func (s State) Code() string {
	if s == NotAsked {
		return notAsked
	}
	return string(s)
}

// MarshalText writes the code of the state. It does not fail.
func (s State) MarshalText() ([]byte, error) { return []byte(s.Code()), nil }

// UnmarshalText reads the code of a state.
//
// It fails with [fault.Invalid] for any other word.
func (s *State) UnmarshalText(b []byte) error {
	for _, known := range States() {
		if string(b) == known.Code() {
			*s = known
			return nil
		}
	}
	return fault.New(fault.Invalid, "person.answer.state")
}

// Answer is what became of one question, and the answer if there is one.
type Answer[T any] struct {
	State State `json:"state"`
	Value T     `json:"value,omitzero"` // only with state given
}

// Say returns a given answer.
func Say[T any](v T) Answer[T] { return Answer[T]{State: Given, Value: v} }

// Without returns an answer that has no value, and why.
func Without[T any](s State) Answer[T] { return Answer[T]{State: s} }

// Is returns the value and whether one was given.
func (a Answer[T]) Is() (T, bool) { return a.Value, a.State == Given }
