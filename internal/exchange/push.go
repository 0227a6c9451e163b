package exchange

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
)

// Bounds of time. What is in our hands is settled before its lease has run out.
const (
	roundPatience  = lease / 2        // with one member and the mailboxes for her, in a round
	freshPatience  = freshLease / 3   // the same, where others wait for their turn
	settlePatience = 10 * time.Second // for keeping what was said, even if nothing more is carried
)

// Deliver tries what is due and not in the hands of another replica, at most limit envelopes, and returns
// how many reached their member or a mailbox. It is called again and again.
//
// It fails as the storage fails. That a member cannot be reached is no failure.
func (s *Service) Deliver(ctx context.Context, limit int) (int, error) {
	due := false
	err := s.Read(ctx, func(tx Tx) (err error) {
		due, err = tx.OutIsDue(ctx, s.now())
		return err
	})
	if err != nil || !due {
		return 0, err
	}
	var rows []Out
	err = s.Lease(ctx, func(tx LeaseTx) (err error) {
		now := s.now()
		rows, err = tx.ClaimOut(ctx, now, now.Add(lease), limit)
		return err
	})
	if err != nil {
		return 0, err
	}
	return s.run(ctx, rows)
}

// view is what has to be known just before something goes to a member.
type view struct {
	roster member.Roster
	shut   bool  // nothing goes but what always flows
	rows   []Out // may still go: they wait, and are in our hands
}

// look reads what has to be known before rows go to a member, and which of them may still go.
func (s *Service) look(ctx context.Context, to id.Member, rows []Out) (view, error) {
	var v view
	glance := s.Glance
	if glance == nil {
		glance = s.Read
	}
	err := glance(ctx, func(tx Tx) (err error) {
		v = view{}
		if v.shut, err = tx.Closed(ctx); err != nil {
			return err
		}
		held, err := member.InForce(ctx, tx)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		v.roster = held.Signed.Roster
		barred, err := shut(ctx, tx, v.roster, to)
		if err != nil {
			return err
		}
		v.shut = v.shut || barred
		for _, o := range rows {
			state, err := tx.OutStateOf(ctx, o.ID)
			if err != nil {
				return err
			}
			if state == o.State && o.Lease > s.now() {
				v.rows = append(v.rows, o)
			}
		}
		return nil
	})
	return v, err
}

// shut reports whether nothing but what always flows may go to a member now: she was blocked here or suspended by the
// network, perhaps after something was sealed to her.
func shut(ctx context.Context, tx Tx, r member.Roster, to id.Member) (bool, error) {
	if m, ok := r.Find(to); ok && m.Status == member.Suspended {
		return true, nil
	}
	return member.Blocked(ctx, tx, to)
}

// run carries rows that are in our hands, to at most Parallel members at once. It returns how many envelopes went, and the
// first failure of the storage.
func (s *Service) run(ctx context.Context, rows []Out) (int, error) {
	var order []id.Member
	byMember := map[id.Member][]Out{}
	for _, o := range rows {
		if byMember[o.To] == nil {
			order = append(order, o.To)
		}
		byMember[o.To] = append(byMember[o.To], o)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	var first error
	n := 0
	free := make(chan struct{}, max(s.Parallel, 1))
	for _, to := range order {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			went, err := s.carryTo(ctx, to, byMember[to], roundPatience)
			mu.Lock()
			defer mu.Unlock()
			n += went
			if first == nil {
				first = err
			}
		})
	}
	wg.Wait()
	if first == nil {
		first = ctx.Err()
	}
	return n, first
}

// carryTo tries the rows for one member, as many at once as one push takes.
func (s *Service) carryTo(ctx context.Context, to id.Member, rows []Out, patience time.Duration) (int, error) {
	n, silent := 0, false
	for at := 0; at < len(rows) && ctx.Err() == nil; {
		next := chunk(rows, at, s.pace.Most(to, full))
		went, err := s.carryChunk(ctx, to, rows[at:next], patience, &silent)
		n += went
		if err != nil {
			return n, err
		}
		at = next
	}
	return n, nil
}

// carryChunk brings rows to a member, or to somebody who keeps them for her, if she is silent.
func (s *Service) carryChunk(ctx context.Context, to id.Member, rows []Out, patience time.Duration, silent *bool) (int, error) {
	v, err := s.look(ctx, to, rows)
	if err != nil {
		return 0, err
	}
	var may, not []Out
	for _, o := range v.rows {
		t, _ := envelope.TraitsOf(o.Kind)
		switch {
		case s.now() >= o.Expires:
			if err := s.over(ctx, o.ID); err != nil {
				return 0, err
			}
		case v.shut && !t.Flows:
			not = append(not, o) // it waits for better times, or expires
		default:
			may = append(may, o)
		}
	}
	if err := s.later(ctx, not...); err != nil || len(may) == 0 {
		return 0, err
	}
	line, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answers := s.bring(line, v.roster, to, may, silent)
	keep, done := context.WithTimeout(context.WithoutCancel(ctx), settlePatience)
	defer done()
	return s.settle(keep, ctx.Err() != nil, may, answers)
}

