package nodetest_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
)

// people are the staff of a node in the chaos. What they do with a referral follows from its identifier alone, so
// that whoever was killed goes on where it stands.
type people struct {
	n       *node.Node
	members []id.Member
	seed    uint64
	calm    *atomic.Bool
	quota   atomic.Int64
	acts    atomic.Int64
	secrets map[string]string // of sessions, by login

	proposes atomic.Int64     // how many counts they are to have proposed
	asked    map[id.Case]bool // whose consents were confirmed after a restore

	mu    sync.Mutex
	fault string
}

func (p *people) failed(err error) {
	switch fault.KindOf(err) {
	case fault.Conflict, fault.Stale, fault.Denied, fault.Unavailable, fault.Locked:
		return // somebody was faster, or the other side is away
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault == "" {
		p.fault = err.Error()
	}
}

// tell answers the test.
func (p *people) tell(ctx context.Context, t *told) {
	err := func() error {
		rows, err := p.rows(ctx)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.Side == referral.Sender {
				t.Made++
			}
			if !r.Status.Ended() {
				t.Open++
				t.Waits = append(t.Waits, fmt.Sprintf("%.8s %s of %s: %s since %s, fate %d, case %t, frozen %t", r.ID, r.Side, r.Peer.Member, r.Status,
					p.n.Config.Now().Sub(r.Since.Time()), p.fateOf(r.ID), r.Case != "", r.Frozen))
			}
		}
		if t.Busy, t.Why, err = busy(ctx, p.n); err != nil {
			return err
		}
		if t.Runs, t.Spent, err = counted(ctx, p.n); err != nil {
			return err
		}
		return store.Reader[exchange.Tx](p.n.DB)(ctx, func(tx exchange.Tx) (err error) {
			t.Shut, err = tx.Closed(ctx)
			return err
		})
	}()
	if err != nil {
		p.failed(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.Fault == "" {
		t.Fault = p.fault
	}
	t.Acts, t.Calm = int(p.acts.Swap(0)), p.calm.Load()
}

// bearer is the case manager of the shelter with her keys.
func (p *people) bearer(ctx context.Context) (keyring.Bearer, error) { return p.as(ctx, "shelter") }

// as is somebody with her keys.
func (p *people) as(ctx context.Context, login string) (keyring.Bearer, error) {
	if p.secrets[login] != "" {
		if b, _, err := p.n.Signin.Resume(ctx, p.secrets[login]); err == nil {
			return b, nil
		}
	}
	in, err := p.n.Signin.SignIn(ctx, login, demo.Passphrase, "127.0.0.1")
	if err != nil {
		return keyring.Bearer{}, err
	}
	if p.secrets == nil {
		p.secrets = map[string]string{}
	}
	p.secrets[login] = in.Secret
	b, _, err := p.n.Signin.Resume(ctx, in.Secret)
	return b, err
}

func (p *people) rows(ctx context.Context) ([]referral.Row, error) { return allReferrals(ctx, p.n) }

// turn goes through everything that is in front of the people once.
func (p *people) turn(ctx context.Context) (int, error) {
	by, err := p.bearer(ctx)
	if err != nil {
		return 0, err
	}
	rows, err := p.rows(ctx)
	if err != nil {
		return 0, err
	}
	did, made := 0, 0
	var failed []error
	for _, r := range rows {
		if r.Side == referral.Sender {
			made++
		}
		if r.Status.Final() || ctx.Err() != nil {
			continue
		}
		if err := p.sure(ctx, by, r); err != nil {
			failed = append(failed, err)
			continue
		}
		acted, err := p.act(ctx, by, r)
		if err != nil {
			failed = append(failed, err)
		} else if acted {
			did++
		}
	}
	if int64(made) < p.quota.Load() && ctx.Err() == nil {
		if err := p.make(ctx, by, made); err != nil {
			failed = append(failed, err)
		}
		did++
	}
	p.acts.Add(int64(did))
	for _, err := range failed {
		p.failed(err)
	}
	return did, nil
}

// sure asks her, once in the life of a process, whether her consents of before a restore still stand.
func (p *people) sure(ctx context.Context, by keyring.Bearer, r referral.Row) error {
	if r.Side != referral.Sender || r.Case == "" || p.asked[r.Case] {
		return nil
	}
	all, err := p.n.Consents.List(ctx, by.Actor, r.Case)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.State == consent.Given && c.Unconfirmed != 0 {
			if _, err := p.n.Consents.Confirm(ctx, by.Actor, c.ID, consent.AskedAgain); err != nil {
				return err
			}
		}
	}
	if p.asked == nil {
		p.asked = map[id.Case]bool{}
	}
	p.asked[r.Case] = true
	return nil
}

// make finds somebody who wants to go to another country, and drafts.
func (p *people) make(ctx context.Context, by keyring.Bearer, made int) error {
	who := demo.Invented()
	file, err := p.n.Cases.Open(ctx, by, opening(&who))
	if err != nil {
		return err
	}
	var others []id.Member
	for _, m := range p.members {
		if m != p.n.Member {
			others = append(others, m)
		}
	}
	to := id.Address{Member: others[made%len(others)], Desk: "shelter"}
	given, err := p.n.Consents.Give(ctx, by, giving(file.ID, to))
	if err != nil {
		return err
	}
	_, err = p.n.Referrals.Draft(ctx, by, file.ID, referral.At{}, drafting(to, given.ID, frame.At(p.n.Config.Now())))
	return err
}

// fate is what becomes of a referral.
type fate int

const (
	toTheEnd fate = iota
	asked
	declined
	revoked
	withdrawnEarly
	withdrawnLate
)

func (p *people) fateOf(r id.Referral) fate {
	h := fnv.New32a()
	_, _ = h.Write([]byte(r))
	switch x := h.Sum32() % 100; {
	case x < 15:
		return asked
	case x < 25:
		return declined
	case x < 32:
		return revoked
	case x < 40:
		return withdrawnEarly
	case x < 50:
		return withdrawnLate
	}
	return toTheEnd
}

// act takes the next step that is this end's to take, if there is one.
func (p *people) act(ctx context.Context, by keyring.Bearer, r referral.Row) (bool, error) {
	do, at, fate := p.n.Referrals, referral.At{Referral: r.ID}, p.fateOf(r.ID)
	now := frame.At(p.n.Config.Now())
	step := func(_ referral.Row, err error) (bool, error) { return err == nil, err }
	if r.Side == referral.Sender {
		lost, err := p.lost(ctx, r)
		if err != nil {
			return false, err
		}
		switch {
		case lost:
			return step(do.Revoke(ctx, by, at, "missing-basis"))
		case r.Status == referral.Draft:
			return step(do.Check(ctx, by, at))
		case r.Status == referral.Checked:
			return step(do.Send(ctx, by, at, false))
		case r.Status == referral.InformationRequested:
			return step(do.Supply(ctx, by, at, "chaos: yes"))
		case r.Status == referral.Acknowledged && fate == revoked:
			return step(do.Revoke(ctx, by, at, "other-desk"))
		case r.Status == referral.Acknowledged && fate == withdrawnEarly, r.Status == referral.InCare && fate == withdrawnLate:
			return step(do.Withdraw(ctx, by.Actor, at))
		case r.Status == referral.Accepted:
			return step(do.Plan(ctx, by, at, referral.Planned{At: now.Add(time.Hour), Meeting: "station"}, ""))
		case r.Status == referral.Completed:
			return step(do.Close(ctx, by, at))
		}
		return false, nil
	}
	switch r.Status {
	case referral.Delivered:
		if _, err := do.Open(ctx, by, at); err != nil {
			return false, err
		}
		return step(do.Acknowledge(ctx, by, at))
	case referral.Acknowledged:
		switch fate {
		case asked:
			return step(do.Ask(ctx, by, at, "travel", "chaos: by day?"))
		case declined:
			return step(do.Decline(ctx, by, at, "no-capacity", referral.Alternative{Code: "none-known"}, ""))
		case revoked, withdrawnEarly:
			return false, nil
		}
		return step(do.Accept(ctx, by, at))
	case referral.InformationSupplied:
		return step(do.Accept(ctx, by, at))
	case referral.HandoverPlanned:
		opened, err := do.Open(ctx, by, at)
		if err != nil || opened.Case == "" {
			return false, err // her bundle is not there yet: she is not fetched without it
		}
		return step(do.Confirm(ctx, by, at, now))
	case referral.HandedOver:
		return step(do.InCare(ctx, by, at, now))
	case referral.InCare:
		if fate == withdrawnLate {
			return false, nil
		}
		return step(do.Feedback(ctx, by, at, 30, "stable", ""))
	case referral.Feedback:
		return step(do.Complete(ctx, by, at, "needs-met", ""))
	}
	return false, nil
}

// lost reports whether a restore has lost who she is before she has arrived: there is nothing to hand over.
func (p *people) lost(ctx context.Context, r referral.Row) (lost bool, err error) {
	if r.Status.Local() || r.Arrived || r.Bundle == "" {
		return false, nil
	}
	err = store.Reader[exchange.Tx](p.n.DB)(ctx, func(tx exchange.Tx) error {
		all, err := tx.OutOf(ctx, r.Bundle)
		lost = len(all) == 0
		return err
	})
	return lost, err
}

// opening is somebody who is plainly nobody and of age.
func opening(who *person.Person) casefile.Opening {
	return casefile.Opening{AgeClass: person.Adult, Person: who}
}

func categories() []consent.Code {
	return []consent.Code{"identity.birth", "identity.names", "languages", "needs"}
}

func giving(c id.Case, to id.Address) consent.Giving {
	return consent.Giving{Case: c, Record: consent.Record{
		GivenBy: consent.ByHerself, Capable: true, Purposes: []consent.Purpose{consent.ForReferral}, Recipients: []id.Address{to},
		Categories: categories(),
		Explained: consent.Explained{
			Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true,
		},
		Language: "ro", Interpreter: "Demo Interpreter", ReadBack: true, How: consent.Written,
	}}
}

func drafting(to id.Address, given id.Consent, now frame.Time) referral.Drafting {
	return referral.Drafting{
		To: to, Kind: "specialised-service", Basis: "protocol", Consent: given, Categories: categories(),
		Expires: now.Add(90 * 24 * time.Hour),
		Request: referral.Request{
			Needs: []referral.Code{"accommodation"}, Sex: "female", AgeClass: person.Adult, Languages: []string{"ro"},
			Urgency: referral.Normal, Risk: "high", Capacity: "one-place",
		},
		Facts: consent.Facts{Needs: []consent.Need{{Code: "accommodation", Urgency: "now"}}},
	}
}
