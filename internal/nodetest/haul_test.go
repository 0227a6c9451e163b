package nodetest_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
)

// planted rests in clear in every place that is searched, so that a search which cannot find anything is seen.
const planted = "Яснодума Отворена"

// haul is what a thief carries away from a network that has worked. There is one search for it after every run, and it
// has to find the planted word in each place where it finds nobody.
type haul struct {
	t        *testing.T
	dir      string // of the data; node.secret of each member is under dir + ".secrets"
	nodes    map[id.Member]*node.Node
	logs     *nodetest.Logs
	taps     []*tap
	mails    []notify.Message
	server   *server // of RO; nil if the tests have none
	courier  bytes.Buffer
	archives map[string]map[id.Member]*bytes.Buffer // "content" and "keys"
	keys     []seal.KEMPrivate                      // that open controls, of all nodes
	seen     seen
}

// seen is how much there was to search.
type seen struct {
	opened, inside  int          // controls of the lines and of the courier file
	outside, bodies map[*tap]int // bytes and bodies of each line
}

func (l *haul) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// ctx outlives the test, because nodes are closed after it has failed too.
func (l *haul) ctx() context.Context { return context.WithoutCancel(l.t.Context()) }

// places are the directories in which what is stolen rests as files.
func (l *haul) places() []string { return []string{l.dir, l.dir + ".secrets", os.Getenv("TMPDIR")} }

// plant puts the clear word into every place, beside where hers could be. The nodes run.
func (l *haul) plant() {
	l.t.Helper()
	type settings interface {
		SetSetting(ctx context.Context, name string, value []byte) error
	}
	for m, n := range l.nodes {
		l.must(store.Writer[settings](n.DB)(l.ctx(), audit.Did(access.Console(m), access.InitNode, string(m)), func(tx settings) error {
			return tx.SetSetting(l.ctx(), "planted", []byte("here is "+planted))
		}))
		n.Log.Info("planted", "who", planted)
	}
	if l.server != nil {
		for range 3 { // a page of the write-ahead log can end within the word
			l.server.run(l.t, "UPDATE account SET name = '"+planted+"' WHERE login = 'archive'")
		}
	}
	l.must(os.WriteFile(filepath.Join(os.Getenv("TMPDIR"), "left"), []byte(planted), 0o600))
	l.mails = append(l.mails, notify.Message{Body: planted})
	l.faulty()
	for _, p := range l.taps {
		l.speak(p)
	}
}

// faulty lets an envelope wait at MD that says the word in its control, and once more behind its end, as a node that has
// gone wrong might seal it. From there it gets into the archive of content, courier files and the line.
func (l *haul) faulty() {
	l.t.Helper()
	body, err := envelope.EncodeBody(envelope.NoteBody{Note: planted})
	l.must(err)
	md := l.nodes["MD"]
	now := frame.At(md.Config.Now())
	b, e, err := envelope.Seal(envelope.Sealing{
		Header: envelope.Header{
			Suite: seal.SuiteHybrid, From: "MD", To: "RO", Created: now, Expires: now.Add(exchange.DefaultLife),
			Roster: envelope.Version{Version: 1, Hash: strings.Repeat("0", 64)},
		},
		Control: envelope.Control{Kind: envelope.Checkpoint, Categories: []string{}, Body: body},
		ToNode:  l.nodes["RO"].Keys().Control.Public(), Signer: md.Keys().Envelope,
	})
	l.must(err)
	out := exchange.Out{
		ID: e.ID, To: "RO", Kind: envelope.Checkpoint, Thread: id.Random[id.Thread](id.Maker{}), Side: envelope.Opener, Seq: 1,
		State: exchange.OutQueued, Bytes: append(b, planted...), Created: now, Expires: now.Add(exchange.DefaultLife), NextTry: now,
	}
	l.must(store.Writer[exchange.OutTx](md.DB)(l.ctx(), audit.Did(access.Console("MD"), access.InitNode, "MD"), func(tx exchange.OutTx) error {
		return tx.AddOut(l.ctx(), out)
	}))
}

