package course_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/fault"
)

var update = flag.Bool("update", false, "write docs/states.md and spec/testdata/referral again")

const statesPage = "../../docs/states.md"

// drawing is the part of docs/states.md that a table cannot say.
const drawing = `# The states of a referral

Written by the test of package course (` + "`go test ./internal/course -update`" + `) from the table that the code obeys; the rules
behind it are in [spec/referral.md](../spec/referral.md).

    known to the sender's node only      told to both sides
    ------------------------------      ---------------------------------------------------------------
    draft <--> checked ---------------> sent --> delivered --> acknowledged <-----------+
                                          |                      |   |  |               |
                                          +----------------------+   |  +--> information-requested
                                                                     |          |            ^
                                                                     |          v            |
                                                                     |       information-supplied
                                                                     v          |
                                              declined <---------- accepted <---+   (also from -requested)
                                              expired                |
                                                                     v
                                                     +------> handover-planned <--+  (a new plan)
                                                     |           |        |       |
                                                     |           v        v       |
                                                 declined   handed-over  not-arrived
                                                 revoked         |  ^        |
                                                                 |  +--------+  (she came later)
                                                                 v
                                                              in-care --> feedback --+  (30, 90, 180, 365 days …)
                                                                 |           |  ^----+
                                                                 v           v
                                                                 completed(outcome) --> closed

    from any state but the three final ones:   withdrawn-by-person, entered-in-error
    from sent until she is handed over:        revoked, declined (once opened), expired (until decided)
    final:                                     closed, withdrawn-by-person, entered-in-error
    give way only to a handover unknown to     revoked, declined, expired
    their maker, and to a withdrawal or error:

A referral to a further desk is a new referral that names the old one (` + "`continues`" + `). Her return to a country has
states of its own: [states-return.md](states-return.md); so have her case, [states-case.md](states-case.md), and the steps of her
plan, [states-plan.md](states-plan.md). How a child is treated, [child.md](child.md) draws.

After a restore from a backup her consent has to be confirmed (spec/consent.md 5.1). Until then a referral under it is neither checked
nor sent, and one that is accepted stays so while who she is waits; every transition that takes effect on arrival goes as ever.
`

// standing returns a state that is in the status and nothing else.
func standing(s course.Status) course.State {
	arrived := []course.Status{course.HandedOver, course.InCare, course.Feedback, course.Completed, course.Closed}
	return course.State{Thread: thread, Status: s, Arrived: slices.Contains(arrived, s)}
}

func words[T ~string](ws []T) string {
	var out []string
	for _, w := range ws {
		out = append(out, string(w))
	}
	return strings.Join(out, ", ")
}

// page writes docs/states.md.
func page() string {
	var b strings.Builder
	b.WriteString(drawing)
	b.WriteString("\n## Who may take which transition\n\n")
	b.WriteString("| transition | owner | side of the event | needs | may carry | takes effect on arrival |\n|---|---|---|---|---|---|\n")
	for _, t := range course.Statuses() {
		side, ahead := words(course.Owners(t)[0].Sides()), ""
		if t.Local() {
			side = "no event"
		}
		if t.Protective() {
			ahead = "yes"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", t, words(course.Owners(t)), side, words(course.Needs(t)), words(course.Allows(t)), ahead)
	}
	b.WriteString("\n## What each status means to others\n\n")
	b.WriteString("| status | ended | final | FHIR R4 Task.status | ServiceRequest.status |\n|---|---|---|---|---|\n")
	for _, s := range course.Statuses() {
		task, request := course.FHIR(s)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", s, yes(s.Ended()), yes(s.Final()), task, request)
	}
	for _, side := range []course.Side{course.Sender, course.Receiver} {
		fmt.Fprintf(&b, "\n## Every state and every transition: the %s\n\n", side)
		b.WriteString("`yes`, or the key of the refusal without `referral.`; transitions that are never this side's are left out.\n\n| from |")
		var mine []course.Transition
		for _, t := range course.Statuses() {
			if slices.Contains(course.Owners(t)[0].Sides(), side) {
				mine = append(mine, t)
			}
		}
		for _, t := range mine {
			fmt.Fprintf(&b, " %s |", t)
		}
		b.WriteString("\n|---|" + strings.Repeat("---|", len(mine)) + "\n")
		for _, s := range course.Statuses() {
			fmt.Fprintf(&b, "| **%s** |", s)
			for _, t := range mine {
				cell := "yes"
				if err := course.May(standing(s), side, t); err != nil {
					_, key, _ := fault.Public(err)
					cell = strings.TrimPrefix(key, "referral.")
				}
				fmt.Fprintf(&b, " %s |", cell)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func TestEveryStateAndEveryTransition(t *testing.T) {
	got := page()
	if *update {
		if err := os.WriteFile(statesPage, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(statesPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("docs/states.md is not what the code does; read the difference, then run with -update:\n%s", diff)
	}
}

func TestTheOtherSidesTransitionsAreRefused(t *testing.T) {
	for _, s := range course.Statuses() {
		for _, x := range course.Statuses() {
			for _, side := range []course.Side{course.Sender, course.Receiver} {
				err := course.May(standing(s), side, x)
				if mine := slices.Contains(course.Owners(x)[0].Sides(), side); !mine && !fault.Is(err, fault.Invalid) {
					t.Errorf("the %s may take %s in %s: %v", side, x, s, err)
				} else if mine && err != nil && !fault.Is(err, fault.Conflict) {
					t.Errorf("%s in %s: %v", x, s, err)
				}
			}
		}
	}
	if err := course.May(standing(course.Sent), course.Sender, "seen"); !fault.Is(err, fault.Invalid) || course.Owners("seen") != nil {
		t.Errorf("a word that is no transition: %v", err)
	}
}

// From every status that is not final somebody can go on, so no referral is stuck.
func TestNoStateIsADeadEnd(t *testing.T) {
	for _, s := range course.Statuses() {
		next := append(course.Next(standing(s), course.Sender), course.Next(standing(s), course.Receiver)...)
		if s.Final() != (len(next) == 0) {
			t.Errorf("%s leads to %v", s, next)
		}
	}
}

func TestADraftIsSentOnlyWhenChecked(t *testing.T) {
	s := course.Fold(thread, nil)
	if err := course.May(s, course.Sender, course.Sent); err == nil || err.Error() != "conflict: referral.not-checked" {
		t.Fatalf("got %v", err)
	}
	checked, err := s.Local(course.Checked)
	if err != nil {
		t.Fatal(err)
	}
	if err := checked.Admit(checked.Stamp(course.Sender, form(course.Sender, course.Sent))); err != nil {
		t.Error(err)
	}
	edited, err := checked.Local(course.Draft)
	if err != nil || course.May(edited, course.Sender, course.Sent) == nil {
		t.Errorf("an edited draft is sent unchecked: %v", err)
	}
	if _, err := s.Local(course.Sent); !fault.Is(err, fault.Invalid) {
		t.Errorf("sent without an event: %v", err)
	}
	a, _ := upTo(t, course.Sent)
	if _, err := a.state().Local(course.Draft); !fault.Is(err, fault.Conflict) {
		t.Errorf("a referral that was sent is a draft again: %v", err)
	}
}

func TestAdmitRefusesWhatMovedMeanwhile(t *testing.T) {
	a, b := upTo(t, course.Acknowledged)
	e := b.state().Stamp(course.Receiver, form(course.Receiver, course.Accepted))
	a.takes(course.WithdrawnByPerson)
	talk(a, b)
	if err := b.state().Admit(e); !fault.Is(err, fault.Stale) {
		t.Errorf("got %v", err)
	}
}

func TestFeedbackGoesForward(t *testing.T) {
	at := func(days int) func(*course.Event) { return func(e *course.Event) { e.Point = days } }
	a, b := upTo(t, course.InCare)
	b.takes(course.Feedback, at(90)) // the first was left out
	talk(a, b)
	for _, point := range []int{30, 90} {
		e := b.state().Stamp(course.Receiver, form(course.Receiver, course.Feedback))
		e.Point = point
		if err := b.state().Admit(e); !fault.Is(err, fault.Conflict) {
			t.Errorf("feedback for day %d after day 90: %v", point, err)
		}
		s := course.Fold(thread, append(slices.Clone(a.held), e))
		if n := s.History[len(s.History)-1]; n.Standing != course.Void || len(s.Reports) != 1 {
			t.Errorf("from a node that does not ask, it stands as %s", n.Standing)
		}
	}
	b.takes(course.Feedback, at(180))
	if got := same(t, a, b, course.Feedback).Reports; len(got) != 2 || got[1].Point != 180 {
		t.Errorf("reports %v", got)
	}
}

func TestNationalReferralsUseTheSameCode(t *testing.T) {
	home := thread
	home.Receiver = thread.Sender
	home.Receiver.Desk = "shelter-intake"
	e := form(course.Sender, course.Sent)
	e.To = home.Receiver
	checked, err := course.Fold(home, nil).Local(course.Checked)
	if err != nil {
		t.Fatal(err)
	}
	sent := checked.Stamp(course.Sender, e)
	if err := checked.Admit(sent); err != nil {
		t.Fatal(err)
	}
	got := form(course.Receiver, course.Delivered)
	got.Desk = home.Receiver
	s := course.Fold(home, []course.Event{sent})
	if s = course.Fold(home, []course.Event{s.Stamp(course.Receiver, got), sent}); s.Status != course.Delivered {
		t.Errorf("%s\n%s", s.Status, story(s))
	}
}
