package casefile_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
)

var update = flag.Bool("update", false, "write docs/states-case.md again")

const statesPage = "../../docs/states-case.md"

// drawing is the part of docs/states-case.md that a table cannot say.
const drawing = `# The states of a case

Written by the test of package casefile (` + "`go test ./internal/casefile -update`" + `) from the table that the code obeys; who may do what is in
[access.md](access.md).

    open ----------> closed ----------> erased
     ^   a reason       |    its keys are destroyed, nobody opens it again
     |                  |
     +------------------+
       reopened, with a reason, by who may close it

A reopened case is the same file with the same reference: its closures and reopenings stand beside each other, whoever counts cases counts her once, and no
fact about her is written anew. What ended with the closure is somebody's to look after again: the day on which she may be asked about what she refused, a
reflection period that runs, a plan that has to be gone through. The period after which it may be erased is counted from the last closure.

` + "`work`" + ` stands for everything that needs an open case: a note, an assessment, a decision, a consent, a plan.

Two open files of one person are merged by making one of them lead to the other. The merged one is read as it was and written by nobody; undone, it is
open again, as it was. It is erased with the file that is worked with, never by itself.

| from | read | work | close | reopen | erase | merge | unmerge |
|---|---|---|---|---|---|---|---|
`

// states writes docs/states-case.md.
func states() string {
	var b strings.Builder
	b.WriteString(drawing)
	for _, from := range []casefile.State{casefile.Open, casefile.Closed, casefile.Merged, casefile.Erased} {
		fmt.Fprintf(&b, "| **%s** |", from)
		for _, action := range []access.Action{access.ReadCase, access.NoteCase, access.CloseCase, access.ReopenCase, access.EraseCase, access.MergeCase, access.UnmergeCase} {
			if to, ok := casefile.After(from, action); ok {
				fmt.Fprintf(&b, " %s |", to)
			} else {
				b.WriteString("  |")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestThePageOfStates holds the page against the code.
func TestThePageOfStates(t *testing.T) {
	want := states()
	if *update {
		if err := os.WriteFile(statesPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(statesPage)
	if diff := cmp.Diff(string(got), want); err != nil || diff != "" {
		t.Errorf("docs/states-case.md is not what the code does (%v); read the difference, then run with -update:\n%s", err, diff)
	}
}

// TestAClosedCaseIsTakenUpAgain: with a reason, by who may close it, as the same file; what somebody had to look after is somebody's
// again, and what was erased stays erased. The code obeys the table in every state.
func TestAClosedCaseIsTakenUpAgain(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	c := o.open()
	again := casefile.Reopening{Reason: "wants-help-again", On: "2026-12-01", Note: "DEMO: she called"}
	_, err := o.cases.Reopen(o.ctx, ana, c.ID, c.Version, again)
	o.refused(err, fault.Conflict, "case.not-closed-yet")
	_, err = o.cases.Refuse(o.ctx, ana, c.ID, unwanted("2026-11-23", "2026-12-07"))
	o.must(err)
	_, err = o.cases.Reflect(o.ctx, ana, c.ID, casefile.Reflection{Country: "MK", Body: "Demo police", Basis: "Demo 1", From: "2026-11-23", Until: "2027-01-23"})
	o.must(err)
	asked, reflected := len(o.askings), len(o.reflected)
	closed, err := o.cases.Close(o.ctx, ana, c.ID, c.Version, casefile.Closure{Reason: "lost-contact", Date: "2026-11-30", Action: "retain"})
	o.must(err)
	_, err = o.cases.Note(o.ctx, ana, c.ID, note("no"))
	o.refused(err, fault.Conflict, "case.closed")

	for _, who := range []string{"boris", "petar", "erna"} {
		_, err = o.cases.Reopen(o.ctx, o.people[who], c.ID, closed.Version, again)
		o.refused(err, fault.Hidden, "")
	}
	for name, x := range map[string]casefile.Reopening{
		"no reason": {On: "2026-12-01"}, "no such reason": {Reason: "curious", On: "2026-12-01"}, "no day": {Reason: "other"},
	} {
		if _, err := o.cases.Reopen(o.ctx, ana, c.ID, closed.Version, x); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = o.cases.Reopen(o.ctx, ana, c.ID, closed.Version-1, again)
	o.refused(err, fault.Stale, "")
	open, err := o.cases.Reopen(o.ctx, ana, c.ID, closed.Version, again)
	o.must(err)
	if open.State != casefile.Open || open.Reference != c.Reference || open.Closed != 0 || open.Closure != "" || open.Action != "" {
		t.Errorf("%+v", open)
	}
	if len(o.askings) != asked+1 || o.askings[asked] != o.askings[asked-1] || len(o.reflected) != reflected+1 {
		t.Errorf("she is asked at %v; %d periods are looked after", o.askings, len(o.reflected)-reflected)
	}
	_, err = o.cases.Note(o.ctx, ana, c.ID, note("she is back"))
	o.must(err)
	f, err := o.cases.Show(o.ctx, ana, c.ID)
	o.must(err)
	if len(f.Closures) != 1 || len(f.Reopenings) != 1 || f.Reopenings[0].Value != again {
		t.Errorf("%+v, %+v", f.Closures, f.Reopenings)
	}
	if all, err := o.cases.List(o.ctx, ana.Actor, casefile.Filter{Limit: 10}); err != nil || len(all) != 1 {
		t.Errorf("she is counted %d times, %v", len(all), err)
	}
	closed, err = o.cases.Close(o.ctx, ana, c.ID, open.Version, casefile.Closure{Reason: "moved", Date: "2026-12-30", Action: "erase"})
	o.must(err)
	o.must(o.cases.Erase(o.ctx, ana.Actor, c.ID))
	_, err = o.cases.Reopen(o.ctx, ana, c.ID, closed.Version+1, again)
	o.refused(err, fault.NotFound, "")
}

// TestWhoAsksNotToBeAskedIsNotAsked: after that nothing is recorded but that she came back by herself.
func TestWhoAsksNotToBeAskedIsNotAsked(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	c := o.open()
	k, err := o.cases.Refuse(o.ctx, ana, c.ID, unwanted("2026-11-23", "2026-12-07"))
	o.must(err)
	thinks := casefile.AskedAgain{On: "2026-12-07", Outcome: "thinking"}
	k, err = o.cases.AskAgain(o.ctx, ana, c.ID, k.Record, k.Version, thinks, "2026-12-14")
	if o.must(err); !k.Value.Open() {
		t.Error("nobody asks her again")
	}
	no := casefile.AskedAgain{On: "2026-12-14", Outcome: casefile.NoMore}
	_, err = o.cases.AskAgain(o.ctx, ana, c.ID, k.Record, k.Version, no, "2026-12-21")
	o.refused(err, fault.Invalid, "case.field")
	k, err = o.cases.AskAgain(o.ctx, ana, c.ID, k.Record, k.Version, no, "")
	if o.must(err); o.askings[len(o.askings)-1] != 0 {
		t.Errorf("she is asked at %v all the same", o.askings)
	}
	_, err = o.cases.AskAgain(o.ctx, ana, c.ID, k.Record, k.Version, casefile.AskedAgain{On: "2026-12-20", Outcome: "refused-again"}, "")
	o.refused(err, fault.Invalid, "case.refusal.no-more")
	_, err = o.cases.AskAgain(o.ctx, ana, c.ID, k.Record, k.Version, casefile.AskedAgain{On: "2026-12-24", Outcome: casefile.Accepted}, "")
	o.must(err)
}

// TestEveryReopeningHasWords holds the codes against the catalogue of the screens.
func TestEveryReopeningHasWords(t *testing.T) {
	d, err := casefile.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range d.Codes(casefile.ListReopening) {
		if !texts.Has("case.reopening." + code) {
			t.Errorf("%s has no words", code)
		}
	}
}
