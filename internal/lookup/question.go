package lookup

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/veil"
)

// Stage is how far a question has come.
type Stage string

// The stages.
const (
	Proposed Stage = "proposed" // a second person has to say that it is asked
	Declined Stage = "declined" // she said that it is not
	Hidden   Stage = "hidden"   // holders have it, hidden
	Sent     Stage = "sent"     // members have it, as tags; nothing more has to be done here
	Failed   Stage = "failed"   // too few holders have answered in time
)

// Question is what a desk asks other members about one of its cases, or holders about its own records. It says nothing of who it is about: that lies
// sealed in the case, or of several under the key of the desk.
type Question struct {
	ID        id.Lookup    `json:"id"`
	Reference id.Reference `json:"reference"` // neutral, local
	Case      id.Case      `json:"case"`      // empty: several, in Covers
	Desk      id.Desk      `json:"desk"`
	Realm     access.Realm `json:"realm"`
	Class     Class        `json:"class"`
	About     string       `json:"about"`   // [AboutPerson], or the template of a thing
	Purpose   string       `json:"purpose"` // code
	Basis     string       `json:"basis"`   // code of the legal basis
	Consent   id.Consent   `json:"consent"` // empty: on a duty
	By        id.User      `json:"by"`
	Second    id.User      `json:"second"`
	Stage     Stage        `json:"stage"`
	Made      frame.Time   `json:"made"`
	Asked     frame.Time   `json:"asked"` // the holders
	Sent      frame.Time   `json:"sent"`  // to the members
	Due       frame.Time   `json:"due"`   // from then on no answer is one
	Group     seal.Blob    `json:"group"` // of the secret, as of asking
	Query     seal.Blob    `json:"query"`
	Asking    id.Record    `json:"asking"` // in the case: what the query was made from
	Holders   []Holder     `json:"holders"`
	Members   []Told       `json:"members"`
	Covers    []Covered    `json:"covers"`     // of an enrolment
	Sealed    seal.Blob    `json:"sealed"`     // of an enrolment: what the query was made from
	BoxAge    int64        `json:"box_age"`    // generation of the desk's key over the key of Sealed
	BoxSealed seal.Blob    `json:"box_sealed"` // that key
	Thing     id.Record    `json:"thing"`      // in the case: what it is about; empty: its person
	Record    int64        `json:"record"`     // version of what was written of her when she was asked about
	Demanded  frame.Time   `json:"demanded"`   // by the data-protection officer, to be opened
	OpenBy    frame.Time   `json:"open_by"`
	Opened    frame.Time   `json:"opened"`
	Found     Finding      `json:"found"`
	Version   int64        `json:"-"`
}

// AboutPerson says that a question is about a person.
const AboutPerson = "person"

// Holder is one of those who are asked with the hidden query.
type Holder struct {
	Member  id.Member  `json:"member"`
	At      frame.Time `json:"at"`     // of the answer; 0: none yet
	Answer  seal.Blob  `json:"answer"` // until the question has been put
	Refused string     `json:"refused"`
}

// Told is a member to which the question was put.
type Told struct {
	Member id.Member  `json:"member"`
	At     frame.Time `json:"at"`     // when its message came; 0: none has
	Thread id.Thread  `json:"thread"` // of the message
}

// Covered is one case that an enrolment is for.
type Covered struct {
	Case    id.Case    `json:"case"`
	Consent id.Consent `json:"consent"`
	Record  int64      `json:"record"` // version of what is written of her
	Keys    int        `json:"keys"`   // how many keys of the query are hers
}

// Answers returns how many members were asked at a time, and of how many there is an answer: a message, or the end of the time for one.
func (q *Question) Answers(now frame.Time) (answered, asked int) {
	for _, m := range q.Members {
		if Seen(now, q.Due, m.At != 0) != Waiting {
			answered++
		}
	}
	return answered, len(q.Members)
}

// HitState is how far a hit has come.
type HitState string

// The states of a hit.
const (
	HitOpen   HitState = "open"
	HitSpoken HitState = "spoken"
	HitSilent HitState = "silent" // one of the desk said so, or nobody said anything in time
)

