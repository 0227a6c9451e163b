package nodetest_test

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/veil"
)

// exact counts again what the tally of a run found before noise, with what its node keeps as long as the run goes on.
type exact struct {
	work veil.Secret
}

// watch lets the run go on and returns what the tally knew, to be counted again.
func (c *counting) watch(run string, each func()) exact {
	c.t.Helper()
	var e exact
	for range 90 {
		c.Run()
		over := true
		for _, m := range c.members {
			c.people(m, run)
			over = over && c.at(m, run).End != count.Going
		}
		if st := c.at(c.members[0], run); st.Roles.Tally != "" && e.work == nil {
			x := c.Node(st.Roles.Tally)
			c.must(store.Reader[count.Tx](x.DB)(c.t.Context(), func(tx count.Tx) error {
				own, err := tx.CountOwn(c.t.Context(), run)
				if err != nil {
					return err
				}
				vault, err := x.Keyring.VaultIn(c.t.Context(), tx)
				if err != nil {
					return err
				}
				e.work, err = vault.Open("count/"+run, own.Work)
				return err
			}))
		}
		if over {
			break
		}
		if each != nil {
			each()
		}
		c.Clock.Advance(time.Hour)
	}
	return e
}

// found is what the tally found before noise.
func (c *counting) found(run string, e exact) veil.Found {
	c.t.Helper()
	st := c.at(c.members[0], run)
	x := c.Node(st.Roles.Tally)
	keys := map[id.Member][]seal.SignPublic{}
	for _, k := range st.Keys {
		keys[k.Member] = k.Sign
	}
	var f veil.Found
	c.must(store.Reader[count.Tx](x.DB)(c.t.Context(), func(tx count.Tx) error {
		all, err := tx.CountSaid(c.t.Context(), run)
		if err != nil {
			return err
		}
		r := veil.Gather(st.Plan, all, func(m id.Member) []seal.SignPublic { return keys[m] })
		f, err = r.Recount(func(d *veil.Data) []byte {
			parts, err := tx.CountParts(c.t.Context(), run, hex.EncodeToString(d.Digest))
			c.must(err)
			var b []byte
			for _, p := range parts {
				b = append(b, p.Bytes...)
			}
			return b
		}, e.work.Recount())
		return err
	}))
	return f
}

// Eleven members with persons whom several know, in two scripts: what the tally found before noise is exactly what all files side by side say. Lines
// break and come back all the while, nodes are off and on again, and nobody is named for it. The transcript of the tally can be checked by anybody,
// whole; that of a member without data as far as messages go; and a transcript in which anything is changed cannot.
func TestElevenNodesCountExactlyOverBadLines(t *testing.T) {
	c := newCounting(t, "AL", "BA", "BG", "GR", "HR", "MD", "ME", "MK", "RO", "RS", "SI")
	for i, m := range c.members {
		c.plant(m, 100+i, i/2) // one of its own, and one whom a neighbour knows too
		if i%3 == 0 {
			c.plant(m, 50) // whom four know
		}
	}
	p := c.proposal()
	p.Mixers = veil.SoundMixers
	run := c.propose(p)
	rnd := rand.New(rand.NewPCG(11, 4))
	cut, off := 0, 0
	e := c.watch(run, func() {
		for range 12 {
			a, b := c.members[rnd.IntN(len(c.members))], c.members[rnd.IntN(len(c.members))]
			broken := rnd.IntN(4) == 0
			if a != b {
				c.Cut(a, b, broken)
			}
			if broken {
				cut++
			}
		}
		if rnd.IntN(2) == 0 {
			x := c.Node(c.members[rnd.IntN(len(c.members))])
			x.Stop()
			x.Start()
			off++
		}
	})
	c.CutAll(false)
	c.Run()
	f := c.found(run, e)
	if f.Persons != len(c.known) || f.Records != c.records {
		t.Errorf("found %d persons in %d records, want %d in %d", f.Persons, f.Records, len(c.known), c.records)
	}
	tally := c.at("AL", run).Roles.Tally
	for _, m := range c.members {
		st := c.at(m, run)
		if st.End != count.Counted || len(st.Blamed()) > 0 {
			t.Errorf("%s: %s, blamed %v", m, st.End, st.Blamed())
		}
		b, err := c.Node(m).Counts.Transcript(t.Context(), c.Node(m).As("dora").Actor, run)
		c.must(err)
		v, err := count.Verify(b)
		c.must(err)
		keeps := m == tally || slices.Contains(st.Roles.Mixers, m)
		if !v.Good() || v.Data != keeps || fmt.Sprint(*v.Result) != fmt.Sprint(*st.Result) {
			t.Errorf("%s: %+v", m, v)
		}
		if m == tally {
			b[len(b)/2] ^= 1
			if v, err := count.Verify(b); err == nil && v.Good() && v.Data {
				t.Error("a transcript that was changed is good")
			}
		}
	}
	t.Logf("%d persons in %d records, found %d; lines broken %d times, nodes off %d times; %+v", len(c.known), c.records, f.Persons, cut, off, *c.at("AL", run).Result)
}

// Nodes that are up one hour a day, one after the other and never two at once, count together through members that keep envelopes for others.
func TestNodesThatAreUpAnHourADayCountTogether(t *testing.T) {
	c := &counting{t: t, members: []id.Member{"AL", "BG", "MD", "MK", "RS"}, known: map[int]bool{}, asked: map[string]map[id.Member]bool{}}
	c.Net = nodetest.New(t, nodetest.At("AL"), nodetest.At("BG"), nodetest.At("MD"), nodetest.At("MK"), nodetest.At("RS"), nodetest.At("SI").Mailbox())
	for i, m := range c.members {
		c.Node(m).User("cora", access.NationalCoordinator)
		c.plant(m, 100+i, 0)
	}
	p := c.proposal()
	p.People, p.Nodes = 10*24*time.Hour, 6*24*time.Hour
	run := c.propose(p)
	for _, m := range c.members {
		c.Node(m).Stop()
	}
	days, over := 0, map[id.Member]bool{}
	for ; days < 60 && len(over) < len(c.members); days++ {
		for _, m := range c.members {
			x := c.Node(m)
			x.Start()
			c.Run()
			if _, err := x.Counts.Show(t.Context(), x.As("cora").Actor, run); err == nil {
				c.people(m, run)
				c.Run()
				if c.at(m, run).End != count.Going {
					over[m] = true
				}
			}
			x.Stop()
			c.Clock.Advance(24 * time.Hour / time.Duration(len(c.members)))
		}
	}
	for _, m := range c.members {
		c.Node(m).Start()
		if st := c.at(m, run); st.End != count.Counted {
			t.Errorf("%s: %s at %+v, blamed %v", m, st.End, st.Stage, st.Blamed())
		}
	}
	t.Logf("done on day %d", days)
}
