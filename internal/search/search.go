package search

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
)

// Stays is how long an index stays in memory after the last search.
const Stays = 15 * time.Minute

// MaxCards is how many cases a search shows at most.
const MaxCards = 5

// Index is a search index: one for each realm and organisation.
type Index struct {
	ID           id.Index
	Realm        access.Realm
	Organisation string
	Public       seal.KEMPublic
	Fold         int64 // the newest version when it was begun; each part says by which it was folded
	Sequence     int64 // rises with every change
	Created      frame.Time
}

// Entry says where the record of a case is.
type Entry struct {
	Case    id.Case
	Index   id.Index
	Seq     int64
	Segment id.Segment // empty: sealed by itself in Body
	Fold    int64      // version of package fold by which it was folded
	Body    []byte
}

// Segment is a packed part of an index as it rests.
type Segment struct {
	ID      id.Segment
	Index   id.Index
	Seq     int64 // of the index when it was last changed
	Records int64 // that are not erased
	Fold    int64 // version of package fold by which all of them were folded
	Body    []byte
	Masks   []byte
}

// Made is one search. It is the same for every search, whatever was found.
type Made struct {
	ID    id.Search
	Desk  id.Desk
	User  id.User
	Realm access.Realm
	At    frame.Time
	Waits bool   // nobody has looked yet whether there are hits that others must hear of
	Hits  []byte // of one size; see hits.go
}

// HitState is what became of a hit that the searcher may not open.
type HitState string

// The states of a hit.
const (
	HitOpen    HitState = "open"
	HitContact HitState = "contact" // two people of the holding desk want to make contact
	HitSilent  HitState = "silent"  // two people of the holding desk do not
)

// Hit is a case that somebody found who may not open it.
type Hit struct {
	ID        id.Search
	Reference id.Reference // by which the two desks may speak of it
	Case      id.Case
	Desk      id.Desk // that holds the case
	Asker     id.Desk // that searched
	Realm     access.Realm
	By        By
	At        frame.Time
	State     HitState
	Said      bool    // what the first of the two said: make contact
	First     id.User // empty: nobody has said anything
	Second    id.User
	Ended     frame.Time
	Version   int64
	Alone     bool // not stored: the desk has one person who decides, and what she said waits for a coordinator
}

