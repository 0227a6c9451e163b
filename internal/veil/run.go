package veil

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"slices"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/sorting"
)

// What a member can be named for.
const (
	Silent  = "silent"  // it had until then and said nothing
	Twofold = "twofold" // it has signed two things in one step
	Changed = "changed" // its records are others than committed to, or were changed when encrypted
	Unheld  = "unheld"  // a seed or a key is not as committed to, or not proven
	Altered = "altered" // as a mixer it changed, dropped or doubled a record
	Unasked = "unasked" // it spoke in a step that is not its own
	Wrong   = "wrong"   // the number that it published as the tally is not the one that follows
)

// What a member can be accused of that does not follow from the messages alone ([Objection]), beside [Silent].
const (
	Split     = "split"     // it says that it heard something else, so that somebody has told two members two things
	Withheld  = "withheld"  // it named data that it did not send
	Unfounded = "unfounded" // it objected to what is in order
)

// Named says who broke a run, in which step, and how. Every member comes to the same from the same messages.
type Named struct {
	Member id.Member `json:"member"`
	Step   string    `json:"step"`
	For    string    `json:"for"`
}

// Error makes Named an error. It is for logs.
func (n *Named) Error() string { return "veil: " + string(n.Member) + " " + n.Step + ": " + n.For }

// Count is what is known of a run: a pure function of its sheet and of the set of messages, whatever the order in which
// they came and however often.
type Count struct {
	Sheet Sheet
	Named []Named // in order of steps and members; silence is not among them, see [Count.Late]

	Objections []Objection // in order of who objects
	Declined   []id.Member // in order
	Split      []Named     // who opened a seed after hearing something else: nobody goes on, and who of the two is at fault is open

	said  map[string]map[id.Member]Message // by step
	texts map[string]map[id.Member][]byte
}

// Objection is what a member says that another has done. Whoever has the data can see whether it is so ([Count.Judge]).
type Objection struct {
	By id.Member `json:"by"`
	Named
}

// Ended reports whether the run has ended without a result: somebody was named, objected or declined, or two heard different things.
func (r *Count) Ended() bool {
	return len(r.Named) > 0 || len(r.Objections) > 0 || len(r.Declined) > 0 || len(r.Split) > 0
}

// Gather reads the messages of a run. A message that cannot be read, is of another run or is not signed by its member is left
// out: keys returns the keys with which a member's node signs, none if it is not known.
func Gather(sheet Sheet, all []Signed, keys func(id.Member) []seal.SignPublic) *Count {
	r := &Count{Sheet: sheet, said: map[string]map[id.Member]Message{}, texts: map[string]map[id.Member][]byte{}}
	hash := sheet.Hash()
	all = slices.Clone(all)
	sorting.By(all, func(a, b Signed) int { return bytes.Compare(a.Text, b.Text) })
	for _, s := range all {
		m, err := ParseMessage(s.Text)
		if err != nil || !bytes.Equal(m.Sheet, hash) || !slices.Contains(sheet.Members, m.From) {
			continue
		}
		if !slices.ContainsFunc(keys(m.From), func(k seal.SignPublic) bool { return s.Holds(k) }) {
			continue
		}
		if r.said[m.Step] == nil {
			r.said[m.Step], r.texts[m.Step] = map[id.Member]Message{}, map[id.Member][]byte{}
		}
		if was, ok := r.texts[m.Step][m.From]; !ok {
			r.said[m.Step][m.From], r.texts[m.Step][m.From] = m, s.Text
		} else if !bytes.Equal(was, s.Text) {
			r.name(m.From, m.Step, Twofold)
		}
	}
	r.judge()
	return r
}

func (r *Count) name(m id.Member, step, why string) {
	if n := (Named{m, step, why}); !slices.Contains(r.Named, n) {
		r.Named = append(r.Named, n)
	}
}

