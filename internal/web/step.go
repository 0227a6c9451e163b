package web

import (
	"context"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
)

// step is one verb of a referral: the form that asks for what it needs, and what it does.
type step struct {
	name   string // of the path: "accept"
	action access.Action
	leads  referral.Transition                     // empty: offered where something was refused
	asks   func(*Visit, []Error) []templ.Component // nil: nothing
	do     func(context.Context, *Visit, referral.At) (referral.Row, error)
}

func code(v *Visit, name string) referral.Code { return referral.Code(v.field(name)) }

// steps are the verbs, in the order of a referral that goes well.
func steps() []step {
	s := func(v *Visit) *referral.Service { return v.web.Referrals }
	return []step{
		{"check", access.CheckReferral, referral.Checked, nil, func(c context.Context, v *Visit, at referral.At) (referral.Row, error) {
			return s(v).Check(c, v.by, at)
		}},
		{"send", access.SendReferral, referral.Sent, nil, func(c context.Context, v *Visit, at referral.At) (referral.Row, error) {
			return s(v).Send(c, v.by, at, false)
		}},
		{"acknowledge", access.AcknowledgeReferral, referral.Acknowledged, nil, func(c context.Context, v *Visit, at referral.At) (referral.Row, error) {
			return s(v).Acknowledge(c, v.by, at)
		}},
		{"accept", access.AcceptReferral, referral.Accepted, nil, func(c context.Context, v *Visit, at referral.At) (referral.Row, error) {
			return s(v).Accept(c, v.by, at)
		}},
		{"ask", access.AskReferral, referral.InformationRequested, asking("reason.information-requested", true), func(c context.Context, v *Visit, at referral.At) (referral.Row, error) {
			return s(v).Ask(c, v.by, at, code(v, "reason"), v.field("text"))
		}},
		{"supply", access.SupplyReferral, referral.InformationSupplied, asking("", true), func(c context.Context, v *Visit, at referral.At) (referral.Row, error) {
			return s(v).Supply(c, v.by, at, v.field("text"))
		}},
		{"decline", access.DeclineReferral, referral.Declined, declining, decline},
		{"plan", access.PlanReferral, referral.HandoverPlanned, planning, plan},
		{"confirm", access.ConfirmReferral, referral.HandedOver, nil, func(c context.Context, v *Visit, at referral.At) (referral.Row, error) {
			return s(v).Confirm(c, v.by, at, v.now())
		}},
		{"not-arrived", access.NotArrivedReferral, referral.NotArrived, asking("reason.not-arrived", false), func(c context.Context, v *Visit, at referral.At) (referral.Row, error) {
			return s(v).NotArrived(c, v.by, at, code(v, "reason"))
		}},
		{"in-care", access.InCareReferral, referral.InCare, nil, func(c context.Context, v *Visit, at referral.At) (referral.Row, error) {
			return s(v).InCare(c, v.by, at, v.now())
		}},
		{"feedback", access.FeedbackReferral, referral.Feedback, reporting, func(c context.Context, v *Visit, at referral.At) (referral.Row, error) {
			point, err := strconv.Atoi(v.field("point"))
			if err != nil {
				return referral.Row{}, fault.New(fault.Invalid, "referral.event.form").With("field", "point")
			}
			return s(v).Feedback(c, v.by, at, point, code(v, "outcome"), v.field("text"))
		}},
		{"complete", access.CompleteReferral, referral.Completed, finishing, func(c context.Context, v *Visit, at referral.At) (referral.Row, error) {
			return s(v).Complete(c, v.by, at, code(v, "outcome"), "")
		}},
		{"close", access.CloseReferral, referral.Closed, nil, func(c context.Context, v *Visit, at referral.At) (referral.Row, error) {
			return s(v).Close(c, v.by, at)
		}},
		{"revoke", access.RevokeReferral, referral.Revoked, asking("reason.revoked", false), func(c context.Context, v *Visit, at referral.At) (referral.Row, error) {
			return s(v).Revoke(c, v.by, at, code(v, "reason"))
		}},
		{"withdraw", access.WithdrawReferral, referral.WithdrawnByPerson, nil, func(c context.Context, v *Visit, at referral.At) (referral.Row, error) {
			return s(v).Withdraw(c, v.by.Actor, at)
		}},
		{"resend", access.ResendReferral, "", asking("", true), func(c context.Context, v *Visit, at referral.At) (referral.Row, error) {
			return s(v).Resend(c, v.by, at, v.field("text"))
		}},
		{"enter-in-error", access.EnterInErrorReferral, referral.EnteredInError, asking("reason.entered-in-error", false), func(c context.Context, v *Visit, at referral.At) (referral.Row, error) {
			return s(v).EnterInError(c, v.by, at, code(v, "reason"))
		}},
	}
}

