package api

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
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
	Version   int64      `json:"version" doc:"For the If-Match of a change"`
}

func taskOf(t task.Task) Task {
	return Task{
		ID: t.ID, Desk: t.Desk, User: t.User, Kind: t.Kind, Object: t.Object, Reference: t.Reference, Urgent: t.Urgent, Due: t.Due,
		Step: int(t.Step), State: t.State, Version: t.Version,
	}
}

func (a *API) listTasks(ctx context.Context, by keyring.Bearer, in *call.Listing) (*call.List[Task], error) {
	after, err := in.Cursor()
	if err != nil {
		return nil, err
	}
	limit := min(in.AtMost(), 200)
	all, err := a.Tasks.List(ctx, by.Actor, task.Filter{After: id.Task(after), Limit: limit})
	out := &call.List[Task]{}
	out.Body.Items = []Task{}
	for _, t := range all {
		out.Body.Items = append(out.Body.Items, taskOf(t))
	}
	if len(all) == limit {
		out.Body.Next = in.Next(string(all[limit-1].ID))
	}
	return out, err
}

// OneTask names a task.
type OneTask struct {
	call.Session
	Task id.Task `path:"task" maxLength:"64"`
}

// TaskRead is a task.
type TaskRead struct {
	ETag string `header:"ETag" json:"-"`
	Body Task
}

func (a *API) readTask(ctx context.Context, by keyring.Bearer, in *OneTask) (*TaskRead, error) {
	t, err := a.Tasks.Show(ctx, by.Actor, in.Task)
	return &TaskRead{call.Tag(t.Version), taskOf(t)}, err
}

// Finishing names a task that is done. If-Match names the task that was read.
type Finishing struct {
	call.Session
	call.Match
	Task id.Task `path:"task" maxLength:"64"`
}

func (a *API) doneTask(ctx context.Context, by keyring.Bearer, in *Finishing) (*call.Nothing, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return nil, a.Tasks.Done(ctx, by.Actor, in.Task, version)
}
