package job

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/member"
)

// Tx is what witnessing needs kept.
type Tx interface {
	exchange.Tx
	audit.Tx
	audit.Reader
	audit.Keeper
	audit.WitnessTx
}

// Witnessing lets checkpoints, cosignatures and proofs travel between members (spec/audit-log.md, sections 6 to 8).
// Each is a control-only envelope, so that a node behind a firewall or a courier is served like everybody.
type Witnessing struct {
	Self     id.Member
	Exchange *exchange.Service
	Update   func(context.Context, func(Tx) error) error // as that of the exchange
	Read     func(context.Context, func(Tx) error) error
	Keys     func() *keyring.NodeKeys
	Now      func() time.Time
	Rand     io.Reader
	Alarm    func(ctx context.Context, key string, args map[string]string)
	// Warn tells the coordinator that the log has gone without a witnessed checkpoint since then, or takes that back; nil:
	// nobody is told.
	Warn func(ctx context.Context, since frame.Time, on bool) error
	// Forked is told about evidence against a member's log, in the transaction that keeps it; nil: nobody is told.
	Forked func(ctx context.Context, tx Tx, f audit.Fork) error
}

// pastRosters is from how many rosters, newest first, keys of logs are taken.
const pastRosters = 32

// past is how many of our newest checkpoints a cosignature may be for.
const past = 64

// roster returns the keys by which logs are judged.
func roster(ctx context.Context, tx member.Tx) (audit.Roster, error) {
	held, err := tx.Rosters(ctx, pastRosters)
	if err != nil {
		return nil, err
	}
	var all []member.Roster
	for _, h := range held {
		if !h.Disputed {
			all = append(all, h.Signed.Roster)
		}
	}
	return member.LogKeys(all...), nil
}

func (w *Witnessing) witness(ctx context.Context, tx Tx) (audit.Witness, error) {
	keys, err := roster(ctx, tx)
	return audit.Witness{Member: w.Self, Key: w.Keys().WitnessSigner(), Roster: keys, Now: w.Now}, err
}

// Publish signs the state of the log, if it has grown since the last time, and asks every active member to
// countersign it. It returns how many were asked.
//
// It fails as the storage and the exchange fail.
func (w *Witnessing) Publish(ctx context.Context) (int, error) {
	grown := false
	err := w.Read(ctx, func(tx Tx) error {
		heads, err := tx.AuditHeads(ctx)
		if err != nil || len(heads) == 0 {
			return err
		}
		end := heads[len(heads)-1]
		last, err := audit.Newest(ctx, tx)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		grown = last.At != audit.At(end.Epoch, end.Size)
		return nil
	})
	if err != nil || !grown {
		return 0, err
	}
	asked := 0
	err = w.Update(ctx, func(tx Tx) error {
		asked = 0
		if _, err := tx.Record(ctx, audit.Did(access.Node(w.Self), access.WitnessAudit, "log")); err != nil {
			return err
		}
		c, err := audit.Publish(ctx, tx, tx, w.Rand, w.Keys().CheckpointSigner(), w.Self, frame.At(w.Now()))
		if err != nil {
			return err
		}
		held, err := member.InForce(ctx, tx)
		if fault.Is(err, fault.NotFound) {
			return nil // of no network yet: nobody to ask
		} else if err != nil {
			return err
		}
		known, err := acknowledged(ctx, tx, c)
		if err != nil {
			return err
		}
		for _, m := range held.Signed.Roster.Members {
			if m.ID == w.Self || m.Status != member.Active {
				continue
			}
			if err := w.ask(ctx, tx, m.ID, c, known[m.ID]); err != nil {
				return err
			}
			asked++
		}
		return nil
	})
	return asked, err
}

// acknowledged returns the newest size of the epoch of c that each member is known to have cosigned.
func acknowledged(ctx context.Context, tx Tx, c audit.Checkpoint) (map[id.Member]int64, error) {
	list, err := newest(ctx, tx, c.At)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	all, err := tx.AuditCosignatures(ctx, list[0].At, c.At+1, past*member.MaxMembers)
	known := make(map[id.Member]int64)
	for _, x := range all {
		known[x.Member] = max(known[x.Member], x.At.Index())
	}
	return known, err
}

// newest returns our newest checkpoints up to a place of its epoch, oldest first.
func newest(ctx context.Context, tx Tx, upto audit.Place) ([]audit.Checkpoint, error) {
	for width := int64(64 * past); ; width *= 16 {
		from := max(0, upto.Index()-width)
		list, err := tx.AuditCheckpoints(ctx, audit.At(upto.Epoch(), from), upto+1, 2*past)
		if err != nil || len(list) >= past || from == 0 {
			return list[max(0, len(list)-past):], err
		}
	}
}

