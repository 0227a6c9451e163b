package lookup

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/veil"
)

// hit lets the desk that holds a case know that another member asks about its person. It makes none of a case that is not to be found: erased, kept and
// not used, or without the ground on which it was made findable; nor of who asked for asylum from the member that asks.
func (s *Service) hit(ctx context.Context, tx FullTx, from id.Member, b asked, on id.Case, l veil.Likeness) (bool, error) {
	c, ok, err := s.findable(ctx, tx, on)
	if err != nil || !ok || s.blocked(c, from) != nil {
		return false, err
	}
	all, err := hitsOf(tx.LookupHitsOn(ctx, c.ID))
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(all, func(h Hit) bool { return h.Question == b.Question && h.From.Member == from }) {
		return false, nil
	}
	clock, err := s.Clock(clockDecide, s.now())
	if err != nil {
		return false, err
	}
	h := Hit{
		ID: id.Ordered[id.Search](s.IDs), Reference: id.NewReference(s.IDs), Question: b.Question, From: id.Address{Member: from, Desk: b.Desk},
		Case: c.ID, Desk: c.Desk, Realm: c.Realm, About: b.About, Purpose: b.Purpose, Basis: b.Basis, Likeness: l, At: s.now(), Due: clock.Due, State: HitOpen, Version: 1,
	}
	r, err := h.row()
	if err != nil {
		return false, err
	}
	if err := tx.AddLookupHit(ctx, r); err != nil {
		return false, err
	}
	_, err = s.Tasks.AddIn(ctx, tx, task.New{
		Desk: h.Desk, Realm: h.Realm, Kind: TaskDecide, Object: string(h.ID), Reference: string(h.Reference), Clock: clock, Announce: true,
	})
	return true, err
}

// blocked fails if nothing about a case may be told to a member because its person asked for asylum: as [casefile.MayTransmitTo]. At home nobody is told
// abroad.
func (s *Service) blocked(c casefile.Case, to id.Member) error {
	if to == s.Member {
		return nil
	}
	return casefile.MayTransmitTo(c, to)
}

// findable returns the case that is worked with, if it may be found when another member asks.
func (s *Service) findable(ctx context.Context, tx FullTx, on id.Case) (casefile.Case, bool, error) {
	e, err := tx.LookupEnrolled(ctx, on)
	if fault.Is(err, fault.NotFound) {
		return casefile.Case{}, false, nil
	}
	if err != nil {
		return casefile.Case{}, false, err
	}
	c, ok, err := s.grounded(ctx, tx, e)
	if err != nil || !ok || c.State != casefile.Merged {
		return c, ok, err
	}
	into, err := tx.Case(ctx, c.Into)
	return into, err == nil && into.State != casefile.Erased, err
}

// grounded reports whether there is still the ground on which a case was made findable.
func (s *Service) grounded(ctx context.Context, tx FullTx, e Enrolled) (casefile.Case, bool, error) {
	c, err := tx.Case(ctx, e.Case)
	if fault.Is(err, fault.NotFound) {
		return c, false, nil
	}
	if err != nil || c.State == casefile.Erased {
		return c, false, err
	}
	use := casefile.Use{Case: e.Case}
	if e.Consent != "" {
		given, err := tx.Consent(ctx, e.Consent)
		if fault.Is(err, fault.NotFound) {
			return c, false, nil
		}
		if err != nil || !allows(given, s.now()) {
			return c, false, err
		}
	}
	err = s.Cases.MayUseIn(ctx, tx, use)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Denied) {
		return c, false, nil
	}
	return c, err == nil, err
}

// Hits returns what a desk has to decide or has decided, the newest first.
//
// It fails with [fault.Denied] as [access.Check].
func (s *Service) Hits(ctx context.Context, who access.Actor) (out []Hit, err error) {
	if err := access.Check(who, access.ListLookup, access.Resource{Noun: "lookup", Realm: who.Realm, Desk: who.Desk}); err != nil {
		return nil, err
	}
	err = s.Read(ctx, func(narrow Tx) error {
		tx, err := full(narrow)
		if err == nil {
			out, err = hitsOf(tx.LookupHitsAt(ctx, who.Desk, 200))
		}
		return err
	})
	return out, err
}

