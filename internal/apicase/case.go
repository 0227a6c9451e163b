package apicase

import (
	"context"
	"encoding/json"
	"io"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Case is what a desk may know of a case without opening it.
type Case struct {
	ID        id.Case         `json:"id"`
	Reference id.Reference    `json:"reference" doc:"Neutral and speakable; never crosses a border"`
	Desk      id.Desk         `json:"desk"`
	Realm     access.Realm    `json:"realm"`
	State     casefile.State  `json:"state"`
	AgeClass  person.AgeClass `json:"age_class"`
	Asylum    bool            `json:"asylum"`
	Origins   []string        `json:"origins" nullable:"false"`
	Status    string          `json:"status" doc:"Of identification; empty: none decided"`
	Grade     casefile.Grade  `json:"grade" doc:"Highest of the newest assessment"`
	Review    frame.Time      `json:"review" doc:"When the newest assessment has to be looked at again"`
	Opened    frame.Time      `json:"opened"`
	Closed    frame.Time      `json:"closed"`
	Version   int64           `json:"version"`
}

func caseOf(c casefile.Case) Case {
	return Case{
		ID: c.ID, Reference: c.Reference, Desk: c.Desk, Realm: c.Realm, State: c.State, AgeClass: c.AgeClass, Asylum: c.Asylum,
		Origins: append([]string{}, c.Origins...), Status: c.Status, Grade: c.Grade, Review: c.Review, Opened: c.Opened,
		Closed: c.Closed, Version: c.Version,
	}
}

// Opening is what a case begins with.
type Opening struct {
	call.Session
	call.Once
	Body struct {
		AgeClass person.AgeClass `json:"age_class,omitempty" enum:"child,adult,unknown"`
		Asylum   bool            `json:"asylum,omitempty"`
		Origins  []string        `json:"origins,omitempty" maxItems:"20"`
	}
}

// OneOpened is a case without its content.
type OneOpened struct {
	ETag string `header:"ETag" json:"etag,omitempty"`
	Body Case
}

func (a *Area) openCase(ctx context.Context, by keyring.Bearer, in *Opening) (*OneOpened, error) {
	c, err := a.Cases.Open(ctx, by, casefile.Opening{AgeClass: in.Body.AgeClass, Asylum: in.Body.Asylum, Origins: in.Body.Origins})
	return &OneOpened{call.Tag(c.Version), caseOf(c)}, err
}

func (a *Area) listCases(ctx context.Context, by keyring.Bearer, in *call.Listing) (*call.List[Case], error) {
	after, err := in.Cursor()
	if err != nil {
		return nil, err
	}
	limit := min(in.AtMost(), 200)
	all, err := a.Cases.List(ctx, by.Actor, casefile.Filter{After: id.Case(after), Limit: limit})
	out := &call.List[Case]{}
	out.Body.Items = []Case{}
	for _, c := range all {
		out.Body.Items = append(out.Body.Items, caseOf(c))
	}
	if len(all) == limit {
		out.Body.Next = in.Next(string(all[limit-1].ID))
	}
	return out, err
}

// Spoken is a reference as people say it.
type Spoken struct {
	call.Session
	Reference string `path:"reference" maxLength:"40"`
}

func (a *Area) findCase(ctx context.Context, by keyring.Bearer, in *Spoken) (*OneOpened, error) {
	c, err := a.Cases.Find(ctx, by.Actor, in.Reference)
	return &OneOpened{call.Tag(c.Version), caseOf(c)}, err
}

// OneCase names a case.
type OneCase struct {
	call.Session
	Case id.Case `path:"case" maxLength:"64"`
}

// Item of a file: a record with who wrote it and when.
type record[T any] struct {
	Record  id.Record  `json:"record"`
	Version int64      `json:"version"`
	At      frame.Time `json:"at"`
	By      id.User    `json:"by"`
	Value   T          `json:"value"`
}

func recordsOf[T any](all []casefile.Kept[T]) json.RawMessage {
	out := make([]record[T], len(all))
	for i, k := range all {
		out[i] = record[T]{k.Record, k.Version, k.At, k.By, k.Value}
	}
	b, err := json.Marshal(out)
	if err != nil {
		return nil
	}
	return b
}

// File is the content of a case, as far as it is open to the reader. Records have record, version, at, by and value.
type File struct {
	ETag string `header:"ETag"`
	Body struct {
		Case        Case               `json:"case"`
		Freshness   casefile.Freshness `json:"freshness" doc:"Of the risk assessment"`
		Glass       bool               `json:"glass" doc:"Read under break-glass"`
		Person      json.RawMessage    `json:"person,omitempty" doc:"spec/schema, without numbers and addresses"`
		Notes       json.RawMessage    `json:"notes"`
		Assessments json.RawMessage    `json:"assessments"`
		Decisions   json.RawMessage    `json:"decisions"`
		Deliveries  json.RawMessage    `json:"deliveries"`
		Reflections json.RawMessage    `json:"reflections"`
		Refusals    json.RawMessage    `json:"refusals"`
		Closures    json.RawMessage    `json:"closures"`
		Reopenings  json.RawMessage    `json:"reopenings"`
		Mediations  json.RawMessage    `json:"mediations" doc:"How texts were put to her"`
		Attachments json.RawMessage    `json:"attachments"`
		Shut        int                `json:"shut" doc:"Records that are there and not open to the reader"`
	}
}

func (a *Area) readCase(ctx context.Context, by keyring.Bearer, in *OneCase) (*File, error) {
	f, err := a.Cases.Show(ctx, by, in.Case)
	if err != nil {
		return nil, err
	}
	out := &File{ETag: call.Tag(f.Version)}
	out.Body.Case, out.Body.Freshness, out.Body.Glass, out.Body.Shut = caseOf(f.Case), f.Freshness, f.Glass, f.Shut
	out.Body.Notes, out.Body.Assessments, out.Body.Decisions = recordsOf(f.Notes), recordsOf(f.Assessments), recordsOf(f.Decisions)
	out.Body.Deliveries, out.Body.Closures, out.Body.Attachments = recordsOf(f.Deliveries), recordsOf(f.Closures), recordsOf(f.Attachments)
	out.Body.Reflections = recordsOf(f.Reflections)
	out.Body.Refusals = recordsOf(f.Refusals)
	out.Body.Reopenings, out.Body.Mediations = recordsOf(f.Reopenings), recordsOf(f.Mediations)
	if f.Who != nil {
		out.Body.Person, err = frame.Encode(f.Who.Person)
	}
	return out, err
}

// Openings is by which functions and when a case was opened.
type Openings struct {
	Body struct {
		Items []OpenedOn `json:"items" nullable:"false"`
	}
}

// OpenedOn says that somebody with a function opened a case on a day.
type OpenedOn struct {
	Day  string      `json:"day" format:"date"`
	Role access.Role `json:"role"`
}

func (a *Area) caseOpenings(ctx context.Context, by keyring.Bearer, in *OneCase) (*Openings, error) {
	all, err := a.Cases.Openings(ctx, by.Actor, in.Case)
	out := &Openings{}
	out.Body.Items = make([]OpenedOn, len(all))
	for i, o := range all {
		out.Body.Items[i] = OpenedOn{Day: o.Date(), Role: o.Role}
	}
	return out, err
}

// Noting is a note.
type Noting struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body struct {
		Language string     `json:"language" maxLength:"35" doc:"BCP 47, of the note"`
		Text     string     `json:"text" maxLength:"100000"`
		About    frame.Time `json:"about,omitempty" doc:"When it happened; left out: now"`
	}
}

