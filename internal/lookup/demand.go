package lookup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/task"
)

// TaskUnseal asks the desk of data protection to open a question with its own key, because the desk that asked can do so no more.
const TaskUnseal = "opening.unseal"

// Side says between whom an opening is demanded.
type Side string

// The sides.
const (
	home   Side = "home"   // by the officer of this member, of a desk of it
	Ours   Side = "ours"   // by the officer of this member, of another member whose query this one has answered
	Theirs Side = "theirs" // by the officer of another member, of this one
)

// Demand is that somebody wants to see that a query was about a person of a case. It says nothing of who that is.
type Demand struct {
	ID       id.Lookup
	Member   id.Member // of whom it is demanded, or who demands it
	Side     Side
	Digest   []byte // SHA-256 of the query, as it is in the log
	At       frame.Time
	Due      frame.Time // 0: the profile has no clock
	Found    Finding
	Ended    frame.Time // when it was found
	Reported frame.Time // when it was reported as not opened in time
}

// Late reports whether nobody has opened it in time.
func (d *Demand) Late(now frame.Time) bool { return d.Found == Unopened && d.Due != 0 && now > d.Due }

// DemandTx keeps demands, and what queries were made from.
type DemandTx interface {
	// AddLookupDemand writes one down, once, and returns whether it was new.
	AddLookupDemand(ctx context.Context, d Demand) (bool, error)
	SetLookupDemand(ctx context.Context, d Demand) error
	LookupDemands(ctx context.Context, side Side, limit int) ([]Demand, error)
	LookupDemandsOf(ctx context.Context, q id.Lookup) ([]Demand, error)
	LookupDemandsDue(ctx context.Context, now frame.Time, limit int) ([]Demand, error)
	ForgetLookupDemands(ctx context.Context, before frame.Time) (int64, error)
	// LookupsDemanded returns the questions of a desk that it has to open.
	LookupsDemanded(ctx context.Context, desk id.Desk, limit int) ([]Row, error)
	// LookupsToDemand returns the queries of other members than one that nobody here had to be shown, the oldest first.
	LookupsToDemand(ctx context.Context, but id.Member, limit int) ([]Logged, error)
	// LookupLogged reports whether a query of a member is in the log.
	LookupLogged(ctx context.Context, q id.Lookup, m id.Member, digest []byte) (bool, error)

	AddLookupOpening(ctx context.Context, o Kept) error
	LookupOpenings(ctx context.Context, q id.Lookup) ([]Kept, error)
	// FirstLookupOpening is when the oldest was kept, 0 if there is none.
	FirstLookupOpening(ctx context.Context) (frame.Time, error)
	ForgetLookupOpenings(ctx context.Context, before frame.Time) (int64, error)

	Desks(ctx context.Context) ([]desk.Desk, error)
}

// Digest returns what stands for a query in logs and demands: SHA-256 of its bytes.
func Digest(query []byte) []byte {
	d := sha256.Sum256(query)
	return d[:]
}

const (
	// mostToDraw is among how many queries one draws.
	mostToDraw = 10_000
	// travel is how much longer another member has than a desk at home: its node may be on for an hour a day.
	travel = 7 * 24 * time.Hour
)

// DemandOfOthers draws by chance as many of the queries that other members have asked here, and demands of each that it shows what it was about: its own desk opens
// it, and no name crosses a border. It returns how many it drew.
//
// It fails as [Service.Demand].
func (s *Service) DemandOfOthers(ctx context.Context, who access.Actor, many int) (n int, err error) {
	if err := access.Check(who, access.OpenLookup, resource()); err != nil {
		return 0, err
	}
	if many < 1 || many > 100 {
		return 0, fault.New(fault.Invalid, "lookup.field").With("field", "many")
	}
	err = s.Write(ctx, audit.Did(who, access.OpenLookup, string(s.Member)).For("others"), func(narrow Tx) error {
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		all, err := tx.LookupsToDemand(ctx, s.Member, mostToDraw)
		if err != nil {
			return err
		}
		drawn, err := Drawn(s.Rand, len(all), many)
		if err != nil {
			return err
		}
		clock, err := s.Clock(clockOpen, s.now().Add(travel))
		if err != nil {
			return err
		}
		for _, i := range drawn {
			d := Demand{ID: all[i].ID, Member: all[i].Member, Side: Ours, Digest: all[i].Digest, At: s.now(), Due: clock.Due}
			if _, err := tx.AddLookupDemand(ctx, d); err != nil {
				return err
			}
			if err := s.tell(ctx, tx, d.Member, asked{Step: stepDemand, Question: d.ID, Data: d.Digest}); err != nil {
				return err
			}
		}
		n = len(drawn)
		return nil
	})
	return n, err
}

