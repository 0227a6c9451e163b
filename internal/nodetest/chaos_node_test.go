package nodetest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/node"
)

// chaosEnv names the file from which a process of the chaos learns which node it is.
const chaosEnv = "OPENTRM_TEST_CHAOS_NODE"

// life is what one process of the chaos is told at its start.
type life struct {
	Dir, Secret, Peer string
	URL, Owner        string // of a database on PostgreSQL; empty: a file
	Member            id.Member
	Members           []id.Member
	Seed              uint64
	Start             time.Time     // of the network, by the clock of the machine
	Rate              int           // seconds of the network in one of the machine
	Ahead             time.Duration // that was skipped until now
	Skew              time.Duration // of this node's clock
	Persons           []int         // whom its people know and count with other members; nil: they refer people instead
}

// config says where the node of a process keeps its things.
func (l *life) config() node.Config {
	return node.Config{
		Dir: l.Dir, URL: l.URL, Owner: l.Owner, Member: l.Member, Secret: node.SecretSource{File: l.Secret}, Demo: true,
	}
}

// order is what the test says to a process, and told what it answers.
type order struct {
	Do    string // "calm", "make", "propose", "skip", "backup", "rest?", "end"
	N     int
	Ahead time.Duration
	To    string
}

type told struct {
	Peers string // at the start: where it answers other nodes
	Fault string
	Made  int // referrals that this node has sent or drafted
	Open  int // ends here that are not over
	Busy  int // envelopes on their way, or parked here
	Acts  int // steps that people took since the last question
	Calm  bool
	Shut  bool // sending is closed after a restore
	Why   string
	Waits []string // what is not over
	Runs  []ran    // counts that this node knows, the newest first
	Spent int64    // what counts of the year may tell
}

