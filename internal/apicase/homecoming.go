package apicase

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// homecomingRoutes are about her return to a country. Every step names the version of the return that was read.
func homecomingRoutes() []call.Route {
	const one = "/returns/{return}"
	return []call.Route{
		{ID: "homecoming.propose", Method: call.Post, Path: "/cases/{case}/returns", Action: access.ProposeHomecoming, Made: true, Summary: "Begin the return of a person to a country"},
		{ID: "homecoming.of-case", Method: call.Get, Path: "/cases/{case}/returns", Action: access.KnowHomecoming, Summary: "List the returns of a case"},
		{ID: "homecoming.list", Method: call.Get, Path: "/returns", Action: access.ListHomecoming, Summary: "List the returns that one's desk prepares or assesses and that are not over"},
		{ID: "homecoming.read", Method: call.Get, Path: one, Action: access.ReadHomecoming, Summary: "Open a return, as far as it is open to one's desk, with what holds her back"},
		{ID: "homecoming.decide", Method: call.Post, Path: one + "/decision", Action: access.DecideHomecoming, Summary: "Record her own informed decision to go"},
		{ID: "homecoming.withdraw", Method: call.Post, Path: one + "/withdrawal", Action: access.WithdrawHomecoming, Summary: "Record that she changed her mind; everything stops"},
		{ID: "homecoming.interest", Method: call.Post, Path: one + "/interests", Action: access.InterestHomecoming, Summary: "Record what was determined to be in the best interests of a child"},
		{ID: "homecoming.assess", Method: call.Post, Path: one + "/assessment", Action: access.AssessHomecoming, Summary: "Write the risk assessment anew, sign it and ask the other desk; earlier signatures fall"},
		{ID: "homecoming.sign", Method: call.Post, Path: one + "/signature", Action: access.SignHomecoming, Summary: "Sign the assessment that was read as the second person, of another organisation"},
		{ID: "homecoming.countersign", Method: call.Post, Path: one + "/answer", Action: access.CountersignHomecoming, Summary: "Take what a desk of another member answered: its signature, or why it does not sign"},
		{ID: "homecoming.arrange", Method: call.Post, Path: one + "/plan", Action: access.ArrangeHomecoming, Summary: "Record documents, escort and reception, once nothing holds her back"},
		{ID: "homecoming.depart", Method: call.Post, Path: one + "/departure", Action: access.DepartHomecoming, Summary: "Record that she has left; what could hold her back is asked again"},
		{ID: "homecoming.arrive", Method: call.Post, Path: one + "/arrival", Action: access.ArriveHomecoming, Summary: "Record that she has arrived, or has not"},
		{ID: "homecoming.follow", Method: call.Post, Path: one + "/reports", Action: access.FollowHomecoming, Summary: "Record how she is, so many days after she arrived"},
		{ID: "homecoming.stop", Method: call.Post, Path: one + "/stop", Action: access.StopHomecoming, Summary: "Stop a return before she has arrived, with a reason"},
		{ID: "homecoming.close", Method: call.Post, Path: one + "/closure", Action: access.CloseHomecoming, Summary: "End the follow-up"},
	}
}

