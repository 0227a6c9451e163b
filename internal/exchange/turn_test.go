package exchange_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// What could not be taken is not overtaken by what its sender said after it: not in what waited together, not on a stick.
// Other threads, and what must not wait, go on; and when it has expired, so does its thread.
func TestWhatCouldNotBeTakenIsNotOvertaken(t *testing.T) {
	for name, bring := range map[string]func(from, to *node){
		"collected": func(_, to *node) { to.collect() },
		"carried": func(from, to *node) {
			var stick bytes.Buffer
			if _, err := from.Export(t.Context(), console(from.Self), to.Self, &stick); err != nil {
				t.Fatal(err)
			}
			if _, err := to.Import(t.Context(), console(to.Self), &stick); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, place{id: "AL", hidden: true}, place{id: "MD"}, place{id: "RS"})
			al, md := w.nodes["AL"], w.nodes["MD"]
			th, other := thread(), thread()
			var late id.Envelope
			al.refuse = func(a exchange.Arrived) error {
				if a.Envelope.ID == late {
					return fault.New(fault.Unavailable, "test.busy")
				}
				return nil
			}
			say := func(th id.Thread, immediate bool) id.Envelope {
				t.Helper()
				d := event("AL", th, envelope.Opener)
				d.Immediate = immediate
				w.clock.pass(-time.Minute) // the clock is set back
				return md.seal(d)
			}
			say(th, false)
			late = say(th, false)
			after := say(th, false)
			say(other, false)
			say(th, true)
			bring(md, al)
			if got := al.did(th, envelope.Opener); !bytes.Equal(got, []byte{1, 4}) {
				t.Errorf("effects %v", got)
			}
			if got := al.did(other, envelope.Opener); len(got) != 1 {
				t.Errorf("effects in another thread %v", got)
			}
			if o := md.out(after); o.State != exchange.OutQueued {
				t.Errorf("what was said after it is %s", o.State)
			}
			busy := late
			late = ""
			bring(md, al)
			if got := al.did(th, envelope.Opener); !bytes.Equal(got, []byte{1, 4, 2, 3}) {
				t.Errorf("effects at last %v", got)
			}
			if in := al.in(busy); in.State != exchange.InDone {
				t.Errorf("it is %s", in.State)
			}
		})
	}
	t.Run("for ever", func(t *testing.T) {
		w := newWorld(t, place{id: "AL", hidden: true}, place{id: "MD"}, place{id: "RS"})
		al, md := w.nodes["AL"], w.nodes["MD"]
		th := thread()
		d := event("AL", th, envelope.Opener)
		d.Expires = at(w.clock.Now()).Add(exchange.DefaultLife / 2)
		bad := md.seal(d)
		al.refuse = func(a exchange.Arrived) error {
			if a.Envelope.ID == bad {
				return fault.New(fault.Unavailable, "test.broken")
			}
			return nil
		}
		w.clock.pass(-time.Minute) // the clock is set back
		next := md.seal(event("AL", th, envelope.Opener))
		al.collect()
		if got := al.did(th, envelope.Opener); len(got) != 0 {
			t.Errorf("effects %v", got)
		}
		w.clock.pass(exchange.DefaultLife/2 + time.Hour)
		al.collect()
		w.clock.pass(exchange.ParkedFor)
		if err := al.Resume(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		if got := al.did(th, envelope.Opener); !bytes.Equal(got, []byte{2}) {
			t.Errorf("effects at last %v", got)
		}
		if in := al.in(next); in.State != exchange.InDone {
			t.Errorf("what came after it is %s", in.State)
		}
	})
}
