package cooperation

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/sorting"
)

const dayLong = 24 * time.Hour

// Past is when one request was sent, received, decided and answered; 0: not yet.
type Past struct {
	Thread   id.Thread
	Side     envelope.Side
	Peer     id.Member
	Kind     string
	Sent     frame.Time
	Receipt  frame.Time
	Decision frame.Time
	Answer   frame.Time
}

// Median is a number of days and of how many requests it is the middle; of none there is no median.
type Median struct {
	Days int64
	Of   int
}

// Pair is how long requests from one member to another take.
type Pair struct {
	From, To                  id.Member
	Requests                  int
	Receipt, Decision, Answer Median // from the day on which it was sent
}

// Times returns, for each pair of members that has requests at this node, the median days from request to receipt, decision and answer: of her own
// desk for who prosecutes, and of the whole node for who coordinates. To the latter a number of fewer than the least count is not shown.
//
// It fails with [fault.Denied].
func (s *Service) Times(ctx context.Context, who access.Actor) ([]Pair, error) {
	realm := access.Office
	if who.Realm == access.Prosecution {
		realm = access.Prosecution
	}
	if err := access.Check(who, access.TimesCooperation, access.Resource{Noun: "cooperation", Realm: realm, Desk: who.Desk}); err != nil {
		return nil, err
	}
	const newest = 20000
	desk, least := who.Desk, 1
	if realm == access.Office {
		desk, least = "", s.least()
	}
	var all []Past
	if err := s.Read(ctx, func(tx Tx) (err error) { all, err = tx.CooperationPast(ctx, desk, newest); return err }); err != nil {
		return nil, err
	}
	return pairs(all, s.Member, least), nil
}

// least is the least number of requests that is shown to who sees none of them.
func (s *Service) least() int {
	return int(max(1, s.Law().Number(s.Member, "statistics.minimum-cell")))
}

// pairs works out the medians; a pair or a median of fewer than least is left out.
func pairs(all []Past, here id.Member, least int) []Pair {
	type key struct{ from, to id.Member }
	by := map[key][]Past{}
	for _, p := range all {
		k := key{here, p.Peer}
		if p.Side == envelope.Answerer {
			k = key{p.Peer, here}
		}
		by[k] = append(by[k], p)
	}
	var out []Pair
	for k, of := range by {
		if len(of) < least {
			continue
		}
		out = append(out, Pair{
			From: k.from, To: k.to, Requests: len(of),
			Receipt:  median(of, least, func(p Past) frame.Time { return p.Receipt }),
			Decision: median(of, least, func(p Past) frame.Time { return p.Decision }),
			Answer:   median(of, least, func(p Past) frame.Time { return p.Answer }),
		})
	}
	sorting.By(out, func(a, b Pair) int {
		return strings.Compare(string(a.From)+"/"+string(a.To), string(b.From)+"/"+string(b.To))
	})
	return out
}

// median returns the middle of the whole days between sending and an event, of those requests that have it; of an even number the lower of the two in
// the middle, which is a number of days that was really taken.
func median(all []Past, least int, at func(Past) frame.Time) Median {
	var days []int64
	for _, p := range all {
		if t := at(p); t != 0 && p.Sent != 0 {
			days = append(days, int64(max(0, t.Sub(p.Sent))/dayLong))
		}
	}
	if len(days) == 0 || len(days) < least {
		return Median{}
	}
	slices.Sort(days)
	return Median{Days: days[(len(days)-1)/2], Of: len(days)}
}
