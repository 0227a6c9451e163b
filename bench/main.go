// Command bench puts this program beside its peers and beside the limits of the machine, in one run, and prints the
// tables of docs/performance.md.
//
// Every line is measured in interleaved rounds, so that a machine whose speed drifts treats all alike; the median of
// the rounds is printed with the lowest and the highest. A ratio is taken within each round, and its median is printed. It
// is a module of its own: peers are no dependency of the program.
//
//	cd bench && go run . [-rounds 5] [-seconds 2] [-dir DIR]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"
)

// The lines.
const (
	aSync   = "append 4 KB and fsync"
	aCrypto = "cryptography of one document, on one processor"

	aPlain    = "plain insert of 300 B, one by one, encrypted"
	aLog      = "append to the log, one by one, encrypted"
	aLogs     = "append to the log, 64 writers at once"
	aBatch    = "append to the log, 500 to a transaction"
	aBytes    = "room of an entry with a payload of 300 B"
	aTessera  = "Tessera POSIX, one by one"
	aTesseras = "Tessera POSIX, 64 writers at once"
	aProof    = "inclusion proof among 10 million entries, made and checked"

	aLimit  = "limit, one by one: cryptography and three durable writes"
	aLoop   = "OpenTRM, one by one: 4 KB sealed, delivered and receipted"
	aQueue  = "JetStream embedded, one by one: 4 KB published, taken, acknowledged"
	aLimits = "limit, 32 at a time: the same on all processors, writes shared"
	aLoops  = "OpenTRM, 32 at a time"
	aQueues = "JetStream embedded, 32 at a time"

	aCase  = "OpenTRM, a referral from first signs to the closed loop, 13 envelopes"
	aCases = "limit of the same: its cryptography and durable writes"

	aStart = "start of a node, until it listens"
	aRest  = "memory of a node at rest"
	aSize  = "the static binary"
)

// contestant measures one way of doing a piece of work.
type contestant struct {
	name, group, unit string
	run               func(ctx context.Context, dir string, d time.Duration) (float64, error)
}

// goal is what is asked of a line, or of a line over another one.
type goal struct {
	what        string
	a, over     string // over: empty for a itself
	least, most float64
}

func goals() []goal {
	return []goal{
		{what: "exchange, one by one: limit over ours", a: aLimit, over: aLoop, most: 2},
		{what: "exchange, 32 at a time: limit over ours", a: aLimits, over: aLoops, most: 2},
		{what: "exchange, one by one: ours over JetStream", a: aLoop, over: aQueue},
		{what: "exchange, 32 at a time: ours over JetStream", a: aLoops, over: aQueues},
		{what: "a referral: limit over ours", a: aCases, over: aCase, most: 2},
		{what: "append one by one over plain insert", a: aLog, over: aPlain, least: 0.8},
		{what: "append one by one over Tessera", a: aLog, over: aTessera},
		{what: "append by 64 writers over Tessera", a: aLogs, over: aTesseras},
		{what: "entries a second in batches", a: aBatch, least: 14_000},
		{what: "bytes of an entry", a: aBytes, most: 480},
		{what: "proof among 10 million, µs", a: aProof, most: 10_000},
		{what: "start, ms", a: aStart, most: 1000},
		{what: "memory at rest, MB", a: aRest, most: 64},
		{what: "binary, MB", a: aSize, most: 45},
	}
}

