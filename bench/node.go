package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// nodes measures one node by its static binary, made as releases are.
func nodes() []contestant {
	return []contestant{
		{name: aStart, group: "node", unit: "ms", run: start},
		{name: aRest, group: "node", unit: "MB", run: rest},
		{name: aSize, group: "node", unit: "MB", run: func(context.Context, string, time.Duration) (float64, error) {
			b, err := theBinary()
			return float64(b.size) / 1e6, err
		}},
	}
}

type program struct {
	path string
	size int64
}

// theBinary is made once for all rounds, in a directory that the operating system forgets.
var theBinary = sync.OnceValues(func() (program, error) {
	dir, err := os.MkdirTemp("", "opentrm-bench-binary-")
	if err != nil {
		return program{}, err
	}
	path := filepath.Join(dir, "opentrm")
	cmd := exec.Command("go", "run", "./scripts/release", path)
	cmd.Dir, cmd.Stderr = "..", os.Stderr
	if err := cmd.Run(); err != nil {
		return program{}, fmt.Errorf("building the program (run this in its directory bench): %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return program{}, err
	}
	return program{path, info.Size()}, nil
})

// serving begins a node whose database exists and returns it with the time until it said where it listens.
func serving(ctx context.Context, dir string) (_ *exec.Cmd, took time.Duration, err error) {
	b, err := theBinary()
	if err != nil {
		return nil, 0, err
	}
	at := []string{"--dir", filepath.Join(dir, "data"), "--secret-file", filepath.Join(dir, "secret")}
	init := exec.CommandContext(ctx, b.path, append([]string{"init", "--member", "MK", "--zone", "Europe/Skopje", "--demo"}, at...)...)
	if out, err := init.CombinedOutput(); err != nil {
		return nil, 0, fmt.Errorf("init: %w: %s", err, bytes.TrimSpace(out))
	}
	cmd := exec.CommandContext(ctx, b.path, append([]string{"serve", "--listen", "127.0.0.1:0", "--peer", "127.0.0.1:0"}, at...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, 0, err
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	took = time.Since(begun)
	if err != nil || !strings.Contains(line, "serves people at") {
		return nil, 0, errors.Join(fmt.Errorf("serve said %q", line), err, stop(cmd))
	}
	return cmd, took, nil
}

func stop(cmd *exec.Cmd) error {
	err := cmd.Process.Signal(syscall.SIGTERM)
	_ = cmd.Wait() // it was told to end
	return err
}

// start measures from the beginning of the process until it listens, in milliseconds.
func start(ctx context.Context, dir string, _ time.Duration) (float64, error) {
	cmd, took, err := serving(ctx, dir)
	if err != nil {
		return 0, err
	}
	return float64(took) / float64(time.Millisecond), stop(cmd)
}

// rest measures the memory of a node that has been left alone, in MB, as the operating system counts it.
func rest(ctx context.Context, dir string, d time.Duration) (float64, error) {
	cmd, _, err := serving(ctx, dir)
	if err != nil {
		return 0, err
	}
	<-time.After(d + time.Second) // its unattended work has had its first turns
	kib, err := resident(cmd.Process.Pid)
	return float64(kib) * 1024 / 1e6, errors.Join(err, stop(cmd))
}

// resident reads how many KiB of memory a process has.
func resident(pid int) (kib int64, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			_, err = fmt.Sscanf(rest, "%d kB", &kib)
			return kib, err
		}
	}
	return 0, errors.New("the system does not say how much memory a process has")
}

// processorTime returns what this process has used.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
