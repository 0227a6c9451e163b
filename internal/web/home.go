package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/task"
)

// homeModel answers what must be done now, by when, and who waits.
type homeModel struct {
	first []page.Item // at most three
	more  int         // tasks beside these
	late  int         // tasks past their time
	links []page.Link // what the role can begin
	doubt string      // days off of the next time that nobody has confirmed
}

const (
	firstTasks = 3
	pageTasks  = 50
	allTasks   = 200
	aheadDays  = 14 // longer than any time that runs in working days
)

// doubted writes the days of the next time of which it is not sure that nobody works here: what is due counts them as days of work.
func (v *visit) doubted() string {
	law := v.law()
	zone, err := law.Zone(v.Site.Member)
	if err != nil {
		zone = time.UTC
	}
	now := v.Now().Time()
	var days []string
	for _, day := range law.Calendar(v.Site.Member).In(zone).Doubtful(now, now.AddDate(0, 0, aheadDays)) {
		days = append(days, v.DayText(day).In(v.P))
	}
	return strings.Join(days, ", ")
}

func (v *visit) home() error {
	m := homeModel{}
	if page.May(v.By.Actor, "task.list") {
		all, err := v.Tasks.List(v.R.Context(), v.By.Actor, task.Filter{Limit: allTasks})
		if err != nil {
			return err
		}
		v.byClock(all)
		for _, t := range all {
			if t.Late(v.Now()) {
				m.late++
			}
		}
		m.more = max(0, len(all)-firstTasks)
		m.first = v.items(all[:min(firstTasks, len(all))])
	}
	m.links, m.doubt = v.begin(), v.doubted()
	return v.Show(page.Page{Title: page.Key("web.home"), Body: homeScreen(v.P, m)})
}

// begin is what the role can begin from its home.
func (v *visit) begin() []page.Link {
	var links []page.Link
	for _, l := range beginnings() {
		if v.Offered(l) {
			links = append(links, page.Link{Path: l.Path, Text: page.Key(l.Text)})
		}
	}
	return links[:min(3, len(links))]
}

// byClock puts what is due first first, and what has no clock last.
func (v *visit) byClock(all []task.Task) {
	slices.SortStableFunc(all, func(a, b task.Task) int {
		if (a.Due == 0) != (b.Due == 0) {
			return cmp.Compare(b.Due, a.Due)
		}
		return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.ID, b.ID))
	})
}

func (v *visit) items(all []task.Task) []page.Item {
	var items []page.Item
	for _, t := range all {
		item := page.Item{Title: page.Key("task.title", "what", v.Word("task.kind.", t.Kind).In(v.P), "reference", t.Reference), Path: taskPath(t), State: v.taskState(t)}
		if t.Due != 0 {
			item.Hint = page.Key("task.due", "when", v.When(t.Due).In(v.P), "age", v.Age(t.Due).In(v.P))
		} else {
			item.Hint = page.Key("task.since", "age", v.Age(t.Made).In(v.P))
		}
		items = append(items, item)
	}
	return items
}

// taskPath is the page on which a task is done; "" where there is none and it is ticked off by hand.
func taskPath(t task.Task) string {
	noun, _, _ := strings.Cut(t.Kind, ".")
	if noun == "child" {
		return "/cases/" + t.Object + "/childhood"
	}
	if f, ok := taskPaths()[noun]; ok {
		return f + t.Object
	}
	return ""
}

func (v *visit) taskState(t task.Task) page.Tag {
	switch {
	case t.Late(v.Now()):
		return page.Tag{Text: page.Key("task.late"), Tone: page.Late}
	case t.Urgent:
		return page.Tag{Text: page.Key("task.urgent"), Tone: page.Late}
	case t.Due != 0:
		return page.Tag{Text: page.Key("task.open"), Tone: page.Waiting}
	}
	return page.Tag{Text: page.Key("task.open"), Tone: page.Calm}
}

// tasksModel is a page of tasks with the button to tick off those that have no page of their own.
type tasksModel struct {
	items []page.Item
	hand  []handTask
	pages page.Pages
	doubt string
}

type handTask struct {
	id   id.Task
	text page.Msg
}

func (v *visit) tasks() error {
	after := id.Task(v.R.URL.Query().Get("after"))
	all, err := v.Tasks.List(v.R.Context(), v.By.Actor, task.Filter{After: after, Limit: pageTasks})
	if err != nil {
		return err
	}
	m := tasksModel{doubt: v.doubted()}
	if len(all) == pageTasks {
		m.pages.Next = "/tasks?after=" + string(all[len(all)-1].ID)
	}
	if after != "" {
		m.pages.Previous = "/tasks"
	}
	v.byClock(all)
	m.items = v.items(all)
	for _, t := range all {
		if (taskPath(t) == "" || t.Kind == directory.TaskEnded) && t.Desk == v.By.Desk { // of whose plans she has looked at all, she says herself
			m.hand = append(m.hand, handTask{t.ID, page.Key("task.done", "what", v.Word("task.kind.", t.Kind).In(v.P), "reference", t.Reference)})
		}
	}
	return v.Show(page.Page{Title: page.Key("task.list"), Back: "/", Body: tasksScreen(v.P, m)})
}

func (v *visit) taskDone() error {
	t := id.Task(v.R.PathValue("task"))
	if t == "" {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	if err := v.Tasks.Done(v.R.Context(), v.By.Actor, t); err != nil {
		return err
	}
	return v.To("/tasks", "task")
}
