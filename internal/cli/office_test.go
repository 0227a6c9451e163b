package cli_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// port NAME sets a variable to a port of the loopback interface that is free.
func port(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	_, number, err := net.SplitHostPort(l.Addr().String())
	ts.Check(err)
	ts.Check(l.Close())
	ts.Setenv(args[0], number)
}

// fill FILE... puts the variables of the script into files, where $NAME stands.
func fill(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(os.Expand(ts.ReadFile(name), ts.Getenv)), 0o600))
	}
}

// grow FILE ROWS BYTES adds rows to a table: a number, and three cells of so many bytes.
func grow(ts *testscript.TestScript, _ bool, args []string) {
	rows, err := strconv.Atoi(args[1])
	ts.Check(err)
	size, err := strconv.Atoi(args[2])
	ts.Check(err)
	text, long := ts.ReadFile(args[0]), ";"+strings.Repeat("x", size)
	for i := range rows {
		text += strconv.Itoa(i+1) + strings.Repeat(long, 3) + "\n"
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// patience is how long the unattended work of a node may take for one stage, with room for a busy machine.
const patience = 2 * time.Minute

// until REGEXP COMMAND ARGS... repeats a command until it succeeds and its output fits. Whoever asks too often is told
// to wait by the node, which is a failure like others here.
func until(ts *testscript.TestScript, _ bool, args []string) {
	want := regexp.MustCompile(args[0])
	end := time.NewTimer(patience)
	defer end.Stop()
	turn := time.NewTicker(200 * time.Millisecond)
	defer turn.Stop()
	for {
		err := ts.Exec(args[1], args[2:]...)
		if err == nil && want.MatchString(ts.ReadFile("stdout")) {
			return
		}
		var ended *exec.ExitError
		if errors.As(err, &ended) && ended.ExitCode() == 2 { // wrong usage does not become right by waiting
			ts.Fatalf("%v", err)
		}
		select {
		case <-end.C:
			ts.Fatalf("%s did not come: %v", args[0], err)
		case <-turn.C:
		}
	}
}

// births are the nodes of members as they were born for the first script that wanted them. The others take copies.
type births struct {
	dir string
	mu  sync.Mutex
	of  map[string]*birth // by name, member and zone
}

// birthsOf is the key of the births of all scripts.
type birthsOf struct{}

// birth is the node of a member as it is born: a directory and the secret beside it.
type birth struct {
	once      sync.Once
	authority string // key of the node; empty: the birth has failed
}

func (b *births) find(name, member, zone string) *birth {
	key := strings.Join([]string{name, member, zone}, " ")
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of[key] == nil {
		b.of[key] = &birth{}
	}
	return b.of[key]
}

// office NAME MEMBER ZONE PORT gives birth to the node of an invented member in the directory NAME, with the account
// "admin", three recovery officers, an authority key and the desk "shelter" of the account "worker". It leaves the node
// stopped, and its line of the roster in NAME.line. With port 0 its line has no address. The second script that wants
// the same node has a copy of it.
func office(ts *testscript.TestScript, _ bool, args []string) {
	name, member, zone, port := args[0], args[1], args[2], args[3]
	all := ts.Value(birthsOf{}).(*births)
	born, first := all.find(name, member, zone), false
	born.once.Do(func() {
		first = true
		authority := bear(ts, name, member, zone, port)
		for _, x := range []string{name, name + ".secret"} {
			ts.Check(copyAll(filepath.Join(all.dir, member, x), ts.MkAbs(x)))
		}
		born.authority = authority
	})
	if born.authority == "" {
		ts.Fatalf("%s was not born", name)
	}
	if !first {
		for _, x := range []string{name, name + ".secret"} {
			ts.Check(copyAll(ts.MkAbs(x), filepath.Join(all.dir, member, x)))
		}
	}
	line := []string{"roster", "line", "--name", "Demo " + member, "--authority", born.authority}
	if port != "0" {
		line = append(line, "--address", "https://127.0.0.1:"+port)
	}
	ts.Check(ts.Exec("opentrm", append(line, "--dir", name, "--secret-file", name+".secret")...))
	ts.Check(os.WriteFile(ts.MkAbs(name+".line"), []byte(ts.ReadFile("stdout")), 0o600))
}

// copyAll copies a file or a directory with the rights to it.
func copyAll(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		target := filepath.Join(to, inside)
		if d.IsDir() {
			return os.MkdirAll(target, info.Mode().Perm())
		}
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, b, info.Mode().Perm())
	})
}

// bear lets a node be born and leaves it stopped. It returns its authority key.
func bear(ts *testscript.TestScript, name, member, zone, port string) string {
	files := []string{"--dir", name, "--secret-file", name + ".secret"}
	account := []string{"--session", name + ".admin"}
	run := func(args ...string) string {
		ts.Check(ts.Exec("opentrm", args...))
		return ts.ReadFile("stdout")
	}
	find := func(in, field string) string {
		m := regexp.MustCompile(`"` + field + `": "([^"]+)"`).FindStringSubmatch(in)
		if m == nil {
			ts.Fatalf("no %s in %s", field, in)
		}
		return m[1]
	}
	enrol := func(link string) {
		ts.Check(os.WriteFile(ts.MkAbs(name+".link"), []byte(link+"\n"), 0o600))
		run("user", "enrol", "--link-file", name+".link", "--passphrase-file", "passphrase")
	}
	born := run(append([]string{"init", "--member", member, "--zone", zone, "--demo", "--json"}, files...)...)
	start(ts, false, append([]string{name, "--peer", "127.0.0.1:" + port}, files...))
	enrol(find(born, "link"))
	run(append([]string{"login", "admin", "--passphrase-file", "passphrase"}, account...)...)
	users := map[string]string{"admin": find(run(append([]string{"who", "--json"}, account...)...), "user")}
	for _, login := range []string{"worker", "coordinator"} {
		made := run(append([]string{"user", "invite", login, "--name", "Demo " + login, "--zone", zone, "--demo", "--json"}, account...)...)
		users[login] = find(made, "user")
		enrol(find(made, "link"))
	}
	run(append([]string{"key", "enrol", users["admin"], users["worker"], users["coordinator"]}, account...)...)
	authority := find(run(append([]string{"key", "authority", users["admin"], "--json"}, account...)...), "public")
	run(append([]string{
		"desk", "found", "shelter", "--sector", "service", "--first", users["worker"], "--role", "case-manager", "--organisation", "demo-" + strings.ToLower(member),
		"--function", "desk.function.shelter", "--zone", zone, "--languages", "en", "--public",
	}, account...)...)
	run(append([]string{"logout"}, account...)...)
	halt(ts, false, []string{name})
	return authority
}
