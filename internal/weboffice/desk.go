package weboffice

import (
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/signin"
)

// desksModel is the list of the desks of this member.
type desksModel struct {
	table page.Table
	pages page.Pages
	found bool
	hooks bool // systems that hear of a desk may be seen
}

func (v *visit) desks() error {
	all, err := v.Desks.List(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	m := desksModel{found: page.May(v.By.Actor, access.CreateDesk), hooks: len(access.ScopeOf(v.By.Actor, access.ListWebhook)) > 0, table: page.Table{
		Caption: page.Key("desk.list"), Named: true, Columns: []page.Column{{Text: page.Key("desk.what")}, {Text: page.Key("desk.realm")}, {Text: page.Key("desk.sector")}, {Text: page.Key("desk.state")}},
		Empty: page.Key("desk.none"),
	}}
	all, m.pages = page.Cut(all, "/desks", v.R.URL.Query().Get("after"), func(d desk.Desk) string { return string(d.ID) })
	for _, d := range all {
		tone := page.Good
		if d.State != desk.Active {
			tone = page.Off
		}
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: v.deskName(d), Path: "/desks/" + string(d.ID)},
			{Text: page.Key("desk.realm." + string(d.Realm))},
			{Text: page.Key("desk.sector." + string(d.Sector))},
			{Tag: &page.Tag{Text: page.Key("desk.state." + string(d.State)), Tone: tone}},
		})
	}
	return v.Show(page.Page{Title: page.Key("desk.list"), Body: desksScreen(v.P, m)})
}

// deskModel is one desk with its people, as far as the reader may know them.
type deskModel struct {
	id       id.Desk
	name     page.Msg
	duty     bool // people look after it at this node
	rows     []page.Row
	members  []memberModel
	readers  []signin.Program // programs that read its cases
	known    bool             // the reader may know who they are
	proposed *page.Select
	roles    []page.Choice
	renew    bool // the reader can make a new intake pair
	errors   []page.Error
}

type memberModel struct {
	user     id.User
	name     string
	role     page.Msg
	state    page.Tag
	waiting  bool
	mine     bool // the reader proposed her, so somebody else grants
	field    string
	removing bool
}

func (v *visit) desk() error { return v.showDesk(0, nil) }

func (v *visit) showDesk(status int, errors []page.Error) error {
	ctx, at := v.R.Context(), id.Desk(v.R.PathValue("desk"))
	all, err := v.Desks.List(ctx, v.By.Actor)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(d desk.Desk) bool { return d.ID == at })
	if i < 0 {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	m := deskModel{id: at, name: v.deskName(all[i]), duty: all[i].State == desk.Active && all[i].Kind == desk.AtNode, rows: v.deskRows(all[i]), errors: errors}
	if err := v.deskIndex(&m); err != nil {
		return err
	}
	if len(access.ScopeOf(v.By.Actor, access.ListToken)) > 0 {
		programs, err := v.Signin.Programs(ctx, v.By.Actor)
		if err != nil {
			return err
		}
		m.readers = slices.DeleteFunc(programs, func(p signin.Program) bool { return p.Desk != at || !p.Reads() || p.State == signin.ProgramRevoked })
	}
	names, err := v.Signin.Colleagues(ctx, v.By.Actor, at)
	if err == nil {
		err = v.deskPeople(&m, all[i], names)
	} else if fault.Is(err, fault.Denied) {
		err = nil
	}
	if err != nil {
		return err
	}
	return v.Show(page.Page{Status: status, Title: m.name, Back: "/desks", Errors: errors, Body: deskScreen(v.P, m)})
}

// deskIndex says how many cases of the reader's desk are still found by the spellings of an older version of the program.
func (v *visit) deskIndex(m *deskModel) error {
	if v.By.Desk != m.id || !page.May(v.By.Actor, access.ReindexCase) {
		return nil
	}
	state, err := v.Searches.State(v.R.Context(), v.By.Actor)
	if fault.Is(err, fault.NotFound) {
		return nil // nothing was ever put in
	}
	if state.Older > 0 {
		m.rows = append(m.rows, page.Row{Key: page.Key("search.older"), Value: page.Plain(v.P.Plural("search.older.text", int(state.Older)))})
	}
	return err
}