// listed are the codes of a list of referrals with their words.
func listed(v *Visit, list, prefix string) []Choice {
	var codes []string
	for _, c := range referral.Codes().Lists[list] {
		codes = append(codes, string(c))
	}
	return v.choices(prefix, codes...)
}

func wordsField(v *Visit, errors []Error) templ.Component {
	return TextArea(v.p, Textarea{Field: Field{ID: "text", Label: Key("referral.said"), Hint: Key("referral.words.hint"), Optional: true, Error: at(errors, "text")}, Value: v.field("text")})
}

// asking asks for a reason of a list, and for words where the step carries them.
func asking(list string, words bool) func(*Visit, []Error) []templ.Component {
	return func(v *Visit, errors []Error) []templ.Component {
		var all []templ.Component
		if list != "" {
			all = append(all, RadioGroup(v.p, Radios{Field: Field{ID: "reason", Label: Key("referral.reason"), Error: at(errors, "reason")}, Choices: listed(v, list, "referral.reason."), Value: v.field("reason")}))
		}
		if words {
			all = append(all, wordsField(v, errors))
		}
		return all
	}
}

func declining(v *Visit, errors []Error) []templ.Component {
	desks, err := v.addresses()
	if err != nil {
		desks = nil // the codes are still there
	}
	return append(asking("reason.declined", false)(v, errors),
		SelectList(v.p, Select{
			Field:   Field{ID: "alternative", Label: Key("referral.alternative"), Hint: Key("referral.alternative.hint"), Error: at(errors, "alternative")},
			Choices: append(listed(v, "alternative", "referral.alternative."), desks...), Value: v.field("alternative"), Empty: Key("web.choose"),
		}),
		wordsField(v, errors))
}

func decline(ctx context.Context, v *Visit, at referral.At) (referral.Row, error) {
	instead := referral.Alternative{Code: code(v, "alternative")}
	if a, err := id.ParseAddress(v.field("alternative")); err == nil {
		instead = referral.Alternative{Desk: a}
	}
	return v.web.Referrals.Decline(ctx, v.by, at, code(v, "reason"), instead, v.field("text"))
}

func planning(v *Visit, errors []Error) []templ.Component {
	return []templ.Component{
		DateFields(v.p, DateInput{Field: Field{ID: "planned", Label: Key("referral.planned"), Error: at(errors, "planned")}, Day: v.field("planned-day"), Month: v.field("planned-month"), Year: v.field("planned-year")}),
		TextInput(v.p, Input{Field: Field{ID: "hour", Label: Key("referral.hour"), Hint: Key("referral.hour.hint", "zone", v.zone.String())}, Value: v.field("hour"), Width: 5}),
		RadioGroup(v.p, Radios{Field: Field{ID: "meeting", Label: Key("referral.meeting"), Hint: Key("referral.meeting.hint")}, Choices: listed(v, "meeting", "referral.meeting."), Value: v.field("meeting")}),
		wordsField(v, errors),
	}
}

func plan(ctx context.Context, v *Visit, at referral.At) (referral.Row, error) {
	t, err := time.ParseInLocation("2006-1-2 15:04", v.field("planned-year")+"-"+v.field("planned-month")+"-"+v.field("planned-day")+" "+v.field("hour"), v.zone)
	if err != nil {
		return referral.Row{}, fault.New(fault.Invalid, "referral.event.form").With("field", "planned")
	}
	return v.web.Referrals.Plan(ctx, v.by, at, referral.Planned{At: frame.At(t), Meeting: code(v, "meeting")}, v.field("text"))
}

func reporting(v *Visit, errors []Error) []templ.Component {
	return []templ.Component{
		TextInput(v.p, Input{Field: Field{ID: "point", Label: Key("referral.point"), Hint: Key("referral.point.hint"), Error: at(errors, "point")}, Value: v.field("point"), Mode: "numeric", Width: 3}),
		RadioGroup(v.p, Radios{Field: Field{ID: "outcome", Label: Key("referral.outcome"), Error: at(errors, "outcome")}, Choices: listed(v, "outcome.feedback", "referral.outcome."), Value: v.field("outcome")}),
		wordsField(v, errors),
	}
}

func finishing(v *Visit, errors []Error) []templ.Component {
	return []templ.Component{RadioGroup(v.p, Radios{Field: Field{ID: "outcome", Label: Key("referral.outcome"), Error: at(errors, "outcome")}, Choices: listed(v, "outcome.completed", "referral.outcome."), Value: v.field("outcome")})}
}

