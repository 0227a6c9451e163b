package apicase

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/conference"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// conferenceRoutes are about conferences of several desks. Every step names the version of the conference that was read.
func conferenceRoutes() []call.Route {
	const one = "/conferences/{conference}"
	return []call.Route{
		{ID: "conference.call", Method: call.Post, Path: "/cases/{case}/conferences", Action: access.CallConference, Made: true, Summary: "Call a conference about a case and invite desks, each on a basis"},
		{ID: "conference.of-case", Method: call.Get, Path: "/cases/{case}/conferences", Action: access.KnowConference, Summary: "List the conferences of a case"},
		{ID: "conference.list", Method: call.Get, Path: "/conferences", Action: access.ListConference, Summary: "List the conferences that one's desk called or sits in and that are not over"},
		{ID: "conference.read", Method: call.Get, Path: one, Action: access.ReadConference, Summary: "Open a conference, as far as it is open to one's desk"},
		{ID: "conference.change", Method: call.Put, Path: one, Action: access.ChangeConference, Summary: "Change when, where, what about and who sits there; a text that waits for signatures has to be written anew"},
		{ID: "conference.minute", Method: call.Put, Path: one + "/minutes", Action: access.MinuteConference, Summary: "Write down what was said, who was there, and whether she was heard"},
		{ID: "conference.resolve", Method: call.Post, Path: one + "/text", Action: access.WriteConference, Summary: "Write down what was decided and who has to sign it; earlier signatures count no more"},
		{ID: "conference.answer", Method: call.Post, Path: one + "/answers", Action: access.AnswerConference, Summary: "Sign the text that was read for one's desk, or refuse to and say why"},
		{ID: "conference.settle", Method: call.Post, Path: one + "/settlement", Action: access.SettleConference, Summary: "Let what was decided take effect, once everybody who has to has signed"},
		{ID: "conference.end", Method: call.Post, Path: one + "/end", Action: access.EndConference, Summary: "End a conference without a decision"},
	}
}

// conferences registers them.
func (a *Area) conferences(r *call.Router) {
	s := a.Conferences
	call.Add(r, "conference.call", a.callConference)
	call.Add(r, "conference.of-case", a.conferencesOf)
	call.Add(r, "conference.list", a.listConferences)
	call.Add(r, "conference.read", a.readConference)
	call.Add(r, "conference.change", func(ctx context.Context, by keyring.Bearer, in *Convening[ConferenceCall]) (*OneConference, error) {
		return in.take(func(at int64) (conference.Conference, error) {
			return s.Change(ctx, by, in.Conference, at, in.Body.calling(""))
		})
	})
	call.Add(r, "conference.minute", func(ctx context.Context, by keyring.Bearer, in *Convening[ConferenceMinutes]) (*OneConference, error) {
		x := conference.Minutes{On: in.Body.On, Language: in.Body.Language, Seats: in.Body.Seats, Items: in.Body.Items, Hearing: in.Body.Hearing}
		return in.take(func(at int64) (conference.Conference, error) { return s.Minute(ctx, by, in.Conference, at, x) })
	})
	call.Add(r, "conference.resolve", func(ctx context.Context, by keyring.Bearer, in *Convening[ConferenceText]) (*OneConference, error) {
		x := conference.Resolving{Decision: in.Body.Decision, Words: in.Body.Words, Category: in.Body.Category, Signs: in.Body.Signs}
		return in.take(func(at int64) (conference.Conference, error) { return s.Resolve(ctx, by, in.Conference, at, x) })
	})
	call.Add(r, "conference.answer", a.answerConference)
	call.Add(r, "conference.settle", func(ctx context.Context, by keyring.Bearer, in *ConveningOn) (*OneConference, error) {
		return in.take(func(at int64) (conference.Conference, error) { return s.Settle(ctx, by, in.Conference, at) })
	})
	call.Add(r, "conference.end", func(ctx context.Context, by keyring.Bearer, in *Convening[ConferenceEnd]) (*OneConference, error) {
		return in.take(func(at int64) (conference.Conference, error) {
			return s.End(ctx, by, in.Conference, at, in.Body.Reason)
		})
	})
}

// Meeting is what a desk may know of a conference without opening it.
type Meeting struct {
	ID        id.Conference    `json:"id"`
	Case      id.Case          `json:"case"`
	Reference id.Reference     `json:"reference,omitempty" doc:"Of the case"`
	Desk      id.Desk          `json:"desk" doc:"That called it"`
	Purpose   string           `json:"purpose" doc:"Code"`
	State     conference.State `json:"state"`
	Meets     frame.Time       `json:"meets"`
	Draft     int64            `json:"draft" doc:"How often the text was written"`
	Written   frame.Time       `json:"written" doc:"0: no text waits for signatures"`
	Over      frame.Time       `json:"over"`
	Reason    string           `json:"reason" doc:"Why it ended without a decision, code"`
	Version   int64            `json:"version"`
}