// Hit shows one hit of the bearer's desk, and what the first of them wants to say, if she has said that.
//
// It fails with [fault.Hidden] for one of another desk, [fault.Denied] as [access.Check], and [fault.Locked] without keys.
func (s *Service) Hit(ctx context.Context, by keyring.Bearer, hit id.Search) (h Hit, words string, err error) {
	on, err := s.caseOf(ctx, by, hit)
	if err != nil {
		return h, "", err
	}
	err = s.Write(ctx, audit.Saw(by.Actor, access.DecideLookup, string(hit)).In(on), func(narrow Tx) error {
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		if h, err = s.mine(ctx, tx, by, hit); err != nil || h.Words == "" {
			return err
		}
		words, err = s.words(ctx, tx, by, &h)
		return err
	})
	return h, words, err
}

// caseOf returns the case of a hit of the bearer's desk.
func (s *Service) caseOf(ctx context.Context, by keyring.Bearer, hit id.Search) (on id.Case, err error) {
	err = s.Read(ctx, func(narrow Tx) error {
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		h, err := s.mine(ctx, tx, by, hit)
		on = h.Case
		return err
	})
	return on, err
}

// mine returns a hit of the bearer's desk.
func (s *Service) mine(ctx context.Context, tx FullTx, by keyring.Bearer, hit id.Search) (Hit, error) {
	r, err := tx.LookupHit(ctx, hit)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Hit{}, err
	}
	if err != nil {
		return Hit{}, fault.New(fault.Hidden, "access.hidden")
	}
	h, err := hitOf(r)
	if err != nil {
		return h, err
	}
	c, err := tx.Case(ctx, h.Case)
	if err != nil {
		return h, err
	}
	if h.Desk = c.Desk; h.Desk != by.Desk { // the case may have gone to another desk meanwhile
		return Hit{}, fault.New(fault.Hidden, "access.hidden")
	}
	return h, access.Check(by.Actor, access.DecideLookup, access.Resource{Noun: "lookup", ID: string(h.ID), Realm: h.Realm, Desk: h.Desk})
}

// said is what a desk wants to say, as it is kept in the case until it is said.
type said struct {
	Text string `json:"text"`
}

const kindWords = "lookup-words"

func (s *Service) words(ctx context.Context, tx FullTx, by keyring.Bearer, h *Hit) (string, error) {
	k, err := s.Cases.Keys.OpenCaseIn(ctx, tx, by, h.Case)
	if err != nil {
		return "", err
	}
	r, err := k.ReadIn(ctx, tx, h.Words)
	if err != nil {
		return "", err
	}
	var w said
	if err := frame.Decode(r.Body, keyring.MaxRecord, &w); err != nil {
		return "", fault.Wrap(fault.Internal, "lookup.kept", err)
	}
	return w.Text, nil
}

// Speaking is what a desk wants to say to the one that asks.
type Speaking struct {
	Language string // BCP 47 tag of the words
	Text     string
	Basis    string // legal basis of telling it, code
}

// Say says for the desk that knows somebody that it wants to speak, and what. A second person of the desk has to say the same words ([Service.Agree]) before
// they leave.
//
// It fails with [fault.Hidden] for a hit of another desk, [fault.Denied] as [access.Check], [fault.Conflict] "lookup.settled" if it is decided,
// [fault.Invalid] "lookup.field" naming the field, and [fault.Locked] without keys.
func (s *Service) Say(ctx context.Context, by keyring.Bearer, hit id.Search, in Speaking) (Hit, error) {
	switch {
	case in.Text == "" || len(in.Text) > message.MaxText:
		return Hit{}, fault.New(fault.Invalid, "lookup.field").With("field", "text")
	case in.Language == "":
		return Hit{}, fault.New(fault.Invalid, "lookup.field").With("field", "language")
	case in.Basis == "":
		return Hit{}, fault.New(fault.Invalid, "lookup.field").With("field", "basis")
	}
	return s.decide(ctx, by, hit, "words", func(tx FullTx, h *Hit) error {
		k, err := s.Cases.Keys.OpenCaseIn(ctx, tx, by, h.Case)
		if err != nil {
			return err
		}
		body, err := frame.Encode(said{in.Text})
		if err != nil {
			return err
		}
		defer clear(body)
		r, err := k.PutIn(ctx, tx, keyring.Record{Kind: kindWords, Compartment: k.Home(), Body: body})
		if err != nil {
			return err
		}
		h.First, h.Words, h.Language, h.On = by.User, r.ID, in.Language, in.Basis
		return nil
	})
}

