package webprogram

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/signin"
)

// programsModel is the service accounts.
type programsModel struct {
	table  page.Table
	pages  page.Pages
	making bool
}

func (v *visit) programs() error {
	all, err := v.Signin.Programs(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	m := programsModel{making: page.May(v.By.Actor, access.CreateToken), table: page.Table{
		Caption: page.Key("signin.program.list"), Named: true, Empty: page.Key("signin.program.empty"), Columns: []page.Column{
			{Text: page.Key("signin.program.name")}, {Text: page.Key("signin.program.desk")}, {Text: page.Key("signin.program.may")}, {Text: page.Key("signin.state")}, {Text: page.Key("signin.program.used")},
		},
	}}
	all, m.pages = page.Cut(all, "/service-accounts", v.R.URL.Query().Get("after"), func(p signin.Program) string { return string(p.ID) })
	for _, p := range all {
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: page.Plain(p.Name), Path: "/service-accounts/" + string(p.ID)}, {Text: v.Own(p.Desk)}, readsCell(p), {Tag: v.programTag(p)}, {Text: v.When(p.Used)},
		})
	}
	return v.Show(page.Page{Title: page.Key("signin.program.title"), Body: programsScreen(v.P, m)})
}

// readsTag marks a program that reads: in red, wherever it is listed.
func readsTag() page.Tag { return page.Tag{Text: page.Key("signin.program.reads"), Tone: page.Late} }

func readsCell(p signin.Program) page.Cell {
	if p.Reads() && p.State != signin.ProgramRevoked {
		tag := readsTag()
		return page.Cell{Tag: &tag}
	}
	return page.Cell{Text: mayOf(p)[0]}
}

// mayOf says what a program may do.
func mayOf(p signin.Program) []page.Msg {
	all := make([]page.Msg, len(p.Purposes))
	for i, w := range p.Purposes {
		all[i] = page.Key("signin.program.may." + string(w))
	}
	return all
}

func (v *visit) programTag(p signin.Program) *page.Tag {
	switch {
	case p.State == signin.ProgramRevoked:
		return &page.Tag{Text: page.Key("signin.program.state.revoked"), Tone: page.Off}
	case p.Next == signin.OfficerNext:
		return &page.Tag{Text: page.Key("signin.program.state.officer"), Tone: page.Waiting}
	case p.State == signin.ProgramProposed:
		return &page.Tag{Text: page.Key("signin.program.state.proposed"), Tone: page.Waiting}
	case p.Waits:
		return &page.Tag{Text: page.Key("signin.program.state.again"), Tone: page.Late}
	}
	return &page.Tag{Text: page.Key("signin.program.state.active"), Tone: page.Good}
}

// newProgramModel is the form by which a service account is made, and its token once it is.
type newProgramModel struct {
	name     page.Input
	desk     page.Select
	may      page.Radios
	networks page.Textarea
	days     page.Input
	quota    page.Input
	made     signin.Program
	token    string
}

func (v *visit) programForm() error {
	return v.showProgramForm(0, strconv.Itoa(signin.DefaultDays), nil)
}