// Demands returns what the officer of this member has demanded of others, what officers of others have demanded here, the newest first, and how many queries of
// others are left to be drawn.
//
// It fails with [fault.Denied] for whoever may not have questions opened.
func (s *Service) Demands(ctx context.Context, who access.Actor) (ours, theirs []Demand, left int, err error) {
	if err := access.Check(who, access.OpenLookup, resource()); err != nil {
		return nil, nil, 0, err
	}
	err = s.Read(ctx, func(narrow Tx) error {
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		if ours, err = tx.LookupDemands(ctx, Ours, 200); err != nil {
			return err
		}
		if theirs, err = tx.LookupDemands(ctx, Theirs, 200); err != nil {
			return err
		}
		all, err := tx.LookupsToDemand(ctx, s.Member, mostToDraw)
		left = len(all)
		return err
	})
	return ours, theirs, left, err
}

// demandedBy takes note that the officer of another member demands an opening. What was never asked from here cannot be opened, and that is the answer.
func (s *Service) demandedBy(ctx context.Context, tx FullTx, from id.Member, b asked) error {
	clock, err := s.Clock(clockOpen, s.now())
	if err != nil {
		return err
	}
	d := Demand{ID: b.Question, Member: from, Side: Theirs, Digest: b.Data, At: s.now(), Due: clock.Due}
	was, err := tx.LookupLogged(ctx, d.ID, s.Member, d.Digest)
	if err != nil {
		return err
	}
	if isNew, err := tx.AddLookupDemand(ctx, d); err != nil || !isNew {
		return err
	}
	if !was {
		return s.answered(ctx, tx, d, Unproven)
	}
	r, err := tx.Lookup(ctx, d.ID)
	if fault.Is(err, fault.NotFound) {
		return s.toUnseal(ctx, tx, d.ID, clock)
	}
	if err != nil {
		return err
	}
	q, err := questionOf(r)
	switch {
	case err != nil:
		return err
	case !bytes.Equal(Digest(q.Query), d.Digest): // it was hidden anew since
		return s.toUnseal(ctx, tx, d.ID, clock)
	case q.Found != Unopened:
		return s.answered(ctx, tx, d, q.Found)
	}
	return s.toOpen(ctx, tx, &q, clock)
}

// answered writes down what came of a demand, and tells who demanded it.
func (s *Service) answered(ctx context.Context, tx FullTx, d Demand, f Finding) error {
	d.Found, d.Ended = f, s.now()
	if err := tx.SetLookupDemand(ctx, d); err != nil || d.Side != Theirs {
		return err
	}
	return s.tell(ctx, tx, d.Member, asked{Step: stepOpened, Question: d.ID, Code: string(f), Data: d.Digest})
}

// found answers every demand of a query.
func (s *Service) found(ctx context.Context, tx FullTx, q id.Lookup, digest []byte, f Finding) error {
	all, err := tx.LookupDemandsOf(ctx, q)
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.Side == Ours || d.Found != Unopened || !bytes.Equal(d.Digest, digest) {
			continue
		}
		if err := s.answered(ctx, tx, d, f); err != nil {
			return err
		}
	}
	return nil
}

// openedBy takes note of what another member has found. It refuses with [fault.Denied] "lookup.stranger" what was not demanded of it.
func (s *Service) openedBy(ctx context.Context, tx FullTx, from id.Member, b asked) error {
	all, err := tx.LookupDemandsOf(ctx, b.Question)
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.Side != Ours || d.Member != from || !bytes.Equal(d.Digest, b.Data) {
			continue
		}
		if d.Found != Unopened {
			return nil
		}
		d.Found, d.Ended = Finding(b.Code), s.now()
		if d.Found.Wrong() {
			s.Alarm(ctx, "lookup.misused", map[string]string{"member": string(from)})
		}
		return tx.SetLookupDemand(ctx, d)
	}
	return fault.New(fault.Denied, "lookup.stranger")
}

// toUnseal asks the desk of data protection to open a question, once; nobody if there is none.
func (s *Service) toUnseal(ctx context.Context, tx FullTx, q id.Lookup, clock task.Clock) error {
	d, ok, err := officers(ctx, tx)
	if err != nil || !ok {
		return err
	}
	open, err := tx.OpenTasks(ctx, string(q), TaskUnseal)
	if err != nil || len(open) > 0 {
		return err
	}
	_, err = s.Tasks.AddIn(ctx, tx, task.New{
		Desk: d.ID, Realm: d.Realm, Kind: TaskUnseal, Object: string(q), Reference: string(id.NewReference(s.IDs)), Clock: clock, Announce: true,
	})
	return err
}

// report lets a coordinator know of each demand that nobody has met in time, once, and returns of how many.
func (s *Service) report(ctx context.Context) (int, error) {
	var due []Demand
	err := s.Read(ctx, func(narrow Tx) error {
		tx, err := full(narrow)
		if err == nil {
			due, err = tx.LookupDemandsDue(ctx, s.now(), attendAtOnce)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	for i, d := range due {
		err := s.Write(ctx, s.entry(d.ID, "unopened"), func(narrow Tx) error {
			tx, err := full(narrow)
			if err != nil {
				return err
			}
			d.Reported = s.now()
			return tx.SetLookupDemand(ctx, d)
		})
		if err != nil {
			return i, err
		}
		of := d.Member
		if d.Side == Theirs {
			of = s.Member
		}
		s.Alarm(ctx, "lookup.unopened", map[string]string{"member": string(of)})
	}
	return len(due), nil
}