func (a *Area) noteCase(ctx context.Context, by keyring.Bearer, in *Noting) (*call.Made, error) {
	k, err := a.Cases.Note(ctx, by, in.Case, casefile.Note{Language: in.Body.Language, Text: in.Body.Text, About: in.Body.About})
	return call.MadeOf(string(k.Record), k.Version), err
}

// Assessing is a risk assessment.
type Assessing struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body casefile.Assessment
}

func (a *Area) assessCase(ctx context.Context, by keyring.Bearer, in *Assessing) (*call.Made, error) {
	k, err := a.Cases.Assess(ctx, by, in.Case, in.Body)
	return call.MadeOf(string(k.Record), k.Version), err
}

// Deciding is a status decision.
type Deciding struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body casefile.Decision
}

func (a *Area) decideCase(ctx context.Context, by keyring.Bearer, in *Deciding) (*call.Made, error) {
	k, err := a.Cases.Decide(ctx, by, in.Case, in.Body)
	return call.MadeOf(string(k.Record), k.Version), err
}

// Attaching is a file. Its name is not in the address of the request, which proxies log.
type Attaching struct {
	call.Session
	call.Once
	call.Upload
	Case id.Case `path:"case" maxLength:"64"`
	Name string  `header:"File-Name" maxLength:"200" json:"name"`
}

