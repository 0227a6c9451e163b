package form

import (
	"encoding/json"

	"github.com/opentrm/opentrm/internal/person"
)

// Elements says which elements of the definition of trafficking answers have recorded: an act, a means and the purpose of exploitation
// (Protocol to Prevent, Suppress and Punish Trafficking in Persons, article 3(a) to (d); CETS 197, article 4). It says what was written
// down. It is no judgment, names nobody a victim, and no rule reads it: help goes on where nothing is recorded.
type Elements struct {
	Act     bool `json:"act"`
	Means   bool `json:"means"`
	Purpose bool `json:"purpose"`
	// MeansNeeded is false for a child, and for whom nobody knows to be an adult: she is treated as one.
	MeansNeeded bool `json:"means_needed"`
}

// The questions of [Elements].
const (
	askAge, askActs, askMeans, askPurpose = "age", "acts", "means", "exploitation"
	adult                                 = "adult"
)

// elements returns what answers record, as far as a reader sees them; false for a form that does not ask for all of it, or of whose
// questions about it she sees one not.
func (f Form) elements(seen func(Question) bool, answers map[string]Answer) (Elements, bool) {
	asked := 0
	for _, q := range f.questions() {
		switch q.ID {
		case askAge, askActs, askMeans, askPurpose:
			if seen(q) {
				asked++
			}
		}
	}
	if asked != 4 {
		return Elements{}, false
	}
	some := func(q string) bool {
		var codes []string
		a, there := answers[q]
		return there && a.State == person.Given && json.Unmarshal(a.Value, &codes) == nil && len(codes) > 0
	}
	var age string
	if a, there := answers[askAge]; there && a.State == person.Given {
		_ = json.Unmarshal(a.Value, &age) // what is no code is no adult
	}
	return Elements{Act: some(askActs), Means: some(askMeans), Purpose: some(askPurpose), MeansNeeded: age == adult}, true
}
