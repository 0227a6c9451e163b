package web

import "github.com/opentrm/opentrm/internal/page"

// begun tells who fills in forms what she, or her desk, began and did not finish, and when it is erased if nobody goes on.
func (v *visit) begun() ([]due, error) {
	found, err := v.Retention.Drafts(v.R.Context(), v.By.Actor, mostActions)
	if err != nil {
		return nil, err
	}
	var all []due
	for _, b := range found {
		title, at := "form.unfinished", "/forms"
		if b.Referral {
			title, at = "referral.unsent", ""
		}
		if b.Own {
			title += ".yours"
		}
		d := due{at: b.Ends, since: b.Saved, item: page.Item{
			Title: page.Key(title, "reference", string(b.Reference)), Path: "/cases/" + string(b.Case) + at,
			Hint: page.Key("task.since", "age", v.Age(b.Saved).In(v.P)), State: page.Tag{Text: page.Key("form.state.draft"), Tone: page.Waiting},
		}}
		if b.Ends != 0 {
			d.item.Hint = page.Key("form.unfinished.ends", "when", v.When(b.Ends).In(v.P), "age", v.Age(b.Ends).In(v.P))
		}
		all = append(all, d)
	}
	return all, nil
}
