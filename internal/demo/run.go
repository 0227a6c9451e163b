package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/store"
)

// Options say how the demonstration runs.
type Options struct {
	Dir      string                                   // keeps the data there, and the secrets of the invented nodes in Dir + ".secrets"; empty: nothing is kept
	Once     bool                                     // ends when the loop has closed and every proof was verified
	Language lang.Tag                                 // of the trace; empty: English
	Members  []id.Member                              // with MD, MK and RO among them; nil: all eleven
	Now      *Clock                                   // nil: begins now
	Log      *slog.Logger                             // of the nodes; nil: nothing is logged
	Config   func(id.Member, node.Config) node.Config // changes the configuration of a node; nil: none
}

// Members returns the eleven members of the network, in order.
func Members() []id.Member {
	return []id.Member{"AL", "BA", "BG", "HR", "MD", "ME", "MK", "RO", "RS", "SI", "XK"}
}

// storied returns the two countries between which the story plays.
func storied() []id.Member { return []id.Member{"MD", "MK"} }

// Run shows the main job: eleven nodes on loopback in this process, one obviously fictitious person found in
// Moldova, and her referral to Skopje through every stage, until the loop has closed and the logs of all nodes are
// countersigned by others. It writes a trace with timings to out.
//
// Without Once the nodes stay up until ctx is done. It fails as the first stage fails that does not do what it
// must, and with [fault.Conflict] if Dir holds something already.
func Run(ctx context.Context, o Options, out io.Writer) (err error) {
	texts, err := lang.Load()
	if err != nil {
		return err
	}
	if o.Language == "" {
		o.Language = lang.English
	}
	if o.Now == nil {
		o.Now = &Clock{}
	}
	if o.Members == nil {
		o.Members = Members()
	}
	t := &trace{out: out, say: texts.Printer(o.Language), begin: time.Now()}
	dir, clean, err := directory(o.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, clean()) }()
	t.line("demo.begin")
	var w *Network
	err = t.step(ctx, "demo.found", func() (err error) {
		w, err = Found(ctx, Plan{
			Dir: dir, Members: o.Members, Peer: "127.0.0.1:0", People: "127.0.0.1:0", Outbound: []id.Member{"XK"},
			Mailbox: []id.Member{"RO", "SI"}, Whole: storied(), Now: o.Now.Now, Clock: o.Now, Log: o.Log, Config: o.Config,
		})
		return err
	}, "members", len(o.Members))
	if err != nil {
		return broken(ctx, err)
	}
	defer func() { err = errors.Join(err, w.Close(context.WithoutCancel(ctx))) }()
	t.line("demo.fingerprint", "fingerprint", w.Fingerprint)
	for _, stage := range []func(context.Context, *Network, *trace) error{spread, figures, story, life, proofs} {
		if err := stage(ctx, w, t); err != nil {
			return broken(ctx, err)
		}
	}
	t.line("demo.closed", "time", t.elapsed(t.begin))
	if o.Dir != "" {
		t.line("demo.kept", "dir", o.Dir, "secrets", o.Dir+".secrets")
		w.logins(t)
	}
	if o.Once {
		return nil
	}
	return w.stay(ctx, t, o.Dir != "")
}

// broken returns why ctx is done, if it is: what a stage failed with was broken off then.
func broken(ctx context.Context, err error) error {
	if ctx.Err() != nil && !Unverified(err) {
		return ctx.Err()
	}
	return err
}

// directory returns where the data go and what takes them away again.
func directory(dir string) (string, func() error, error) {
	if dir == "" {
		tmp, err := os.MkdirTemp("", "opentrm-demo-")
		if err != nil {
			return "", nil, fault.Wrap(fault.Unavailable, "demo.dir", err)
		}
		return filepath.Join(tmp, "nodes"), func() error { return os.RemoveAll(tmp) }, nil
	}
	for _, path := range []string{dir, dir + ".secrets"} {
		entries, err := os.ReadDir(path)
		if err == nil && len(entries) > 0 {
			return "", nil, fault.New(fault.Conflict, "demo.dir.used").With("dir", path)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", nil, fault.Wrap(fault.Unavailable, "demo.dir", err)
		}
	}
	return dir, func() error { return nil }, nil
}

// trace writes what happens, with how long it took.
type trace struct {
	out   io.Writer
	say   *lang.Printer
	begin time.Time
}

func (t *trace) elapsed(since time.Time) string {
	return t.say.Decimal(time.Since(since).Seconds(), 2)
}

// line writes a sentence without a time.
func (t *trace) line(key string, args ...any) {
	fmt.Fprintf(t.out, "        %s\n", t.say.Text(key, args...))
}

// step does something and writes how long it took and what it was.
func (t *trace) step(ctx context.Context, key string, do func() error, args ...any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	begin := time.Now()
	if err := do(); err != nil && ctx.Err() != nil {
		return err // somebody has stopped it
	} else if err != nil {
		fmt.Fprintf(t.out, "  ✗     %s: %s\n", t.say.Text(key, args...), t.say.Fault(err))
		return fmt.Errorf("%s: %w", key, err)
	}
	fmt.Fprintf(t.out, "%6s s %s\n", t.elapsed(begin), t.say.Text(key, args...))
	return nil
}

