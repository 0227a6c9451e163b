package lookup

import (
	"context"
	"io"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/veil"
)

// clockAnswer is how long members have for a message, in the profile.
const clockAnswer = "lookup-decide"

// attendAtOnce is how many questions are put on in one session at a time.
const attendAtOnce = 20

// Attend does for the desk of who is signed in what needs its keys: it takes the hiding off what holders have answered and puts the questions to
// the members, makes a hidden query anew if the secret is another by now, and makes those findable who want it. It returns how much it did.
//
// It fails with [fault.Denied] for whoever may not ask, and with [fault.Locked] without keys.
func (s *Service) Attend(ctx context.Context, by keyring.Bearer) (int, error) {
	on := access.Resource{Noun: "lookup", Realm: by.Realm, Desk: by.Desk}
	if err := access.Check(by.Actor, access.EnrolLookup, on); err != nil {
		return 0, err
	}
	var ready []Question
	err := s.Read(ctx, func(narrow Tx) error {
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		secret, p, err := load[Secret](ctx, tx, pieceSecret)
		if err != nil || p.Version == 0 {
			return err
		}
		ready = nil
		for _, class := range []Class{Asking, Enrolling} {
			all, err := questionsOf(tx.LookupsAt(ctx, by.Desk, class, Hidden, attendAtOnce))
			if err != nil {
				return err
			}
			for _, q := range all {
				if _, ok := usable(&q, secret.Group); ok || stale(&q, secret.Group) {
					ready = append(ready, q)
				}
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	did := 0
	for _, q := range ready {
		if err := s.finish(ctx, by, q); err != nil {
			return did, err
		}
		did++
	}
	n, err := s.prove(ctx, by)
	if did += n; err != nil {
		return did, err
	}
	n, err = s.enrol(ctx, by)
	return did + n, err
}

// usable returns the group whose answers suffice: that of the asking, or the one of now if shares were refreshed meanwhile. An answer of another round is no
// lie, and is not used.
func usable(q *Question, now seal.Blob) (*veil.Group, bool) {
	for _, raw := range []seal.Blob{now, q.Group} {
		g, err := veil.ParseGroup(raw)
		if err != nil {
			continue
		}
		if len(answersOf(q, g)) >= veil.Threshold {
			return g, true
		}
	}
	return nil, false
}

// answersOf returns what holders have answered with shares of a group's round.
func answersOf(q *Question, g *veil.Group) []veil.Answer {
	var out []veil.Answer
	for _, h := range q.Holders {
		if a, err := veil.ParseAnswer(h.Answer); err == nil && a.Epoch == g.Epoch && a.Round == g.Round {
			out = append(out, a)
		}
	}
	return out
}

// stale reports whether a query is of a secret that is none any more.
func stale(q *Question, now seal.Blob) bool {
	then, err := veil.ParseGroup(q.Group)
	g, wrong := veil.ParseGroup(now)
	return err == nil && wrong == nil && g.Epoch != then.Epoch
}

// finish puts one question to the members, or makes its query anew.
func (s *Service) finish(ctx context.Context, by keyring.Bearer, q Question) error {
	var liars []id.Member
	err := s.Write(ctx, audit.Did(by.Actor, access.EnrolLookup, string(q.ID)).In(q.Case).For(string(q.Class)), func(narrow Tx) error {
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		liars = nil
		if q, err = known(ctx, tx, q.ID); err != nil || q.Stage != Hidden {
			return err
		}
		if q.Class == Enrolling {
			liars, err = s.enrolled(ctx, tx, by, &q)
			return err
		}
		liars, err = s.ask(ctx, tx, by, &q)
		return err
	})
	if err != nil {
		return err
	}
	for _, m := range liars {
		s.Alarm(ctx, "lookup.cheat", map[string]string{"member": string(m), "how": "answered-other"})
	}
	return nil
}

// ask takes the hiding off a question about one person and puts it to the members.
func (s *Service) ask(ctx context.Context, tx FullTx, by keyring.Bearer, q *Question) ([]id.Member, error) {
	k, err := s.Cases.Keys.OpenCaseIn(ctx, tx, by, q.Case)
	if fault.Is(err, fault.Conflict) {
		return nil, nil // she wants it kept and not used: it waits
	}
	if err != nil {
		return nil, err
	}
	may, err := s.mayAsk(ctx, tx, q)
	if fault.Is(err, fault.Denied) || fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid) {
		q.Stage = Failed // she has taken her consent back, or the law is another
		clearAnswers(q)
		return nil, set(ctx, tx, q)
	}
	if err != nil {
		return nil, err
	}
	secret, _, err := load[Secret](ctx, tx, pieceSecret)
	if err != nil {
		return nil, err
	}
	if stale(q, secret.Group) {
		if err := s.hide(ctx, tx, k, q); err != nil {
			return nil, err
		}
		return nil, set(ctx, tx, q)
	}
	kept, err := k.ReadIn(ctx, tx, q.Asking)
	if err != nil {
		return nil, err
	}
	defer clear(kept.Body)
	g, outputs, liars, err := s.outputs(q, secret, kept.Body)
	if err != nil || g == nil {
		return liars, orSet(ctx, tx, q, err)
	}
	clock, err := s.Clock(clockAnswer, s.now())
	if err != nil {
		return nil, err
	}
	q.Stage, q.Sent, q.Due = Sent, s.now(), clock.Due
	clearAnswers(q)
	if q.Thing != "" {
		may = append(may, s.Member) // things are looked for at home in the same way: other desks have them under keys of their own
	}
	for _, m := range may {
		tags := make([]veil.Tag, 0, veil.PersonKeys)
		for i := range outputs {
			tags = append(tags, outputs[i].Tag(string(m), g.Epoch))
		}
		for len(tags) < veil.PersonKeys {
			var t veil.Tag
			if _, err := io.ReadFull(s.Rand, t[:]); err != nil {
				return nil, err
			}
			tags = append(tags, t)
		}
		veil.SortTags(tags)
		data := seal.Blob{}
		for _, t := range tags {
			data = append(data, t[:]...)
		}
		b := asked{
			Step: stepAsk, Question: q.ID, Officer: officer(s.Member, q.By, s.now()), About: q.About, Purpose: q.Purpose, Basis: q.Basis,
			Realm: q.Realm, Desk: q.Desk, Epoch: int64(g.Epoch), Data: data,
		}
		if m == s.Member {
			if err := s.compare(ctx, tx, m, b, q.Case); err != nil {
				return nil, err
			}
			continue
		}
		if err := s.tell(ctx, tx, m, b); err != nil {
			return nil, err
		}
		q.Members = append(q.Members, Told{Member: m})
	}
	return liars, set(ctx, tx, q)
}

// outputs puts the answers of holders together. A group of nil says that they do not suffice: then whoever did not prove herself is left out, and named.
func (s *Service) outputs(q *Question, secret Secret, plain []byte) (*veil.Group, []veil.Output, []id.Member, error) {
	g, ok := usable(q, secret.Group)
	if !ok {
		return nil, nil, nil, nil
	}
	asking, err := veil.ParseAsking(plain)
	if err != nil {
		return nil, nil, nil, fault.Wrap(fault.Internal, "lookup.kept", err)
	}
	query, err := veil.ParseQuery(q.Query)
	if err != nil {
		return nil, nil, nil, fault.Wrap(fault.Internal, "lookup.kept", err)
	}
	var answers []veil.Answer
	var liars []id.Member
	for i, h := range q.Holders {
		a, err := veil.ParseAnswer(h.Answer)
		if err != nil || a.Epoch != g.Epoch || a.Round != g.Round {
			continue
		}
		// A holder speaks for her own place alone: else one could be blamed for what another has sent.
		if int(a.Place) > len(secret.Members) || secret.Members[a.Place-1] != h.Member || !g.Proves(&query, &a) {
			q.Holders[i].Answer, q.Holders[i].Refused = seal.Blob{}, "false"
			liars = append(liars, h.Member)
			continue
		}
		answers = append(answers, a)
	}
	if len(answers) < veil.Threshold {
		return nil, nil, liars, nil
	}
	out, _, err := asking.Finish(g, &query, answers)
	return g, out, liars, err
}

func clearAnswers(q *Question) {
	for i := range q.Holders {
		q.Holders[i].Answer = seal.Blob{}
	}
}

func orSet(ctx context.Context, tx FullTx, q *Question, err error) error {
	if err != nil {
		return err
	}
	return set(ctx, tx, q)
}

// stragglers is after how long holders are asked who were not, or who answered in a round that is over; and askTime after how long a question ends
// for which too few have answered.
const (
	stragglers = 2 * day
	askTime    = 30 * day
)

// Tend asks further holders of what too few have answered, ends what nobody will answer any more, ends hits whose time is over, takes away tags whose
// ground has gone, and shortens the log of what was asked. It needs nobody signed in, and returns how much it did.
func (s *Service) Tend(ctx context.Context) (int, error) {
	node := access.Node(s.Member)
	if err := access.Check(node, access.ContinueLookup, resource()); err != nil {
		return 0, err
	}
	now := s.now()
	did := 0
	var waiting []Question
	var over []Hit
	err := s.Read(ctx, func(narrow Tx) error {
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		if over, err = hitsOf(tx.LookupHitsDue(ctx, now, attendAtOnce)); err != nil {
			return err
		}
		waiting, err = questionsOf(tx.LookupsIn(ctx, Hidden, 200))
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, q := range waiting {
		if now < q.Asked.Add(stragglers) || now < q.lastAsked().Add(stragglers) {
			continue
		}
		n, err := s.urge(ctx, q.ID)
		if err != nil {
			return did, err
		}
		did += n
	}
	for _, h := range over {
		if err := s.silence(ctx, h.ID); err != nil {
			return did, err
		}
		did++
	}
	for _, do := range []func(context.Context) (int, error){s.sweep, s.report, s.shorten} {
		n, err := do(ctx)
		if did += n; err != nil {
			return did, err
		}
	}
	return did, nil
}

// lastAsked is when the holders were asked last.
func (q *Question) lastAsked() frame.Time {
	if q.Sent != 0 {
		return q.Sent // until the question is put, that of the last time
	}
	return q.Asked
}

// urge asks holders of a question that were not asked, and those anew whose answer is of no use; or ends it.
func (s *Service) urge(ctx context.Context, question id.Lookup) (n int, err error) {
	err = s.Write(ctx, s.entry(question, "urge"), func(narrow Tx) error {
		n = 0
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		q, err := known(ctx, tx, question)
		if err != nil || q.Stage != Hidden {
			return err
		}
		secret, _, err := load[Secret](ctx, tx, pieceSecret)
		if err != nil {
			return err
		}
		g, err := veil.ParseGroup(secret.Group)
		if err != nil {
			return fault.Wrap(fault.Internal, "lookup.kept", err)
		}
		if _, ok := usable(&q, secret.Group); ok || stale(&q, secret.Group) {
			return nil // it waits for somebody with keys
		}
		if s.now() > q.Asked.Add(askTime) {
			q.Stage, n = Failed, 1
			clearAnswers(&q)
			return set(ctx, tx, &q)
		}
		q.Holders = slices.DeleteFunc(q.Holders, func(h Holder) bool {
			a, err := veil.ParseAnswer(h.Answer)
			return err == nil && a.Round != g.Round || h.Refused != "" && h.Refused != "false"
		})
		n, q.Sent = 1, s.now()
		if err := s.spread(ctx, tx, &q, g, secret.Members, veil.MostHolders); err != nil {
			return err
		}
		return set(ctx, tx, &q)
	})
	return n, err
}
