package nodetest

import (
	"bufio"
	"encoding/json"
	"os/exec"
	"testing"
)

// Process is a node as a process of its own, for tests that kill it.
type Process struct {
	Peers  string // host:port on which it answers other nodes
	People string // host:port on which it answers people
	cmd    *exec.Cmd
	ended  chan error
}

// Spawn starts a program that serves a node ("opentrm serve …", its log as JSON lines on standard output) and waits
// until it says that it listens.
func Spawn(t testing.TB, program string, args ...string) *Process {
	t.Helper()
	p := &Process{cmd: exec.Command(program, args...), ended: make(chan error, 1)}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	listening := make(chan struct{})
	go func() {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for said := false; lines.Scan(); {
			var l struct{ Msg, Peers, People string }
			if !said && json.Unmarshal(lines.Bytes(), &l) == nil && l.Msg == "node.listening" {
				p.Peers, p.People, said = l.Peers, l.People, true
				close(listening)
			}
		}
		p.ended <- p.cmd.Wait()
	}()
	select {
	case <-listening:
	case err := <-p.ended:
		p.ended <- err
		t.Fatalf("nodetest: %s ended before it listened: %v", program, err)
	}
	return p
}

// Kill ends the process at once, as a power failure would, and waits until it is gone.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	err := <-p.ended
	p.ended <- err
}