// Hit is that another member asked about somebody whom this one knows. Only the desk that holds her case learns of it.
type Hit struct {
	ID        id.Search     `json:"id"`
	Reference id.Reference  `json:"reference"`
	Question  id.Lookup     `json:"question"`
	From      id.Address    `json:"from"` // whose desk asks
	Case      id.Case       `json:"case"`
	Desk      id.Desk       `json:"desk"`
	Realm     access.Realm  `json:"realm"`
	About     string        `json:"about"`
	Purpose   string        `json:"purpose"`
	Basis     string        `json:"basis"`
	Likeness  veil.Likeness `json:"likeness"`
	At        frame.Time    `json:"at"`
	Due       frame.Time    `json:"due"`
	State     HitState      `json:"state"`
	First     id.User       `json:"first"` // who wants to speak
	Second    id.User       `json:"second"`
	Ended     frame.Time    `json:"ended"`
	Words     id.Record     `json:"words"`    // in the case: what she wants to say
	Language  string        `json:"language"` // of them
	On        string        `json:"on"`       // legal basis of what is said
	Thread    id.Thread     `json:"thread"`
	Version   int64         `json:"-"`
}

// Heard is what another member has asked and nobody has looked at yet.
type Heard struct {
	ID     id.Lookup
	Member id.Member
	Step   string
	At     frame.Time
	Value  []byte
}

// Logged is that something was asked here: by whom and how much, never about whom.
type Logged struct {
	ID      id.Lookup
	Member  id.Member
	Officer string // pseudonym that her member gave her for a month
	Class   Class
	At      frame.Time
	Many    int64  // persons or things
	Digest  []byte // SHA-256 of the query; empty: tags
	Refused string // whose quota it was over; empty: none
}

// Tagged is by what a case is found when another member asks.
type Tagged struct {
	Case     id.Case
	Epoch    int64
	Tag      veil.Tag
	Template veil.Template
	Realm    access.Realm
}

// Enrolled says that a case is found when another member asks, on what ground, and of which version of its record.
type Enrolled struct {
	Case    id.Case
	Desk    id.Desk
	Consent id.Consent // empty: a file of the prosecution
	Epoch   int64
	Record  int64
	At      frame.Time
	Waits   id.Lookup // by which the holders are being asked; empty: the tags are there
}

// Row is a question or a hit as it rests.
type Row struct {
	ID      string
	Case    id.Case
	Desk    id.Desk
	Class   Class // of a question
	State   string
	At      frame.Time // made; of a hit, due
	Value   []byte
	Version int64
}

// AskTx keeps questions, what was heard, tags and hits.
type AskTx interface {
	AddLookup(ctx context.Context, r Row) error
	// SetLookup replaces a row whose stored version is r.Version; [fault.Stale] if it is another.
	SetLookup(ctx context.Context, r Row) error
	// Lookup returns one; [fault.NotFound] if there is none.
	Lookup(ctx context.Context, q id.Lookup) (Row, error)
	LookupsOf(ctx context.Context, c id.Case) ([]Row, error)
	LookupsAt(ctx context.Context, desk id.Desk, class Class, stage Stage, limit int) ([]Row, error)
	LookupsIn(ctx context.Context, stage Stage, limit int) ([]Row, error)
	DropLookup(ctx context.Context, q id.Lookup) error
	DropLookupsOf(ctx context.Context, c id.Case) error

	// AddLookupHeard keeps what was heard, once.
	AddLookupHeard(ctx context.Context, h Heard) error
	LookupsHeard(ctx context.Context, limit int) ([]Heard, error)
	DropLookupHeard(ctx context.Context, h Heard) error

	AddLookupLog(ctx context.Context, l Logged) error
	// LookupUsed returns how many were asked about since then and not refused: by a member and an officer if they are named.
	LookupUsed(ctx context.Context, class Class, since frame.Time, m id.Member, officer string) (int64, error)
	LookupLog(ctx context.Context, since frame.Time, limit int) ([]Logged, error)
	// ForgetLookupLog forgets what was asked before, and returns how much.
	ForgetLookupLog(ctx context.Context, before frame.Time) (int64, error)

	AddLookupTag(ctx context.Context, t Tagged) error
	DropLookupTags(ctx context.Context, c id.Case) error
	LookupTagged(ctx context.Context, epoch int64, realm access.Realm, tag veil.Tag, limit int) ([]Tagged, error)
	AddLookupEnrolled(ctx context.Context, e Enrolled) error
	DropLookupEnrolled(ctx context.Context, c id.Case) error
	// LookupEnrolled returns how a case is enrolled; [fault.NotFound] if it is not.
	LookupEnrolled(ctx context.Context, c id.Case) (Enrolled, error)
	LookupsEnrolled(ctx context.Context, after id.Case, limit int) ([]Enrolled, error)
	// LookupsWanting returns the live consents with a purpose of the open and closed cases of a desk, by case.
	LookupsWanting(ctx context.Context, desk id.Desk, p consent.Purpose, now frame.Time) ([]consent.Consent, error)

	AddLookupHit(ctx context.Context, r Row) error
	SetLookupHit(ctx context.Context, r Row) error
	// LookupHit returns one; [fault.NotFound] if there is none.
	LookupHit(ctx context.Context, h id.Search) (Row, error)
	LookupHitsOn(ctx context.Context, c id.Case) ([]Row, error)
	LookupHitsAt(ctx context.Context, desk id.Desk, limit int) ([]Row, error)
	LookupHitsDue(ctx context.Context, now frame.Time, limit int) ([]Row, error)
	DropLookupHits(ctx context.Context, c id.Case) error

	DemandTx

	// CaseIDsAt returns the cases of a desk; of one owner if it is named.
	CaseIDsAt(ctx context.Context, desk id.Desk, owner id.User) ([]id.Case, error)
}