// ask sends a member a request to countersign c, with the proof from the size that she knows. A member that knows
// nothing of this epoch first gets the statement with which it began.
func (w *Witnessing) ask(ctx context.Context, tx Tx, to id.Member, c audit.Checkpoint, old int64) error {
	if c.At.Epoch() > 1 && old == 0 {
		notes, err := tx.AuditEpochs(ctx)
		if err != nil {
			return err
		}
		if i := int(c.At.Epoch()) - 2; i < len(notes) {
			if err := w.send(ctx, tx, envelope.Consistency, to, notes[i]); err != nil {
				return err
			}
		}
	}
	v, err := audit.Look(ctx, tx)
	if err != nil {
		return err
	}
	r, err := v.Ask(ctx, c, old)
	if err != nil {
		return err
	}
	return w.send(ctx, tx, envelope.Checkpoint, to, r.Text())
}

func (w *Witnessing) send(ctx context.Context, tx Tx, k envelope.Kind, to id.Member, note string) error {
	body, err := envelope.EncodeBody(envelope.NoteBody{Note: note})
	if err != nil {
		return err
	}
	_, err = w.Exchange.Seal(ctx, tx, exchange.Draft{Kind: k, To: to, Body: body})
	if fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound) {
		return nil // blocked, suspended or gone meanwhile
	}
	return err
}

// Handle registers what this node does with the envelopes of witnessing.
func (w *Witnessing) Handle() {
	on := func(k envelope.Kind, fn func(context.Context, Tx, id.Member, string) error) {
		w.Exchange.Handle(k, exchange.HandlerFunc(func(ctx context.Context, tx exchange.Tx, a exchange.Arrived) error {
			wide, ok := tx.(Tx)
			if !ok {
				return fault.New(fault.Internal, "job.wiring")
			}
			note, err := a.Control.Note()
			if err != nil {
				return err
			}
			return fn(ctx, wide, a.Envelope.Header.From, note)
		}))
	}
	on(envelope.Checkpoint, w.asked)
	on(envelope.Cosignature, w.cosigned)
	on(envelope.Consistency, w.told)
	w.Exchange.See = w.see
}

// asked judges a checkpoint of another member and countersigns it, or says what is wanted before.
func (w *Witnessing) asked(ctx context.Context, tx Tx, from id.Member, text string) error {
	witness, err := w.witness(ctx, tx)
	if err != nil {
		return err
	}
	a, err := witness.Add(ctx, tx, from, text)
	if err != nil {
		return err
	}
	switch a.Verdict {
	case audit.Cosigned:
		return w.send(ctx, tx, envelope.Cosignature, from, a.Lines)
	case audit.OtherSize, audit.Unproven:
		o, err := tx.AuditObserved(ctx, from)
		if err != nil {
			return err
		}
		return w.send(ctx, tx, envelope.Consistency, from, demand{epoch: max(1, o.Epoch), old: a.Size}.text(from))
	case audit.Unannounced:
		w.Alarm(ctx, "audit.unannounced", map[string]string{"member": string(from)})
	}
	return w.fork(ctx, tx, a)
}

// see takes note of the checkpoint in the header of an envelope.
func (w *Witnessing) see(ctx context.Context, narrow exchange.Tx, from id.Member, note string) error {
	tx, ok := narrow.(Tx)
	if !ok {
		return fault.New(fault.Internal, "job.wiring")
	}
	if from == w.Self {
		return nil
	}
	if known, err := audit.Known(ctx, tx, from, note); err != nil || known {
		return err
	}
	witness, err := w.witness(ctx, tx)
	if err != nil {
		return err
	}
	a, err := witness.See(ctx, tx, from, note)
	if err != nil {
		return err
	}
	// The envelope of a member with two histories is not refused: what it carries may be the only way to reach
	// somebody, and people decide whether to block her. The evidence is kept and told.
	return w.fork(ctx, tx, a)
}

func (w *Witnessing) fork(ctx context.Context, tx Tx, a audit.Answer) error {
	if a.Fork == nil {
		return nil
	}
	w.Alarm(ctx, "audit.fork", map[string]string{"member": string(a.Fork.Member)})
	if w.Forked != nil {
		if err := w.Forked(ctx, tx, *a.Fork); err != nil {
			return err
		}
	}
	return w.tellFork(ctx, tx, *a.Fork)
}

// cosigned keeps the cosignature of a member under the newest of our checkpoints that it is for.
func (w *Witnessing) cosigned(ctx context.Context, tx Tx, from id.Member, lines string) error {
	keys, err := roster(ctx, tx)
	if err != nil {
		return err
	}
	last, err := audit.Newest(ctx, tx)
	if err != nil {
		return err
	}
	list, err := newest(ctx, tx, last.At)
	if err != nil {
		return err
	}
	err = fault.New(fault.Denied, "audit.cosignature.form")
	for i := len(list) - 1; i >= 0; i-- {
		var c audit.Cosignature
		if c, err = audit.ReadCosignature(list[i], lines, from, keys); err == nil {
			return tx.AddAuditCosignature(ctx, c)
		}
	}
	return err
}

