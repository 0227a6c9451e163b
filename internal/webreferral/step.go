package webreferral

import (
	"context"
	"strconv"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/referral"
)

// step is one verb of a referral: the form that asks for what it needs, and what it does.
type step struct {
	name   string // of the path: "accept"
	action access.Action
	leads  referral.Transition                          // empty: offered where something was refused
	asks   func(*visit, []page.Error) []templ.Component // nil: nothing
	do     func(context.Context, *visit, referral.At) (referral.Row, error)
}

func code(v *visit, name string) referral.Code { return referral.Code(v.Field(name)) }

// steps are the verbs, in the order of a referral that goes well.
func steps() []step {
	s := func(v *visit) *referral.Service { return v.Referrals }
	return []step{
		{"check", access.CheckReferral, referral.Checked, nil, func(c context.Context, v *visit, at referral.At) (referral.Row, error) {
			return s(v).Check(c, v.By, at)
		}},
		{"send", access.SendReferral, referral.Sent, nil, func(c context.Context, v *visit, at referral.At) (referral.Row, error) {
			return s(v).Send(c, v.By, at, v.Field("both") != "")
		}},
		{"acknowledge", access.AcknowledgeReferral, referral.Acknowledged, nil, func(c context.Context, v *visit, at referral.At) (referral.Row, error) {
			return s(v).Acknowledge(c, v.By, at)
		}},
		{"accept", access.AcceptReferral, referral.Accepted, nil, func(c context.Context, v *visit, at referral.At) (referral.Row, error) {
			return s(v).Accept(c, v.By, at)
		}},
		{"ask", access.AskReferral, referral.InformationRequested, asking("reason.information-requested", true), func(c context.Context, v *visit, at referral.At) (referral.Row, error) {
			return s(v).Ask(c, v.By, at, code(v, "reason"), v.Field("text"))
		}},
		{"supply", access.SupplyReferral, referral.InformationSupplied, asking("", true), func(c context.Context, v *visit, at referral.At) (referral.Row, error) {
			return s(v).Supply(c, v.By, at, v.Field("text"))
		}},
		{"decline", access.DeclineReferral, referral.Declined, declining, decline},
		{"plan", access.PlanReferral, referral.HandoverPlanned, planning, plan},
		{"confirm", access.ConfirmReferral, referral.HandedOver, nil, func(c context.Context, v *visit, at referral.At) (referral.Row, error) {
			return s(v).Confirm(c, v.By, at, v.Now())
		}},
		{"not-arrived", access.NotArrivedReferral, referral.NotArrived, asking("reason.not-arrived", false), func(c context.Context, v *visit, at referral.At) (referral.Row, error) {
			return s(v).NotArrived(c, v.By, at, code(v, "reason"))
		}},
		{"in-care", access.InCareReferral, referral.InCare, nil, func(c context.Context, v *visit, at referral.At) (referral.Row, error) {
			return s(v).InCare(c, v.By, at, v.Now())
		}},
		{"feedback", access.FeedbackReferral, referral.Feedback, reporting, func(c context.Context, v *visit, at referral.At) (referral.Row, error) {
			point, err := strconv.Atoi(v.Field("point"))
			if err != nil {
				return referral.Row{}, fault.New(fault.Invalid, "referral.event.form").With("field", "point")
			}
			return s(v).Feedback(c, v.By, at, point, code(v, "outcome"), v.Field("text"))
		}},
		{"complete", access.CompleteReferral, referral.Completed, finishing, func(c context.Context, v *visit, at referral.At) (referral.Row, error) {
			return s(v).Complete(c, v.By, at, code(v, "outcome"), "")
		}},
		{"close", access.CloseReferral, referral.Closed, nil, func(c context.Context, v *visit, at referral.At) (referral.Row, error) {
			return s(v).Close(c, v.By, at)
		}},
		{"revoke", access.RevokeReferral, referral.Revoked, asking("reason.revoked", false), func(c context.Context, v *visit, at referral.At) (referral.Row, error) {
			return s(v).Revoke(c, v.By, at, code(v, "reason"))
		}},
		{"withdraw", access.WithdrawReferral, referral.WithdrawnByPerson, nil, func(c context.Context, v *visit, at referral.At) (referral.Row, error) {
			return s(v).Withdraw(c, v.By.Actor, at)
		}},
		{"resend", access.ResendReferral, "", asking("", true), func(c context.Context, v *visit, at referral.At) (referral.Row, error) {
			return s(v).Resend(c, v.By, at, v.Field("text"))
		}},
		{"enter-in-error", access.EnterInErrorReferral, referral.EnteredInError, asking("reason.entered-in-error", false), func(c context.Context, v *visit, at referral.At) (referral.Row, error) {
			return s(v).EnterInError(c, v.By, at, code(v, "reason"))
		}},
	}
}

