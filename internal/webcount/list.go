package webcount

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/veil"
)

// most is how many counts are listed.
const most = 200

// listModel is the counts, what waits for the reader first.
type listModel struct {
	may    bool // she can propose one
	waits  []page.Item
	going  page.Table
	over   page.Table
	ledger page.Msg
	bound  page.Msg          // who says how much a year allows
	ask    []templ.Component // the reader can say it; nil: she cannot
}

func (v *visit) list() error { return v.showList(page.Form{}) }

func (v *visit) showList(f page.Form) error {
	ctx, who := v.R.Context(), v.By.Actor
	all, err := v.Counts.List(ctx, who, most)
	if err != nil {
		return err
	}
	spent, err := v.Counts.Ledger(ctx, who)
	if err != nil {
		return err
	}
	m := listModel{
		may:   page.May(who, access.ProposeCount),
		going: runTable("count.running", "count.until"), over: runTable("count.ended", "count.over.at"),
		ledger: page.Key("count.ledger", "year", strconv.Itoa(spent.Year), "spent", v.epsilon(spent.Spent), "most", v.epsilon(spent.Most)),
	}
	m.bound = page.Key("count.ledger.proposed")
	if spent.Decided > 0 {
		m.bound = page.Key("count.ledger.decided", "source", spent.Source)
	}
	if page.May(who, access.AllowCount) {
		m.ask = []templ.Component{
			page.TextInput(v.P, page.Input{Field: v.field(f, "most"), Value: v.chosen("most", v.epsilon(spent.Most)), Mode: "decimal", Width: 5}),
			page.TextInput(v.P, page.Input{Field: v.field(f, "source"), Value: v.chosen("source", "")}),
		}
	}
	for i := range all {
		st := &all[i]
		tag := tagOf(st)
		at := v.When(st.Over)
		to := &m.over
		if st.End == count.Going {
			if to, at = &m.going, page.Key("web.none"); st.Stage.Step != "" {
				at = v.When(st.Plan.Until[st.Stage.At])
			}
		}
		to.Rows = append(to.Rows, []page.Cell{{Text: v.called(st.Scope), Path: pathOf(st.ID)}, {Tag: &tag}, {Text: at}})
		if v.deed(st) != "" {
			m.waits = append(m.waits, page.Item{
				Path: pathOf(st.ID), Title: v.called(st.Scope), State: page.Tag{Text: page.Key("count.step." + st.Stage.Step), Tone: page.Waiting},
				Hint: page.Key("task.due", "when", at.In(v.P), "age", v.Age(st.Plan.Until[st.Stage.At]).In(v.P)),
			})
		}
	}
	return v.Show(page.Page{Status: f.Status, Errors: f.Errors, Title: page.Key("count.title"), Back: "/", Body: listScreen(v.P, m)})
}

// allow records what a year allows.
func (v *visit) allow() error {
	most, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(v.Field("most")), ",", ".", 1), 64)
	if err != nil || math.IsNaN(most) {
		err = fault.New(fault.Invalid, "count.field").With("field", "most")
	} else {
		err = v.Counts.Allow(v.R.Context(), v.By.Actor, int64(math.Round(max(-1, min(most, 1000))*1000)), v.Field("source"))
	}
	if err != nil {
		return v.Again(err, fields(err, "most", "source"), v.showList)
	}
	return v.To(listPath, "count-allowed")
}

func runTable(caption, at string) page.Table {
	return page.Table{
		Caption: page.Key(caption), Empty: page.Key("web.none"),
		Columns: []page.Column{{Text: page.Key("count.one")}, {Text: page.Key("case.state")}, {Text: page.Key(at)}},
	}
}

// deed is the step that the reader can do now in a run; "" if nothing of it is up to her.
func (v *visit) deed(st *count.State) string {
	switch step := st.Stage.Step; {
	case !st.Ours:
	case step == veil.StepJoin && page.May(v.By.Actor, access.JoinCount) && !v.spoke(st):
		return step
	case step == veil.StepCommit && page.May(v.By.Actor, access.PrepareCount):
		return step
	case step == veil.StepBatch && page.May(v.By.Actor, access.PrepareCount) && st.Desk == v.By.Desk:
		return step
	}
	return ""
}

// spoke reports whether the reader has said what she says to a run.
func (v *visit) spoke(st *count.State) bool {
	return slices.ContainsFunc(st.Voices, func(x count.Voice) bool { return x.User == v.By.User })
}

// tagOf says how a run stands.
func tagOf(st *count.State) page.Tag {
	switch {
	case st.End == count.Broken:
		return page.Tag{Text: page.Key("count.state.broken"), Tone: page.Late}
	case st.End == count.Declined:
		return page.Tag{Text: page.Key("count.state.declined"), Tone: page.Off}
	case st.End == count.Counted && (st.Result == nil || !st.Result.Publishable):
		return page.Tag{Text: page.Key("count.state.untold"), Tone: page.Off}
	case st.Published > 0:
		return page.Tag{Text: page.Key("count.state.published"), Tone: page.Good}
	case st.End == count.Counted:
		return page.Tag{Text: page.Key("count.state.counted"), Tone: page.Good}
	case len(st.Late) > 0:
		return page.Tag{Text: page.Key("count.state.late"), Tone: page.Late}
	case st.Ours:
		return page.Tag{Text: page.Key("count.state.ours"), Tone: page.Waiting}
	}
	return page.Tag{Text: page.Key("count.state.going"), Tone: page.Calm}
}
