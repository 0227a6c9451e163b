package referral_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/referral"
)

// same checks that both sides see one state after they have told each other everything.
func same(t *testing.T, a, b *party, want referral.Status) referral.State {
	t.Helper()
	talk(a, b)
	s := expect(t, a, want)
	if diff := cmp.Diff(s, expect(t, b, want), cmp.AllowUnexported(referral.State{})); diff != "" {
		t.Fatalf("the sides differ:\n%s", diff)
	}
	return s
}

func lost(t *testing.T, s referral.State, want ...referral.Lost) {
	t.Helper()
	if diff := cmp.Diff(want, s.Lost, cmpopts.IgnoreFields(referral.Lost{}, "Digest"), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("lost:\n%s", diff)
	}
}

// Precedence of concurrent events: entered-in-error, withdrawn-by-person, revoked, declined, expired, accepted.
func TestPrecedenceOfConcurrentEvents(t *testing.T) {
	for _, c := range []struct {
		sender, receiver referral.Transition
		want             referral.Status
	}{
		{referral.EnteredInError, referral.WithdrawnByPerson, referral.EnteredInError},
		{referral.EnteredInError, referral.Declined, referral.EnteredInError},
		{referral.EnteredInError, referral.Accepted, referral.EnteredInError},
		{referral.WithdrawnByPerson, referral.WithdrawnByPerson, referral.WithdrawnByPerson},
		{referral.WithdrawnByPerson, referral.Declined, referral.WithdrawnByPerson},
		{referral.WithdrawnByPerson, referral.Accepted, referral.WithdrawnByPerson},
		{referral.Revoked, referral.WithdrawnByPerson, referral.WithdrawnByPerson},
		{referral.Revoked, referral.Declined, referral.Revoked},
		{referral.Revoked, referral.Accepted, referral.Revoked},
		{referral.Expired, referral.WithdrawnByPerson, referral.WithdrawnByPerson},
		{referral.Expired, referral.Declined, referral.Declined},
		{referral.Expired, referral.Accepted, referral.Expired},
	} {
		t.Run(string(c.sender)+" and "+string(c.receiver), func(t *testing.T) {
			a, b := upTo(t, referral.Acknowledged)
			a.takes(c.sender)
			b.takes(c.receiver)
			same(t, a, b, c.want)
		})
	}
}

func TestAnAcceptThatLostIsShownToBothDesksAsATask(t *testing.T) {
	for _, end := range []referral.Transition{
		referral.EnteredInError, referral.WithdrawnByPerson, referral.Revoked, referral.Expired,
	} {
		t.Run(string(end), func(t *testing.T) {
			a, b := upTo(t, referral.Acknowledged)
			a.takes(end)
			b.takes(referral.Accepted)
			s := same(t, a, b, end)
			lost(t, s, referral.Lost{Side: referral.Receiver, Transition: referral.Accepted, By: end})
		})
	}
	t.Run("not if the end was made knowing of it", func(t *testing.T) {
		a, b := upTo(t, referral.Accepted)
		a.takes(referral.Revoked)
		lost(t, same(t, a, b, referral.Revoked))
	})
	t.Run("not if the desk itself declines what it had accepted", func(t *testing.T) {
		a, b := upTo(t, referral.Accepted)
		b.takes(referral.Declined)
		lost(t, same(t, a, b, referral.Declined))
	})
}