func (v *visit) showProgramForm(status int, days string, errors []page.Error) error {
	desks, err := v.Desks.List(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	m := newProgramModel{
		name: page.Input{
			Field: page.Field{ID: "name", Label: page.Key("signin.program.name"), Hint: page.Key("signin.program.name.hint"), Error: page.ErrorAt(errors, "name")},
			Value: v.R.FormValue("name"),
		},
		desk: page.Select{
			Field: page.Field{ID: "desk", Label: page.Key("signin.program.desk"), Hint: page.Key("signin.program.desk.hint"), Error: page.ErrorAt(errors, "desk")},
			Empty: page.Key("web.choose"), Value: v.R.FormValue("desk"),
		},
		networks: page.Textarea{
			Field: page.Field{ID: "networks", Label: page.Key("signin.program.networks"), Hint: page.Key("signin.program.networks.hint"), Optional: true, Error: page.ErrorAt(errors, "networks")},
			Value: v.R.FormValue("networks"), Rows: 3,
		},
		days: page.Input{
			Field: page.Field{ID: "days", Label: page.Key("signin.program.days"), Hint: page.Key("signin.program.days.hint"), Error: page.ErrorAt(errors, "days")},
			Value: days, Mode: "numeric", Width: 3,
		},
	}
	m.quota = page.Input{
		Field: page.Field{ID: "quota", Label: page.Key("signin.program.quota"), Hint: page.Key("signin.program.quota.hint"), Optional: true, Error: page.ErrorAt(errors, "quota")},
		Value: v.R.FormValue("quota"), Mode: "numeric", Width: 4,
	}
	m.may = page.Radios{
		Field: page.Field{ID: "purposes", Label: page.Key("signin.program.may"), Hint: page.Key("signin.program.may.hint"), Error: page.ErrorAt(errors, "purposes")},
		Value: cmp.Or(v.R.FormValue("purposes"), string(signin.Import)),
	}
	for _, w := range signin.Purposes() {
		m.may.Choices = append(m.may.Choices, page.Choice{Value: string(w), Text: page.Key("signin.program.may." + string(w))})
	}
	for _, d := range desks {
		if d.Kind == desk.AtNode && d.State == desk.Active && d.Realm == access.Assistance {
			m.desk.Choices = append(m.desk.Choices, page.Choice{Value: string(d.ID), Text: page.Plain(string(d.ID))})
		}
	}
	return v.Show(page.Page{Status: status, Title: page.Key("signin.program.new"), Back: "/service-accounts", Errors: errors, Body: newProgramScreen(v.P, m)})
}

func (v *visit) proposeProgram() error {
	days, err := strconv.ParseInt(v.Field("days"), 10, 64)
	if err != nil || days < 1 {
		days = -1 // the noun refuses it
	}
	var quota int64
	if said := v.Field("quota"); said != "" {
		if quota, err = strconv.ParseInt(said, 10, 64); err != nil || quota < 1 {
			quota = -1
		}
	}
	p, token, err := v.Signin.ProposeProgram(v.R.Context(), v.By.Actor, signin.Wanted{
		Name: v.Field("name"), Desk: id.Desk(v.Field("desk")), Purposes: []signin.Purpose{signin.Purpose(v.Field("purposes"))}, Networks: strings.Fields(v.R.PostFormValue("networks")), Days: days, Quota: quota,
	})
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.Invalid, "signin.program.field").With("field", "desk")
	}
	if err != nil {
		status := page.StatusOf(fault.KindOf(err))
		errors, err := v.Correct(err, map[string]string{"": "name", "name": "name", "desk": "desk", "networks": "networks", "days": "days", "purposes": "purposes", "quota": "quota"})
		if err != nil {
			return err
		}
		return v.showProgramForm(status, v.R.FormValue("days"), errors)
	}
	return v.Show(page.Page{
		Status: http.StatusCreated, Title: page.Key("signin.program.new"), Back: "/service-accounts", Body: newProgramScreen(v.P, newProgramModel{made: p, token: token}),
	})
}

// programModel is one service account, and what can be done with it.
type programModel struct {
	program              signin.Program
	rows                 []page.Row
	token                string
	letting, granting    bool
	rotating, revoking   bool
	days, version, place string
}

func (v *visit) program() error {
	p, err := v.Signin.Program(v.R.Context(), v.By.Actor, id.User(v.R.PathValue("user")))
	if err != nil {
		return err
	}
	return v.showProgram(0, p, "")
}

