package cooperation

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/profile"
)

// Send sends the record of a request to the desk that is asked. What the instrument does not let through stays here, and goes by the official
// channel.
//
// It fails as [Service.Change], with [fault.Invalid] "cooperation.lacks" naming what the request lacks; [fault.Denied]
// "cooperation.instrument.unverified" while nobody has confirmed the row of the matrix, and "cooperation.release" if something stands in it out of a
// release that has ended or is not to be passed on; [fault.Conflict] "cooperation.no-facts" for unasked information that the instrument does not let
// through; and as [exchange.Service.Seal].
func (s *Service) Send(ctx context.Context, by keyring.Bearer, thread id.Thread, version int64) (Row, error) {
	var out Row
	err := s.Write(ctx, audit.Did(by.Actor, access.SendCooperation, string(thread)), func(tx Tx) error {
		r, err := s.mine(ctx, tx, by.Actor, access.SendCooperation, thread)
		switch {
		case err != nil:
			return err
		case r.Side != envelope.Opener || r.State != Draft:
			return fault.New(fault.Conflict, "cooperation.sent")
		case r.Version != version:
			return fault.New(fault.Stale, "cooperation.stale")
		}
		x, err := s.request(ctx, tx, by, r)
		if err != nil {
			return err
		}
		if lacks := x.Lacks(); len(lacks) > 0 {
			return fault.New(fault.Invalid, "cooperation.lacks").With("field", lacks[0])
		}
		row, ok := s.instrument(s.Member, r.Peer.Member, x.Kind, x.Instrument)
		if !ok {
			return wrong("instrument")
		}
		if !row.Origin.Usable() {
			return fault.New(fault.Denied, "cooperation.instrument.unverified").With("item", profile.Network+"/instrument."+row.Key)
		}
		for _, rel := range x.Releases() {
			if err := s.passes(ctx, tx, r.Desk, rel); err != nil {
				return err
			}
		}
		record, err := recordOf(x, row)
		if err != nil {
			return err
		}
		content, err := frame.Encode(record)
		if err != nil {
			return err
		}
		defer clear(content)
		out, err = s.take(ctx, tx, by, r, row.Basis, body{Step: Ask, Kind: r.Kind, Day: s.today(), Due: r.Due}, content)
		return err
	})
	return out, err
}

// Taking is a step that is taken.
type Taking struct {
	Step Step
	Code string // of [Decisions] or [Executions]
	Day  string // on which it was done; empty: today
	Note Note   // its schema, thread and step are set here; a note that says nothing is not sent
}

// Take takes a step and tells the other side.
//
// It fails as [Service.Change], with [fault.Stale] "cooperation.stale" if the request stands otherwise than it was read, [fault.Conflict]
// "cooperation.step" if the step cannot be taken now, [fault.Denied] "cooperation.basis" if no legal basis lets it cross, [fault.Invalid] naming the field,
// and as [exchange.Service.Seal].
func (s *Service) Take(ctx context.Context, by keyring.Bearer, thread id.Thread, version int64, in Taking) (Row, error) {
	var out Row
	err := s.Write(ctx, audit.Did(by.Actor, access.AnswerCooperation, string(thread)).For(string(in.Step)), func(tx Tx) error {
		r, err := s.mine(ctx, tx, by.Actor, access.AnswerCooperation, thread)
		switch {
		case err != nil:
			return err
		case r.Version != version:
			return fault.New(fault.Stale, "cooperation.stale")
		case in.Step == Ask || !slices.Contains(Next(r.Kind, r.State, r.Side), in.Step):
			return fault.New(fault.Conflict, "cooperation.step")
		case !slices.Contains(in.Step.codes(), in.Code):
			return wrong("code")
		}
		if in.Day == "" {
			in.Day = s.today()
		}
		if !day(in.Day) || in.Day > s.Now().UTC().AddDate(0, 0, 1).Format("2006-01-02") {
			return wrong("day")
		}
		n := in.Note
		n.Schema, n.Thread, n.Step = noteTag, r.ID, in.Step
		if n.Text == "" {
			n.Language = ""
		}
		var content []byte
		if err := n.check(); err != nil {
			return err
		}
		if n != (Note{Schema: noteTag, Thread: r.ID, Step: in.Step}) {
			if content, err = frame.Encode(n); err != nil {
				return err
			}
			defer clear(content)
		}
		basis, err := s.basis(ctx, tx, r)
		if err != nil {
			return err
		}
		out, err = s.take(ctx, tx, by, r, basis, body{Step: in.Step, Kind: r.Kind, Code: in.Code, Day: in.Day}, content)
		return err
	})
	return out, err
}

