package nodetest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/region"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/store"
)

// compiling is a network whose members give tables to a desk. Each has a coordinator, Cora, and a statistician, Stela, beside Ana, who writes facts.
type compiling struct {
	*nodetest.Net
	t       *testing.T
	desk    id.Member
	members []id.Member
}

func (c *compiling) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *compiling) office(members ...id.Member) {
	for _, m := range members {
		c.Node(m).User("stela", access.Statistician)
	}
}

// facts writes so many facts of persons at a member, each kind as often as it is said.
func (c *compiling) facts(m id.Member, month stats.Month, kinds ...int) {
	c.t.Helper()
	x := c.Node(m)
	var all []stats.Fact
	for kind, n := range kinds {
		for range n {
			all = append(all, stats.Fact{
				ID: id.Random[id.Fact](x.IDs), Month: month, Sex: []stats.Sex{stats.Female, stats.Male, stats.Unknown}[kind%3], Age: []stats.Age{stats.Age18to24, stats.Age12to17}[kind/3%2],
				Forms: []stats.Form{stats.Sexual}, Citizenship: stats.National, Status: stats.Identified, Registrar: stats.Police,
			})
		}
	}
	c.must(x.Facts.Add(c.t.Context(), x.As("ana").Actor, all))
}

func (c *compiling) at(m id.Member, release string) region.State {
	c.t.Helper()
	st, err := c.Node(m).Regions.Show(c.t.Context(), c.Node(m).As("cora").Actor, release)
	c.must(err)
	return st
}

// give has Stela prepare and Cora approve.
func (c *compiling) give(m id.Member, release string) {
	c.t.Helper()
	x, ctx := c.Node(m), c.t.Context()
	c.must(x.Regions.Prepare(ctx, x.As("stela").Actor, release, nil))
	if err := x.Regions.Approve(ctx, x.As("stela").Actor, release); err == nil || c.at(m, release).Draft == nil {
		c.t.Fatalf("%s: who prepared it approved it: %v", m, err)
	}
	c.must(x.Regions.Approve(ctx, x.As("cora").Actor, release))
}

// edition has Stela compile and Cora publish at the desk.
func (c *compiling) edition(release string) region.Result {
	c.t.Helper()
	x, ctx := c.Node(c.desk), c.t.Context()
	c.must(x.Regions.Compile(ctx, x.As("stela").Actor, release, nil))
	if err := x.Regions.Publish(ctx, x.As("stela").Actor, release); err == nil {
		c.t.Fatal("who compiled it published it")
	}
	c.must(x.Regions.Publish(ctx, x.As("cora").Actor, release))
	c.travel()
	all := c.at(c.desk, release).Results
	return all[len(all)-1]
}

func (c *compiling) travel() {
	for range 3 {
		c.Run()
		c.Clock.Advance(2 * time.Minute)
	}
	c.Run()
}

func states(r region.Result) string {
	var all []string
	for _, m := range r.Members {
		all = append(all, string(m.Member)+" "+m.State)
	}
	return strings.Join(all, ", ")
}

func total(r region.Result) int64 {
	_, cells := r.Cells()
	return cells[len(cells)-1].Count
}

