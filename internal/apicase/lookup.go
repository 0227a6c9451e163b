package apicase

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/veil"
)

// Lookup is a question to other members, whether they know the person of a case.
type Lookup struct {
	ID        id.Lookup      `json:"id"`
	Reference id.Reference   `json:"reference"`
	Case      id.Case        `json:"case"`
	Stage     lookup.Stage   `json:"stage" enum:"proposed,declined,hidden,sent,failed" doc:"hidden: the holders of the secret have it; sent: the members have it"`
	Purpose   string         `json:"purpose"`
	Basis     string         `json:"basis"`
	Consent   id.Consent     `json:"consent,omitempty"`
	By        id.User        `json:"by"`
	Second    id.User        `json:"second,omitempty"`
	Made      frame.Time     `json:"made"`
	Sent      frame.Time     `json:"sent"`
	Due       frame.Time     `json:"due" doc:"From then on no answer is one, whatever a member knows"`
	Answered  int            `json:"answered" doc:"How many members have answered, or have let the time pass"`
	Members   []LookupMember `json:"members" nullable:"false"`
}

// LookupMember is what is seen of a member that was asked.
type LookupMember struct {
	Member id.Member     `json:"member"`
	Answer lookup.Answer `json:"answer" enum:"asked,message,no-answer"`
	Thread id.Thread     `json:"thread,omitempty" doc:"Of its message"`
}

func (a *Area) lookupOf(q lookup.Question) Lookup {
	now := a.Lookups.Moment()
	answered, _ := q.Answers(now)
	out := Lookup{
		ID: q.ID, Reference: q.Reference, Case: q.Case, Stage: q.Stage, Purpose: q.Purpose, Basis: q.Basis, Consent: q.Consent, By: q.By, Second: q.Second,
		Made: q.Made, Sent: q.Sent, Due: q.Due, Answered: answered, Members: []LookupMember{},
	}
	for _, m := range q.Members {
		out.Members = append(out.Members, LookupMember{m.Member, lookup.Seen(now, q.Due, m.At != 0), m.Thread})
	}
	return out
}

// Lookups are the questions about a case.
type Lookups struct {
	Body struct {
		Items []Lookup `json:"items" nullable:"false"`
	}
}

// ofLookups names the case whose questions are listed.
type ofLookups struct {
	call.Session
	Case id.Case `path:"case"`
}

func (a *Area) lookups(ctx context.Context, by keyring.Bearer, in *ofLookups) (*Lookups, error) {
	all, _, err := a.Lookups.Of(ctx, by.Actor, in.Case)
	if err != nil {
		return nil, err
	}
	out := &Lookups{}
	out.Body.Items = []Lookup{}
	for _, q := range all {
		out.Body.Items = append(out.Body.Items, a.lookupOf(q))
	}
	return out, nil
}

// LookupProposal is what is to be asked.
type LookupProposal struct {
	call.Session
	call.Once
	Case id.Case `path:"case"`
	Body struct {
		Purpose string     `json:"purpose" maxLength:"64" doc:"Code of the list lookup-purposes"`
		Basis   string     `json:"basis" maxLength:"64" doc:"Code of the legal basis"`
		Consent id.Consent `json:"consent,omitempty" maxLength:"64" doc:"Of hers, to be asked about and found; needed where the rule row says so"`
		Thing   id.Record  `json:"thing,omitempty" maxLength:"64" doc:"Of a file of the prosecution, that is asked about"`
		Anyway  bool       `json:"anyway,omitempty" doc:"Although other files here seem to be of the same person: they were looked at"`
	}
}

// OneLookup is one question.
type OneLookup struct{ Body Lookup }

func (a *Area) askLookup(ctx context.Context, by keyring.Bearer, in *LookupProposal) (*OneLookup, error) {
	q, err := a.Lookups.Propose(ctx, by, in.Case, lookup.Proposal{Purpose: in.Body.Purpose, Basis: in.Body.Basis, Consent: in.Body.Consent, Thing: in.Body.Thing, Anyway: in.Body.Anyway})
	if err != nil {
		return nil, err
	}
	return &OneLookup{a.lookupOf(q)}, nil
}

// LookupConfirmation says as the second person whether it is asked.
type LookupConfirmation struct {
	call.Session
	call.Once
	Lookup id.Lookup `path:"lookup"`
	Body   struct {
		Ask bool `json:"ask"`
	}
}

func (a *Area) confirmLookup(ctx context.Context, by keyring.Bearer, in *LookupConfirmation) (*OneLookup, error) {
	q, err := a.Lookups.Confirm(ctx, by, in.Lookup, in.Body.Ask)
	if err != nil {
		return nil, err
	}
	return &OneLookup{a.lookupOf(q)}, nil
}

// LookupAttendance is how much was done with one's keys.
type LookupAttendance struct {
	Body struct {
		Done int `json:"done"`
	}
}

// attending is a request to do it.
type attending struct {
	call.Session
	call.Once
}

func (a *Area) attendLookups(ctx context.Context, by keyring.Bearer, _ *attending) (*LookupAttendance, error) {
	n, err := a.Lookups.Attend(ctx, by)
	if err != nil {
		return nil, err
	}
	out := &LookupAttendance{}
	out.Body.Done = n
	return out, nil
}

