package web

import (
	"time"

	"github.com/opentrm/opentrm/internal/followup"
	"github.com/opentrm/opentrm/internal/page"
)

// unanswered reminds who speaks for the country of what was concluded and recommended and has no answer of it yet.
func (v *visit) unanswered() ([]due, error) {
	all, err := followup.Load(v.R.Context(), v.Publications, v.By.Actor, v.Site.Now().In(v.Zone).Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	n, late := followup.Unanswered(all, v.Site.Member)
	if n == 0 {
		return nil, nil
	}
	d := due{late: late > 0, item: page.Item{
		Title: page.Key("publication.due", "n", v.P.Number(n), "late", v.P.Number(late)), Path: "/follow-up", State: page.Tag{Text: page.Key("task.open"), Tone: page.Waiting},
	}}
	if d.late {
		d.item.State = page.Tag{Text: page.Key("task.late"), Tone: page.Late}
	}
	return []due{d}, nil
}
