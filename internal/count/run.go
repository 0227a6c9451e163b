package count

import (
	"context"
	"encoding/hex"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/veil"
)

// say signs what this member says, keeps it, and sends it with what it has heard; data goes to who needs it.
func (s *Service) say(ctx context.Context, tx Tx, r *Run, sheet *veil.Sheet, t veil.Turn) error {
	signed, err := veil.Sign(&t.Message, s.Keys().Envelope)
	if err != nil {
		return err
	}
	step := t.Message.Step
	if err := tx.AddCountSaid(ctx, sheet.Run, digestOf(signed.Text), s.Member, step, signed); err != nil {
		return err
	}
	r.Said = append(r.Said, step)
	all, err := tx.CountSaid(ctx, sheet.Run)
	if err != nil {
		return err
	}
	b := body{Step: said, Run: sheet.Run, Sheet: r.Sheet, Said: gossip(sheet, step, all)}
	for _, m := range sheet.Members {
		if err := s.send(ctx, tx, m, b); err != nil {
			return err
		}
	}
	if t.Data == nil {
		return nil
	}
	digest := t.Message.Data.Digest
	for n := 0; n*partSize < len(t.Data); n++ {
		part := t.Data[n*partSize : min((n+1)*partSize, len(t.Data))]
		if slices.Contains(t.To, s.Member) {
			if err := tx.AddCountPart(ctx, Part{sheet.Run, hex.EncodeToString(digest), int64(n), s.Member, step, int64(len(t.Data)), part}); err != nil {
				return err
			}
		}
		b := body{Step: data, Run: sheet.Run, Sheet: seal.Blob{}, Said: []veil.Signed{}, Of: step, Digest: digest, Size: int64(len(t.Data)), Part: int64(n), Data: part}
		for _, m := range t.To {
			if err := s.send(ctx, tx, m, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// send seals one envelope of a run. One to this member itself is none.
func (s *Service) send(ctx context.Context, tx Tx, to id.Member, b body) error {
	if to == s.Member {
		return nil
	}
	raw, err := envelope.EncodeBody(b)
	if err != nil {
		return err
	}
	_, err = s.Exchange.Seal(ctx, tx, exchange.Draft{Kind: envelope.Count, To: to, Body: raw})
	if fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound) {
		return nil // blocked, suspended or gone meanwhile: it will be silent
	}
	return err
}

// Receive takes note of what was said in a run, and of data. It is the exchange's handler of the kind.
//
// It fails with [fault.Unavailable] "count.early" if data comes before what says who is to have it, and would be right then: it comes again. It refuses with [fault.Invalid] what is no run sheet that this member can take part in, or is not signed by its proposer, and with
// [fault.Denied] "count.stranger" what comes from who is not of the run, or is not asked for.
func (s *Service) Receive(ctx context.Context, over exchange.Tx, a exchange.Arrived) error {
	tx, ok := over.(Tx)
	if !ok {
		return fault.New(fault.Internal, "count.wiring")
	}
	b, err := parseBody(a.Control)
	if err != nil {
		return err
	}
	from := a.Envelope.Header.From
	row, err := tx.CountRun(ctx, b.Run)
	if err != nil {
		return err
	}
	if b.Step == data {
		return s.take(ctx, tx, row, b, from)
	}
	sheet, err := veil.ParseSheet(b.Sheet)
	if err != nil {
		return err
	}
	if sheet.Run != b.Run || !slices.Contains(sheet.Members, from) {
		return fault.New(fault.Denied, "count.stranger")
	}
	var r Run
	if row.Version == 0 {
		if r, err = s.heardOf(ctx, tx, &sheet, b.Said); err != nil {
			return err
		}
		row.ID = b.Run
	} else {
		if r, err = row.run(); err != nil {
			return err
		}
		if !slices.Equal(r.Sheet, b.Sheet) {
			return fault.New(fault.Denied, "count.stranger") // another sheet under the same name
		}
		if err := s.pin(ctx, tx, &r, &sheet); err != nil {
			return err
		}
	}
	if err := s.note(ctx, tx, &r, &sheet, b.Said); err != nil {
		return err
	}
	if err := s.remember(ctx, tx, &r, &sheet); err != nil {
		return err
	}
	return s.save(ctx, tx, row, r)
}

// remember takes note of what this member has said and does not know any more, because it was restored from a backup: others have signed proof of it.
// So it says nothing a second time, and what the run may tell is spent, as it was.
func (s *Service) remember(ctx context.Context, tx Tx, r *Run, sheet *veil.Sheet) error {
	all, err := tx.CountSaid(ctx, sheet.Run)
	if err != nil {
		return err
	}
	for _, x := range all {
		m, err := veil.ParseMessage(x.Text)
		if err != nil || m.From != s.Member || slices.Contains(r.Said, m.Step) {
			continue
		}
		r.Said = append(r.Said, m.Step)
		if m.Step != veil.StepJoin || r.End != Going {
			continue
		}
		if err := tx.AddCountSpent(ctx, sheet.Run, s.now().Time().UTC().Year(), int64(sheet.Epsilon)); err != nil {
			return err
		}
	}
	return nil
}

// heardOf is a run of which this member hears for the first time. The proposer has signed its sheet by joining.
func (s *Service) heardOf(ctx context.Context, tx Tx, sheet *veil.Sheet, all []veil.Signed) (Run, error) {
	if err := s.mayTakePart(ctx, tx, sheet); err != nil {
		return Run{}, err
	}
	r, err := s.found(ctx, tx, sheet)
	if err != nil {
		return r, err
	}
	c := veil.Gather(*sheet, all, r.of)
	if _, ok := c.Said(veil.StepJoin, sheet.Proposer); !ok {
		return r, fault.New(fault.Denied, "count.stranger")
	}
	return r, nil
}

// mostSaid is how many different things of one member in one step are kept: two show that it said two.
const mostSaid = 2

// note keeps what was said and is signed by whom it is from. Anything else is passed over: who passes it on need not be at fault.
func (s *Service) note(ctx context.Context, tx Tx, r *Run, sheet *veil.Sheet, all []veil.Signed) error {
	known, err := tx.CountSaid(ctx, sheet.Run)
	if err != nil {
		return err
	}
	type place struct {
		from id.Member
		step string
	}
	times, there := map[place]int{}, map[string]bool{}
	for _, k := range known {
		if m, err := veil.ParseMessage(k.Text); err == nil {
			times[place{m.From, m.Step}]++
			there[digestOf(k.Text)] = true
		}
	}
	for _, x := range all {
		m, err := veil.ParseMessage(x.Text)
		digest := digestOf(x.Text)
		if err != nil || !seal.Same(m.Sheet, sheet.Hash()) || !slices.Contains(sheet.Members, m.From) || there[digest] || times[place{m.From, m.Step}] >= mostSaid {
			continue
		}
		if !slices.ContainsFunc(r.of(m.From), func(k seal.SignPublic) bool { return x.Holds(k) }) {
			continue
		}
		if err := tx.AddCountSaid(ctx, sheet.Run, digest, m.From, m.Step, x); err != nil {
			return err
		}
		there[digest] = true
		times[place{m.From, m.Step}]++
	}
	return nil
}

// take keeps a part of data that was asked for: from who sends in that step, of the size that follows, to who keeps it.
func (s *Service) take(ctx context.Context, tx Tx, row Row, b body, from id.Member) error {
	if row.Version == 0 || !row.Going {
		return nil // of a run that is not known here, or over: it changes nothing
	}
	r, err := row.run()
	if err != nil {
		return err
	}
	sheet, err := r.sheet()
	if err != nil {
		return err
	}
	c, err := s.gather(ctx, tx, &r, &sheet)
	if err != nil {
		return err
	}
	if _, drawn := c.Roles(); !drawn && slices.Contains(sheet.Members, from) {
		return fault.New(fault.Unavailable, "count.early") // it has overtaken what says who is to have it: it comes again
	}
	size, ok := sizes(c, b.Of, from)
	if !ok || int64(size) != b.Size || !b.fits() || !keeps(c, s.Member) {
		return fault.New(fault.Denied, "count.stranger")
	}
	digest := hex.EncodeToString(b.Digest)
	sent, err := tx.CountSent(ctx, b.Run, from, b.Of)
	if err != nil {
		return err
	}
	if !slices.Contains(sent, digest) && len(sent) >= mostSaid {
		return fault.New(fault.Denied, "count.stranger")
	}
	return tx.AddCountPart(ctx, Part{b.Run, digest, b.Part, from, b.Of, b.Size, b.Data})
}

// gather returns what is known of a run.
func (s *Service) gather(ctx context.Context, tx Tx, r *Run, sheet *veil.Sheet) (*veil.Count, error) {
	all, err := tx.CountSaid(ctx, sheet.Run)
	if err != nil {
		return nil, err
	}
	return veil.Gather(*sheet, all, r.of), nil
}

// data reads all data that is named and there, by digest in hex.
func (s *Service) data(ctx context.Context, tx Tx, c *veil.Count) (map[string][]byte, []veil.Named, error) {
	all, missing := map[string][]byte{}, []veil.Named(nil)
	for _, step := range []string{veil.StepBatch, veil.StepMix, veil.StepUncover} {
		for _, m := range c.Sheet.Members {
			x, ok := c.Said(step, m)
			if !ok {
				continue
			}
			digest := hex.EncodeToString(x.Data.Digest)
			parts, err := tx.CountParts(ctx, c.Sheet.Run, digest)
			if err != nil {
				return nil, nil, err
			}
			var whole []byte
			for _, p := range parts {
				whole = append(whole, p.Bytes...)
			}
			if len(whole) != x.Data.Size {
				missing = append(missing, veil.Named{Member: m, Step: step, For: veil.Withheld})
				continue
			}
			all[digest] = whole
		}
	}
	return all, missing, nil
}

// Continue does what is next in every run that is not over, and forgets data of those that have been over for long. It needs nobody signed in, and
// returns how much it did.
func (s *Service) Continue(ctx context.Context) (int, error) {
	if err := access.Check(access.Node(s.Member), access.ContinueCount, resource()); err != nil {
		return 0, err
	}
	var going, all []Row
	err := s.Read(ctx, func(tx Tx) (err error) {
		if going, err = tx.GoingCountRuns(ctx, 100); err != nil {
			return err
		}
		all, err = tx.CountRuns(ctx, 200)
		return err
	})
	if err != nil {
		return 0, err
	}
	did := 0
	for _, row := range going {
		n, err := s.goOn(ctx, row.ID)
		if err != nil {
			return did, err
		}
		did += n
	}
	for _, row := range all {
		r, err := row.run()
		if err != nil {
			return did, err
		}
		if n, err := s.ask(ctx, row, r); err != nil {
			return did, err
		} else {
			did += n
		}
		if r.End == Going || r.Forgotten || s.now() < r.Over.Add(DataKept) {
			continue
		}
		err = s.Write(ctx, audit.Did(access.Node(s.Member), access.ContinueCount, row.ID).For("forget"), func(tx Tx) error {
			row, r, err := s.load(ctx, tx, row.ID)
			if err != nil {
				return err
			}
			r.Forgotten = true
			if err := tx.DropCountParts(ctx, row.ID); err != nil {
				return err
			}
			return s.save(ctx, tx, row, r)
		})
		if err != nil {
			return did, err
		}
		did++
	}
	return did, nil
}