// over ends an envelope whose time is over, unless something else has ended it.
func (s *Service) over(ctx context.Context, e id.Envelope) error {
	return s.Update(ctx, func(tx Tx) error {
		now, err := tx.Out(ctx, e)
		if err != nil || now.State != OutQueued && now.State != OutRelayed {
			return err
		}
		return s.expire(ctx, tx, now)
	})
}

// bring brings rows on their way: to their member, unless she is silent, or to somebody who keeps them for her.
func (s *Service) bring(ctx context.Context, roster member.Roster, name id.Member, rows []Out, silent *bool) []Answer {
	answers := make([]Answer, len(rows))
	fail := func(key string) []Answer {
		for i := range answers {
			answers[i].Err = fault.New(fault.Unavailable, key)
		}
		return answers
	}
	if name == s.Self {
		for i, o := range rows {
			answers[i].Receipt, answers[i].Err = s.Receive(ctx, Pushed, o.Bytes)
		}
		return answers
	}
	if s.Carrier == nil {
		return fail("exchange.unreachable")
	}
	to, ok := roster.Find(name)
	if !ok {
		return fail("exchange.member.unknown")
	}
	fail("exchange.unreachable")
	if len(to.Addresses) > 0 && !*silent {
		*silent = !s.knock(ctx, to, rows, answers)
	}
	deaf := map[id.Member]bool{} // who does not answer now does not answer the next call
	for i, o := range rows {
		if answers[i].Err != nil && s.mailed(to, o) && s.stillMay(ctx, o) {
			s.deposit(ctx, roster, o, &answers[i], deaf)
		}
	}
	return answers
}

// knock hands rows to their member at the first of her addresses where somebody answers, and reports whether somebody did. A
// dead address may be waited for for long: before the next one is tried it is asked again what may still go.
func (s *Service) knock(ctx context.Context, to member.Member, rows []Out, answers []Answer) bool {
	at := make([]int, len(rows))
	for i := range at {
		at[i] = i
	}
	size := 0
	for i, address := range to.Addresses {
		if i > 0 {
			at = slices.DeleteFunc(at, func(k int) bool { return !s.stillMay(ctx, rows[k]) })
		}
		if len(at) == 0 {
			break
		}
		list := make([][]byte, 0, len(at))
		size = 0
		for _, k := range at {
			list, size = append(list, rows[k].Bytes), size+len(rows[k].Bytes)
		}
		got, err := s.Carrier.Push(ctx, only(to, address), list)
		if err == nil && len(got) != len(list) {
			err = fault.New(fault.Unavailable, "exchange.unreachable") // half an answer is none
		}
		for i, k := range at {
			if answers[k].Err = err; err == nil {
				answers[k] = got[i]
			}
		}
		if err == nil {
			s.pace.Brought(to.ID, size, full)
			return true
		}
		if ctx.Err() != nil || !fault.Is(err, fault.Unavailable) {
			break
		}
	}
	s.pace.Failed(to.ID, size)
	return false
}

// only is a member at one of her addresses.
func only(m member.Member, address string) member.Member {
	m.Addresses = []string{address}
	return m
}

// chunk returns where the rows end that go together with the one at from: at most so many bytes, or one row.
func chunk(rows []Out, from, most int) int {
	size := 0
	for i := from; i < len(rows); i++ {
		size += len(rows[i].Bytes)
		if i > from && size > most || i-from == together {
			return i
		}
	}
	return len(rows)
}

// mailed reports whether it is time to leave what its member did not take with somebody else.
func (s *Service) mailed(to member.Member, o Out) bool {
	if len(to.Addresses) == 0 {
		return true
	}
	return o.Attempts >= toMail && (o.State != OutRelayed || o.NextTry.Add(lastTry) <= s.now())
}

// stillMay asks once more whether an envelope may go: its member may have been waited for for long. What cannot be asked
// does not go.
func (s *Service) stillMay(ctx context.Context, o Out) bool {
	v, err := s.look(ctx, o.To, []Out{o})
	t, _ := envelope.TraitsOf(o.Kind)
	return err == nil && len(v.rows) == 1 && (t.Flows || !v.shut)
}

// deposit leaves an envelope with the first member that takes it.
func (s *Service) deposit(ctx context.Context, roster member.Roster, o Out, a *Answer, silent map[id.Member]bool) {
	for _, via := range s.mailboxes(roster, o) {
		if silent[via.ID] {
			continue
		}
		var err error
		for i, address := range via.Addresses {
			if i > 0 && !s.stillMay(ctx, o) {
				return
			}
			var receipt []byte
			if receipt, err = s.Carrier.Deposit(ctx, only(via, address), o.Bytes); err == nil {
				*a = Answer{Receipt: receipt}
				return
			}
			if !fault.Is(err, fault.Unavailable) {
				break
			}
		}
		silent[via.ID] = fault.Is(err, fault.Unavailable)
	}
}

