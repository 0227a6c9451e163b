package webreturn

import (
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/page"
)

// reporting is the step that is reported now: whether she has arrived, or how she is some months later.
func reporting(s homecoming.State) access.Action {
	if homecoming.Takes(s, access.FollowHomecoming) {
		return access.FollowHomecoming
	}
	return access.ArriveHomecoming
}

func (v *visit) reportForm() error { return v.showReport(page.Form{}) }

func (v *visit) showReport(f page.Form) error {
	of, err := v.at(access.ReadHomecoming)
	if err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	action := reporting(of.State)
	if !homecoming.Takes(of.State, action) && v.R.Method == "GET" {
		return err
	}
	if f, err = v.carded(v.form(f, of, "report"), of); err != nil {
		return err
	}
	f.Fields = append(f.Fields, v.DayField(at(f, "on"), true))
	met := page.TextInput(v.P, v.line(optional(at(f, "was-met-by"))))
	safe := page.RadioGroup(v.P, page.Radios{Field: hinted(at(f, "safe")), Choices: v.Choices("homecoming.safe.", "yes", "no", "unknown"), Value: v.Field("safe")})
	if action == access.FollowHomecoming {
		outcomes, err := v.codes(homecoming.ListOutcome, "homecoming.outcome.")
		if err != nil {
			return err
		}
		var points []page.Choice
		for _, n := range v.Homecomings.Points() {
			if n > of.Point {
				points = append(points, page.Choice{Value: strconv.FormatInt(n, 10), Text: v.days(n)})
			}
		}
		f.Intro = []page.Msg{page.Key("homecoming.follow.text")}
		f.Fields = append(f.Fields,
			page.RadioGroup(v.P, page.Radios{Field: at(f, "point"), Choices: points, Value: v.Field("point")}), safe,
			page.RadioGroup(v.P, page.Radios{Field: at(f, "outcome"), Choices: outcomes, Value: v.Field("outcome")}),
		)
	} else {
		f.Intro = []page.Msg{page.Key("homecoming.arrival.text")}
		f.Fields = append(f.Fields,
			page.RadioGroup(v.P, page.Radios{Field: at(f, "has-arrived"), Choices: v.Choices("web.", "yes", "no"), Value: v.Field("has-arrived"), Inline: true}), met, safe,
		)
	}
	f.Fields = append(f.Fields, page.TextArea(v.P, v.text(optional(hinted(at(f, "opinion"))))), page.TextArea(v.P, v.text(optional(at(f, "note")))))
	return v.ShowForm(f)
}

func (v *visit) report() error {
	of, err := v.at(access.ReadHomecoming)
	if err != nil {
		return err
	}
	if unread, err := v.unread(of); err != nil || len(unread) > 0 {
		if err != nil {
			return err
		}
		return v.showReport(page.Form{Status: page.StatusOf(fault.Invalid), Errors: unread})
	}
	x := homecoming.Report{
		On: v.Day("on"), Arrived: v.Field("has-arrived") == "yes", MetBy: v.Field("was-met-by"), Safe: v.Field("safe"), Outcome: v.Field("outcome"),
		Opinion: v.Field("opinion"), Note: v.Field("note"), Language: string(v.P.Tag()),
	}
	var r homecoming.Return
	if reporting(of.State) == access.FollowHomecoming {
		if x.Point, err = strconv.ParseInt(v.Field("point"), 10, 64); err != nil {
			x.Point = 0 // no day of the profile, which the noun says
		}
		r, err = v.Homecomings.Follow(v.R.Context(), v.By, v.which(), v.Version(), x)
	} else if said := v.Field("has-arrived"); said != "yes" && said != "no" {
		err = fault.New(fault.Invalid, "homecoming.field").With("field", "has-arrived")
	} else {
		r, err = v.Homecomings.Arrive(v.R.Context(), v.By, v.which(), v.Version(), x)
	}
	if err != nil {
		fields := page.FieldsOf("on", "safe", "outcome", "opinion", "note", "point", "has-arrived")
		fields["met_by"] = "was-met-by"
		return v.again(err, fields, v.showReport)
	}
	return v.To(pathOf(r.ID), "return")
}

// changed is the choice of the form of the end that no list has: she changed her mind.
const changed = "changed-her-mind"

func (v *visit) endForm() error { return v.showEnd(page.Form{}) }

// showEnd asks why a return ends. That she changed her mind stands first, and is all that the other desk can say.
func (v *visit) showEnd(f page.Form) error {
	of, err := v.Homecomings.Show(v.R.Context(), v.By, v.which())
	if err != nil {
		return err
	}
	if v.R.Method == "GET" && !homecoming.Takes(of.State, access.WithdrawHomecoming) {
		return fault.New(fault.Conflict, "homecoming.state").With("state", v.Word("homecoming.state.", string(of.State)).In(v.P))
	}
	choices := []page.Choice{{Value: changed, Text: page.Key("homecoming.changed"), Hint: page.Key("homecoming.changed.hint")}}
	if v.By.Desk == of.Desk {
		for _, by := range []struct {
			action       access.Action
			list, prefix string
		}{{access.StopHomecoming, homecoming.ListStop, "homecoming.stop."}, {access.CloseHomecoming, homecoming.ListClose, "homecoming.close."}} {
			if !page.May(v.By.Actor, by.action) || !homecoming.Takes(of.State, by.action) {
				continue
			}
			all, err := v.codes(by.list, by.prefix)
			if err != nil {
				return err
			}
			choices = append(choices, slices.DeleteFunc(all, func(c page.Choice) bool {
				return c.Value == homecoming.PersonDecided || c.Value == homecoming.PersonDeclined // that is the first
			})...)
		}
	}
	f = v.form(f, of, "end")
	f.Warning = page.Key("homecoming.end.text")
	f.Fields = append(f.Fields, page.RadioGroup(v.P, page.Radios{Field: at(f, "reason"), Choices: choices, Value: v.Field("reason")}))
	return v.ShowForm(f)
}

func (v *visit) end() error {
	reason, ctx := v.Field("reason"), v.R.Context()
	var r homecoming.Return
	var err error
	switch of, read := v.Homecomings.Show(ctx, v.By, v.which()); {
	case read != nil:
		return read
	case reason == changed:
		r, err = v.Homecomings.Withdraw(ctx, v.By.Actor, v.which(), v.Version())
	case homecoming.Takes(of.State, access.CloseHomecoming):
		r, err = v.Homecomings.Close(ctx, v.By.Actor, v.which(), v.Version(), reason)
	default:
		r, err = v.Homecomings.Stop(ctx, v.By.Actor, v.which(), v.Version(), reason)
	}
	if err != nil {
		fields := page.FieldsOf("reason")
		fields["homecoming.unfollowed"] = "reason"
		return v.again(err, fields, v.showEnd)
	}
	if v.By.Desk != r.Desk {
		return v.To("/returns", "return-ended") // it opens nothing of it any more
	}
	return v.To(pathOf(r.ID), "return-ended")
}
