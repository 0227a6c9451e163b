package lookup

import (
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/veil"
)

// day is the time for which quotas count, and heardAtOnce how much is looked at in one go.
const (
	day         = 24 * time.Hour
	heardAtOnce = 20
)

// ReceiveQuestion takes note of what another member asks or answers. Nothing is compared or computed here: whoever sends learns nothing from how long
// it takes, nor from the receipt. It is the exchange's handler of kind question.
//
// It refuses with [fault.Denied] "lookup.stranger" an answer or a word of who was not asked.
func (s *Service) ReceiveQuestion(ctx context.Context, over exchange.Tx, a exchange.Arrived) error {
	tx, err := full(over)
	if err != nil {
		return err
	}
	b, err := parseAsked(a.Control)
	if err != nil {
		return err
	}
	from := a.Envelope.Header.From
	switch b.Step {
	case stepQuery, stepAsk:
		raw, err := frame.Encode(b)
		if err != nil {
			return err
		}
		if err := s.lackingSecret(ctx, over); err != nil {
			return err
		}
		return tx.AddLookupHeard(ctx, Heard{ID: b.Question, Member: from, Step: b.Step, At: a.Received, Value: raw})
	case stepDemand:
		return s.demandedBy(ctx, tx, from, b)
	case stepOpened:
		return s.openedBy(ctx, tx, from, b)
	}
	r, err := tx.Lookup(ctx, b.Question)
	if fault.Is(err, fault.NotFound) {
		return nil // of a case that is erased, or of an enrolment that is over
	}
	if err != nil {
		return err
	}
	q, err := questionOf(r)
	if err != nil {
		return err
	}
	if b.Step == stepSpoken {
		i := slices.IndexFunc(q.Members, func(m Told) bool { return m.Member == from })
		if i < 0 {
			return fault.New(fault.Denied, "lookup.stranger")
		}
		if q.Members[i].At != 0 {
			return nil
		}
		q.Members[i].At, q.Members[i].Thread = a.Received, b.Thread
		return set(ctx, tx, &q)
	}
	i := slices.IndexFunc(q.Holders, func(h Holder) bool { return h.Member == from })
	if i < 0 {
		return fault.New(fault.Denied, "lookup.stranger")
	}
	if q.Stage != Hidden {
		return nil
	}
	q.Holders[i].At, q.Holders[i].Refused, q.Holders[i].Answer = a.Received, b.Code, seal.Blob{}
	if b.Step == stepAnswer {
		if _, err := veil.ParseAnswer(b.Data); err != nil {
			return err
		}
		q.Holders[i].Answer = b.Data
	}
	return set(ctx, tx, &q)
}

// Quota returns the quota of a class, as the profile of the network has it: spec/veil-lookup.md 4.1.
func (s *Service) Quota(c Class) Quota {
	n := func(of string) int { return int(s.Law().Number(s.Member, "lookup-"+string(c)+"-"+of)) }
	return Quota{Officer: n("officer"), Node: n("node"), Network: n("network")}
}

// own is the class under which a member counts what it asks itself, beside what it is asked.
func (c Class) own() Class { return "own-" + c }

// put is the class of what is put to this member as tags. It has the quota of [Asking].
const put Class = "put"

// usedIn returns how many were asked about in the last day, in a class.
func usedIn(ctx context.Context, tx FullTx, c Class, now frame.Time, m id.Member, who string) (u Used, err error) {
	for _, of := range []struct {
		n *int
		m id.Member
		o string
	}{{&u.Officer, m, who}, {&u.Node, m, ""}, {&u.Holder, "", ""}} {
		n, err := tx.LookupUsed(ctx, c, now.Add(-day), of.m, of.o)
		if err != nil {
			return u, err
		}
		*of.n = int(n)
	}
	return u, nil
}

// within judges whether somebody here may ask about so many more.
//
// It fails with [fault.Denied] "lookup.quota".
func (s *Service) within(ctx context.Context, tx FullTx, c Class, who string, more int) error {
	u, err := usedIn(ctx, tx, c.own(), s.now(), s.Member, who)
	if err != nil {
		return err
	}
	u.Holder = 0
	return s.Quota(c).Within(u, more, 1)
}