// Agree says as a second person that the words leave. They go to the desk that asks as a message, in a thread of its own.
//
// It fails as [Service.Say] does, with [fault.Conflict] "lookup.second" for whoever wrote them or if there are none, and as
// [message.Service.Compose] and [casefile.MayTransmitTo].
func (s *Service) Agree(ctx context.Context, by keyring.Bearer, hit id.Search) (Hit, error) {
	return s.decide(ctx, by, hit, "speak", func(tx FullTx, h *Hit) error {
		if Decided(map[Verdict][]id.User{Speak: {h.First, by.User}}) != Speak || h.Words == "" {
			return fault.New(fault.Conflict, "lookup.second")
		}
		text, err := s.words(ctx, tx, by, h)
		if err != nil {
			return err
		}
		c, err := tx.Case(ctx, h.Case)
		if err == nil {
			err = s.blocked(c, h.From.Member) // she may have asked for asylum since
		}
		if err == nil {
			err = s.Cases.MayUseIn(ctx, tx, casefile.Use{Case: h.Case})
		}
		if err != nil {
			return err
		}
		m, err := s.Messages.ComposeIn(ctx, tx, by, message.Draft{To: h.From, Language: h.Language, Text: text, Basis: h.On})
		if err != nil {
			return err
		}
		h.Second, h.State, h.Ended, h.Thread = by.User, HitSpoken, s.now(), m.Thread
		if h.From.Member == s.Member {
			return nil
		}
		return s.tell(ctx, tx, h.From.Member, asked{Step: stepSpoken, Question: h.Question, Thread: m.Thread})
	})
}

// BeSilent says for the desk that nothing is said. One person is enough for that. Who asked is told nothing, as if nobody were known.
//
// It fails as [Service.Say] does.
func (s *Service) BeSilent(ctx context.Context, by keyring.Bearer, hit id.Search) (Hit, error) {
	return s.decide(ctx, by, hit, "silent", func(_ FullTx, h *Hit) error {
		h.Second, h.State, h.Ended = by.User, HitSilent, s.now()
		return nil
	})
}

func (s *Service) decide(ctx context.Context, by keyring.Bearer, hit id.Search, how string, fn func(FullTx, *Hit) error) (h Hit, err error) {
	on, err := s.caseOf(ctx, by, hit)
	if err != nil {
		return h, err
	}
	err = s.Write(ctx, audit.Did(by.Actor, access.DecideLookup, string(hit)).In(on).For(how), func(narrow Tx) error {
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		if h, err = s.mine(ctx, tx, by, hit); err != nil {
			return err
		}
		if h.State != HitOpen {
			return fault.New(fault.Conflict, "lookup.settled")
		}
		if err := fn(tx, &h); err != nil {
			return err
		}
		if h.State != HitOpen {
			if _, err := s.Tasks.DoneIn(ctx, tx, string(h.ID), TaskDecide); err != nil {
				return err
			}
		}
		return setHit(ctx, tx, &h)
	})
	return h, err
}

// silence ends a hit about which nobody has said anything in time: who asked takes no answer for one from now on.
func (s *Service) silence(ctx context.Context, hit id.Search) error {
	return s.Write(ctx, audit.Did(access.Node(s.Member), access.ContinueLookup, string(hit)).For("silent"), func(narrow Tx) error {
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		r, err := tx.LookupHit(ctx, hit)
		if err != nil {
			return err
		}
		h, err := hitOf(r)
		if err != nil || h.State != HitOpen {
			return err
		}
		h.State, h.Ended = HitSilent, s.now()
		if _, err := s.Tasks.DropIn(ctx, tx, string(h.ID), TaskDecide); err != nil {
			return err
		}
		return setHit(ctx, tx, &h)
	})
}