// chaosNode is a process of the chaos: a whole node with its people, who work through whatever is in front of
// them, on a line that is as rude as it can be made. It is killed without notice.
func chaosNode(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var l life
	if err := json.Unmarshal(b, &l); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var ahead atomic.Int64
	ahead.Store(int64(l.Ahead))
	now := func() time.Time {
		return l.Start.Add(time.Since(l.Start)*time.Duration(l.Rate) + time.Duration(ahead.Load()) + l.Skew)
	}
	logs, err := os.OpenFile(filepath.Join(filepath.Dir(l.Dir), string(l.Member)+".log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer logs.Close() //nolint:errcheck // a log of a test
	line := &rudeLine{rnd: rand.New(rand.NewPCG(l.Seed, 1)), start: l.Start}
	c := l.config()
	c.Peer, c.Now, c.Dial = l.Peer, now, line.dial
	c.Log = slog.New(slog.NewJSONHandler(logs, &slog.HandlerOptions{Level: slog.LevelInfo}))
	n, err := node.Open(ctx, c)
	if err != nil {
		return err
	}
	line.Carrier, n.Exchange.Carrier = n.Exchange.Carrier, line
	if err := n.Listen(ctx); err != nil {
		return err
	}
	p := &people{n: n, members: l.Members, seed: l.Seed, calm: &line.calm}
	turn := p.turn
	if l.Persons != nil {
		turn = (&counters{people: p, persons: l.Persons}).turn
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(told{Peers: n.PeerAddress()}); err != nil {
		return err
	}
	var working sync.WaitGroup
	work := func(turn func(context.Context) (int, error)) {
		working.Go(func() {
			pause := time.NewTicker(40 * time.Millisecond)
			defer pause.Stop()
			for ctx.Err() == nil {
				did, err := turn(ctx)
				if err != nil && ctx.Err() == nil {
					p.failed(err)
				}
				if did > 0 {
					continue
				}
				select {
				case <-ctx.Done():
				case <-pause.C:
				}
			}
		})
	}
	work(n.Work.Tick)
	work(turn)
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var o order
		if err := json.Unmarshal(in.Bytes(), &o); err != nil {
			return err
		}
		var t told
		switch o.Do {
		case "calm":
			line.calm.Store(true)
		case "make":
			p.quota.Store(int64(o.N))
		case "propose":
			p.proposes.Store(int64(o.N))
		case "skip":
			ahead.Store(int64(o.Ahead))
		case "backup":
			if err := makeBackup(ctx, n, o.To); err != nil {
				t.Fault = err.Error()
			}
		case "end":
			stop()
			working.Wait()
			if err := n.Close(context.Background()); err != nil {
				t.Fault = err.Error()
			}
		}
		if o.Do != "end" {
			p.tell(ctx, &t)
		}
		if err := out.Encode(t); err != nil || o.Do == "end" {
			return err
		}
	}
	return in.Err()
}

func makeBackup(ctx context.Context, n *node.Node, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	content, err := os.Create(filepath.Join(dir, "content"))
	if err != nil {
		return err
	}
	keys, err := os.Create(filepath.Join(dir, "keys"))
	if err != nil {
		return err
	}
	_, err = n.Backups.Make(ctx, access.Console(n.Member), content, keys)
	return errors.Join(err, content.Close(), keys.Close())
}

// rudeLine is a line that loses requests and answers, brings copies, late ones too, is cut for a while, and breaks
// in the middle of a word.
type rudeLine struct {
	exchange.Carrier
	calm  atomic.Bool
	start time.Time
	mu    sync.Mutex
	rnd   *rand.Rand
}

var errRude = fault.New(fault.Unavailable, "exchange.unreachable")

func (l *rudeLine) chance(percent int) bool {
	if l.calm.Load() {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rnd.IntN(100) < percent
}

// cut says whether the line to a member is cut now: for a fifth of the time, some hundred milliseconds each.
func (l *rudeLine) cut(to id.Member) bool {
	if l.calm.Load() {
		return false
	}
	h := fnv.New32a()
	fmt.Fprintf(h, "%s %d", to, time.Since(l.start)/(400*time.Millisecond))
	return h.Sum32()%5 == 0
}

// through does one call on the line.
func (l *rudeLine) through(to id.Member, call func() error) error {
	if l.cut(to) || l.chance(6) {
		return errRude
	}
	err := call()
	if l.chance(6) {
		return errRude
	}
	return err
}

// Push brings envelopes, perhaps twice, perhaps again when nobody expects them any more, perhaps the last one first, and
// loses some of them on the way.
func (l *rudeLine) Push(ctx context.Context, to member.Member, list [][]byte) (answers []exchange.Answer, err error) {
	again := func() { _, _ = l.Carrier.Push(context.WithoutCancel(ctx), to, list) }
	if l.chance(5) {
		go again()
	}
	if l.chance(4) {
		time.AfterFunc(time.Second, again)
	}
	err = l.through(to.ID, func() (err error) {
		if l.chance(10) {
			answers, err = l.scattered(ctx, to, list)
		} else {
			answers, err = l.Carrier.Push(ctx, to, list)
		}
		return err
	})
	return answers, err
}

// scattered brings envelopes one by one, from the last to the first, and loses some.
func (l *rudeLine) scattered(ctx context.Context, to member.Member, list [][]byte) ([]exchange.Answer, error) {
	answers := make([]exchange.Answer, len(list))
	for i := len(list) - 1; i >= 0; i-- {
		if l.chance(20) {
			answers[i].Err = errRude
			continue
		}
		got, err := l.Carrier.Push(ctx, to, list[i:i+1])
		if err != nil {
			return nil, err
		}
		answers[i] = got[0]
	}
	return answers, nil
}

// Deposit leaves an envelope with a third member.
func (l *rudeLine) Deposit(ctx context.Context, via member.Member, b []byte) (receipt []byte, err error) {
	err = l.through(via.ID, func() (err error) {
		receipt, err = l.Carrier.Deposit(ctx, via, b)
		return err
	})
	return receipt, err
}

// Pull collects.
func (l *rudeLine) Pull(ctx context.Context, from member.Member, after id.Envelope) (parcel exchange.Parcel, err error) {
	err = l.through(from.ID, func() (err error) {
		parcel, err = l.Carrier.Pull(ctx, from, after)
		return err
	})
	return parcel, err
}

// Return hands receipts over.
func (l *rudeLine) Return(ctx context.Context, to member.Member, receipts [][]byte) error {
	return l.through(to.ID, func() error { return l.Carrier.Return(ctx, to, receipts) })
}

// dial connects, now and then by a connection that breaks after some bytes.
func (l *rudeLine) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, network, address)
	if err != nil || !l.chance(10) {
		return c, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return &breaking{Conn: c, left: 1000 + l.rnd.IntN(60_000)}, nil
}

type breaking struct {
	net.Conn
	left int
}

// Write writes until the connection breaks.
func (b *breaking) Write(p []byte) (int, error) {
	if len(p) > b.left {
		_, _ = b.Conn.Write(p[:b.left])
		_ = b.Close()
		return b.left, io.ErrUnexpectedEOF
	}
	b.left -= len(p)
	return b.Conn.Write(p)
}
