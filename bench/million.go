package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
)

// A node that holds many cases, all of them at one desk: every case has an invented person, sealed and in the search index, as
// people open them; every twentieth has a decision, and for every tenth there is something to do, every hundredth of it at another desk. It is filled by one process and measured by another, so that the memory is
// that of a node that was started on what is there.

// filled says where a filled node is, and names some of its cases.
type filled struct {
	Dir, Secret, URL, Owner string
	Cases                   int
	Some                    []id.Case
	Seconds                 float64 // that filling took
}

// crowded fills a node and measures it. With a PostgreSQL server in OPENTRM_BENCH_POSTGRES, two URLs of an empty database separated
// by a space, of the node's login and of the owner's, the node is there; otherwise it is a file.
func crowded(ctx context.Context, dir string, cases int) error {
	if _, err := fill(ctx, dir, cases); err != nil {
		return err
	}
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	again := exec.CommandContext(ctx, exe, "-filled", description(dir))
	again.Stdout, again.Stderr = os.Stdout, os.Stderr
	return again.Run()
}

// description is the file that says where the node is that fill has filled.
func description(dir string) string { return filepath.Join(dir, "filled.json") }

// fill makes a node with so many cases and describes it in a file beside it.
func fill(ctx context.Context, dir string, cases int) (f filled, err error) {
	urls := strings.Fields(os.Getenv("OPENTRM_BENCH_POSTGRES"))
	w, err := demo.Found(ctx, demo.Plan{
		Dir: filepath.Join(dir, "net"), Members: []id.Member{"MD", "MK"}, Peer: "127.0.0.1:0",
		Config: func(m id.Member, c node.Config) node.Config {
			if m == "MK" && len(urls) == 2 {
				c.URL, c.Owner = urls[0], urls[1]
			}
			return c
		},
	})
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, w.Close(context.WithoutCancel(ctx))) }()
	c := w.Countries["MK"]
	by, err := c.As(ctx, "shelter")
	if err != nil {
		return f, err
	}
	f = filled{
		Dir: c.Node.Config.Dir, Secret: filepath.Join(dir, "net.secrets", "MK"), URL: c.Node.Config.URL, Owner: c.Node.Config.Owner, Cases: cases,
	}
	var begun, failed atomic.Int64
	var mu sync.Mutex
	var all sync.WaitGroup
	begin := time.Now()
	for range 64 {
		all.Go(func() {
			for n := begun.Add(1); n <= int64(cases) && failed.Load() == 0 && ctx.Err() == nil; n = begun.Add(1) {
				made, e := open(ctx, c.Node, by, n)
				mu.Lock()
				if e != nil {
					failed.Add(1)
					err = e
				}
				if n%max(int64(cases)/4000, 1) == 0 {
					f.Some = append(f.Some, made)
				}
				mu.Unlock()
				if n%10000 == 0 {
					tell("%d of %d cases, %.0f /s", n, cases, float64(n)/time.Since(begin).Seconds())
				}
			}
		})
	}
	all.Wait()
	f.Seconds = time.Since(begin).Seconds()
	if err = errors.Join(err, ctx.Err()); err != nil {
		return f, err
	}
	b, err := json.Marshal(f)
	if err != nil {
		return f, err
	}
	return f, os.WriteFile(description(dir), b, 0o600)
}

func open(ctx context.Context, n *node.Node, by keyring.Bearer, number int64) (id.Case, error) {
	who := demo.Invented()
	file, err := n.Cases.Open(ctx, by, casefile.Opening{AgeClass: person.Adult, Person: &who})
	if err == nil && number%20 == 0 {
		_, err = n.Cases.Decide(ctx, by, file.ID, decision())
	}
	if err == nil && number%10 == 0 {
		at := by.Desk
		if number%1000 == 0 {
			at = "other"
		}
		err = store.Writer[task.Tx](n.DB)(ctx, audit.Did(access.Node(n.Member), access.EscalateReferral, string(file.ID)), func(tx task.Tx) error {
			_, err := n.Tasks.AddIn(ctx, tx, task.New{Desk: at, Realm: by.Realm, Kind: "bench", Object: string(file.ID), Reference: string(file.Reference)})
			return err
		})
	}
	return file.ID, err
}

