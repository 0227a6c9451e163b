package count

import (
	"context"
	"io"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/veil"
)

// Row is a run as it is kept.
type Row struct {
	ID      string
	Going   bool
	Heard   frame.Time
	Value   []byte
	Version int64 // 0: it is not there yet
}

// End says how a run ended.
type End string

// The ends.
const (
	Going    End = ""
	Counted  End = "counted"  // the tally has told what follows, which may be that nothing can be published
	Declined End = "declined" // a member did not take part
	Broken   End = "broken"   // somebody was named or objected to
)

// Run is what a member keeps of a run, beside what was said in it.
type Run struct {
	Sheet     seal.Blob        `json:"sheet"`
	Heard     frame.Time       `json:"heard"` // when it came to be known here
	Voices    []Voice          `json:"voices"`
	Keys      []Keys           `json:"keys"`           // with which its members have signed
	Said      []string         `json:"said"`           // the steps in which this member has spoken
	Desk      id.Desk          `json:"desk"`           // that puts the records together; empty: none yet
	Left      []id.Desk        `json:"left,omitempty"` // desks with cases that it was prepared without
	Over      frame.Time       `json:"over"`
	End       End              `json:"end"`
	Named     []veil.Objection `json:"named"`   // who broke it, and who says so
	Result    *veil.Published  `json:"result"`  // nil: none
	Checked   bool             `json:"checked"` // this member had all data and has found everything in order
	Published frame.Time       `json:"published"`
	Forgotten bool             `json:"forgotten"` // the data of it are deleted
	By        id.User          `json:"by"`        // who published it
}

// Voice is what somebody here says to taking part.
type Voice struct {
	User id.User    `json:"user"`
	Yes  bool       `json:"yes"`
	At   frame.Time `json:"at"`
}

// Keys are the keys of a member.
type Keys struct {
	Member id.Member         `json:"member"`
	Sign   []seal.SignPublic `json:"sign"`
}

// Own is what a member keeps for itself in a run. It is in no backup, and destroyed when the run is over.
type Own struct {
	Run     string
	Work    []byte // the secret of the node, under the vault
	Held    []byte // what it holds: salts, and then cells
	Records int64  // of the batch, blank ones with them
	Recall  veil.Recall
	Desk    id.Desk
	Box     keyring.Box // the key under which Secret is
	Secret  []byte      // what opens the records
}

// Part is one part of data that a member has sent.
type Part struct {
	Run    string
	Digest string // of the whole, in hex
	Number int64  // from 0
	From   id.Member
	Step   string
	Size   int64 // of the whole
	Bytes  []byte
}

// RunTx keeps runs.
type RunTx interface {
	// CountRun returns a run; one with version 0 if there is none.
	CountRun(ctx context.Context, run string) (Row, error)
	// CountRuns returns runs, the newest first, at most limit.
	CountRuns(ctx context.Context, limit int) ([]Row, error)
	// GoingCountRuns returns those that are not over, the oldest first, at most limit.
	GoingCountRuns(ctx context.Context, limit int) ([]Row, error)
	// SetCountRun keeps a run whose stored version is r.Version and raises it by one; [fault.Stale] if it is another.
	SetCountRun(ctx context.Context, r Row) error
	// CountSaid returns what was said in a run.
	CountSaid(ctx context.Context, run string) ([]veil.Signed, error)
	// AddCountSaid keeps what a member has said in a step, under the digest of its text. What is there already stays.
	AddCountSaid(ctx context.Context, run, digest string, from id.Member, step string, s veil.Signed) error
	// CountParts returns the parts of one thing in order.
	CountParts(ctx context.Context, run, digest string) ([]Part, error)
	// CountSent returns of each thing that a member has sent in a step its digest, once.
	CountSent(ctx context.Context, run string, from id.Member, step string) ([]string, error)
	// AddCountPart keeps a part. What is there already stays.
	AddCountPart(ctx context.Context, p Part) error
	// DropCountParts deletes all data of a run.
	DropCountParts(ctx context.Context, run string) error
	// CountOwn returns what this member keeps for itself in a run; [fault.NotFound] if there is nothing.
	CountOwn(ctx context.Context, run string) (Own, error)
	AddCountOwn(ctx context.Context, o Own) error
	DropCountOwn(ctx context.Context, run string) error
	// CountShares returns the parts that desks have made, by desk and number, without what is sealed in them.
	CountShares(ctx context.Context, run string) ([]Share, error)
	// CountShare returns one whole; [fault.NotFound] if there is none.
	CountShare(ctx context.Context, run string, of id.Desk, number int64) (Share, error)
	// AddCountShare keeps a part; [fault.Conflict] if it is there.
	AddCountShare(ctx context.Context, p Share) error
	// DropCountShares destroys all parts of a run.
	DropCountShares(ctx context.Context, run string) error
	// CountSpent returns what the runs of a year may have told, in thousandths.
	CountSpent(ctx context.Context, year int) (int64, error)
	AddCountSpent(ctx context.Context, run string, year int, epsilon int64) error
	DropCountSpent(ctx context.Context, run string) error
}

// Tx is what counts need kept.
type Tx interface {
	casefile.Tx
	exchange.Tx
	keyring.PepperTx
	SettingTx
	RunTx
}

// Service is the use-cases of counting together.
type Service struct {
	Write    func(context.Context, audit.Entry, func(Tx) error) error
	Read     func(context.Context, func(Tx) error) error
	Now      func() time.Time
	IDs      id.Maker
	Rand     io.Reader
	Member   id.Member
	Exchange *exchange.Service
	Keys     func() exchange.Keys
	Vault    func(ctx context.Context, tx Tx) (keyring.Vault, error)
	Keyring  *keyring.Service
	Persons  *person.Service
	Law      func() profile.Set
	// Demo nodes take part in runs that are too small for people.
	Demo bool
	// Ask makes and ends the tasks of people in a run until they are as they are asked for, and returns how many it changed; nil: nobody is asked.
	Ask func(ctx context.Context, a Asked) (int, error)
	// Alarm is told when somebody was named, with the member and why.
	Alarm func(ctx context.Context, key string, args map[string]string)

	works works
}

// The tasks of people.
const (
	TaskJoin    = "count.join"
	TaskShare   = "count.share" // a desk that has cases makes its part
	TaskPrepare = "count.prepare"
	TaskEncrypt = "count.encrypt"
)

// Asked is what people are asked for in a run now; of every other task of it nothing is asked any more.
type Asked struct {
	Run       string
	Reference string    // the days of the period: neutral
	Task      string    // empty: nothing
	Desks     []id.Desk // who is asked; none: the office sees to it
	Since     frame.Time
	Until     frame.Time
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

func resource() access.Resource { return access.Resource{Noun: "count", Realm: access.Office} }
