package referral_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/seal"
)

// writeVectors writes spec/testdata/referral again. The statuses of the fold vectors are written here by hand and
// compared with what the code says, so that a mistake of the code cannot become a vector.
func writeVectors(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll(vectors, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name string, v vector) {
		if err := os.WriteFile(filepath.Join(vectors, name), []byte(v.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for e := range every {
		write("event-"+string(e.Transition)+"-"+string(e.Side), accepted(t, e))
	}
	for name, c := range refusals(t) {
		write("refuse-"+name, head("event", "refuse "+c[0], c[1], [2]string{"event", c[2]}))
	}
	for name, c := range courses(t) {
		v := head("fold", "accept", c.what, [2]string{"referral", string(thread.Referral)},
			[2]string{"sender", thread.Sender.String()}, [2]string{"receiver", thread.Receiver.String()})
		for _, e := range c.events {
			b, err := e.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			v.add("event", string(b))
		}
		s := referral.Fold(thread, c.events)
		if s.Status != c.want {
			t.Fatalf("%s: %s, want %s\n%s", name, s.Status, c.want, story(s))
		}
		write("fold-"+name, append(v, told(s)...))
	}
	for name, c := range periods {
		write("period-"+name, head("period", "accept", c[0], [2]string{"zone", "Europe/Skopje"}, [2]string{"holiday", "2017-12-08"},
			[2]string{"from", c[1]}, [2]string{"period", c[2]}, [2]string{"to", c[3]}))
	}
}

func head(kind, must, what string, more ...[2]string) vector {
	return append(vector{{"spec", "referral 1.0.0"}, {"kind", kind}, {"must", must}, {"what", what}}, more...)
}

func accepted(t *testing.T, e referral.Event) vector {
	t.Helper()
	seed := make([]byte, 32)
	for i := range seed {
		seed[i] = byte(i)
	}
	key, err := seal.ParseSignPrivate(seed)
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	d, err := e.Digest()
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.Public().MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	sig, err := s.Signature.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return head("event", "accept", "every field that "+string(e.Transition)+" may carry", [2]string{"event", string(s.Event)},
		[2]string{"digest", string(d)}, [2]string{"seed", hex.EncodeToString(seed)}, [2]string{"public", string(public)},
		[2]string{"signature", string(sig)})
}

// refusals are events that must be refused: kind and key, what is wrong, the text.
func refusals(t *testing.T) map[string][3]string {
	t.Helper()
	text := func(e referral.Event) string {
		b, err := e.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	accept := text(whole(referral.Receiver, referral.Accepted))
	decline := text(whole(referral.Receiver, referral.Declined))
	swap := func(in, old, new string) string {
		out := strings.Replace(in, old, new, 1)
		if out == in {
			t.Fatalf("%s does not hold %s", in, old)
		}
		return out
	}
	return map[string][3]string{
		"owner":         {"invalid referral.event.owner", "the sender accepts its own request", swap(accept, `"side":"receiver"`, `"side":"sender"`)},
		"expired":       {"invalid referral.event.owner", "the receiver lets the request expire", swap(text(whole(referral.Sender, referral.Expired)), `"side":"sender"`, `"side":"receiver"`)},
		"local":         {"invalid referral.event.transition", "a check is no event", swap(accept, `"accepted"`, `"checked"`)},
		"unknown":       {"invalid referral.event.transition", "no such transition", swap(accept, `"accepted"`, `"maybe"`)},
		"no-reason":     {"invalid referral.event.needs", "a decline without a reason", swap(decline, `"reason":"no-capacity",`, "")},
		"free-text":     {"invalid referral.event.form", "a sentence as a reason", swap(decline, `"no-capacity"`, `"no bed left"`)},
		"code":          {"invalid referral.event.code", "a reason that is not on the list", swap(decline, `"no-capacity"`, `"no-bed-left"`)},
		"note":          {"invalid frame.fields", "a field that does not exist", swap(accept, `"prev"`, `"note":"x","prev"`)},
		"out-of-place":  {"invalid referral.event.field", "an acceptance with an outcome", swap(accept, `"prev"`, `"outcome":"stable","prev"`)},
		"why-withdrawn": {"invalid referral.event.field", "a reason for a withdrawal: she owes none", swap(text(whole(referral.Sender, referral.WithdrawnByPerson)), `"referral"`, `"reason":"other","referral"`)},
		"spaces":        {"invalid frame.not-canonical", "white space", swap(accept, `"prev"`, ` "prev"`)},
		"order":         {"invalid frame.not-canonical", "names out of order", `{"side":"receiver",` + strings.Replace(accept[1:], `"side":"receiver",`, "", 1)},
		"twice":         {"invalid frame.repeated-name", "a name that stands twice", swap(accept, `"prev"`, `"at":1,"prev"`)},
		"empty":         {"invalid frame.fields", "a field that is written although it is empty", swap(accept, `"prev"`, `"outcome":"","prev"`)},
		"fraction":      {"invalid frame.number", "a number that is no integer", swap(accept, `"seq":2`, `"seq":2.5`)},
		"first":         {"invalid referral.event.form", "the first event of a side names one before it", swap(accept, `"seq":2`, `"seq":1`)},
		"last":          {"invalid referral.event.form", "an event beyond the last number", swap(accept, `"seq":2`, `"seq":513`)},
	}
}

type course struct {
	what   string
	want   referral.Status
	events []referral.Event
}

// courses are sets of events and the status that they tell.
func courses(t *testing.T) map[string]course {
	t.Helper()
	out := map[string]course{}
	put := func(name, what string, want referral.Status, events []referral.Event) {
		out[name] = course{what, want, slices.Clone(events)}
	}
	a, _ := upTo(t, referral.Closed)
	put("closed", "the whole life of a referral, with a question and a second plan", referral.Closed, a.held)

	pair := func(name, what string, from referral.Status, mine, theirs referral.Transition, want referral.Status) {
		a, b := upTo(t, from)
		a.takes(mine)
		b.takes(theirs)
		talk(a, b)
		put(name, what, want, a.held)
	}
	pair("error-over-withdrawn", "entered in error and withdrawn at once", referral.Acknowledged, referral.EnteredInError, referral.WithdrawnByPerson, referral.EnteredInError)
	pair("withdrawn-over-revoked", "revoked and withdrawn at once", referral.Acknowledged, referral.Revoked, referral.WithdrawnByPerson, referral.WithdrawnByPerson)
	pair("withdrawn-over-closed", "closed and withdrawn at once", referral.Completed, referral.Closed, referral.WithdrawnByPerson, referral.WithdrawnByPerson)
	pair("revoked-over-declined", "revoked and declined at once", referral.Acknowledged, referral.Revoked, referral.Declined, referral.Revoked)
	pair("declined-over-expired", "expired and declined at once", referral.Acknowledged, referral.Expired, referral.Declined, referral.Declined)
	pair("expired-over-accepted", "expired and accepted at once: the acceptance lost", referral.Acknowledged, referral.Expired, referral.Accepted, referral.Expired)
	pair("revoked-over-accepted", "revoked and accepted at once: the acceptance lost", referral.Acknowledged, referral.Revoked, referral.Accepted, referral.Revoked)
	pair("handed-over-over-revoked", "revoked and handed over at once: the revocation does not count", referral.HandoverPlanned, referral.Revoked, referral.HandedOver, referral.HandedOver)
	pair("withdrawn-over-handed-over", "withdrawn and handed over at once", referral.HandoverPlanned, referral.WithdrawnByPerson, referral.HandedOver, referral.WithdrawnByPerson)
	pair("accepted-and-supplied", "an answer that the acceptance did not wait for", referral.InformationRequested, referral.InformationSupplied, referral.Accepted, referral.Accepted)
	pair("planned-and-not-arrived", "a new plan made before the old one was known to have failed", referral.HandoverPlanned, referral.HandoverPlanned, referral.NotArrived, referral.HandoverPlanned)

	a, b := upTo(t, referral.Acknowledged)
	b.takes(referral.InformationRequested)
	put("gap", "an acceptance waits for the question before it", referral.Acknowledged, append(slices.Clone(a.held), b.takes(referral.Accepted)))

	a, b = upTo(t, referral.Accepted)
	a.takes(referral.HandoverPlanned)
	put("withdrawn-after-gap", "a withdrawal does not wait for the plan before it", referral.WithdrawnByPerson, append(slices.Clone(b.held), a.takes(referral.WithdrawnByPerson)))

	a, _ = meet(t)
	a.takes(referral.Sent)
	put("withdrawn-first", "a withdrawal arrives before the request", referral.WithdrawnByPerson, []referral.Event{a.takes(referral.WithdrawnByPerson)})

	a, b = upTo(t, referral.Acknowledged)
	one := b.state().Stamp(referral.Receiver, form(referral.Receiver, referral.Accepted))
	two := b.state().Stamp(referral.Receiver, form(referral.Receiver, referral.Declined))
	put("twins", "a side says two things with one number: neither counts", referral.Acknowledged, append(slices.Clone(a.held), one, two))

	view := one
	view.Seen.Digest = referral.Digest(strings.Repeat("0", 62) + "ff")
	put("view", "an event names another event of the other side than the one held", referral.Acknowledged, append(slices.Clone(a.held), view))

	a, b = upTo(t, referral.HandedOver)
	late := a.state().Stamp(referral.Sender, form(referral.Sender, referral.Revoked))
	put("void", "revoked by a node that had seen the handover", referral.HandedOver, append(slices.Clone(b.held), late))

	a, _ = upTo(t, referral.Acknowledged)
	stranger := a.state().Stamp(referral.Sender, form(referral.Sender, referral.WithdrawnByPerson))
	stranger.Desk.Member = "RS"
	put("stranger", "a withdrawal by a member that is no party", referral.Acknowledged, append(slices.Clone(a.held), stranger))
	return out
}

// periods are what it is about, from, period, to.
var periods = map[string][4]string{
	"hours":           {"hours are hours", "2017-10-28T08:00:00Z", "24 hour", "2017-10-29T08:00:00Z"},
	"day":             {"a day ends at the same civil time, also when the clocks change", "2017-10-28T08:00:00Z", "1 day", "2017-10-29T09:00:00Z"},
	"week":            {"three working days within a week", "2017-11-13T08:00:00Z", "3 working-day", "2017-11-16T08:00:00Z"},
	"weekend":         {"three working days over a weekend", "2017-11-17T16:00:00Z", "3 working-day", "2017-11-22T16:00:00Z"},
	"from-a-saturday": {"three working days that begin on a Saturday", "2017-11-18T09:00:00Z", "3 working-day", "2017-11-22T23:00:00Z"},
	"holiday":         {"one working day over a holiday and a weekend", "2017-12-07T09:00:00Z", "1 working-day", "2017-12-11T09:00:00Z"},
}
