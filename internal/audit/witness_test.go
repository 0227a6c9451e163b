package audit_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

func (n *node) ask(c audit.Checkpoint, old int64) string {
	n.t.Helper()
	r, err := n.look().Ask(context.Background(), c, old)
	if err != nil {
		n.t.Fatal(err)
	}
	return r.Text()
}

func (n *node) add(from *node, text string) audit.Answer {
	n.t.Helper()
	a, err := n.witness().Add(context.Background(), n, from.member, text)
	if err != nil {
		n.t.Fatal(err)
	}
	return a
}

// forked returns the network with MK's log and another log that MK signed as well.
func forked(t *testing.T) (mk, other, rs *node) {
	nodes := network(t, "MK", "RS", "AL")
	mk, rs = nodes["MK"], nodes["RS"]
	mk.do(130) // 192 when published: no power of two
	mk.publish()
	copied := *mk
	copied.memory = mk.clone()
	return mk, &copied, rs
}

func TestWitnessFollowsALogThatGrows(t *testing.T) {
	mk, _, rs := forked(t)
	for round := range 4 {
		c := mk.publish()
		o := rs.observed["MK"]
		a := rs.add(mk, mk.ask(c, o.Size))
		if a.Verdict != audit.Cosigned || a.Size != c.At.Index() {
			t.Fatalf("round %d: %+v", round, a)
		}
		x, err := audit.ReadCosignature(c, a.Lines, "RS", mk.roster)
		if err != nil || x.Time != rs.now() || x.At != c.At {
			t.Fatalf("round %d: %+v, %v", round, x, err)
		}
		if again := rs.add(mk, mk.ask(c, c.At.Index())); again.Verdict != audit.Cosigned {
			t.Errorf("the same again: %+v", again)
		}
		if o.Size > 0 {
			if a := rs.add(mk, mk.ask(c, 0)); a.Verdict != audit.OtherSize || a.Size != c.At.Index() {
				t.Errorf("from the wrong size: %+v", a)
			}
		}
		mk.do(round*100 + 1)
		*mk.clock = mk.clock.Add(time.Hour)
	}
	if len(rs.forks) != 0 {
		t.Errorf("forks %v", rs.forks)
	}
}

func TestWitnessKeepsEvidenceOfAFork(t *testing.T) {
	mk, other, rs := forked(t)
	rs.add(mk, mk.ask(mk.publish(), 0))
	mk.do(10)
	mine := mk.publish()
	rs.add(mk, mk.ask(mine, 192))
	other.do(10)
	theirs := other.publish()
	if mine.At != theirs.At || mine.Note == theirs.Note {
		t.Fatal("the logs do not differ")
	}
	for name, a := range map[string]audit.Answer{
		"asked for": rs.add(mk, other.ask(theirs, 192)),
		"seen":      mustSee(t, rs, mk, theirs.Note),
	} {
		if a.Verdict != audit.Forked || a.Fork == nil || a.Lines != "" {
			t.Fatalf("%s: %+v", name, a)
		}
		proven, err := a.Fork.Judge(mk.roster)
		if !proven || err != nil {
			t.Errorf("%s: evidence does not convince: %v, %v", name, proven, err)
		}
	}
	if len(rs.forks) != 1 {
		t.Errorf("%d forks kept", len(rs.forks))
	}
	for note, want := range map[string]bool{mine.Note: true, theirs.Note: false, mine.Note + "x": false, "": false} {
		if got, err := audit.Known(context.Background(), rs, "MK", note); got != want || err != nil {
			t.Errorf("known %v, want %v, %v:\n%s", got, want, err, note)
		}
	}
	if got, _ := audit.Known(context.Background(), rs, "MD", mine.Note); got {
		t.Error("the checkpoint of one member is known of another")
	}
	if o := rs.observed["MK"]; o.Note != mine.Note {
		t.Error("the fork changed what the witness follows")
	}
	if p, err := (audit.Fork{Member: "MK", First: mine.Note, Second: mine.Note}).Judge(mk.roster); p || err != nil {
		t.Errorf("one checkpoint is a fork: %v, %v", p, err)
	}
	if p, err := (audit.Fork{Member: "RS", First: mine.Note, Second: theirs.Note}).Judge(mk.roster); p || !fault.Is(err, fault.Invalid) {
		t.Errorf("evidence against another: %v, %v", p, err)
	}
}

