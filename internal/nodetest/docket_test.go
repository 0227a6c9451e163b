package nodetest_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/docket"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store"
)

// board opens a board at the first member with the desks of the others on it.
func (b bench) board(root id.Member, others ...id.Member) docket.Row {
	b.t.Helper()
	x := b.Node(root)
	r, err := x.Dockets.Begin(b.t.Context(), x.As("petar"), "DEMO Zlatko", "DEMO Office Zlatko", "+000 Zlatko")
	b.must(err)
	for _, m := range others {
		b.write(root, r.ID, "desk", map[string]string{"desk": string(m) + "/prosecution", "office": "DEMO Office Zlatko", "state": "in"})
	}
	return r
}

func (b bench) write(at id.Member, board id.Thread, sort string, values map[string]string) id.Thread {
	b.t.Helper()
	x := b.Node(at)
	b.Clock.Advance(time.Second)
	item, err := x.Dockets.Add(b.t.Context(), x.As("petar"), board, docket.Writing{Sort: sort, Values: values})
	b.must(err)
	return item
}

// change writes an item anew.
func (b bench) change(at id.Member, board, item id.Thread, void bool, values map[string]string) error {
	b.t.Helper()
	x := b.Node(at)
	b.Clock.Advance(time.Second)
	f, err := x.Dockets.Open(b.t.Context(), x.As("petar"), board)
	b.must(err)
	i, ok := f.Item(item)
	if !ok {
		b.t.Fatalf("%s does not have the item", at)
	}
	_, err = x.Dockets.Add(b.t.Context(), x.As("petar"), board, docket.Writing{Sort: i.Sort, Item: item, Was: i.Now, Void: void, Values: values})
	return err
}

func (b bench) look(at id.Member, board id.Thread) docket.File {
	b.t.Helper()
	f, err := b.Node(at).Dockets.Open(b.t.Context(), b.Node(at).As("petar"), board)
	b.must(err)
	return f
}

func hearingOn(day, state string) map[string]string {
	return map[string]string{"day": day, "time": "10:30", "country": "BG", "court": "DEMO court Zlatko", "witness": "W-7", "measures": "screens video-link", "state": state}
}