// homecomings registers them.
func (a *Area) homecomings(r *call.Router) {
	h := a.Homecomings
	call.Add(r, "homecoming.propose", a.proposeReturn)
	call.Add(r, "homecoming.of-case", a.returnsOf)
	call.Add(r, "homecoming.list", a.listReturns)
	call.Add(r, "homecoming.read", a.readReturn)
	call.Add(r, "homecoming.decide", func(ctx context.Context, by keyring.Bearer, in *Stepping[homecoming.Decision]) (*OneReturn, error) {
		return in.take(func(at int64) (homecoming.Return, error) { return h.Decide(ctx, by, in.Return, at, in.Body) })
	})
	call.Add(r, "homecoming.withdraw", func(ctx context.Context, by keyring.Bearer, in *SteppingOn) (*OneReturn, error) {
		return in.take(func(at int64) (homecoming.Return, error) { return h.Withdraw(ctx, by.Actor, in.Return, at) })
	})
	call.Add(r, "homecoming.interest", func(ctx context.Context, by keyring.Bearer, in *Stepping[homecoming.Interest]) (*OneReturn, error) {
		return in.take(func(at int64) (homecoming.Return, error) { return h.Determine(ctx, by, in.Return, at, in.Body) })
	})
	call.Add(r, "homecoming.assess", func(ctx context.Context, by keyring.Bearer, in *Stepping[ReturnRisks]) (*OneReturn, error) {
		x := homecoming.Assessing{
			Member: in.Body.Member, Second: in.Body.Second, Referral: in.Body.Referral, Language: in.Body.Language, Consent: in.Body.Consent, Risks: in.Body.Risks, Tracing: in.Body.Tracing, Conclusion: in.Body.Conclusion,
			Accepts: in.Body.Accepts,
		}
		return in.take(func(at int64) (homecoming.Return, error) { return h.Assess(ctx, by, in.Return, at, x) })
	})
	call.Add(r, "homecoming.sign", func(ctx context.Context, by keyring.Bearer, in *Stepping[ReturnAccepted]) (*OneReturn, error) {
		return in.take(func(at int64) (homecoming.Return, error) { return h.Sign(ctx, by, in.Return, at, in.Body.Accepts) })
	})
	call.Add(r, "homecoming.countersign", func(ctx context.Context, by keyring.Bearer, in *SteppingOn) (*OneReturn, error) {
		return in.take(func(at int64) (homecoming.Return, error) { return h.Countersign(ctx, by, in.Return, at) })
	})
	call.Add(r, "homecoming.arrange", func(ctx context.Context, by keyring.Bearer, in *Stepping[homecoming.Plan]) (*OneReturn, error) {
		return in.take(func(at int64) (homecoming.Return, error) { return h.Arrange(ctx, by, in.Return, at, in.Body) })
	})
	call.Add(r, "homecoming.depart", func(ctx context.Context, by keyring.Bearer, in *SteppingOn) (*OneReturn, error) {
		return in.take(func(at int64) (homecoming.Return, error) { return h.Depart(ctx, by, in.Return, at) })
	})
	call.Add(r, "homecoming.arrive", func(ctx context.Context, by keyring.Bearer, in *Stepping[homecoming.Report]) (*OneReturn, error) {
		return in.take(func(at int64) (homecoming.Return, error) { return h.Arrive(ctx, by, in.Return, at, in.Body) })
	})
	call.Add(r, "homecoming.follow", func(ctx context.Context, by keyring.Bearer, in *Stepping[homecoming.Report]) (*OneReturn, error) {
		return in.take(func(at int64) (homecoming.Return, error) { return h.Follow(ctx, by, in.Return, at, in.Body) })
	})
	call.Add(r, "homecoming.stop", func(ctx context.Context, by keyring.Bearer, in *Stepping[ReturnEnding]) (*OneReturn, error) {
		return in.take(func(at int64) (homecoming.Return, error) { return h.Stop(ctx, by.Actor, in.Return, at, in.Body.Reason) })
	})
	call.Add(r, "homecoming.close", func(ctx context.Context, by keyring.Bearer, in *Stepping[ReturnEnding]) (*OneReturn, error) {
		return in.take(func(at int64) (homecoming.Return, error) {
			return h.Close(ctx, by.Actor, in.Return, at, in.Body.Reason)
		})
	})
}

// Homeward is what a desk may know of a return without opening it.
type Homeward struct {
	ID        id.Return        `json:"id"`
	Case      id.Case          `json:"case"`
	Reference id.Reference     `json:"reference,omitempty" doc:"Of the case"`
	Desk      id.Desk          `json:"desk"`
	To        string           `json:"to" doc:"Country"`
	State     homecoming.State `json:"state"`
	Decided   frame.Time       `json:"decided" doc:"When her decision was recorded; 0: it is not in force"`
	Interest  frame.Time       `json:"interest" doc:"When a determination in favour was recorded; 0: none"`
	Peer      id.Member        `json:"peer,omitempty" doc:"Whose desk the second one is; absent: of this node"`
	Second    id.Desk          `json:"second" doc:"Which assesses the risks with the desk of the case"`
	Assessed  frame.Time       `json:"assessed"`
	Signed    frame.Time       `json:"signed" doc:"0: the second signature is missing"`
	Referral  id.Referral      `json:"referral" doc:"By which another desk takes her over"`
	Departed  frame.Time       `json:"departed"`
	Arrived   frame.Time       `json:"arrived"`
	Point     int64            `json:"point" doc:"Days after arrival of the last follow-up that was told"`
	Reason    string           `json:"reason" doc:"Why it was stopped or closed, code"`
	Ended     frame.Time       `json:"ended"`
	Version   int64            `json:"version"`
}