// speak says the word on a line without any TLS, to somebody who listens.
func (l *haul) speak(p *tap) {
	l.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	l.must(err)
	heard := make(chan error, 1)
	go func() {
		c, err := ln.Accept()
		if err == nil {
			_, _ = io.Copy(io.Discard, c)
			err = c.Close()
		}
		heard <- err
	}()
	c, err := p.dial(l.ctx(), "tcp", ln.Addr().String())
	l.must(err)
	_, err = io.WriteString(c, planted)
	l.must(err)
	l.must(c.(*net.TCPConn).CloseWrite())
	_, _ = io.Copy(io.Discard, c) // until the tap has hung up: it has heard everything then
	l.must(c.Close())
	l.must(<-heard)
	l.must(ln.Close())
}

// pack makes the backups of all nodes and writes a courier file, and takes the keys that are in memory.
func (l *haul) pack() {
	l.t.Helper()
	l.archives = map[string]map[id.Member]*bytes.Buffer{"content": {}, "keys": {}}
	for m, n := range l.nodes {
		content, keys := &bytes.Buffer{}, &bytes.Buffer{}
		_, err := n.Backups.Make(l.ctx(), access.Console(m), content, keys)
		l.must(err)
		l.archives["content"][m], l.archives["keys"][m] = content, keys
		l.keys = append(l.keys, n.Keys().Control)
	}
	carried, err := l.nodes["MD"].Exchange.Export(l.ctx(), access.Console("MD"), "", &l.courier)
	l.must(err)
	if carried == 0 {
		l.t.Error("nothing went into the courier file")
	}
}

// search lets a thief look through everything: first while the nodes run, with their write-ahead logs, then closed.
func (l *haul) search(th *nodetest.Thief) {
	l.t.Helper()
	l.must(th.Dir(l.dir))
	l.seen = seen{outside: map[*tap]int{}, bodies: map[*tap]int{}}
	for _, p := range l.taps {
		outside, bodies := p.look(th)
		l.seen.outside[p], l.seen.bodies[p] = outside, len(bodies)
		for _, b := range bodies {
			for _, c := range controls(b, l.keys) {
				th.Bytes("control on the line", c)
				l.seen.opened++
			}
		}
	}
	th.Bytes("courier file", l.courier.Bytes())
	for _, c := range controls(l.courier.Bytes(), l.keys) {
		th.Bytes("control in the courier file", c)
		l.seen.inside++
	}
	for class, of := range l.archives {
		for m, sealed := range of {
			th.Bytes(class+" archive unopened", sealed.Bytes())
			b, err := openArchive(sealed.Bytes(), secretOf(l.t, filepath.Join(l.dir+".secrets", string(m))))
			l.must(err)
			th.Bytes(class+" archive", b)
		}
	}
	if l.server != nil {
		l.server.look(l.t, th)
	}
	l.close()
	for m, n := range l.nodes {
		if n.Config.URL == "" {
			l.must(th.SQLite(l.ctx(), filepath.Join(l.dir, string(m), "node.db"), fileKey(l.t, l.dir, m)))
		}
	}
	for _, place := range l.places() {
		l.must(th.Dir(place))
	}
	th.Bytes("log", []byte(l.logs.String()))
	for _, m := range l.mails {
		th.Bytes("mail", []byte(m.To+"\n"+m.Subject+"\n"+m.Body))
	}
}

func (l *haul) close() {
	l.t.Helper()
	for _, n := range l.nodes {
		l.must(n.Close(l.ctx()))
	}
}

// judge fails unless the word was found in each place and nowhere else, and nothing about anybody.
func (l *haul) judge(th *nodetest.Thief, more ...string) {
	l.t.Helper()
	want := append([]string{
		"table setting", "table exchange_out_bytes", "file left", "log", "mail", "line outside", "courier file", "control in the courier file",
		"content archive", "keys archive",
	}, more...)
	if l.server != nil {
		want = append(want, "table public.account", "table public.setting", "dump", "server file", "server temporary file", "wal")
		if l.server.log != "" {
			want = append(want, "server log")
		}
	}
	for _, place := range want {
		if !slices.Contains(th.Finds, nodetest.Find{Place: place, Word: planted}) {
			l.t.Errorf("the search of the %s does not find the word that stands there", place)
		}
	}
	for _, f := range th.Finds {
		if f.Word != planted || !slices.Contains(want, f.Place) {
			l.t.Errorf("%q stands in the %s", f.Word, f.Place)
		}
	}
}
