package cli_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/opentrm/opentrm/internal/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"opentrm": func() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts drives the real program, by the transcripts in testdata/script.
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob(filepath.Join("testdata", "script", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range scripts {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if early := regexp.MustCompile(`(?m)^(\[.*\] *)?(stop|skip)\b.*`).Find(b); early != nil {
			t.Errorf("%s: what stands after %q is never run", path, early)
		}
	}
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	born := &births{dir: t.TempDir(), of: map[string]*birth{}}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			e.Values[nodesOf{}] = map[string]*running{}
			e.Values[birthsOf{}] = born
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("IOM", filepath.Join(here, "..", "intake", "testdata", "htcds-spreadsheet-2.0.xlsx"))
			e.Setenv("LATER", strconv.FormatInt(time.Now().Add(30*24*time.Hour).UnixMicro(), 10))
			e.Setenv("OPENTRM_SESSION", filepath.Join(e.WorkDir, "session.json"))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"start":  start,
			"halt":   halt,
			"take":   take,
			"exits":  exits,
			"broken": broken,

			"port":   port,
			"office": office,
			"fill":   fill,
			"grow":   grow,
			"until":  until,

			"helpers": helpers,
			"severed": severed,
		},
	})
}

// running is a node started by a script.
type running struct{ cmd *exec.Cmd }

// start NAME ARGS... starts "opentrm serve" with the arguments and goes on once it says where it listens: OPENTRM_SERVER
// is set to it, TELLS to the ways in which it tells people.
func start(ts *testscript.TestScript, neg bool, args []string) {
	self, err := os.Executable()
	ts.Check(err)
	program := filepath.Join(filepath.Dir(self), "opentrm")
	if found, err := exec.LookPath("opentrm"); err == nil {
		program = found
	}
	cmd := exec.Command(program, append([]string{"serve", "--json", "--listen", "127.0.0.1:0"}, args[1:]...)...)
	cmd.Dir = ts.MkAbs(".")
	log, err := os.Create(ts.MkAbs(args[0] + ".log"))
	ts.Check(err)
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	var said struct {
		People string   `json:"people"`
		Tells  []string `json:"tells"`
	}
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&said); err != nil {
		_ = cmd.Wait()
		b, _ := os.ReadFile(log.Name())
		ts.Fatalf("the node does not start: %v\n%s", err, b)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	ts.Setenv("OPENTRM_SERVER", "http://"+said.People)
	ts.Setenv("TELLS", strings.Join(said.Tells, " "))
	r := &running{cmd}
	ts.Defer(func() {
		if r.cmd.ProcessState == nil {
			_ = r.cmd.Process.Kill()
			_ = r.cmd.Wait()
		}
		_ = log.Close()
	})
	ts.Value(nodesOf{}).(map[string]*running)[args[0]] = r
}

// nodesOf is the key of the nodes that a script has started, by name.
type nodesOf struct{}

// halt NAME ends a node and fails if it does not end well. It is not called stop: that is a command of testscript itself, which
// ends the script as passed.
func halt(ts *testscript.TestScript, neg bool, args []string) {
	r := ts.Value(nodesOf{}).(map[string]*running)[args[0]]
	if r == nil {
		ts.Fatalf("no node %s", args[0])
	}
	ts.Check(r.cmd.Process.Signal(syscall.SIGTERM))
	ts.Check(r.cmd.Wait())
}

// exits CODE ARGS... runs a command that must end with the exit code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec("opentrm", args[1:]...)
	var ended *exec.ExitError
	if !errors.As(err, &ended) || strconv.Itoa(ended.ExitCode()) != args[0] {
		ts.Fatalf("it ended with %v, want the exit code %s", err, args[0])
	}
}

// broken CODE SIGNAL ARGS... runs a command, sends it a signal when it has printed something, and fails unless it ends with the exit code
// and with one word about it.
func broken(ts *testscript.TestScript, _ bool, args []string) {
	program, err := exec.LookPath("opentrm")
	ts.Check(err)
	cmd := exec.Command(program, args[2:]...)
	var said strings.Builder
	cmd.Dir, cmd.Stderr = ts.MkAbs("."), &said
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	lines := bufio.NewReader(out)
	_, err = lines.ReadString('\n')
	ts.Check(err)
	ts.Check(cmd.Process.Signal(map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM}[args[1]]))
	rest, err := io.ReadAll(lines)
	ts.Check(err)
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); strconv.Itoa(code) != args[0] || said.String() != "Stopped.\n" || strings.Contains(string(rest), "✗") {
		ts.Fatalf("it ended with %d, said %q and printed %s", code, said.String(), rest)
	}
}

// take NAME FILE REGEXP sets a variable to what the group of the expression matches in a file or "stdout".
func take(ts *testscript.TestScript, neg bool, args []string) {
	m := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
	if len(m) < 2 {
		ts.Fatalf("nothing in %s fits %s", args[1], args[2])
	}
	ts.Setenv(args[0], m[1])
}