// Listen looks at what was heard and not answered: it answers queries with its share, and compares tags with those of its own cases. It needs nobody
// signed in, and returns how much it did.
func (s *Service) Listen(ctx context.Context) (int, error) {
	node := access.Node(s.Member)
	if err := access.Check(node, access.ContinueLookup, resource()); err != nil {
		return 0, err
	}
	var heard []Heard
	err := s.Read(ctx, func(narrow Tx) error {
		tx, err := full(narrow)
		if err == nil {
			heard, err = tx.LookupsHeard(ctx, heardAtOnce)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	did, first := 0, error(nil)
	for _, h := range heard {
		over := ""
		err := s.Write(ctx, s.entry(h.ID, h.Step), func(narrow Tx) error {
			tx, err := full(narrow)
			if err != nil {
				return err
			}
			var b asked
			if err := frame.Decode(h.Value, mostPiece, &b); err != nil {
				return fault.Wrap(fault.Internal, "lookup.kept", err)
			}
			if over, err = s.hear(ctx, tx, h, b); err != nil {
				return err
			}
			return tx.DropLookupHeard(ctx, h)
		})
		if err != nil { // what one member has sent holds up nobody else
			if first == nil {
				first = err
			}
			continue
		}
		did++
		if over != "" {
			s.Alarm(ctx, "lookup.over", map[string]string{"member": string(h.Member), "of": over})
		}
	}
	return did, first
}

// hear answers one thing that was heard, and returns whose quota it was over.
func (s *Service) hear(ctx context.Context, tx FullTx, h Heard, b asked) (over string, err error) {
	l := Logged{ID: h.ID, Member: h.Member, Officer: b.Officer, Class: b.Class, At: s.now(), Many: 1}
	if h.Step == stepAsk {
		l.Class = put
		if over, err = s.judge(ctx, tx, Asking, &l, 1); err != nil || over != "" {
			return over, err
		}
		return "", s.compare(ctx, tx, h.Member, b, "")
	}
	refuse := func(code string) error {
		return s.tell(ctx, tx, h.Member, asked{Step: stepRefused, Question: h.ID, Code: code})
	}
	query, err := veil.ParseQuery(b.Data)
	if err != nil {
		return "", refuse(refusedEpoch)
	}
	digest := sha256.Sum256(b.Data)
	l.Many, l.Digest = int64(len(query.Elements)/veil.PersonKeys), digest[:]
	g, share, err := s.shareIn(ctx, tx)
	switch {
	case err != nil:
		return "", err
	case share == nil:
		return "", refuse(refusedShare)
	case g.Epoch != query.Epoch:
		return "", refuse(refusedEpoch)
	}
	if over, err = s.judge(ctx, tx, b.Class, &l, len(g.Holders)); err != nil {
		return "", err
	}
	if over != "" {
		return over, refuse(over)
	}
	answer, err := share.Answer(s.Rand, &query)
	if err != nil {
		return "", err
	}
	return "", s.tell(ctx, tx, h.Member, asked{Step: stepAnswer, Question: h.ID, Data: answer.Append(nil)})
}

// judge writes down what was asked, whether it is within the quotas or not, and returns whose quota it is over.
func (s *Service) judge(ctx context.Context, tx FullTx, quota Class, l *Logged, n int) (over string, err error) {
	u, err := usedIn(ctx, tx, l.Class, l.At, l.Member, l.Officer)
	if err != nil {
		return "", err
	}
	if err := s.Quota(quota).Within(u, int(l.Many), n); err != nil {
		_, _, args := fault.Public(err)
		l.Refused = args["of"]
	}
	return l.Refused, tx.AddLookupLog(ctx, *l)
}

// shareIn opens the share of this member; nil if it has none.
func (s *Service) shareIn(ctx context.Context, tx Tx) (*veil.Group, *veil.Share, error) {
	secret, p, err := load[Secret](ctx, tx, pieceSecret)
	if err != nil || p.Version == 0 || len(secret.Share) == 0 {
		return nil, nil, err
	}
	g, err := veil.ParseGroup(secret.Group)
	if err != nil {
		return nil, nil, fault.Wrap(fault.Internal, "lookup.kept", err)
	}
	vault, err := s.Vault(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	plain, err := vault.Open("lookup/"+pieceSecret, secret.Share)
	defer clear(plain)
	if err != nil {
		return nil, nil, err
	}
	share, err := veil.ParseShare(plain)
	if err != nil {
		return nil, nil, fault.Wrap(fault.Internal, "lookup.kept", err)
	}
	return g, share, nil
}

// compare finds the cases of this member that tags of a question fit. Whether it finds one or none, who asked is told nothing; the desk that holds a case
// gets something to decide.
func (s *Service) compare(ctx context.Context, tx FullTx, from id.Member, b asked, but id.Case) error {
	common := map[id.Case][]veil.Template{}
	for _, tag := range tagsOf(b.Data) {
		all, err := tx.LookupTagged(ctx, b.Epoch, b.Realm, tag, veil.MostShared+1)
		if err != nil {
			return err
		}
		if len(all) > veil.MostShared {
			continue // it says too little of each
		}
		for _, t := range all {
			common[t.Case] = append(common[t.Case], t.Template)
		}
	}
	n := 0
	for _, c := range sortedCases(common) {
		likeness := veil.Alike(common[c])
		if likeness == veil.Unlike || n == mostHits || c == but {
			continue
		}
		hit, err := s.hit(ctx, tx, from, b, c, likeness)
		if err != nil {
			return err
		}
		if hit {
			n++
		}
	}
	return nil
}

// mostHits is on how many cases one question makes hits: what fits more says little about each.
const mostHits = 20

func sortedCases(m map[id.Case][]veil.Template) []id.Case {
	out := make([]id.Case, 0, len(m))
	for c := range m {
		out = append(out, c)
	}
	slices.Sort(out)
	return out
}
