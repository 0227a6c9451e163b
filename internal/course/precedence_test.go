package course_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/fault"
)

// same checks that both sides see one state after they have told each other everything.
func same(t *testing.T, a, b *party, want course.Status) course.State {
	t.Helper()
	talk(a, b)
	s := expect(t, a, want)
	if diff := cmp.Diff(s, expect(t, b, want), cmp.AllowUnexported(course.State{})); diff != "" {
		t.Fatalf("the sides differ:\n%s", diff)
	}
	return s
}

func lost(t *testing.T, s course.State, want ...course.Lost) {
	t.Helper()
	if diff := cmp.Diff(want, s.Lost, cmpopts.IgnoreFields(course.Lost{}, "Digest"), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("lost:\n%s", diff)
	}
}

// Precedence of concurrent events: entered-in-error, withdrawn-by-person, revoked, declined, expired, accepted.
func TestPrecedenceOfConcurrentEvents(t *testing.T) {
	for _, c := range []struct {
		sender, receiver course.Transition
		want             course.Status
	}{
		{course.EnteredInError, course.WithdrawnByPerson, course.EnteredInError},
		{course.EnteredInError, course.Declined, course.EnteredInError},
		{course.EnteredInError, course.Accepted, course.EnteredInError},
		{course.WithdrawnByPerson, course.WithdrawnByPerson, course.WithdrawnByPerson},
		{course.WithdrawnByPerson, course.Declined, course.WithdrawnByPerson},
		{course.WithdrawnByPerson, course.Accepted, course.WithdrawnByPerson},
		{course.Revoked, course.WithdrawnByPerson, course.WithdrawnByPerson},
		{course.Revoked, course.Declined, course.Revoked},
		{course.Revoked, course.Accepted, course.Revoked},
		{course.Expired, course.WithdrawnByPerson, course.WithdrawnByPerson},
		{course.Expired, course.Declined, course.Declined},
		{course.Expired, course.Accepted, course.Expired},
	} {
		t.Run(string(c.sender)+" and "+string(c.receiver), func(t *testing.T) {
			a, b := upTo(t, course.Acknowledged)
			a.takes(c.sender)
			b.takes(c.receiver)
			same(t, a, b, c.want)
		})
	}
}

func TestAnAcceptThatLostIsShownToBothDesksAsATask(t *testing.T) {
	for _, end := range []course.Transition{
		course.EnteredInError, course.WithdrawnByPerson, course.Revoked, course.Expired,
	} {
		t.Run(string(end), func(t *testing.T) {
			a, b := upTo(t, course.Acknowledged)
			a.takes(end)
			b.takes(course.Accepted)
			s := same(t, a, b, end)
			lost(t, s, course.Lost{Side: course.Receiver, Transition: course.Accepted, By: end})
		})
	}
	t.Run("not if the end was made knowing of it", func(t *testing.T) {
		a, b := upTo(t, course.Accepted)
		a.takes(course.Revoked)
		lost(t, same(t, a, b, course.Revoked))
	})
	t.Run("not if the desk itself declines what it had accepted", func(t *testing.T) {
		a, b := upTo(t, course.Accepted)
		b.takes(course.Declined)
		lost(t, same(t, a, b, course.Declined))
	})
}

