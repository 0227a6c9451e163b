// Command bench puts this program beside its peers and beside the limits of the machine, in one run.
//
// Every line is measured in interleaved rounds, so that a machine whose speed drifts treats all alike; the
// median of the rounds is printed with the lowest and the highest. It is a module of its own: peers are no
// dependency of the program.
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

// contestant measures one way of doing a piece of work.
type contestant struct {
	group string
	name  string
	unit  string
	run   func(ctx context.Context, dir string, d time.Duration) (float64, error) // per second
}

func main() {
	rounds := flag.Int("rounds", 5, "interleaved rounds")
	seconds := flag.Float64("seconds", 2, "seconds per measurement")
	dir := flag.String("dir", "", "where to write; empty: a temporary directory")
	only := flag.String("only", "", "measure lines whose group and name contain this")
	profile := flag.String("profile", "", "write a CPU profile here")
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
	if err := compare(ctx, *rounds, time.Duration(*seconds*float64(time.Second)), *dir, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func compare(ctx context.Context, rounds int, d time.Duration, dir, only string) error {
	root, err := os.MkdirTemp(dir, "opentrm-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	var all []contestant
	for _, c := range slices.Concat(machine(), logs(), exchanges(), queues()) {
		if strings.Contains(c.group+": "+c.name, only) {
			all = append(all, c)
		}
	}
	results := make([][]float64, len(all))
	for round := range rounds {
		for i, c := range all {
			at, err := os.MkdirTemp(root, "round-")
			if err != nil {
				return err
			}
			rate, err := c.run(ctx, at, d)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			results[i] = append(results[i], rate)
			if err := os.RemoveAll(at); err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "round %d of %d: %-48s %12.0f %s\n", round+1, rounds, c.name, rate, c.unit)
		}
	}
	fmt.Printf("%s, %s/%s, %d processors; median of %d interleaved rounds (lowest to highest)\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), rounds)
	group := ""
	for i, c := range all {
		if c.group != group {
			group = c.group
			fmt.Printf("\n%s\n", group)
		}
		r := slices.Sorted(slices.Values(results[i]))
		fmt.Printf("  %-50s %10.0f %s (%.0f to %.0f)\n", c.name, r[len(r)/2], c.unit, r[0], r[len(r)-1])
	}
	return nil
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