// listed are the codes of a list of referrals with their words.
func listed(v *visit, list, prefix string) []page.Choice {
	var codes []string
	for _, c := range course.Codes().Lists[list] {
		codes = append(codes, string(c))
	}
	return v.Choices(prefix, codes...)
}

func wordsField(v *visit, errors []page.Error) templ.Component {
	return page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "text", Label: page.Key("referral.said"), Hint: page.Key("referral.words.hint"), Optional: true, Error: page.ErrorAt(errors, "text")}, Value: v.Field("text")})
}

// asking asks for a reason of a list, and for words where the step carries them.
func asking(list string, words bool) func(*visit, []page.Error) []templ.Component {
	return func(v *visit, errors []page.Error) []templ.Component {
		var all []templ.Component
		if list != "" {
			all = append(all, page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "reason", Label: page.Key("referral.reason"), Error: page.ErrorAt(errors, "reason")}, Choices: listed(v, list, "referral.reason."), Value: v.Field("reason")}))
		}
		if words {
			all = append(all, wordsField(v, errors))
		}
		return all
	}
}

func declining(v *visit, errors []page.Error) []templ.Component {
	desks, err := v.Addresses(v.Members)
	if err != nil {
		desks = nil // the codes are still there
	}
	return append(asking("reason.declined", false)(v, errors),
		page.SelectList(v.P, page.Select{
			Field:   page.Field{ID: "alternative", Label: page.Key("referral.alternative"), Hint: page.Key("referral.alternative.hint"), Error: page.ErrorAt(errors, "alternative")},
			Choices: append(listed(v, "alternative", "referral.alternative."), desks...), Value: v.Field("alternative"), Empty: page.Key("web.choose"),
		}),
		wordsField(v, errors))
}

func decline(ctx context.Context, v *visit, at referral.At) (referral.Row, error) {
	instead := referral.Alternative{Code: code(v, "alternative")}
	if a, err := id.ParseAddress(v.Field("alternative")); err == nil {
		instead = referral.Alternative{Desk: a}
	}
	return v.Referrals.Decline(ctx, v.By, at, code(v, "reason"), instead, v.Field("text"))
}

func reporting(v *visit, errors []page.Error) []templ.Component {
	return []templ.Component{
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "point", Label: page.Key("referral.point"), Hint: page.Key("referral.point.hint"), Error: page.ErrorAt(errors, "point")}, Value: v.Field("point"), Mode: "numeric", Width: 3}),
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "outcome", Label: page.Key("referral.outcome"), Error: page.ErrorAt(errors, "outcome")}, Choices: listed(v, "outcome.feedback", "referral.outcome."), Value: v.Field("outcome")}),
		wordsField(v, errors),
	}
}

func finishing(v *visit, errors []page.Error) []templ.Component {
	return []templ.Component{page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "outcome", Label: page.Key("referral.outcome"), Error: page.ErrorAt(errors, "outcome")}, Choices: listed(v, "outcome.completed", "referral.outcome."), Value: v.Field("outcome")})}
}

