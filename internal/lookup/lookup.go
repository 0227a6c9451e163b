package lookup

import (
	"context"
	"encoding/hex"
	"io"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/veil"
)

const (
	// StepTime is how long a step of a run waits for whoever has not spoken. Seven steps make five weeks at most.
	StepTime = 5 * 24 * time.Hour
	// RunTime is after how long another run may be called for although one is not over: whoever called for it is gone.
	RunTime = 40 * 24 * time.Hour
	// RefreshAfter is the age of shares at which whoever called for them calls for a refresh.
	RefreshAfter = 90 * 24 * time.Hour
)

// The pieces that are kept, by their names. None is in a backup.
const (
	pieceSecret = "secret"
	pieceRun    = "run"
)

// Piece is one thing that is kept, under a name.
type Piece struct {
	Name    string
	Value   []byte
	Version int64 // 0: it is not there yet
}

// Secret is what this member knows of the secret of all, and holds of it. Rounds and epochs rise.
type Secret struct {
	Members []id.Member `json:"members"` // at places 1, 2, …
	Group   seal.Blob   `json:"group"`   // public, as spec/veil-lookup.md 5.2 has it
	Share   seal.Blob   `json:"share"`   // under the vault; empty: it was missed
	Caller  id.Member   `json:"caller"`
	At      frame.Time  `json:"at"`
}

// Running is a run that is not over, or was the last.
type Running struct {
	ID      string      `json:"id"`
	Caller  id.Member   `json:"caller"`
	Epoch   int64       `json:"epoch"`
	Round   int64       `json:"round"`
	Members []id.Member `json:"members"`
	Began   frame.Time  `json:"began"`
	Since   frame.Time  `json:"since"`   // of the step, where it was called for
	Dealing seal.Blob   `json:"dealing"` // under the vault; empty when the run is over
	Pages   []seal.Blob `json:"pages"`
	Waiting []seal.Blob `json:"waiting"` // pages that came before those before them
	Said    veil.Step   `json:"said"`    // the step in which this member has spoken last
	Heard   []seal.Blob `json:"heard"`   // words of the step, where it was called for
	Failed  bool        `json:"failed"`
	Cheats  []Cheat     `json:"cheats"`
}

// Cheat names a member that broke a run, and how.
type Cheat struct {
	Member id.Member `json:"member"`
	How    string    `json:"how"`
}

// State is what an administrator sees of the secret.
type State struct {
	Epoch, Round int64
	Holders      []id.Member
	Holds        bool // this member has a share
	At           frame.Time
	Run          *Running // the last; nil: there was none
	Step         veil.Step
}

// PieceTx keeps pieces.
type PieceTx interface {
	// LookupPiece returns a piece; one with version 0 if there is none.
	LookupPiece(ctx context.Context, name string) (Piece, error)
	// SetLookupPiece keeps a piece whose stored version is p.Version and raises it by one; [fault.Stale] if it is another.
	SetLookupPiece(ctx context.Context, p Piece) error
}

// Tx is what lookups need kept.
type Tx interface {
	exchange.Tx
	keyring.PepperTx
	PieceTx
}

// Service is the use-cases of lookups.
type Service struct {
	Write    func(context.Context, audit.Entry, func(Tx) error) error
	Read     func(context.Context, func(Tx) error) error
	Now      func() time.Time
	Rand     io.Reader
	Member   id.Member
	Exchange *exchange.Service
	Keys     func() exchange.Keys
	Vault    func(ctx context.Context, tx Tx) (keyring.Vault, error)
	// What questions need beside the secret.
	Cases    *casefile.Service
	Tasks    *task.Service
	Messages *message.Service
	IDs      id.Maker
	Law      func() profile.Set
	// Clock returns the clock of a key of the profile from a moment on; a clock without an end where the profile has none.
	Clock func(key string, start frame.Time) (task.Clock, error)
	// Permit asks the rule rows whether a desk may ask a member on a basis, with a consent of hers or without.
	Permit func(ctx context.Context, tx FullTx, from id.Desk, realm access.Realm, to id.Member, basis string, consented bool) error
	// AtHome looks for the person of a case among the cases of this node that the bearer may see, and returns how many others there are.
	AtHome func(ctx context.Context, by keyring.Bearer, c id.Case) (int, error)
	// Alarm is told when a run has failed or somebody was named, with the member and how.
	Alarm func(ctx context.Context, key string, args map[string]string)
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

// Moment is the time of the node, by which is told what has been answered.
func (s *Service) Moment() frame.Time { return s.now() }

func resource() access.Resource { return access.Resource{Noun: "lookup", Realm: access.Office} }

// mostPiece bounds a piece that is kept: seven pages and as many words.
const mostPiece = 8 << 20

func load[T any](ctx context.Context, tx Tx, name string) (T, Piece, error) {
	var v T
	p, err := tx.LookupPiece(ctx, name)
	if err != nil || p.Version == 0 {
		p.Name = name
		return v, p, err
	}
	if err := frame.Decode(p.Value, mostPiece, &v); err != nil {
		return v, p, fault.Wrap(fault.Internal, "lookup.kept", err)
	}
	return v, p, nil
}

func save(ctx context.Context, tx Tx, p Piece, v any) error {
	b, err := frame.Encode(v)
	if err != nil {
		return err
	}
	p.Value = b
	return tx.SetLookupPiece(ctx, p)
}

// Show returns what this member knows of the secret and of the last run, for an administrator.
//
// It fails with [fault.Denied] for others.
func (s *Service) Show(ctx context.Context, who access.Actor) (State, error) {
	var st State
	if err := access.Check(who, access.ShowLookup, resource()); err != nil {
		return st, err
	}
	err := s.Read(ctx, func(tx Tx) error {
		secret, p, err := load[Secret](ctx, tx, pieceSecret)
		if err != nil {
			return err
		}
		if p.Version > 0 {
			g, err := veil.ParseGroup(secret.Group)
			if err != nil {
				return fault.Wrap(fault.Internal, "lookup.kept", err)
			}
			st.Epoch, st.Round, st.Holds, st.At = int64(g.Epoch), int64(g.Round), len(secret.Share) > 0, secret.At
			for _, place := range g.Holders {
				st.Holders = append(st.Holders, secret.Members[place-1])
			}
		}
		running, p, err := load[Running](ctx, tx, pieceRun)
		if err != nil || p.Version == 0 {
			return err
		}
		b, err := running.board()
		if err != nil {
			return err
		}
		st.Run, st.Step = &running, b.Step()
		return nil
	})
	return st, err
}

// board returns the run as far as it has come here.
func (r *Running) board() (*veil.Board, error) {
	b := &veil.Board{Run: r.run()}
	for _, raw := range r.Pages {
		p, err := veil.ParsePage(raw)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "lookup.kept", err)
		}
		b.Pages = append(b.Pages, p)
	}
	return b, nil
}

func (r *Running) run() veil.Run {
	return body{Run: r.ID, Epoch: r.Epoch, Round: r.Round, Members: r.Members}.run()
}

// place returns the place of a member, 0 if it has none.
func (r *Running) place(m id.Member) uint8 { return uint8(slices.Index(r.Members, m) + 1) }

// Over reports whether nothing more happens in the run.
func (r *Running) Over() bool { return len(r.Dealing) == 0 }

func hexOf(b []byte) string { return hex.EncodeToString(b) }