// TestARegionalRelease: the secretariat asks three members for what they protect at home. One is down, and named as missing; it comes back and gives late. One
// gives twice: what it gave first stays, and the newer one stands. Every sum of the region is that of its members, and all of them come to have every edition.
// No count of persons was made: the table says that somebody may be in it twice.
func TestARegionalRelease(t *testing.T) {
	var all []nodetest.Member
	members := []id.Member{"AL", "MD", "MK"}
	for i, m := range members {
		x := nodetest.At(m)
		if i == 1 && havePostgres() {
			x = x.OnPostgres()
		}
		all = append(all, x)
	}
	c := &compiling{Net: nodetest.New(t, append(all, nodetest.At("X-SEC").Of(member.Secretariat))...), t: t, desk: "X-SEC", members: members}
	for _, m := range append(members, "X-SEC") {
		c.Node(m).User("cora", access.NationalCoordinator)
		c.office(m)
	}
	ctx, sec := t.Context(), c.Node("X-SEC")
	feb := stats.MonthOf(2026, 2)
	c.facts("AL", feb, 14, 2, 1, 5, 1)
	c.facts("MD", feb, 30, 11, 0, 2, 9)
	c.facts("MK", feb, 1, 2, 4, 8, 16)
	c.facts("MK", stats.MonthOf(2026, 3), 50) // of another quarter

	mk := c.Node("MK")
	mk.Stop()
	asking := region.Asking{From: "2026-01", To: "2026-02", Questions: []string{"sex", "age"}, Base: 3, Members: members, Until: c.Now().Add(24 * time.Hour)}
	release, err := sec.Regions.Ask(ctx, sec.As("cora").Actor, asking)
	c.must(err)
	c.travel()
	if err := sec.Regions.Compile(ctx, sec.As("stela").Actor, release, nil); why(err) != "region.few" {
		t.Errorf("compiled of nothing: %v", err)
	}
	c.give("AL", release)
	c.give("MD", release)
	c.travel()
	first := c.edition(release)
	if got := states(first); got != "AL given, MD given, MK missing" || first.Caveat != region.TwiceCounted || first.Persons != nil {
		t.Errorf("first: %s, %q, %+v", got, first.Caveat, first.Persons)
	}
	for i, n := range first.Counts {
		if sum := first.Members[0].Counts[i] + first.Members[1].Counts[i]; n != sum || first.Members[0].Counts[i] > 0 && first.Members[0].Counts[i] < 3 {
			t.Errorf("cell %d: %d of %d", i, n, sum)
		}
	}
	if n := total(first); n < 69 || n > 81 { // 75 persons, of whom 6 are in small cells
		t.Errorf("%d persons", n)
	}

	// The one that was down hears of it, and gives late.
	c.Clock.Advance(25 * time.Hour)
	mk.Start()
	c.travel()
	c.give("MK", release)
	c.travel()
	// One gives again, with three more and four others corrected; what it gave before stays.
	c.facts("AL", feb, 3, 0, 0, 4)
	c.give("AL", release)
	c.travel()
	if st := c.at("X-SEC", release); !st.Behind || len(st.Parts) != 4 {
		t.Errorf("the desk has %+v", st.Parts)
	}
	second := c.edition(release)
	if got := states(second); got != "AL given, MD given, MK given" || !second.Members[2].Late || second.Members[1].Late || second.Members[0].Number != 2 || second.Edition != 2 || second.Before == "" {
		t.Errorf("second: %s %+v", got, second.Members)
	}
	if a, b := total(first), total(second); b-a < 30 || b-a > 46 { // 31 and 7 came
		t.Errorf("%d persons, then %d", a, b)
	}
	if second.Found.Tables != 3 || !second.Found.Safe() {
		t.Errorf("attacked: %+v", second.Found)
	}
	for _, m := range members {
		if st := c.at(m, release); len(st.Results) != 2 || !slices.Equal(st.Editions[1], c.at("X-SEC", release).Editions[1]) {
			t.Errorf("%s has %d editions", m, len(st.Results))
		}
	}
	if err := sec.Regions.Compile(ctx, sec.As("stela").Actor, release, nil); why(err) != "region.unchanged" {
		t.Errorf("compiled again: %v", err)
	}
	if err := c.Node("AL").Regions.Prepare(ctx, c.Node("AL").As("stela").Actor, release, nil); why(err) != "region.unchanged" {
		t.Errorf("prepared again: %v", err)
	}
	for _, m := range append(members, "X-SEC") {
		if r, err := c.Node(m).VerifyLog(ctx); err != nil {
			t.Errorf("%s: %v %+v", m, err, r)
		}
	}
	t.Logf("first edition: %d persons of %s; second: %d of %s, %d cells attacked, %d open", total(first), states(first), total(second), states(second), second.Found.Cells, second.Found.Open)
}