func decision() casefile.Decision {
	return casefile.Decision{
		Status: "presumed", Body: "police", Name: "Invented body", Country: "MK", Basis: "Invented act, article 1", Date: "2026-03-02", Informed: true,
	}
}

// measure prints how long what people do takes on a node that was filled.
func measure(ctx context.Context, path string) (err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var f filled
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	begin := time.Now()
	n, err := node.Open(ctx, node.Config{Dir: f.Dir, URL: f.URL, Owner: f.Owner, Secret: node.SecretSource{File: f.Secret}, Demo: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close(context.WithoutCancel(ctx))) }()
	opened := time.Since(begin)
	in, err := n.Signin.SignIn(ctx, "shelter", demo.Passphrase, "127.0.0.1")
	if err != nil {
		return err
	}
	by, _, err := n.Signin.Resume(ctx, in.Secret)
	if err != nil {
		return err
	}
	some := func() id.Case { return f.Some[rand.IntN(len(f.Some))] }
	engine := "SQLite"
	if f.URL != "" {
		engine = "PostgreSQL"
	}
	fmt.Printf("%d cases at one desk of a node, %s; opened for people in %.0f ms; filled at %.0f cases a second\n\n", f.Cases, engine,
		float64(opened)/1e6, float64(f.Cases)/f.Seconds)
	fmt.Printf("| what people do, ms (1000 times each, one after the other) | median | 95 %% | 99 %% |\n|---|--:|--:|--:|\n")
	for _, x := range []struct {
		name string
		do   func() error
	}{
		{"open a case", func() error { _, err := n.Cases.Show(ctx, by, some()); return err }},
		{"list 50 cases of the desk, from anywhere", func() error {
			_, err := n.Cases.List(ctx, by.Actor, casefile.Filter{After: some(), Limit: 50})
			return err
		}},
		{"list 50 tasks of the desk's inbox", func() error {
			all, err := n.Tasks.List(ctx, by.Actor, task.Filter{Limit: 50})
			if err == nil && len(all) < min(50, f.Cases/20) {
				err = fmt.Errorf("only %d tasks", len(all))
			}
			return err
		}},
		{"take a decision", func() error { _, err := n.Cases.Decide(ctx, by, some(), decision()); return err }},
		{"open a new case", func() error { _, err := open(ctx, n, by, 1); return err }},
	} {
		var took []time.Duration
		for range 1000 {
			begin := time.Now()
			if err := x.do(); err != nil {
				return fmt.Errorf("%s: %w", x.name, err)
			}
			took = append(took, time.Since(begin))
		}
		fmt.Printf("| %s | %s | %s | %s |\n", x.name, at(took, 50), at(took, 95), at(took, 99))
	}
	if err := screens(ctx, n, some, f.Some[:min(fuller, len(f.Some))]); err != nil {
		return err
	}
	most, err := highest()
	if err != nil {
		return err
	}
	fmt.Printf("\n| | |\n|---|--:|\n| memory of the process at most | %.0f MB |\n", float64(most)*1024/1e6)
	if size, err := sizeOf(f.Dir); err == nil && f.URL == "" {
		fmt.Printf("| bytes of a case in the file | %d |\n", size/int64(f.Cases))
	}
	return nil
}

// highest reads how many KiB of memory this process has had at most.
func highest() (int64, error) {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, err
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			return strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
		}
	}
	return 0, errors.New("the system does not say how much memory there is")
}

func sizeOf(dir string) (size int64, err error) {
	all, err := os.ReadDir(dir)
	for _, e := range all {
		if info, err := e.Info(); err == nil && slices.Contains([]string{"node.db", "node.db-wal"}, e.Name()) {
			size += info.Size()
		}
	}
	return size, err
}
