package demo

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/veil"
)

// CountOptions say how the count of the demonstration runs.
type CountOptions struct {
	Language lang.Tag // of the trace; empty: English
	Own      int      // persons that each member alone knows, at most 100; 0: 90
	Batch    int      // records of the smallest batch; 0: as real members must have it
}

// Counted is what the count of the demonstration came to.
type Counted struct {
	Planted   veil.Found // what is true of the invented persons: everybody's records side by side
	Found     veil.Found // what the tally found before noise, without seeing one
	Published veil.Published
	Bytes     int // that all members sent together
}

// spelling is one invented name as two countries write it.
type spelling struct{ latin, cyrillic string }

func givenNames() []spelling {
	return []spelling{
		{"Ana", "Ана"},
		{"Bogdan", "Богдан"},
		{"Dragica", "Драгица"},
		{"Elena", "Елена"},
		{"Filip", "Филип"},
		{"Goran", "Горан"},
		{"Ivana", "Ивана"},
		{"Katarina", "Катарина"},
		{"Lidija", "Лидија"},
		{"Marko", "Марко"},
		{"Petar", "Петар"},
		{"Sonja", "Соња"},
	}
}

func familyNames() []spelling {
	return []spelling{
		{"Babić", "Бабић"},
		{"Dimitrov", "Димитров"},
		{"Filipović", "Филиповић"},
		{"Georgiev", "Георгиев"},
		{"Kostov", "Костов"},
		{"Lazarević", "Лазаревић"},
		{"Marinković", "Маринковић"},
		{"Nikolov", "Николов"},
		{"Popov", "Попов"},
		{"Radev", "Радев"},
		{"Stojanović", "Стојановић"},
		{"Todorov", "Тодоров"},
		{"Vukić", "Вукић"},
		{"Zlatarov", "Златаров"},
	}
}

// inventedPerson is number n, written in one of two scripts. No two of them share a strong key, or two weak ones.
func inventedPerson(n int, cyrillic bool) veil.Person {
	given, family := givenNames(), familyNames()
	g, f := given[n%len(given)], family[n/len(given)%len(family)]
	all := len(given) * len(family)
	turn, day := n/all, n%all // with every turn the names come again, of others, born long after
	p := veil.Person{
		Given: g.latin, Family: f.latin, Nationality: "MK",
		Birth: veil.Birth{Year: 1950 + 7*turn, Month: 1 + day%12, Day: 13 + day/12},
	}
	if cyrillic {
		p.Given, p.Family = g.cyrillic, f.cyrillic
	}
	return p
}

// holdings returns the records of each member, and how many persons they are of: each member knows own persons alone, and
// each two neighbours, each three and all together know some more.
func holdings(members []id.Member, own int) (map[id.Member][]veil.Entry, int) {
	out, n := map[id.Member][]veil.Entry{}, 0
	know := func(who ...int) {
		for _, i := range who {
			m := members[i%len(members)]
			out[m] = append(out[m], veil.EntryOf(veil.OfPerson(inventedPerson(n, i%2 == 1))))
		}
		n++
	}
	for i := range members {
		for range own {
			know(i)
		}
		know(i, i+1)
		know(i, i+3)
		know(i, i+1, i+2)
	}
	all := make([]int, len(members))
	for i := range all {
		all[i] = i
	}
	know(all...)
	know(all...)
	return out, n
}

// sideBySide counts the persons of all records as nobody can in truth: by looking at every key of every two records.
func sideBySide(holds map[id.Member][]veil.Entry) veil.Found {
	var all []veil.Entry
	for _, entries := range holds {
		all = append(all, entries...)
	}
	common := func(a, b [][]byte) (n int) {
		for _, x := range a {
			if slices.ContainsFunc(b, func(y []byte) bool { return string(x) == string(y) }) {
				n++
			}
		}
		return n
	}
	group := make([]int, len(all))
	for i := range all {
		group[i] = i
		for j := range i {
			if common(all[i].Strong, all[j].Strong) > 0 || common(all[i].Weak, all[j].Weak) > 1 {
				was, is := group[i], group[j]
				for k := range i + 1 {
					if group[k] == was {
						group[k] = is
					}
				}
			}
		}
	}
	size := map[int]int{}
	for _, g := range group {
		size[g]++
	}
	f := veil.Found{Records: len(all), Persons: len(size), In: make([]int, 4)}
	for _, n := range size {
		f.In[min(n, 4)-1]++
	}
	return f
}

