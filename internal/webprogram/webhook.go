package webprogram

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/webhook"
)

// hooksModel is the systems that hear of a desk.
type hooksModel struct {
	table     page.Table
	proposing bool
}

func (v *visit) webhooks() error {
	all, err := v.Webhooks.List(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	m := hooksModel{proposing: page.May(v.By.Actor, access.ProposeWebhook), table: page.Table{
		Caption: page.Key("webhook.list"), Named: true, Empty: page.Key("webhook.empty"), Columns: []page.Column{
			{Text: page.Key("webhook.address")}, {Text: page.Key("webhook.desk")}, {Text: page.Key("webhook.state")}, {Text: page.Key("webhook.taken")},
		},
	}}
	for _, h := range all {
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: page.Plain(h.URL), Path: "/webhooks/" + string(h.ID)}, {Text: v.Own(h.Desk)}, {Tag: hookTag(h)}, {Text: takenOf(h)},
		})
	}
	return v.Show(page.Page{Title: page.Key("webhook.title"), Body: webhooksScreen(v.P, m)})
}

func hookTag(h webhook.Hook) *page.Tag {
	switch {
	case h.State == webhook.Stopped:
		return &page.Tag{Text: page.Key("webhook.state.stopped"), Tone: page.Off}
	case h.State == webhook.Proposed:
		return &page.Tag{Text: page.Key("webhook.state.proposed"), Tone: page.Waiting}
	case h.Waits:
		return &page.Tag{Text: page.Key("webhook.state.again"), Tone: page.Waiting}
	}
	if h.Failing != 0 {
		return &page.Tag{Text: page.Key("webhook.state.failing"), Tone: page.Late}
	}
	return &page.Tag{Text: page.Key("webhook.state.active"), Tone: page.Good}
}

func takenOf(h webhook.Hook) page.Msg {
	return page.Key("webhook.of", "taken", strconv.FormatInt(h.Sent, 10), "all", strconv.FormatInt(h.Sequence, 10))
}

// newHookModel is the form by which an address is proposed, and its secret once it is.
type newHookModel struct {
	desk   page.Select
	url    page.Input
	types  page.Checkboxes
	inside page.Checkboxes
	hook   webhook.Hook
	secret string
}

func (v *visit) webhookForm() error { return v.showWebhookForm(0, nil) }

func (v *visit) showWebhookForm(status int, errors []page.Error) error {
	desks, err := v.Desks.List(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	m := newHookModel{
		desk: page.Select{
			Field: page.Field{ID: "desk", Label: page.Key("webhook.desk"), Error: page.ErrorAt(errors, "desk")}, Empty: page.Key("web.choose"),
			Value: v.R.FormValue("desk"),
		},
		url: page.Input{
			Field: page.Field{ID: "url", Label: page.Key("webhook.address"), Hint: page.Key("webhook.address.hint"), Error: page.ErrorAt(errors, "url")},
			Value: v.R.FormValue("url"),
		},
		types: page.Checkboxes{
			Field:  page.Field{ID: "types", Label: page.Key("webhook.types"), Error: page.ErrorAt(errors, "types")},
			Values: v.R.Form["types"],
		},
		inside: page.Checkboxes{
			Field:   page.Field{ID: "inside", Label: page.Key("webhook.inside"), Optional: true},
			Choices: []page.Choice{{Value: "yes", Text: page.Key("webhook.inside.yes")}}, Values: v.R.Form["inside"],
		},
	}
	for _, d := range desks {
		if d.Kind == desk.AtNode && d.State == desk.Active {
			m.desk.Choices = append(m.desk.Choices, page.Choice{Value: string(d.ID), Text: page.Plain(string(d.ID))})
		}
	}
	for _, t := range v.Webhooks.Data.Choices() {
		m.types.Choices = append(m.types.Choices, page.Choice{Value: t, Text: page.Key("webhook.type." + t)})
	}
	return v.Show(page.Page{Status: status, Title: page.Key("webhook.new"), Back: "/webhooks", Errors: errors, Body: newWebhookScreen(v.P, m)})
}

func (v *visit) proposeWebhook() error {
	h, secret, err := v.Webhooks.Propose(v.R.Context(), v.By.Actor, webhook.Proposal{
		Desk: id.Desk(v.Field("desk")), URL: v.Field("url"), Types: v.R.PostForm["types"], Inside: slices.Contains(v.R.PostForm["inside"], "yes"),
	})
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.Invalid, "webhook.field").With("field", "desk")
	}
	if err != nil {
		status := page.StatusOf(fault.KindOf(err))
		errors, err := v.Correct(err, map[string]string{"": "url", "desk": "desk", "types": "types"})
		if err != nil {
			return err
		}
		return v.showWebhookForm(status, errors)
	}
	return v.Show(page.Page{
		Status: http.StatusCreated, Title: page.Key("webhook.new"), Back: "/webhooks", Body: newWebhookScreen(v.P, newHookModel{hook: h, secret: secret}),
	})
}

// hookModel is one system, and what can be done with it.
type hookModel struct {
	hook       webhook.Hook
	rows       []page.Row
	secret     string
	confirming bool
	changing   bool
	replaying  bool
	trying     bool
	removing   bool
	from       page.Input
}

func (v *visit) webhook() error {
	h, err := v.Webhooks.Show(v.R.Context(), v.By.Actor, v.hook())
	if err != nil {
		return err
	}
	return v.showWebhook(0, h, "", nil)
}

func (v *visit) hook() id.Webhook { return id.Webhook(v.R.PathValue("webhook")) }

