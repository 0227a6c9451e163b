package careplan_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/careplan"
)

var update = flag.Bool("update", false, "write docs/states-plan.md again")

const statesPage = "../../docs/states-plan.md"

// drawing is the part of docs/states-plan.md that a table cannot say.
const drawing = `# How a step of her plan stands

Written by the test of package careplan (` + "`go test ./internal/careplan -update`" + `) from the table that the code obeys; who may write a plan is in
[access.md](access.md).

    proposed ---> agreed ------> under-way ------> delivered
       |  ^         ^  |             |
       |  not asked |  |             |
       v            |  v             v
    declined -------+  not-available (for a reason that is counted), stopped (for a reason): from every open status
    by her; it stays offered

A step answers a need, names a service and who gives it, and keeps its course: each turn with its day, who recorded it, and a reason where one is
asked for. What she declined is not asked why. To change who gives a service is to stop a step and to write another, to which she agrees anew.

The plan is gone through with her, step by step. Of what she did not agree to, nothing goes on. Whose plan it is, the page says first:

| standing | what it means |
|---|---|
| unasked | nobody has gone through it with her, or somebody recorded that she could not be asked, and why |
| changed | a step was written after she had been asked |
| not-agreed, partly | she agrees to nothing, or to some of it |
| unguarded | a child, or who may be one, agrees to some or all of it, and nobody who decides with her was named as agreeing |
| agreed | she agrees to every step that waits for her |
| none | there is no step to ask her about |

Whoever has a plan has a day on which it is looked at again, at most 180 days ahead, and her desk has a task for it, with a reminder three days before. A plan
that nobody went through has that day 30 days after its first step. The numbers are data (` + "`careplan/data/plan.json`" + `), with their source.

Not there yet: the desk that sees to a step is named and gets no task of its own; services given and gaps
are not counted, because a fact of the statistics has no field for them; a plan is not exported as a support plan of HTCDS, whose types the data already
name; nothing is taken over from a filled-in form F3.

## Every status and every turn

`

// states writes docs/states-plan.md.
func states() string {
	var b strings.Builder
	b.WriteString(drawing + "| from |")
	for _, to := range careplan.Statuses() {
		fmt.Fprintf(&b, " %s |", to)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(careplan.Statuses())) + "\n")
	for _, from := range careplan.Statuses() {
		fmt.Fprintf(&b, "| **%s** |", from)
		for _, to := range careplan.Statuses() {
			if careplan.Turns(from, to) {
				b.WriteString(" yes |")
			} else {
				b.WriteString("  |")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestThePageOfTurns holds the page against the code.
func TestThePageOfTurns(t *testing.T) {
	want := states()
	if *update {
		if err := os.WriteFile(statesPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(statesPage)
	if diff := cmp.Diff(string(got), want); err != nil || diff != "" {
		t.Errorf("docs/states-plan.md is not what the code does (%v); read the difference, then run with -update:\n%s", err, diff)
	}
}