// TestARegionalReleaseThatGivesAwayIsRefused: what a member published itself counts against what it would give, and against the region; and what comes unprotected
// or twice under one number is refused at the door, whatever its node says.
func TestARegionalReleaseThatGivesAwayIsRefused(t *testing.T) {
	members := []id.Member{"MD", "MK"}
	c := &compiling{Net: nodetest.New(t, nodetest.At("MD"), nodetest.At("MK")), t: t, desk: "MK", members: members}
	for _, m := range members {
		c.Node(m).User("cora", access.NationalCoordinator)
		c.office(m)
		c.facts(m, stats.MonthOf(2026, 1), 12, 2, 0, 20)
	}
	ctx, mk, md := t.Context(), c.Node("MK"), c.Node("MD")
	release, err := mk.Regions.Ask(ctx, mk.As("cora").Actor, region.Asking{
		From: "2026-01", To: "2026-01", Questions: []string{"sex", "age"}, Base: 3, Members: members, Until: c.Now().Add(24 * time.Hour),
	})
	c.must(err)
	c.travel()
	// Its own table of the month said that 14 adults were registered, of whom the region would say that 12 are women: the rest are 2.
	known := []region.Known{{Where: []string{"total", "18+"}, Low: 14, High: 14}, {Where: []string{"other", "18+"}}, {Where: []string{"unknown", "18+"}}}
	if err := md.Regions.Prepare(ctx, md.As("stela").Actor, release, known); why(err) != "region.unsafe" || c.at("MD", release).Draft != nil {
		t.Errorf("prepared beside what is public: %v", err)
	}
	c.give("MD", release)
	c.give("MK", release)
	c.travel()
	known = append(known, region.Known{})[:3]
	for i := range known {
		known[i].Member = "MD"
	}
	if err := mk.Regions.Compile(ctx, mk.As("stela").Actor, release, known); why(err) != "region.unsafe" || c.at("MK", release).Compiled != nil {
		t.Errorf("compiled beside what is public: %v", err)
	}
	c.must(mk.Regions.Compile(ctx, mk.As("stela").Actor, release, nil))

	// The node of MD sends what no honest node would.
	given := c.at("MD", release).Given[0]
	spoilt := slices.Clone(given.Counts)
	spoilt[0] = 2
	again := slices.Clone(given.Counts)
	again[0] += 30
	for name, x := range map[string]struct {
		number int64
		counts []int64
	}{"small counts": {2, spoilt}, "another table under its number": {1, again}, "the same again": {1, given.Counts}} {
		body, err := frame.Encode(map[string]any{
			"step": "give", "release": release, "plan": "", "digest": planDigest(t, c.at("MD", release)), "number": x.number, "counts": x.counts, "persons": "", "reason": "", "result": "",
		})
		c.must(err)
		var sent id.Envelope
		c.must(store.Writer[exchange.Tx](md.DB)(ctx, audit.Did(access.Node("MD"), access.ReceivePublication, "trial"), func(tx exchange.Tx) (err error) {
			sent, err = md.Exchange.Seal(ctx, tx, exchange.Draft{Kind: envelope.Region, To: "MK", Body: body})
			return err
		}))
		c.travel()
		var out exchange.Out
		c.must(store.Reader[exchange.Tx](md.DB)(ctx, func(tx exchange.Tx) (err error) { out, err = tx.Out(ctx, sent); return err }))
		if refused := out.State == exchange.OutRefused; refused != (name != "the same again") {
			t.Errorf("%s: %s", name, out.State)
		}
	}
	if st := c.at("MK", release); len(st.Parts) != 2 {
		t.Errorf("the desk has %+v", st.Parts)
	}
}

// TestARegionalReleaseWithACountOfPersons: where members have counted persons together for the same months, the table says how many different persons they are,
// with the interval, and not that somebody may be in it twice.
func TestARegionalReleaseWithACountOfPersons(t *testing.T) {
	members := []id.Member{"AL", "BG", "MD", "MK", "RS"}
	n := newCounting(t, members...)
	c := &compiling{Net: n.Net, t: t, desk: "AL", members: members}
	for i, m := range members {
		for k := range 6 {
			n.plant(m, 100+10*i+k)
		}
		n.plant(m, 0) // one person whom all know
		c.must(c.Node(m).Counts.Allow(t.Context(), c.Node(m).As("dora").Actor, count.MostAllowed, "fictitious"))
		c.office(m)
		c.facts(m, stats.MonthOf(2026, 3), 2+i, 9)
	}
	c.Clock.Advance(30 * 24 * time.Hour) // the month is over
	p := n.proposal()
	p.Epsilon = count.MostAllowed
	p.Scope = count.Scope{Purpose: count.Annual, Definition: count.Registered, From: "2026-03-01", To: "2026-03-31"}
	run := n.propose(p)
	n.play(run)
	al := c.Node("AL")
	release, err := al.Regions.Ask(t.Context(), al.As("cora").Actor, region.Asking{
		From: "2026-03", To: "2026-03", Questions: []string{"sex"}, Base: 3, Members: members, Until: c.Now().Add(24 * time.Hour),
	})
	c.must(err)
	c.travel()
	for _, m := range members[:4] {
		c.give(m, release)
	}
	c.travel()
	part := c.edition(release)
	if part.Persons != nil || part.Caveat != region.TwiceCounted {
		t.Errorf("RS is missing, and the count of five is shown with the table of four: %+v", part.Persons)
	}
	c.give("RS", release)
	c.travel()
	r := c.edition(release)
	st := n.at("AL", run)
	if r.Persons == nil || r.Caveat != "" || st.Result == nil || !st.Result.Publishable || r.Persons.Run != run || r.Persons.Low != st.Result.Low || r.Persons.High != st.Result.High || r.Persons.Noise < 1 {
		t.Fatalf("%+v of %+v", r.Persons, st.Result)
	}
	t.Logf("%d registrations of %d to %d persons, noise of %d", total(r), r.Persons.Low, r.Persons.High, r.Persons.Noise)
}

func planDigest(t *testing.T, st region.State) string {
	t.Helper()
	d := sha256.Sum256(st.Release.Plan)
	return base64.RawURLEncoding.EncodeToString(d[:])
}
