package cli_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// helpers FILE N writes a file of organisations in HSDS 3.0, each with a service.
func helpers(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`{"id": "ac148810-0001-4222-8333-%012d", "name": "Helper %d", "description": "d", "services": [{"id": "ac148810-0002-4222-8333-%012d",`+
			` "name": "Talks", "status": "active", "attributes": [{"id": "ac148810-0003-4222-8333-%012d", "taxonomy_term":`+
			` {"id": "1554c7f4-4444-4222-8333-444455556666", "code": "X", "name": "Counselling", "description": "d"}}]}]}`, i, i, i, i))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("["+strings.Join(all, ",\n")+"]"), 0o600))
}

// severed CODE OUT SAID ARGS... runs an import over a line that carries two batches of rows to the node and only the answer to the first back. It
// is interrupted while it waits for the second, must end with the exit code, and what it printed and said is written to two files.
func severed(ts *testscript.TestScript, _ bool, args []string) {
	node := ts.Getenv("OPENTRM_SERVER")
	to, err := url.Parse(node)
	ts.Check(err)
	line := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	var batches atomic.Int64
	taken := make(chan struct{})
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/rows") && !strings.HasSuffix(r.URL.Path, "/directory-imports") || batches.Add(1) != 2 {
			line.ServeHTTP(w, r)
			return
		}
		line.ServeHTTP(httptest.NewRecorder(), r) // the node takes it, and nobody is told
		close(taken)
		<-r.Context().Done()
	}))
	defer cut.Close()
	mine := ts.ReadFile(ts.Getenv("OPENTRM_SESSION"))
	if !strings.Contains(mine, node) {
		ts.Fatalf("the session is not one of %s", node)
	}
	session := ts.MkAbs("severed.json")
	ts.Check(os.WriteFile(session, []byte(strings.ReplaceAll(mine, node, cut.URL)), 0o600))
	program, err := exec.LookPath("opentrm")
	ts.Check(err)
	cmd := exec.Command(program, args[3:]...)
	var printed, said strings.Builder
	cmd.Dir, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), &printed, &said
	cmd.Env = append(os.Environ(), "HOME="+ts.Getenv("HOME"), "OPENTRM_SESSION="+session)
	ts.Check(cmd.Start())
	late := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-taken:
		ts.Check(cmd.Process.Signal(syscall.SIGINT))
		<-ended
	case err := <-ended:
		ts.Fatalf("it ended by itself: %v\n%s%s", err, printed.String(), said.String())
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(printed.String()), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(said.String()), 0o600))
	if code := cmd.ProcessState.ExitCode(); strconv.Itoa(code) != args[0] {
		ts.Fatalf("it ended with %d, printed\n%s\nand said\n%s", code, printed.String(), said.String())
	}
}