func homeward(r homecoming.Return, reference id.Reference) Homeward {
	return Homeward{
		ID: r.ID, Case: r.Case, Reference: reference, Desk: r.Desk, To: r.To, State: r.State, Decided: r.Decided, Interest: r.Interest,
		Peer: r.Peer, Second: r.Second, Assessed: r.Assessed, Signed: r.Signed, Referral: r.Referral, Departed: r.Departed, Arrived: r.Arrived,
		Point: r.Point, Reason: r.Reason, Ended: r.Ended, Version: r.Version,
	}
}

// OneReturn is a return without its content.
type OneReturn struct {
	ETag string `header:"ETag" json:"etag,omitempty"`
	Body Homeward
}

// SteppingOn takes a step that says no more. If-Match names the return that was read.
type SteppingOn struct {
	call.Session
	call.Match
	Return id.Return `path:"return" maxLength:"64"`
}

func (in *SteppingOn) take(step func(at int64) (homecoming.Return, error)) (*OneReturn, error) {
	at, err := in.Version()
	if err != nil {
		return nil, err
	}
	r, err := step(at)
	return &OneReturn{call.Tag(r.Version), homeward(r, "")}, err
}

// Stepping takes a step that says something. If-Match names the return that was read.
type Stepping[T any] struct {
	SteppingOn
	Body T
}

// ReturnRisks is what the desk of the case found, and whom it asks to assess with it.
type ReturnRisks struct {
	Member     id.Member         `json:"member,omitempty" maxLength:"8" doc:"Whose desk is asked; absent: of this node"`
	Second     id.Desk           `json:"second" maxLength:"64" doc:"Desk of another organisation: of the receiving side"`
	Referral   id.Referral       `json:"referral,omitempty" maxLength:"64" doc:"By which a desk of another member has accepted her; needed for one"`
	Language   string            `json:"language,omitempty" maxLength:"35" doc:"In which it is written, BCP 47; needed for a desk of another member"`
	Consent    id.Consent        `json:"consent" maxLength:"64" doc:"In which she named that desk, the return and what was found about risks"`
	Risks      []homecoming.Risk `json:"risks" maxItems:"64" doc:"At least one of each domain; green is an answer"`
	Tracing    string            `json:"tracing,omitempty" maxLength:"20000" doc:"What was learnt of her family and surroundings, without endangering her"`
	Conclusion string            `json:"conclusion" maxLength:"20000"`
	Accepts    []string          `json:"accepts,omitempty" maxItems:"64" doc:"Red risks, domain/factor, of which one accepts what is done about them"`
}

// ReturnAccepted is which red risks the second person accepts.
type ReturnAccepted struct {
	Accepts []string `json:"accepts" maxItems:"64" doc:"Red risks, domain/factor, of which one accepts what is done about them; she leaves only if both do"`
}

// ReturnEnding is why a return ends.
type ReturnEnding struct {
	Reason string `json:"reason" maxLength:"60" doc:"Code"`
}

// ReturningTo begins a return.
type ReturningTo struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body struct {
		To string `json:"to" maxLength:"2" doc:"Country, ISO 3166-1 alpha-2 or XK"`
	}
}

func (a *Area) proposeReturn(ctx context.Context, by keyring.Bearer, in *ReturningTo) (*OneReturn, error) {
	r, err := a.Homecomings.Propose(ctx, by, in.Case, in.Body.To)
	return &OneReturn{call.Tag(r.Version), homeward(r, "")}, err
}

// Returns are the returns of a case.
type Returns struct {
	Body struct {
		Items []Homeward `json:"items" nullable:"false"`
	}
}