func TestRevokedDeclinedAndExpiredCountOnlyWhereTheSetHoldsNoHandedOver(t *testing.T) {
	t.Run("revoked", func(t *testing.T) {
		a, b := upTo(t, course.HandoverPlanned)
		a.takes(course.Revoked)
		expect(t, a, course.Revoked)
		b.takes(course.HandedOver)
		s := same(t, a, b, course.HandedOver)
		lost(t, s, course.Lost{Side: course.Sender, Transition: course.Revoked, By: course.HandedOver})
		b.takes(course.InCare)
		same(t, a, b, course.InCare)
	})
	t.Run("expired", func(t *testing.T) {
		a, b := upTo(t, course.Acknowledged)
		a.takes(course.Expired)
		b.takes(course.Accepted)
		b.takes(course.HandedOver) // she came before the answer had travelled
		s := same(t, a, b, course.HandedOver)
		lost(t, s, course.Lost{Side: course.Sender, Transition: course.Expired, By: course.HandedOver})
	})
	t.Run("declined", func(t *testing.T) {
		// Both are the receiver's, so they are never concurrent: a decline after the handover is no transition.
		_, b := upTo(t, course.HandedOver)
		if err := course.May(b.state(), course.Receiver, course.Declined); !fault.Is(err, fault.Conflict) {
			t.Errorf("a desk that has her may decline: %v", err)
		}
	})
	for _, late := range []course.Transition{course.Revoked, course.Declined, course.Expired} {
		t.Run(string(late)+" made knowing of the handover is void", func(t *testing.T) {
			a, b := upTo(t, course.HandedOver)
			p := a
			if late == course.Declined {
				p = b
			}
			e := p.state().Stamp(p.side, form(p.side, late)) // a node that does not ask
			p.held, p.made = append(p.held, e), append(p.made, e)
			s := same(t, a, b, course.HandedOver)
			if n := s.History[len(s.History)-1]; n.Standing != course.Void {
				t.Errorf("it stands as %s", n.Standing)
			}
		})
	}
}

func TestWithdrawnByPersonAndEnteredInErrorEndTheReferralFromAnyOpenState(t *testing.T) {
	for _, from := range course.Statuses() {
		if from.Ended() || from.Local() {
			continue
		}
		for _, c := range []struct {
			side course.Side
			end  course.Transition
		}{
			{course.Sender, course.EnteredInError},
			{course.Sender, course.WithdrawnByPerson},
			{course.Receiver, course.WithdrawnByPerson},
		} {
			t.Run(string(from)+" "+string(c.end)+" "+string(c.side), func(t *testing.T) {
				a, b := upTo(t, from)
				if c.side == course.Sender {
					a.takes(c.end)
				} else {
					b.takes(c.end)
				}
				s := same(t, a, b, c.end)
				for _, side := range []course.Side{course.Sender, course.Receiver} {
					if next := course.Next(s, side); len(next) != 0 {
						t.Errorf("the %s may still take %v", side, next)
					}
				}
			})
		}
	}
}

func TestSignedEventsOfHandoverArrivalAndCareStayInItsHistoryAndInTheStatistics(t *testing.T) {
	a, b := upTo(t, course.HandoverPlanned)
	a.takes(course.WithdrawnByPerson)
	for _, care := range []course.Transition{course.HandedOver, course.InCare, course.Feedback} {
		b.takes(care)
	}
	s := same(t, a, b, course.WithdrawnByPerson)
	for _, care := range []course.Transition{course.HandoverPlanned, course.HandedOver, course.InCare, course.Feedback} {
		if e, ok := s.Last(care); !ok || e.Standing != course.Counted {
			t.Errorf("%s is gone from the history", care)
		}
	}
	if !s.Arrived || len(s.Reports) != 1 {
		t.Errorf("arrived %v, reports %v", s.Arrived, s.Reports)
	}
}

func TestWithdrawalsAndRevocationsTakeEffectOnArrivalWhateverIsMissingBeforeThem(t *testing.T) {
	for _, end := range []course.Transition{course.WithdrawnByPerson, course.EnteredInError, course.Revoked} {
		t.Run(string(end), func(t *testing.T) {
			a, b := upTo(t, course.Accepted)
			plan := a.takes(course.HandoverPlanned)
			last := a.takes(end)
			b.hears(last)
			s := expect(t, b, end)
			if e, _ := s.Last(end); e.Standing != course.Ahead {
				t.Errorf("it stands as %s", e.Standing)
			}
			if diff := cmp.Diff([]course.Place{{Side: course.Sender, Seq: plan.Seq}}, s.Missing); diff != "" {
				t.Errorf("missing:\n%s", diff)
			}
			b.hears(plan)
			same(t, a, b, end)
		})
	}
	t.Run("even before the request", func(t *testing.T) {
		a, b := meet(t)
		a.takes(course.Sent)
		b.hears(a.takes(course.WithdrawnByPerson))
		expect(t, b, course.WithdrawnByPerson)
	})
}

