package audit

import (
	"context"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Place names one leaf, one block or one checkpoint of the node's own log: an epoch and an index in
// it, in one number that sorts as the log was written. So the key of every table of the log is one
// integer, and every insert goes to the right end of its table.
type Place int64

const indexBits = 42 // indexes of stored hashes: 2.2e12 leaves in an epoch; 2,097,151 epochs

// At returns the place of index in epoch.
func At(epoch, index int64) Place { return Place(epoch<<indexBits | index) }

// Epoch returns the epoch of p.
func (p Place) Epoch() int64 { return int64(p) >> indexBits }

// Index returns the index of p within its epoch.
func (p Place) Index() int64 { return int64(p) & (1<<indexBits - 1) }

// Head is the end of one epoch of the log: all that an append has to know. One row per epoch.
type Head struct {
	Epoch int64  // 1, 2, …; 0 means that the node has no log yet
	Size  int64  // leaves, padding included
	Edge  []byte // hashes not yet in a block, about 1.4 kB, at most 4 kB; opaque to the store
}

// Block is sixteen neighbouring hashes of one level of the tree, written once when the last of them
// is known and never changed (spec/audit-log.md, section 4).
type Block struct {
	At     Place  // unique; not the place of a leaf
	Hashes []byte // 512 bytes
}

// Payload is what a leaf commits to. It lives apart from the tree: whoever holds the erasure role may
// delete it, nobody may change it.
type Payload struct {
	At   Place  // of the leaf
	Salt []byte // 16 random bytes
	Data []byte // canonical JSON of an Entry, or of a run of padding
}

// Checkpoint is a signed statement of this node about its own log.
type Checkpoint struct {
	At   Place      // epoch, and the size of the tree stated
	Time frame.Time // when it was signed
	Note string     // c2sp signed note with the signature of the node, and no other
}

// Cosignature is the signature line of one witness under one of our checkpoints.
type Cosignature struct {
	At     Place      // of the checkpoint
	Member id.Member  // the witness
	Time   frame.Time // the witness's time, from the signature
	Line   string     // "— name base64\n"
}

// Tx is what the log needs kept, inside the transaction of the change that is being recorded.
// *store.Tx satisfies it. Every method fails with [fault.Unavailable] if the storage cannot be
// reached; the transaction must then be rolled back.
type Tx interface {
	// AuditHead returns the head of the newest epoch and keeps others from appending until the
	// transaction ends. It returns the zero Head if there is no log.
	AuditHead(ctx context.Context) (Head, error)
	// ExtendAudit stores the new head (an update of its row, or a new row for a new epoch) and adds
	// blocks and payloads, which are insert-only. Either slice may be empty.
	//
	// It fails with [fault.Conflict] if a block or payload is there already.
	ExtendAudit(ctx context.Context, head Head, blocks []Block, payloads []Payload) error
}

// Reader reads the log: one small hole, batched, for proofs, verification and serving. *store.Tx
// satisfies it, and so does a read-only snapshot. Within one Reader all answers belong together.
type Reader interface {
	// AuditForks returns evidence against a member, or against all if member is empty, the oldest first, at most limit.
	AuditForks(ctx context.Context, member id.Member, limit int) ([]Fork, error)
	// AuditHeads returns the heads of all epochs, oldest first.
	AuditHeads(ctx context.Context) ([]Head, error)
	// AuditBlocks returns the hashes of the blocks at the given places, in their order, nil for a
	// block that is not there. At may be empty.
	AuditBlocks(ctx context.Context, at []Place) ([][]byte, error)
	// AuditPayloads returns the payloads at places in [from, to) that are still there, in order, at
	// most limit of them.
	AuditPayloads(ctx context.Context, from, to Place, limit int) ([]Payload, error)
	// AuditCheckpoints returns our own checkpoints at places in [from, to), in order, at most limit.
	AuditCheckpoints(ctx context.Context, from, to Place, limit int) ([]Checkpoint, error)
	// AuditCosignatures returns the cosignatures of the checkpoints at places in [from, to), in
	// order of place, then member, at most limit.
	AuditCosignatures(ctx context.Context, from, to Place, limit int) ([]Cosignature, error)
	// AuditEpochs returns the signed statements with which epochs after the first began, oldest first.
	AuditEpochs(ctx context.Context) ([]string, error)
}

// Keeper stores what the node signs about its own log and what witnesses answer. *store.Tx satisfies
// it together with [Tx] and [Reader].
type Keeper interface {
	// AddAuditCheckpoint adds a checkpoint. One already at that place is left as it is.
	AddAuditCheckpoint(ctx context.Context, c Checkpoint) error
	// AddAuditCosignature adds a cosignature. One of that member at that place is left as it is.
	AddAuditCosignature(ctx context.Context, c Cosignature) error
	// AddAuditEpoch adds the signed statement with which epoch began.
	AddAuditEpoch(ctx context.Context, epoch int64, note string) error
}

// Observed is the last state of another member's log that this node accepted as a witness.
type Observed struct {
	Member id.Member
	Epoch  int64      // of the last checkpoint accepted; 0: none yet
	Size   int64      // of it; 0 at the beginning of an epoch
	Hash   []byte     // of it, 32 bytes; empty if Size is 0
	Note   string     // it, as signed by the member; empty if Size is 0
	Time   frame.Time // when this node accepted it
}

// Seen is a checkpoint of another member that reached this node in any way, on an envelope for example.
type Seen struct {
	Member id.Member
	At     Place      // its epoch and size
	Note   string     // signed note
	Time   frame.Time // when it was first seen
	Proven bool       // shown to belong to the same log as what was Observed
}

// WitnessTx is what the witness needs kept. *store.Tx satisfies it.
type WitnessTx interface {
	// AuditObserved returns what is known of the log of member and keeps others from changing it
	// until the transaction ends; the zero Observed with the member set if nothing is known.
	AuditObserved(ctx context.Context, member id.Member) (Observed, error)
	// SetAuditObserved stores o under its member.
	SetAuditObserved(ctx context.Context, o Observed) error
	// AuditSeen returns the checkpoint of member at that place, the zero Seen if there was none.
	AuditSeen(ctx context.Context, member id.Member, at Place) (Seen, error)
	// SetAuditSeen stores s under its member and place.
	SetAuditSeen(ctx context.Context, s Seen) error
	// AuditUnproven returns the checkpoints of member that are not proven, longest known first, at
	// most limit of them.
	AuditUnproven(ctx context.Context, member id.Member, limit int) ([]Seen, error)
	// AddAuditFork keeps evidence for ever. The same evidence is kept once; known reports that it was there.
	AddAuditFork(ctx context.Context, f Fork) (known bool, err error)
}

// Eraser deletes payloads. Only the erasure role's transaction satisfies it: nobody else is given the
// right by the database.
type Eraser interface {
	// EraseAuditPayloads deletes the payloads at the given places and returns how many were there.
	EraseAuditPayloads(ctx context.Context, at []Place) (int64, error)
}
