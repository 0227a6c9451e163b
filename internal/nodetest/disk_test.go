package nodetest_test

import (
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
)

// thieves are the members whose disks are stolen: both ends of the two referrals, and two who only look on.
func thieves() []id.Member { return []id.Member{"MD", "MK", "RO", "XK"} }

// stolen runs the whole demonstration with its data kept and everything logged, each call between nodes through a
// recording proxy, and one node on PostgreSQL if the tests have a server. Then the nodes are opened once more.
func stolen(t *testing.T) *haul {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	l := &haul{
		t: t, dir: filepath.Join(t.TempDir(), "nodes"), logs: &nodetest.Logs{}, taps: []*tap{{t: t}}, nodes: map[id.Member]*node.Node{},
	}
	if havePostgres() {
		l.server = newServer(t)
	}
	var mu sync.Mutex
	configs := map[id.Member]node.Config{}
	config := func(m id.Member, c node.Config) node.Config {
		c.Dial = l.taps[0].dial
		if m == "RO" && l.server != nil {
			c.URL, c.Owner = l.server.URL, l.server.Owner
		}
		mu.Lock()
		defer mu.Unlock()
		configs[m] = c
		return c
	}
	var trace strings.Builder
	log := slog.New(slog.NewJSONHandler(l.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o := demo.Options{Once: true, Dir: l.dir, Log: log, Members: thieves(), Config: config}
	if err := demo.Run(t.Context(), o, &trace); err != nil {
		t.Fatalf("%v\n%s", err, trace.String())
	}
	t.Cleanup(l.close)
	for m, c := range configs {
		n, err := node.Open(l.ctx(), c)
		l.must(err)
		l.nodes[m] = n
	}
	return l
}

// words are everything in the demonstration by which somebody could know her, or read what was said of her.
func words() []string {
	var all []string
	who := demo.Invented()
	for _, n := range who.Names {
		for _, p := range n.Parts {
			if len([]rune(p.Text)) > 5 { // "Proba" alone is too short to be told from chance in sealed bytes
				all = append(all, p.Text)
			}
		}
	}
	for _, c := range who.Contacts {
		all = append(all, c.Address)
	}
	return append(all, "safer away from where she was found", "can she travel by day", "yes, with company", "Demo: thank you", "Demo Interpreter")
}

// fileKey opens the database file of a member, as whoever has stolen node.secret too.
func fileKey(t *testing.T, dir string, m id.Member) []byte {
	t.Helper()
	return secretOf(t, filepath.Join(dir+".secrets", string(m))).FileKey().Bytes()
}

// A thief has every file of every node, node.secret, both archives of each, what waits in a courier file, the logs, what
// was left in temporary directories, what passed between the nodes, and a PostgreSQL server with everything that it wrote.
// After a referral went through every stage he finds no name, number, note or message in any script, and in each place the
// clear word that was planted there.
func TestStolenDisk(t *testing.T) {
	l := stolen(t)
	worked := len(l.logs.String())
	l.plant()
	l.pack()
	th := nodetest.NewThief(append(words(), planted)...)
	l.search(th)
	l.judge(th)
	if passed := l.seen.outside[l.taps[0]]; th.Seen < 4<<20 || worked == 0 || passed < 1<<20 {
		t.Errorf("the thief saw %d bytes, %d bytes of logs and %d bytes on the line only", th.Seen, worked, passed)
	}
}
