package lookup

import (
	"io"
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/veil"
)

// Class says what a query is for. Each has a quota of its own, so that keeping one's own records findable is no way to try out names.
type Class string

// The classes.
const (
	Asking    Class = "ask"   // about one person or thing, from a case
	Enrolling Class = "enrol" // of one's own records
)

// Quota is how many persons or things a day may be asked about, or enrolled. The numbers are data of the profile of the network. A known person is found by
// 60 to 600 tries (spellings and years): with ten a day an officer would need a week and more, in a log that three members have.
type Quota struct {
	Officer int // by one person
	Node    int // by one member
	Network int // by all
}

// Holder returns how many one of n holders answers a day: were all of them to answer as much as they may, the network would still have asked no more
// than it may.
func (q Quota) Holder(n int) int { return (q.Network*veil.Threshold + n - 1) / max(n, 1) }

// Used is how many were asked about in the last 24 hours.
type Used struct{ Officer, Node, Holder int }

// Within judges a query of so many persons or things, at a holder of a group of n.
//
// It fails with [fault.Denied] "lookup.quota", naming whose quota it is.
func (q Quota) Within(u Used, more, n int) error {
	for _, c := range []struct {
		who       string
		used, may int
	}{{"officer", u.Officer, q.Officer}, {"node", u.Node, q.Node}, {"holder", u.Holder, q.Holder(n)}} {
		if c.used+more > c.may {
			return fault.New(fault.Denied, "lookup.quota").With("of", c.who)
		}
	}
	return nil
}

// Answer is what the asker sees of a member that was asked.
type Answer string

// The answers. A miss, a hit that nobody wants to speak about, and a member that is off are one and the same.
const (
	Waiting  Answer = "asked"
	Spoken   Answer = "message"
	NoAnswer Answer = "no-answer"
)

// Seen returns what the asker sees at a time. Due was fixed when the question was sent, three working days later, whatever the member knows; message says
// whether a message of its people has come. Nothing else goes in, so nothing else can be told from it.
func Seen(now, due frame.Time, message bool) Answer {
	switch {
	case message:
		return Spoken
	case now >= due:
		return NoAnswer
	}
	return Waiting
}

// Verdict is what the people of the holding desk have decided.
type Verdict string

// The verdicts.
const (
	Undecided Verdict = ""
	Speak     Verdict = "speak"
	BeSilent  Verdict = "be-silent"
)

// Decided returns what a holding desk does: it speaks if two different people say so, and is silent if one does, whatever others have said. Who
// has said both is silent.
func Decided(said map[Verdict][]id.User) Verdict {
	if len(said[BeSilent]) > 0 {
		return BeSilent
	}
	users := slices.Clone(said[Speak])
	slices.Sort(users)
	if len(slices.Compact(users)) > 1 {
		return Speak
	}
	return Undecided
}

// Drawn draws k of n logged queries of which a data-protection officer demands the opening, each set of k as likely as any other; all if there are
// no more. It fails if random does.
func Drawn(random io.Reader, n, k int) ([]int, error) {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	k = min(k, n)
	for i := range k {
		j, err := below(random, n-i)
		if err != nil {
			return nil, err
		}
		all[i], all[i+j] = all[i+j], all[i]
	}
	slices.Sort(all[:k])
	return all[:k], nil
}

// below draws a number from 0 to n-1 evenly.
func below(random io.Reader, n int) (int, error) {
	const most = 1 << 32
	for {
		var b [4]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return 0, err
		}
		x := int64(b[0])<<24 | int64(b[1])<<16 | int64(b[2])<<8 | int64(b[3])
		if x < most/int64(n)*int64(n) {
			return int(x % int64(n)), nil
		}
	}
}