func TestGapsAreParkedNeverRefused(t *testing.T) {
	a, b := upTo(t, course.Acknowledged)
	asked := b.takes(course.InformationRequested)
	accepted := b.takes(course.Accepted)
	a.hears(accepted)
	s := expect(t, a, course.Acknowledged)
	if e := s.History[len(s.History)-1]; e.Digest == "" || e.Standing != course.Parked {
		t.Errorf("it stands as %s", e.Standing)
	}
	a.hears(asked)
	same(t, a, b, course.Accepted)
}

func TestExpiredIsAnEventOfTheSendersNodeNeverComputedByTheReceiver(t *testing.T) {
	_, b := upTo(t, course.Acknowledged)
	e := b.state().Stamp(course.Receiver, form(course.Receiver, course.Expired))
	if err := e.Check(); !fault.Is(err, fault.Invalid) {
		t.Errorf("the receiver lets it expire: %v", err)
	}
	b.held = append(b.held, e)
	if s := expect(t, b, course.Acknowledged); s.History[len(s.History)-1].Standing != course.Refused {
		t.Error("the event was not refused")
	}
}

func TestSameTripleWithAnotherDigestIsAConflict(t *testing.T) {
	a, b := upTo(t, course.Acknowledged)
	accepted := b.takes(course.Accepted)
	other := form(course.Receiver, course.Declined)
	other.Referral, other.Side, other.Seq, other.Prev, other.Seen = accepted.Referral, accepted.Side, accepted.Seq, accepted.Prev, accepted.Seen
	b.made = append(b.made, other)
	a.hears(accepted)
	expect(t, a, course.Accepted)
	b.hears(other)
	s := same(t, a, b, course.Acknowledged)
	if !s.Frozen || len(s.Conflicts) != 1 || s.Conflicts[0].Kind != course.Twin || len(s.Conflicts[0].Digests) != 2 {
		t.Fatalf("frozen %v, conflicts %v", s.Frozen, s.Conflicts)
	}
	for side, want := range map[course.Side][]course.Transition{
		course.Sender:   {course.EnteredInError, course.WithdrawnByPerson, course.Revoked},
		course.Receiver: {course.WithdrawnByPerson},
	} {
		if diff := cmp.Diff(want, course.Next(s, side)); diff != "" {
			t.Errorf("the %s of a frozen referral may:\n%s", side, diff)
		}
	}
	b.takes(course.WithdrawnByPerson) // protects her although the chain before it is disputed
	same(t, a, b, course.WithdrawnByPerson)
}

func TestAChainThatNamesAnotherEventIsAConflict(t *testing.T) {
	a, b := upTo(t, course.Acknowledged)
	e := b.state().Stamp(course.Receiver, form(course.Receiver, course.Accepted))
	e.Prev = "00000000000000000000000000000000000000000000000000000000000000ff"
	a.hears(e)
	if s := a.state(); !s.Frozen || s.Conflicts[0].Seq != e.Seq-1 || s.Status != course.Delivered {
		t.Errorf("%s, conflicts %v", s.Status, s.Conflicts)
	}
}

func TestAnEventThatNamesAnotherEventOfTheOtherSideIsAConflict(t *testing.T) {
	a, b := upTo(t, course.Acknowledged)
	e := b.state().Stamp(course.Receiver, form(course.Receiver, course.Accepted))
	e.Seen.Digest = "00000000000000000000000000000000000000000000000000000000000000ff"
	a.hears(e)
	if s := a.state(); !s.Frozen || s.Conflicts[0].Kind != course.View || s.Status != course.Acknowledged {
		t.Errorf("%s, conflicts %v", s.Status, s.Conflicts)
	}
}

