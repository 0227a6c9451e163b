package lookup

import (
	"context"
	"crypto/sha256"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/veil"
)

// The tasks that questions make, and the clocks of the profile that they run by.
const (
	TaskConfirm = "lookup.confirm" // a second person says whether it is asked
	TaskDecide  = "asked.decide"   // whether the desk that knows somebody speaks

	clockConfirm = "lookup-confirm"
	clockDecide  = "lookup-decide" // as long waits who asks
)

// kindAsking is the kind of the sealed record of a case that holds what a query was made from.
const kindAsking = "lookup"

// Proposal is what a desk wants to ask.
type Proposal struct {
	Purpose string     // code of the list "lookup-purposes" of the profile
	Basis   string     // code of the legal basis
	Consent id.Consent // of hers, for [consent.ForLookup]; empty: on a duty
	Thing   id.Record  // of a file of the prosecution, that is asked about; empty: its person
	Anyway  bool       // although others here seem to be of the same person
}

// Propose writes down that other members are to be asked about the person of a case. Before that she is looked for at home. A second person of the desk says
// whether it is asked.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] "lookup.field" naming the field, [fault.Conflict] "lookup.none" if
// members share no secret, "lookup.at-home" if others here seem to be of the same person, "lookup.open" if a question about her waits for a second person,
// and "lookup.nobody" if no member may be asked on the basis; as [casefile.MayTransmitTo] if nobody is left because she asked for asylum; with [fault.Denied] "lookup.consent" without her consent, as
// [casefile.Service.MayUseIn] while her case is kept and not used; and with [fault.Locked] without keys.
func (s *Service) Propose(ctx context.Context, by keyring.Bearer, c id.Case, in Proposal) (Question, error) {
	purposes := s.Law().List(s.Member, "lookup-purposes")
	if !slices.Contains(purposes, in.Purpose) {
		return Question{}, fault.New(fault.Invalid, "lookup.field").With("field", "purpose")
	}
	if !envelope.IsCode(in.Basis) {
		return Question{}, fault.New(fault.Invalid, "lookup.field").With("field", "basis")
	}
	others, err := s.AtHome(ctx, by, c)
	if err != nil {
		return Question{}, err
	}
	q := Question{
		ID: id.Random[id.Lookup](s.IDs), Reference: id.NewReference(s.IDs), Case: c, Desk: by.Desk, Class: Asking, About: AboutPerson,
		Purpose: in.Purpose, Basis: in.Basis, Consent: in.Consent, Thing: in.Thing, By: by.User, Stage: Proposed, Made: s.now(), Version: 1,
		Group: seal.Blob{}, Query: seal.Blob{}, Holders: []Holder{}, Members: []Told{}, Covers: []Covered{}, Sealed: seal.Blob{}, BoxSealed: seal.Blob{},
	}
	err = s.Cases.Work(ctx, by, access.AskLookup, c, in.Purpose, func(over casefile.Tx, k *keyring.Case, row casefile.Case) error {
		tx, err := full(over)
		if err != nil {
			return err
		}
		if others > 0 && !in.Anyway {
			return fault.New(fault.Conflict, "lookup.at-home")
		}
		q.Desk, q.Realm = row.Desk, row.Realm
		all, err := questionsOf(tx.LookupsOf(ctx, c))
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(x Question) bool { return x.Stage == Proposed }) {
			return fault.New(fault.Conflict, "lookup.open")
		}
		if _, err := s.mayAsk(ctx, tx, &q); err != nil {
			return err
		}
		if err := aboutThing(ctx, tx, k, &q); err != nil {
			return err
		}
		if _, err := s.keysAbout(ctx, tx, k, &q); err != nil {
			return err
		}
		r, err := q.row()
		if err != nil {
			return err
		}
		if err := tx.AddLookup(ctx, r); err != nil {
			return err
		}
		clock, err := s.Clock(clockConfirm, s.now())
		if err != nil {
			return err
		}
		_, err = s.Tasks.AddIn(ctx, tx, task.New{
			Desk: q.Desk, Realm: q.Realm, Kind: TaskConfirm, Object: string(q.ID), Reference: string(q.Reference), Clock: clock, Announce: true,
		})
		return err
	})
	return q, err
}