func meeting(c conference.Conference, reference id.Reference) Meeting {
	return Meeting{
		ID: c.ID, Case: c.Case, Reference: reference, Desk: c.Desk, Purpose: c.Purpose, State: c.State, Meets: c.Meets, Draft: c.Draft,
		Written: c.Written, Over: c.Over, Reason: c.Reason, Version: c.Version,
	}
}

// OneConference is a conference without its content.
type OneConference struct {
	ETag string `header:"ETag" json:"etag,omitempty"`
	Body Meeting
}

// ConveningOn takes a step that says no more. If-Match names the conference that was read.
type ConveningOn struct {
	call.Session
	call.Match
	Conference id.Conference `path:"conference" maxLength:"64"`
}

func (in *ConveningOn) take(step func(at int64) (conference.Conference, error)) (*OneConference, error) {
	at, err := in.Version()
	if err != nil {
		return nil, err
	}
	c, err := step(at)
	return &OneConference{call.Tag(c.Version), meeting(c, "")}, err
}

// Convening takes a step that says something. If-Match names the conference that was read.
type Convening[T any] struct {
	ConveningOn
	Body T
}

// ConferenceCall is what a conference is called with.
type ConferenceCall struct {
	Purpose string                `json:"purpose,omitempty" maxLength:"60" doc:"Code; not changed later"`
	Meets   frame.Time            `json:"meets" doc:"When it is held, microseconds since 1970"`
	Place   string                `json:"place,omitempty" maxLength:"500" doc:"Where, or by which line"`
	Agenda  []conference.Item     `json:"agenda" maxItems:"50" doc:"Numbered in this order; a seat sees an item if its basis covers the category"`
	Outside []conference.Outsider `json:"outside,omitempty" maxItems:"20" doc:"Who takes part without a desk here, by role and organisation: sees nothing here and signs nothing here"`
	Invites []conference.Invite   `json:"invites,omitempty" maxItems:"20" doc:"Basis own for the desk of the case; consent, override or release with the identifier of it for others"`
	Remove  []int64               `json:"remove,omitempty" maxItems:"20" doc:"Numbers of seats that are taken away"`
}

func (in ConferenceCall) calling(purpose string) conference.Calling {
	return conference.Calling{
		Purpose: purpose, Meets: in.Meets, Place: in.Place, Agenda: in.Agenda, Outside: in.Outside, Invites: in.Invites, Remove: in.Remove,
	}
}

// ConferenceMinutes is what was said.
type ConferenceMinutes struct {
	On       string                  `json:"on" maxLength:"10" doc:"yyyy-mm-dd"`
	Language string                  `json:"language" maxLength:"35" doc:"Of the minutes, BCP 47"`
	Seats    []conference.Attendance `json:"seats" maxItems:"20" doc:"Each seat, in the order of the numbers"`
	Items    []conference.Said       `json:"items" maxItems:"50"`
	Hearing  conference.Hearing      `json:"hearing" doc:"Whether she took part or was heard; she is asked, and nothing is required of her"`
}

// ConferenceText is what was decided.
type ConferenceText struct {
	Decision *casefile.Decision `json:"decision,omitempty" doc:"On her status; recorded in the case when everybody has signed"`
	Words    string             `json:"words,omitempty" maxLength:"20000"`
	Category consent.Code       `json:"category,omitempty" maxLength:"60" doc:"Of the words: what who reads them has to be allowed to see"`
	Signs    []int64            `json:"signs" maxItems:"20" doc:"Numbers of the seats that have to sign"`
}

// ConferenceEnd is why it ends without a decision.
type ConferenceEnd struct {
	Reason string `json:"reason" maxLength:"60" doc:"Code"`
}

// ConferenceCalled calls a conference.
type ConferenceCalled struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body ConferenceCall
}

func (a *Area) callConference(ctx context.Context, by keyring.Bearer, in *ConferenceCalled) (*OneConference, error) {
	c, err := a.Conferences.Call(ctx, by, in.Case, in.Body.calling(in.Body.Purpose))
	return &OneConference{call.Tag(c.Version), meeting(c, "")}, err
}

// ConferenceReply is what a member says to the text that she read.
type ConferenceReply struct {
	Reply   conference.Reply `json:"reply" enum:"signed,refused"`
	Dissent string           `json:"dissent,omitempty" maxLength:"2000" doc:"With a signature: she was of another opinion, and why"`
	Reason  string           `json:"reason,omitempty" maxLength:"60" doc:"Of a refusal, code"`
	Note    string           `json:"note,omitempty" maxLength:"2000"`
}

// ConferenceSeat is a place of a desk.
type ConferenceSeat struct {
	N        int64               `json:"n"`
	Desk     id.Desk             `json:"desk"`
	Kind     string              `json:"kind" doc:"What it sits there as, code"`
	Basis    conference.Basis    `json:"basis"`
	Ground   string              `json:"ground" doc:"Which consent, override or release"`
	Until    frame.Time          `json:"until" doc:"When the basis ends by itself; 0: it does not"`
	Signs    bool                `json:"signs" doc:"It has to sign the text that stands"`
	Presence conference.Presence `json:"presence"`
	Reply    conference.Reply    `json:"reply"`
	Replied  frame.Time          `json:"replied"`
	Shut     bool                `json:"shut" doc:"The basis has ended: nothing is open to the desk any more"`
}

func seat(s conference.Seat) ConferenceSeat {
	return ConferenceSeat{s.N, s.Desk, s.Kind, s.Basis, s.Ground, s.Until, s.Signs, s.Presence, s.Reply, s.Replied, s.Shut}
}

// ConferenceAnswered is the seat of one's desk.
type ConferenceAnswered struct {
	Body ConferenceSeat
}

func (a *Area) answerConference(ctx context.Context, by keyring.Bearer, in *Convening[ConferenceReply]) (*ConferenceAnswered, error) {
	at, err := in.Version()
	if err != nil {
		return nil, err
	}
	s, err := a.Conferences.Answer(ctx, by, in.Conference, at, conference.Replying{Reply: in.Body.Reply, Dissent: in.Body.Dissent, Reason: in.Body.Reason, Note: in.Body.Note})
	return &ConferenceAnswered{seat(s)}, err
}

// Meetings are the conferences of a case.
type Meetings struct {
	Body struct {
		Items []Meeting `json:"items" nullable:"false"`
	}
}

func (a *Area) conferencesOf(ctx context.Context, by keyring.Bearer, in *OneCase) (*Meetings, error) {
	all, err := a.Conferences.OfCase(ctx, by.Actor, in.Case)
	out := &Meetings{}
	out.Body.Items = []Meeting{}
	for _, l := range all {
		out.Body.Items = append(out.Body.Items, meeting(l.Conference, l.Reference))
	}
	return out, err
}

func (a *Area) listConferences(ctx context.Context, by keyring.Bearer, in *call.Listing) (*call.List[Meeting], error) {
	after, err := in.Cursor()
	if err != nil {
		return nil, err
	}
	all, next, err := a.Conferences.List(ctx, by.Actor, id.Conference(after), min(in.AtMost(), 200))
	out := &call.List[Meeting]{}
	out.Body.Items = []Meeting{}
	for _, l := range all {
		out.Body.Items = append(out.Body.Items, meeting(l.Conference, l.Reference))
	}
	if next != "" {
		out.Body.Next = in.Next(string(next))
	}
	return out, err
}

// Conferring names a conference.
type Conferring struct {
	call.Session
	Conference id.Conference `path:"conference" maxLength:"64"`
}

// ConferenceFile is the content of a conference, as far as it is open to the reader.
type ConferenceFile struct {
	ETag string `header:"ETag"`
	Body struct {
		Conference Meeting             `json:"conference"`
		Own        bool                `json:"own" doc:"One's desk is that of the case"`
		Seats      []ConferenceSeat    `json:"seats" nullable:"false" doc:"To an invited desk, its own"`
		Sheet      json.RawMessage     `json:"sheet" doc:"What lies before one: place, agenda, what was said to it, the text, and what one's seat said"`
		Call       json.RawMessage     `json:"call,omitempty" doc:"To the desk of the case"`
		Minutes    json.RawMessage     `json:"minutes,omitempty" doc:"To the desk of the case"`
		Answers    []conference.Answer `json:"answers" nullable:"false" doc:"To the text that stands, to the desk of the case"`
		Earlier    json.RawMessage     `json:"earlier" doc:"Texts that were changed, with what was said to them, oldest first"`
		Waits      []id.Desk           `json:"waits" nullable:"false" doc:"That have to sign and have not"`
		Ready      bool                `json:"ready" doc:"Everybody who has to has signed"`
	}
}

func (a *Area) readConference(ctx context.Context, by keyring.Bearer, in *Conferring) (*ConferenceFile, error) {
	f, err := a.Conferences.Show(ctx, by, in.Conference)
	if err != nil {
		return nil, err
	}
	out := &ConferenceFile{ETag: call.Tag(f.Version)}
	b := &out.Body
	b.Conference, b.Own, b.Ready, b.Waits = meeting(f.Conference, f.Reference), f.Own, f.Ready, append([]id.Desk{}, f.Waits...)
	b.Seats, b.Answers, b.Earlier = []ConferenceSeat{}, append([]conference.Answer{}, f.Answers...), recordsOf(f.Earlier)
	for _, s := range f.Seats {
		b.Seats = append(b.Seats, seat(s))
	}
	if b.Sheet, err = json.Marshal(f.Sheet); err != nil {
		return nil, err
	}
	if f.Call != nil {
		if b.Call, err = json.Marshal(f.Call); err != nil {
			return nil, err
		}
	}
	if f.Minutes != nil {
		b.Minutes, err = json.Marshal(f.Minutes)
	}
	return out, err
}