func (a *Area) attachCase(ctx context.Context, by keyring.Bearer, in *Attaching) (*call.Made, error) {
	k, err := a.Cases.Attach(ctx, by, in.Case, casefile.Upload{Name: in.Name, Body: in})
	return call.MadeOf(string(k.Record), k.Version), err
}

// OneRecord names a record of a case.
type OneRecord struct {
	call.Session
	Case   id.Case   `path:"case" maxLength:"64"`
	Record id.Record `path:"record" maxLength:"64"`
}

// fetchAttachment sends a file. One that breaks off in the middle ends the connection, so that nobody takes it for whole.
func (a *Area) fetchAttachment(ctx context.Context, by keyring.Bearer, in *OneRecord) (*call.Streamed, error) {
	return call.Stream(ctx, a.Log, "case.fetch", func(w io.Writer) error {
		_, err := a.Cases.Fetch(ctx, by, in.Case, in.Record, w)
		return err
	})
}

// Closing ends a case.
type Closing struct {
	call.Session
	call.Match
	Case id.Case `path:"case" maxLength:"64"`
	Body casefile.Closure
}

func (a *Area) closeCase(ctx context.Context, by keyring.Bearer, in *Closing) (*OneOpened, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	c, err := a.Cases.Close(ctx, by, in.Case, version, in.Body)
	return &OneOpened{call.Tag(c.Version), caseOf(c)}, err
}

// Erasing names a case of which nothing shall remain.
type Erasing struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
}

func (a *Area) eraseCase(ctx context.Context, by keyring.Bearer, in *Erasing) (*call.Nothing, error) {
	return nil, a.Cases.Erase(ctx, by.Actor, in.Case)
}

// Rekey asks to give a case new keys, or to go on with it.
type Rekey struct {
	call.Session
	call.Once
	Case  id.Case `path:"case" maxLength:"64"`
	Limit int     `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

func (a *Area) rekeyCase(ctx context.Context, by keyring.Bearer, in *Rekey) (*call.Left, error) {
	out := &call.Left{}
	var err error
	out.Body.Left, err = a.Cases.Rekey(ctx, by, in.Case, in.Limit)
	return out, err
}

// Emergency is why a case is opened under break-glass.
type Emergency struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body struct {
		Reason string `json:"reason" maxLength:"60" doc:"Code"`
		Words  string `json:"words" maxLength:"4000" doc:"Sealed to the data-protection desk"`
	}
}

// Glass is a break-glass opening in force.
type Glass struct {
	Body struct {
		ID    id.Record  `json:"id"`
		Until frame.Time `json:"until"`
	}
}

func (a *Area) emergencyOpen(ctx context.Context, by keyring.Bearer, in *Emergency) (*Glass, error) {
	g, err := a.Cases.EmergencyOpen(ctx, by, in.Case, in.Body.Reason, in.Body.Words)
	out := &Glass{}
	out.Body.ID, out.Body.Until = g.ID, g.Until
	return out, err
}
