package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/node"
)

// loops measures the main job: a referral from the first signs to the closed loop, between two real nodes, one after the
// other. Beside each stage the same run does the cryptography of its envelopes and its durable writes, and nothing else.
func loops() []contestant {
	return []contestant{
		{name: aCase, group: "referral", unit: "/s", run: referrals},
		{name: aCases, group: "referral", unit: "/s", run: func(context.Context, string, time.Duration) (float64, error) {
			return 1 / rawLoop.Seconds(), nil // measured with the line before
		}},
	}
}

// stageTimes are all that a stage took, and its limit, over all rounds.
type stageTimes struct {
	demo.Stage
	ours, limit []time.Duration
}

var (
	stages  []*stageTimes // in the order of the loop
	rawLoop time.Duration // what the limit of one loop took, at the mean of the last round
)

func stageOf(s demo.Stage) *stageTimes {
	for _, x := range stages {
		if x.Name == s.Name {
			return x
		}
	}
	x := &stageTimes{Stage: s}
	stages = append(stages, x)
	return x
}

func referrals(ctx context.Context, dir string, d time.Duration) (float64, error) {
	w, err := demo.Found(ctx, demo.Plan{
		Dir: filepath.Join(dir, "net"), Members: []id.Member{"MD", "MK"}, Peer: "127.0.0.1:0",
		Config: func(_ id.Member, c node.Config) node.Config {
			c.Limits.Requests, c.Limits.Burst = 1e6, 1e6 // what bounds a rude member is not measured here
			return c
		},
	})
	if err != nil {
		return 0, err
	}
	defer w.Close(context.WithoutCancel(ctx))
	for range 6 {
		if err := w.Tick(ctx); err != nil {
			return 0, err
		}
	}
	l, err := w.Loop(ctx, "MD", "MK")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	f, err := newFile(dir, "raw")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	c := newCrypto()
	var took, raw time.Duration
	n := 0
	once := func(count bool) error {
		var failed error
		err := l.Once(ctx, func(s demo.Stage) {
			begin := time.Now()
			for range s.Envelopes {
				failed = first(failed, c.all())
			}
			size := 1024 // of what somebody does at her desk
			if s.Envelopes > 0 {
				size = envelopeSize
			}
			for range s.Writes {
				failed = first(failed, f.append(size))
			}
			limit := time.Since(begin)
			if !count {
				return
			}
			took, raw = took+s.Took, raw+limit
			x := stageOf(s)
			x.ours, x.limit = append(x.ours, s.Took), append(x.limit, limit)
		})
		return first(err, failed)
	}
	for begin := time.Now(); time.Since(begin) < d/3; { // connections and plans are there in a node that runs
		if err := once(false); err != nil {
			return 0, err
		}
	}
	for begin := time.Now(); time.Since(begin) < d || n < 5; n++ {
		if err := once(true); err != nil {
			return 0, err
		}
	}
	rawLoop = raw / time.Duration(n)
	return float64(n) / took.Seconds(), nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// reportStages prints the stages of the referral over all rounds.
func reportStages() {
	if len(stages) == 0 {
		return
	}
	fmt.Printf("\n| stage of a referral, ms (%d times) | envelopes | durable writes | median | 99 %% | limit, median | limit, 99 %% |\n|---|--:|--:|--:|--:|--:|--:|\n", len(stages[0].ours))
	for _, x := range stages {
		fmt.Printf("| %s | %d | %d | %s | %s | %s | %s |\n", x.Name, x.Envelopes, x.Writes, at(x.ours, 50), at(x.ours, 99), at(x.limit, 50), at(x.limit, 99))
	}
}

// at returns what a percentage of the times did not exceed, in milliseconds.
func at(all []time.Duration, percent int) string {
	all = slices.Sorted(slices.Values(all))
	return number(float64(all[min(len(all)*percent/100, len(all)-1)]) / float64(time.Millisecond))
}
