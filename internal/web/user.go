package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/signin"
)

const pageRows = 50

// usersModel is a page of the list of accounts.
type usersModel struct {
	table  Table
	pages  Pages
	invite bool
}

func (v *Visit) users() error {
	all, err := v.web.Signin.List(v.r.Context(), v.by.Actor)
	if err != nil {
		return err
	}
	m := usersModel{invite: May(v.by.Actor, access.CreateUser), table: Table{
		Caption: Key("signin.accounts"), Named: true, Columns: []Column{{Text: Key("signin.name")}, {Text: Key("signin.login")}, {Text: Key("signin.state")}, {Text: Key("signin.office")}},
	}}
	all, m.pages = pageOf(all, "/users", v.r.URL.Query().Get("after"), func(a signin.Account) string { return string(a.ID) })
	for _, a := range all {
		m.table.Rows = append(m.table.Rows, []Cell{
			{Text: Plain(a.Name), Path: "/users/" + string(a.ID)}, {Text: Plain(a.Login)}, {Tag: stateTag(a.State)}, {Text: v.roles(a.Office)},
		})
	}
	return v.show(page{title: Key("signin.accounts"), body: usersScreen(v.p, m)})
}

// pageOf cuts a page out of a list, after the entry with that key, and says where the pages beside it are.
func pageOf[T any](all []T, path, after string, key func(T) string) ([]T, Pages) {
	var at Pages
	from := 0
	if i := slices.IndexFunc(all, func(t T) bool { return key(t) == after }); after != "" && i >= 0 {
		from = i + 1
		at.Previous = path
		if from > pageRows {
			at.Previous += "?after=" + key(all[from-pageRows-1])
		}
	}
	to := min(len(all), from+pageRows)
	if to < len(all) {
		at.Next = path + "?after=" + key(all[to-1])
	}
	return all[from:to], at
}

func stateTag(s signin.State) *Tag {
	tone := map[signin.State]Tone{signin.Invited: Waiting, signin.Active: Good, signin.Disabled: Off}[s]
	return &Tag{Text: Key("signin.state." + string(s)), Tone: tone}
}

func (v *Visit) roles(all []access.Role) Msg {
	if len(all) == 0 {
		return Key("web.none")
	}
	var names []string
	for _, r := range all {
		names = append(names, roleName(r).In(v.p))
	}
	return Plain(v.p.And(names...))
}

// officeRoles are the roles that serve no desk.
func officeRoles() []Choice {
	var all []Choice
	for _, r := range access.Roles() {
		if access.RealmOf(r) == access.Office && r != access.TheNode && r != access.APeer && r != access.Operator {
			if access.Combine([]access.Role{r}) == nil {
				all = append(all, Choice{Value: string(r), Text: roleName(r)})
			}
		}
	}
	return all
}

// deskRoles are the roles held at a desk with cases.
func deskRoles() []Choice {
	var all []Choice
	for _, r := range access.Roles() {
		if realm := access.RealmOf(r); (realm == access.Assistance || realm == access.Prosecution) && access.Combine([]access.Role{r}) == nil {
			all = append(all, Choice{Value: string(r), Text: roleName(r)})
		}
	}
	return all
}

// inviteModel is the form for a new account, and the link once it is made.
type inviteModel struct {
	in     signin.Invitee
	roles  []Choice
	tags   []Choice
	link   string
	errors []Error
}

func (m inviteModel) chosen() []string {
	var all []string
	for _, r := range m.in.Office {
		all = append(all, string(r))
	}
	return all
}

func (v *Visit) inviteForm() error {
	return v.showInvite(0, inviteModel{in: signin.Invitee{Language: v.user.Language, Zone: v.user.Zone}})
}

func (v *Visit) showInvite(status int, m inviteModel) error {
	m.roles, m.tags = officeRoles(), LanguageChoices(v.web.Texts)
	return v.show(page{status: status, title: Key("signin.invite"), back: "/users", errors: m.errors, body: inviteScreen(v.p, m)})
}

func (v *Visit) invite() error {
	m := inviteModel{in: signin.Invitee{
		Login: v.field("login"), Name: v.field("name"), Language: v.field("language"), Zone: v.field("zone"), Demo: v.web.Demo,
	}}
	for _, r := range v.r.PostForm["office"] {
		m.in.Office = append(m.in.Office, access.Role(r))
	}
	_, link, err := v.web.Signin.Invite(v.r.Context(), v.by.Actor, m.in)
	if err != nil {
		status := statusOf(fault.KindOf(err))
		if m.errors, err = v.correct(err, map[string]string{"login": "login", "name": "name", "language": "language", "zone": "zone", "": "login"}); err != nil {
			return err
		}
		return v.showInvite(status, m)
	}
	m.link = v.link(link)
	return v.showInvite(http.StatusCreated, m)
}

// link is the address at which an invitation is used. It is shown once, in the answer to the form, and stands in no
// address and no log.
func (v *Visit) link(secret string) string {
	scheme := "https://"
	if v.r.TLS == nil && strings.HasPrefix(v.r.Header.Get("Origin"), "http://") {
		scheme = "http://"
	}
	return scheme + v.r.Host + "/enrol/" + secret
}

// accountModel is one account.
type accountModel struct {
	id       id.User
	name     string
	rows     []Row
	link     string
	manage   bool
	disabled bool
	sessions sessionsModel
}

func (v *Visit) account() error { return v.showAccount(0, "") }

func (v *Visit) showAccount(status int, link string) error {
	all, err := v.web.Signin.List(v.r.Context(), v.by.Actor)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(a signin.Account) bool { return string(a.ID) == v.r.PathValue("user") })
	if i < 0 {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	a := all[i]
	m := accountModel{
		id: a.ID, name: a.Name, link: link, manage: May(v.by.Actor, access.CreateUser), disabled: a.State == signin.Disabled,
		rows: []Row{
			{Key: Key("signin.login"), Value: Plain(a.Login)},
			{Key: Key("signin.state"), Value: Key("signin.state." + string(a.State))},
			{Key: Key("signin.office"), Value: v.roles(a.Office)},
			{Key: Key("lang.this"), Value: Plain(v.p.LanguageName(a.Language))},
			{Key: Key("signin.zone"), Value: Plain(a.Zone)},
		},
	}
	if a.Fingerprint != "" {
		m.rows = append(m.rows, Row{Key: Key("signin.fingerprint"), Value: Plain(grouped(a.Fingerprint))})
	}
	if m.manage {
		found, err := v.web.Signin.Sessions(v.r.Context(), v.by.Actor, a.ID)
		if err != nil {
			return err
		}
		m.sessions = v.sessions("/users/"+string(a.ID)+"/sessions/", found)
	}
	return v.show(page{status: status, title: Plain(a.Name), back: "/users", body: accountScreen(v.p, m)})
}

func (v *Visit) reinvite() error {
	link, err := v.web.Signin.Reinvite(v.r.Context(), v.by.Actor, id.User(v.r.PathValue("user")))
	if err != nil {
		return err
	}
	return v.showAccount(http.StatusCreated, v.link(link))
}

func (v *Visit) disable() error {
	user := id.User(v.r.PathValue("user"))
	if err := v.web.Signin.Disable(v.r.Context(), v.by.Actor, user); err != nil {
		return err
	}
	return v.to("/users/"+string(user), "disabled")
}

func (v *Visit) revoke() error {
	user := id.User(v.r.PathValue("user"))
	if err := v.web.Signin.Revoke(v.r.Context(), v.by.Actor, user, id.Session(v.r.PathValue("session"))); err != nil {
		return err
	}
	return v.to("/users/"+string(user), "session")
}