func mustSee(t *testing.T, w, from *node, note string) audit.Answer {
	t.Helper()
	a, err := w.witness().See(context.Background(), w, from.member, note)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestProofConvicts: the fork is of different sizes, and the node's own proof shows it.
func TestProofConvicts(t *testing.T) {
	mk, other, rs := forked(t)
	mk.do(1) // 256, a power of two, is passed
	mk.publish()
	mk.do(1)
	rs.add(mk, mk.ask(mk.publish(), 0)) // 320
	other.do(300)
	theirs := other.publish()
	a := rs.add(mk, other.ask(theirs, 320))
	if a.Verdict != audit.Forked || a.Fork == nil || a.Fork.Proof == "" {
		t.Fatalf("%+v", a)
	}
	if proven, err := a.Fork.Judge(mk.roster); !proven || err != nil {
		t.Errorf("%v, %v", proven, err)
	}
	f := *a.Fork
	f.Proof = ""
	if proven, err := f.Judge(mk.roster); proven || err != nil {
		t.Errorf("without the proof: %v, %v", proven, err)
	}
}

// TestHonestProofNeverConvicts: whatever hashes somebody invents, they do not convict an honest log.
func TestHonestProofNeverConvicts(t *testing.T) {
	mk := network(t, "MK")["MK"]
	var notes []audit.Checkpoint
	for range 12 {
		mk.do(60)
		notes = append(notes, mk.publish())
	}
	rapid.Check(t, func(rt *rapid.T) {
		i := rapid.IntRange(0, 10).Draw(rt, "old")
		j := rapid.IntRange(i+1, 11).Draw(rt, "new")
		r, err := mk.look().Ask(context.Background(), notes[j], notes[i].At.Index())
		if err != nil {
			rt.Fatal(err)
		}
		lines := strings.Split(strings.SplitN(r.Text(), "\n\n", 2)[0], "\n")[1:]
		for range rapid.IntRange(0, 3).Draw(rt, "changes") {
			k := rapid.IntRange(0, len(lines)-1).Draw(rt, "k")
			switch rapid.IntRange(0, 2).Draw(rt, "how") {
			case 0:
				lines[k] = lines[rapid.IntRange(0, len(lines)-1).Draw(rt, "copy")]
			case 1:
				lines = append(lines, lines[k])
			case 2:
				lines[k] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
			}
		}
		f := audit.Fork{Member: "MK", First: notes[i].Note, Second: notes[j].Note, Proof: strings.Join(lines, "\n") + "\n"}
		if proven, err := f.Judge(mk.roster); proven || err != nil {
			rt.Fatalf("convicted: %v, %v", proven, err)
		}
	})
}

func TestWitnessRefuses(t *testing.T) {
	ctx := context.Background()
	mk, _, rs := forked(t)
	c := mk.publish()
	good := mk.ask(c, 0)
	stranger := *mk
	stranger.log = key("stolen", "MK")
	forged, err := audit.Publish(ctx, &stranger, &stranger, mk.rand, stranger.log, "MK", mk.now())
	if err != nil {
		t.Fatal(err)
	}
	unknown := network(t, "BG")["BG"]
	unknown.do(1)
	for name, x := range map[string]struct {
		from id.Member
		text string
		kind fault.Kind
	}{
		"not a request":         {"MK", "hello", fault.Invalid},
		"another's log":         {"AL", good, fault.Denied},
		"forged signature":      {"MK", mk.ask(forged, 0), fault.Denied},
		"unknown member":        {"BG", unknown.ask(unknown.publish(), 0), fault.NotFound},
		"old beyond new":        {"MK", strings.Replace(good, "old 0", "old 193", 1), fault.Invalid},
		"proof from nothing":    {"MK", strings.Replace(good, "old 0\n", "old 0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 1), fault.Invalid},
		"leading zero":          {"MK", strings.Replace(good, "old 0", "old 00", 1), fault.Invalid},
		"too long":              {"MK", strings.Repeat("x", 1<<17), fault.TooLarge},
		"extension line":        {"MK", strings.Replace(good, "\n192\n", "\n192\nx\n", 1), fault.Invalid},
		"empty tree":            {"MK", strings.Replace(good, "\n192\n", "\n0\n", 1), fault.Invalid},
		"more than 63 hashes":   {"MK", strings.Replace(good, "old 0\n", "old 64\n"+strings.Repeat("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 64), 1), fault.Invalid},
		"its own log to itself": {"RS", good, fault.Denied},
	} {
		if a, err := rs.witness().Add(ctx, rs, x.from, x.text); !fault.Is(err, x.kind) {
			t.Errorf("%s: %+v, %v, want %v", name, a, err, x.kind)
		}
	}
	if len(rs.observed)+len(rs.seen) != 0 {
		t.Error("something was kept")
	}
	if _, err := audit.ReadCosignature(c, rs.add(mk, good).Lines, "AL", mk.roster); !fault.Is(err, fault.Denied) {
		t.Errorf("a cosignature of another: %v", err)
	}
}

func TestDemandsUntilProven(t *testing.T) {
	ctx := context.Background()
	mk, other, rs := forked(t)
	older := mk.publish()
	mk.do(100)
	latest := mk.publish()
	rs.add(mk, mk.ask(latest, 0))
	mk.do(100)
	newer := mk.publish()
	if a := mustSee(t, rs, mk, older.Note); a.Verdict != audit.Unproven {
		t.Errorf("an older checkpoint: %+v", a)
	}
	if a := mustSee(t, rs, mk, newer.Note); a.Verdict != audit.Unproven {
		t.Errorf("a newer checkpoint: %+v", a)
	}
	if a := mustSee(t, rs, mk, latest.Note); a.Verdict != audit.Settled {
		t.Errorf("the latest checkpoint: %+v", a)
	}
	demands := func() []audit.Demand {
		d, err := rs.witness().Demands(ctx, rs, "MK")
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	seen := rs.now()
	want := []audit.Demand{{At: older.At, Since: seen, Note: older.Note}, {At: newer.At, Since: seen, Note: newer.Note}}
	if diff := cmp.Diff(want, demands()); diff != "" {
		t.Error(diff)
	}
	*rs.clock = rs.clock.Add(audit.ProofWithin + time.Microsecond)
	if d := demands(); !d[0].Overdue || !d[1].Overdue {
		t.Errorf("not overdue after seven days: %+v", d)
	}
	other.do(300)
	wrong := other.publish() // of another size than all the others
	if a, err := rs.witness().Settle(ctx, rs, "MK", other.ask(wrong, 192)); err == nil || !fault.Is(err, fault.NotFound) {
		t.Errorf("settled with what is not proven: %+v, %v", a, err)
	}
	a, err := rs.witness().Settle(ctx, rs, "MK", mk.ask(latest, older.At.Index()))
	if err != nil || a.Verdict != audit.Settled {
		t.Fatalf("%+v, %v", a, err)
	}
	if a := rs.add(mk, mk.ask(newer, latest.At.Index())); a.Verdict != audit.Cosigned {
		t.Fatalf("%+v", a)
	}
	if d := demands(); len(d) != 1 || d[0].Note != wrong.Note {
		t.Errorf("what was proven is still demanded: %+v", d)
	}
}

func TestEpochAfterRestore(t *testing.T) {
	ctx := context.Background()
	mk, _, rs := forked(t)
	al := *rs
	al.member, al.wit, al.memory = "AL", key("witness", "AL"), newMemory()
	backup := mk.clone() // 192 leaves
	mk.do(100)
	c := mk.publish() // 320
	rs.add(mk, mk.ask(c, 0))
	al.add(mk, mk.ask(c, 0))
	mk.do(10)
	hidden := mk.publish() // 384, which only AL has
	al.add(mk, mk.ask(hidden, 320))

	mk.memory = backup
	last, err := audit.ParseCheckpoint(c.Note, mk.roster)
	if err != nil {
		t.Fatal(err)
	}
	early := mk.clone()
	mk.do(1)
	note, err := audit.Begin(ctx, mk, mk, mk.rand, mk.log, "MK", last, mk.now())
	if err != nil {
		t.Fatal(err)
	}
	b, err := audit.ParseBeginning(note, mk.roster)
	if err != nil || b.Epoch != 2 || b.Kept != 193 || b.Witnessed != 320 || b.Time != mk.now() {
		t.Fatalf("%+v, %v", b, err)
	}
	if from, to := b.Lost(); from != 193 || to != 320 {
		t.Errorf("lost %d to %d", from, to)
	}
	mk.do(5)
	next := mk.publish()
	if a := rs.add(mk, mk.ask(next, 0)); a.Verdict != audit.Unannounced {
		t.Errorf("an epoch nobody announced: %+v", a)
	}
	loss, err := rs.witness().Follow(ctx, rs, "MK", note)
	if err != nil || loss.From != 193 || loss.To != 320 || loss.Hidden || loss.Fork != nil {
		t.Errorf("RS: %+v, %v", loss, err)
	}
	loss, err = al.witness().Follow(ctx, &al, "MK", note)
	if err != nil || loss.From != 193 || loss.To != 384 || !loss.Hidden {
		t.Errorf("AL: %+v, %v", loss, err)
	}
	if _, err := rs.witness().Follow(ctx, rs, "MK", note); !fault.Is(err, fault.Stale) {
		t.Errorf("twice: %v", err)
	}
	if a := rs.add(mk, mk.ask(next, 0)); a.Verdict != audit.Cosigned {
		t.Errorf("after the announcement: %+v", a)
	}
	if a := mustSee(t, rs, mk, c.Note); a.Verdict != audit.Settled {
		t.Errorf("a checkpoint of the epoch before: %+v", a)
	}
	if r := mk.verify(); !r.OK() || r.Epochs != 2 {
		t.Errorf("verify: %+v", r)
	}

	// The same restore, with a statement that names a root the log never had.
	liar := *mk
	liar.memory = early
	untrue := last
	untrue.Root[0] ^= 1
	note, err = audit.Begin(ctx, &liar, &liar, mk.rand, mk.log, "MK", untrue, mk.now())
	if err != nil {
		t.Fatal(err)
	}
	fresh := *rs
	fresh.memory = newMemory()
	fresh.seen["MK"] = map[audit.Place]audit.Seen{c.At: {Member: "MK", At: c.At, Note: c.Note, Proven: true}}
	loss, err = fresh.witness().Follow(ctx, &fresh, "MK", note)
	if err != nil || loss.Fork == nil || len(fresh.forks) != 1 {
		t.Fatalf("a lie about the root: %+v, %v", loss, err)
	}
	if proven, err := loss.Fork.Judge(mk.roster); !proven || err != nil {
		t.Errorf("evidence does not convince: %v, %v", proven, err)
	}
	last.Epoch = 7
	if _, err := audit.Begin(ctx, mk, mk, mk.rand, mk.log, "MK", last, mk.now()); !fault.Is(err, fault.Invalid) {
		t.Errorf("an epoch after another: %v", err)
	}
}

func TestWitnessed(t *testing.T) {
	by := func(members ...id.Member) []audit.Cosignature {
		var out []audit.Cosignature
		for _, m := range members {
			out = append(out, audit.Cosignature{Member: m})
		}
		return out
	}
	for _, c := range []struct {
		by     []audit.Cosignature
		others int
		want   bool
	}{
		{by("RS", "AL"), 10, false},
		{by("RS", "AL", "AL"), 10, false},
		{by("RS", "AL", "MK"), 10, false},
		{by("RS", "AL", "MD"), 10, true},
		{by("RS"), 2, false},
		{by("RS", "AL"), 2, true},
		{nil, 0, true},
	} {
		if got := audit.Witnessed("MK", c.by, c.others); got != c.want {
			t.Errorf("%v of %d others: %v", c.by, c.others, got)
		}
	}
	now := frame.At(noon)
	for _, c := range []struct {
		last   frame.Time
		others int
		warn   bool
	}{
		{now.Add(-audit.WarnAfter), 3, false},
		{now.Add(-audit.WarnAfter) - 1, 3, true},
		{now.Add(-audit.WarnAfter) - 1, 0, false},
		{0, 3, false},
		{now.Add(time.Hour), 3, false},
	} {
		if d, warn := audit.Alone(c.last, now, c.others); warn != c.warn || d < 0 {
			t.Errorf("last %d, %d others: %v, %v", c.last, c.others, d, warn)
		}
	}
}

// broken fails at every call, as storage that cannot be reached does.
type broken struct{ *memory }

var errBroken = errors.New("no storage")

func (broken) AuditHead(context.Context) (audit.Head, error) { return audit.Head{}, errBroken }
func (broken) AuditBlocks(context.Context, []audit.Place) ([][]byte, error) {
	return nil, errBroken
}

func TestStorageFailuresArePassedOn(t *testing.T) {
	ctx := context.Background()
	mk, _, _ := forked(t)
	b := broken{mk.memory}
	if _, err := audit.Append(ctx, b, mk.rand, audit.Did(ana, "case.open", "c").At(1)); !errors.Is(err, errBroken) {
		t.Errorf("append: %v", err)
	}
	if _, err := audit.Publish(ctx, b, b, mk.rand, mk.log, "MK", 1); !errors.Is(err, errBroken) {
		t.Errorf("publish: %v", err)
	}
	if _, err := audit.Verify(ctx, b, audit.Options{Member: "MK", Roster: mk.roster}); !errors.Is(err, errBroken) {
		t.Errorf("verify: %v", err)
	}
	v, err := audit.Look(ctx, b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Root(ctx, audit.At(1, 100)); !errors.Is(err, errBroken) {
		t.Errorf("root: %v", err)
	}
}
