package cooperation

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
)

// Said is an event with its words.
type Said struct {
	Event
	Mine    bool // this side took it
	Note    *Note
	Record  *Record // of [Ask]
	Spoiled bool    // what came opens and is not what it should be
}

// File is one end of a request, opened.
type File struct {
	Row
	Request *Request // at the end that asks
	Law     profile.Instrument
	Known   bool // the matrix here has the instrument, for these two members and this kind
	Lacks   []string
	Events  []Said
	Next    []Step
}

// Record returns what the desk that was asked knows of the request; nil at the end that asks before it was sent.
func (f File) Record() *Record {
	for _, e := range f.Events {
		if e.Record != nil {
			return e.Record
		}
	}
	return nil
}

// Failed returns why the first of our steps did not arrive that did not; empty: all did, or are on their way.
func (f File) Failed() string {
	for _, e := range f.Events {
		if e.Failed != "" {
			return e.Failed
		}
	}
	return ""
}

// List returns the requests of the desk of who asks, newest first, before the one named, and the one to go on with; empty: there is no more.
// What each says stays shut.
//
// It fails with [fault.Denied].
func (s *Service) List(ctx context.Context, who access.Actor, before id.Thread, limit int) (all []Row, next id.Thread, err error) {
	on := access.Resource{Noun: "cooperation", Realm: access.Prosecution, Desk: who.Desk}
	if err := access.Check(who, access.ListCooperation, on); err != nil {
		return nil, "", err
	}
	err = s.Read(ctx, func(tx Tx) (err error) {
		all, err = tx.CooperationsAt(ctx, who.Desk, before, limit+1)
		return err
	})
	if len(all) > limit {
		all = all[:limit]
		next = all[limit-1].ID
	}
	return all, next, err
}

// Open shows a request with all that was said about it. What arrived and nobody has opened is opened now, and its sender learns that a person
// has read it; what opens and is not of the form is refused, and shown as spoiled.
//
// It fails with [fault.Denied], and with [fault.Hidden] for a request that is not her desk's, whether it exists or not; [fault.Locked] without
// keys; and [fault.Conflict] "cooperation.erased" if nothing of it is kept.
func (s *Service) Open(ctx context.Context, by keyring.Bearer, thread id.Thread) (File, error) {
	var f File
	err := s.Write(ctx, audit.Saw(by.Actor, access.ReadCooperation, string(thread)), func(tx Tx) error {
		f = File{}
		r, err := s.mine(ctx, tx, by.Actor, access.ReadCooperation, thread)
		if err != nil {
			return err
		}
		made := len(r.Box.Sealed) == 0
		r, key, err := s.key(ctx, tx, by, r)
		if err != nil {
			return err
		}
		defer key.Wipe()
		events, err := tx.CooperationEvents(ctx, r.ID, r.Desk)
		if err != nil {
			return err
		}
		first := r.Instrument
		for _, e := range events {
			x, err := s.say(ctx, tx, by, key, r, e)
			if err != nil {
				return err
			}
			if x.Record != nil && r.Instrument == "" {
				r.Instrument = x.Record.Instrument
			}
			f.Events = append(f.Events, x)
		}
		if r.Side == envelope.Opener {
			plain, err := key.Open(s.bodyField(r).AAD(), r.Body)
			if err != nil {
				return fault.Wrap(fault.Internal, "cooperation.kept", err)
			}
			defer clear(plain)
			x, err := ParseRequest(plain)
			if err != nil {
				return fault.Wrap(fault.Internal, "cooperation.kept", err)
			}
			f.Request, f.Lacks = &x, x.Lacks()
		}
		if made || first != r.Instrument {
			if err := tx.SetCooperation(ctx, r); err != nil {
				return err
			}
			r.Version++
		}
		if _, err := s.Tasks.DoneIn(ctx, tx, r.object(), TaskTold); err != nil {
			return err
		}
		f.Row, f.Next = r, Next(r.Kind, r.State, r.Side)
		return nil
	})
	if err != nil {
		return File{}, err
	}
	from, to := s.Member, f.Peer.Member
	if f.Side == envelope.Answerer {
		from, to = to, from
	}
	f.Law, f.Known = s.instrument(from, to, f.Kind, f.Instrument)
	return f, nil
}

