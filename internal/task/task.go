package task

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Step is how far up a task has gone.
type Step int

// The steps of escalation (spec/referral.md 7). The numbers are stored.
const (
	AtDesk        Step = 0
	AtDeputy      Step = 1
	AtCoordinator Step = 2
	Abroad        Step = 3 // the other side's coordinator
)

// State of a task.
type State string

// The states of a task.
const (
	Open    State = "open"
	Done    State = "done"    // what was asked for has happened
	Dropped State = "dropped" // nobody needs it any more
)

// Rung says that a step is taken at a moment, if the task is still open.
type Rung struct {
	Step Step       `json:"step"`
	At   frame.Time `json:"at"`
}

// Clock is when a task is due and who hears of it. It is made from the profile: a rung for each step of
// the escalation, at the moment that profile.At gives.
type Clock struct {
	Remind frame.Time // the desk is reminded; 0: never
	Due    frame.Time // 0: no deadline
	Chain  []Rung     // in order of time, steps rising; a rung of AtDesk is another reminder
}

// Task is something to do by a time.
type Task struct {
	ID        id.Task
	Desk      id.Desk
	User      id.User // empty: anybody at the desk
	Realm     access.Realm
	Kind      string // code: "referral.acknowledge"
	Object    string // opaque identifier of what it is about
	Reference string // neutral; may be told to anybody
	Urgent    bool
	Clock
	Step        Step
	Reminded    frame.Time // the latest moment of a reminder that was given
	Deputy      id.Desk    // that was told; empty before
	Coordinator id.Desk    // that was told; empty before
	State       State
	Made        frame.Time
	Ended       frame.Time
	Next        frame.Time // when the next step or reminder is due; 0: nothing more will happen
	Version     int64
}

// Late reports whether the task is open past its deadline.
func (t Task) Late(now frame.Time) bool { return t.State == Open && t.Due != 0 && now > t.Due }

// New is a task to be made.
type New struct {
	Desk      id.Desk
	User      id.User
	Realm     access.Realm
	Kind      string
	Object    string
	Reference string
	Urgent    bool
	Clock     Clock
	Announce  bool // tell the desk at once that there is something new
}

// Telling says in what tone something is told.
type Telling string

// The tellings. Their names are codes of notices.
const (
	NewWork  Telling = "new-work"
	Reminder Telling = "reminder"
	Breach   Telling = "breach"
)

// Tell is "there is something for you", before package notify words it.
type Tell struct {
	Task Task
	Desk id.Desk // who is told: the task's desk, its deputy or the coordinator
	User id.User // set if the task belongs to one person and her desk is told
	What Telling
}

// Filter narrows a list.
type Filter struct {
	State  State   // empty: open
	Kind   string  // empty: every kind
	Object string  // empty: every object
	Called string  // reference by which it is called; empty: every one
	After  id.Task // the last one of the page before
	Limit  int     // at most 200; 0: 50
}

// Wanted is one clause of what a list may show. Empty fields do not narrow.
type Wanted struct {
	Realm     access.Realm
	Desk      id.Desk // the task's own, or one that it was passed on to
	User      id.User
	State     State
	Kind      string
	Object    string
	Reference string
	After     id.Task
	Limit     int
}

// Load is what waits at a desk.
type Load struct {
	Desk  id.Desk
	Open  int64
	Late  int64
	Since frame.Time // when the first of what is late was due; 0: nothing is late
}

// Tx is what tasks need kept.
type Tx interface {
	AddTask(ctx context.Context, t Task) error
	// Task returns one task; [fault.NotFound] if there is none.
	Task(ctx context.Context, t id.Task) (Task, error)
	// SetTask replaces a task whose stored version is t.Version and raises the version by one;
	// [fault.Stale] if it is another.
	SetTask(ctx context.Context, t Task) error
	// OpenTasks returns the open tasks about an object, of one kind or of every kind if kind is empty,
	// in order of their identifiers.
	OpenTasks(ctx context.Context, object, kind string) ([]Task, error)
	// DueTasks returns open tasks whose Next is set and not after now, in order of Next and identifier,
	// after the place (next, task), at most limit.
	DueTasks(ctx context.Context, now, next frame.Time, task id.Task, limit int) ([]Task, error)
	// Tasks returns what is wanted, in order of identifiers.
	Tasks(ctx context.Context, w Wanted) ([]Task, error)
	// WaitingTasks counts the open tasks of each desk that has one, in order of the desks: of a realm, and of one desk or one
	// person if w says so. The rest of w does not narrow.
	WaitingTasks(ctx context.Context, now frame.Time, w Wanted) ([]Load, error)
	// Superiors returns who answers when a desk is silent; empty where nobody is named, and both empty
	// for a desk that does not exist.
	Superiors(ctx context.Context, desk id.Desk) (deputy, coordinator id.Desk, err error)
}

// HandTx is a transaction that can give a task to another desk.
type HandTx interface {
	Tx
	// HandTask gives an open task to t.Desk, at t.Step, if its stored version is t.Version; [fault.Stale] otherwise.
	HandTask(ctx context.Context, t Task) error
}

// Service is the use-cases of tasks.
type Service struct {
	Write  func(context.Context, audit.Entry, func(Tx) error) error
	Read   func(context.Context, func(Tx) error) error
	Now    func() time.Time
	IDs    id.Maker
	Member id.Member
	// Tell queues a notice in the transaction; its object is the identifier of the task.
	Tell func(ctx context.Context, tx Tx, t Tell) error
	// End ends the notices about a task; nil: nothing to end.
	End func(ctx context.Context, tx Tx, t id.Task) error
	// Abroad tells the other side's coordinator and returns whether there is one to be told; if not, or if it is nil,
	// the step passes back to the desk.
	Abroad func(ctx context.Context, tx Tx, t Task) (bool, error)
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }
