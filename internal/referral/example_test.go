package referral_test

import (
	"fmt"
	"time"

	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/referral"
)

// The life of a referral: a person found in Moldova is received in Skopje, and the loop closes.
func Example() {
	thread := referral.Thread{
		Referral: id.Random[id.Referral](id.Maker{}),
		Sender:   id.Address{Member: "MD", Desk: "focal-point"},
		Receiver: id.Address{Member: "MK", Desk: "shelter-intake"},
	}
	now := frame.At(time.Date(2017, 11, 13, 9, 0, 0, 0, time.UTC))
	var events []referral.Event // what both nodes hold

	state := course.Fold(thread, nil)
	take := func(side referral.Side, e referral.Event) {
		now = now.Add(time.Hour)
		e.At, e.Desk = now, thread.Sender
		if side == referral.Receiver {
			e.Desk = thread.Receiver
		}
		e = state.Stamp(side, e)
		if err := state.Admit(e); err != nil {
			fmt.Println(err)
			return
		}
		events = append(events, e) // signed, sealed into an envelope, told to the other side
		state = course.Fold(thread, events)
		fmt.Printf("%-8s %s\n", side, state.Status)
	}

	state, err := state.Local(referral.Checked) // consent, rule row and capacity hold
	if err != nil {
		fmt.Println(err)
		return
	}
	take(referral.Sender, referral.Event{
		Transition: referral.Sent, To: thread.Receiver, Kind: "return", Urgency: referral.Normal, Basis: "arrangement",
		Expires: now.Add(14 * 24 * time.Hour),
	})
	take(referral.Receiver, referral.Event{Transition: referral.Delivered})
	take(referral.Receiver, referral.Event{Transition: referral.Acknowledged})
	take(referral.Receiver, referral.Event{Transition: referral.InformationRequested, Reason: "languages"})
	take(referral.Sender, referral.Event{Transition: referral.InformationSupplied})
	take(referral.Receiver, referral.Event{Transition: referral.Accepted})
	take(referral.Sender, referral.Event{
		Transition: referral.HandoverPlanned, Planned: referral.Planned{At: now.Add(48 * time.Hour), Meeting: "airport"},
	})
	take(referral.Receiver, referral.Event{Transition: referral.HandedOver})
	take(referral.Receiver, referral.Event{Transition: referral.InCare})
	take(referral.Receiver, referral.Event{Transition: referral.Feedback, Point: 30, Outcome: "stable"})
	take(referral.Sender, referral.Event{Transition: referral.Revoked, Reason: "other"}) // too late
	take(referral.Receiver, referral.Event{Transition: referral.Completed, Outcome: "needs-met"})
	take(referral.Sender, referral.Event{Transition: referral.Closed})

	// Output:
	// sender   sent
	// receiver delivered
	// receiver acknowledged
	// receiver information-requested
	// sender   information-supplied
	// receiver accepted
	// sender   handover-planned
	// receiver handed-over
	// receiver in-care
	// receiver feedback
	// conflict: referral.handed-over
	// receiver completed
	// sender   closed
}
