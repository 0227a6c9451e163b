package publication

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
)

// Limits of one envelope and of one answer to a greeting.
const (
	batchBytes   = 512 << 10
	batchRecords = 100
	batches      = 8
	pageMax      = 200
	pageDefault  = 50
	maxMarks     = 500
)

// body is the body of an envelope of kind publication: a greeting, records, or both.
type body struct {
	Ask     bool     `json:"ask"`     // answer with what I lack
	Have    []Mark   `json:"have"`    // of a greeting, in order of members
	Records []Signed `json:"records"` //
	More    bool     `json:"more"`    // greet me again
}

func (b body) check() error {
	byName := func(a, b Mark) int { return compare(a.Member, b.Member) }
	switch {
	case b.Have == nil || len(b.Have) > maxMarks || !slices.IsSortedFunc(b.Have, byName):
		return wrong("have")
	case b.Records == nil || len(b.Records) > batchRecords:
		return wrong("records")
	}
	for i, m := range b.Have {
		if m.Seq < 0 || i > 0 && m.Member == b.Have[i-1].Member {
			return wrong("have")
		}
		if _, err := id.ParseMember(string(m.Member)); err != nil {
			return wrong("have")
		}
	}
	for _, r := range b.Records {
		if err := r.check(); err != nil {
			return err
		}
	}
	return nil
}

// parseBody reads the body of a control of kind publication strictly. The signatures are not judged.
func parseBody(c envelope.Control) (body, error) {
	var b body
	if err := c.DecodeBody(&b); err != nil {
		return body{}, err
	}
	return b, b.check()
}