func TestRevokedDeclinedAndExpiredCountOnlyWhereTheSetHoldsNoHandedOver(t *testing.T) {
	t.Run("revoked", func(t *testing.T) {
		a, b := upTo(t, referral.HandoverPlanned)
		a.takes(referral.Revoked)
		expect(t, a, referral.Revoked)
		b.takes(referral.HandedOver)
		s := same(t, a, b, referral.HandedOver)
		lost(t, s, referral.Lost{Side: referral.Sender, Transition: referral.Revoked, By: referral.HandedOver})
		b.takes(referral.InCare)
		same(t, a, b, referral.InCare)
	})
	t.Run("expired", func(t *testing.T) {
		a, b := upTo(t, referral.Acknowledged)
		a.takes(referral.Expired)
		b.takes(referral.Accepted)
		b.takes(referral.HandedOver) // she came before the answer had travelled
		s := same(t, a, b, referral.HandedOver)
		lost(t, s, referral.Lost{Side: referral.Sender, Transition: referral.Expired, By: referral.HandedOver})
	})
	t.Run("declined", func(t *testing.T) {
		// Both are the receiver's, so they are never concurrent: a decline after the handover is no transition.
		_, b := upTo(t, referral.HandedOver)
		if err := referral.May(b.state(), referral.Receiver, referral.Declined); !fault.Is(err, fault.Conflict) {
			t.Errorf("a desk that has her may decline: %v", err)
		}
	})
	for _, late := range []referral.Transition{referral.Revoked, referral.Declined, referral.Expired} {
		t.Run(string(late)+" made knowing of the handover is void", func(t *testing.T) {
			a, b := upTo(t, referral.HandedOver)
			p := a
			if late == referral.Declined {
				p = b
			}
			e := p.state().Stamp(p.side, form(p.side, late)) // a node that does not ask
			p.held, p.made = append(p.held, e), append(p.made, e)
			s := same(t, a, b, referral.HandedOver)
			if n := s.History[len(s.History)-1]; n.Standing != referral.Void {
				t.Errorf("it stands as %s", n.Standing)
			}
		})
	}
}

func TestWithdrawnByPersonAndEnteredInErrorEndTheReferralFromAnyOpenState(t *testing.T) {
	for _, from := range referral.Statuses() {
		if from.Ended() || from.Local() {
			continue
		}
		for _, c := range []struct {
			side referral.Side
			end  referral.Transition
		}{
			{referral.Sender, referral.EnteredInError},
			{referral.Sender, referral.WithdrawnByPerson},
			{referral.Receiver, referral.WithdrawnByPerson},
		} {
			t.Run(string(from)+" "+string(c.end)+" "+string(c.side), func(t *testing.T) {
				a, b := upTo(t, from)
				if c.side == referral.Sender {
					a.takes(c.end)
				} else {
					b.takes(c.end)
				}
				s := same(t, a, b, c.end)
				for _, side := range []referral.Side{referral.Sender, referral.Receiver} {
					if next := referral.Next(s, side); len(next) != 0 {
						t.Errorf("the %s may still take %v", side, next)
					}
				}
			})
		}
	}
}

func TestSignedEventsOfHandoverArrivalAndCareStayInItsHistoryAndInTheStatistics(t *testing.T) {
	a, b := upTo(t, referral.HandoverPlanned)
	a.takes(referral.WithdrawnByPerson)
	for _, care := range []referral.Transition{referral.HandedOver, referral.InCare, referral.Feedback} {
		b.takes(care)
	}
	s := same(t, a, b, referral.WithdrawnByPerson)
	for _, care := range []referral.Transition{referral.HandoverPlanned, referral.HandedOver, referral.InCare, referral.Feedback} {
		if e, ok := s.Last(care); !ok || e.Standing != referral.Counted {
			t.Errorf("%s is gone from the history", care)
		}
	}
	if !s.Arrived || len(s.Reports) != 1 {
		t.Errorf("arrived %v, reports %v", s.Arrived, s.Reports)
	}
}

func TestWithdrawalsAndRevocationsTakeEffectOnArrivalWhateverIsMissingBeforeThem(t *testing.T) {
	for _, end := range []referral.Transition{referral.WithdrawnByPerson, referral.EnteredInError, referral.Revoked} {
		t.Run(string(end), func(t *testing.T) {
			a, b := upTo(t, referral.Accepted)
			plan := a.takes(referral.HandoverPlanned)
			last := a.takes(end)
			b.hears(last)
			s := expect(t, b, end)
			if e, _ := s.Last(end); e.Standing != referral.Ahead {
				t.Errorf("it stands as %s", e.Standing)
			}
			if diff := cmp.Diff([]referral.Place{{Side: referral.Sender, Seq: plan.Seq}}, s.Missing); diff != "" {
				t.Errorf("missing:\n%s", diff)
			}
			b.hears(plan)
			same(t, a, b, end)
		})
	}
	t.Run("even before the request", func(t *testing.T) {
		a, b := meet(t)
		a.takes(referral.Sent)
		b.hears(a.takes(referral.WithdrawnByPerson))
		expect(t, b, referral.WithdrawnByPerson)
	})
}