// Count shows a private count: eleven invented members in this process, each with records and secrets of its own, count
// how many distinct persons they know together. What they say goes through the forms of spec/veil-count.md; it travels in memory,
// and there are no nodes. Everything is checked and recounted at the end. It writes a trace with timings to out.
//
// It fails with [fault.Internal] if the number before noise is not that of the records side by side.
func Count(ctx context.Context, o CountOptions, out io.Writer) (Counted, error) {
	texts, err := lang.Load()
	if err != nil {
		return Counted{}, err
	}
	if o.Language == "" {
		o.Language = lang.English
	}
	if o.Own == 0 {
		o.Own = 90
	}
	if o.Batch == 0 {
		o.Batch = veil.SoundBatch
	}
	t := &trace{out: out, say: texts.Printer(o.Language), begin: time.Now()}
	c, err := newCounters(min(o.Own, 100), o.Batch)
	if err != nil {
		return Counted{}, err
	}
	t.line("demo.begin")
	t.line("demo.count.begin", "members", len(c.sheet.Members), "records", c.result.Planted.Records, "persons", c.result.Planted.Persons)
	for {
		began, sent := time.Now(), c.result.Bytes
		step, err := c.turn()
		if err != nil {
			return c.result, err
		}
		if step == "" {
			break
		}
		t.line("demo.count.step", "step", step, "kilobytes", (c.result.Bytes-sent+512)>>10, "time", t.elapsed(began))
		if roles, ok := c.run().Roles(); ok && step == veil.StepDraw {
			t.line("demo.count.drawn", "mixers", strings.Join(texted(roles.Mixers), " "), "tally", string(roles.Tally))
		}
		if err := ctx.Err(); err != nil {
			return c.result, err
		}
	}
	if err := c.recount(); err != nil {
		return c.result, err
	}
	t.line("demo.count.exact", "found", c.result.Found.Persons, "persons", c.result.Planted.Persons)
	if p := c.result.Published; p.Publishable {
		t.line("demo.count.published", "persons", int(p.Persons), "low", int(p.Low), "high", int(p.High))
	} else {
		t.line("demo.count.kept", "low", int(p.Low), "high", int(p.High))
	}
	t.line("demo.count.verified")
	return c.result, nil
}

func texted(members []id.Member) (out []string) {
	for _, m := range members {
		out = append(out, string(m))
	}
	return out
}

// counters are the eleven members of a count.
type counters struct {
	sheet   veil.Sheet
	seats   map[id.Member]*veil.Seat
	records map[id.Member][]byte // the secret that opens what a member holds
	keys    map[id.Member]seal.SignPrivate
	said    []veil.Signed
	data    map[string][]byte
	result  Counted
}

func newCounters(own, batch int) (*counters, error) {
	random := rand.NewChaCha8([32]byte{'c', 'o', 'u', 'n', 't'}) // of invented people; a real secret comes from the system
	draw := func() []byte {
		b := make([]byte, 32)
		_, _ = random.Read(b)
		return b
	}
	c := &counters{seats: map[id.Member]*veil.Seat{}, records: map[id.Member][]byte{}, keys: map[id.Member]seal.SignPrivate{}, data: map[string][]byte{}}
	c.sheet = veil.Sheet{
		Format: veil.SheetFormat, Run: string(id.Random[id.Thread](id.Maker{Rand: random})), Proposer: "MK", Members: Members(), Population: "invented",
		Keys: veil.KeyVersion, Strong: 3, Weak: 6, Batch: batch, Mixers: 4, Epsilon: 1000, Least: veil.SoundLeast, Widest: 200,
	}
	for i := range c.sheet.Steps() {
		c.sheet.Until = append(c.sheet.Until, frame.Earliest.Add(time.Duration(i)*24*time.Hour))
	}
	holds, _ := holdings(c.sheet.Members, own)
	c.result.Planted = sideBySide(holds)
	for _, m := range c.sheet.Members {
		c.keys[m], c.records[m] = seal.NewSign(random), draw()
		held, err := veil.Hold(&c.sheet, holds[m], c.records[m])
		if err != nil {
			return nil, err
		}
		c.seats[m] = &veil.Seat{Of: m, Work: draw(), Held: held, Recall: veil.Recall{Found: 50, Of: 50}}
	}
	return c, nil
}

func (c *counters) run() *veil.Count {
	return veil.Gather(c.sheet, c.said, func(m id.Member) []seal.SignPublic { return []seal.SignPublic{c.keys[m].Public()} })
}

func (c *counters) source(d *veil.Data) []byte { return c.data[hex.EncodeToString(d.Digest)] }

// turn lets all members act whose turn it is, and returns the step; none when the count is over.
func (c *counters) turn() (string, error) {
	r := c.run()
	step := r.Stage().Step
	for _, m := range r.Stage().Waits {
		t, err := c.seats[m].Turn(r, c.records[m], c.source)
		if err != nil {
			return step, err
		}
		s, err := veil.Sign(&t.Message, c.keys[m])
		if err != nil {
			return step, err
		}
		if t.Data != nil {
			c.data[hex.EncodeToString(t.Message.Data.Digest)] = t.Data
		}
		c.said = append(c.said, s)
		c.result.Bytes += len(t.Data)*len(t.To) + len(s.Text)*(len(c.seats)-1)
	}
	return step, nil
}

// recount checks everything that was said, and counts again with what the tally opens.
func (c *counters) recount() error {
	r := c.run()
	roles, _ := r.Roles()
	m, ok := r.Said(veil.StepResult, roles.Tally)
	if !ok {
		return fault.New(fault.Internal, "veil.missing")
	}
	c.result.Published = m.Result.Published
	var err error
	if c.result.Found, err = r.Recount(c.source, c.seats[roles.Tally].Work.Recount()); err != nil {
		return err
	}
	if f, p := c.result.Found, c.result.Planted; f.Persons != p.Persons || f.Records != p.Records || !slices.Equal(f.In, p.In) {
		return fault.New(fault.Internal, "demo.failed").With("what", fmt.Sprint(f.Persons, " ≠ ", p.Persons))
	}
	return nil
}