// mailboxes returns the members that keep envelopes for others, beginning with another one for each try.
func (s *Service) mailboxes(r member.Roster, o Out) []member.Member {
	var all []member.Member
	for _, m := range r.Members {
		if m.Mailbox && m.Status == member.Active && len(m.Addresses) > 0 && m.ID != s.Self && m.ID != o.To {
			all = append(all, m)
		}
	}
	if len(all) == 0 {
		return nil
	}
	i := int(o.Attempts) % len(all)
	return append(append([]member.Member{}, all[i:]...), all[:i]...)
}

// settle keeps the answers to rows, and puts back what has none, unless nothing more is carried: then its lease runs out.
// It returns how many went.
func (s *Service) settle(ctx context.Context, ended bool, rows []Out, answers []Answer) (int, error) {
	var went []taken
	var back []Out
	for i, o := range rows {
		if err := answers[i].Err; err != nil {
			if ended {
				continue
			}
			s.rejected(ctx, o, err)
			back = append(back, o)
			continue
		}
		r, err := envelope.ParseReceipt(answers[i].Receipt)
		if err != nil {
			back = append(back, o)
			continue
		}
		went = append(went, taken{out: o, receipt: r})
	}
	s.checkAll(went)
	kept, err := s.keepAll(ctx, went)
	n := 0
	for i, t := range went {
		switch {
		case !kept[i]:
			back = append(back, t.out)
		case t.receipt.Receipt.Stage == envelope.Relayed && t.out.State == OutRelayed:
			back = append(back, t.out) // it is still there; nothing else has changed
			n++
		default:
			n++
		}
	}
	return n, errors.Join(err, s.later(ctx, back...))
}

// taken is a row with the receipt that came for it.
type taken struct {
	out     Out
	receipt envelope.SignedReceipt
	hash    string // of the roster under which the receipt was found good; empty: not looked at, or not good
}

// checkAll verifies receipts on all processors before the transaction that keeps them.
func (s *Service) checkAll(all []taken) {
	held := s.latest.Load()
	if held == nil {
		return
	}
	each(len(all), func(i int) {
		if all[i].receipt.Verify(held.Signed.Roster) == nil {
			all[i].hash = held.Hash
		}
	})
}

// keepAll keeps receipts in one transaction, or each in its own if one of them cannot be kept, and says which were. It
// returns the first failure of the storage. A receipt that is a stranger's is none.
func (s *Service) keepAll(ctx context.Context, all []taken) (kept []bool, first error) {
	kept = make([]bool, len(all))
	if len(all) > 1 {
		err := s.Update(ctx, func(tx Tx) error {
			for _, t := range all {
				if err := s.keepOne(ctx, tx, t); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			for i := range kept {
				kept[i] = true
			}
			return kept, nil
		}
	}
	for i, t := range all {
		err := s.Update(ctx, func(tx Tx) error { return s.keepOne(ctx, tx, t) })
		switch kept[i] = err == nil; {
		case err == nil:
		case fault.Is(err, fault.Denied), fault.Is(err, fault.NotFound):
			s.alarm(ctx, "exchange.receipt.stranger", map[string]string{"member": string(t.out.To)})
		case first == nil:
			first = err
		}
	}
	return kept, first
}

func (s *Service) keepOne(ctx context.Context, tx Tx, t taken) error {
	if t.receipt.Receipt.Envelope != t.out.ID {
		return fault.New(fault.Denied, "exchange.receipt.stranger")
	}
	return s.take(ctx, tx, t.receipt, t.hash)
}

// rejected shows the administrator what another node could not read. It is not final: that node may be behind with its
// roster or its program.
func (s *Service) rejected(ctx context.Context, o Out, cause error) {
	if fault.Is(cause, fault.Unavailable) {
		return
	}
	_, key, _ := fault.Public(cause)
	s.alarm(ctx, "exchange.rejected", map[string]string{"member": string(o.To), "key": key})
}

// later puts rows back for another time.
func (s *Service) later(ctx context.Context, rows ...Out) error {
	if len(rows) == 0 {
		return nil
	}
	next := make([]frame.Time, len(rows))
	for i, o := range rows {
		wait, err := s.backoff(o.Attempts)
		if err != nil {
			return err
		}
		next[i] = s.now().Add(wait)
	}
	return s.Lease(ctx, func(tx LeaseTx) error {
		for i, o := range rows {
			if err := tx.PutBackOut(ctx, o.ID, next[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// backoff doubles with each attempt up to lastTry and is spread from half of it to all of it.
func (s *Service) backoff(attempts int64) (time.Duration, error) {
	wait := lastTry
	if attempts < 10 {
		wait = min(lastTry, firstTry<<attempts)
	}
	var b [8]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return 0, fault.Wrap(fault.Internal, "exchange.random", err)
	}
	half := wait / 2
	return half + time.Duration(binary.BigEndian.Uint64(b[:])%uint64(half+1)), nil
}