// Tx is what searching needs kept.
type Tx interface {
	casefile.Tx

	// SearchIndex returns the index of a realm and organisation; fault.NotFound if there is none.
	SearchIndex(ctx context.Context, realm access.Realm, organisation string) (Index, error)
	// LeavingSearchIndex returns the index of before that is being emptied into it; fault.NotFound if there is none.
	LeavingSearchIndex(ctx context.Context, realm access.Realm, organisation string) (Index, error)
	AddSearchIndex(ctx context.Context, x Index) error
	// SucceedSearchIndex says that an index is being emptied into another one.
	SucceedSearchIndex(ctx context.Context, x, successor id.Index) error
	// RaiseSearchIndex raises the sequence of an index and returns it; whoever has raised it is the only one to change
	// the index until her transaction ends. fault.NotFound if there is none.
	RaiseSearchIndex(ctx context.Context, x id.Index) (int64, error)
	// DropSearchIndex deletes an index and its holds.
	DropSearchIndex(ctx context.Context, x id.Index) error
	SearchHolds(ctx context.Context, x id.Index) ([]keyring.IndexHold, error)
	AddSearchHold(ctx context.Context, h keyring.IndexHold) error

	// CaseIDsAt returns the cases of a desk; owner narrows them if set.
	CaseIDsAt(ctx context.Context, d id.Desk, owner id.User) ([]id.Case, error)

	// SearchEntry returns where the record of a case is; fault.NotFound if there is none.
	SearchEntry(ctx context.Context, c id.Case) (Entry, error)
	// LooseEntries returns what no segment holds, in order of sequence after one, at most limit.
	LooseEntries(ctx context.Context, x id.Index, after int64, limit int) ([]Entry, error)
	CountLoose(ctx context.Context, x id.Index) (int64, error)
	// CountLooseByFold returns the same for each version of the fold.
	CountLooseByFold(ctx context.Context, x id.Index) (map[int64]int64, error)
	// OlderEntries returns what of a desk lies in a segment, or by itself, folded by an older version than that, in order of its
	// cases after one, without the bytes.
	OlderEntries(ctx context.Context, x id.Index, s id.Segment, d id.Desk, fold int64, after id.Case, limit int) ([]Entry, error)
	CountOlderEntries(ctx context.Context, x id.Index, d id.Desk, fold int64) (int64, error)
	AddSearchEntry(ctx context.Context, e Entry) error
	// PackSearchEntry says that the record of a case is in a segment now, and deletes what was sealed by itself.
	PackSearchEntry(ctx context.Context, c id.Case, s Segment) error
	DropSearchEntry(ctx context.Context, c id.Case) error
	// MoveSearchEntries gives the entries of a segment of one index to another.
	MoveSearchEntries(ctx context.Context, was, becomes id.Index, s id.Segment) error

	// SearchSegments returns the segments of an index without body and masks.
	SearchSegments(ctx context.Context, x id.Index) ([]Segment, error)
	SearchSegment(ctx context.Context, s id.Segment) (Segment, error)
	SearchMasks(ctx context.Context, s id.Segment) ([]byte, error)
	AddSearchSegment(ctx context.Context, s Segment) error
	// SetSearchMasks keeps other masks for a segment, and how many records are left at which sequence.
	SetSearchMasks(ctx context.Context, s id.Segment, masks []byte, records, seq int64) error
	// ResealSearchSegment gives a segment another body, and perhaps another index.
	ResealSearchSegment(ctx context.Context, s Segment) error
	DropSearchSegment(ctx context.Context, s id.Segment) error

	AddSearch(ctx context.Context, m Made) error
	// SearchesSince returns how often a user has searched since a moment.
	SearchesSince(ctx context.Context, u id.User, since frame.Time) (int64, error)
	// WaitingSearches returns searches of which nobody has looked yet what is hidden in them.
	WaitingSearches(ctx context.Context, limit int) ([]Made, error)
	// EndSearch keeps that somebody has, and other hits in place of those.
	EndSearch(ctx context.Context, m id.Search, hits []byte) error
	// ForgetSearches deletes searches from before a moment.
	ForgetSearches(ctx context.Context, before frame.Time) error

	AddSearchHit(ctx context.Context, h Hit) error
	// SetSearchHit replaces a hit whose stored version is h.Version; fault.Stale if it is another.
	SetSearchHit(ctx context.Context, h Hit) error
	// SearchHit returns one hit; fault.NotFound if there is none.
	SearchHit(ctx context.Context, h id.Search) (Hit, error)
	// SearchHitsOn returns the hits on a case.
	SearchHitsOn(ctx context.Context, c id.Case) ([]Hit, error)
	// SearchHitsAt returns the hits that a desk decides, newest first, and SearchHitsFor those of its searches after which
	// another desk wants to make contact.
	SearchHitsAt(ctx context.Context, d id.Desk, limit int) ([]Hit, error)
	SearchHitsFor(ctx context.Context, d id.Desk, limit int) ([]Hit, error)
	DropSearchHits(ctx context.Context, c id.Case) error
}

// Service is the use-cases of searching.
type Service struct {
	Write  func(context.Context, audit.Entry, func(Tx) error) error
	Read   func(context.Context, func(Tx) error) error
	Now    func() time.Time
	IDs    id.Maker
	Rand   io.Reader // nil: the system's
	Member id.Member
	Keys   *keyring.Service
	// Persons is asked who a case is about, for what is put in or folded anew.
	Persons *person.Service
	// Folds are the versions of the fold, the oldest first; nil: those of package fold.
	Folds []fold.Fold
	// Claim lets one of several who fold a desk's cases anew do it at a time.
	Claim func(context.Context, func(ClaimTx) error) error
	// Hourly is how often one person may search within an hour.
	Hourly int64
	// Wait returns at the moment, or when ctx ends; the answer to a search leaves then.
	Wait func(ctx context.Context, until time.Time) error
	// After calls f in d, and returns what prevents it.
	After func(d time.Duration, f func()) (stop func() bool)
	// Tell gives the holding desk of a hit something to do, and where it is alone and has said something a coordinator; or, when
	// the hit has ended, takes that back and tells the desk that searched if it is to be contacted. It is called in the same transaction.
	Tell func(ctx context.Context, tx Tx, h Hit) error

	mu   sync.Mutex
	held map[scope]*held
}

// scope is whose an index is.
type scope struct {
	realm        access.Realm
	organisation string
}

// held is an index in memory, and what drops it.
type held struct {
	mu   sync.Mutex // searching and catching up one after the other
	r    *replica   // nil: dropped
	stop func() bool
	uses int64
}

// folds returns the versions of the fold, the oldest first.
func (s *Service) folds() []fold.Fold {
	if s.Folds != nil {
		return s.Folds
	}
	return fold.All()
}

// newest returns the version by which is folded what is written down now.
func (s *Service) newest() fold.Fold {
	all := s.folds()
	return all[len(all)-1]
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }
