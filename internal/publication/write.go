package publication

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
)

// Draft is a record to be published.
type Draft struct {
	Kind      Kind
	ValidFrom frame.Time
	Body      json.RawMessage // canonical JSON object
	Sign      bool            // by the bearer too; a conclusion always is
}

// Change is the next version of a record.
type Change struct {
	ID        id.Publication
	Version   int64 // that was read
	ValidFrom frame.Time
	Body      json.RawMessage
	Reason    string // code
	Sign      bool
}

// Publish signs a record and sends it to every member.
//
// It fails with [fault.Denied] if the bearer may not publish, or "publication.own" if she reviews what her own member wrote,
// [fault.Invalid] naming the field,
// [fault.TooLarge] "publication.too-large", [fault.Locked] if she must sign and her keys are not open, and
// with [fault.Unavailable] "publication.restoring" while this node waits for what it lost by a restore.
func (s *Service) Publish(ctx context.Context, by keyring.Bearer, in Draft) (Kept, error) {
	if err := access.Check(by.Actor, access.WritePublication, office(s.Member)); err != nil {
		return Kept{}, err
	}
	if err := CheckBody(in.Kind, in.Body); err != nil {
		return Kept{}, err
	}
	r := Record{
		Format: 1, ID: id.Random[id.Publication](s.IDs), Kind: in.Kind, Version: 1, Member: s.Member, Desk: seatOf(by),
		ValidFrom: in.ValidFrom, Body: in.Body,
	}
	var k Kept
	err := s.Write(ctx, audit.Did(by.Actor, access.WritePublication, string(r.ID)).For(string(r.Kind)), func(tx Tx) (err error) {
		if err = s.tied(ctx, tx, r); err == nil {
			k, err = s.issue(ctx, tx, by, r, in.Sign)
		}
		return err
	})
	return k, err
}

// PublishAll publishes records of one kind together: all of them or, where one is refused, none.
//
// It fails as [Service.Publish] does, and with [fault.TooLarge] "publication.limit" beyond 200.
func (s *Service) PublishAll(ctx context.Context, by keyring.Bearer, kind Kind, bodies []json.RawMessage) ([]id.Publication, error) {
	if err := access.Check(by.Actor, access.WritePublication, office(s.Member)); err != nil {
		return nil, err
	}
	if len(bodies) > pageMax {
		return nil, fault.New(fault.TooLarge, "publication.limit")
	}
	for _, b := range bodies {
		if err := CheckBody(kind, b); err != nil {
			return nil, err
		}
	}
	var all []id.Publication
	err := s.Write(ctx, audit.Did(by.Actor, access.WritePublication, string(kind)).For("table"), func(tx Tx) error {
		all = nil
		for _, b := range bodies {
			r := Record{Format: 1, ID: id.Random[id.Publication](s.IDs), Kind: kind, Version: 1, Member: s.Member, Desk: seatOf(by), ValidFrom: s.now(), Body: b}
			if err := s.tied(ctx, tx, r); err != nil {
				return err
			}
			if _, err := s.issue(ctx, tx, by, r, false); err != nil {
				return err
			}
			all = append(all, r.ID)
		}
		return nil
	})
	return all, err
}

// Correct publishes the next version of a record of this member.
//
// It fails as [Service.Publish] does, with [fault.NotFound] if there is no such record, [fault.Denied]
// "publication.author" if it is another member's, [fault.Stale] if she did not read the newest version, and
// [fault.Conflict] "publication.withdrawn" if it was withdrawn.
func (s *Service) Correct(ctx context.Context, by keyring.Bearer, in Change) (Kept, error) {
	return s.next(ctx, by, access.WritePublication, in, false)
}

// Withdraw publishes that a record of this member no longer stands. Its versions stay readable.
//
// It fails as [Service.Correct] does.
func (s *Service) Withdraw(ctx context.Context, by keyring.Bearer, p id.Publication, version int64, reason string) (Kept, error) {
	return s.next(ctx, by, access.WithdrawPublication, Change{ID: p, Version: version, Reason: reason}, true)
}

func (s *Service) next(ctx context.Context, by keyring.Bearer, action access.Action, in Change, withdraw bool) (Kept, error) {
	if err := access.Check(by.Actor, action, office(s.Member)); err != nil {
		return Kept{}, err
	}
	if !code(in.Reason) {
		return Kept{}, wrong("reason")
	}
	var k Kept
	err := s.Write(ctx, audit.Did(by.Actor, action, string(in.ID)).For(in.Reason), func(tx Tx) error {
		last, err := s.ours(ctx, tx, in.ID, in.Version)
		if err != nil {
			return err
		}
		r := last.Record
		if r.Withdrawn = withdraw; !withdraw {
			r.Body, r.ValidFrom = in.Body, in.ValidFrom
			if err := CheckBody(r.Kind, r.Body); err != nil {
				return err
			}
			if err := s.tied(ctx, tx, r); err != nil {
				return err
			}
		}
		k, err = s.after(ctx, tx, by, last, r, in.Reason, in.Sign)
		return err
	})
	return k, err
}

