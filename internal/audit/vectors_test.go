package audit_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/id"
)

var writeVectors = flag.Bool("vectors", false, "write spec/testdata/audit anew")

const vectorDir = "../../spec/testdata/audit"

// vector is one file: lines "name: value", and after an empty line a text.
type vector struct {
	head map[string]string
	body string
}

func readVector(t *testing.T, path string) vector {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(string(b), "\n\n")
	v := vector{head: map[string]string{}, body: body}
	for line := range strings.Lines(head) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if !ok {
			t.Fatalf("%s: %q", path, line)
		}
		v.head[name] = value
	}
	return v
}

func (v vector) bytes(t *testing.T, name string) []byte {
	t.Helper()
	b, err := hex.DecodeString(v.head[name])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestVectors reads every file of spec/testdata/audit and does with it what its header says.
func TestVectors(t *testing.T) {
	if *writeVectors {
		write(t)
	}
	files, err := filepath.Glob(vectorDir + "/*")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d vectors, %v", len(files), err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			v := readVector(t, path)
			if v.head["spec"] != "audit-log 1.0.0" || v.head["what"] == "" {
				t.Fatalf("header %v", v.head)
			}
			accepted := v.run(t)
			if want := v.head["must"]; want != "accept" && want != "refuse" || accepted != (want == "accept") {
				t.Errorf("accepted: %v; must %s", accepted, want)
			}
		})
	}
}

func (v vector) run(t *testing.T) bool {
	t.Helper()
	roster := audit.Roster{}
	if k := v.head["log-key"]; k != "" {
		roster["MK"] = audit.Keys{Log: []ed25519.PublicKey{v.bytes(t, "log-key")}}
	}
	switch v.head["kind"] {
	case "entry":
		e, err := audit.ParseEntry([]byte(v.body))
		if err != nil {
			return false
		}
		again, err := e.Payload()
		leaf := sha256.Sum256(append(v.bytes(t, "salt"), v.body...))
		hash := tlog.RecordHash(leaf[:])
		return err == nil && string(again) == v.body && hex.EncodeToString(leaf[:]) == v.head["leaf"] && hex.EncodeToString(hash[:]) == v.head["hash"]
	case "padding":
		j, err := strconv.Atoi(v.head["number"])
		if err != nil {
			t.Fatal(err)
		}
		salt := sha256.Sum256(append(append([]byte("opentrm/audit/pad/1"), v.bytes(t, "seed")...), byte(j)))
		leaf := sha256.Sum256(append(salt[:16:16], v.body...))
		return hex.EncodeToString(leaf[:]) == v.head["leaf"]
	case "tree":
		size, err := strconv.ParseInt(v.head["size"], 10, 64)
		return err == nil && treeOf(t, size) == v.head["root"]
	case "checkpoint":
		s, err := audit.ParseCheckpoint(v.body, roster)
		return err == nil && strings.HasPrefix(v.body, s.Text()+"\n")
	case "epoch":
		b, err := audit.ParseBeginning(v.body, roster)
		return err == nil && strings.HasPrefix(v.body, b.Text()+"\n")
	case "request":
		r, err := audit.ParseRequest(v.body)
		return err == nil && r.Text() == v.body
	case "proof":
		p, err := audit.ParseProof(v.body)
		if err != nil || p.Text() != v.body {
			return false
		}
		_, err = p.Check(audit.Leaf(v.bytes(t, "leaf")), roster)
		return err == nil
	case "cosignature":
		roster["RS"] = audit.Keys{Witness: []ed25519.PublicKey{v.bytes(t, "witness-key")}}
		text, sigs, _ := strings.Cut(v.body, "\n\n")
		own, line, _ := strings.Cut(sigs, "\n")
		x, err := audit.ReadCosignature(audit.Checkpoint{Note: text + "\n\n" + own + "\n"}, line, "RS", roster)
		return err == nil && strconv.FormatInt(x.Time.Time().Unix(), 10) == v.head["time"]
	}
	t.Fatalf("kind %q", v.head["kind"])
	return false
}

// treeOf returns the root over leaves SHA-256(n), n as eight bytes, big endian.
func treeOf(t *testing.T, size int64) string {
	t.Helper()
	ref := &reference{}
	for n := range uint64(size) {
		ref.add(t, sha256.Sum256(binary.BigEndian.AppendUint64(nil, n)))
	}
	root, err := tlog.TreeHash(size, ref)
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(root[:])
}

