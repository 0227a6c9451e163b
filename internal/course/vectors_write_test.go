package course_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/course"
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
		s := course.Fold(thread, c.events)
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

func accepted(t *testing.T, e course.Event) vector {
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
	text := func(e course.Event) string {
		b, err := e.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	accept := text(whole(course.Receiver, course.Accepted))
	decline := text(whole(course.Receiver, course.Declined))
	swap := func(in, old, new string) string {
		out := strings.Replace(in, old, new, 1)
		if out == in {
			t.Fatalf("%s does not hold %s", in, old)
		}
		return out
	}
	return map[string][3]string{
		"owner":         {"invalid referral.event.owner", "the sender accepts its own request", swap(accept, `"side":"receiver"`, `"side":"sender"`)},
		"expired":       {"invalid referral.event.owner", "the receiver lets the request expire", swap(text(whole(course.Sender, course.Expired)), `"side":"sender"`, `"side":"receiver"`)},
		"local":         {"invalid referral.event.transition", "a check is no event", swap(accept, `"accepted"`, `"checked"`)},
		"unknown":       {"invalid referral.event.transition", "no such transition", swap(accept, `"accepted"`, `"maybe"`)},
		"no-reason":     {"invalid referral.event.needs", "a decline without a reason", swap(decline, `"reason":"no-capacity",`, "")},
		"free-text":     {"invalid referral.event.form", "a sentence as a reason", swap(decline, `"no-capacity"`, `"no bed left"`)},
		"code":          {"invalid referral.event.code", "a reason that is not on the list", swap(decline, `"no-capacity"`, `"no-bed-left"`)},
		"note":          {"invalid frame.fields", "a field that does not exist", swap(accept, `"prev"`, `"note":"x","prev"`)},
		"out-of-place":  {"invalid referral.event.field", "an acceptance with an outcome", swap(accept, `"prev"`, `"outcome":"stable","prev"`)},
		"why-withdrawn": {"invalid referral.event.field", "a reason for a withdrawal: she owes none", swap(text(whole(course.Sender, course.WithdrawnByPerson)), `"referral"`, `"reason":"other","referral"`)},
		"spaces":        {"invalid frame.not-canonical", "white space", swap(accept, `"prev"`, ` "prev"`)},
		"order":         {"invalid frame.not-canonical", "names out of order", `{"side":"receiver",` + strings.Replace(accept[1:], `"side":"receiver",`, "", 1)},
		"twice":         {"invalid frame.repeated-name", "a name that stands twice", swap(accept, `"prev"`, `"at":1,"prev"`)},
		"empty":         {"invalid frame.fields", "a field that is written although it is empty", swap(accept, `"prev"`, `"outcome":"","prev"`)},
		"fraction":      {"invalid frame.number", "a number that is no integer", swap(accept, `"seq":2`, `"seq":2.5`)},
		"first":         {"invalid referral.event.form", "the first event of a side names one before it", swap(accept, `"seq":2`, `"seq":1`)},
		"last":          {"invalid referral.event.form", "an event beyond the last number", swap(accept, `"seq":2`, `"seq":513`)},
	}
}

type history struct {
	what   string
	want   course.Status
	events []course.Event
}

// courses are sets of events and the status that they tell.
func courses(t *testing.T) map[string]history {
	t.Helper()
	out := map[string]history{}
	put := func(name, what string, want course.Status, events []course.Event) {
		out[name] = history{what, want, slices.Clone(events)}
	}
	a, _ := upTo(t, course.Closed)
	put("closed", "the whole life of a referral, with a question and a second plan", course.Closed, a.held)

	pair := func(name, what string, from course.Status, mine, theirs course.Transition, want course.Status) {
		a, b := upTo(t, from)
		a.takes(mine)
		b.takes(theirs)
		talk(a, b)
		put(name, what, want, a.held)
	}
	pair("error-over-withdrawn", "entered in error and withdrawn at once", course.Acknowledged, course.EnteredInError, course.WithdrawnByPerson, course.EnteredInError)
	pair("withdrawn-over-revoked", "revoked and withdrawn at once", course.Acknowledged, course.Revoked, course.WithdrawnByPerson, course.WithdrawnByPerson)
	pair("withdrawn-over-closed", "closed and withdrawn at once", course.Completed, course.Closed, course.WithdrawnByPerson, course.WithdrawnByPerson)
	pair("revoked-over-declined", "revoked and declined at once", course.Acknowledged, course.Revoked, course.Declined, course.Revoked)
	pair("declined-over-expired", "expired and declined at once", course.Acknowledged, course.Expired, course.Declined, course.Declined)
	pair("expired-over-accepted", "expired and accepted at once: the acceptance lost", course.Acknowledged, course.Expired, course.Accepted, course.Expired)
	pair("revoked-over-accepted", "revoked and accepted at once: the acceptance lost", course.Acknowledged, course.Revoked, course.Accepted, course.Revoked)
	pair("handed-over-over-revoked", "revoked and handed over at once: the revocation does not count", course.HandoverPlanned, course.Revoked, course.HandedOver, course.HandedOver)
	pair("withdrawn-over-handed-over", "withdrawn and handed over at once", course.HandoverPlanned, course.WithdrawnByPerson, course.HandedOver, course.WithdrawnByPerson)
	pair("accepted-and-supplied", "an answer that the acceptance did not wait for", course.InformationRequested, course.InformationSupplied, course.Accepted, course.Accepted)
	pair("planned-and-not-arrived", "a new plan made before the old one was known to have failed", course.HandoverPlanned, course.HandoverPlanned, course.NotArrived, course.HandoverPlanned)

	a, b := upTo(t, course.Acknowledged)
	b.takes(course.InformationRequested)
	put("gap", "an acceptance waits for the question before it", course.Acknowledged, append(slices.Clone(a.held), b.takes(course.Accepted)))

	a, b = upTo(t, course.Accepted)
	a.takes(course.HandoverPlanned)
	put("withdrawn-after-gap", "a withdrawal does not wait for the plan before it", course.WithdrawnByPerson, append(slices.Clone(b.held), a.takes(course.WithdrawnByPerson)))

	a, _ = meet(t)
	a.takes(course.Sent)
	put("withdrawn-first", "a withdrawal arrives before the request", course.WithdrawnByPerson, []course.Event{a.takes(course.WithdrawnByPerson)})

	a, b = upTo(t, course.Acknowledged)
	one := b.state().Stamp(course.Receiver, form(course.Receiver, course.Accepted))
	two := b.state().Stamp(course.Receiver, form(course.Receiver, course.Declined))
	put("twins", "a side says two things with one number: neither counts", course.Acknowledged, append(slices.Clone(a.held), one, two))

	view := one
	view.Seen.Digest = course.Digest(strings.Repeat("0", 62) + "ff")
	put("view", "an event names another event of the other side than the one held", course.Acknowledged, append(slices.Clone(a.held), view))

	a, b = upTo(t, course.HandedOver)
	late := a.state().Stamp(course.Sender, form(course.Sender, course.Revoked))
	put("void", "revoked by a node that had seen the handover", course.HandedOver, append(slices.Clone(b.held), late))

	a, _ = upTo(t, course.Acknowledged)
	stranger := a.state().Stamp(course.Sender, form(course.Sender, course.WithdrawnByPerson))
	stranger.Desk.Member = "RS"
	put("stranger", "a withdrawal by a member that is no party", course.Acknowledged, append(slices.Clone(a.held), stranger))
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