// say opens the words of an event: those that rest under the key of the request, or those that are still in their envelope.
func (s *Service) say(ctx context.Context, tx Tx, by keyring.Bearer, key seal.Key, r Row, e Event) (Said, error) {
	x := Said{Event: e, Mine: e.Step.Owner() == r.Side}
	switch {
	case e.Body != nil:
		plain, err := key.Open(s.eventField(e).AAD(), e.Body)
		if err != nil {
			return x, fault.Wrap(fault.Internal, "cooperation.kept", err)
		}
		defer clear(plain)
		if err := s.read(&x, r, plain); err != nil {
			return x, fault.Wrap(fault.Internal, "cooperation.kept", err)
		}
		return x, nil
	case e.Intake == "":
		x.Spoiled = e.Failed != "" && !x.Mine
		return x, nil
	}
	plain, err := s.envelope(ctx, tx, by, r.Desk, e)
	defer clear(plain)
	if err == nil {
		err = s.read(&x, r, plain)
	}
	receipt := envelope.Receipt{Stage: envelope.Opened}
	switch {
	case err == nil:
		x.Body = key.Seal(s.eventField(e).AAD(), plain)
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.TooLarge):
		x = Said{Event: e, Spoiled: true}
		x.Failed = string(envelope.BadBody)
		receipt = envelope.Receipt{Stage: envelope.Refused, Refusal: envelope.BadBody}
	default:
		return x, err
	}
	x.Intake = ""
	if err := tx.SetCooperationEvent(ctx, x.Event); err != nil {
		return x, err
	}
	return x, s.Exchange.Answer(ctx, tx, e.Envelope, receipt)
}

// envelope opens the words of a step that arrived.
func (s *Service) envelope(ctx context.Context, tx Tx, by keyring.Bearer, desk id.Desk, e Event) ([]byte, error) {
	in, err := tx.In(ctx, e.Envelope)
	if err != nil {
		return nil, err
	}
	if in.Bytes == nil || in.State == exchange.InRefused {
		return nil, fault.New(fault.Conflict, "cooperation.erased")
	}
	parsed, err := envelope.Parse(in.Bytes)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "cooperation.envelope", err)
	}
	private, err := s.Keys.OpenIntakeIn(ctx, tx, by, desk, e.Intake)
	if err != nil {
		return nil, err
	}
	plain, err := parsed.OpenContent(private)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "cooperation.spoiled", err)
	}
	return plain, nil
}

// read reads the words of a step. A record that carries more than the matrix here lets through is refused, whatever the matrix there says.
func (s *Service) read(x *Said, r Row, plain []byte) error {
	if x.Step != Ask {
		n, err := parseNote(plain)
		if err == nil && (n.Thread != r.ID || n.Step != x.Step) {
			err = wrong("thread")
		}
		x.Note = &n
		return err
	}
	rec, err := parseRecord(plain)
	if err != nil {
		return err
	}
	if rec.Thread != r.ID || rec.Kind != r.Kind {
		return wrong("thread")
	}
	if rec.Due != r.Due || rec.Urgent != r.Urgent { // by these the node here runs clocks, and never opened the record
		return wrong("due")
	}
	if x.Intake != "" { // it is opened for the first time
		law, _ := s.instrument(r.Peer.Member, s.Member, rec.Kind, rec.Instrument)
		if len(rec.Facts) > 0 && !law.May(profile.CarriesSpontaneous) || rec.Document != nil && !law.May(profile.CarriesDocuments) {
			return fault.New(fault.Invalid, "cooperation.exceeds")
		}
	}
	x.Record = &rec
	return nil
}

// Know returns the end of a request without opening it.
//
// It fails with [fault.Denied], and [fault.Hidden] for a request that is not her desk's, whether it exists or not.
func (s *Service) Know(ctx context.Context, who access.Actor, thread id.Thread) (r Row, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		r, err = s.mine(ctx, tx, who, access.KnowCooperation, thread)
		return err
	})
	return r, err
}
