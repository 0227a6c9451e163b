package audit

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/opentrm/opentrm/internal/fault"
)

// maxHashes is the number of hashes up to which a proof is read (c2sp.org/tlog-witness).
const maxHashes = 63

// Proof shows that a leaf is in the log that a checkpoint states. Its text is that of
// c2sp.org/tlog-proof, so public tools can check it.
type Proof struct {
	Index  int64
	Hashes tlog.RecordProof
	Note   string // the checkpoint, with the signatures it has

	// Opening is salt and payload of the leaf, for who is shown the entry itself; empty where only a leaf is proven.
	Opening []byte
}

const proofHeader = "c2sp.org/tlog-proof@v1"

// Text returns the proof as it is handed out.
func (p Proof) Text() string {
	extra := ""
	if len(p.Opening) > 0 {
		extra = "\nextra " + base64.StdEncoding.EncodeToString(p.Opening)
	}
	return proofHeader + extra + "\nindex " + strconv.FormatInt(p.Index, 10) + "\n" + formatHashes(p.Hashes) + "\n" + p.Note
}

// ParseProof reads what [Proof.Text] wrote. It checks the form only; see [Proof.Check].
//
// It fails with [fault.Invalid] or [fault.TooLarge] for anything else.
func ParseProof(text string) (Proof, error) {
	bad := fault.New(fault.Invalid, "audit.proof.form")
	if len(text) > maxNote {
		return Proof{}, fault.New(fault.TooLarge, "audit.proof.too-large")
	}
	head, rest, ok := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(lines) < 2 || lines[0] != proofHeader {
		return Proof{}, bad
	}
	p := Proof{Note: rest}
	var err error
	if extra, ok := strings.CutPrefix(lines[1], "extra "); ok && len(lines) > 2 {
		if p.Opening, err = base64.StdEncoding.DecodeString(extra); err != nil {
			return Proof{}, bad
		}
		lines = lines[1:]
	}
	number, ok := strings.CutPrefix(lines[1], "index ")
	if !ok {
		return Proof{}, bad
	}
	if p.Index, err = parseSize(number); err != nil {
		return Proof{}, bad
	}
	if p.Hashes, err = parseHashes(lines[2:]); err != nil {
		return Proof{}, bad
	}
	if _, _, ok := cutNote(rest); !ok || p.Text() != text {
		return Proof{}, bad
	}
	return p, nil
}

// Check verifies that leaf is in the log at the place it returns, with the state that the member's
// checkpoint states.
//
// It fails as [ParseCheckpoint] does, and with [fault.Denied] if the hashes do not lead from the leaf to
// the root of the checkpoint.
func (p Proof) Check(leaf Leaf, roster Roster) (State, error) {
	s, err := ParseCheckpoint(p.Note, roster)
	if err != nil {
		return State{}, err
	}
	if err := tlog.CheckRecord(p.Hashes, s.Size, s.Root, p.Index, tlog.RecordHash(leaf[:])); err != nil {
		return State{}, fault.Wrap(fault.Denied, "audit.proof.wrong", err)
	}
	return s, nil
}

// Prove returns the proof that the leaf at a place is in the log as checkpoint c states it.
//
// It fails with [fault.NotFound] if the leaf is not under c, with [fault.Internal] if a block is missing
// or damaged, and as the reader fails.
func (v *View) Prove(ctx context.Context, at Place, c Checkpoint, cosignatures []Cosignature) (Proof, error) {
	t, err := v.tree(c.At)
	if err != nil {
		return Proof{}, err
	}
	if at.Epoch() != c.At.Epoch() || at.Index() < 0 || at.Index() >= c.At.Index() {
		return Proof{}, fault.New(fault.NotFound, "audit.place.missing")
	}
	hashes, err := tlog.ProveRecord(c.At.Index(), at.Index(), v.hashes(ctx, t))
	if err != nil {
		return Proof{}, err
	}
	return Proof{Index: at.Index(), Hashes: hashes, Note: c.Joined(cosignatures)}, nil
}

// Extends returns the proof that the tree at place now begins with the tree of the same epoch at size
// old; it is empty for old 0.
//
// It fails as [View.Prove] does.
func (v *View) Extends(ctx context.Context, now Place, old int64) (tlog.TreeProof, error) {
	t, err := v.tree(now)
	if err != nil {
		return nil, err
	}
	if old < 0 || old > now.Index() {
		return nil, fault.New(fault.NotFound, "audit.place.missing")
	}
	if old == 0 {
		return nil, nil
	}
	return tlog.ProveTree(now.Index(), old, v.hashes(ctx, t))
}

// Request is what a log asks of a witness: the body of add-checkpoint (c2sp.org/tlog-witness).
type Request struct {
	Old   int64 // size of the checkpoint that the proof starts from; 0: none
	Proof tlog.TreeProof
	Note  string // the newer checkpoint
}

// Text returns r as it travels.
func (r Request) Text() string {
	return "old " + strconv.FormatInt(r.Old, 10) + "\n" + formatHashes(r.Proof) + "\n" + r.Note
}

// ParseRequest reads what [Request.Text] wrote. It checks the form only.
//
// It fails with [fault.Invalid] or [fault.TooLarge] for anything else.
func ParseRequest(text string) (Request, error) {
	bad := fault.New(fault.Invalid, "audit.request.form")
	if len(text) > maxNote {
		return Request{}, fault.New(fault.TooLarge, "audit.request.too-large")
	}
	head, rest, ok := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	number, old := strings.CutPrefix(lines[0], "old ")
	if !ok || !old {
		return Request{}, bad
	}
	r := Request{Note: rest}
	var err error
	if r.Old, err = parseSize(number); err != nil {
		return Request{}, bad
	}
	if r.Proof, err = parseHashes(lines[1:]); err != nil {
		return Request{}, bad
	}
	if _, _, ok := cutNote(rest); !ok || r.Text() != text {
		return Request{}, bad
	}
	return r, nil
}

// Ask returns the request that brings a witness, who has seen our log at size old of the epoch of c, to
// checkpoint c.
//
// It fails as [View.Prove] does.
func (v *View) Ask(ctx context.Context, c Checkpoint, old int64) (Request, error) {
	proof, err := v.Extends(ctx, c.At, old)
	if err != nil {
		return Request{}, err
	}
	return Request{Old: old, Proof: proof, Note: c.Note}, nil
}

func formatHashes(hashes []tlog.Hash) string {
	var b strings.Builder
	for _, h := range hashes {
		b.WriteString(h.String())
		b.WriteByte('\n')
	}
	return b.String()
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	bad := fault.New(fault.Invalid, "audit.hash.form")
	if len(lines) > maxHashes {
		return nil, bad
	}
	var out []tlog.Hash
	for _, line := range lines {
		b, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(b) != tlog.HashSize {
			return nil, bad
		}
		out = append(out, tlog.Hash(b))
	}
	return out, nil
}

func parseSize(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > maxSize || strconv.FormatInt(n, 10) != s {
		return 0, fault.New(fault.Invalid, "audit.size.form")
	}
	return n, nil
}
