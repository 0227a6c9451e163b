package web

import (
	"cmp"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/joint"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/sorting"
	"github.com/opentrm/opentrm/internal/task"
)

// homeModel answers what must be done now, by when, and who waits: three actions at most.
type homeModel struct {
	first   []page.Item // what is due
	begin   []page.Link // what the role can begin
	more    int         // tasks beside these
	late    int         // tasks past their time
	haste   int         // urgent tasks that are not shown
	rest    int         // what else does not stand well with the node
	seen    page.Msg    // when that was looked at; none: it is not hers
	counted []page.Row  // from when to when something was counted; none: it is not hers
	doubt   string      // days off of the next time that nobody has confirmed
}

const (
	mostActions = 3 // of a home: who opens it on a telephone sees them without scrolling
	allTasks    = 200
	aheadDays   = 14 // longer than any time that runs in working days
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
	if sent, err := v.discarding(); sent || err != nil {
		return err
	}
	all, err := v.allDue()
	if err != nil {
		return err
	}
	m := homeModel{begin: v.begin(), doubt: v.doubted()}
	if m.counted, err = v.counted(); err != nil {
		return err
	}
	// One place is for what she came to begin, if she begins anything; what is urgent needs it more.
	urgent := 0
	for _, d := range all {
		if d.urgent {
			urgent++
		}
	}
	shown := min(len(all), max(mostActions-min(1, len(m.begin)), min(urgent, mostActions)))
	m.begin = m.begin[:min(len(m.begin), mostActions-shown)]
	for i, d := range all {
		if d.task && d.late {
			m.late++
		}
		if i < shown {
			m.first = append(m.first, d.item)
		} else if d.node {
			m.rest++
		} else if d.task {
			m.more++
			if d.urgent {
				m.haste++
			}
		}
	}
	if at := v.seen().At; m.rest > 0 && at != 0 {
		m.seen = v.When(at)
	}
	if err := v.Show(page.Page{Title: page.Key("web.home"), Body: homeScreen(v.P, m)}); err != nil {
		return err
	}
	v.attend()
	return nil
}

// allDue is what waits for her: her tasks, and what her role looks after.
func (v *visit) allDue() ([]due, error) {
	var all []due
	if page.May(v.By.Actor, access.ListTask) {
		tasks, err := v.openTasks()
		if err != nil {
			return nil, err
		}
		for i, t := range tasks {
			if i < mostActions {
				all = append(all, v.toDo(t))
				continue
			}
			all = append(all, due{task: true, urgent: t.Urgent, late: t.Late(v.Now()), at: t.Due, since: t.Made})
		}
	}
	for _, look := range partOf(v.By.Role).due {
		some, err := look(v)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	soonest(all)
	return all, nil
}

// begin is what the role can begin from its home.
func (v *visit) begin() []page.Link {
	var links []page.Link
	if v.Offered(emergency()) {
		links = append(links, page.Link{Path: "/emergency", Text: page.Key("case.emergency")})
	}
	for _, l := range partOf(v.By.Role).begin {
		if v.Offered(l) {
			links = append(links, page.Link{Path: l.Path, Text: page.Key(l.Text)})
		}
	}
	return links
}

// byClock puts what is urgent first, then what is due first, and what has no clock last.
func (v *visit) byClock(all []task.Task) {
	sorting.Stable(all, func(a, b task.Task) int {
		if c := yesFirst(a.Urgent, b.Urgent); c != 0 {
			return c
		}
		if (a.Due == 0) != (b.Due == 0) {
			return cmp.Compare(b.Due, a.Due)
		}
		return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.ID, b.ID))
	})
}

// called is what a task is called: the day of what belongs to another desk is written as days are in this language.
func (v *visit) called(reference string) string {
	if day, err := time.Parse(time.DateOnly, reference); err == nil {
		return v.P.Date(day)
	}
	return reference
}

func (v *visit) items(all []task.Task) []page.Item {
	var items []page.Item
	var known absences
	for _, t := range all {
		item := page.Item{Title: page.Key("task.title", "what", v.Word("task.kind.", t.Kind).In(v.P), "reference", v.called(t.Reference)), Path: v.reached(t), State: v.taskState(t)}
		if item.Path == "" && t.Desk != "" && t.Desk != v.By.Desk && v.By.Realm == access.Office { // who watches a clock does not do what it is of
			item.Title = page.Key("task.theirs", "what", item.Title.In(v.P))
		}
		if t.Due != 0 {
			item.Hint = page.Key("task.due", "when", v.When(t.Due).In(v.P), "age", v.Age(t.Due).In(v.P))
		} else {
			item.Hint = page.Key("task.since", "age", v.Age(t.Made).In(v.P))
		}
		if c := byCommand(t.Kind); c != "" {
			item.Hint = page.Plain(item.Hint.In(v.P) + " " + v.P.Text("task.command", "command", c))
		}
		var err error
		if item.Away, err = v.absent(&known, t); err != nil {
			v.Failed("absences", err) // the task is hers to see all the same
		}
		items = append(items, item)
	}
	return items
}