// told takes what is said about consistency: a demand, a statement that began an epoch, evidence against somebody, or a proof.
func (w *Witnessing) told(ctx context.Context, tx Tx, from id.Member, text string) error {
	if strings.HasPrefix(text, audit.ForkWord) {
		return w.convicted(ctx, tx, text)
	}
	if strings.HasPrefix(text, demandWord) {
		d, err := parseDemand(text, w.Self)
		if err != nil {
			return err
		}
		return w.prove(ctx, tx, from, d)
	}
	witness, err := w.witness(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := audit.ParseBeginning(text, witness.Roster); err == nil {
		loss, err := witness.Follow(ctx, tx, from, text)
		if fault.Is(err, fault.Stale) {
			return nil // told before
		}
		if err != nil {
			return err
		}
		w.Alarm(ctx, "audit.epoch", map[string]string{"member": string(from)})
		return w.fork(ctx, tx, audit.Answer{Fork: loss.Fork})
	}
	a, err := witness.Settle(ctx, tx, from, text)
	if err != nil {
		return err
	}
	return w.fork(ctx, tx, a)
}

// prove answers a demand: by our newest checkpoint, or between the two that are named.
func (w *Witnessing) prove(ctx context.Context, tx Tx, to id.Member, d demand) error {
	if d.size == 0 {
		c, err := audit.Newest(ctx, tx)
		if err != nil {
			return err
		}
		if c.At.Epoch() != d.epoch || c.At.Index() < d.old {
			d.old = 0
		}
		return w.ask(ctx, tx, to, c, d.old)
	}
	at := audit.At(d.epoch, d.size)
	list, err := tx.AuditCheckpoints(ctx, at, at+1, 1)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fault.New(fault.NotFound, "audit.checkpoint.none")
	}
	v, err := audit.Look(ctx, tx)
	if err != nil {
		return err
	}
	r, err := v.Ask(ctx, list[0], d.old)
	if err != nil {
		return err
	}
	return w.send(ctx, tx, envelope.Consistency, to, r.Text())
}

// demandAfter is how long a checkpoint that came with an envelope waits for its request before a proof is demanded.
const demandAfter = 2 * time.Hour

// Demand asks for the proofs that other members owe, and raises the alarm about those that are overdue. It returns
// how many were asked for.
//
// It fails as the storage and the exchange fail.
func (w *Witnessing) Demand(ctx context.Context) (int, error) {
	n := 0
	err := w.Update(ctx, func(tx Tx) error {
		n = 0
		held, err := member.InForce(ctx, tx)
		if fault.Is(err, fault.NotFound) {
			return nil
		} else if err != nil {
			return err
		}
		witness, err := w.witness(ctx, tx)
		if err != nil {
			return err
		}
		for _, m := range held.Signed.Roster.Members {
			if m.ID == w.Self {
				continue
			}
			k, err := w.demand(ctx, tx, witness, m.ID)
			if err != nil {
				return err
			}
			n += k
		}
		if n == 0 {
			return nil
		}
		_, err = tx.Record(ctx, audit.Did(access.Node(w.Self), access.WitnessAudit, "demand"))
		return err
	})
	return n, err
}

func (w *Witnessing) demand(ctx context.Context, tx Tx, witness audit.Witness, of id.Member) (int, error) {
	wanted, err := witness.Demands(ctx, tx, of)
	if err != nil || len(wanted) == 0 {
		return 0, err
	}
	o, err := tx.AuditObserved(ctx, of)
	if err != nil {
		return 0, err
	}
	n, now := 0, frame.At(w.Now())
	for _, d := range wanted {
		if d.Overdue {
			w.Alarm(ctx, "audit.overdue", map[string]string{"member": string(of)})
		}
		if now.Sub(d.Since) < demandAfter || d.At.Epoch() != o.Epoch || o.Size == 0 || d.At.Index() == o.Size {
			continue
		}
		old, size := min(d.At.Index(), o.Size), max(d.At.Index(), o.Size)
		if err := w.send(ctx, tx, envelope.Consistency, of, demand{o.Epoch, old, size}.text(of)); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// demand is the text with which a witness asks for a proof: from the tree of size old to that of size, or to the
// newest if size is 0.
type demand struct{ epoch, old, size int64 }

const demandWord = "demand "

func (d demand) text(of id.Member) string {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	return demandWord + "opentrm/" + string(of) + "/log/" + n(d.epoch) + "\nold " + n(d.old) + "\nnew " + n(d.size) + "\n"
}

// parseDemand reads what text wrote about the log of a member.
//
// It fails with [fault.Invalid] for anything else.
func parseDemand(s string, of id.Member) (demand, error) {
	bad := fault.New(fault.Invalid, "audit.request.form")
	lines := strings.Split(s, "\n")
	if len(s) > 256 || len(lines) != 4 {
		return demand{}, bad
	}
	var d demand
	for i, part := range []struct {
		to     *int64
		prefix string
	}{{&d.epoch, demandWord + "opentrm/" + string(of) + "/log/"}, {&d.old, "old "}, {&d.size, "new "}} {
		digits, ok := strings.CutPrefix(lines[i], part.prefix)
		n, err := strconv.ParseInt(digits, 10, 64)
		if !ok || err != nil || n < 0 || n > 1<<41 {
			return demand{}, bad
		}
		*part.to = n
	}
	if d.epoch < 1 || d.epoch > 1<<20 || d.size != 0 && d.old > d.size || d.text(of) != s {
		return demand{}, bad
	}
	return d, nil
}
