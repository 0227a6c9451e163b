package api

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/task"
)

// Task is something to do by a time.
type Task struct {
	ID        id.Task    `json:"id"`
	Desk      id.Desk    `json:"desk"`
	User      id.User    `json:"user,omitempty"`
	Kind      string     `json:"kind" doc:"Code"`
	Object    string     `json:"object" doc:"Opaque identifier of what it is about"`
	Reference string     `json:"reference"`
	Urgent    bool       `json:"urgent"`
	Due       frame.Time `json:"due" doc:"0: no deadline"`
	Step      int        `json:"step" doc:"0 desk, 1 deputy, 2 coordinator, 3 the other side's coordinator"`
	State     task.State `json:"state"`
}

func taskOf(t task.Task) Task {
	return Task{
		ID: t.ID, Desk: t.Desk, User: t.User, Kind: t.Kind, Object: t.Object, Reference: t.Reference, Urgent: t.Urgent, Due: t.Due,
		Step: int(t.Step), State: t.State,
	}
}

func (a *API) listTasks(ctx context.Context, by keyring.Bearer, in *Listing) (*List[Task], error) {
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	limit := min(in.limit(), 200)
	all, err := a.Tasks.List(ctx, by.Actor, task.Filter{After: id.Task(after), Limit: limit})
	out := &List[Task]{}
	out.Body.Items = []Task{}
	for _, t := range all {
		out.Body.Items = append(out.Body.Items, taskOf(t))
	}
	if len(all) == limit {
		out.Body.Next = cursor(string(all[limit-1].ID))
	}
	return out, err
}

// OneTask names a task.
type OneTask struct {
	Session
	Task id.Task `path:"task" maxLength:"64"`
}

// TaskRead is a task.
type TaskRead struct {
	Body Task
}

func (a *API) readTask(ctx context.Context, by keyring.Bearer, in *OneTask) (*TaskRead, error) {
	t, err := a.Tasks.Show(ctx, by.Actor, in.Task)
	return &TaskRead{taskOf(t)}, err
}

// Finishing names a task that is done.
type Finishing struct {
	Session
	Once
	Task id.Task `path:"task" maxLength:"64"`
}

func (a *API) doneTask(ctx context.Context, by keyring.Bearer, in *Finishing) (*Nothing, error) {
	return nil, a.Tasks.Done(ctx, by.Actor, in.Task)
}

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

func (a *API) listThreads(ctx context.Context, by keyring.Bearer, in *Listing) (*List[Thread], error) {
	after, err := in.cursor()
	if err != nil {
		return nil, err
	}
	var from message.Cursor
	if after != "" {
		if err := json.Unmarshal([]byte(after), &from); err != nil {
			return nil, errCursor()
		}
	}
	limit := min(in.limit(), 200)
	all, err := a.Messages.Threads(ctx, by.Actor, message.Filter{After: from, Limit: limit})
	out := &List[Thread]{}
	out.Body.Items = []Thread{}
	for _, t := range all {
		out.Body.Items = append(out.Body.Items, Thread{t.ID, t.Desk, t.Peer, t.Referral, t.Reference, t.Made, t.Last})
	}
	if err == nil && len(all) == limit {
		b, failed := json.Marshal(message.Cursor{Last: all[limit-1].Last, ID: all[limit-1].ID})
		out.Body.Next, err = cursor(string(b)), failed
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
	Session
	Page
	Thread id.Thread `path:"thread" maxLength:"64"`
}

func (a *API) listMessages(ctx context.Context, by keyring.Bearer, in *OneThread) (*List[Message], error) {
	after, err := in.cursor()
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
			return nil, errCursor()
		}
		from.At, from.ID = at.At, at.ID
	}
	limit := min(in.limit(), 200)
	all, err := a.Messages.Messages(ctx, by.Actor, in.Thread, from, limit)
	out := &List[Message]{}
	out.Body.Items = []Message{}
	for _, m := range all {
		out.Body.Items = append(out.Body.Items, messageOf(m))
	}
	if err == nil && len(all) == limit {
		b, failed := json.Marshal(struct {
			At frame.Time
			ID id.Message
		}{all[limit-1].At, all[limit-1].ID})
		out.Body.Next, err = cursor(string(b)), failed
	}
	return out, err
}

// OneMessage names a message.
type OneMessage struct {
	Session
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

func (a *API) readMessage(ctx context.Context, by keyring.Bearer, in *OneMessage) (*Letter, error) {
	l, err := a.Messages.Open(ctx, by, in.Message)
	out := &Letter{}
	out.Body.Message, out.Body.Language, out.Body.Text = messageOf(l.Message), l.Language, l.Text
	return out, err
}

// Writing is a message to a desk.
type Writing struct {
	Session
	Once
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

func (a *API) writeMessage(ctx context.Context, by keyring.Bearer, in *Writing) (*Made, error) {
	b := in.Body
	m, err := a.Messages.Compose(ctx, by, message.Draft{
		Thread: b.Thread, To: b.To, Referral: b.Referral, Language: b.Language, Text: b.Text, Basis: b.Basis, Urgent: b.Urgent,
	})
	return made(string(m.ID), m.Version), err
}

// Resending seals a refused message anew.
type Resending struct {
	Session
	Once
	Message id.Message `path:"message" maxLength:"64"`
	Body    struct {
		Basis string `json:"basis,omitempty" maxLength:"80" doc:"Legal basis, code"`
	}
}

func (a *API) resendMessage(ctx context.Context, by keyring.Bearer, in *Resending) (*Nothing, error) {
	return nil, a.Messages.Resend(ctx, by, in.Message, in.Body.Basis)
}