func TestGapsAreParkedNeverRefused(t *testing.T) {
	a, b := upTo(t, referral.Acknowledged)
	asked := b.takes(referral.InformationRequested)
	accepted := b.takes(referral.Accepted)
	a.hears(accepted)
	s := expect(t, a, referral.Acknowledged)
	if e := s.History[len(s.History)-1]; e.Digest == "" || e.Standing != referral.Parked {
		t.Errorf("it stands as %s", e.Standing)
	}
	a.hears(asked)
	same(t, a, b, referral.Accepted)
}

func TestExpiredIsAnEventOfTheSendersNodeNeverComputedByTheReceiver(t *testing.T) {
	_, b := upTo(t, referral.Acknowledged)
	e := b.state().Stamp(referral.Receiver, form(referral.Receiver, referral.Expired))
	if err := e.Check(); !fault.Is(err, fault.Invalid) {
		t.Errorf("the receiver lets it expire: %v", err)
	}
	b.held = append(b.held, e)
	if s := expect(t, b, referral.Acknowledged); s.History[len(s.History)-1].Standing != referral.Refused {
		t.Error("the event was not refused")
	}
}

func TestSameTripleWithAnotherDigestIsAConflict(t *testing.T) {
	a, b := upTo(t, referral.Acknowledged)
	accepted := b.takes(referral.Accepted)
	other := form(referral.Receiver, referral.Declined)
	other.Referral, other.Side, other.Seq, other.Prev, other.Seen = accepted.Referral, accepted.Side, accepted.Seq, accepted.Prev, accepted.Seen
	b.made = append(b.made, other)
	a.hears(accepted)
	expect(t, a, referral.Accepted)
	b.hears(other)
	s := same(t, a, b, referral.Acknowledged)
	if !s.Frozen || len(s.Conflicts) != 1 || s.Conflicts[0].Kind != referral.Twin || len(s.Conflicts[0].Digests) != 2 {
		t.Fatalf("frozen %v, conflicts %v", s.Frozen, s.Conflicts)
	}
	for side, want := range map[referral.Side][]referral.Transition{
		referral.Sender:   {referral.EnteredInError, referral.WithdrawnByPerson, referral.Revoked},
		referral.Receiver: {referral.WithdrawnByPerson},
	} {
		if diff := cmp.Diff(want, referral.Next(s, side)); diff != "" {
			t.Errorf("the %s of a frozen referral may:\n%s", side, diff)
		}
	}
	b.takes(referral.WithdrawnByPerson) // protects her although the chain before it is disputed
	same(t, a, b, referral.WithdrawnByPerson)
}

func TestAChainThatNamesAnotherEventIsAConflict(t *testing.T) {
	a, b := upTo(t, referral.Acknowledged)
	e := b.state().Stamp(referral.Receiver, form(referral.Receiver, referral.Accepted))
	e.Prev = "00000000000000000000000000000000000000000000000000000000000000ff"
	a.hears(e)
	if s := a.state(); !s.Frozen || s.Conflicts[0].Seq != e.Seq-1 || s.Status != referral.Delivered {
		t.Errorf("%s, conflicts %v", s.Status, s.Conflicts)
	}
}

func TestAnEventThatNamesAnotherEventOfTheOtherSideIsAConflict(t *testing.T) {
	a, b := upTo(t, referral.Acknowledged)
	e := b.state().Stamp(referral.Receiver, form(referral.Receiver, referral.Accepted))
	e.Seen.Digest = "00000000000000000000000000000000000000000000000000000000000000ff"
	a.hears(e)
	if s := a.state(); !s.Frozen || s.Conflicts[0].Kind != referral.View || s.Status != referral.Acknowledged {
		t.Errorf("%s, conflicts %v", s.Status, s.Conflicts)
	}
}