func (v *visit) showWebhook(status int, h webhook.Hook, secret string, errors []page.Error) error {
	may := func(a access.Action) bool {
		return access.Check(v.By.Actor, a, access.Resource{Noun: "webhook", Realm: h.Realm, Desk: h.Desk, Maker: h.Maker}) == nil
	}
	changing := may(access.ChangeWebhook)
	m := hookModel{
		hook: h, secret: secret, confirming: h.Waits && may(access.ConfirmWebhook), changing: changing, trying: changing && h.State != webhook.Stopped,
		replaying: changing && h.Confirmed != 0 && !h.Waits, removing: may(access.RemoveWebhook),
		from: page.Input{
			Field: page.Field{ID: "from", Label: page.Key("webhook.from"), Optional: true, Error: page.ErrorAt(errors, "from")},
			Value: v.R.FormValue("from"), Mode: "numeric", Width: 10,
		},
	}
	types := page.Row{Key: page.Key("webhook.types")}
	for i, t := range h.Types {
		if text := page.Key("webhook.type." + t); i == 0 {
			types.Value = text
		} else {
			types.Lines = append(types.Lines, text)
		}
	}
	m.rows = []page.Row{
		{Key: page.Key("webhook.state"), Value: hookTag(h).Text},
		{Key: page.Key("webhook.desk"), Value: v.Own(h.Desk)},
		types,
	}
	add := func(on bool, key string, value page.Msg) {
		if on {
			m.rows = append(m.rows, page.Row{Key: page.Key(key), Value: value})
		}
	}
	add(h.State == webhook.Stopped, "webhook.why", v.Word("webhook.why.", h.Why))
	add(h.Inside, "webhook.inside", page.Key("webhook.inside.yes"))
	add(true, "webhook.maker", page.Plain(string(h.Maker)))
	add(h.Confirmer != "", "webhook.confirmer", page.Plain(string(h.Confirmer)))
	add(true, "webhook.taken", takenOf(h))
	answer := page.Key("webhook.answer.none")
	if h.Status != 0 {
		answer = page.Plain(strconv.FormatInt(h.Status, 10))
	}
	add(h.Tried != 0, "webhook.answer", page.Plain(answer.In(v.P)+", "+v.When(h.Tried).In(v.P)))
	add(h.Failing != 0, "webhook.failing", v.When(h.Failing))
	add(h.Failing != 0 && h.State != webhook.Stopped, "webhook.next", v.When(h.Next))
	add(true, "webhook.public", page.Plain(h.Public))
	now := &page.Now{Rows: m.rows[:1], Path: "/webhooks/" + string(h.ID), By: h.Maker, At: h.Made}
	if h.Confirmed > h.Made {
		now.By, now.At = h.Confirmer, h.Confirmed
	}
	return v.Show(page.Page{Status: status, Now: now, Title: page.Key("webhook.title"), Back: "/webhooks", Errors: errors, Body: webhookScreen(v.P, m)})
}

// seen is the version of what was shown.
func (v *visit) seen() (int64, error) {
	if n := v.Version(); n > 0 {
		return n, nil
	}
	return 0, fault.New(fault.Stale, "webhook.stale")
}

// hookAgain shows the system as it stands with what is to be corrected, or that somebody was faster.
func (v *visit) hookAgain(err error) error {
	return v.Again(err, map[string]string{"from": "from"}, func(f page.Form) error {
		h, err := v.Webhooks.Show(v.R.Context(), v.By.Actor, v.hook())
		if err != nil {
			return err
		}
		return v.showWebhook(f.Status, h, "", f.Errors)
	})
}

func (v *visit) confirmWebhook() error {
	seen, err := v.seen()
	if err == nil {
		_, err = v.Webhooks.Confirm(v.R.Context(), v.By.Actor, v.hook(), seen)
	}
	if err != nil {
		return v.hookAgain(err)
	}
	return v.To("/webhooks/"+string(v.hook()), "webhook-confirmed")
}

func (v *visit) tryWebhook() error {
	if _, err := v.Webhooks.Test(v.R.Context(), v.By.Actor, v.hook()); err != nil {
		return err
	}
	return v.To("/webhooks/"+string(v.hook()), "webhook-tried")
}

func (v *visit) rotateWebhook() error {
	seen, err := v.seen()
	if err != nil {
		return v.hookAgain(err)
	}
	h, secret, err := v.Webhooks.Rotate(v.R.Context(), v.By.Actor, v.hook(), seen)
	if err != nil {
		return v.hookAgain(err)
	}
	return v.showWebhook(http.StatusCreated, h, secret, nil)
}

func (v *visit) replayWebhook() error {
	var from int64
	var err error
	if s := v.Field("from"); s != "" {
		if from, err = strconv.ParseInt(s, 10, 64); err != nil || from < 1 {
			err = fault.New(fault.Invalid, "webhook.field").With("field", "from")
		}
	}
	if err == nil {
		_, err = v.Webhooks.Replay(v.R.Context(), v.By.Actor, v.hook(), from)
	}
	if err != nil {
		return v.hookAgain(err)
	}
	return v.To("/webhooks/"+string(v.hook()), "webhook-replayed")
}

func (v *visit) removeWebhook() error {
	seen, err := v.seen()
	if err == nil {
		err = v.Webhooks.Remove(v.R.Context(), v.By.Actor, v.hook(), seen)
	}
	if err != nil {
		return v.hookAgain(err)
	}
	return v.To("/webhooks", "webhook-removed")
}
