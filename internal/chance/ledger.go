package chance

import "github.com/opentrm/opentrm/internal/fault"

// Ledger is what several releases about the same people may tell and have told. Its fields are what a file keeps.
type Ledger struct {
	Epsilon float64 `json:"epsilon"` // what all releases together may cost
	Delta   float64 `json:"delta"`
	Entries []Entry `json:"entries,omitempty"`
}

// Entry is one release.
type Entry struct {
	What  string  `json:"what"` // what was released, in words of whoever did
	Day   string  `json:"day"`  // YYYY-MM-DD
	Spent []Spent `json:"spent"`
}

// All returns what was spent by all entries.
func (l *Ledger) All() (all []Spent) {
	for _, e := range l.Entries {
		all = append(all, e.Spent...)
	}
	return all
}

// Used returns the δ at the ledger's epsilon that what was spent, and more, has reached.
func (l *Ledger) Used(more ...Spent) float64 {
	return Delta(l.Epsilon, append(l.All(), more...)...)
}

// Spend adds an entry. It fails with [fault.Conflict] if all entries together would cost more than the ledger allows, and
// then adds nothing; with [fault.Invalid] if the ledger or the entry is not filled in.
func (l *Ledger) Spend(e Entry) error {
	if !(l.Epsilon > 0) || !(l.Delta > 0) || l.Delta >= 1 || e.What == "" || len(e.Day) != len("2006-01-02") || len(e.Spent) == 0 {
		return fault.New(fault.Invalid, "chance.ledger")
	}
	for _, s := range e.Spent {
		if s.Answers <= 0 || s.Variance.Num == 0 || s.Variance.Den == 0 {
			return fault.New(fault.Invalid, "chance.ledger")
		}
	}
	if l.Used(e.Spent...) > l.Delta {
		return fault.New(fault.Conflict, "chance.spent")
	}
	l.Entries = append(l.Entries, e)
	return nil
}
