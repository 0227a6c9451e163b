package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/task"
)

// homeModel answers what must be done now, by when, and who waits.
type homeModel struct {
	first []Item // at most three
	more  int    // tasks beside these
	late  int    // tasks past their time
	links []Link // what the role can begin
}

const (
	firstTasks = 3
	pageTasks  = 50
	allTasks   = 200
)

func (v *Visit) home() error {
	m := homeModel{}
	if May(v.by.Actor, "task.list") {
		all, err := v.web.Tasks.List(v.r.Context(), v.by.Actor, task.Filter{Limit: allTasks})
		if err != nil {
			return err
		}
		v.byClock(all)
		for _, t := range all {
			if t.Late(v.now()) {
				m.late++
			}
		}
		m.more = max(0, len(all)-firstTasks)
		m.first = v.items(all[:min(firstTasks, len(all))])
	}
	m.links = v.begin()
	return v.show(page{title: Key("web.home"), body: homeScreen(v.p, m)})
}

// begin is what the role can begin from its home.
func (v *Visit) begin() []Link {
	var links []Link
	for _, l := range beginnings() {
		if v.offered(l.path, l.action) {
			links = append(links, Link{Path: l.path, Text: Key(l.text)})
		}
	}
	return links[:min(3, len(links))]
}

// byClock puts what is due first first, and what has no clock last.
func (v *Visit) byClock(all []task.Task) {
	slices.SortStableFunc(all, func(a, b task.Task) int {
		if (a.Due == 0) != (b.Due == 0) {
			return cmp.Compare(b.Due, a.Due)
		}
		return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.ID, b.ID))
	})
}

func (v *Visit) items(all []task.Task) []Item {
	var items []Item
	for _, t := range all {
		item := Item{Title: Key("task.title", "what", v.word("task.kind.", t.Kind).In(v.p), "reference", t.Reference), Path: taskPath(t), State: v.taskState(t)}
		if t.Due != 0 {
			item.Hint = Key("task.due", "when", v.when(t.Due).In(v.p), "age", v.age(t.Due).In(v.p))
		} else {
			item.Hint = Key("task.since", "age", v.age(t.Made).In(v.p))
		}
		items = append(items, item)
	}
	return items
}

// taskPath is the page on which a task is done; "" where there is none and it is ticked off by hand.
func taskPath(t task.Task) string {
	noun, _, _ := strings.Cut(t.Kind, ".")
	if f, ok := taskPaths()[noun]; ok {
		return f + t.Object
	}
	return ""
}

func (v *Visit) taskState(t task.Task) Tag {
	switch {
	case t.Late(v.now()):
		return Tag{Text: Key("task.late"), Tone: Late}
	case t.Urgent:
		return Tag{Text: Key("task.urgent"), Tone: Late}
	case t.Due != 0:
		return Tag{Text: Key("task.open"), Tone: Waiting}
	}
	return Tag{Text: Key("task.open"), Tone: Calm}
}

// tasksModel is a page of tasks with the button to tick off those that have no page of their own.
type tasksModel struct {
	items []Item
	hand  []handTask
	pages Pages
}

type handTask struct {
	id   id.Task
	text Msg
}

func (v *Visit) tasks() error {
	after := id.Task(v.r.URL.Query().Get("after"))
	all, err := v.web.Tasks.List(v.r.Context(), v.by.Actor, task.Filter{After: after, Limit: pageTasks})
	if err != nil {
		return err
	}
	m := tasksModel{}
	if len(all) == pageTasks {
		m.pages.Next = "/tasks?after=" + string(all[len(all)-1].ID)
	}
	if after != "" {
		m.pages.Previous = "/tasks"
	}
	v.byClock(all)
	m.items = v.items(all)
	for _, t := range all {
		if taskPath(t) == "" && t.Desk == v.by.Desk {
			m.hand = append(m.hand, handTask{t.ID, Key("task.done", "what", v.word("task.kind.", t.Kind).In(v.p), "reference", t.Reference)})
		}
	}
	return v.show(page{title: Key("task.list"), back: "/", body: tasksScreen(v.p, m)})
}

func (v *Visit) taskDone() error {
	t := id.Task(v.r.PathValue("task"))
	if t == "" {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	if err := v.web.Tasks.Done(v.r.Context(), v.by.Actor, t); err != nil {
		return err
	}
	return v.to("/tasks", "task")
}