// TestABoardOfThreeCountries: a prosecutor opens a board and lets two others on it; one who comes later gets everything, what one changes all see, days are reminded of, and
// where evidence went is a chain that anybody can check. A country that is not on it, who helps people, the coordinator and who steals the database learn nothing.
func TestABoardOfThreeCountries(t *testing.T) {
	b := newBench(t, "RO", "BG", "MD", "MK")
	ctx, ro, md := t.Context(), b.Node("RO"), b.Node("MD")
	r := b.board("RO", "BG")
	b.Run()
	if all, _, err := b.Node("BG").Dockets.List(ctx, b.Node("BG").As("petar").Actor, "", 9); err != nil || len(all) != 1 || all[0].ID != r.ID {
		t.Fatalf("BG has %+v, %v", all, err)
	}
	h := b.write("BG", r.ID, "hearing", hearingOn("2026-12-24", "planned"))
	b.Run()
	if due := tasks(t, ro, docket.TaskDay); len(due) != 1 || due[0].Due == 0 || due[0].Remind == 0 || due[0].Due.Sub(due[0].Remind) != 8*24*time.Hour {
		t.Errorf("RO is reminded of the hearing: %+v", due)
	}
	if len(tasks(t, ro, docket.TaskNews)) != 1 {
		t.Error("RO does not learn that something stands there")
	}

	// MD comes later. RO's own entries go at once; BG's when somebody of BG looks.
	b.write("RO", r.ID, "desk", map[string]string{"desk": "MD/prosecution", "office": "DEMO Office Zlatko", "state": "in"})
	b.Run()
	if f := b.look("MD", r.ID); len(f.Missing) != 1 || len(f.Of("hearing")) != 0 {
		t.Errorf("MD misses %v", f.Missing)
	}
	b.look("BG", r.ID)
	b.Run()
	b.same(r.ID, "RO", "BG", "MD")
	if len(tasks(t, ro, docket.TaskNews)) != 0 {
		t.Error("what was read is news still")
	}

	// One changes what another entered; the reminder goes with the day.
	b.must(b.change("MD", r.ID, h, false, hearingOn("2026-12-24", "cancelled")))
	b.Run()
	b.same(r.ID, "RO", "BG", "MD")
	if due := tasks(t, ro, docket.TaskDay); len(due) != 0 {
		t.Errorf("of a hearing that was cancelled there is %+v", due)
	}
	b.refused("somebody else takes it back", b.change("MD", r.ID, h, true, nil), "docket.author")
	_, err := md.Dockets.Add(ctx, md.As("petar"), r.ID, docket.Writing{Sort: "desk", Values: map[string]string{"desk": "MK/prosecution", "office": "x", "state": "in"}})
	b.refused("who did not open the board lets others on it", err, "docket.root-only")
	_, err = ro.Dockets.Add(ctx, ro.As("petar"), r.ID, docket.Writing{Sort: "hearing", Item: h, Was: strings.Repeat("0", 64), Values: hearingOn("2026-12-25", "planned")})
	b.refused("as it was before", err, "docket.stale")
	_, err = ro.Dockets.Add(ctx, ro.As("petar"), r.ID, docket.Writing{Sort: "travel", Values: map[string]string{"witness": "Zlatka", "from": "BG", "to": "RO", "day": "2026-12-20", "state": "planned"}})
	b.refused("a name where a mark stands", err, "docket.field")
	_, err = ro.Dockets.Add(ctx, ro.As("pavle"), r.ID, docket.Writing{Sort: "hearing", Values: hearingOn("2026-12-25", "planned")})
	if !fault.Is(err, fault.Denied) {
		t.Errorf("the police writes: %v", err)
	}

	// Evidence: where it is and where it went.
	e := b.write("BG", r.ID, "evidence", map[string]string{"digest": strings.Repeat("ab", 32), "what": "carrier", "country": "BG", "held": "DEMO store Zlatko"})
	b.Run()
	give := func(from, to, why string) map[string]string {
		return map[string]string{"evidence": string(e), "day": "2026-12-01", "from": from, "to": to, "why": why, "channel": "courier", "reference": "DEMO 1/2026"}
	}
	first := b.write("BG", r.ID, "custody", give("DEMO store Zlatko", "DEMO laboratory", "examination"))
	b.Run()
	b.write("RO", r.ID, "custody", give("DEMO laboratory", "DEMO court", "court"))
	b.Run()
	b.same(r.ID, "RO", "BG", "MD")
	f := b.look("MD", r.ID)
	chain := f.Chain(e)
	if len(chain) != 2 || chain[0].Author != "BG/prosecution" || chain[1].Author != "RO/prosecution" || chain[1].Values["why"] != "court" {
		t.Errorf("it went %+v", chain)
	}
	b.refused("evidence is changed", b.change("BG", r.ID, e, false, map[string]string{"digest": strings.Repeat("cd", 32), "what": "carrier", "country": "BG", "held": "x"}), "docket.once")
	b.refused("a hand-over is changed", b.change("BG", r.ID, first, false, give("a", "b", "copy")), "docket.once")
	b.checked(f)

	b.walledBoard(r.ID)
	b.closes(r.ID)
}

// same finds that desks say the same of a board, and that nothing is missing.
func (b bench) same(board id.Thread, at ...id.Member) {
	b.t.Helper()
	var first docket.File
	for i, m := range at {
		f := b.look(m, board)
		if len(f.Missing) != 0 || f.Spoiled != 0 || len(f.Heads) == 0 {
			b.t.Errorf("%s misses %v, %d are spoiled", m, f.Missing, f.Spoiled)
		}
		if i == 0 {
			first = f
		} else if !slices.Equal(f.Heads, first.Heads) || fmt.Sprint(f.Items) != fmt.Sprint(first.Items) {
			b.t.Errorf("%s and %s say other things of the board:\n%+v\n%+v", at[0], m, first.Items, f.Items)
		}
		for _, p := range f.Peers {
			if p.Failed != 0 || p.Barred != "" {
				b.t.Errorf("%s has not reached %+v", m, p)
			}
		}
	}
}

// walledBoard shows that nobody learns of a board who is not on it.
func (b bench) walledBoard(board id.Thread) {
	b.t.Helper()
	ctx := b.t.Context()
	mk := b.Node("MK")
	_, there := mk.Dockets.Open(ctx, mk.As("petar"), board)
	_, gone := mk.Dockets.Open(ctx, mk.As("petar"), id.Dated[id.Thread](mk.IDs))
	if keyOf(there) != keyOf(gone) || !fault.Is(there, fault.Hidden) {
		b.t.Errorf("the prosecutor of another country: %v, and of what is not there %v", there, gone)
	}
	if all, _, err := mk.Dockets.List(ctx, mk.As("petar").Actor, "", 9); err != nil || len(all) != 0 {
		b.t.Errorf("MK has %+v, %v", all, err)
	}
	for _, m := range []id.Member{"RO", "BG", "MD", "MK"} {
		x := b.Node(m)
		x.Join("focal-point", "svetla", access.ServiceProvider, "ana")
		x.User("cora", access.NationalCoordinator)
		for _, who := range []string{"ana", "svetla", "cora"} {
			_, there := x.Dockets.Open(ctx, x.As(who), board)
			if !fault.Is(there, fault.Hidden) || keyOf(there) != keyOf(gone) {
				b.t.Errorf("%s at %s: %v", who, m, there)
			}
			if _, _, err := x.Dockets.List(ctx, x.As(who).Actor, "", 9); !fault.Is(err, fault.Denied) {
				b.t.Errorf("%s at %s lists boards: %v", who, m, err)
			}
			if _, err := x.Dockets.Begin(ctx, x.As(who), "a", "b", "c"); !fault.Is(err, fault.Denied) {
				b.t.Errorf("%s at %s opens a board: %v", who, m, err)
			}
		}
		var content, keys bytes.Buffer
		b.must(x.DB.Dump(ctx, map[store.Class]io.Writer{store.Content: &content, store.Keys: &keys}))
		for _, stolen := range [][]byte{content.Bytes(), keys.Bytes(), []byte(x.Logs.String())} {
			if bytes.Contains(stolen, []byte("Zlatko")) || bytes.Contains(stolen, []byte("video-link")) {
				b.t.Errorf("the database or the log of %s says what stands on the board", m)
			}
		}
		if bytes.Contains(content.Bytes(), []byte(board)) != (m != "MK") {
			b.t.Errorf("the dump of %s: whether the board is there", m)
		}
	}
}

// closes ends a board: nobody writes on it any more, and each desk destroys its own.
func (b bench) closes(board id.Thread) {
	b.t.Helper()
	ctx, ro, md := b.t.Context(), b.Node("RO"), b.Node("MD")
	b.refused("a board that is open", ro.Dockets.Erase(ctx, ro.As("petar"), board), "docket.open")
	b.must(b.change("RO", board, board, false, map[string]string{"label": "DEMO", "state": "closed"}))
	b.refused("what nobody else knows yet", ro.Dockets.Erase(ctx, ro.As("petar"), board), "docket.untold")
	b.Run()
	_, err := md.Dockets.Add(ctx, md.As("petar"), board, docket.Writing{Sort: "hearing", Values: hearingOn("2026-12-25", "planned")})
	b.refused("on a board that is closed", err, "docket.closed")
	b.must(ro.Dockets.Erase(ctx, ro.As("petar"), board))
	_, err = ro.Dockets.Open(ctx, ro.As("petar"), board)
	b.refused("what was destroyed", err, "docket.erased")
	b.Run()
	if f := b.look("MD", board); len(f.Of("hearing")) != 1 {
		b.t.Error("what RO destroyed is gone at MD")
	}
}