func (v *visit) deskRows(d desk.Desk) []page.Row {
	var languages []string
	for _, l := range d.Languages {
		languages = append(languages, v.P.LanguageName(l))
	}
	or := func(s string) page.Msg {
		if s == "" {
			return page.Key("web.none")
		}
		return page.Plain(s)
	}
	return []page.Row{
		{Key: page.Key("desk.what"), Value: v.Word("", d.Function)},
		{Key: page.Key("desk.address"), Value: page.Plain(string(v.Site.Member) + "/" + string(d.ID))},
		{Key: page.Key("desk.organisation"), Value: page.Plain(d.Organisation)},
		{Key: page.Key("desk.kind"), Value: page.Key("desk.kind." + string(d.Kind))},
		{Key: page.Key("desk.realm"), Value: page.Key("desk.realm." + string(d.Realm))},
		{Key: page.Key("desk.sector"), Value: page.Key("desk.sector." + string(d.Sector))},
		{Key: page.Key("desk.languages"), Value: or(v.P.And(languages...))},
		{Key: page.Key("desk.deputy"), Value: or(string(d.Deputy))},
		{Key: page.Key("desk.coordinator"), Value: or(string(d.Coordinator))},
		{Key: page.Key("desk.out-of-hours"), Value: or(d.OutOfHours)},
		{Key: page.Key("desk.verified"), Value: v.When(d.VerifiedOn)},
	}
}

// deskPeople adds who belongs to the desk, and what the reader may do about it.
func (v *visit) deskPeople(m *deskModel, d desk.Desk, names map[id.User]string) error {
	members, err := v.Desks.Members(v.R.Context(), v.By.Actor, d.ID)
	if err != nil {
		return err
	}
	m.known = true
	own := v.By.Desk == d.ID
	m.renew = own && d.State == desk.Active && d.Kind == desk.AtNode && page.May(v.By.Actor, access.RotateDesk)
	for _, x := range members {
		if x.State == desk.Left {
			continue
		}
		p := memberModel{user: x.User, name: names[x.User], role: page.RoleName(x.Role), waiting: own && x.State == desk.Proposed, mine: x.ProposedBy == v.By.User}
		p.state = page.Tag{Text: page.Key("desk.member.granted"), Tone: page.Good}
		if x.State == desk.Proposed {
			p.state = page.Tag{Text: page.Key("desk.member.proposed"), Tone: page.Waiting}
		}
		p.field = "fingerprint-" + string(x.User)
		p.removing = own && x.State == desk.Granted
		m.members = append(m.members, p)
	}
	if d.State == desk.Active && d.Kind == desk.AtNode && page.May(v.By.Actor, access.ProposeMemberDesk) {
		people, err := v.people(members)
		if err != nil {
			return err
		}
		m.proposed = &page.Select{Field: page.Field{ID: "user", Label: page.Key("desk.propose.who"), Error: page.ErrorAt(m.errors, "user")}, Choices: people, Empty: page.Key("web.choose")}
		m.roles = rolesIn(d.Realm)
	}
	return nil
}

// people are the accounts with keys that are not at a desk yet.
func (v *visit) people(but []desk.Membership) ([]page.Choice, error) {
	all, err := v.Signin.List(v.R.Context(), v.By.Actor)
	var out []page.Choice
	for _, a := range all {
		there := slices.ContainsFunc(but, func(m desk.Membership) bool { return m.User == a.ID && m.State != desk.Left })
		if a.State == signin.Active && !there {
			out = append(out, page.Choice{Value: string(a.ID), Text: page.Plain(a.Name + " (" + a.Login + ")")})
		}
	}
	return out, err
}

// rolesIn are the roles that can be held at a desk of a realm.
func rolesIn(realm access.Realm) []page.Choice {
	var all []page.Choice
	for _, r := range access.Roles() {
		if access.RealmOf(r) == realm && access.Combine([]access.Role{r}) == nil {
			all = append(all, page.Choice{Value: string(r), Text: page.RoleName(r)})
		}
	}
	return all
}

func (v *visit) propose() error {
	at := id.Desk(v.R.PathValue("desk"))
	err := v.Desks.Propose(v.R.Context(), v.By.Actor, at, id.User(v.Field("user")), access.Role(v.Field("role")))
	if err != nil {
		return v.deskAgain(err, map[string]string{"": "user"})
	}
	return v.To("/desks/"+string(at), "proposed")
}

// deskAgain shows the desk with what is to be corrected.
func (v *visit) deskAgain(err error, fields map[string]string) error {
	status := page.StatusOf(fault.KindOf(err))
	errors, err := v.Correct(err, fields)
	if err != nil {
		return err
	}
	return v.showDesk(status, errors)
}