func (v *Visit) showStep(s step, f form) error {
	row, _, _, err := v.web.Referrals.Show(v.r.Context(), v.by.Actor, v.referralAt())
	if err != nil {
		return err
	}
	back := v.referralPath(row)
	f.title, f.back, f.action, f.submit, f.leave = Key("referral.do."+s.name), back, back+"/"+s.name, Key("referral.do."+s.name), true
	f.intro = []Msg{Key("referral.about", "reference", row.Reference, "desk", row.Peer.String()), Key("referral.means." + s.name)}
	f.hidden = [][2]string{{"version", strconv.FormatInt(row.Version, 10)}}
	if s.asks != nil {
		f.fields = append(f.fields, s.asks(v, f.errors)...)
	}
	return v.showForm(f)
}

// stepRoutes are two lines of the map for each verb.
func stepRoutes() []Route {
	var all []Route
	for _, s := range steps() {
		all = append(all,
			Route{Pattern: "GET /referrals/{referral}/" + s.name, Action: s.action, Serve: func(v *Visit) error { return v.showStep(s, form{}) }},
			Route{Pattern: "POST /referrals/{referral}/" + s.name, Action: s.action, Serve: func(v *Visit) error { return v.step(s) }})
	}
	return all
}

// step takes the step if nothing has changed since its form was shown.
func (v *Visit) step(s step) error {
	at := v.referralAt()
	version, err := strconv.ParseInt(v.field("version"), 10, 64)
	if err != nil || version < 1 {
		if _, _, _, err := v.web.Referrals.Show(v.r.Context(), v.by.Actor, at); err != nil {
			return err
		}
		return fault.New(fault.Stale, "referral.stale")
	}
	at.Version = version
	row, err := s.do(v.r.Context(), v, at)
	if err != nil {
		return v.stepAgain(err, s)
	}
	return v.to(v.referralPath(row), "step")
}

func (v *Visit) draftForm() error { return v.showDraft("/cases/"+v.r.PathValue("case"), form{}) }

func (v *Visit) reReferForm() error { return v.showDraft(v.ownPath(), form{}) }

func (v *Visit) ownPath() string { return "/referrals/" + string(v.referralAt().Referral) }

// showDraft asks what is needed, for whom, and under which consent. Nothing here tells who she is.
func (v *Visit) showDraft(back string, f form) error {
	c := id.Case(v.r.PathValue("case"))
	action := back + "/referral"
	if c == "" {
		row, _, _, err := v.web.Referrals.Show(v.r.Context(), v.by.Actor, v.referralAt())
		if err != nil {
			return err
		}
		c, action = row.Case, back+"/re-refer"
	}
	consents, err := v.web.Consents.List(v.r.Context(), v.by.Actor, c)
	if err != nil {
		return err
	}
	var live []Choice
	for _, x := range consents {
		if x.Live(v.now()) && x.Origin == consent.TakenHere {
			for _, to := range x.Recipients {
				live = append(live, Choice{Value: string(x.ID) + " " + to.String(), Text: Plain(to.String()), Hint: Key("referral.under", "until", v.when(x.ValidTo).In(v.p))})
			}
		}
	}
	f.title, f.back, f.action, f.submit, f.leave = Key("referral.new"), back, action, Key("referral.draft.do"), true
	f.intro, f.warning = []Msg{Key("referral.draft.text")}, Key("referral.draft.care")
	if len(live) == 0 {
		f.intro = append(f.intro, Key("referral.draft.no-consent"))
	}
	f.fields = append(f.fields,
		RadioGroup(v.p, Radios{Field: Field{ID: "to", Label: Key("referral.to"), Hint: Key("referral.to.hint"), Error: at(f.errors, "to")}, Choices: live, Value: v.field("to")}),
		RadioGroup(v.p, Radios{Field: Field{ID: "kind", Label: Key("referral.kind"), Error: at(f.errors, "kind")}, Choices: listed(v, "kind", "referral.kind."), Value: v.field("kind")}),
		CheckboxGroup(v.p, Checkboxes{Field: Field{ID: "needs", Label: Key("referral.needs"), Error: at(f.errors, "needs")}, Choices: v.choices("case.service.", v.web.Lists.Codes(casefile.ListService)...), Values: v.r.PostForm["needs"]}),
		RadioGroup(v.p, Radios{Field: Field{ID: "urgency", Label: Key("referral.urgency"), Error: at(f.errors, "urgency")}, Choices: v.choices("referral.urgency.", string(referral.Normal), string(referral.Urgent)), Value: orElse(v.field("urgency"), string(referral.Normal)), Inline: true}),
		RadioGroup(v.p, Radios{Field: Field{ID: "sex", Label: Key("person.sex"), Error: at(f.errors, "sex")}, Choices: v.choices("person.sex.", "female", "male", "other", "unknown"), Value: orElse(v.field("sex"), "unknown"), Inline: true}),
		RadioGroup(v.p, Radios{Field: Field{ID: "age", Label: Key("case.age-class"), Error: at(f.errors, "age")}, Choices: v.choices("person.age.", ageClasses()...), Value: orElse(v.field("age"), "unknown")}),
		CheckboxGroup(v.p, Checkboxes{Field: Field{ID: "languages", Label: Key("person.languages"), Error: at(f.errors, "languages")}, Choices: v.languages(), Values: v.r.PostForm["languages"]}),
		RadioGroup(v.p, Radios{Field: Field{ID: "risk", Label: Key("case.risk"), Error: at(f.errors, "risk")}, Choices: v.choices("case.grade.", "low", "medium", "high", "unknown"), Value: orElse(v.field("risk"), "unknown"), Inline: true}),
		TextInput(v.p, Input{Field: Field{ID: "children", Label: Key("referral.children"), Error: at(f.errors, "children")}, Value: orElse(v.field("children"), "0"), Mode: "numeric", Width: 2}),
		SelectList(v.p, v.bases(f.errors)),
	)
	return v.showForm(f)
}