func (v *visit) showProgram(status int, p signin.Program, token string, errors ...page.Error) error {
	may := func(a access.Action) bool {
		return p.State != signin.ProgramRevoked && access.Check(v.By.Actor, a, access.Resource{Noun: "token", Realm: p.Realm, Desk: p.Desk, Owner: p.ID, Maker: p.Maker}) == nil
	}
	m := programModel{
		program: p, token: token, letting: p.Waits && !p.Reads() && may(access.ConfirmToken), rotating: may(access.RotateToken), revoking: may(access.RevokeToken),
		days: strconv.FormatInt(p.Days, 10), version: strconv.FormatInt(p.Version, 10), place: "/service-accounts/" + string(p.ID),
	}
	m.granting = (p.Next == signin.OfficerNext) == (v.By.Role == access.DataProtectionOfficer) && p.Next != "" && may(access.ApproveReaderToken)
	add := func(on bool, key string, value page.Msg, more ...page.Msg) {
		if on {
			m.rows = append(m.rows, page.Row{Key: page.Key(key), Value: value, Lines: more})
		}
	}
	add(true, "signin.state", v.programTag(p).Text)
	add(true, "signin.program.desk", v.Own(p.Desk))
	what := mayOf(p)
	add(true, "signin.program.may", what[0], what[1:]...)
	add(p.Reads(), "signin.program.quota", page.Key("signin.program.quota.now", "opened", strconv.FormatInt(p.Opened, 10), "quota", strconv.FormatInt(p.Quota, 10)))
	from := page.Key("signin.program.networks.all")
	var more []page.Msg
	for i, n := range p.Networks {
		if i == 0 {
			from = page.Plain(n)
		} else {
			more = append(more, page.Plain(n))
		}
	}
	add(true, "signin.program.networks", from, more...)
	add(true, "webhook.maker", v.signedBy(p.Desk, p.Maker, p.Made))
	add(p.Confirmed != 0, "signin.program.confirmer", v.signedBy(p.Desk, p.Confirmer, p.Confirmed))
	add(p.Officer != "", "signin.program.officer", v.signedBy(p.Desk, p.Officer, p.OfficerAt))
	add(p.Ends != 0 && !(p.Reads() && p.State == signin.ProgramProposed), "signin.program.ends", v.When(p.Ends))
	add(p.State != signin.ProgramRevoked, "signin.program.drawn", v.When(p.Drawn))
	used := v.When(p.Used)
	if p.UsedFrom != "" {
		used = page.Plain(used.In(v.P) + ", " + p.UsedFrom)
	}
	add(true, "signin.program.used", used)
	add(p.Revoked != 0, "signin.program.revoked", v.signedBy(p.Desk, p.Revoker, p.Revoked))
	now := &page.Now{Rows: m.rows[:1], Path: m.place, By: p.Maker, At: p.Made}
	for _, x := range []page.Now{{By: p.Confirmer, At: p.Confirmed}, {By: p.Revoker, At: p.Revoked}} {
		if x.At > now.At {
			now.By, now.At = x.By, x.At
		}
	}
	return v.Show(page.Page{Status: status, Now: now, Errors: errors, Title: page.Key("signin.program.title"), Back: "/service-accounts", Body: programScreen(v.P, m)})
}

// signedBy says who did something about a service account, and when: by name where the reader may know it.
func (v *visit) signedBy(at id.Desk, user id.User, when frame.Time) page.Msg {
	names, err := v.Signin.Colleagues(v.R.Context(), v.By.Actor, at)
	if err != nil || names[user] == "" {
		return page.Plain(v.Officer(v.Signin, user).In(v.P) + ", " + v.When(when).In(v.P))
	}
	return page.Plain(names[user] + ", " + v.When(when).In(v.P))
}

// programChange names the service account that a form is about, and the version that was shown.
func (v *visit) programChange() (id.User, int64, error) {
	p := id.User(v.R.PathValue("user"))
	if n := v.Version(); n > 0 {
		return p, n, nil
	}
	return p, 0, fault.New(fault.Stale, "signin.program.stale")
}

// programAgain shows a service account as it stands, where somebody was faster.
func (v *visit) programAgain(err error) error {
	return v.Again(err, nil, func(f page.Form) error {
		p, err := v.Signin.Program(v.R.Context(), v.By.Actor, id.User(v.R.PathValue("user")))
		if err != nil {
			return err
		}
		return v.showProgram(f.Status, p, "", f.Errors...)
	})
}

func (v *visit) confirmProgram() error {
	p, seen, err := v.programChange()
	if err == nil {
		_, err = v.Signin.ConfirmProgram(v.R.Context(), v.By.Actor, p, seen)
	}
	if err != nil {
		return v.programAgain(err)
	}
	return v.To("/service-accounts/"+string(p), "program-let-in")
}

func (v *visit) approveReader() error {
	p, seen, err := v.programChange()
	if err == nil {
		_, err = v.Signin.ApproveReader(v.R.Context(), v.By, p, seen)
	}
	if err != nil {
		return v.programAgain(err)
	}
	return v.To("/service-accounts/"+string(p), "program-let-in")
}

func (v *visit) rotateProgram() error {
	p, seen, err := v.programChange()
	if err != nil {
		return v.programAgain(err)
	}
	made, token, err := v.Signin.RotateProgram(v.R.Context(), v.By.Actor, p, seen)
	if err != nil {
		return v.programAgain(err)
	}
	return v.showProgram(http.StatusCreated, made, token)
}

func (v *visit) revokeProgram() error {
	p, seen, err := v.programChange()
	if err == nil {
		_, err = v.Signin.RevokeProgram(v.R.Context(), v.By, p, seen)
	}
	if err != nil {
		return v.programAgain(err)
	}
	return v.To("/service-accounts/"+string(p), "program-revoked")
}
