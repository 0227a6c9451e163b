package audit

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/json"
	"io"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// padTo is the number of which the size of every published tree is a multiple, so that the size tells a
// witness little about how much was done.
const padTo = 64

// padding is the payload of a run of padding leaves, kept once, at the first of them.
type padding struct {
	Pad int `json:"pad"` // how many leaves, 1 to 63
}

// padSalt returns the salt of leaf j of a run of padding. Whoever does not have the seed cannot tell the
// leaves from any other; whoever does can tell that nothing else hides in them.
func padSalt(seed []byte, j int) []byte {
	if j == 0 {
		return seed
	}
	h := sha256.New()
	h.Write([]byte("opentrm/audit/pad/1"))
	h.Write(seed)
	h.Write([]byte{byte(j)})
	return h.Sum(nil)[:saltSize]
}

// parsePadding reports how many leaves a payload pads, 0 if it is none.
func parsePadding(b []byte) int {
	var p padding
	if err := frame.Decode(b, 16, &p); err != nil || p.Pad < 1 || p.Pad >= padTo {
		return 0
	}
	return p.Pad
}

// pad fills t to a multiple of padTo and returns the payload that explains the filling, if any.
func (t *tree) pad(rand io.Reader) ([]Payload, error) {
	n := int((padTo - t.size%padTo) % padTo)
	if n == 0 {
		return nil, nil
	}
	seed := make([]byte, saltSize)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return nil, fault.Wrap(fault.Internal, "audit.random", err)
	}
	data, err := json.Marshal(padding{n})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "audit.pad", err)
	}
	at := At(t.epoch, t.size)
	for j := range n {
		t.add(leafOf(padSalt(seed, j), data))
	}
	return []Payload{{at, seed, data}}, nil
}

// Publish pads the newest epoch of the log, signs its state with the node's checkpoint key, keeps the
// checkpoint and returns it. If nothing was appended since the last checkpoint, it is the same again.
//
// It fails with [fault.NotFound] if the log is empty, with [fault.Internal] if rand or key fails or the
// head is damaged, and as tx and keeper, which share a transaction, fail.
func Publish(
	ctx context.Context, tx Tx, keeper Keeper, rand io.Reader, key crypto.Signer, member id.Member, now frame.Time,
) (Checkpoint, error) {
	head, err := tx.AuditHead(ctx)
	if err != nil {
		return Checkpoint{}, err
	}
	if head.Size == 0 {
		return Checkpoint{}, fault.New(fault.NotFound, "audit.none")
	}
	t, err := openTree(head)
	if err != nil {
		return Checkpoint{}, err
	}
	payloads, err := t.pad(rand)
	if err != nil {
		return Checkpoint{}, err
	}
	if len(payloads) > 0 {
		if err := tx.ExtendAudit(ctx, t.head(), t.blocks, payloads); err != nil {
			return Checkpoint{}, err
		}
	}
	root, err := t.root()
	if err != nil {
		return Checkpoint{}, err
	}
	s := State{member, t.epoch, t.size, root}
	signed, err := s.Sign(key)
	if err != nil {
		return Checkpoint{}, err
	}
	c := Checkpoint{At: s.At(), Time: now, Note: signed}
	return c, keeper.AddAuditCheckpoint(ctx, c)
}
