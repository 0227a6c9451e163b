package publication

import (
	"context"
	"encoding/json"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// MaxBody is the size in bytes up to which the body of a record is written.
const MaxBody = 256 << 10

// Kind says what a record is. A node keeps and passes on kinds that it does not know.
type Kind string

// The kinds that are written here.
const (
	Practice       Kind = "practice"
	LegalModel     Kind = "legal-model"
	Meeting        Kind = "meeting"
	Conclusion     Kind = "conclusion" // signed by a person
	SignOff        Kind = "sign-off"   // what another member says to a conclusion, signed by a person
	Recommendation Kind = "recommendation"
	Measure        Kind = "measure" // what a country does about a recommendation
	Progress       Kind = "progress"
	Review         Kind = "review"     // what another member found of a record
	Attachment     Kind = "attachment" // a part of a file; written with the record that names it
)

// Personal reports whether a record of a kind is signed by a person too.
func (k Kind) Personal() bool { return k == Conclusion || k == SignOff }

// Record is one version of one publication.
type Record struct {
	Format    int             `json:"v"` // 1
	ID        id.Publication  `json:"id"`
	Kind      Kind            `json:"kind"`
	Version   int64           `json:"version"`  // 1, 2, …
	Previous  string          `json:"previous"` // hash of the version before; empty for the first
	Member    id.Member       `json:"member"`   // author
	Desk      id.Desk         `json:"desk"`     // of the author; her role, where she sits at none
	Seq       int64           `json:"seq"`      // 1, 2, … over all records of the author
	Created   frame.Time      `json:"created"`
	ValidFrom frame.Time      `json:"valid_from"`
	Withdrawn bool            `json:"withdrawn"`
	Reason    string          `json:"reason"` // of a correction or withdrawal, code
	Body      json.RawMessage `json:"body"`   // an object; closed per kind
}

// Person is the signature of a person over a record, in the function in which she signed.
type Person struct {
	Role      access.Role     `json:"role"`
	Key       seal.SignPublic `json:"key"`
	Signature seal.Signature  `json:"signature"`
}

// Signed is a record with its signatures. The node's covers the person's.
type Signed struct {
	Record    Record         `json:"record"`
	Person    *Person        `json:"person,omitempty"`
	Signer    id.Key         `json:"signer"` // envelope key of the author's node
	Signature seal.Signature `json:"signature"`
}

// Kept is a record as this node has it.
type Kept struct {
	Signed
	Hash     string
	Bytes    []byte // canonical form of Signed
	From     id.Member
	Received frame.Time
	Current  bool // no later version is known
	Disputed bool // another record of the same version or place exists; see [Fork]
}

// Fork is evidence that a member's node signed two records for one version or one place.
type Fork struct {
	Member id.Member
	First  []byte // canonical forms of Signed
	Second []byte
	Found  frame.Time
}

// Mark says that a node has all records of a member up to a place.
type Mark struct {
	Member id.Member `json:"member"`
	Seq    int64     `json:"seq"`
}

// Filter narrows a list.
type Filter struct {
	Kind      Kind
	Member    id.Member
	Withdrawn bool           // withdrawn ones too
	After     id.Publication // the last one of the page before
	Limit     int            // at most 200; 0: 50
}

// KeepTx keeps records.
type KeepTx interface {
	// AddPublication adds a record; [fault.Conflict] if its version or place is taken.
	AddPublication(ctx context.Context, k Kept) error
	// MarkPublication changes whether a record is current and disputed.
	MarkPublication(ctx context.Context, p id.Publication, version int64, current, disputed bool) error
	// PublicationVersions returns the versions of a publication, oldest first.
	PublicationVersions(ctx context.Context, p id.Publication) ([]Kept, error)
	// PublicationAt returns the record at a place of a member; [fault.NotFound] if there is none.
	PublicationAt(ctx context.Context, m id.Member, seq int64) (Kept, error)
	// PublicationsAfter returns records of a member after a place, in order of places, at most limit.
	PublicationsAfter(ctx context.Context, m id.Member, seq int64, limit int) ([]Kept, error)
	// Publications lists current records in order of identifiers.
	Publications(ctx context.Context, f Filter) ([]Kept, error)
	// PublicationMarks returns what this node has, in order of members.
	PublicationMarks(ctx context.Context) ([]Mark, error)
	// SetPublicationMark keeps how far this node has the records of a member.
	SetPublicationMark(ctx context.Context, m Mark) error
	// AddPublicationFork keeps evidence; the same is kept once.
	AddPublicationFork(ctx context.Context, f Fork) error
	// PublicationForks returns all evidence, oldest first.
	PublicationForks(ctx context.Context) ([]Fork, error)
	// PublicationGreeted returns when a member was last greeted; 0: never.
	PublicationGreeted(ctx context.Context, m id.Member) (frame.Time, error)
	SetPublicationGreeted(ctx context.Context, m id.Member, at frame.Time) error
}

// Tx is what publications need kept.
type Tx interface {
	exchange.Tx
	KeepTx
	HomeTx
}

// Service is the use-cases of publications.
type Service struct {
	Write    func(context.Context, audit.Entry, func(Tx) error) error
	Read     func(context.Context, func(Tx) error) error
	Now      func() time.Time
	IDs      id.Maker
	Member   id.Member
	Exchange *exchange.Service
	// Every is after how long a member is greeted again.
	Every time.Duration
	// Alarm is told about what a person must look at; nil: nobody is told.
	Alarm func(ctx context.Context, key string, args map[string]string)
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

func (s *Service) alarm(ctx context.Context, key string, author id.Member) {
	if s.Alarm != nil {
		s.Alarm(ctx, key, map[string]string{"member": string(author)})
	}
}

func office(m id.Member) access.Resource {
	return access.Resource{Noun: "publication", Realm: access.Office, Member: m}
}
