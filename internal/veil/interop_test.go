package veil

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/seal"
)

// oprfMessage is a request to the program of interop/ and its answer.
type oprfMessage struct {
	Op       string      `json:"op,omitempty"`
	Share    seal.Blob   `json:"share,omitempty"`
	Key      seal.Blob   `json:"key,omitempty"`
	Proof    seal.Blob   `json:"proof,omitempty"`
	Inputs   []seal.Blob `json:"inputs,omitempty"`
	Blinds   []seal.Blob `json:"blinds,omitempty"`
	Blinded  []seal.Blob `json:"blinded,omitempty"`
	Elements []seal.Blob `json:"elements,omitempty"`
	Outputs  []seal.Blob `json:"outputs,omitempty"`
	Error    string      `json:"error,omitempty"`
}

// foreignOPRF starts another implementation of RFC 9497, which shares no code with ours.
func foreignOPRF(t *testing.T) func(oprfMessage) oprfMessage {
	t.Helper()
	dir := os.Getenv("OPENTRM_INTEROP")
	if dir == "" {
		t.Skip("OPENTRM_INTEROP is not set: not tried against another implementation of RFC 9497")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed: not tried against another implementation of RFC 9497")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "@noble", "curves")); err != nil {
		t.Skip("OPENTRM_INTEROP has no installed modules (npm ci): not tried against another implementation of RFC 9497")
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
	enc, lines := json.NewEncoder(in), bufio.NewReader(out)
	return func(m oprfMessage) oprfMessage {
		if err := enc.Encode(m); err != nil {
			t.Fatal(err)
		}
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatal(err)
		}
		var answer oprfMessage
		if err := json.Unmarshal(line, &answer); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		return answer
	}
}

func blobs(p []Point) []seal.Blob {
	out := make([]seal.Blob, len(p))
	for i := range p {
		out[i] = p[i].Bytes()
	}
	return out
}

func parsed(t *testing.T, b []seal.Blob) []Point {
	t.Helper()
	out := make([]Point, len(b))
	for i := range b {
		var err error
		if out[i], err = ParsePoint(b[i]); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// A holder whose node is another program answers with her share, and her answer proves itself here and goes together with those of two
// of ours. What she asks, one of ours answers, and the answer proves itself there. Either refuses what the other has altered.
func TestAnotherImplementationOfRFC9497(t *testing.T) {
	there := foreignOPRF(t)
	w := newWorld(t)
	q, a, err := Ask(rand.Reader, 1, jana())
	if err != nil {
		t.Fatal(err)
	}
	key := w.group.ShareKey(3)
	got := there(oprfMessage{Op: "oprf.evaluate", Share: w.shares[3].secret.Bytes(), Key: key.Bytes(), Elements: blobs(q.Elements)})
	if got.Error != "" {
		t.Fatal(got.Error)
	}
	proof, err := parseDLEQ(got.Proof)
	if err != nil {
		t.Fatal(err)
	}
	answers := []Answer{{Epoch: 1, Place: 3, Elements: parsed(t, got.Elements), Proof: proof}}
	for _, place := range []uint8{1, 5} {
		made, err := w.shares[place].Answer(rand.Reader, &q)
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, made)
	}
	outputs, liars, err := a.Finish(w.group, &q, answers)
	if err != nil || len(liars) > 0 {
		t.Fatalf("%v %v", liars, err)
	}
	if want, _, err := asked(t, w, jana(), 2, 4, 6); err != nil || !same(outputs, want) {
		t.Error("with an answer of another implementation the outputs are others")
	}
	answers[0].Elements[0], answers[0].Elements[1] = answers[0].Elements[1], answers[0].Elements[0]
	if w.group.Proves(&q, &answers[0]) {
		t.Error("elements that were swapped prove themselves")
	}

	// The other way round, under the whole secret: the outputs there are the outputs here.
	k := secret(w.shares, 1, 2, 3)
	whole := w.group.Key()
	var inputs []seal.Blob
	for _, o := range jana() {
		inputs = append(inputs, o.Bytes())
	}
	hidden := there(oprfMessage{Op: "oprf.blind", Inputs: inputs})
	elements := parsed(t, hidden.Elements)
	given, made, err := modeVOPRF.evaluate(rand.Reader, &k, &whole, elements)
	if err != nil {
		t.Fatal(err)
	}
	ask := oprfMessage{Op: "oprf.finalize", Inputs: inputs, Blinds: hidden.Blinds, Blinded: hidden.Elements, Elements: blobs(given), Key: whole.Bytes(), Proof: made.Append(nil)}
	back := there(ask)
	if back.Error != "" || len(back.Outputs) != len(outputs) {
		t.Fatalf("%s, %d outputs", back.Error, len(back.Outputs))
	}
	for i := range outputs {
		if !bytes.Equal(back.Outputs[i], outputs[i].hash[:]) {
			t.Errorf("%s: there %x, here %x", outputs[i].Template(), back.Outputs[i], outputs[i].hash)
		}
	}
	ask.Elements[0], ask.Elements[1] = ask.Elements[1], ask.Elements[0]
	if back := there(ask); back.Error == "" {
		t.Error("what was swapped proves itself there")
	}
}