// basis is the legal basis on which a step crosses: that of the instrument where the rule row of this direction permits it, else the first that it
// permits of those for the prosecution.
func (s *Service) basis(ctx context.Context, tx Tx, r Row) (string, error) {
	var first error
	from, to := s.Member, r.Peer.Member
	if r.Side == envelope.Answerer {
		from, to = to, from
	}
	var all []string
	if row, ok := s.instrument(from, to, r.Kind, r.Instrument); ok {
		all = append(all, row.Basis)
	}
	for _, b := range append(all, "mla-treaty", "led-transfer") {
		_, err := s.Exchange.Weigh(ctx, tx, exchange.Crossing{
			Kind: envelope.Cooperation, From: id.Address{Member: s.Member, Desk: r.Desk}, FromRealm: access.Prosecution, To: r.Peer,
			ToRealm: access.Prosecution, Basis: b,
		})
		if err == nil || !fault.Is(err, fault.Denied) {
			return b, err
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}

// take seals a step with its words, keeps it, and moves the row.
func (s *Service) take(ctx context.Context, tx Tx, by keyring.Bearer, r Row, basis string, b body, content []byte) (Row, error) {
	events, err := tx.CooperationEvents(ctx, r.ID, r.Desk)
	if err != nil {
		return r, err
	}
	e := Event{
		Thread: r.ID, Desk: r.Desk, N: int64(len(events)) + 1, Step: b.Step, Code: b.Code, Day: b.Day, By: by.User, At: s.now(),
	}
	if content != nil {
		kept, key, err := s.key(ctx, tx, by, r)
		if err != nil {
			return r, err
		}
		r, e.Body = kept, key.Seal(s.eventField(e).AAD(), content)
		key.Wipe()
	}
	if e.Envelope, err = s.seal(ctx, tx, r, basis, "", b, content); err != nil {
		return r, err
	}
	if err := tx.AddCooperationEvent(ctx, e); err != nil {
		return r, err
	}
	return s.moveIn(ctx, tx, r, append(events, e))
}

func (s *Service) seal(ctx context.Context, tx Tx, r Row, basis string, replaces id.Envelope, b body, content []byte) (id.Envelope, error) {
	raw, err := envelope.EncodeBody(b)
	if err != nil {
		return "", err
	}
	d := exchange.Draft{
		Kind: envelope.Cooperation, FromDesk: r.Desk, Realm: access.Prosecution, To: r.Peer.Member, ToDesk: r.Peer.Desk, Thread: r.ID, Side: r.Side,
		Opens: r.Side == envelope.Opener, Replaces: replaces, Basis: basis, Body: raw, Content: content,
	}
	if r.Urgent {
		d.Urgency = "urgent"
	}
	return s.Exchange.Seal(ctx, tx, d)
}

// moveIn keeps how a request stands after what has happened, and ends the tasks that it has overtaken.
func (s *Service) moveIn(ctx context.Context, tx Tx, r Row, events []Event) (Row, error) {
	before := r.State
	r.State = StateOf(events)
	if err := tx.SetCooperation(ctx, r); err != nil {
		return r, err
	}
	r.Version++
	if r.State.Over() {
		_, err := s.Tasks.DropIn(ctx, tx, r.object(), "")
		return r, err
	}
	if before == r.State || r.Side != envelope.Answerer {
		return r, nil
	}
	return r, s.dueIn(ctx, tx, r, events)
}

// Resend seals anew a step that the other node refused or that did not arrive in time, in its place.
//
// It fails as [Service.Take], and with [fault.Conflict] "cooperation.arrived" if nothing failed.
func (s *Service) Resend(ctx context.Context, by keyring.Bearer, thread id.Thread) error {
	return s.Write(ctx, audit.Did(by.Actor, access.AnswerCooperation, string(thread)).For("again"), func(tx Tx) error {
		r, err := s.mine(ctx, tx, by.Actor, access.AnswerCooperation, thread)
		if err != nil {
			return err
		}
		events, err := tx.CooperationEvents(ctx, r.ID, r.Desk)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(events, func(e Event) bool { return e.Failed != "" })
		if i < 0 {
			return fault.New(fault.Conflict, "cooperation.arrived")
		}
		e := events[i]
		var content []byte
		if e.Body != nil {
			_, key, err := s.key(ctx, tx, by, r)
			if err != nil {
				return err
			}
			defer key.Wipe()
			if content, err = key.Open(s.eventField(e).AAD(), e.Body); err != nil {
				return fault.Wrap(fault.Internal, "cooperation.kept", err)
			}
			defer clear(content)
		}
		basis, err := s.basis(ctx, tx, r)
		if err != nil {
			return err
		}
		replaces := e.Envelope
		if e.Failed == expired || e.Told != 0 { // what was taken there, and refused by the person who opened it, keeps its place
			replaces = ""
		}
		b := body{Step: e.Step, Kind: r.Kind, Code: e.Code, Day: e.Day}
		if e.Step == Ask {
			b.Due = r.Due
		}
		if e.Envelope, err = s.seal(ctx, tx, r, basis, replaces, b, content); err != nil {
			return err
		}
		e.Failed, e.Told = "", 0
		if err := tx.SetCooperationEvent(ctx, e); err != nil {
			return err
		}
		_, err = s.Tasks.DoneIn(ctx, tx, r.object(), TaskFailed)
		return err
	})
}
