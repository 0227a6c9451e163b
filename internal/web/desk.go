package web

import (
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/signin"
)

// desksModel is the list of the desks of this member.
type desksModel struct {
	table Table
	pages Pages
	found bool
}

func (v *Visit) desks() error {
	all, err := v.web.Desks.List(v.r.Context(), v.by.Actor)
	if err != nil {
		return err
	}
	m := desksModel{found: May(v.by.Actor, access.CreateDesk), table: Table{
		Caption: Key("desk.list"), Named: true, Columns: []Column{{Text: Key("desk.name")}, {Text: Key("desk.what")}, {Text: Key("desk.realm")}, {Text: Key("desk.state")}},
		Empty: Key("desk.none"),
	}}
	all, m.pages = pageOf(all, "/desks", v.r.URL.Query().Get("after"), func(d desk.Desk) string { return string(d.ID) })
	for _, d := range all {
		tone := Good
		if d.State != desk.Active {
			tone = Off
		}
		m.table.Rows = append(m.table.Rows, []Cell{
			{Text: Plain(string(d.ID)), Path: "/desks/" + string(d.ID)},
			{Text: v.word("", d.Function)},
			{Text: Key("desk.realm." + string(d.Realm))},
			{Tag: &Tag{Text: Key("desk.state." + string(d.State)), Tone: tone}},
		})
	}
	return v.show(page{title: Key("desk.list"), body: desksScreen(v.p, m)})
}

// deskModel is one desk with its people, as far as the reader may know them.
type deskModel struct {
	id       id.Desk
	rows     []Row
	members  []memberModel
	known    bool // the reader may know who they are
	proposed *Select
	roles    []Choice
	renew    bool // the reader can make a new intake pair
	errors   []Error
}

type memberModel struct {
	user     id.User
	name     string
	role     Msg
	state    Tag
	waiting  bool
	mine     bool // the reader proposed her, so somebody else grants
	field    string
	removing bool
}

func (v *Visit) desk() error { return v.showDesk(0, nil) }

func (v *Visit) showDesk(status int, errors []Error) error {
	ctx, at := v.r.Context(), id.Desk(v.r.PathValue("desk"))
	all, err := v.web.Desks.List(ctx, v.by.Actor)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(d desk.Desk) bool { return d.ID == at })
	if i < 0 {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	m := deskModel{id: at, rows: v.deskRows(all[i]), errors: errors}
	names, err := v.web.Signin.Colleagues(ctx, v.by.Actor, at)
	if err == nil {
		err = v.deskPeople(&m, all[i], names)
	} else if fault.Is(err, fault.Denied) {
		err = nil
	}
	if err != nil {
		return err
	}
	return v.show(page{status: status, title: Plain(string(at)), back: "/desks", errors: errors, body: deskScreen(v.p, m)})
}

func (v *Visit) deskRows(d desk.Desk) []Row {
	var languages []string
	for _, l := range d.Languages {
		languages = append(languages, v.p.LanguageName(l))
	}
	or := func(s string) Msg {
		if s == "" {
			return Key("web.none")
		}
		return Plain(s)
	}
	return []Row{
		{Key: Key("desk.what"), Value: v.word("", d.Function)},
		{Key: Key("desk.address"), Value: Plain(string(v.web.Member) + "/" + string(d.ID))},
		{Key: Key("desk.organisation"), Value: Plain(d.Organisation)},
		{Key: Key("desk.kind"), Value: Key("desk.kind." + string(d.Kind))},
		{Key: Key("desk.realm"), Value: Key("desk.realm." + string(d.Realm))},
		{Key: Key("desk.languages"), Value: or(v.p.And(languages...))},
		{Key: Key("desk.deputy"), Value: or(string(d.Deputy))},
		{Key: Key("desk.coordinator"), Value: or(string(d.Coordinator))},
		{Key: Key("desk.out-of-hours"), Value: or(d.OutOfHours)},
		{Key: Key("desk.verified"), Value: v.when(d.VerifiedOn)},
	}
}

// deskPeople adds who belongs to the desk, and what the reader may do about it.
func (v *Visit) deskPeople(m *deskModel, d desk.Desk, names map[id.User]string) error {
	members, err := v.web.Desks.Members(v.r.Context(), v.by.Actor, d.ID)
	if err != nil {
		return err
	}
	m.known = true
	own := v.by.Desk == d.ID
	m.renew = own && d.State == desk.Active && d.Kind == desk.AtNode && May(v.by.Actor, access.RotateDesk)
	for _, x := range members {
		if x.State == desk.Left {
			continue
		}
		p := memberModel{user: x.User, name: names[x.User], role: roleName(x.Role), waiting: own && x.State == desk.Proposed, mine: x.ProposedBy == v.by.User}
		p.state = Tag{Text: Key("desk.member.granted"), Tone: Good}
		if x.State == desk.Proposed {
			p.state = Tag{Text: Key("desk.member.proposed"), Tone: Waiting}
		}
		p.field = "fingerprint-" + string(x.User)
		p.removing = own && x.State == desk.Granted
		m.members = append(m.members, p)
	}
	if d.State == desk.Active && d.Kind == desk.AtNode && May(v.by.Actor, access.ProposeMemberDesk) {
		people, err := v.people(members)
		if err != nil {
			return err
		}
		m.proposed = &Select{Field: Field{ID: "user", Label: Key("desk.propose.who"), Error: at(m.errors, "user")}, Choices: people, Empty: Key("web.choose")}
		m.roles = rolesIn(d.Realm)
	}
	return nil
}