// drafting reads the form of a referral. The consent decides which categories go along.
func (v *Visit) drafting(c id.Case) (referral.Drafting, error) {
	bad := func(f string) (referral.Drafting, error) {
		return referral.Drafting{}, fault.New(fault.Invalid, "referral.draft").With("field", f)
	}
	name, to := "", id.Address{}
	for i, r := range v.field("to") {
		if r == ' ' {
			a, err := id.ParseAddress(v.field("to")[i+1:])
			if err != nil {
				return bad("to")
			}
			name, to = v.field("to")[:i], a
		}
	}
	children, err := strconv.Atoi(v.field("children"))
	if err != nil {
		return bad("children")
	}
	d := referral.Drafting{
		To: to, Kind: code(v, "kind"), Basis: code(v, "basis"), Consent: id.Consent(name), Expires: v.web.Referrals.Expires(to.Member),
		Request: referral.Request{
			Sex: code(v, "sex"), AgeClass: person.AgeClass(v.field("age")), Languages: v.sent("languages", v.languages()), Urgency: referral.Urgency(v.field("urgency")),
			Risk: code(v, "risk"), Capacity: "place", Children: children,
		},
	}
	for _, n := range v.sent("needs", v.choices("", v.web.Lists.Codes(casefile.ListService)...)) {
		d.Request.Needs = append(d.Request.Needs, referral.Code(n))
	}
	all, err := v.web.Consents.List(v.r.Context(), v.by.Actor, c)
	if err != nil {
		return d, err
	}
	for _, x := range all {
		if x.ID == d.Consent {
			d.Categories = x.Categories
		}
	}
	if len(d.Categories) == 0 {
		return bad("to")
	}
	return d, nil
}

func (v *Visit) draft() error {
	c := id.Case(v.r.PathValue("case"))
	d, err := v.drafting(c)
	var row referral.Row
	if err == nil {
		row, err = v.web.Referrals.Draft(v.r.Context(), v.by, c, referral.At{}, d)
	}
	if err != nil {
		return v.draftAgain("/cases/"+string(c), err)
	}
	return v.to(v.referralPath(row), "draft")
}

func (v *Visit) draftAgain(back string, err error) error {
	fields := map[string]string{"": "to", "age_class": "age"}
	for _, f := range []string{"to", "kind", "needs", "urgency", "sex", "languages", "risk", "children", "basis"} {
		fields[f] = f
	}
	return v.againDenied(err, fields, func(f form) error { return v.showDraft(back, f) })
}

func (v *Visit) reRefer() error {
	before, _, _, err := v.web.Referrals.Show(v.r.Context(), v.by.Actor, v.referralAt())
	if err != nil {
		return err
	}
	d, err := v.drafting(before.Case)
	var row referral.Row
	if err == nil {
		row, err = v.web.Referrals.ReRefer(v.r.Context(), v.by, v.referralAt(), d)
	}
	if err != nil {
		return v.draftAgain(v.ownPath(), err)
	}
	return v.to(v.referralPath(row), "draft")
}
