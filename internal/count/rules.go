package count

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/veil"
)

const (
	// MostAllowed is the most that a member may let the runs of a year tell of one record, in thousandths.
	MostAllowed = 10_000
	// Grace is how long after the end of a step a node waits for what is on its way, before it says that somebody was silent.
	Grace = 24 * time.Hour
	// DataKept is how long what was sent in a run is kept after its end, so that it can be checked by others.
	DataKept = 30 * 24 * time.Hour
	// MostMembers bounds a run: what all have said travels with what one says.
	MostMembers = 24
	// StrongKeys and WeakKeys are how many keys of a record are counted by.
	StrongKeys, WeakKeys = 3, 6
)

// The purposes, and what is counted.
const (
	Annual  = "annual"  // the report of a year
	Trend   = "trend"   // whether it becomes more or less
	Special = "special" // a question of its own

	Registered = "registered" // persons of cases that were opened in the period
	Identified = "identified" // those of them whose status of identification was decided
)

// Purposes and Definitions are the codes in the order in which they are offered.
func Purposes() []string    { return []string{Annual, Trend, Special} }
func Definitions() []string { return []string{Registered, Identified} }

// Scope is what a run counts, and why. On the sheet it is one code.
type Scope struct {
	Purpose    string
	Definition string
	From, To   string // days, yyyy-mm-dd, both counted
}

const dayForm = "20060102"

// Code returns the population of a sheet.
//
// It fails with [fault.Invalid] "count.field" naming the field.
func (s Scope) Code() (string, error) {
	from, err := time.Parse(time.DateOnly, s.From)
	if err != nil {
		return "", wrong("from")
	}
	to, err := time.Parse(time.DateOnly, s.To)
	switch {
	case err != nil || to.Before(from):
		return "", wrong("to")
	case !slices.Contains(Purposes(), s.Purpose):
		return "", wrong("purpose")
	case !slices.Contains(Definitions(), s.Definition):
		return "", wrong("definition")
	}
	return strings.Join([]string{s.Purpose, s.Definition, from.Format(dayForm), to.Format(dayForm)}, "-"), nil
}

// ScopeOf reads the population of a sheet.
//
// It fails with [fault.Invalid] "count.field" if it is none that this node can count.
func ScopeOf(code string) (Scope, error) {
	part := strings.Split(code, "-")
	if len(part) != 4 {
		return Scope{}, wrong("population")
	}
	from, err1 := time.Parse(dayForm, part[2])
	to, err2 := time.Parse(dayForm, part[3])
	s := Scope{part[0], part[1], from.Format(time.DateOnly), to.Format(time.DateOnly)}
	if again, err := s.Code(); err != nil || err1 != nil || err2 != nil || again != code {
		return Scope{}, wrong("population")
	}
	return s, nil
}

// Within reports whether a moment is in the period, by days in UTC.
func (s Scope) Within(t frame.Time) bool {
	day := t.Time().UTC().Format(time.DateOnly)
	return day >= s.From && day <= s.To
}

func wrong(field string) error { return fault.New(fault.Invalid, "count.field").With("field", field) }

// Proposal is what a coordinator proposes.
type Proposal struct {
	Scope
	Members []id.Member // without this one: it takes part
	Mixers  int
	Epsilon int // in thousandths
	Least   int
	Widest  int // half the interval in thousandths of the number
	Batch   int
	People  time.Duration // how long people have for what they do: join, prepare, encrypt
	Nodes   time.Duration // how long nodes have for a step
}

// Shortest is the shortest time that a step may be given. Nodes that are on an hour a day do one step a day.
const Shortest = time.Hour

// sheet returns the run sheet of a proposal.
func (p Proposal) sheet(run string, of id.Member, now frame.Time) (veil.Sheet, error) {
	code, err := p.Code()
	if err != nil {
		return veil.Sheet{}, err
	}
	s := veil.Sheet{
		Format: veil.SheetFormat, Run: run, Proposer: of, Members: append(slices.Clone(p.Members), of), Population: code, Keys: veil.KeyVersion,
		Strong: StrongKeys, Weak: WeakKeys, Batch: p.Batch, Mixers: p.Mixers, Epsilon: p.Epsilon, Least: p.Least, Widest: p.Widest,
	}
	slices.Sort(s.Members)
	s.Members = slices.Compact(s.Members)
	switch {
	case len(s.Members) < veil.LeastMembers || len(s.Members) > MostMembers:
		return s, wrong("members")
	case p.People < Shortest || p.People > 60*24*time.Hour:
		return s, wrong("people")
	case p.Nodes < Shortest || p.Nodes > 30*24*time.Hour:
		return s, wrong("nodes")
	case p.Mixers < 2 || p.Mixers >= len(s.Members):
		return s, wrong("mixers")
	}
	at := now
	for _, step := range s.Steps() {
		if veil.Attended(step) {
			at = at.Add(p.People)
		} else {
			at = at.Add(p.Nodes)
		}
		s.Until = append(s.Until, at)
	}
	_, err = s.Encode()
	return s, err
}

// agreed says whether a member takes part: two different people have said yes and nobody no. One no decides.
func agreed(voices []Voice) (yes, no bool) {
	var users []id.User
	for _, v := range voices {
		if !v.Yes {
			return false, true
		}
		users = append(users, v.User)
	}
	slices.Sort(users)
	return len(slices.Compact(users)) > 1, false
}

// digestOf is the name under which bytes are kept.
func digestOf(b []byte) string { return hex.EncodeToString(veil.DataOf(b).Digest) }

// gossip returns what is told with what is said in a step: all of that step and of the one before, that the proposer has joined, which signs the
// sheet, and what ended the run.
func gossip(sheet *veil.Sheet, step string, all []veil.Signed) []veil.Signed {
	steps := slices.Compact(sheet.Steps())
	at := slices.Index(steps, step)
	out := []veil.Signed{}
	for _, s := range all {
		m, err := veil.ParseMessage(s.Text)
		if err != nil {
			continue
		}
		i := slices.Index(steps, m.Step)
		if i < 0 || at < 0 || i == at || i == at-1 || m.Step == veil.StepJoin && m.From == sheet.Proposer {
			out = append(out, s)
		}
	}
	return out
}

// sizes returns how many bytes what a member sends in a step has; false while that is not known, or if it sends nothing in it.
func sizes(r *veil.Count, step string, m id.Member) (int, bool) {
	c, ok := r.Said(veil.StepCommit, m)
	roles, drawn := r.Roles()
	if !ok || !drawn {
		return 0, false
	}
	total := 0
	for _, x := range r.Sheet.Members {
		if other, ok := r.Said(veil.StepCommit, x); ok {
			total += other.Commit.Records
		}
	}
	switch {
	case step == veil.StepBatch:
		return veil.BatchBytes(&r.Sheet, c.Commit.Records), true
	case step == veil.StepMix && slices.Contains(roles.Mixers, m):
		return veil.MixSize(&r.Sheet, total), true
	case step == veil.StepUncover && slices.Contains(roles.Mixers, m):
		return veil.OpeningBytes(total), true
	}
	return 0, false
}

// Keeps reports whether a member of the run is one of those to whom data is sent.
func keeps(r *veil.Count, m id.Member) bool {
	roles, ok := r.Roles()
	return ok && (roles.Tally == m || slices.Contains(roles.Mixers, m))
}
