package exchange

import (
	"context"
	"errors"
	"io"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/courier"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
)

// CourierLimits returns how long the records of a courier file may be.
func CourierLimits() courier.Limits {
	return courier.Limits{Envelope: envelope.MaxEnvelope, Receipt: envelope.MaxReceipt, Roster: member.MaxRoster, Sheet: member.MaxSheet}
}

func door() access.Resource { return access.Resource{Noun: "exchange", Realm: access.Office} }

// Export writes what waits for a member, or for everybody if to is empty, and the roster and the desk sheet of
// this member, into a courier file. Nothing in the outbox changes: the receipts will come back by courier or by
// wire. It returns how many envelopes the file holds.
//
// It fails with [fault.Denied] if who may not, and as the storage or w fails.
func (s *Service) Export(ctx context.Context, who access.Actor, to id.Member, w io.Writer) (int, error) {
	if err := access.Check(who, access.ExportExchange, door()); err != nil {
		return 0, err
	}
	if err := s.Update(ctx, func(tx Tx) error {
		_, err := s.record(ctx, tx, audit.Did(who, access.ExportExchange, string(to)))
		return err
	}); err != nil {
		return 0, err
	}
	c, err := courier.NewWriter(w, courier.Manifest{Format: 1, By: s.Self, Created: s.now()}, CourierLimits())
	if err != nil {
		return 0, err
	}
	if err := s.exportOwn(ctx, c); err != nil {
		return 0, err
	}
	n := 0
	var after id.Envelope
	for {
		var rows []Out
		err := s.Read(ctx, func(tx Tx) (err error) {
			rows, err = s.waitingOut(ctx, tx, to, after)
			return err
		})
		if err != nil {
			return n, err
		}
		for _, o := range rows {
			after = o.ID
			if err := c.Add(courier.Record{Kind: courier.Envelope, Data: o.Bytes}); err != nil {
				return n, err
			}
			n++
		}
		if len(rows) < page {
			return n, c.Close()
		}
	}
}

