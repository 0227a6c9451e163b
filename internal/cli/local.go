package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/askcase"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/issuer"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/peer"
	"github.com/opentrm/opentrm/internal/store"
)

// local says which node's files a command works on.
type local struct {
	Dir      string `type:"path" env:"OPENTRM_DIR" required:"" help:"Data directory of the node."`
	Secret   string `name:"secret-file" type:"path" env:"OPENTRM_SECRET_FILE" help:"File of node.secret, mode 0600, outside the data directory; or a system credential. The start passphrase is asked for otherwise."`
	Database string `name:"database-file" type:"path" env:"OPENTRM_DATABASE_FILE" help:"File of mode 0600 with the address of the PostgreSQL database. Default: an encrypted file in the data directory."`
	Owner    string `name:"owner-file" type:"path" env:"OPENTRM_OWNER_FILE" help:"The same for the login that owns the schema."`
}

// config makes the configuration that every use of a node's files shares.
func (l local) config(s *console.Screen) (node.Config, error) {
	c := node.Config{Dir: l.Dir, Rand: rand.Reader}
	c.Secret = node.SecretSource{File: l.Secret}
	if l.Secret == "" {
		c.Secret.Prompt = func() (string, error) { return s.Secret("Start passphrase", "") }
	}
	var err error
	for _, x := range []struct {
		file string
		to   *string
	}{{l.Database, &c.URL}, {l.Owner, &c.Owner}} {
		if x.file == "" {
			continue
		}
		if *x.to, err = console.SecretFile(x.file); err != nil {
			return c, err
		}
	}
	return c, nil
}

// with opens the node, runs fn, and closes it.
func (l local) with(s *console.Screen, fn func(n *node.Node) error) error {
	c, err := l.config(s)
	if err != nil {
		return err
	}
	return within(s, c, fn)
}

// within opens a node, runs fn, and closes it.
func within(s *console.Screen, c node.Config, fn func(n *node.Node) error) error {
	n, err := node.Open(s.Context, c)
	if err != nil {
		return err
	}
	err = fn(n)
	if e := n.Close(context.WithoutCancel(s.Context)); err == nil {
		err = e
	}
	return err
}

type initCommand struct {
	local
	Member   id.Member `required:"" help:"Code of the member in the network: MK."`
	Login    string    `default:"admin" help:"Account name of the first administrator."`
	Name     string    `default:"Administrator" help:"How colleagues call her."`
	Language string    `name:"admin-language" default:"en" help:"Her language."`
	Zone     string    `help:"Her time zone, as Europe/Skopje; that of the country if none is given."`
	Demo     bool      `help:"An invented member: fictitious law, invented people."`
}

func (c *initCommand) Run(s *console.Screen) error {
	config, err := c.config(s)
	if err != nil {
		return err
	}
	config.Member, config.Demo = c.Member, c.Demo
	link, err := node.Init(s.Context, config, node.First{Login: c.Login, Name: c.Name, Language: c.Language, Zone: c.Zone})
	if err != nil {
		return err
	}
	return s.Print(map[string]string{"login": c.Login, "link": link}, func(w io.Writer) {
		fmt.Fprintf(w, "administrator\t%s\nlink\t%s\n", c.Login, link)
		s.Say("The link works once, within 24 hours: opentrm user enrol")
	})
}

type serveCommand struct {
	local
	Listen    string   `env:"OPENTRM_LISTEN" default:"127.0.0.1:8470" help:"Where people and programs are answered."`
	Peer      string   `env:"OPENTRM_PEER" help:"Where other nodes are answered; without it the node calls out only."`
	Address   string   `env:"OPENTRM_ADDRESS" help:"Where people sign in, https://…; shown in notices."`
	Cert      string   `type:"path" env:"OPENTRM_TLS_CERT" help:"Certificate for --listen; without it plain HTTP, for loopback or behind a proxy."`
	Key       string   `type:"path" env:"OPENTRM_TLS_KEY" help:"Its private key."`
	Senders   string   `name:"senders-file" type:"path" env:"OPENTRM_SENDERS_FILE" help:"File of mode 0600 that says how people are told: a mail server, a gateway for messages, browsers. Without it nobody is."`
	Issuers   string   `name:"issuers-file" type:"path" env:"OPENTRM_ISSUERS_FILE" help:"File that says whom the node asks who somebody is (OpenID Connect). Without it nobody is asked."`
	Additions []string `type:"existingfile" help:"Files of national questions, every edition that a kept record names. May be repeated."`
	Texts     string   `type:"existingdir" env:"OPENTRM_TEXTS" help:"Directory of files of texts that the person reads, each of one language: opentrm text lint."`
	Debug     bool     `help:"Log everything."`
}

// readSenders reads how people are told.
func readSenders(file string, config *node.Config) error {
	b, err := console.SecretBytes(file)
	if err == nil {
		config.Senders, err = peer.ParseSenders(b, config.Rand)
	}
	return err
}