func main() {
	rounds := flag.Int("rounds", 5, "interleaved rounds")
	seconds := flag.Float64("seconds", 2, "seconds per measurement")
	dir := flag.String("dir", "", "where to write; empty: a temporary directory")
	only := flag.String("only", "", "measure lines whose group and name contain this")
	profile := flag.String("profile", "", "write a CPU profile here")
	cases := flag.Int("cases", 0, "measure a node with so many cases, and nothing else")
	records := flag.Int("people", 0, "compare so many invented records of people, and nothing else")
	list := flag.Int("names", 0, "search in so many invented names, here and in peers, and nothing else")
	counts := flag.Bool("tables", false, "count tables of a million rows, here and in peers, and nothing else")
	keep := flag.Bool("keep", false, "with -cases and -dir: fill the node, leave it there to be measured with -filled, and measure nothing")
	full := flag.String("filled", "", "measure the node that -cases has filled and described in this file")
	flag.Parse()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		defer pprof.StopCPUProfile()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *counts {
		if err := tables(ctx, *rounds); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if *list > 0 {
		if err := searches(ctx, *list); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if *records > 0 {
		root := *dir
		if root == "" {
			var err error
			if root, err = os.MkdirTemp("", "bench"); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			defer os.RemoveAll(root)
		}
		if err := people(ctx, root, *records); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if *cases > 0 || *full != "" {
		if err := many(ctx, *cases, *full, *dir, *keep); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := compare(ctx, *rounds, time.Duration(*seconds*float64(time.Second)), *dir, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func many(ctx context.Context, cases int, full, dir string, keep bool) error {
	if full != "" {
		return measure(ctx, full)
	}
	if keep {
		_, err := fill(ctx, dir, cases)
		return err
	}
	root, err := os.MkdirTemp(dir, "opentrm-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	return crowded(ctx, root, cases)
}

func compare(ctx context.Context, rounds int, d time.Duration, dir, only string) error {
	root, err := os.MkdirTemp(dir, "opentrm-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	var all []contestant
	for _, c := range slices.Concat(machine(), exchanges(), loops(), logs(), proofs(), nodes()) {
		if strings.Contains(c.group+": "+c.name, only) {
			all = append(all, c)
		}
	}
	results := make(map[string][]float64)
	for round := range rounds {
		for _, c := range all {
			at, err := os.MkdirTemp(root, "round-")
			if err != nil {
				return err
			}
			v, err := c.run(ctx, at, d)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			results[c.name] = append(results[c.name], v)
			if err := os.RemoveAll(at); err != nil {
				return err
			}
			tell("round %d of %d: %-68s %10.0f %s", round+1, rounds, c.name, v, c.unit)
		}
	}
	report(all, results, rounds)
	reportStages()
	return nil
}

// tell tells whoever waits.
func tell(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

func report(all []contestant, results map[string][]float64, rounds int) {
	fmt.Printf("%s, %s/%s, %d processors (%s); median of %d interleaved rounds.\n", runtime.Version(), runtime.GOOS, runtime.GOARCH,
		runtime.NumCPU(), model(), rounds)
	group := ""
	for _, c := range all {
		if c.group != group {
			group = c.group
			fmt.Printf("\n| %s | median | lowest | highest | |\n|---|--:|--:|--:|---|\n", group)
		}
		m, low, high := spread(results[c.name])
		fmt.Printf("| %s | %s | %s | %s | %s |\n", c.name, number(m), number(low), number(high), c.unit)
	}
	fmt.Printf("\n| goal | asked | median | lowest | highest | |\n|---|--:|--:|--:|--:|---|\n")
	for _, g := range goals() {
		values := slices.Clone(results[g.a])
		if g.over != "" {
			over := results[g.over]
			for i := range min(len(values), len(over)) {
				values[i] /= over[i]
			}
			values = values[:min(len(values), len(over))]
		}
		if len(values) == 0 {
			continue
		}
		m, low, high := spread(values)
		asked, verdict := "", ""
		switch {
		case g.most > 0:
			asked, verdict = "at most "+number(g.most), reached(m <= g.most)
		case g.least > 0:
			asked, verdict = "at least "+number(g.least), reached(m >= g.least)
		}
		fmt.Printf("| %s | %s | %s | %s | %s | %s |\n", g.what, asked, number(m), number(low), number(high), verdict)
	}
}

func reached(yes bool) string {
	if yes {
		return "reached"
	}
	return "**not reached**"
}

func spread(values []float64) (median, low, high float64) {
	s := slices.Sorted(slices.Values(values))
	return s[len(s)/2], s[0], s[len(s)-1]
}

// number writes v with two places below ten, and none from a hundred on.
func number(v float64) string {
	switch {
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// model returns what the machine calls its processor.
func model() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// repeat calls f until d has passed and returns how often per second.
func repeat(ctx context.Context, d time.Duration, f func() error) (float64, error) {
	begin, n := time.Now(), 0
	for time.Since(begin) < d {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if err := f(); err != nil {
			return 0, err
		}
		n++
	}
	return float64(n) / time.Since(begin).Seconds(), nil
}
