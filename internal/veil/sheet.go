package veil

import (
	"crypto/sha256"
	"math/bits"
	"slices"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Limits of a run (spec/veil-count.md 3).
const (
	SheetFormat  = 1
	MaxSheet     = 16 << 10 // bytes of a run sheet
	SmallBatch   = 8        // records of the smallest batch that a sheet can name
	MaxBatch     = 1 << 16  // records of the largest
	MaxStrong    = 8
	MaxWeak      = 8
	LeastMembers = 5
	MaxMembers   = 64
	LeastLimit   = 5 // the smallest minimum below which nothing is published
)

// Steps of a run, in order. Between [StepBatch] and [StepChallenge] each mixer has a step of its own.
const (
	StepJoin      = "join"      // every member signs the sheet
	StepCommit    = "commit"    // every member commits to its records, its key and its seeds
	StepDraw      = "draw"      // every member opens its first seed: mixers and tally are drawn
	StepBatch     = "batch"     // every member encrypts what it has committed to
	StepMix       = "mix"       // the mixers, one after the other
	StepChallenge = "challenge" // every member opens its second seed: what the mixers must show is drawn
	StepUncover   = "open"      // every mixer shows it
	StepResult    = "result"    // the tally counts
)

// What is said outside the steps. Either ends the run, and nothing of it is published.
const (
	SayDecline = "decline" // a member does not take part, or no longer: it may say so until it has sent its records
	SayObject  = "object"  // a member has found that another broke the run
)

// Sheet is the run sheet: what is counted, by whom, and by when. Nothing in it is about a person.
type Sheet struct {
	Format     int          `json:"v"`
	Run        string       `json:"run"`        // 128 random bits
	Proposer   id.Member    `json:"proposer"`   // one of the members
	Members    []id.Member  `json:"members"`    // ascending
	Population string       `json:"population"` // code of what is counted, as the offices have agreed it
	Keys       int          `json:"keys"`       // version of the match keys
	Strong     int          `json:"strong"`     // strong cells of a record
	Weak       int          `json:"weak"`       // weak cells of a record
	Batch      int          `json:"batch"`      // records of the smallest batch, a power of two
	Mixers     int          `json:"mixers"`     // how many members mix
	Epsilon    int          `json:"epsilon"`    // privacy loss of the whole publication, in thousandths
	Least      int          `json:"least"`      // a number below it is not published
	Widest     int          `json:"widest"`     // half the interval, in thousandths of the number, beyond which it is not published
	Until      []frame.Time `json:"until"`      // the end of each step, ascending; each mixer has one
}

// Steps returns the steps of the run in order, as many as Until has moments.
func (s *Sheet) Steps() []string {
	out := []string{StepJoin, StepCommit, StepDraw, StepBatch}
	for range s.Mixers {
		out = append(out, StepMix)
	}
	return append(out, StepChallenge, StepUncover, StepResult)
}

// Width returns how many cells a record has.
func (s *Sheet) Width() int { return s.Strong + s.Weak }

// Sensitivity bounds how far the count of distinct persons moves when one record more or less is there: a record joins
// at most one component by each strong cell and one by each pair of weak cells, and is one itself.
func (s *Sheet) Sensitivity() int { return max(1, s.Strong+s.Weak*(s.Weak-1)/2-1) }

// Encode returns the canonical form of the sheet.
// It fails as [Sheet.check] does.
func (s *Sheet) Encode() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return frame.Encode(s)
}

// ParseSheet reads a run sheet.
//
// It fails with [fault.TooLarge] beyond [MaxSheet], and with [fault.Invalid] if b is not the canonical form of a sheet
// or the sheet breaks a rule of spec/veil-count.md 3.
func ParseSheet(b []byte) (Sheet, error) {
	var s Sheet
	if err := frame.Decode(b, MaxSheet, &s); err != nil {
		return Sheet{}, err
	}
	return s, s.check()
}

// check returns [fault.Invalid] with the first field that breaks a rule.
func (s *Sheet) check() error {
	_, badRun := id.ParseRandom[id.Thread](s.Run)
	within := func(n, least, most int) bool { return n >= least && n <= most }
	for _, rule := range []struct {
		field string
		holds bool
	}{
		{"v", s.Format == SheetFormat},
		{"run", badRun == nil},
		{"members", within(len(s.Members), LeastMembers, MaxMembers) && slices.IsSorted(s.Members) && len(slices.Compact(slices.Clone(s.Members))) == len(s.Members)},
		{"proposer", slices.Contains(s.Members, s.Proposer)},
		{"population", within(len(s.Population), 1, 40) && code(s.Population)},
		{"keys", within(s.Keys, 1, 1000)},
		{"strong", within(s.Strong, 1, MaxStrong)},
		{"weak", within(s.Weak, 0, MaxWeak)},
		{"batch", s.batchSize(s.Batch)},
		{"mixers", within(s.Mixers, 2, len(s.Members)-1)},
		{"epsilon", within(s.Epsilon, 10, 10_000)},
		{"least", within(s.Least, LeastLimit, 1_000_000)},
		{"widest", within(s.Widest, 1, 1000)},
		{"until", len(s.Until) == len(s.Steps()) && slices.IsSorted(s.Until) && s.Until[0] >= frame.Earliest},
	} {
		if !rule.holds {
			return malformed(rule.field)
		}
	}
	for _, m := range s.Members {
		if _, err := id.ParseMember(string(m)); err != nil {
			return malformed("members")
		}
	}
	return nil
}

// code reports whether s is of lower-case letters, digits and single dashes.
func code(s string) bool {
	_, err := id.ParseDesk(s)
	return err == nil
}

// Values that a sheet has to keep so that what it promises holds for people (spec/veil-count.md 3). A smaller run is for
// demonstrations and tests.
const (
	SoundBatch   = 128
	SoundMixers  = 4
	SoundEpsilon = 2000
	SoundLeast   = 10
)

// Sound reports whether the sheet keeps them. A member joins no other about its people.
func (s *Sheet) Sound() bool {
	return s.Batch >= SoundBatch && s.Mixers >= SoundMixers && s.Epsilon <= SoundEpsilon && s.Least >= SoundLeast
}

// Hash is the digest of the sheet, which every message of the run carries.
func (s *Sheet) Hash() seal.Blob {
	b, err := frame.Encode(s)
	if err != nil {
		panic("veil: a sheet that was checked has a form")
	}
	h := sha256.Sum256(frame.Join([]byte("opentrm/count/1 sheet"), b))
	return h[:]
}

// BatchSize returns how many records a batch of n real ones has: the next power of two, at least what the sheet says; so
// that from the size of a batch follows no more than within a factor of two. It is 0 if n is above [MaxBatch].
func (s *Sheet) BatchSize(n int) int {
	if n > MaxBatch {
		return 0
	}
	if n <= s.Batch {
		return s.Batch
	}
	return 1 << bits.Len(uint(n-1))
}

// batchSize reports whether n is the size of a batch.
func (s *Sheet) batchSize(n int) bool {
	return n >= max(s.Batch, SmallBatch) && n <= MaxBatch && n&(n-1) == 0
}