func (c *serveCommand) Run(s *console.Screen) error {
	config, err := c.config(s)
	if err != nil {
		return err
	}
	level := slog.LevelInfo
	if c.Debug {
		level = slog.LevelDebug
	}
	config.Log = slog.New(slog.NewJSONHandler(s.Err, &slog.HandlerOptions{Level: level}))
	config.Listen, config.Peer, config.Address = c.Listen, c.Peer, c.Address
	config.TLSCert, config.TLSKey = c.Cert, c.Key
	if c.Senders == "" {
		config.Log.Warn("notice.no-sender") // each notice will count as one that reached nobody
	} else if err := readSenders(c.Senders, &config); err != nil {
		return err
	}
	if c.Issuers != "" {
		b, err := console.ReadFile(s, c.Issuers)
		if err != nil {
			return err
		}
		if config.Issuers, err = issuer.Parse(b, console.SecretBytes); err != nil {
			return err
		}
	}
	for _, path := range c.Additions {
		a, err := askcase.Additions(path)
		if err != nil {
			return err
		}
		config.Additions = append(config.Additions, a)
	}
	if config.Texts, err = extraTexts(s, c.Texts); err != nil {
		return err
	}
	n, err := node.Open(s.Context, config)
	if err != nil {
		return err
	}
	err = n.Start(s.Context)
	if err == nil {
		tells := slices.Sorted(maps.Keys(config.Senders))
		err = s.Print(map[string]any{"member": n.Member, "people": n.PeopleAddress(), "peers": n.PeerAddress(), "tells": tells}, func(w io.Writer) {
			fmt.Fprintf(w, "%s serves people at %s", n.Member, n.PeopleAddress())
			if c.Peer != "" {
				fmt.Fprintf(w, " and nodes at %s", n.PeerAddress())
			}
			fmt.Fprintln(w)
		})
	}
	if err == nil {
		select {
		case <-s.Context.Done():
		case err = <-n.Failed():
		}
	}
	if e := n.Close(context.WithoutCancel(s.Context)); err == nil {
		err = e
	}
	return err
}

type doctorCommand struct {
	local
	Senders string `name:"senders-file" type:"path" env:"OPENTRM_SENDERS_FILE" help:"The file that serve is given, to look whether everybody can be told."`
	Deep    bool   `help:"Read the whole database."`
}

// finding is one thing that the doctor looked at.
type finding struct {
	What  string `json:"what"`
	Found string `json:"found"`
	State string `json:"state"` // ok, look or bad
}

func (c *doctorCommand) Run(s *console.Screen) error {
	var all []finding
	add := func(what, found, state string) { all = append(all, finding{what, found, state}) }
	verdict := func(bad bool) string {
		if bad {
			return "bad"
		}
		return "ok"
	}
	if info, err := os.Stat(c.Dir); err == nil {
		add("data directory", info.Mode().String(), verdict(info.Mode().Perm()&0o077 != 0))
	}
	if c.Secret == "" {
		add("node.secret", "under a start passphrase", "ok")
	} else {
		add("node.secret", "file of its own", "ok") // Open refuses one inside the data directory or open to others
	}
	took, err := syncTime(c.Dir)
	if err != nil {
		return err
	}
	add("fsync", took.String(), map[bool]string{true: "look", false: "ok"}[took > 50*time.Millisecond])
	add("clock", time.Now().UTC().Format(time.RFC3339), verdict(time.Now().Year() < 2025))
	if c.Secret != "" {
		if v := volume(c.Secret); v != node.Encrypted && v != node.Memory {
			add("volume of node.secret", string(v), "look") // who has it and the database file reads what is operational
		} else {
			add("volume of node.secret", string(v), "ok")
		}
	}
	config, err := c.config(s)
	if err == nil && c.Senders != "" {
		err = readSenders(c.Senders, &config)
	}
	if err == nil {
		err = within(s, config, func(n *node.Node) error { return examine(s, n, c.Deep, add) })
	}
	if err != nil {
		return err
	}
	bad := false
	for _, f := range all {
		bad = bad || f.State == "bad"
	}
	err = s.Print(all, func(w io.Writer) {
		for _, f := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\n", f.State, f.What, f.Found)
		}
	})
	if err == nil && bad {
		return console.Unverified(nil)
	}
	return err
}

// syncTime measures how long a byte takes to the disk: the median of some.
func syncTime(dir string) (time.Duration, error) {
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return 0, fault.Wrap(fault.Unavailable, "cli.file", err).With("file", dir)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	best := time.Hour
	for range 9 {
		began := time.Now()
		if _, err = f.Write([]byte{0}); err == nil {
			err = f.Sync()
		}
		if err != nil {
			return 0, fault.Wrap(fault.Unavailable, "cli.file", err).With("file", dir)
		}
		best = min(best, time.Since(began))
	}
	return best, nil
}

// volume looks at where a file or directory rests.
func volume(path string) node.Volume {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		return node.Unknown
	}
	return node.VolumeOf("/", real)
}

// rests says where a database rests, and whether that is well. An embedded file is encrypted by itself.
func rests(h store.Health) (found, state string) {
	switch v := volume(h.Place); {
	case v == node.Encrypted:
		return string(v), "ok"
	case h.Engine == store.SQLite:
		return string(v) + "; the file is encrypted by itself", "ok"
	default:
		return string(v), "look"
	}
}

// examine asks the node itself.
func examine(s *console.Screen, n *node.Node, deep bool, add func(what, found, state string)) error {
	who := access.Console(n.Member)
	h, err := n.DB.Health(s.Context, store.Little)
	if err != nil {
		return err
	}
	if h.Place != "" {
		found, state := rests(h)
		add("volume of the database", found, state)
	}
	read := store.Pages
	if deep {
		read = store.Whole
	}
	found, err := n.Examine(s.Context, who, read)
	if err != nil {
		return err
	}
	for _, f := range found {
		text := f.Text
		if text == "" {
			text = console.When(f.Time)
		}
		if f.Code != "told" && f.Code != "deaf" { // which hear says by name
			add(s.Printer().Text(f.Key(), "value", f.Text), text, string(f.State))
		}
	}
	return hear(s, n, add)
}
