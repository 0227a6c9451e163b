package apicase

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/joint"
	"github.com/opentrm/opentrm/internal/keyring"
)

// jointRoutes are about the risk assessments of returns that desks of other members ask a desk here to sign.
func jointRoutes() []call.Route {
	const one = "/assessments/{thread}"
	return []call.Route{
		{ID: "joint.list", Method: call.Get, Path: "/assessments", Action: access.ListJoint, Summary: "List the assessments that desks of other members ask one's desk to sign"},
		{ID: "joint.read", Method: call.Get, Path: one, Action: access.ReadJoint, Summary: "Open one; the desk that asked learns that a person has read it"},
		{ID: "joint.sign", Method: call.Post, Path: one + "/signature", Action: access.SignJoint, Summary: "Sign the assessment that was read"},
		{ID: "joint.decline", Method: call.Post, Path: one + "/refusal", Action: access.DeclineJoint, Summary: "Say why one does not sign it"},
	}
}

func (a *Area) joints(r *call.Router) {
	call.Add(r, "joint.list", a.listJoints)
	call.Add(r, "joint.read", a.readJoint)
	call.Add(r, "joint.sign", func(ctx context.Context, by keyring.Bearer, in *AnsweringJoint[JointSigned]) (*OneJoint, error) {
		return in.take(func(at int64) (joint.Row, error) {
			return a.Joints.Sign(ctx, by, in.Thread, at, joint.Signing{Accepts: in.Body.Accepts, Note: in.Body.Note, Language: in.Body.Language})
		})
	})
	call.Add(r, "joint.decline", func(ctx context.Context, by keyring.Bearer, in *AnsweringJoint[JointDeclined]) (*OneJoint, error) {
		return in.take(func(at int64) (joint.Row, error) {
			return a.Joints.Decline(ctx, by, in.Thread, at, joint.Declining{Reason: in.Body.Reason, Note: in.Body.Note, Language: in.Body.Language})
		})
	})
}

// JointLine is what a desk may know of a question without opening it.
type JointLine struct {
	Thread    id.Thread    `json:"thread"`
	Reference id.Reference `json:"reference" doc:"Neutral, of this desk"`
	From      id.Address   `json:"from" doc:"Who asks"`
	Referral  id.Referral  `json:"referral" doc:"By which this desk has accepted her"`
	State     joint.State  `json:"state"`
	Code      string       `json:"code,omitempty" doc:"Why this desk declined, or why the other node refused the answer; anew: what it answered before was about an assessment before this one"`
	At        frame.Time   `json:"at" doc:"When it arrived"`
	Opened    frame.Time   `json:"opened,omitempty"`
	Until     frame.Time   `json:"until,omitempty" doc:"When it is destroyed here at the latest"`
	Version   int64        `json:"version"`
}

func jointLine(r joint.Row) JointLine {
	return JointLine{
		Thread: r.ID, Reference: r.Reference, From: r.Peer, Referral: r.Referral, State: r.State, Code: r.Code, At: r.At, Opened: r.Opened,
		Until: r.Until, Version: r.Version,
	}
}

func (a *Area) listJoints(ctx context.Context, by keyring.Bearer, in *call.Listing) (*call.List[JointLine], error) {
	after, err := in.Cursor()
	if err != nil {
		return nil, err
	}
	all, next, err := a.Joints.List(ctx, by.Actor, id.Thread(after), min(in.AtMost(), 200))
	out := &call.List[JointLine]{}
	out.Body.Items = []JointLine{}
	for _, r := range all {
		out.Body.Items = append(out.Body.Items, jointLine(r))
	}
	if next != "" {
		out.Body.Next = in.Next(string(next))
	}
	return out, err
}

// NamingJoint names a question.
type NamingJoint struct {
	call.Session
	Thread id.Thread `path:"thread" maxLength:"64"`
}

// JointFile is a question that was opened.
type JointFile struct {
	ETag string `header:"ETag"`
	Body struct {
		Question JointLine         `json:"question"`
		Language string            `json:"language,omitempty" doc:"Of the words in it"`
		Joint    *homecoming.Joint `json:"joint,omitempty" doc:"The assessment and who has signed it; absent once it is over"`
	}
}

func (a *Area) readJoint(ctx context.Context, by keyring.Bearer, in *NamingJoint) (*JointFile, error) {
	q, err := a.Joints.Open(ctx, by, in.Thread)
	if err != nil {
		return nil, err
	}
	out := &JointFile{ETag: call.Tag(q.Version)}
	out.Body.Question, out.Body.Language, out.Body.Joint = jointLine(q.Row), q.Language, q.Joint
	return out, nil
}

// OneJoint is a question without its content.
type OneJoint struct {
	ETag string `header:"ETag" json:"etag,omitempty"`
	Body JointLine
}

// AnsweringJoint answers a question. If-Match names what was read.
type AnsweringJoint[T any] struct {
	NamingJoint
	call.Match
	Body T
}

func (in *AnsweringJoint[T]) take(step func(at int64) (joint.Row, error)) (*OneJoint, error) {
	at, err := in.Version()
	if err != nil {
		return nil, err
	}
	r, err := step(at)
	return &OneJoint{call.Tag(r.Version), jointLine(r)}, err
}

// JointSigned is the answer of a desk that signs.
type JointSigned struct {
	Accepts  []string `json:"accepts" maxItems:"64" doc:"Red risks, domain/factor, of which one accepts what is done about them; she leaves only if both do"`
	Note     string   `json:"note,omitempty" maxLength:"20000"`
	Language string   `json:"language,omitempty" maxLength:"35" doc:"Of the note, BCP 47"`
}

// JointDeclined is the answer of a desk that does not sign.
type JointDeclined struct {
	Reason   string `json:"reason" maxLength:"60" doc:"Code of the list decline of returns"`
	Note     string `json:"note,omitempty" maxLength:"20000"`
	Language string `json:"language,omitempty" maxLength:"35" doc:"Of the note, BCP 47"`
}