func TestConcurrentStepsThatAreNoEnds(t *testing.T) {
	t.Run("an answer that comes after the acceptance moves nothing", func(t *testing.T) {
		a, b := upTo(t, course.InformationRequested)
		a.takes(course.InformationSupplied)
		b.takes(course.Accepted)
		same(t, a, b, course.Accepted)
	})
	t.Run("a new plan outlives the news that the old one failed", func(t *testing.T) {
		a, b := upTo(t, course.HandoverPlanned)
		plan := a.takes(course.HandoverPlanned, func(e *course.Event) { e.Planned.At++ })
		b.takes(course.NotArrived)
		if s := same(t, a, b, course.HandoverPlanned); s.Planned != plan.Planned {
			t.Errorf("planned %v", s.Planned)
		}
	})
	t.Run("a new plan does not undo the handover", func(t *testing.T) {
		a, b := upTo(t, course.HandoverPlanned)
		plan := a.state().Planned
		a.takes(course.HandoverPlanned, func(e *course.Event) { e.Planned.At++ })
		b.takes(course.HandedOver)
		if s := same(t, a, b, course.HandedOver); s.Planned != plan {
			t.Errorf("planned %v", s.Planned)
		}
	})
	t.Run("a withdrawal made while the loop closes goes before it", func(t *testing.T) {
		a, b := upTo(t, course.Completed)
		a.takes(course.Closed)
		b.takes(course.WithdrawnByPerson)
		same(t, a, b, course.WithdrawnByPerson)
	})
	t.Run("a withdrawal outlives a revocation that a handover overtakes", func(t *testing.T) {
		a, b := upTo(t, course.HandoverPlanned)
		a.takes(course.Revoked)
		a.takes(course.WithdrawnByPerson)
		b.takes(course.HandedOver)
		same(t, a, b, course.WithdrawnByPerson)
	})
}

func TestEventsOfStrangersAreRefused(t *testing.T) {
	a, _ := upTo(t, course.Acknowledged)
	for name, change := range map[string]func(*course.Event){
		"another member":   func(e *course.Event) { e.Desk.Member = "RS" },
		"another referral": func(e *course.Event) { e.Referral = "zzzzzzzzzzzzzzzzzzzzzzzzzw" },
		"no form":          func(e *course.Event) { e.At = 0 },
	} {
		e := a.state().Stamp(course.Sender, form(course.Sender, course.WithdrawnByPerson))
		change(&e)
		if err := a.state().Admit(e); err == nil {
			t.Errorf("%s: admitted", name)
		}
		s := course.Fold(thread, append(a.held[:len(a.held):len(a.held)], e))
		if s.Status != course.Acknowledged || s.History[len(s.History)-1].Standing != course.Refused {
			t.Errorf("%s: %s\n%s", name, s.Status, story(s))
		}
	}
}

func TestWhatASideHasSeenItCannotUnsee(t *testing.T) {
	a, b := upTo(t, course.HandoverPlanned)
	again := a.state().Stamp(course.Sender, form(course.Sender, course.HandoverPlanned))
	again.Seen, again.Planned.At = course.Mark{}, again.Planned.At+1
	b.hears(again)
	if s := expect(t, b, course.HandoverPlanned); s.Planned != again.Planned {
		t.Errorf("a plan that names nothing was judged as if nothing had been seen\n%s", story(s))
	}
}

func TestARequestBetweenOtherDesksIsRefused(t *testing.T) {
	for name, change := range map[string]func(*course.Event){
		"from": func(e *course.Event) { e.Desk.Desk = "shelter" },
		"to":   func(e *course.Event) { e.To.Desk = "shelter" },
	} {
		e := course.Fold(thread, nil).Stamp(course.Sender, form(course.Sender, course.Sent))
		change(&e)
		if s := course.Fold(thread, []course.Event{e}); s.Status != course.Draft || s.History[0].Standing != course.Refused {
			t.Errorf("%s another desk: %s", name, s.Status)
		}
	}
}

// Whoever names the one of two events that he was told is no liar.
func TestTheVictimOfAForkIsNotAccused(t *testing.T) {
	_, b := upTo(t, course.Acknowledged)
	fork := course.Digest("00000000000000000000000000000000000000000000000000000000000000ff")
	next := b.state().Stamp(course.Receiver, form(course.Receiver, course.Accepted))
	next.Prev = fork // the receiver chains on an event that was told to the sender only
	answer := b.state().Stamp(course.Sender, form(course.Sender, course.Revoked))
	answer.Seen = course.Mark{Seq: next.Seq - 1, Digest: fork}
	b.hears(next, answer)
	s := expect(t, b, course.Revoked)
	if len(s.Conflicts) != 1 || s.Conflicts[0].Kind != course.Twin || s.Conflicts[0].Side != course.Receiver {
		t.Errorf("conflicts %v", s.Conflicts)
	}
}