// checked works out the digests of a board again from what it hands out, as somebody else's program would.
func (b bench) checked(f docket.File) {
	b.t.Helper()
	raw, err := f.Proof()
	b.must(err)
	heads, err := followed(raw)
	b.must(err)
	if !slices.Equal(heads, f.Heads) {
		b.t.Errorf("worked out again, the latest are %v, and not %v", heads, f.Heads)
	}
	for _, spoilt := range [][]byte{bytes.Replace(raw, []byte("DEMO laboratory"), []byte("DEMO laboratorium"), 1), bytes.Replace(raw, []byte("2026-12-01"), []byte("2026-12-02"), 1)} {
		if heads, err := followed(spoilt); err == nil && slices.Equal(heads, f.Heads) {
			b.t.Error("a hand-over that was changed is not found")
		}
	}
}

// TestABoardAmongFailures: three countries write at once while lines break, nodes stop and come back, for as long as it takes. When the weather clears all say the same, and nothing is lost.
func TestABoardAmongFailures(t *testing.T) {
	b := newBench(t, "RO", "BG", "MD")
	r := b.board("RO", "BG", "MD")
	b.Run()
	members := []id.Member{"RO", "BG", "MD"}
	for _, m := range members {
		b.look(m, r.ID)
	}
	random := rand.New(rand.NewPCG(7, 1)) //nolint:gosec // so that a failure comes again
	var items []id.Thread
	written := 0
	stopped := map[id.Member]bool{}
	for step := range 60 {
		m := members[random.IntN(3)]
		switch what := random.IntN(10); {
		case what < 4 && !stopped[m]:
			sort, values := "hearing", hearingOn(fmt.Sprintf("2026-12-%02d", 1+step%28), "planned")
			if what == 0 {
				sort, values = "evidence", map[string]string{"digest": strings.Repeat(fmt.Sprintf("%02x", step), 32), "what": "document", "country": string(m), "held": "DEMO"}
			}
			items = append(items, b.write(m, r.ID, sort, values))
			written++
		case what == 4 && !stopped[m] && len(items) > 0:
			item := items[random.IntN(len(items))]
			if i, ok := b.look(m, r.ID).Item(item); ok && i.Sort == "hearing" {
				b.must(b.change(m, r.ID, item, false, hearingOn(fmt.Sprintf("2027-01-%02d", 1+step%28), "planned")))
			}
		case what == 5:
			b.Cut(m, members[random.IntN(3)], true)
		case what == 6:
			b.CutAll(false)
		case what == 7 && !stopped[m]:
			b.Node(m).Stop()
			stopped[m] = true
		case what == 8 && stopped[m]:
			b.Node(m).Start()
			stopped[m] = false
		default:
			for range 3 {
				b.Clock.Advance(20 * time.Second)
				for _, x := range b.Nodes {
					if !stopped[x.Member] {
						_, err := x.Work.Tick(t.Context())
						b.must(err)
					}
				}
			}
		}
	}
	b.CutAll(false)
	for _, m := range members {
		if stopped[m] {
			b.Node(m).Start()
		}
	}
	for range 3 { // what could not be sent waits longer each time
		b.Clock.Advance(13 * time.Hour)
		b.Run()
		for _, m := range members {
			b.look(m, r.ID)
		}
	}
	b.Run()
	b.same(r.ID, members...)
	f := b.look("RO", r.ID)
	if n := len(f.Of("hearing")) + len(f.Of("evidence")); n != written || n < 8 {
		t.Errorf("%d things were written, %d stand there", written, n)
	}
	both := 0
	for _, i := range f.Items {
		if len(i.History) > 1 {
			both++
		}
	}
	t.Logf("%d entries, %d items, %d of them changed", len(f.Entries), len(f.Items), both)
}
