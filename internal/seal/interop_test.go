package seal_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/seal"
)

// foreign is the program of interop/: an HPKE implementation that shares no code with ours.
type foreign struct {
	t   *testing.T
	in  *json.Encoder
	out *bufio.Reader
}

// message is a request to the program and its answer.
type message struct {
	Op     string    `json:"op,omitempty"`
	Seed   seal.Blob `json:"seed"`
	Pub    seal.Blob `json:"pub"`
	Info   seal.Blob `json:"info"`
	AAD    seal.Blob `json:"aad"`
	Plain  seal.Blob `json:"plain"`
	Sealed seal.Blob `json:"sealed"`
	Error  string    `json:"error,omitempty"`
}

// startForeign starts the program in OPENTRM_INTEROP, the directory interop/ after "npm ci".
func startForeign(t *testing.T) *foreign {
	t.Helper()
	dir := os.Getenv("OPENTRM_INTEROP")
	if dir == "" {
		t.Skip("OPENTRM_INTEROP is not set: not tried against another HPKE implementation")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed: not tried against another HPKE implementation")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "hpke")); err != nil {
		t.Skip("OPENTRM_INTEROP has no installed modules (npm ci): not tried against another HPKE implementation")
	}
	cmd := exec.CommandContext(t.Context(), node, filepath.Join(dir, "serve.js"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaint strings.Builder
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil && complaint.Len() > 0 {
			t.Errorf("%v: %s", err, complaint.String())
		}
	})
	return &foreign{t, json.NewEncoder(in), bufio.NewReader(out)}
}

func (f *foreign) ask(request message) message {
	f.t.Helper()
	if err := f.in.Encode(request); err != nil {
		f.t.Fatal(err)
	}
	line, err := f.out.ReadBytes('\n')
	if err != nil {
		f.t.Fatal(err)
	}
	var answer message
	if err := json.Unmarshal(line, &answer); err != nil {
		f.t.Fatalf("%s: %v", line, err)
	}
	return answer
}

func TestInterop(t *testing.T) {
	js := startForeign(t)
	info, aad := []byte("opentrm/interop/1"), []byte("aad")
	for _, plain := range [][]byte{{}, []byte("бележка"), make([]byte, 70_000)} {
		ours := seal.NewKEM(nil)
		there := js.ask(message{Op: "seal", Pub: ours.Public().Bytes(), Info: info, AAD: aad, Plain: plain})
		if there.Error != "" {
			t.Fatal(there.Error)
		}
		if got, err := ours.Open(info, aad, there.Sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("sealed there, %d bytes: opened here as %d, %v", len(plain), len(got), err)
		}
		theirs := js.ask(message{Op: "generate"})
		pub, err := seal.ParseKEMPublic(theirs.Pub)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := seal.ParseKEMPrivate(theirs.Seed); err != nil || same.Public() != pub {
			t.Errorf("a seed made there gives another public key here, %v", err)
		}
		sealed, err := pub.Seal(info, aad, plain)
		if err != nil {
			t.Fatal(err)
		}
		request := message{Op: "open", Seed: theirs.Seed, Info: info, AAD: aad, Sealed: sealed}
		if back := js.ask(request); back.Error != "" || !bytes.Equal(back.Plain, plain) {
			t.Errorf("sealed here, %d bytes: opened there as %d, %s", len(plain), len(back.Plain), back.Error)
		}
		request.AAD = []byte("other")
		if back := js.ask(request); back.Error == "" {
			t.Error("opened there under another aad")
		}
	}
}

// TestInteropVectors opens our published vectors there.
func TestInteropVectors(t *testing.T) {
	js := startForeign(t)
	files, err := filepath.Glob("../../spec/testdata/keys/kem*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	tried := 0
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		v := map[string]string{}
		for line := range strings.Lines(string(b)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			v[name] = value
		}
		if v["kind"] != "kem" || v["must"] == "refuse invalid seal.form" {
			continue
		}
		back := js.ask(message{Op: "open", Seed: unhex(t, v["seed"]), Info: unhex(t, v["info"]), AAD: unhex(t, v["aad"]), Sealed: unhex(t, v["sealed"])})
		if accepted := back.Error == "" && bytes.Equal(back.Plain, unhex(t, v["plain"])); accepted != (v["must"] == "accept") {
			t.Errorf("%s must %s, there: %q %s", filepath.Base(path), v["must"], back.Plain, back.Error)
		}
		tried++
	}
	if tried < 6 {
		t.Errorf("only %d vectors tried", tried)
	}
}