// grant lets a proposed member in. The fingerprint is typed as she read it aloud: it stands nowhere on the page, so
// that it cannot be copied instead of being compared.
func (v *visit) grant() error {
	at, user := id.Desk(v.R.PathValue("desk")), id.User(v.R.PathValue("user"))
	said := strings.ToLower(strings.Join(strings.Fields(v.Field("fingerprint")), ""))
	if err := v.Keyring.Grant(v.R.Context(), v.By, at, user, id.Key(said)); err != nil {
		return v.deskAgain(err, map[string]string{"": "fingerprint-" + string(user)})
	}
	return v.To("/desks/"+string(at), "granted")
}

func (v *visit) remove() error {
	at, user := id.Desk(v.R.PathValue("desk")), id.User(v.R.PathValue("user"))
	if err := v.Keyring.Remove(v.R.Context(), v.By, at, user); err != nil {
		return err
	}
	if user == v.By.User {
		return v.To("/place", "")
	}
	return v.To("/desks/"+string(at), "removed")
}

// foundModel is the form for a new desk.
type foundModel struct {
	desk      desk.Desk
	first     string
	role      string
	people    []page.Choice
	functions []page.Choice
	roles     []page.Choice
	languages []page.Choice
	desks     []page.Choice
	errors    []page.Error
}

func (v *visit) foundForm() error {
	return v.showFound(0, foundModel{desk: desk.Desk{Kind: desk.AtNode, Zone: v.User.Zone, Public: true}})
}

func (v *visit) showFound(status int, m foundModel) error {
	var err error
	if m.people, err = v.people(nil); err != nil {
		return err
	}
	all, err := v.Desks.List(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	for _, d := range all {
		m.desks = append(m.desks, page.Choice{Value: string(d.ID), Text: page.Plain(string(d.ID))})
	}
	for _, key := range v.Site.Texts.Keys("en") {
		if strings.HasPrefix(key, "desk.function.") {
			m.functions = append(m.functions, page.Choice{Value: key, Text: page.Key(key)})
		}
	}
	m.roles, m.languages = append(deskRoles(), officeRoles()...), v.Languages()
	return v.Show(page.Page{Status: status, Title: page.Key("desk.found"), Back: "/desks", Errors: m.errors, Body: foundScreen(v.P, m)})
}

func (v *visit) found() error {
	m := foundModel{first: v.Field("first"), role: v.Field("role"), desk: desk.Desk{
		ID: id.Desk(v.Field("desk")), Organisation: v.Field("organisation"), Kind: desk.Kind(v.Field("kind")), Realm: access.Realm(v.Field("realm")),
		Sector: profile.Sector(v.Field("sector")), Purpose: desk.Purpose(v.Field("purpose")), Function: v.Field("function"), Languages: v.R.PostForm["languages"], Zone: v.Field("zone"),
		Deputy: id.Desk(v.Field("deputy")), Coordinator: id.Desk(v.Field("coordinator")), OutOfHours: v.Field("out-of-hours"),
		Public: v.Field("public") != "", VerifiedOn: v.Now(),
	}}
	if !slices.Contains(v.Site.Texts.Keys("en"), m.desk.Function) {
		m.desk.Function = ""
	}
	err := v.Keyring.Found(v.R.Context(), v.By.Actor, keyring.Founding{Desk: m.desk, First: id.User(m.first), Role: access.Role(m.role)})
	if err != nil {
		status := page.StatusOf(fault.KindOf(err))
		fields := map[string]string{"": "desk", "out_of_hours": "out-of-hours"}
		for _, f := range []string{"kind", "realm", "sector", "purpose", "organisation", "function", "zone", "deputy"} {
			fields[f] = f
		}
		if m.errors, err = v.Correct(err, fields); err != nil {
			return err
		}
		return v.showFound(status, m)
	}
	return v.To("/desks/"+string(m.desk.ID), "founded")
}

func (m foundModel) public() []string {
	if m.desk.Public {
		return []string{"yes"}
	}
	return nil
}

// renewIntake gives the reader's desk a new intake pair, after a reminder or at any time.
func (v *visit) renewIntake() error {
	at := id.Desk(v.R.PathValue("desk"))
	if err := v.Keyring.RotateIntake(v.R.Context(), v.By, at); err != nil {
		return err
	}
	return v.To("/desks/"+string(at), "intake")
}