// people are the accounts with keys that are not at a desk yet.
func (v *Visit) people(but []desk.Membership) ([]Choice, error) {
	all, err := v.web.Signin.List(v.r.Context(), v.by.Actor)
	var out []Choice
	for _, a := range all {
		there := slices.ContainsFunc(but, func(m desk.Membership) bool { return m.User == a.ID && m.State != desk.Left })
		if a.State == signin.Active && !there {
			out = append(out, Choice{Value: string(a.ID), Text: Plain(a.Name + " (" + a.Login + ")")})
		}
	}
	return out, err
}

// rolesIn are the roles that can be held at a desk of a realm.
func rolesIn(realm access.Realm) []Choice {
	var all []Choice
	for _, r := range access.Roles() {
		if access.RealmOf(r) == realm && access.Combine([]access.Role{r}) == nil {
			all = append(all, Choice{Value: string(r), Text: roleName(r)})
		}
	}
	return all
}

func (v *Visit) propose() error {
	at := id.Desk(v.r.PathValue("desk"))
	err := v.web.Desks.Propose(v.r.Context(), v.by.Actor, at, id.User(v.field("user")), access.Role(v.field("role")))
	if err != nil {
		return v.deskAgain(err, map[string]string{"": "user"})
	}
	return v.to("/desks/"+string(at), "proposed")
}

// deskAgain shows the desk with what is to be corrected.
func (v *Visit) deskAgain(err error, fields map[string]string) error {
	status := statusOf(fault.KindOf(err))
	errors, err := v.correct(err, fields)
	if err != nil {
		return err
	}
	return v.showDesk(status, errors)
}

// grant lets a proposed member in. The fingerprint is typed as she read it aloud: it stands nowhere on the page, so
// that it cannot be copied instead of being compared.
func (v *Visit) grant() error {
	at, user := id.Desk(v.r.PathValue("desk")), id.User(v.r.PathValue("user"))
	said := strings.ToLower(strings.Join(strings.Fields(v.field("fingerprint")), ""))
	if err := v.web.Keyring.Grant(v.r.Context(), v.by, at, user, id.Key(said)); err != nil {
		return v.deskAgain(err, map[string]string{"": "fingerprint-" + string(user)})
	}
	return v.to("/desks/"+string(at), "granted")
}

func (v *Visit) remove() error {
	at, user := id.Desk(v.r.PathValue("desk")), id.User(v.r.PathValue("user"))
	if err := v.web.Keyring.Remove(v.r.Context(), v.by, at, user); err != nil {
		return err
	}
	if user == v.by.User {
		return v.to("/place", "")
	}
	return v.to("/desks/"+string(at), "removed")
}

// foundModel is the form for a new desk.
type foundModel struct {
	desk      desk.Desk
	first     string
	role      string
	people    []Choice
	functions []Choice
	roles     []Choice
	languages []Choice
	desks     []Choice
	errors    []Error
}

func (v *Visit) foundForm() error {
	return v.showFound(0, foundModel{desk: desk.Desk{Kind: desk.AtNode, Realm: access.Assistance, Zone: v.user.Zone, Public: true}})
}

func (v *Visit) showFound(status int, m foundModel) error {
	var err error
	if m.people, err = v.people(nil); err != nil {
		return err
	}
	all, err := v.web.Desks.List(v.r.Context(), v.by.Actor)
	if err != nil {
		return err
	}
	for _, d := range all {
		m.desks = append(m.desks, Choice{Value: string(d.ID), Text: Plain(string(d.ID))})
	}
	for _, key := range v.web.Texts.Keys("en") {
		if strings.HasPrefix(key, "desk.function.") {
			m.functions = append(m.functions, Choice{Value: key, Text: Key(key)})
		}
	}
	m.roles, m.languages = append(deskRoles(), officeRoles()...), v.languages()
	return v.show(page{status: status, title: Key("desk.found"), back: "/desks", errors: m.errors, body: foundScreen(v.p, m)})
}

// languages are the languages that people of the region and those who pass through it speak.
func (v *Visit) languages() []Choice {
	var all []Choice
	for _, tag := range []string{"sq", "ar", "bs", "bg", "hr", "en", "fr", "el", "hu", "mk", "cnr", "ro", "rom", "ru", "sr", "sl", "tr", "uk"} {
		all = append(all, Choice{Value: tag, Text: Plain(v.p.LanguageName(tag))})
	}
	return all
}

func (v *Visit) found() error {
	m := foundModel{first: v.field("first"), role: v.field("role"), desk: desk.Desk{
		ID: id.Desk(v.field("desk")), Organisation: v.field("organisation"), Kind: desk.Kind(v.field("kind")), Realm: access.Realm(v.field("realm")),
		Purpose: desk.Purpose(v.field("purpose")), Function: v.field("function"), Languages: v.r.PostForm["languages"], Zone: v.field("zone"),
		Deputy: id.Desk(v.field("deputy")), Coordinator: id.Desk(v.field("coordinator")), OutOfHours: v.field("out-of-hours"),
		Public: v.field("public") != "", VerifiedOn: v.now(),
	}}
	if !slices.Contains(v.web.Texts.Keys("en"), m.desk.Function) {
		m.desk.Function = ""
	}
	err := v.web.Keyring.Found(v.r.Context(), v.by.Actor, keyring.Founding{Desk: m.desk, First: id.User(m.first), Role: access.Role(m.role)})
	if err != nil {
		status := statusOf(fault.KindOf(err))
		fields := map[string]string{"": "desk", "out_of_hours": "out-of-hours"}
		for _, f := range []string{"kind", "realm", "purpose", "organisation", "function", "zone", "deputy"} {
			fields[f] = f
		}
		if m.errors, err = v.correct(err, fields); err != nil {
			return err
		}
		return v.showFound(status, m)
	}
	return v.to("/desks/"+string(m.desk.ID), "founded")
}

func (m foundModel) public() []string {
	if m.desk.Public {
		return []string{"yes"}
	}
	return nil
}