// ours returns the last version of a record of this member, if it is the one that was read and still stands.
func (s *Service) ours(ctx context.Context, tx Tx, p id.Publication, version int64) (Kept, error) {
	all, err := tx.PublicationVersions(ctx, p)
	if err != nil {
		return Kept{}, err
	}
	if len(all) == 0 {
		return Kept{}, fault.New(fault.NotFound, "publication.none")
	}
	switch last := all[len(all)-1]; {
	case last.Record.Member != s.Member:
		return Kept{}, fault.New(fault.Denied, "publication.author")
	case last.Record.Version != version:
		return Kept{}, fault.New(fault.Stale, "publication.stale")
	case last.Record.Withdrawn:
		return Kept{}, fault.New(fault.Conflict, "publication.withdrawn")
	default:
		return last, nil
	}
}

// after issues r as the version after the last one.
func (s *Service) after(ctx context.Context, tx Tx, by keyring.Bearer, last Kept, r Record, reason string, signed bool) (Kept, error) {
	r.Version, r.Previous, r.Desk, r.Reason = last.Record.Version+1, last.Hash, seatOf(by), reason
	return s.issue(ctx, tx, by, r, signed)
}

// tied checks what a body points to: it is here, of a kind that it may be, and whoever reviews or signs off does so for a version that exists.
func (s *Service) tied(ctx context.Context, tx Tx, r Record) error {
	body := ReadBody(r.Body)
	for _, p := range ShapeOf(r.Kind) {
		links := map[string]string{p.Name: body.Word(p.Name)}
		if p.Is == Rows {
			links = map[string]string{}
			for i, row := range body.Rows(p.Name) {
				for _, q := range p.Rows {
					if q.Is == LinkTo {
						links[p.Name+"-"+strconv.Itoa(i)+"-"+q.Name] = row.Word(q.Name)
						p.To = q.To
					}
				}
			}
		} else if p.Is != LinkTo {
			continue
		}
		for at, to := range links {
			if to == "" {
				continue
			}
			all, err := tx.PublicationVersions(ctx, id.Publication(to))
			if err != nil {
				return err
			}
			if len(all) == 0 || !slices.Contains(p.To, all[0].Record.Kind) {
				return wrong(at)
			}
			switch meant := body.Word("hash"); {
			case r.Kind != SignOff && r.Kind != Review:
			case !slices.ContainsFunc(all, func(k Kept) bool { return k.Hash == meant }):
				return wrong("hash")
			case r.Kind == Review && all[0].Record.Member == s.Member:
				return fault.New(fault.Denied, "publication.own")
			}
		}
	}
	return nil
}

// seatOf says where the author sits: her desk, and for who sits at none, as coordinators and the secretariat do, her role.
func seatOf(by keyring.Bearer) id.Desk {
	if by.Desk == "" {
		return id.Desk(by.Role)
	}
	return by.Desk
}

// issue gives r its place, signs it, keeps it and sends it to every member.
func (s *Service) issue(ctx context.Context, tx Tx, by keyring.Bearer, r Record, signed bool) (Kept, error) {
	if closed, err := tx.Closed(ctx); err != nil {
		return Kept{}, err
	} else if closed { // a place that others have filled already would be a fork
		return Kept{}, fault.New(fault.Unavailable, "publication.restoring")
	}
	last, err := lastSeq(ctx, tx, s.Member)
	if err != nil {
		return Kept{}, err
	}
	r.Seq, r.Created = last+1, s.now()
	if err := r.Check(); err != nil {
		return Kept{}, err
	}
	var p *Person
	if signed || r.Kind.Personal() {
		if p, err = person(by, r); err != nil {
			return Kept{}, err
		}
	}
	k, err := sign(r, p, s.Exchange.Keys().Envelope)
	if err != nil {
		return Kept{}, err
	}
	k.From, k.Received = s.Member, s.now()
	if k, err = s.add(ctx, tx, k); err != nil {
		return Kept{}, err
	}
	held, err := member.InForce(ctx, tx)
	if err != nil {
		return Kept{}, err
	}
	for _, m := range held.Signed.Roster.Members {
		if m.ID == s.Member {
			continue
		}
		err := s.send(ctx, tx, m.ID, body{Have: []Mark{}, Records: []Signed{k.Signed}})
		if err != nil && !fault.Is(err, fault.Denied) { // suspended or blocked: she is greeted when she is not
			return Kept{}, err
		}
	}
	return k, nil
}

// person has the bearer sign the record.
func person(by keyring.Bearer, r Record) (*Person, error) {
	own, err := frame.Encode(r)
	if err != nil {
		return nil, err
	}
	p := &Person{Role: by.Role}
	if p.Signature, err = by.Sign(seal.DomainConclusion, own); err != nil {
		return nil, err
	}
	p.Key, err = by.Signer()
	return p, err
}

// lastSeq returns the last place of a member that is filled here.
func lastSeq(ctx context.Context, tx Tx, m id.Member) (int64, error) {
	mark, err := markOf(ctx, tx, m)
	if err != nil {
		return 0, err
	}
	for {
		page, err := tx.PublicationsAfter(ctx, m, mark, pageMax)
		if err != nil || len(page) == 0 {
			return mark, err
		}
		mark = page[len(page)-1].Record.Seq
	}
}

func (s *Service) send(ctx context.Context, tx Tx, to id.Member, b body) error {
	raw, err := envelope.EncodeBody(b)
	if err != nil {
		return err
	}
	_, err = s.Exchange.Seal(ctx, tx, exchange.Draft{Kind: envelope.Publication, To: to, Body: raw})
	return err
}