// mayAsk judges whether a question may be asked now, and returns the members that may be asked.
func (s *Service) mayAsk(ctx context.Context, tx FullTx, q *Question) ([]id.Member, error) {
	if _, p, err := load[Secret](ctx, tx, pieceSecret); err != nil || p.Version == 0 {
		if err == nil {
			err = fault.New(fault.Conflict, "lookup.none")
		}
		return nil, err
	}
	use := casefile.Use{Case: q.Case}
	if q.Consent != "" {
		c, err := tx.Consent(ctx, q.Consent)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if err != nil || c.Case != q.Case || !allows(c, s.now()) {
			return nil, fault.New(fault.Denied, "lookup.consent")
		}
		use.Given = c.Given
	}
	if err := s.Cases.MayUseIn(ctx, tx, use); err != nil {
		return nil, err
	}
	held, err := member.InForce(ctx, tx)
	if err != nil {
		return nil, err
	}
	row, err := tx.Case(ctx, q.Case)
	if err != nil {
		return nil, err
	}
	var may []id.Member
	var why error
	for _, m := range active(held.Signed.Roster) {
		if m == s.Member {
			continue
		}
		if err := casefile.MayTransmitTo(row, m); err != nil { // her country of origin, if she asked for asylum, does not even hear of tags
			why = err
			continue
		}
		if err := s.Permit(ctx, tx, q.Desk, q.Realm, m, q.Basis, q.Consent != ""); err != nil {
			if !fault.Is(err, fault.Denied) && !fault.Is(err, fault.Invalid) {
				return nil, err
			}
			why = err
			continue
		}
		may = append(may, m)
	}
	if len(may) == 0 {
		if why == nil {
			why = fault.New(fault.Conflict, "lookup.nobody")
		}
		return nil, why
	}
	return may, nil
}

// allows reports whether a consent lets her be asked about and found.
func allows(c consent.Consent, now frame.Time) bool {
	return c.Origin == consent.TakenHere && c.Live(now) && slices.Contains(c.Purposes, consent.ForLookup)
}

// keysOf returns the keys of the person of a case.
//
// It fails with [fault.Conflict] "lookup.unknown" if too little is known of her.
func (s *Service) keysOf(ctx context.Context, tx FullTx, k *keyring.Case) ([]veil.Key, error) {
	kept, err := s.Cases.Persons.ReadIn(ctx, tx, k)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.Conflict, "lookup.unknown")
	}
	if err != nil {
		return nil, err
	}
	for _, who := range kept.Person.Veiled() {
		if keys := veil.OfPerson(who); len(keys) > 0 {
			return keys, nil
		}
	}
	return nil, fault.New(fault.Conflict, "lookup.unknown")
}

// Confirm says as the second person of the desk whether a question is asked. If it is, its keys are hidden and sent to holders of the secret; from
// then on the nodes go on by themselves until the answers can be opened ([Service.Attend]).
//
// It fails as [Service.Propose] does, with [fault.Hidden] for a question of another desk, with [fault.Conflict] "lookup.settled" if it does not wait
// for anybody, and "lookup.second" for whoever proposed it; and with [fault.Denied] "lookup.quota" naming whose quota is used up.
func (s *Service) Confirm(ctx context.Context, by keyring.Bearer, question id.Lookup, ask bool) (Question, error) {
	q, err := s.find(ctx, by, access.ConfirmLookup, question)
	if err != nil {
		return q, err
	}
	err = s.Cases.Work(ctx, by, access.ConfirmLookup, q.Case, map[bool]string{true: "asked", false: "not-asked"}[ask], func(over casefile.Tx, k *keyring.Case, _ casefile.Case) error {
		tx, err := full(over)
		if err != nil {
			return err
		}
		if q, err = known(ctx, tx, question); err != nil {
			return err
		}
		switch {
		case q.Stage != Proposed:
			return fault.New(fault.Conflict, "lookup.settled")
		case q.By == by.User:
			return fault.New(fault.Conflict, "lookup.second")
		}
		q.Second = by.User
		if !ask {
			q.Stage = Declined
		} else if err := s.hide(ctx, tx, k, &q); err != nil {
			return err
		}
		if _, err := s.Tasks.DoneIn(ctx, tx, string(q.ID), TaskConfirm); err != nil {
			return err
		}
		return set(ctx, tx, &q)
	})
	return q, err
}

// Look shows a question to whoever may be its second person.
//
// It fails with [fault.Hidden] for a question of another desk, and with [fault.Denied] as [access.Check].
func (s *Service) Look(ctx context.Context, by keyring.Bearer, question id.Lookup) (Question, error) {
	return s.find(ctx, by, access.ConfirmLookup, question)
}

// find returns a question of the bearer's desk.
func (s *Service) find(ctx context.Context, by keyring.Bearer, action access.Action, question id.Lookup) (q Question, err error) {
	err = s.Read(ctx, func(narrow Tx) error {
		tx, err := full(narrow)
		if err == nil {
			q, err = known(ctx, tx, question)
		}
		return err
	})
	if err != nil {
		return q, err
	}
	if q.Desk != by.Desk || q.Class != Asking {
		return Question{}, fault.New(fault.Hidden, "access.hidden")
	}
	return q, access.Check(by.Actor, action, access.Resource{Noun: "lookup", ID: string(q.ID), Realm: q.Realm, Desk: q.Desk})
}