// exportOwn writes what lets a node that was away judge the rest.
func (s *Service) exportOwn(ctx context.Context, c *courier.Writer) error {
	var roster, sheet []byte
	err := s.Read(ctx, func(tx Tx) error {
		held, _, err := s.self(ctx, tx)
		if err != nil {
			return err
		}
		if roster, err = held.Signed.Encode(); err != nil {
			return err
		}
		own, err := member.SheetOf(ctx, tx, s.Self)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err == nil {
			sheet, err = own.Signed.Encode()
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := c.Add(courier.Record{Kind: courier.Roster, Data: roster}); err != nil || sheet == nil {
		return err
	}
	return c.Add(courier.Record{Kind: courier.Sheet, Data: sheet})
}

// Imported says what an import did.
type Imported struct {
	By        id.Member // who wrote the file, by its own word
	Envelopes int       // taken, refusals included: each has its receipt
	Elsewhere int       // for other members: left in the file
	Receipts  int       // taken
	Failed    []string  // message keys of records that could not be taken
	Records   []Record  // each record of the file, in its order
}

// Outcome is what became of a record of a courier file.
type Outcome string

// The outcomes.
const (
	RecordTaken     Outcome = "taken"
	RecordRefused   Outcome = "refused"   // its receipt says so to the sender
	RecordElsewhere Outcome = "elsewhere" // for another member: left in the file
	RecordFailed    Outcome = "failed"    // not taken, and nobody is told
)

// Record is a record of a courier file, by what anybody can see of it, and what became of it.
type Record struct {
	Number  int        `json:"number"`
	Kind    string     `json:"kind" enum:"envelope,receipt,roster,sheet"`
	From    id.Member  `json:"from,omitempty"`
	To      id.Member  `json:"to,omitempty"`
	Made    frame.Time `json:"made,omitempty"`
	Outcome Outcome    `json:"outcome" enum:"taken,refused,elsewhere,failed"`
	Why     string     `json:"why,omitempty"` // message key of a failure, or code of a refusal
}

// seen is a record as it stands in the file.
func seen(number int, r courier.Record) Record {
	out := Record{Number: number, Kind: map[courier.Kind]string{
		courier.Envelope: "envelope", courier.Receipt: "receipt", courier.Roster: "roster", courier.Sheet: "sheet",
	}[r.Kind]}
	switch r.Kind {
	case courier.Envelope:
		if e, err := envelope.Parse(r.Data); err == nil {
			out.From, out.To, out.Made = e.Header.From, e.Header.To, e.Header.Created
		}
	case courier.Receipt:
		if x, err := envelope.ParseReceipt(r.Data); err == nil {
			out.From, out.To, out.Made = x.Receipt.By, x.Receipt.From, x.Receipt.At
		}
	case courier.Sheet:
		if x, err := member.ParseSheet(r.Data); err == nil {
			out.From = x.Sheet.Member
		}
	}
	return out
}

// Import takes everything in a courier file that is for this node. Receipts for it wait in the outbox and leave
// with the next export or by wire. A record that cannot be taken does not stop the others; a file that is cut
// short keeps what came before the cut.
//
// It fails with [fault.Denied] if who may not, as [courier.Reader.Next] does, and as the storage fails.
func (s *Service) Import(ctx context.Context, who access.Actor, r io.Reader) (Imported, error) {
	var did Imported
	if err := access.Check(who, access.ImportExchange, door()); err != nil {
		return did, err
	}
	c, err := courier.NewReader(r, CourierLimits())
	if err != nil {
		return did, err
	}
	did.By = c.Manifest.By
	if err := s.Update(ctx, func(tx Tx) error {
		_, err := s.record(ctx, tx, audit.Did(who, access.ImportExchange, string(c.Manifest.By)))
		return err
	}); err != nil {
		return did, err
	}
	type waiting struct {
		courier.Record
		at int // its place among the records
	}
	var early []waiting // cannot be taken yet: what they wait for may come later in the file
	t := turns{}
	for {
		record, err := c.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return did, err
		}
		at := len(did.Records)
		did.Records = append(did.Records, seen(at+1, record))
		err = s.takeRecord(ctx, who, record, t, &did, at)
		switch {
		case fault.Is(err, fault.Internal):
			return did, err
		case fault.Is(err, fault.Unavailable):
			early = append(early, waiting{record, at})
		case err != nil:
			did.fail(at, err)
		}
	}
	clear(t)
	for _, w := range early {
		err := s.takeRecord(ctx, who, w.Record, t, &did, w.at)
		if fault.Is(err, fault.Internal) {
			return did, err
		}
		if err != nil {
			did.fail(w.at, err)
		}
	}
	return did, nil
}

func (d *Imported) fail(at int, err error) {
	_, key, _ := fault.Public(err)
	d.Failed = append(d.Failed, key)
	d.Records[at].Outcome, d.Records[at].Why = RecordFailed, key
}

func (s *Service) takeRecord(ctx context.Context, who access.Actor, r courier.Record, t turns, did *Imported, at int) error {
	row := &did.Records[at]
	row.Outcome = RecordTaken
	switch r.Kind {
	case courier.Envelope:
		receipt, err := s.inTurn(ctx, t, Carried, r.Data)
		if f, ok := errors.AsType[*fault.Error](err); ok && f.Key == "exchange.wrong-member" {
			did.Elsewhere++
			row.Outcome = RecordElsewhere
			return nil
		}
		if err == nil {
			did.Envelopes++
			if said, e := envelope.ParseReceipt(receipt); e == nil {
				switch said.Receipt.Stage {
				case envelope.Refused:
					row.Outcome, row.Why = RecordRefused, string(said.Receipt.Refusal)
				case envelope.Expired:
					row.Outcome, row.Why = RecordRefused, string(envelope.Expired)
				}
			}
		}
		return err
	case courier.Receipt:
		err := s.TakeReceipt(ctx, r.Data)
		if err == nil {
			did.Receipts++
		}
		return err
	case courier.Roster:
		next, err := member.ParseRoster(r.Data)
		if err != nil {
			return err
		}
		return s.Update(ctx, func(tx Tx) error {
			if _, err := s.record(ctx, tx, audit.Did(who, access.ImportRoster, "")); err != nil {
				return err
			}
			return s.takeRoster(ctx, tx, next)
		})
	case courier.Sheet:
		next, err := member.ParseSheet(r.Data)
		if err != nil {
			return err
		}
		return s.Update(ctx, func(tx Tx) error {
			if _, err := s.record(ctx, tx, audit.Did(who, access.ImportExchange, string(next.Sheet.Member)).For("sheet")); err != nil {
				return err
			}
			return s.takeSheet(ctx, tx, next)
		})
	}
	return fault.New(fault.Invalid, "exchange.courier.record")
}

// Seen is what anybody who holds a courier file or an envelope can see of it.
type Seen struct {
	Manifest  courier.Manifest   `json:"manifest"`
	Envelopes []envelope.Header  `json:"envelopes"`
	Receipts  []envelope.Receipt `json:"receipts"`
	Rosters   int                `json:"rosters"`
	Sheets    int                `json:"sheets"`
}

// Inspect reads the clear parts of a courier file. Nothing is verified and nothing is taken.
//
// It fails with [fault.Invalid] or [fault.TooLarge] for a file that is not whole; what was read before is
// returned with the error.
func Inspect(r io.Reader) (Seen, error) {
	seen := Seen{Envelopes: []envelope.Header{}, Receipts: []envelope.Receipt{}}
	c, err := courier.NewReader(r, CourierLimits())
	if err != nil {
		return seen, err
	}
	seen.Manifest = c.Manifest
	for {
		record, err := c.Next()
		if errors.Is(err, io.EOF) {
			return seen, nil
		}
		if err != nil {
			return seen, err
		}
		switch record.Kind {
		case courier.Envelope:
			e, err := envelope.Parse(record.Data)
			if err != nil {
				return seen, err
			}
			seen.Envelopes = append(seen.Envelopes, e.Header)
		case courier.Receipt:
			r, err := envelope.ParseReceipt(record.Data)
			if err != nil {
				return seen, err
			}
			seen.Receipts = append(seen.Receipts, r.Receipt)
		case courier.Roster:
			seen.Rosters++
		case courier.Sheet:
			seen.Sheets++
		}
	}
}