func TestConcurrentStepsThatAreNoEnds(t *testing.T) {
	t.Run("an answer that comes after the acceptance moves nothing", func(t *testing.T) {
		a, b := upTo(t, referral.InformationRequested)
		a.takes(referral.InformationSupplied)
		b.takes(referral.Accepted)
		same(t, a, b, referral.Accepted)
	})
	t.Run("a new plan outlives the news that the old one failed", func(t *testing.T) {
		a, b := upTo(t, referral.HandoverPlanned)
		plan := a.takes(referral.HandoverPlanned, func(e *referral.Event) { e.Planned.At++ })
		b.takes(referral.NotArrived)
		if s := same(t, a, b, referral.HandoverPlanned); s.Planned != plan.Planned {
			t.Errorf("planned %v", s.Planned)
		}
	})
	t.Run("a new plan does not undo the handover", func(t *testing.T) {
		a, b := upTo(t, referral.HandoverPlanned)
		plan := a.state().Planned
		a.takes(referral.HandoverPlanned, func(e *referral.Event) { e.Planned.At++ })
		b.takes(referral.HandedOver)
		if s := same(t, a, b, referral.HandedOver); s.Planned != plan {
			t.Errorf("planned %v", s.Planned)
		}
	})
	t.Run("a withdrawal made while the loop closes goes before it", func(t *testing.T) {
		a, b := upTo(t, referral.Completed)
		a.takes(referral.Closed)
		b.takes(referral.WithdrawnByPerson)
		same(t, a, b, referral.WithdrawnByPerson)
	})
	t.Run("a withdrawal outlives a revocation that a handover overtakes", func(t *testing.T) {
		a, b := upTo(t, referral.HandoverPlanned)
		a.takes(referral.Revoked)
		a.takes(referral.WithdrawnByPerson)
		b.takes(referral.HandedOver)
		same(t, a, b, referral.WithdrawnByPerson)
	})
}

func TestEventsOfStrangersAreRefused(t *testing.T) {
	a, _ := upTo(t, referral.Acknowledged)
	for name, change := range map[string]func(*referral.Event){
		"another member":   func(e *referral.Event) { e.Desk.Member = "RS" },
		"another referral": func(e *referral.Event) { e.Referral = "zzzzzzzzzzzzzzzzzzzzzzzzzw" },
		"no form":          func(e *referral.Event) { e.At = 0 },
	} {
		e := a.state().Stamp(referral.Sender, form(referral.Sender, referral.WithdrawnByPerson))
		change(&e)
		if err := a.state().Admit(e); err == nil {
			t.Errorf("%s: admitted", name)
		}
		s := referral.Fold(thread, append(a.held[:len(a.held):len(a.held)], e))
		if s.Status != referral.Acknowledged || s.History[len(s.History)-1].Standing != referral.Refused {
			t.Errorf("%s: %s\n%s", name, s.Status, story(s))
		}
	}
}

func TestWhatASideHasSeenItCannotUnsee(t *testing.T) {
	a, b := upTo(t, referral.HandoverPlanned)
	again := a.state().Stamp(referral.Sender, form(referral.Sender, referral.HandoverPlanned))
	again.Seen, again.Planned.At = referral.Mark{}, again.Planned.At+1
	b.hears(again)
	if s := expect(t, b, referral.HandoverPlanned); s.Planned != again.Planned {
		t.Errorf("a plan that names nothing was judged as if nothing had been seen\n%s", story(s))
	}
}

func TestARequestBetweenOtherDesksIsRefused(t *testing.T) {
	for name, change := range map[string]func(*referral.Event){
		"from": func(e *referral.Event) { e.Desk.Desk = "shelter" },
		"to":   func(e *referral.Event) { e.To.Desk = "shelter" },
	} {
		e := referral.Fold(thread, nil).Stamp(referral.Sender, form(referral.Sender, referral.Sent))
		change(&e)
		if s := referral.Fold(thread, []referral.Event{e}); s.Status != referral.Draft || s.History[0].Standing != referral.Refused {
			t.Errorf("%s another desk: %s", name, s.Status)
		}
	}
}

// Whoever names the one of two events that he was told is no liar.
func TestTheVictimOfAForkIsNotAccused(t *testing.T) {
	_, b := upTo(t, referral.Acknowledged)
	fork := referral.Digest("00000000000000000000000000000000000000000000000000000000000000ff")
	next := b.state().Stamp(referral.Receiver, form(referral.Receiver, referral.Accepted))
	next.Prev = fork // the receiver chains on an event that was told to the sender only
	answer := b.state().Stamp(referral.Sender, form(referral.Sender, referral.Revoked))
	answer.Seen = referral.Mark{Seq: next.Seq - 1, Digest: fork}
	b.hears(next, answer)
	s := expect(t, b, referral.Revoked)
	if len(s.Conflicts) != 1 || s.Conflicts[0].Kind != referral.Twin || s.Conflicts[0].Side != referral.Receiver {
		t.Errorf("conflicts %v", s.Conflicts)
	}
}