// hide makes the query of a question from the person of its case, and sends it to holders.
func (s *Service) hide(ctx context.Context, tx FullTx, k *keyring.Case, q *Question) error {
	if _, err := s.mayAsk(ctx, tx, q); err != nil {
		return err
	}
	keys, err := s.keysAbout(ctx, tx, k, q)
	if err != nil {
		return err
	}
	if err := s.within(ctx, tx, Asking, officer(s.Member, q.By, s.now()), 1); err != nil {
		return err
	}
	asking, err := s.queryIn(ctx, tx, q, keys)
	if err != nil {
		return err
	}
	plain := asking.Append(nil)
	defer clear(plain)
	kept, err := k.PutIn(ctx, tx, keyring.Record{Kind: kindAsking, Compartment: k.Home(), Body: plain})
	if err != nil {
		return err
	}
	if err := s.fileIn(ctx, tx, q, plain); err != nil {
		return err
	}
	q.Asking = kept.ID
	q.Record, err = recordOf(ctx, tx, q.Case)
	return err
}

// queryIn draws a hidden query for groups of keys and sends it to holders. It returns what the query was made from.
func (s *Service) queryIn(ctx context.Context, tx FullTx, q *Question, groups ...[]veil.Key) (veil.Asking, error) {
	secret, p, err := load[Secret](ctx, tx, pieceSecret)
	if err != nil {
		return veil.Asking{}, err
	}
	if p.Version == 0 {
		return veil.Asking{}, fault.New(fault.Conflict, "lookup.none")
	}
	g, err := veil.ParseGroup(secret.Group)
	if err != nil {
		return veil.Asking{}, fault.Wrap(fault.Internal, "lookup.kept", err)
	}
	query, asking, err := veil.Ask(s.Rand, g.Epoch, groups...)
	if err != nil {
		return veil.Asking{}, err
	}
	q.Group, q.Query, q.Stage, q.Asked, q.Holders = secret.Group, query.Append(nil), Hidden, s.now(), []Holder{}
	digest := sha256.Sum256(q.Query)
	now := s.now()
	if err := tx.AddLookupLog(ctx, Logged{ID: q.ID, Member: s.Member, Officer: officer(s.Member, q.By, now), Class: q.Class.own(), At: now, Many: int64(len(groups)), Digest: digest[:]}); err != nil {
		return veil.Asking{}, err
	}
	return asking, s.spread(ctx, tx, q, g, secret.Members, veil.AskedHolders)
}

// spread sends the query to up to so many holders who do not have it yet, drawn by chance. This member's own share is not used, so that three others
// have each question in their logs.
func (s *Service) spread(ctx context.Context, tx FullTx, q *Question, g *veil.Group, members []id.Member, most int) error {
	var left []id.Member
	for _, place := range g.Holders {
		m := members[place-1]
		if m != s.Member && !slices.ContainsFunc(q.Holders, func(h Holder) bool { return h.Member == m }) {
			left = append(left, m)
		}
	}
	drawn, err := Drawn(s.Rand, len(left), most)
	if err != nil {
		return err
	}
	b := asked{Step: stepQuery, Question: q.ID, Class: q.Class, Officer: officer(s.Member, q.By, s.now()), Data: q.Query}
	for _, i := range drawn {
		if err := s.tell(ctx, tx, left[i], b); err != nil {
			return err
		}
		q.Holders = append(q.Holders, Holder{Member: left[i], Answer: seal.Blob{}})
	}
	return nil
}

// tell seals one step of a question to a member. One that is blocked, suspended or gone is told nothing.
func (s *Service) tell(ctx context.Context, tx FullTx, to id.Member, b asked) error {
	if b.Data == nil {
		b.Data = seal.Blob{}
	}
	raw, err := envelope.EncodeBody(b)
	if err != nil {
		return err
	}
	_, err = s.Exchange.Seal(ctx, tx, exchange.Draft{Kind: envelope.Question, To: to, Body: raw})
	if fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// Of returns what was asked from a case, the newest first.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check].
func (s *Service) Of(ctx context.Context, who access.Actor, c id.Case) (out []Question, row casefile.Case, err error) {
	err = s.Read(ctx, func(narrow Tx) error {
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		if _, err := person.MayIn(ctx, tx, who, access.ListLookup, c, s.now()); err != nil {
			return err
		}
		if row, err = tx.Case(ctx, c); err != nil {
			return err
		}
		out, err = questionsOf(tx.LookupsOf(ctx, c))
		slices.Reverse(out)
		return err
	})
	return out, row, err
}

// Shared reports whether the members share a secret, without which nothing can be asked. It says nothing of anybody.
func (s *Service) Shared(ctx context.Context) (is bool, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		_, p, err := load[Secret](ctx, tx, pieceSecret)
		is = p.Version > 0
		return err
	})
	return is, err
}

// entry is the audit entry of what the node does by itself about a question.
func (s *Service) entry(q id.Lookup, how string) audit.Entry {
	return audit.Did(access.Node(s.Member), access.ContinueLookup, string(q)).For(how)
}
