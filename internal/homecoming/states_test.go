package homecoming_test

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/person"
)

var update = flag.Bool("update", false, "write docs/states-return.md again")

const statesPage = "../../docs/states-return.md"

// drawing is the part of docs/states-return.md that a table cannot say.
const drawing = `# The states of a return

Written by the test of package homecoming (` + "`go test ./internal/homecoming -update`" + `) from the table that the code obeys. Why it is so is in
[adr/0027](adr/0027-return-signed-by-two.md); who may take a step is in [access.md](access.md).

    proposed --> decided ------------> assessed ------------> arranged --> departed --> arrived --> followed-up --> closed
                 she herself  ^        two desks sign   ^     |  ^  |                   ^  |        |  ^
                              |                         |     |  +--+ a new plan        |  |        |  +--+ 30, 90, 180, 365 days
                              +----- assessed anew -----+-----+                         |  +--------+----> closed
                                     (both signatures fall)                             +-- not arrived: it stays, and the clock goes on

    she changes her mind:  from every state; stopped before she has arrived, closed after
    stopped by the desk:   from every state before she has arrived, with a reason
    over:                  closed, stopped; nothing is left to be done, and the second desk opens nothing any more

Every step names the version that was read (` + "`homecoming.stale`" + `) and is in the log. Nothing that is sealed lies in the row.
`

// page writes docs/states-return.md.
func page(texts *lang.Catalogue) string {
	var b strings.Builder
	b.WriteString(drawing)
	b.WriteString("\n## What holds her back, whoever asks\n\nAsked when the return is arranged, and once more when she leaves.\n\n| block | what it says |\n|---|---|\n")
	for _, x := range homecoming.Blocks() {
		fmt.Fprintf(&b, "| %s | %s |\n", x, texts.Printer("en").Text("homecoming.block."+string(x)))
	}
	b.WriteString("\n## Every state and every step\n\nWhere a step leads, or nothing where it is refused (`homecoming.state`).\n\n| from |")
	for _, a := range homecoming.Steps() {
		b.WriteString(" " + a.Verb() + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(homecoming.Steps())) + "\n")
	for _, s := range homecoming.States() {
		fmt.Fprintf(&b, "| **%s** |", s)
		for _, a := range homecoming.Steps() {
			to, err := homecoming.Next(s, a)
			switch {
			case err != nil:
				to = ""
			case a == access.WithdrawHomecoming && (s == homecoming.Arrived || s == homecoming.Followed):
				to = homecoming.Closed
			}
			fmt.Fprintf(&b, " %s |", to)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestEveryStateAndEveryStep holds the page of the states against the code.
func TestEveryStateAndEveryStep(t *testing.T) {
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	want := page(texts)
	if *update {
		if err := os.WriteFile(statesPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(statesPage)
	if diff := cmp.Diff(string(got), want); err != nil || diff != "" {
		t.Errorf("docs/states-return.md is not what the code does (%v); read the difference, then run with -update:\n%s", err, diff)
	}
	for _, s := range []homecoming.State{homecoming.Closed, homecoming.Stopped} {
		for _, a := range homecoming.Steps() {
			if _, err := homecoming.Next(s, a); err == nil {
				t.Errorf("%s after it is %s", a, s)
			}
		}
	}
}

// TestEachBlockHoldsByItself: a return that lacks one thing is held back by that alone.
func TestEachBlockHoldsByItself(t *testing.T) {
	type all struct {
		r          homecoming.Return
		c          casefile.Case
		live       bool
		until, now frame.Time
	}
	for want, spoil := range map[homecoming.Block]func(*all){
		"":                       func(*all) {},
		homecoming.NoDecision:    func(x *all) { x.r.Decided = 0 },
		homecoming.ToOrigin:      func(x *all) { x.c.Asylum, x.c.Origins = true, []string{"MD"} },
		homecoming.OriginUnknown: func(x *all) { x.c.Asylum, x.c.Origins = true, []string{"unknown"} },
		homecoming.Underage:      func(x *all) { x.c.AgeClass = person.AgeUnknown },
		homecoming.NoConsent:     func(x *all) { x.live = false },
		homecoming.Unsigned:      func(x *all) { x.r.Signed = 0 },
		homecoming.Outdated:      func(x *all) { x.now = x.until },
		homecoming.RiskSince:     func(x *all) { x.c.Assessed, x.c.Grade = 11, casefile.High },
		homecoming.RedRisk:       func(x *all) { x.r.Red = true },
	} {
		x := all{
			r: homecoming.Return{To: "MD", Decided: 1, Assessed: 10, Signed: 12}, c: casefile.Case{AgeClass: person.Adult, Assessed: 9, Grade: casefile.High},
			live: true, until: 30, now: 20,
		}
		spoil(&x)
		got := homecoming.HeldBack(x.r, x.c, x.live, x.until, x.now)
		if want == "" && len(got) != 0 || want != "" && !slices.Equal(got, []homecoming.Block{want}) {
			t.Errorf("%q: held back by %v", want, got)
		}
	}
}

// TestNoReturnDependsOnCooperation: nothing about a return reads whether she cooperates with the prosecution, or how her status was
// decided; she may go, and stay, whatever she tells an authority (CETS 197, article 12(6)).
func TestNoReturnDependsOnCooperation(t *testing.T) {
	files, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"Cooperat", "cooperat", "c.Status", "f.file.Status", "KindDossier"} {
			if !strings.HasSuffix(f, "_test.go") && strings.Contains(string(source), word) {
				t.Errorf("%s mentions %s", f, word)
			}
		}
	}
}

// TestTheListsOfReturns: every list says where it comes from, and a list that is broken is refused.
func TestTheListsOfReturns(t *testing.T) {
	d, err := homecoming.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range d.Lists {
		if l.Origin.Citation == "" || l.Origin.Usable() {
			t.Errorf("%s: %+v", l.Key, l.Origin) // nobody has read a law for any of them
		}
	}
	raw, err := os.ReadFile("data/return.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`opentrm/return-data`, `opentrm/other-data`},
		{`"stop"`, `"halt"`},
		{`"person-decided", `, ""},
		{`"followed-up", `, ""},
		{`"return", "stay"`, `"stay"`},
		{`"status": "unverified"`, `"status": "certain"`},
		{`"version": 1`, `"version": 0`},
		{`"version": 1`, `"version": 1, "more": 1`},
		{`]`, ``},
	} {
		if _, err := homecoming.ParseData([]byte(strings.Replace(string(raw), change[0], change[1], 1))); err == nil {
			t.Errorf("with %s in place of %s it is read", change[1], change[0])
		}
	}
}