// spread carries the desk sheets to everybody.
func spread(ctx context.Context, w *Network, t *trace) error {
	return t.step(ctx, "demo.sheets", func() error { return w.Settle(ctx) }, "members", len(w.Countries))
}

// figures keeps nameless facts that add up to what was published.
func figures(ctx context.Context, w *Network, t *trace) error {
	n := 0
	return t.step(ctx, "demo.facts", func() error {
		for i, m := range w.Members() {
			var seed [32]byte
			copy(seed[:], "opentrm demonstration "+string(m))
			seed[31] = byte(i)
			facts, err := Facts(m, rand.NewChaCha8(seed))
			if err != nil {
				return err
			}
			db := w.Countries[m].Node.DB
			keep := stats.Service{Write: store.Writer[stats.Tx](db), Read: store.Reader[stats.Tx](db)}
			if err := keep.Add(ctx, access.Node(m), facts); err != nil {
				return err
			}
			n += len(facts)
		}
		return nil
	}, "year", fmt.Sprint(FiguresYear))
}

// proofs lets every node sign its log, the others countersign it, and verifies all of them whole.
func proofs(ctx context.Context, w *Network, t *trace) error {
	err := t.step(ctx, "demo.witness", func() error {
		w.Plan.Clock.Skip(time.Hour)
		return w.Settle(ctx)
	})
	if err != nil {
		return err
	}
	entries, cosignatures := 0, 0
	err = t.step(ctx, "demo.verify", func() (err error) {
		entries, cosignatures, err = w.verify(ctx)
		return err
	}, "members", len(w.Countries))
	if err == nil {
		t.line("demo.verified", "entries", entries, "cosignatures", cosignatures)
	}
	return err
}

// What the logs of a network fail with that do not prove what they say.
const (
	logFailed = "demo.verify.failed"
	logAlone  = "demo.verify.alone"
)

// Unverified reports whether err says that a log does not verify, or that too few others have countersigned it.
func Unverified(err error) bool {
	_, key, _ := fault.Public(err)
	return key == logFailed || key == logAlone
}

// verify verifies the logs of all nodes whole, and that all others have countersigned each. It returns how many entries and
// cosignatures it has seen.
func (w *Network) verify(ctx context.Context) (entries, cosignatures int, err error) {
	for _, m := range w.Members() {
		report, witnessed, err := w.Countries[m].Verify(ctx, len(w.Countries)-1)
		switch {
		case err != nil:
			return 0, 0, err
		case !report.OK():
			return 0, 0, fault.New(fault.Conflict, logFailed).With("member", string(m))
		case witnessed == 0:
			return 0, 0, fault.New(fault.Conflict, logAlone).With("member", string(m))
		}
		entries += int(report.Entries)
		cosignatures += int(sum64(report.Cosignatures))
	}
	return entries, cosignatures, nil
}

// Verify verifies the whole log of a country's node. It returns the size of the newest checkpoint that enough of
// the others have countersigned, 0 if there is none.
func (c *Country) Verify(ctx context.Context, others int) (report audit.Report, witnessed int64, err error) {
	keys, err := c.Node.LogKeys(ctx)
	if err != nil {
		return report, 0, err
	}
	err = store.Reader[audit.Reader](c.Node.DB)(ctx, func(r audit.Reader) (err error) {
		if report, err = audit.Verify(ctx, r, audit.Options{Member: c.Member, Roster: keys}); err != nil {
			return err
		}
		newest, _, err := audit.NewestWitnessed(ctx, r, c.Member, others)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		witnessed = newest.At.Index()
		return err
	})
	return report, witnessed, err
}

func sum64(of map[id.Member]int64) (n int64) {
	for _, v := range of {
		n += v
	}
	return n
}

// logins says how one signs in to the nodes, now or when "opentrm serve" runs one of them again.
func (w *Network) logins(t *trace) {
	t.line("demo.logins", "logins", strings.Join(w.Countries["MK"].Logins(), ", "), "passphrase", Passphrase)
}

// stay keeps the nodes working until ctx is done, and says where they are and, unless their data are kept, which was said
// with it, how one signs in.
func (w *Network) stay(ctx context.Context, t *trace, kept bool) error {
	failed := make(chan error, len(w.Countries))
	for _, m := range w.Members() {
		n := w.Countries[m].Node
		go func() { failed <- n.Work.Run(ctx) }()
	}
	if !kept {
		w.logins(t)
	}
	var named []string
	for _, m := range w.Members() {
		named = append(named, string(m))
		t.line("demo.address", "member", t.say.CountryName(string(m)), "address", "http://"+w.Countries[m].Node.PeopleAddress())
	}
	if note := t.say.CountryNote(named...); note != "" {
		fmt.Fprintln(t.out, "        "+note)
	}
	for _, m := range storied() {
		t.line("demo.links", "member", t.say.CountryName(string(m)))
		for _, of := range w.Countries[m].chairs() {
			t.line("demo.link", "role", t.say.Text("access.role."+string(of.role)), "address", w.Countries[m].link(of))
		}
	}
	t.line("demo.stay")
	var err error
	for range w.Countries {
		err = errors.Join(err, <-failed)
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}