// LookupHit is that another member asks about somebody of one's desk.
type LookupHit struct {
	ID        id.Search       `json:"id"`
	Reference id.Reference    `json:"reference"`
	From      string          `json:"from" doc:"The desk that asks"`
	Case      id.Case         `json:"case"`
	Purpose   string          `json:"purpose"`
	Basis     string          `json:"basis"`
	Likeness  veil.Likeness   `json:"likeness" enum:"possible,likely"`
	At        frame.Time      `json:"at"`
	Due       frame.Time      `json:"due" doc:"Who says nothing until then is silent"`
	State     lookup.HitState `json:"state" enum:"open,spoken,silent"`
	First     id.User         `json:"first,omitempty" doc:"Who wants to speak"`
	Second    id.User         `json:"second,omitempty"`
	Thread    id.Thread       `json:"thread,omitempty" doc:"In which was spoken"`
}

func lookupHitOf(h lookup.Hit) LookupHit {
	return LookupHit{
		ID: h.ID, Reference: h.Reference, From: h.From.String(), Case: h.Case, Purpose: h.Purpose, Basis: h.Basis, Likeness: h.Likeness, At: h.At, Due: h.Due,
		State: h.State, First: h.First, Second: h.Second, Thread: h.Thread,
	}
}

// LookupHits is a list of them.
type LookupHits struct {
	Body struct {
		Items []LookupHit `json:"items" nullable:"false"`
	}
}

func (a *Area) lookupHits(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*LookupHits, error) {
	all, err := a.Lookups.Hits(ctx, by.Actor)
	if err != nil {
		return nil, err
	}
	out := &LookupHits{}
	out.Body.Items = []LookupHit{}
	for _, h := range all {
		out.Body.Items = append(out.Body.Items, lookupHitOf(h))
	}
	return out, nil
}

// lookupHitPath names one.
type lookupHitPath struct {
	call.Session
	Hit id.Search `path:"hit"`
}

// LookupWords is one hit, with what the desk wants to say.
type LookupWords struct {
	Body struct {
		Hit   LookupHit `json:"hit"`
		Words string    `json:"words" doc:"Empty: nobody wants to say anything yet"`
	}
}

func (a *Area) lookupHit(ctx context.Context, by keyring.Bearer, in *lookupHitPath) (*LookupWords, error) {
	h, words, err := a.Lookups.Hit(ctx, by, in.Hit)
	if err != nil {
		return nil, err
	}
	out := &LookupWords{}
	out.Body.Hit, out.Body.Words = lookupHitOf(h), words
	return out, nil
}

// LookupDecision is what one's desk does about a hit.
type LookupDecision struct {
	call.Session
	call.Once
	Hit  id.Search `path:"hit"`
	Body struct {
		What     string `json:"what" enum:"say,agree,silent" doc:"say: these words, if a second person agrees; agree: as that second person; silent: nothing is said"`
		Language string `json:"language,omitempty" maxLength:"35" doc:"Of the words, BCP 47"`
		Words    string `json:"words,omitempty" maxLength:"32768"`
		Basis    string `json:"basis,omitempty" maxLength:"64" doc:"Legal basis of saying it, code"`
	}
}

// OneLookupHit is one hit.
type OneLookupHit struct{ Body LookupHit }

func (a *Area) decideLookup(ctx context.Context, by keyring.Bearer, in *LookupDecision) (*OneLookupHit, error) {
	var h lookup.Hit
	var err error
	switch in.Body.What {
	case "say":
		h, err = a.Lookups.Say(ctx, by, in.Hit, lookup.Speaking{Language: in.Body.Language, Text: in.Body.Words, Basis: in.Body.Basis})
	case "agree":
		h, err = a.Lookups.Agree(ctx, by, in.Hit)
	default:
		h, err = a.Lookups.BeSilent(ctx, by, in.Hit)
	}
	if err != nil {
		return nil, err
	}
	return &OneLookupHit{lookupHitOf(h)}, nil
}

// LookupThing is what a desk of the prosecution looks for.
type LookupThing struct {
	ID    id.Record     `json:"id"`
	Kind  veil.Template `json:"kind" enum:"phone,plate,company,document,handle"`
	Where string        `json:"where" doc:"Country, ISO 3166-1 alpha-2; of an online name its platform"`
	Text  string        `json:"text"`
}

// LookupThings are those of a file.
type LookupThings struct {
	Body struct {
		Items []LookupThing `json:"items" nullable:"false"`
	}
}

func (a *Area) lookupThings(ctx context.Context, by keyring.Bearer, in *ofLookups) (*LookupThings, error) {
	all, err := a.Lookups.Things(ctx, by, in.Case)
	if err != nil {
		return nil, err
	}
	out := &LookupThings{}
	out.Body.Items = []LookupThing{}
	for _, t := range all {
		out.Body.Items = append(out.Body.Items, LookupThing{t.ID, t.Kind, t.Where, t.Text})
	}
	return out, nil
}

// LookupThingNote is one that is written down.
type LookupThingNote struct {
	call.Session
	call.Once
	Case id.Case `path:"case"`
	Body struct {
		Kind  veil.Template `json:"kind" enum:"phone,plate,company,document,handle"`
		Where string        `json:"where,omitempty" maxLength:"100" doc:"Country, ISO 3166-1 alpha-2; of an online name its platform"`
		Text  string        `json:"text" minLength:"1" maxLength:"400"`
	}
}

// OneLookupThing is one.
type OneLookupThing struct{ Body LookupThing }

func (a *Area) noteLookupThing(ctx context.Context, by keyring.Bearer, in *LookupThingNote) (*OneLookupThing, error) {
	t, err := a.Lookups.Note(ctx, by, in.Case, lookup.Thing{Kind: in.Body.Kind, Where: in.Body.Where, Text: in.Body.Text})
	if err != nil {
		return nil, err
	}
	return &OneLookupThing{LookupThing{t.ID, t.Kind, t.Where, t.Text}}, nil
}
