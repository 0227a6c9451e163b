package transfer

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// State of a transfer.
type State string

// The states of a transfer.
const (
	Offered  State = "offered"
	Accepted State = "accepted"
	Declined State = "declined"
	Revoked  State = "revoked" // by the desk that offered it, before it was answered
)

// The bases of a transfer. There is no third one.
const (
	ByAgreement = "agreement"
	ByDuty      = "legal-duty"
)

// Transfer is the operational row: identifiers, codes and times.
type Transfer struct {
	ID          id.Record
	Reference   id.Reference // of the transfer; that of the case is not told before it is accepted
	Case        id.Case
	From        id.Desk
	To          id.Desk
	Realm       access.Realm
	State       State
	Basis       string
	Override    id.Consent // by a duty of law: where the duty was recorded, and approved
	AgeClass    person.AgeClass
	Urgent      bool
	Record      id.Record // the sealed handover, in the case
	Maker       id.User
	Made        frame.Time
	Decider     id.User
	Responded   frame.Time
	Reason      string  // why it was declined or taken back, code
	Alternative id.Desk // the desk that the one that declined proposes; empty: none
	Version     int64
}

// Item is something that belongs to the case, and what becomes of it.
type Item struct {
	Kind      string `json:"kind"`                // referral, draft, return, task, hold, hit
	Reference string `json:"reference,omitempty"` // by which the desk knows it
	State     string `json:"state,omitempty"`     // code, where it has one
	Moves     bool   `json:"moves"`               // it goes along; otherwise it stays with the desk that has it
}

// Tx is what transfers need kept.
type Tx interface {
	casefile.Tx

	// AddTransfer keeps a new transfer; [fault.Conflict] if one of the case is open.
	AddTransfer(ctx context.Context, t Transfer) error
	// SetTransfer replaces a row whose stored version is t.Version and raises it by one; [fault.Stale] if it is another.
	SetTransfer(ctx context.Context, t Transfer) error
	// Transfer returns one; [fault.NotFound] if there is none.
	Transfer(ctx context.Context, t id.Record) (Transfer, error)
	// TransfersOf returns those of a case, the newest first.
	TransfersOf(ctx context.Context, c id.Case) ([]Transfer, error)
	// TransfersAt returns those that a desk offered or was offered, the newest first, before the one named.
	TransfersAt(ctx context.Context, desk id.Desk, before id.Record, limit int) ([]Transfer, error)
}

// Service is the use-cases of transfers.
type Service struct {
	Write func(context.Context, audit.Entry, func(Tx) error) error
	Read  func(context.Context, func(Tx) error) error
	Now   func() time.Time
	IDs   id.Maker
	// Member is whose node this is.
	Member id.Member
	Cases  *casefile.Service
	// Leaving says what belongs to a case that goes to a desk, and what becomes of it; it fails with [fault.Conflict] where something is
	// going on that has to end before.
	Leaving func(ctx context.Context, tx Tx, c casefile.Case, to id.Desk) ([]Item, error)
	// Moved takes along what goes, in the same transaction.
	Moved func(ctx context.Context, tx Tx, before, after casefile.Case) error
	// Tell makes and ends what somebody has to do about a transfer, after each of its steps.
	Tell func(ctx context.Context, tx Tx, t Transfer) error
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

func bad(field string) error { return fault.New(fault.Invalid, "transfer.field").With("field", field) }

// Kind is the kind of the sealed record of a case that hands it over.
const Kind = "handover"

// Form names the form of a [Handover].
const Form = "opentrm/handover/1"

// maxNote is the number of characters of a handover note.
const maxNote = 20000

// Agreement is that she, and for a child who answers for her, wants the other desk to have her whole file.
type Agreement struct {
	On            string `json:"on"`                       // yyyy-mm-dd
	GivenBy       string `json:"given_by"`                 // as in a consent: herself, guardian, authority
	Guardian      string `json:"guardian,omitempty"`       // who, where it was not herself
	Assent        bool   `json:"assent,omitempty"`         // of the child
	BestInterests string `json:"best_interests,omitempty"` // note, for a child
	Told          bool   `json:"told"`                     // which desk, that it gets the whole file, that she may say no, and that help goes on
	How           string `json:"how"`                      // as in a consent: written, oral
	Witness       string `json:"witness,omitempty"`        // of an oral one
	Language      string `json:"language"`                 // of the conversation, BCP 47
	Interpreter   string `json:"interpreter,omitempty"`
}

// Handover is what the desk that has a case leaves to the one that takes it. It is sealed in the case, so that it is read by whoever
// reads the case.
type Handover struct {
	Form      string     `json:"form"`
	Transfer  id.Record  `json:"transfer"`
	From      id.Desk    `json:"from"`
	To        id.Desk    `json:"to"`
	Basis     string     `json:"basis"`
	Agreement *Agreement `json:"agreement,omitempty"`
	Override  id.Consent `json:"override,omitempty"`
	Note      string     `json:"note"`
	Items     []Item     `json:"items"` // what went along and what stayed, as it was offered
	At        frame.Time `json:"at"`
	By        id.User    `json:"by"`
}

// put seals a handover in the case.
func (s *Service) put(ctx context.Context, tx Tx, k *keyring.Case, x Handover, class person.AgeClass) (id.Record, error) {
	if err := x.check(class); err != nil {
		return "", err
	}
	body, err := frame.Encode(x)
	if err != nil {
		return "", err
	}
	r, err := k.PutIn(ctx, tx, keyring.Record{Kind: Kind, Compartment: k.Home(), Body: body})
	return r.ID, err
}

// wide is the transaction of cases as transfers need it.
func wide(over any) (Tx, error) {
	tx, ok := over.(Tx)
	if !ok {
		return nil, fault.New(fault.Internal, "transfer.wiring")
	}
	return tx, nil
}