func (a *Area) returnsOf(ctx context.Context, by keyring.Bearer, in *OneCase) (*Returns, error) {
	all, err := a.Homecomings.OfCase(ctx, by.Actor, in.Case)
	out := &Returns{}
	out.Body.Items = []Homeward{}
	for _, l := range all {
		out.Body.Items = append(out.Body.Items, homeward(l.Return, l.Reference))
	}
	return out, err
}

func (a *Area) listReturns(ctx context.Context, by keyring.Bearer, in *call.Listing) (*call.List[Homeward], error) {
	after, err := in.Cursor()
	if err != nil {
		return nil, err
	}
	limit := min(in.AtMost(), 200)
	all, next, err := a.Homecomings.List(ctx, by.Actor, id.Return(after), limit)
	out := &call.List[Homeward]{}
	out.Body.Items = []Homeward{}
	for _, l := range all {
		out.Body.Items = append(out.Body.Items, homeward(l.Return, l.Reference))
	}
	if next != "" {
		out.Body.Next = in.Next(string(next))
	}
	return out, err
}

// Returning names a return.
type Returning struct {
	call.Session
	Return id.Return `path:"return" maxLength:"64"`
}

// ReturnFile is the content of a return, as far as it is open to the reader. Records have record, version, at, by and value.
type ReturnFile struct {
	ETag string `header:"ETag"`
	Body struct {
		Return     Homeward           `json:"return"`
		Blocks     []homecoming.Block `json:"blocks" nullable:"false" doc:"What holds her back, until she has left"`
		Until      frame.Time         `json:"until" doc:"How long the assessment can be relied on"`
		Unaccepted []string           `json:"unaccepted" nullable:"false" doc:"Red risks, domain/factor, of which not both have accepted what is done about them"`
		Asked      *AskedAbroad       `json:"asked,omitempty" doc:"What has become of the question to a desk of another member"`
		Replies    json.RawMessage    `json:"replies" doc:"What desks of other members answered, oldest first"`
		Assessment json.RawMessage    `json:"assessment,omitempty" doc:"What both desks sign, and who has"`
		Earlier    json.RawMessage    `json:"earlier" doc:"Assessments before it, oldest first"`
		Decisions  json.RawMessage    `json:"decisions"`
		Interests  json.RawMessage    `json:"interests"`
		Plans      json.RawMessage    `json:"plans"`
		Reports    json.RawMessage    `json:"reports"`
	}
}

// AskedAbroad is what has become of a question to a desk of another member.
type AskedAbroad struct {
	State  string     `json:"state" doc:"asked, delivered, opened, answered, signed, declined, refused, expired or over"`
	Code   string     `json:"code,omitempty" doc:"Of a refusal by the node there, or why the desk declined"`
	Opened frame.Time `json:"opened,omitempty" doc:"When a person there opened it"`
	// Earlier is of an answer that was refused.
	Earlier bool `json:"earlier,omitempty" doc:"The desk has answered an assessment before this one; that counts for nothing and was not kept"`
}

func (a *Area) readReturn(ctx context.Context, by keyring.Bearer, in *Returning) (*ReturnFile, error) {
	f, err := a.Homecomings.Show(ctx, by, in.Return)
	if err != nil {
		return nil, err
	}
	out := &ReturnFile{ETag: call.Tag(f.Version)}
	b := &out.Body
	b.Return, b.Blocks, b.Until = homeward(f.Return, f.Reference), append([]homecoming.Block{}, f.Blocks...), f.Until
	b.Unaccepted = append([]string{}, f.Unaccepted...)
	if f.Assessment != nil {
		if b.Assessment, err = json.Marshal(f.Assessment); err != nil {
			return nil, err
		}
	}
	if f.Asked != nil {
		b.Asked = &AskedAbroad{State: f.Asked.State, Code: f.Asked.Code, Opened: f.Asked.Opened, Earlier: f.Asked.Earlier}
	}
	b.Earlier, b.Replies = recordsOf(f.Earlier), recordsOf(f.Replies)
	b.Decisions, b.Interests, b.Plans, b.Reports = recordsOf(f.Decisions), recordsOf(f.Interests), recordsOf(f.Plans), recordsOf(f.Reports)
	return out, nil
}
