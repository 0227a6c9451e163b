package weboffice

import (
	"net/http"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/signin"
)

// usersModel is a page of the list of accounts.
type usersModel struct {
	table  page.Table
	pages  page.Pages
	invite bool
}

func (v *visit) users() error {
	all, err := v.Signin.List(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	m := usersModel{invite: page.May(v.By.Actor, access.CreateUser), table: page.Table{
		Caption: page.Key("signin.accounts"), Named: true, Columns: []page.Column{{Text: page.Key("signin.name")}, {Text: page.Key("signin.login")}, {Text: page.Key("signin.state")}, {Text: page.Key("signin.office")}},
	}}
	all, m.pages = page.Cut(all, "/users", v.R.URL.Query().Get("after"), func(a signin.Account) string { return string(a.ID) })
	for _, a := range all {
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: page.Plain(a.Name), Path: "/users/" + string(a.ID)}, {Text: page.Plain(a.Login)}, {Tag: stateTag(a)}, {Text: v.roles(a.Office)},
		})
	}
	return v.Show(page.Page{Title: page.Key("signin.accounts"), Body: usersScreen(v.P, m)})
}

// stateOf says how an account stands.
func stateOf(a signin.Account) page.Msg {
	if a.State == signin.Active && a.Waits {
		return page.Key("signin.office.waiting")
	}
	return page.Key("signin.state." + string(a.State))
}

func stateTag(a signin.Account) *page.Tag {
	tone := map[signin.State]page.Tone{signin.Invited: page.Waiting, signin.Active: page.Good, signin.Disabled: page.Off}[a.State]
	if a.State == signin.Active && a.Waits {
		tone = page.Waiting
	}
	return &page.Tag{Text: stateOf(a), Tone: tone}
}

func (v *visit) roles(all []access.Role) page.Msg {
	if len(all) == 0 {
		return page.Key("web.none")
	}
	var names []string
	for _, r := range all {
		names = append(names, page.RoleName(r).In(v.P))
	}
	return page.Plain(v.P.And(names...))
}

// officeRoles are the roles that serve no desk.
func officeRoles() []page.Choice {
	var all []page.Choice
	for _, r := range access.Roles() {
		if access.RealmOf(r) == access.Office && r != access.TheNode && r != access.APeer && r != access.Operator {
			if access.Combine([]access.Role{r}) == nil {
				all = append(all, page.Choice{Value: string(r), Text: page.RoleName(r)})
			}
		}
	}
	return all
}

// deskRoles are the roles held at a desk with cases.
func deskRoles() []page.Choice {
	var all []page.Choice
	for _, r := range access.Roles() {
		if realm := access.RealmOf(r); (realm == access.Assistance || realm == access.Prosecution) && access.Combine([]access.Role{r}) == nil {
			all = append(all, page.Choice{Value: string(r), Text: page.RoleName(r)})
		}
	}
	return all
}

// inviteModel is the form for a new account, and the link once it is made.
type inviteModel struct {
	in     signin.Invitee
	roles  []page.Choice
	tags   []page.Choice
	link   string
	errors []page.Error
}

func (m inviteModel) chosen() []string {
	var all []string
	for _, r := range m.in.Office {
		all = append(all, string(r))
	}
	return all
}

func (v *visit) inviteForm() error {
	return v.showInvite(0, inviteModel{in: signin.Invitee{Language: v.User.Language, Zone: v.User.Zone}})
}

func (v *visit) showInvite(status int, m inviteModel) error {
	m.roles, m.tags = officeRoles(), page.LanguageChoices(v.Site.Texts)
	return v.Show(page.Page{Status: status, Title: page.Key("signin.invite"), Back: "/users", Errors: m.errors, Body: inviteScreen(v.P, m)})
}

func (v *visit) invite() error {
	m := inviteModel{in: signin.Invitee{
		Login: v.Field("login"), Name: v.Field("name"), Language: v.Field("language"), Zone: v.Field("zone"), Demo: v.Site.Demo,
	}}
	for _, r := range v.R.PostForm["office"] {
		m.in.Office = append(m.in.Office, access.Role(r))
	}
	_, link, err := v.Signin.Invite(v.R.Context(), v.By.Actor, m.in)
	if err != nil {
		status := page.StatusOf(fault.KindOf(err))
		if m.errors, err = v.Correct(err, map[string]string{"login": "login", "name": "name", "language": "language", "zone": "zone", "": "login"}); err != nil {
			return err
		}
		return v.showInvite(status, m)
	}
	m.link = v.link(link)
	return v.showInvite(http.StatusCreated, m)
}

// link is the address at which an invitation is used. It is shown once, in the answer to the form, and stands in no
// address and no log.
func (v *visit) link(secret string) string {
	scheme := "https://"
	if v.R.TLS == nil && strings.HasPrefix(v.R.Header.Get("Origin"), "http://") {
		scheme = "http://"
	}
	return scheme + v.R.Host + "/enrol/" + secret
}