// taskPath is the page on which a task is done; "" where there is none that she reaches: of her desk it is ticked off by hand.
func (v *visit) taskPath(t task.Task) string {
	noun, _, _ := strings.Cut(t.Kind, ".")
	w, ok := taskPaths()[noun]
	if !ok || t.Object == "" || !page.May(v.By.Actor, w.Action) { // who only watches a clock is not told what it is of
		return ""
	}
	switch {
	case noun == "child":
		return w.Path + t.Object + "/childhood"
	case noun == "own":
		c, err := v.Consents.Know(v.R.Context(), v.By.Actor, id.Consent(t.Object))
		if err != nil {
			return ""
		}
		return w.Path + string(c.Case) + "/page"
	case t.Kind == referral.TaskErase:
		return v.erasePath(w.Path, t.Object)
	case t.Kind == joint.TaskAsked, noun == "cooperation", noun == "docket":
		thread, _, _ := strings.Cut(t.Object, ".")
		return w.Path + thread
	case noun == "joint": // the return that it is about stands in the list
		return "/returns"
	case t.Kind == message.TaskResend:
		return w.Path + t.Object + "/resend"
	case t.Kind == "retention.settle":
		return "/retention"
	case noun == "audit":
		return "/audit/unusual"
	}
	return w.Path + t.Object
}

// reached is the page of a task where she may know what it is of. At her desk everybody may, but for first responders, who see what is theirs; of
// other desks she is told what waits, and seldom more.
func (v *visit) reached(t task.Task) string {
	path := v.taskPath(t)
	if path == "" || t.Desk == v.By.Desk && v.By.Role != access.FirstResponder {
		return path
	}
	var err error
	ctx, who := v.R.Context(), v.By.Actor
	switch noun, _, _ := strings.Cut(t.Kind, "."); noun {
	case "case", "child":
		_, err = v.Cases.Know(ctx, who, id.Case(t.Object))
	case "consent":
		_, err = v.Consents.Know(ctx, who, id.Consent(t.Object))
	case "override":
		_, err = v.Consents.Overridden(ctx, who, id.Consent(t.Object))
	case "referral":
		name, _, _ := strings.Cut(t.Object, ".")
		_, _, _, err = v.Referrals.Show(ctx, who, referral.At{Referral: id.Referral(name)})
	}
	if err != nil {
		return ""
	}
	return path
}

// byCommand returns the command by which a task is done that no page does, for most because a key opens for it that no session holds; "" for
// every other. The node ends such a task when it sees that it was done, and nobody ticks it off before.
func byCommand(kind string) string {
	switch kind {
	case "sheet.renew":
		return "opentrm member sheet"
	case "roster.renew":
		return "opentrm roster propose"
	}
	return ""
}

// erasePath is where somebody says what becomes of the data of an end that is over: on the page of her consent, where she took that back.
func (v *visit) erasePath(ends, object string) string {
	name, _, _ := strings.Cut(object, ".")
	r, _, _, err := v.Referrals.Show(v.R.Context(), v.By.Actor, referral.At{Referral: id.Referral(name)})
	if err == nil && r.Consent != "" && page.May(v.By.Actor, access.WithdrawConsent) {
		if c, err := v.Consents.Know(v.R.Context(), v.By.Actor, r.Consent); err == nil && c.Unanswered() {
			return "/consents/" + string(c.ID) + "/reply"
		}
	}
	return ends + object
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
	all, err := v.openTasks()
	if err != nil {
		return err
	}
	m := tasksModel{doubt: v.doubted()}
	all, m.pages = page.Cut(all, "/tasks", v.R.URL.Query().Get("after"), func(t task.Task) string { return string(t.ID) })
	m.items = v.items(all)
	for _, t := range all {
		if (v.taskPath(t) == "" || t.Kind == directory.TaskEnded) && t.Desk == v.By.Desk && byCommand(t.Kind) == "" { // of whose plans she has looked at all, she says herself
			m.hand = append(m.hand, handTask{t.ID, page.Key("task.done", "what", v.Word("task.kind.", t.Kind).In(v.P), "reference", v.called(t.Reference))})
		}
	}
	return v.Show(page.Page{Title: page.Key("task.list"), Back: "/", Body: tasksScreen(v.P, m)})
}

func (v *visit) taskDone() error {
	t := id.Task(v.R.PathValue("task"))
	if t == "" {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	stands, err := v.Tasks.Show(v.R.Context(), v.By.Actor, t)
	if err != nil {
		return err
	}
	if err := v.Tasks.Done(v.R.Context(), v.By.Actor, t, stands.Version); err != nil {
		return err
	}
	return v.To("/tasks", "task")
}
