package exchange_test

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/id"
)

// TestExactlyOneEffect drives three nodes, one of them without an address, over a line that loses requests and
// answers, brings copies and changes the order, until the weather clears. Everything sealed has then taken effect
// once, in order, and every sender knows.
func TestExactlyOneEffect(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue { // each check opens three databases
		checks := "12"
		if os.Getenv("OPENTRM_TEST_ENGINE") == "postgres" { // which makes a database much more slowly
			checks = "5"
		}
		if err := flag.Set("rapid.checks", checks); err != nil {
			t.Fatal(err)
		}
		defer flag.Set("rapid.checks", f.DefValue) //nolint:errcheck // it was the value before
	}
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, place{id: "MD"}, place{id: "MK", hidden: true}, place{id: "RS", mailbox: true})
		defer w.close() // the test itself ends much later
		down := rapid.IntRange(0, 70).Draw(rt, "loss")
		clear := false
		w.wire = func(_, _ id.Member) error {
			if !clear && rapid.IntRange(0, 99).Draw(rt, "line") < down {
				return errDown
			}
			return nil
		}
		type talk struct {
			from, to id.Member
			thread   id.Thread
			side     envelope.Side
			sent     []id.Envelope
		}
		var talks []*talk
		for range rapid.IntRange(1, 3).Draw(rt, "threads") {
			pair := rapid.Permutation(w.names()).Draw(rt, "pair")
			th := thread()
			talks = append(talks,
				&talk{pair[0], pair[1], th, envelope.Opener, nil}, &talk{pair[1], pair[0], th, envelope.Answerer, nil})
		}
		step := func() {
			n := w.nodes[rapid.SampledFrom(w.names()).Draw(rt, "node")]
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0, 1, 2:
				k := talks[rapid.IntRange(0, len(talks)-1).Draw(rt, "talk")]
				k.sent = append(k.sent, w.nodes[k.from].seal(event(k.to, k.thread, k.side)))
			case 3, 4, 5:
				n.deliver()
			case 6, 7:
				n.collect()
			case 8: // a copy from long ago, or from a stick
				k := talks[rapid.IntRange(0, len(talks)-1).Draw(rt, "talk")]
				if len(k.sent) > 0 {
					e := k.sent[rapid.IntRange(0, len(k.sent)-1).Draw(rt, "copy")]
					if b := w.nodes[k.from].out(e).Bytes; b != nil {
						if _, err := w.nodes[k.to].Receive(t.Context(), exchange.Carried, b); err != nil {
							rt.Fatal(err)
						}
					}
				}
			case 9:
				w.clock.pass(time.Duration(rapid.IntRange(1, 3600).Draw(rt, "wait")) * time.Second)
			}
		}
		for range rapid.IntRange(5, 40).Draw(rt, "steps") {
			step()
		}
		clear = true
		for range 8 {
			for _, m := range w.names() {
				w.nodes[m].deliver()
				w.nodes[m].collect()
			}
			w.clock.pass(13 * time.Hour)
		}
		for _, k := range talks {
			want := make([]byte, len(k.sent))
			for i := range want {
				want[i] = byte(i + 1)
			}
			if got := w.nodes[k.to].did(k.thread, k.side); !bytes.Equal(got, want) {
				rt.Fatalf("%s to %s: effects %v, want %v", k.from, k.to, got, want)
			}
			for _, e := range k.sent {
				if o := w.nodes[k.from].out(e); o.State != exchange.OutDelivered {
					rt.Fatalf("%s to %s: %s is %s", k.from, k.to, e, o.State)
				}
			}
		}
		for _, m := range w.names() {
			if i := slices.Index(w.nodes[m].alarms, "exchange.receipt.stranger"); i >= 0 {
				rt.Fatalf("%s: alarms %v", m, w.nodes[m].alarms)
			}
		}
	})
}

func BenchmarkReceive(b *testing.B) {
	w := newWorld(b, place{id: "MD"}, place{id: "MK"}, place{id: "RS"})
	md, mk := w.nodes["MD"], w.nodes["MK"]
	for b.Loop() {
		b.StopTimer()
		raw := md.out(md.seal(letter("MK", thread(), consent()))).Bytes
		b.StartTimer()
		if _, err := mk.Receive(b.Context(), exchange.Pushed, raw); err != nil {
			b.Fatal(err)
		}
	}
}