// judge names who said what it may not have said; each rule reads only what the steps before have fixed.
func (r *Count) judge() {
	for _, m := range r.Sheet.Members {
		c, ok := r.said[StepCommit][m]
		if !ok {
			continue
		}
		key, err := ParsePoint(c.Commit.Key)
		if err != nil {
			panic("veil: a message that was read has a key")
		}
		if !r.Sheet.batchSize(c.Commit.Records) {
			r.name(m, StepCommit, Unheld)
		}
		if p, err := ParseProof(c.Commit.Known); err != nil || !holdsKnown(p, known(&r.Sheet, m), &key) {
			r.name(m, StepCommit, Unheld)
		}
		for step, committed := range map[string]seal.Blob{StepDraw: c.Commit.Draw, StepChallenge: c.Commit.Challenge} {
			if s, ok := r.said[step][m]; ok && !bytes.Equal(Committed(&r.Sheet, m, step, s.Seed), committed) {
				r.name(m, step, Unheld)
			}
		}
	}
	for _, m := range r.Sheet.Members {
		if _, ok := r.said[SayDecline][m]; ok {
			r.Declined = append(r.Declined, m)
			if _, sent := r.said[StepBatch][m]; sent {
				r.name(m, SayDecline, Unasked)
			}
		}
		if o, ok := r.said[SayObject][m]; ok {
			r.Objections = append(r.Objections, Objection{m, *o.Object})
		}
		for _, step := range []string{StepDraw, StepChallenge} {
			own, all := r.heard(step)
			if s, ok := r.said[step][m]; ok && all && !bytes.Equal(s.Heard, own) {
				r.Split = append(r.Split, Named{m, step, Split})
			}
		}
	}
	if roles, ok := r.Roles(); ok {
		for _, m := range r.Sheet.Members {
			_, mixes := roles.mixes(m)
			for step, may := range map[string]bool{StepMix: mixes, StepUncover: mixes, StepResult: m == roles.Tally} {
				if _, said := r.said[step][m]; said && !may {
					r.name(m, step, Unasked)
				}
			}
		}
	}
	steps := r.Sheet.Steps()
	sorting.By(r.Named, func(a, b Named) int {
		return cmp.Or(cmp.Compare(slices.Index(steps, a.Step), slices.Index(steps, b.Step)), cmp.Compare(a.Member, b.Member), cmp.Compare(a.For, b.For))
	})
}

// all reports whether every member has spoken in a step.
func (r *Count) all(step string) bool { return len(r.said[step]) == len(r.Sheet.Members) }

// seeds returns the seeds of all members for a step, or false while one is missing.
func (r *Count) seeds(step string) ([][]byte, bool) {
	if !r.all(step) {
		return nil, false
	}
	var out [][]byte
	for _, m := range r.Sheet.Members {
		out = append(out, r.said[step][m].Seed)
	}
	return out, true
}

// heard is the digest of what was said before the seeds of a step were opened: of all commitments, or of all mixes. So whoever opens a seed says
// what it had heard, and a member that told two members two things is found before anybody sends records, or shows a way, by it.
// It is false while something is missing.
func (r *Count) heard(step string) (seal.Blob, bool) {
	before, who := StepCommit, r.Sheet.Members
	if step == StepChallenge {
		roles, ok := r.Roles()
		if !ok {
			return nil, false
		}
		before, who = StepMix, roles.Mixers
	}
	var all [][]byte
	for _, m := range who {
		text, ok := r.texts[before][m]
		if !ok {
			return nil, false
		}
		all = append(all, text)
	}
	h := sha256.Sum256(frame.Join([]byte("opentrm/count/1 heard"), r.Sheet.Hash(), []byte(step), frame.Join(all...)))
	return h[:], true
}

// Text returns what a member said in a step, as it was signed.
func (r *Count) Text(step string, m id.Member) ([]byte, bool) {
	b, ok := r.texts[step][m]
	return b, ok
}

