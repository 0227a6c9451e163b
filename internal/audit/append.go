package audit

import (
	"context"
	"crypto/sha256"
	"io"

	"github.com/opentrm/opentrm/internal/fault"
)

// Leaf is the content of one leaf of the tree: SHA-256 of the salt and the payload.
type Leaf [32]byte

// Ref says where an entry went and what its leaf is; receipts carry it.
type Ref struct {
	At   Place
	Leaf Leaf
}

const saltSize = 16

func leafOf(salt, data []byte) Leaf {
	h := sha256.New()
	h.Write(salt)
	h.Write(data)
	return Leaf(h.Sum(nil))
}

// Append adds the entries to the newest epoch of the log, in the transaction tx, and begins the first
// epoch if there is none. Salts are read from rand, which must be a cryptographic source.
//
// It fails with [fault.Invalid] or [fault.TooLarge] if an entry cannot be recorded, with
// [fault.Internal] if rand fails or the head is damaged, and as tx fails. Nothing is then appended, and
// the change that was to be recorded must not happen either.
func Append(ctx context.Context, tx Tx, rand io.Reader, entries ...Entry) ([]Ref, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	data := make([][]byte, len(entries))
	for i, e := range entries {
		b, err := e.Payload()
		if err != nil {
			return nil, err
		}
		data[i] = b
	}
	salts := make([]byte, saltSize*len(entries))
	if _, err := io.ReadFull(rand, salts); err != nil {
		return nil, fault.Wrap(fault.Internal, "audit.random", err)
	}
	head, err := tx.AuditHead(ctx)
	if err != nil {
		return nil, err
	}
	if head.Epoch == 0 {
		head = Head{Epoch: 1}
	}
	t, err := openTree(head)
	if err != nil {
		return nil, err
	}
	refs := make([]Ref, len(entries))
	payloads := make([]Payload, len(entries))
	for i, b := range data {
		salt := salts[i*saltSize : (i+1)*saltSize : (i+1)*saltSize]
		refs[i] = Ref{At(head.Epoch, t.size), leafOf(salt, b)}
		payloads[i] = Payload{refs[i].At, salt, b}
		t.add(refs[i].Leaf)
	}
	if err := tx.ExtendAudit(ctx, t.head(), t.blocks, payloads); err != nil {
		return nil, err
	}
	return refs, nil
}