// write makes the vectors from fixed keys and randomness.
func write(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	put := func(name, kind, must, what, body string, fields ...string) {
		s := "spec: audit-log 1.0.0\nkind: " + kind + "\nmust: " + must + "\nwhat: " + what + "\n"
		for i := 0; i < len(fields); i += 2 {
			s += fields[i] + ": " + fields[i+1] + "\n"
		}
		if body != "" {
			s += "\n" + body
		}
		if err := os.WriteFile(filepath.Join(vectorDir, name), []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	nodes := storied(t)
	mk := nodes["MK"]
	logKey := hex.EncodeToString(public(mk.log))
	entry := func(name, must, what, data string) {
		salt := make([]byte, 16)
		for i := range salt {
			salt[i] = byte(i)
		}
		leaf := sha256.Sum256(append(salt, data...))
		hash := tlog.RecordHash(leaf[:])
		put(name, "entry", must, what, data, "salt", hex.EncodeToString(salt), "leaf", hex.EncodeToString(leaf[:]), "hash", hex.EncodeToString(hash[:]))
	}
	full, err := audit.Saw(ana, "case.open", "c-1").For("assistance").Leaving("00ff").In("c-1").With([]byte{1, 2, 3}).At(1795435200000000).Payload()
	if err != nil {
		t.Fatal(err)
	}
	entry("entry", "accept", "an entry with every name", string(full))
	entry("entry-name", "refuse", "a name where an identifier belongs", strings.Replace(string(full), `"u-ana"`, `"Ана"`, 1))
	entry("entry-words", "refuse", "words where a code belongs", strings.Replace(string(full), `"assistance"`, `"she asked"`, 1))
	entry("entry-order", "refuse", "not canonical", strings.Replace(string(full), `{"action":"case.open",`, `{ "action":"case.open",`, 1))
	entry("entry-unknown", "refuse", "a name that does not exist", strings.Replace(string(full), `"verb"`, `"vorb"`, 1))
	for _, size := range []int64{1, 2, 15, 16, 17, 64, 255, 256, 257, 4096} {
		n := strconv.FormatInt(size, 10)
		put("tree-"+n, "tree", "accept", "the root over leaves SHA-256(n), n as eight bytes, big endian", "", "size", n, "root", treeOf(t, size))
	}
	for _, p := range mk.payloads {
		if p.At == audit.At(1, 700) {
			last, err := mk.look().LeafAt(ctx, p.At+3)
			if err != nil {
				t.Fatal(err)
			}
			put("padding", "padding", "accept", "the last leaf of a run, counted from 0", string(p.Data), "seed", hex.EncodeToString(p.Salt), "number", "3", "leaf", hex.EncodeToString(last[:]))
		}
	}
	c := mk.checkpoints[0]
	change := func(old, by string) string { return strings.Replace(c.Note, old, by, 1) }
	put("checkpoint", "checkpoint", "accept", "signed by the member", c.Note, "log-key", logKey)
	put("checkpoint-joined", "checkpoint", "accept", "cosignatures of others follow", c.Joined(mk.cosignatures), "log-key", logKey)
	put("checkpoint-size", "checkpoint", "refuse", "the size was changed", change("\n704\n", "\n768\n"), "log-key", logKey)
	put("checkpoint-zero", "checkpoint", "refuse", "the size has a leading zero", change("\n704\n", "\n0704\n"), "log-key", logKey)
	put("checkpoint-unsigned", "checkpoint", "refuse", "signed by nobody in the roster", c.Note, "log-key", hex.EncodeToString(public(mk.wit)))
	if e, err := (audit.State{Member: id.Member("MK"), Epoch: 0, Size: 64}).Sign(mk.log); err == nil {
		put("checkpoint-epoch", "checkpoint", "refuse", "there is no epoch 0", e, "log-key", logKey)
	}
	put("epoch", "epoch", "accept", "the statement that began epoch 2", mk.epochs[0], "log-key", logKey)
	put("epoch-lost", "epoch", "refuse", "the range lost does not follow from the sizes", strings.Replace(mk.epochs[0], "lost 833 833", "lost 833 834", 1), "log-key", logKey)
	r, err := mk.look().Ask(ctx, mk.checkpoints[1], 704)
	if err != nil {
		t.Fatal(err)
	}
	put("request", "request", "accept", "from 704 leaves to 832", r.Text())
	put("request-zero", "request", "refuse", "the old size has a leading zero", strings.Replace(r.Text(), "old 704", "old 0704", 1))
	put("request-hashes", "request", "refuse", "64 hashes", strings.Replace(r.Text(), "old 704\n", "old 704\n"+strings.Repeat(r.Proof[0].String()+"\n", 64), 1))
	at := audit.At(1, 5)
	p, err := mk.look().Prove(ctx, at, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := mk.look().LeafAt(ctx, at)
	if err != nil {
		t.Fatal(err)
	}
	put("proof", "proof", "accept", "leaf 5 of 704", p.Text(), "log-key", logKey, "leaf", hex.EncodeToString(leaf[:]))
	put("proof-index", "proof", "refuse", "the same proof for leaf 4", strings.Replace(p.Text(), "index 5", "index 4", 1), "log-key", logKey, "leaf", hex.EncodeToString(leaf[:]))
	for _, x := range mk.cosignatures {
		if x.At == c.At && x.Member == "RS" {
			w, seconds := hex.EncodeToString(public(nodes["RS"].wit)), strconv.FormatInt(x.Time.Time().Unix(), 10)
			put("cosignature", "cosignature", "accept", "cosignature/v1 of RS below the signature of the log", c.Note+x.Line, "log-key", logKey, "witness-key", w, "time", seconds)
			put("cosignature-moved", "cosignature", "refuse", "below another checkpoint", mk.checkpoints[1].Note+x.Line, "log-key", logKey, "witness-key", w, "time", seconds)
		}
	}
}