// accountModel is one account.
type accountModel struct {
	id       id.User
	name     string
	rows     []page.Row
	link     string
	waits    bool // her office, to be let in by somebody else
	lets     bool // by who looks
	manage   bool
	disabled bool
	sessions page.Sessions
	known    identitiesModel
}

func (v *visit) account() error { return v.showAccount(0, "", identitiesModel{}) }

func (v *visit) showAccount(status int, link string, known identitiesModel) error {
	all, err := v.Signin.List(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(a signin.Account) bool { return string(a.ID) == v.R.PathValue("user") })
	if i < 0 {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	a := all[i]
	m := accountModel{
		id: a.ID, name: a.Name, link: link, manage: page.May(v.By.Actor, access.CreateUser), disabled: a.State == signin.Disabled,
		rows: []page.Row{
			{Key: page.Key("signin.login"), Value: page.Plain(a.Login)},
			{Key: page.Key("signin.state"), Value: stateOf(a)},
			{Key: page.Key("signin.office"), Value: v.roles(a.Office)},
			{Key: page.Key("lang.this"), Value: page.Plain(v.P.LanguageName(a.Language))},
			{Key: page.Key("signin.zone"), Value: page.Plain(a.Zone)},
		},
	}
	m.waits = a.State == signin.Active && a.Waits
	if m.waits {
		waiting, err := v.Signin.Waiting(v.R.Context(), v.By.Actor)
		if err != nil {
			return err
		}
		m.lets = slices.ContainsFunc(waiting, func(w signin.Account) bool { return w.ID == a.ID })
	}
	if a.Fingerprint != "" && !m.waits { // what is to be compared is not copied from here
		m.rows = append(m.rows, page.Row{Key: page.Key("signin.fingerprint"), Value: page.Plain(page.Grouped(a.Fingerprint))})
	}
	if m.manage {
		found, err := v.Signin.Sessions(v.R.Context(), v.By.Actor, a.ID)
		if err != nil {
			return err
		}
		m.sessions = v.SessionsOf("/users/"+string(a.ID)+"/sessions/", found)
		if m.known, err = v.identities(a.ID, known); err != nil {
			return err
		}
	}
	return v.Show(page.Page{Status: status, Title: page.Plain(a.Name), Back: "/users", Errors: known.errors, Body: accountScreen(v.P, m)})
}

func (v *visit) reinvite() error {
	link, err := v.Signin.Reinvite(v.R.Context(), v.By.Actor, id.User(v.R.PathValue("user")))
	if err != nil {
		return err
	}
	return v.showAccount(http.StatusCreated, v.link(link), identitiesModel{})
}

func (v *visit) disable() error {
	user := id.User(v.R.PathValue("user"))
	if err := v.Signin.Disable(v.R.Context(), v.By.Actor, user); err != nil {
		return err
	}
	return v.To("/users/"+string(user), "disabled")
}

func (v *visit) revoke() error {
	user := id.User(v.R.PathValue("user"))
	if err := v.Signin.Revoke(v.R.Context(), v.By.Actor, user, id.Session(v.R.PathValue("session"))); err != nil {
		return err
	}
	return v.To("/users/"+string(user), "session")
}

// letInModel is an account whose office waits.
type letInModel struct {
	id     id.User
	name   string
	office string
	errors []page.Error
}

func (v *visit) letInForm() error { return v.showLetIn(0, nil) }

func (v *visit) showLetIn(status int, errors []page.Error) error {
	waiting, err := v.Signin.Waiting(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(waiting, func(a signin.Account) bool { return string(a.ID) == v.R.PathValue("user") })
	if i < 0 {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	a := waiting[i]
	m := letInModel{id: a.ID, name: a.Name, office: v.roles(a.Office).In(v.P), errors: errors}
	return v.Show(page.Page{Status: status, Title: page.Key("signin.office.let.title"), Back: "/", Errors: errors, Body: letInScreen(v.P, m)})
}

// letIn opens the office of an account. The fingerprint is typed as she read it aloud, as for a place at a desk.
func (v *visit) letIn() error {
	said := strings.ToLower(strings.Join(strings.Fields(v.Field("fingerprint")), ""))
	err := v.Signin.LetIn(v.R.Context(), v.By, id.User(v.R.PathValue("user")), id.Key(said))
	if err != nil {
		status := page.StatusOf(fault.KindOf(err))
		errors, err := v.Correct(err, map[string]string{"fingerprint": "fingerprint", "": "fingerprint"})
		if err != nil {
			return err
		}
		return v.showLetIn(status, errors)
	}
	return v.To("/", "let-in")
}