// Judge checks what can be checked of a run with the data that is there, as far as that goes, and returns who broke it; nil if nobody did so far.
//
// It needs no result, and fails with nothing: what is not there is not judged.
func (r *Count) Judge(from Source) *Named {
	if len(r.Named) > 0 {
		return &r.Named[0]
	}
	roles, ok := r.Roles()
	if !ok {
		return nil
	}
	mixed := 0
	for mixed < len(roles.Mixers) && r.texts[StepMix][roles.Mixers[mixed]] != nil {
		mixed++
	}
	c, err := r.follow(from, mixed)
	if err == nil && mixed == len(roles.Mixers) {
		if err = r.shows(from, c); err == nil {
			err = r.result(c)
		}
	}
	var named *Named
	if errors.As(err, &named) {
		return named
	}
	return nil
}

// Roles returns who mixes and who tallies, or false while that is not drawn.
func (r *Count) Roles() (Roles, bool) {
	seeds, ok := r.seeds(StepDraw)
	if !ok || !r.all(StepCommit) {
		return Roles{}, false
	}
	return Draw(&r.Sheet, seeds), true
}

// Said returns what a member said in a step.
func (r *Count) Said(step string, m id.Member) (Message, bool) {
	s, ok := r.said[step][m]
	return s, ok
}

// Stage says where a run is: its step, its number among [Sheet.Steps], and the members whose turn it is. A run that is
// done has no step; one in which somebody was named stays where it is for ever.
type Stage struct {
	Step  string
	At    int
	Waits []id.Member
}

// Stage returns where the run is.
func (r *Count) Stage() Stage {
	steps := r.Sheet.Steps()
	var roles Roles
	for at, step := range steps {
		who := r.Sheet.Members
		switch step {
		case StepMix:
			who = roles.Mixers[at-4 : at-3]
		case StepUncover:
			who = roles.Mixers
		case StepResult:
			who = []id.Member{roles.Tally}
		}
		var waits []id.Member
		for _, m := range who {
			if _, said := r.said[step][m]; !said {
				waits = append(waits, m)
			}
		}
		if len(waits) > 0 {
			return Stage{step, at, waits}
		}
		if step == StepDraw {
			roles, _ = r.Roles()
		}
	}
	return Stage{At: len(steps)}
}

// Late returns whom the run waits for although their time is over: they are named for their silence. Whether somebody
// is late depends on the clock of whoever asks, so this is no part of what all agree on.
func (r *Count) Late(now frame.Time) []Named {
	var out []Named
	if s := r.Stage(); s.Step != "" && now > r.Sheet.Until[s.At] {
		for _, m := range s.Waits {
			out = append(out, Named{m, s.Step, Silent})
		}
	}
	return out
}

// Key returns the common key of mixers and tally, or false while they are not drawn.
func (r *Count) Key() (Point, bool) {
	roles, ok := r.Roles()
	if !ok {
		return Point{}, false
	}
	sum := r.keyOf(roles.Tally)
	for _, m := range roles.Mixers {
		k := r.keyOf(m)
		sum = sum.Add(&k)
	}
	return sum, true
}

func (r *Count) keyOf(m id.Member) Point {
	p, err := ParsePoint(r.said[StepCommit][m].Commit.Key)
	if err != nil {
		panic("veil: a message that was read has a key")
	}
	return p
}

// hop returns the fixed part of the work of the mixer at position at, given the marker as it comes to it.
func (r *Count) hop(roles Roles, at int, before Point) *hop {
	left := r.keyOf(roles.Tally)
	for _, m := range roles.Mixers[at+1:] {
		k := r.keyOf(m)
		left = left.Add(&k)
	}
	return &hop{sheet: &r.Sheet, of: roles.Mixers[at], own: r.keyOf(roles.Mixers[at]), left: left, before: before}
}

// digest is the digest of a list.
func (l List) digest() seal.Blob {
	h := sha256.Sum256(l.Bytes)
	return h[:]
}