func (v *visit) showStep(s step, f page.Form) error {
	row, st, _, err := v.Referrals.Show(v.R.Context(), v.By.Actor, v.referralAt())
	if err != nil {
		return err
	}
	back := v.referralPath(row)
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("referral.do."+s.name), back, stepPath(row, s.name), page.Key("referral.do."+s.name), true
	f.Intro = []page.Msg{page.Key("referral.about", "reference", row.Reference, "desk", row.Peer.String()), page.Key("referral.means." + s.name)}
	f.Hidden = [][2]string{{"version", strconv.FormatInt(row.Version, 10)}}
	f.Now = &page.Now{Rows: []page.Row{{Key: page.Key("case.state"), Value: v.Word("referral.status.", string(row.Status))}}, At: row.Since}
	if row.Keeper != "" { // somebody of it called or wrote
		f.Intro = append([]page.Msg{page.Key("referral.for.text", "desk", string(row.Desk))}, f.Intro...) // who speaks, before what is said
		f.Fields = append(f.Fields, page.RadioGroup(v.P, page.Radios{
			Field:   page.Field{ID: "via", Label: page.Key("referral.via.how"), Error: page.ErrorAt(f.Errors, "via")},
			Choices: v.Choices("referral.via.", "phone", "letter"), Value: v.Field("via"),
		}))
	}
	if s.reaches() {
		card, err := v.cardOf(row)
		if err != nil {
			return err
		}
		f = v.Behind(f, card)
	}
	if s.name == "close" { // what is confirmed as read stands there to be read
		if rows := v.outcomeRows(st); len(rows) > 0 {
			f.Above = append(f.Above, page.SummaryList(v.P, rows))
		}
	}
	if s.name == "not-arrived" {
		f.Danger = true
		if f.First, err = v.missing(row); err != nil {
			return err
		}
	}
	if s.name == "check" || s.name == "send" {
		if f.Warning, err = v.riskOf(row.Case); err != nil {
			return err
		}
		places, err := v.Capacities(v.Members)
		if err != nil {
			return err
		}
		if f.Above, err = v.answersOf(row); err != nil {
			return err
		}
		f.Intro = append(f.Intro, page.Key("referral.capacity.now", "desk", row.Peer.String(), "capacity", v.Word("desk.capacity.", page.Or(places[row.Peer.String()], "unknown")).In(v.P)))
	}
	if s.asks != nil {
		f.Fields = append(f.Fields, s.asks(v, f.Errors)...)
	}
	if s.name == "send" && row.Override && row.Urgent && row.Bundle != "" {
		f.Fields = append(f.Fields, page.CheckboxGroup(v.P, page.Checkboxes{
			Field: page.Field{ID: "both", Label: page.Key("referral.both.ask"), Hint: page.Key("referral.both.hint"), Optional: true}, Choices: v.Choices("web.", "yes"), Values: v.R.PostForm["both"],
		}))
	}
	return v.ShowForm(f)
}

// outcomeRows say how a referral went: when she was handed over and taken into care, what was reported, and with what it ended.
func (v *visit) outcomeRows(st referral.State) []page.Row {
	var rows []page.Row
	for _, t := range []referral.Transition{referral.HandedOver, referral.InCare} {
		if e, ok := st.Last(t); ok {
			at := e.Event.At
			if e.Event.Happened != 0 {
				at = e.Event.Happened
			}
			rows = append(rows, page.Row{Key: v.Word("referral.status.", string(t)), Value: v.When(at)})
		}
	}
	for _, r := range st.Reports {
		rows = append(rows, page.Row{Key: page.Plain(v.P.Plural("referral.days", r.Point)), Value: v.Word("referral.outcome.", string(r.Outcome))})
	}
	if st.Outcome != "" {
		rows = append(rows, page.Row{Key: page.Key("referral.outcome"), Value: v.Word("referral.outcome.", string(st.Outcome))})
	}
	return rows
}

// stepRoutes adds two lines of the map for each verb.
func stepRoutes(m *page.Map[*visit]) {
	for _, s := range steps() {
		m.For("GET /referrals/{referral}/"+s.name, s.action, func(v *visit) error { return v.showStep(s, page.Form{}) })
		m.For("POST /referrals/{referral}/"+s.name, s.action, func(v *visit) error { return v.step(s) })
	}
}

// step takes the step if nothing has changed since its form was shown.
func (v *visit) step(s step) error {
	at := v.referralAt()
	version, err := strconv.ParseInt(v.Field("version"), 10, 64)
	if err != nil || version < 1 {
		return v.stepAgain(fault.New(fault.Stale, "referral.stale"), s)
	}
	at.Version, at.Via, at.Language = version, code(v, "via"), string(v.P.Tag())
	if s.reaches() {
		row, _, _, err := v.Referrals.Show(v.R.Context(), v.By.Actor, at)
		if err != nil {
			return v.stepAgain(err, s)
		}
		card, err := v.cardOf(row)
		if err != nil {
			return err
		}
		if unread := v.Unread(card); len(unread) > 0 {
			return v.showStep(s, page.Form{Status: page.StatusOf(fault.Invalid), Errors: unread})
		}
	}
	row, err := s.do(v.R.Context(), v, at)
	if err != nil {
		return v.stepAgain(err, s)
	}
	return v.To(v.referralPath(row), "step")
}
