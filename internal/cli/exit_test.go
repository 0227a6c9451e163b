package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
)

// TestExitCodes holds what the program ends with against what every help text says, for every kind of failure, from
// whichever side it comes.
func TestExitCodes(t *testing.T) {
	says := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^  ([0-9])  (.*)$`).FindAllStringSubmatch(console.ExitHelp, -1) {
		says[m[2]] = int(m[1][0] - '0')
	}
	const (
		failed     = "failed: a fault of the program or the machine"
		usage      = "wrong usage, or input that cannot be right"
		refused    = "refused: not signed in, not permitted, or no such thing"
		unverified = "not verified: a log, proof, signature or file is not what it says"
		notNow     = "not now: changed in the meantime, or cannot be reached; look and repeat"
	)
	want := map[fault.Kind]string{
		fault.Internal: failed, fault.Invalid: usage, fault.TooLarge: usage,
		fault.Denied: refused, fault.Hidden: refused, fault.NotFound: refused, fault.Locked: refused,
		fault.Conflict: notNow, fault.Stale: notNow, fault.Unavailable: notNow,
	}
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	var out, said bytes.Buffer
	s := &console.Screen{Context: t.Context(), Out: &out, Err: &said, Texts: texts, Options: &console.Options{Language: "en"}}
	ends := func(err error, with string) {
		t.Helper()
		said.Reset()
		code, known := says[with]
		if got := s.End(err); !known || got != code {
			t.Errorf("%v: the code is %d, the help says %d: %s", err, got, code, with)
		}
		if !errors.Is(err, console.Unverified(nil)) && (err == nil) != (said.Len() == 0) {
			t.Errorf("%v: said %q", err, &said)
		}
	}
	ends(nil, "done")
	ends(errors.New("disk on fire"), failed)
	ends(console.Unverified(nil), unverified)
	for _, key := range []string{"demo.verify.failed", "demo.verify.alone"} {
		ends(proven(fmt.Errorf("demo.verify: %w", fault.New(fault.Conflict, key).With("member", "MK"))), unverified)
	}
	ends(proven(fault.New(fault.Conflict, "demo.dir.used").With("dir", "d")), notNow)
	ends(proven(nil), "done")
	for _, kind := range fault.Kinds() {
		ends(fmt.Errorf("cli: %w", fault.New(kind, "cli.file")), want[kind])
		ends(&console.Refusal{Kind: kind.String(), Key: "cli.file", Detail: "No."}, want[kind])
		ends(console.Unverified(fault.New(kind, "cli.file")), unverified)
	}
	ends(&console.Refusal{Kind: "kind-99", Key: "of.another-version", Detail: "No."}, failed)
	for number, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		if !strings.Contains(console.ExitHelp, strconv.Itoa(code)) {
			t.Errorf("the help says nothing of %d", code)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(console.Signal{Number: number})
		told := &console.Screen{Context: ctx, Out: &out, Err: &said, Texts: texts, Options: &console.Options{Language: "en"}}
		for _, tt := range []struct {
			err  error
			code int
			says string
		}{
			{fmt.Errorf("demo: %w", context.Canceled), code, "Stopped.\n"},
			{fault.New(fault.Unavailable, "store.unavailable"), code, "Stopped.\n"},
			{console.Stopped("cli.import.stopped"), code, "The import was broken off."},
			{fault.New(fault.Denied, "access.denied"), says[refused], "access.denied"},
			{console.Unverified(fault.New(fault.Unavailable, "store.unavailable")), says[unverified], "store.unavailable"},
			{nil, 0, ""},
		} {
			said.Reset()
			if got := told.End(tt.err); got != tt.code || !strings.Contains(said.String(), tt.says) {
				t.Errorf("%v after %v: the code is %d, want %d; said %q", tt.err, number, got, tt.code, &said)
			}
		}
	}
	if out.Len() > 0 {
		t.Errorf("failures are told on standard output: %s", &out)
	}

	// The same of the program, where it takes no node.
	dir, empty := t.TempDir(), t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	gone := file("gone.json", `{"server":"http://127.0.0.1:1","token":"x"}`) // nobody listens on port 1
	for _, tt := range []struct {
		args string
		with string
	}{
		{"--help", "done"},
		{"--version", "done"},
		{"version --json --lang mk_MK.UTF-8", "done"},
		{"version --lang xx", usage},
		{"no-such-command", usage},
		{"call GET /desks --session " + file("far.json", `{"server":"http://example.org","token":"x"}`), usage},
		{"call GET /desks --session " + filepath.Join(dir, "none.json"), refused},
		{"envelope inspect " + file("letter.txt", "Dear friend"), unverified},
		{"call GET /desks --session " + gone, notNow},
		{"audit verify --dir " + empty + " --secret-file " + file("node.secret", strings.Repeat("ab", 32)), refused}, // it has no node
	} {
		out.Reset()
		said.Reset()
		if got := Main(strings.Fields(tt.args), nil, &out, &said); got != says[tt.with] {
			t.Errorf("opentrm %s: the code is %d, the help says %d: %s", tt.args, got, says[tt.with], tt.with)
		}
		if tt.with != "done" && out.Len() > 0 && tt.with != usage {
			t.Errorf("opentrm %s prints %s", tt.args, &out)
		}
		if typed := strings.HasPrefix(said.String(), "opentrm: "); typed && !strings.Contains(said.String(), "--help") {
			t.Errorf("opentrm %s does not say where help is: %s", tt.args, &said)
		}
	}
	said.Reset()
	if Main([]string{"version", "--lang", "xx"}, nil, &out, &said); !strings.Contains(said.String(), "en, ") || !strings.Contains(said.String(), "mk") {
		t.Errorf("who asks for a language that is not there is told %s", &said)
	}
	out.Reset()
	made := madeOf(&debug.BuildInfo{GoVersion: "go9", Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"}}})
	if made.write(&out); !made.Changed || !strings.Contains(out.String(), "abc") || !strings.Contains(out.String(), "go9") || made.Version == "" {
		t.Errorf("%+v is told as %s", made, &out)
	}
	if left, err := os.ReadDir(empty); err != nil || len(left) > 0 {
		t.Errorf("who looks for a node where there is none leaves %v there, %v", left, err)
	}
}
