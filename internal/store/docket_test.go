package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/docket"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// Boards of prosecutors are found by desk, key and envelope, with their entries in order and what each other desk has of them; of one that is destroyed the row stays.
func TestBoardsAreFound(t *testing.T) {
	db, ctx := storetest.New(t, time.Now), t.Context()
	bg, md := id.Address{Member: "BG", Desk: "prosecution"}, id.Address{Member: "MD", Desk: "prosecution"}
	row := func(board id.Thread, desk id.Desk) docket.Row {
		return docket.Row{ID: board, Desk: desk, Root: bg, Reference: "ref", Box: keyring.Box{Generation: 2, Sealed: []byte("key")}, By: "u", At: 7, Version: 1}
	}
	line := func(digest string, level int64, author id.Address) docket.Line {
		return docket.Line{Board: "b1", Desk: "occpo", Digest: digest, Level: level, Item: "i1", Sort: "hearing", Day: "2026-12-24", Author: author, Envelope: "e1", Intake: "k1", At: 9}
	}
	peer := func(board id.Thread, at id.Address, thread id.Thread, left bool) docket.Peer {
		return docket.Peer{Board: board, Desk: "occpo", At: at, Thread: thread, Left: left}
	}
	out := func(board id.Thread, e id.Envelope, failed string, told frame.Time) docket.Out {
		return docket.Out{Board: board, Desk: "occpo", Digest: "aa", To: bg, Envelope: e, Failed: failed, Told: told}
	}
	err := store.Writer[docket.Tx](db)(ctx, did("docket"), func(tx docket.Tx) error {
		for _, r := range []docket.Row{row("b1", "occpo"), row("b2", "occpo"), row("b3", "other")} {
			if err := tx.AddDocket(ctx, r); err != nil {
				return err
			}
		}
		for _, l := range []docket.Line{line("ff", 2, bg), line("aa", 2, bg), line("cc", 1, bg), line("aa", 2, md)} {
			if err := tx.AddDocketLine(ctx, l); err != nil {
				return err
			}
		}
		l := line("cc", 1, bg)
		l.Intake, l.Body, l.Envelope = "", []byte("sealed"), "e9"
		if err := tx.SetDocketLine(ctx, l); err != nil {
			return err
		}
		for _, p := range []docket.Peer{peer("b1", md, "", false), peer("b1", bg, "t1", false), peer("b1", md, "t2", true), peer("b2", bg, "", false)} {
			if err := tx.PutDocketPeer(ctx, p); err != nil {
				return err
			}
		}
		for _, o := range []docket.Out{out("b1", "o1", "", 0), out("b1", "o2", "expired", 5), out("b2", "o3", "", 0)} {
			if err := tx.PutDocketOut(ctx, o); err != nil {
				return err
			}
		}
		r := row("b2", "occpo")
		r.Erased, r.Box = true, keyring.Box{}
		if err := tx.SetDocket(ctx, r); err != nil {
			return err
		}
		if err := tx.SetDocket(ctx, r); !fault.Is(err, fault.Stale) {
			t.Errorf("the same version twice: %v", err)
		}
		return tx.DropDocket(ctx, "b2", "occpo")
	})
	if err != nil {
		t.Fatal(err)
	}
	err = store.Reader[docket.Tx](db)(ctx, func(tx docket.Tx) error {
		r, err := tx.Docket(ctx, "b1", "occpo")
		if err != nil || r.Root != bg || r.Reference != "ref" || string(r.Box.Sealed) != "key" || r.Box.Generation != 2 || r.By != "u" || r.At != 7 || r.Erased {
			t.Errorf("it was kept as %+v, %v", r, err)
		}
		if r, err := tx.Docket(ctx, "b2", "occpo"); err != nil || !r.Erased || r.Box.Sealed != nil || r.Version != 2 {
			t.Errorf("of what was destroyed there is %+v, %v", r, err)
		}
		if _, err := tx.Docket(ctx, "b1", "other"); !fault.Is(err, fault.NotFound) {
			t.Errorf("at another desk: %v", err)
		}
		names := func(all []docket.Row, err error) (out []id.Thread) {
			if err != nil {
				t.Error(err)
			}
			for _, r := range all {
				out = append(out, r.ID)
			}
			return out
		}
		for name, x := range map[string]struct{ got, want []id.Thread }{
			"at":     {names(tx.DocketsAt(ctx, "occpo", "", 9)), []id.Thread{"b2", "b1"}},
			"before": {names(tx.DocketsAt(ctx, "occpo", "b2", 9)), []id.Thread{"b1"}},
			"limit":  {names(tx.DocketsAt(ctx, "occpo", "", 1)), []id.Thread{"b2"}},
			"ends":   {names(tx.DocketEnds(ctx, "b3")), []id.Thread{"b3"}},
		} {
			if !slices.Equal(x.got, x.want) {
				t.Errorf("%s: %v, want %v", name, x.got, x.want)
			}
		}
		lines, err := tx.DocketLines(ctx, "b1", "occpo")
		var order []string
		for _, l := range lines {
			order = append(order, l.Digest+string(l.Author.Member))
		}
		if err != nil || !slices.Equal(order, []string{"ccBG", "aaBG", "aaMD", "ffBG"}) {
			t.Errorf("entries %v, %v", order, err)
		}
		if l := lines[0]; string(l.Body) != "sealed" || l.Intake != "" || l.Envelope != "e9" || l.Item != "i1" || l.Day != "2026-12-24" || l.Sort != "hearing" || lines[1].Body != nil || l.At != 9 {
			t.Errorf("an entry was kept as %+v", l)
		}
		if p, err := tx.DocketPeers(ctx, "b1", "occpo"); err != nil || !slices.Equal(p, []docket.Peer{peer("b1", bg, "t1", false), peer("b1", md, "t2", true)}) {
			t.Errorf("the others are %+v, %v", p, err)
		}
		want := out("b1", "o2", "expired", 5)
		if o, err := tx.DocketOuts(ctx, "b1", "occpo"); err != nil || !slices.Equal(o, []docket.Out{want}) {
			t.Errorf("sent %+v, %v", o, err)
		}
		if o, err := tx.DocketOutOf(ctx, "o2"); err != nil || o != want {
			t.Errorf("in the envelope there is %+v, %v", o, err)
		}
		if _, err := tx.DocketOutOf(ctx, "o1"); !fault.Is(err, fault.NotFound) {
			t.Errorf("in the one before: %v", err)
		}
		for key, want := range map[id.Key]bool{"k1": true, "k2": false, "": false} {
			if got, err := tx.DocketSealedTo(ctx, key); err != nil || got != want {
				t.Errorf("sealed to %q: %t, %v", key, got, err)
			}
		}
		lines, err = tx.DocketLines(ctx, "b2", "occpo")
		peers, err2 := tx.DocketPeers(ctx, "b2", "occpo")
		outs, err3 := tx.DocketOuts(ctx, "b2", "occpo")
		if err != nil || err2 != nil || err3 != nil || len(lines)+len(peers)+len(outs) != 0 {
			t.Errorf("of what was destroyed there are %+v %+v %+v, %v", lines, peers, outs, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