func compare(a, b id.Member) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Greet tells every active member that was not greeted for [Service.Every] what this node has, so that
// whoever has more sends it. It runs unattended and returns how many members were greeted.
func (s *Service) Greet(ctx context.Context) (int, error) {
	var due []id.Member
	err := s.Read(ctx, func(tx Tx) error {
		due = nil
		held, err := member.InForce(ctx, tx)
		if err != nil {
			return err
		}
		for _, m := range held.Signed.Roster.Members {
			if m.ID == s.Member || m.Status != member.Active {
				continue
			}
			last, err := tx.PublicationGreeted(ctx, m.ID)
			if err != nil {
				return err
			}
			if last == 0 || last.Add(s.Every) <= s.now() {
				due = append(due, m.ID)
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	n := 0
	for _, m := range due {
		entry := audit.Did(access.Node(s.Member), access.ReceivePublication, string(m)).For("publication.greet")
		err := s.Write(ctx, entry, func(tx Tx) error { return s.greet(ctx, tx, m, true) })
		if fault.Is(err, fault.Denied) {
			continue // blocked here
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (s *Service) greet(ctx context.Context, tx Tx, to id.Member, ask bool) error {
	have, err := tx.PublicationMarks(ctx)
	if err != nil {
		return err
	}
	if have == nil {
		have = []Mark{}
	}
	if err := tx.SetPublicationGreeted(ctx, to, s.now()); err != nil {
		return err
	}
	return s.send(ctx, tx, to, body{Ask: ask, Have: have, Records: []Signed{}})
}

// Receive takes records and answers greetings. It is the exchange's handler of kind publication.
//
// It refuses with [fault.Invalid] a body that is none, and with [fault.Denied] what its author did not sign.
func (s *Service) Receive(ctx context.Context, over exchange.Tx, a exchange.Arrived) error {
	tx, ok := over.(Tx)
	if !ok {
		return fault.New(fault.Internal, "publication.wiring")
	}
	b, err := parseBody(a.Control)
	if err != nil {
		return err
	}
	from := a.Envelope.Header.From
	held, err := member.InForce(ctx, tx)
	if err != nil {
		return err
	}
	for _, r := range b.Records {
		if err := s.take(ctx, tx, held.Signed.Roster, from, r); err != nil {
			return err
		}
	}
	if b.More {
		return s.greet(ctx, tx, from, true)
	}
	if b.Ask || len(b.Have) > 0 {
		return s.answer(ctx, tx, from, b)
	}
	return nil
}

// take keeps a record that is its author's. One that cannot be judged here is passed over, and asked for
// again with the next greeting.
func (s *Service) take(ctx context.Context, tx Tx, r member.Roster, from id.Member, in Signed) error {
	if err := in.Verify(r); fault.Is(err, fault.NotFound) {
		return nil // its roster has not come yet
	} else if err != nil {
		s.alarm(ctx, "publication.signature", from)
		return err
	}
	if mute, err := s.muted(ctx, tx, r, in.Record.Member); err != nil || mute {
		return err
	}
	k, err := keep(in)
	if err != nil {
		return err
	}
	k.From, k.Received = from, s.now()
	_, err = s.add(ctx, tx, k)
	return err
}

// muted reports whether nothing of a member is taken now, whoever brings it: her keys may be in other hands. What she wrote before comes again with a
// later greeting when she stands again.
func (s *Service) muted(ctx context.Context, tx Tx, r member.Roster, m id.Member) (bool, error) {
	if m == s.Member { // what a restore lost comes back from others
		return false, nil
	}
	if x, ok := r.Find(m); ok && x.Status == member.Suspended {
		return true, nil
	}
	return member.Blocked(ctx, tx, m)
}

// add keeps a verified record once, and evidence if another one has its version or its place.
func (s *Service) add(ctx context.Context, tx Tx, k Kept) (Kept, error) {
	all, err := tx.PublicationVersions(ctx, k.Record.ID)
	if err != nil {
		return Kept{}, err
	}
	k.Current = true
	for _, o := range all {
		switch {
		case o.Hash == k.Hash:
			return o, nil
		case o.Record.Member != k.Record.Member:
			s.alarm(ctx, "publication.foreign", k.Record.Member)
			return o, nil // an identifier is its first author's; refusing would hold up what came with it
		case o.Record.Version == k.Record.Version:
			return o, s.dispute(ctx, tx, o, k)
		case o.Record.Version > k.Record.Version:
			k.Current = false
		}
	}
	if o, err := tx.PublicationAt(ctx, k.Record.Member, k.Record.Seq); err == nil {
		return o, s.dispute(ctx, tx, o, k)
	} else if !fault.Is(err, fault.NotFound) {
		return Kept{}, err
	}
	for _, o := range all {
		if k.Current && o.Current {
			if err := tx.MarkPublication(ctx, o.Record.ID, o.Record.Version, false, o.Disputed); err != nil {
				return Kept{}, err
			}
		}
	}
	if err := tx.AddPublication(ctx, k); err != nil {
		return Kept{}, err
	}
	return k, s.advance(ctx, tx, k.Record.Member)
}

// dispute keeps two records that exclude each other as evidence. The one that was here first stays, marked.
func (s *Service) dispute(ctx context.Context, tx Tx, first, second Kept) error {
	s.alarm(ctx, "publication.fork", first.Record.Member)
	if err := tx.MarkPublication(ctx, first.Record.ID, first.Record.Version, first.Current, true); err != nil {
		return err
	}
	return tx.AddPublicationFork(ctx, Fork{Member: first.Record.Member, First: first.Bytes, Second: second.Bytes, Found: s.now()})
}

// advance moves the mark of a member over the places that are filled without a gap.
func (s *Service) advance(ctx context.Context, tx Tx, m id.Member) error {
	mark, err := markOf(ctx, tx, m)
	if err != nil {
		return err
	}
	was := mark
	for {
		page, err := tx.PublicationsAfter(ctx, m, mark, pageMax)
		if err != nil {
			return err
		}
		n := 0
		for _, k := range page {
			if k.Record.Seq != mark+1 {
				break
			}
			mark++
			n++
		}
		if n < pageMax {
			break
		}
	}
	if mark == was {
		return nil
	}
	return tx.SetPublicationMark(ctx, Mark{m, mark})
}

func markOf(ctx context.Context, tx Tx, m id.Member) (int64, error) {
	all, err := tx.PublicationMarks(ctx)
	if err != nil {
		return 0, err
	}
	for _, k := range all {
		if k.Member == m {
			return k.Seq, nil
		}
	}
	return 0, nil
}

// answer sends a member what she lacks, of any author, and greets her back if she has more than we do.
func (s *Service) answer(ctx context.Context, tx Tx, to id.Member, b body) error {
	theirs := make(map[id.Member]int64, len(b.Have))
	for _, m := range b.Have {
		theirs[m.Member] = m.Seq
	}
	ours, err := tx.PublicationMarks(ctx)
	if err != nil {
		return err
	}
	out := &outgoing{s: s, to: to}
	have := make(map[id.Member]int64, len(ours))
	for _, m := range ours {
		have[m.Member] = m.Seq
		if err := out.after(ctx, tx, m.Member, theirs[m.Member]); err != nil {
			return err
		}
	}
	if err := out.flush(ctx, tx, false); err != nil {
		return err
	}
	if !b.Ask {
		return nil
	}
	for m, seq := range theirs {
		if seq > have[m] {
			return s.greet(ctx, tx, to, false)
		}
	}
	return nil
}

// outgoing collects records into envelopes.
type outgoing struct {
	s       *Service
	to      id.Member
	records []Signed
	bytes   int
	sent    int
	full    bool
}

func (o *outgoing) after(ctx context.Context, tx Tx, m id.Member, seq int64) error {
	for !o.full {
		page, err := tx.PublicationsAfter(ctx, m, seq, pageMax)
		if err != nil {
			return err
		}
		for _, k := range page {
			if len(o.records) == batchRecords || o.bytes+len(k.Bytes) > batchBytes && o.bytes > 0 {
				if o.sent == batches-1 {
					o.full = true
					return o.flush(ctx, tx, true)
				}
				if err := o.flush(ctx, tx, false); err != nil {
					return err
				}
			}
			o.records, o.bytes, seq = append(o.records, k.Signed), o.bytes+len(k.Bytes), k.Record.Seq
		}
		if len(page) < pageMax {
			return nil
		}
	}
	return nil
}

func (o *outgoing) flush(ctx context.Context, tx Tx, more bool) error {
	if len(o.records) == 0 {
		return nil
	}
	b := body{Have: []Mark{}, Records: o.records, More: more}
	o.records, o.bytes = nil, 0
	o.sent++
	return o.s.send(ctx, tx, o.to, b)
}
