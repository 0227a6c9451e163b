package apireferral

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/message"
)

// Thread is a conversation between two desks.
type Thread struct {
	ID        id.Thread   `json:"id"`
	Desk      id.Desk     `json:"desk" doc:"This end"`
	Peer      id.Address  `json:"peer" doc:"The other end"`
	Referral  id.Referral `json:"referral,omitempty"`
	Reference string      `json:"reference"`
	Made      frame.Time  `json:"made"`
	Last      frame.Time  `json:"last"`
}

func (a *Area) listThreads(ctx context.Context, by keyring.Bearer, in *call.Listing) (*call.List[Thread], error) {
	after, err := in.Cursor()
	if err != nil {
		return nil, err
	}
	var from message.Cursor
	if after != "" {
		if err := json.Unmarshal([]byte(after), &from); err != nil {
			return nil, call.BadCursor()
		}
	}
	limit := min(in.AtMost(), 200)
	all, err := a.Messages.Threads(ctx, by.Actor, message.Filter{After: from, Limit: limit})
	out := &call.List[Thread]{}
	out.Body.Items = []Thread{}
	for _, t := range all {
		out.Body.Items = append(out.Body.Items, Thread{t.ID, t.Desk, t.Peer, t.Referral, t.Reference, t.Made, t.Last})
	}
	if err == nil && len(all) == limit {
		b, failed := json.Marshal(message.Cursor{Last: all[limit-1].Last, ID: all[limit-1].ID})
		out.Body.Next, err = in.Next(string(b)), failed
	}
	return out, err
}

// Message is what may be known of a message without opening it.
type Message struct {
	ID     id.Message    `json:"id"`
	Mine   bool          `json:"mine" doc:"Written at this end"`
	State  message.State `json:"state"`
	Code   string        `json:"code,omitempty" doc:"Of a refusal"`
	Urgent bool          `json:"urgent"`
	At     frame.Time    `json:"at"`
	Opened frame.Time    `json:"opened" doc:"By a person at the receiving end; 0: not yet"`
}

func messageOf(m message.Message) Message {
	return Message{m.ID, m.Mine, m.State, m.Code, m.Urgent, m.At, m.Opened}
}

// OneThread names a thread.
type OneThread struct {
	call.Session
	call.Page
	Thread id.Thread `path:"thread" maxLength:"64"`
}

func (a *Area) listMessages(ctx context.Context, by keyring.Bearer, in *OneThread) (*call.List[Message], error) {
	after, err := in.Cursor()
	if err != nil {
		return nil, err
	}
	var from message.Message
	if after != "" {
		var at struct {
			At frame.Time
			ID id.Message
		}
		if err := json.Unmarshal([]byte(after), &at); err != nil {
			return nil, call.BadCursor()
		}
		from.At, from.ID = at.At, at.ID
	}
	limit := min(in.AtMost(), 200)
	all, err := a.Messages.Messages(ctx, by.Actor, in.Thread, from, limit)
	out := &call.List[Message]{}
	out.Body.Items = []Message{}
	for _, m := range all {
		out.Body.Items = append(out.Body.Items, messageOf(m))
	}
	if err == nil && len(all) == limit {
		b, failed := json.Marshal(struct {
			At frame.Time
			ID id.Message
		}{all[limit-1].At, all[limit-1].ID})
		out.Body.Next, err = in.Next(string(b)), failed
	}
	return out, err
}

// OneMessage names a message.
type OneMessage struct {
	call.Session
	Message id.Message `path:"message" maxLength:"64"`
}

// Letter is an opened message.
type Letter struct {
	Body struct {
		Message  Message `json:"message"`
		Language string  `json:"language"`
		Text     string  `json:"text"`
	}
}

func (a *Area) readMessage(ctx context.Context, by keyring.Bearer, in *OneMessage) (*Letter, error) {
	l, err := a.Messages.Open(ctx, by, in.Message)
	out := &Letter{}
	out.Body.Message, out.Body.Language, out.Body.Text = messageOf(l.Message), l.Language, l.Text
	return out, err
}

// Writing is a message to a desk.
type Writing struct {
	call.Session
	call.Once
	Body struct {
		Thread   id.Thread   `json:"thread,omitempty" maxLength:"64" doc:"Left out: begin one"`
		To       id.Address  `json:"to,omitempty" doc:"Desk of a new thread"`
		Referral id.Referral `json:"referral,omitempty" maxLength:"64"`
		Language string      `json:"language" maxLength:"35" doc:"BCP 47"`
		Text     string      `json:"text" maxLength:"100000"`
		Basis    string      `json:"basis,omitempty" maxLength:"80" doc:"Legal basis, code"`
		Urgent   bool        `json:"urgent,omitempty"`
	}
}

func (a *Area) writeMessage(ctx context.Context, by keyring.Bearer, in *Writing) (*call.Made, error) {
	b := in.Body
	m, err := a.Messages.Compose(ctx, by, message.Draft{
		Thread: b.Thread, To: b.To, Referral: b.Referral, Language: b.Language, Text: b.Text, Basis: b.Basis, Urgent: b.Urgent,
	})
	return call.MadeOf(string(m.ID), m.Version), err
}

// Resending seals a refused message anew.
type Resending struct {
	call.Session
	call.Once
	Message id.Message `path:"message" maxLength:"64"`
	Body    struct {
		Basis string `json:"basis,omitempty" maxLength:"80" doc:"Legal basis, code"`
	}
}

func (a *Area) resendMessage(ctx context.Context, by keyring.Bearer, in *Resending) (*call.Nothing, error) {
	return nil, a.Messages.Resend(ctx, by, in.Message, in.Body.Basis)
}