// FullTx is what questions need kept beside the secret.
type FullTx interface {
	Tx
	casefile.Tx
	message.Tx
	AskTx
}

// full returns the transaction of another noun as one for questions.
func full(over any) (FullTx, error) {
	tx, ok := over.(FullTx)
	if !ok {
		return nil, fault.New(fault.Internal, "lookup.wiring")
	}
	return tx, nil
}

func (q *Question) row() (Row, error) {
	b, err := frame.Encode(q)
	return Row{ID: string(q.ID), Case: q.Case, Desk: q.Desk, Class: q.Class, State: string(q.Stage), At: q.Made, Value: b, Version: q.Version}, err
}

func questionOf(r Row) (Question, error) {
	var q Question
	if err := frame.Decode(r.Value, mostPiece, &q); err != nil {
		return q, fault.Wrap(fault.Internal, "lookup.kept", err)
	}
	q.Version = r.Version
	return q, nil
}

func questionsOf(all []Row, err error) ([]Question, error) {
	out := make([]Question, 0, len(all))
	for _, r := range all {
		q, wrong := questionOf(r)
		if err != nil || wrong != nil {
			return nil, wrong
		}
		out = append(out, q)
	}
	return out, err
}

// known returns a question; [fault.Hidden] if there is none.
func known(ctx context.Context, tx FullTx, q id.Lookup) (Question, error) {
	r, err := tx.Lookup(ctx, q)
	if fault.Is(err, fault.NotFound) {
		return Question{}, fault.New(fault.Hidden, "access.hidden")
	}
	if err != nil {
		return Question{}, err
	}
	return questionOf(r)
}

// set keeps a question that has changed.
func set(ctx context.Context, tx FullTx, q *Question) error {
	r, err := q.row()
	if err != nil {
		return err
	}
	q.Version++
	return tx.SetLookup(ctx, r)
}

func (h *Hit) row() (Row, error) {
	b, err := frame.Encode(h)
	return Row{ID: string(h.ID), Case: h.Case, Desk: h.Desk, State: string(h.State), At: h.Due, Value: b, Version: h.Version}, err
}

func hitOf(r Row) (Hit, error) {
	var h Hit
	if err := frame.Decode(r.Value, mostPiece, &h); err != nil {
		return h, fault.Wrap(fault.Internal, "lookup.kept", err)
	}
	h.Version = r.Version
	return h, nil
}

func hitsOf(all []Row, err error) ([]Hit, error) {
	out := make([]Hit, 0, len(all))
	for _, r := range all {
		h, wrong := hitOf(r)
		if err != nil || wrong != nil {
			return nil, wrong
		}
		out = append(out, h)
	}
	return out, err
}

func setHit(ctx context.Context, tx FullTx, h *Hit) error {
	r, err := h.row()
	if err != nil {
		return err
	}
	h.Version++
	return tx.SetLookupHit(ctx, r)
}
