package nodetest_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/store"
)

// thieves are the members whose disks are stolen: both ends of the two referrals, and two who only look on.
func thieves() []id.Member { return []id.Member{"MD", "MK", "RO", "XK"} }

// loot is what a thief carries away after the demonstration.
type loot struct {
	dir    string
	logs   bytes.Buffer
	line   tap
	server *server // of RO; nil if the tests have none
}

// stolen runs the whole demonstration with its data kept and everything logged, each call between nodes through a
// recording proxy, and one node on PostgreSQL if the tests have a server.
func stolen(t *testing.T) *loot {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	l := &loot{dir: filepath.Join(t.TempDir(), "nodes"), line: tap{t: t}}
	if havePostgres() {
		l.server = newServer(t)
	}
	log := slog.New(slog.NewJSONHandler(&l.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	config := func(m id.Member, c node.Config) node.Config {
		c.Dial = l.line.dial
		if m == "RO" && l.server != nil {
			c.URL, c.Owner = l.server.URL, l.server.Owner
		}
		return c
	}
	var trace strings.Builder
	o := demo.Options{Once: true, Dir: l.dir, Log: log, Members: thieves(), Config: config}
	if err := demo.Run(t.Context(), o, &trace); err != nil {
		t.Fatalf("%v\n%s", err, trace.String())
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

// A thief has every file of every node, node.secret, the logs, what was left in temporary directories, what passed
// between the nodes, and a PostgreSQL server with everything that it wrote. After a referral went through every stage he
// finds no name, number, note or message in any script.
func TestStolenDisk(t *testing.T) {
	l := stolen(t)
	th := nodetest.NewThief(words()...)
	for _, m := range thieves() {
		if m == "RO" && l.server != nil {
			l.server.look(t, th)
			continue
		}
		if err := th.SQLite(t.Context(), filepath.Join(l.dir, string(m), "node.db"), fileKey(t, l.dir, m)); err != nil {
			t.Fatalf("%s: %v", m, err)
		}
	}
	for _, place := range []string{l.dir, l.dir + ".secrets", os.Getenv("TMPDIR")} {
		if err := th.Dir(place); err != nil {
			t.Fatal(err)
		}
	}
	passed, _ := l.line.look(th)
	th.Bytes("logs", l.logs.Bytes())
	for _, f := range th.Finds {
		t.Errorf("%q stands in %s", f.Word, f.Place)
	}
	if th.Seen < 4<<20 || l.logs.Len() == 0 || passed < 1<<20 {
		t.Errorf("the thief saw %d bytes, %d bytes of logs and %d bytes on the line only", th.Seen, l.logs.Len(), passed)
	}
}

// The same search finds a clear word that is put into each of these places.
func TestStolenDiskSearchFindsPlantedText(t *testing.T) {
	const word = "Яснодума Отворена"
	ctx := context.WithoutCancel(t.Context())
	dir := t.TempDir()
	key := bytes.Repeat([]byte{9}, store.KeySize)
	path := filepath.Join(dir, "node.db")
	db, err := store.Open(ctx, store.Config{Path: path, Key: key, Rand: bytes.NewReader(bytes.Repeat([]byte{1, 2, 3, 5}, 1<<16))})
	if err != nil {
		t.Fatal(err)
	}
	type settings interface {
		SetSetting(ctx context.Context, name string, value []byte) error
	}
	err = store.Writer[settings](db)(ctx, audit.Did(access.Console("MK"), access.InitNode, "MK"), func(tx settings) error {
		return tx.SetSetting(ctx, "planted", []byte("here is "+word))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	row := nodetest.NewThief(word)
	if err := row.SQLite(ctx, path, key); err != nil || len(row.Finds) != 1 {
		t.Errorf("in a row: %v, %v", row.Finds, err)
	}
	raw := nodetest.NewThief(word)
	if err := raw.Dir(dir); err != nil || len(raw.Finds) != 0 {
		t.Errorf("in the encrypted file: %v, %v", raw.Finds, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "left"), []byte(strings.ToUpper(word)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := raw.Dir(dir); err != nil || len(raw.Finds) != 1 {
		t.Errorf("in a file left behind: %v, %v", raw.Finds, err)
	}
	var logs bytes.Buffer
	slog.New(slog.NewJSONHandler(&logs, nil)).Info("planted", "who", word)
	logged := nodetest.NewThief(word)
	if logged.Bytes("log", logs.Bytes()); len(logged.Finds) != 1 {
		t.Errorf("in a log: %v", logged.Finds)
	}
}
