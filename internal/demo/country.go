package demo

import (
	"cmp"
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/sorting"
	"github.com/opentrm/opentrm/internal/store"
)

// Country is the node of one invented member and its invented staff.
type Country struct {
	Node      *node.Node
	Member    id.Member
	whole     bool // every role has somebody
	secret    string
	authority seal.SignPublic
	users     map[string]id.User
}

// post is one invented member of staff: what she signs in as, and where she works.
type post struct {
	login  string
	office []access.Role
	role   access.Role
	desk   id.Desk
}

// posts of a country. The first at a desk founds it. In a whole office every role has somebody.
func posts(whole bool) []post {
	all := []post{
		{login: "coordinator", office: []access.Role{access.NationalCoordinator}},
		{login: "dpo", office: []access.Role{access.DataProtectionOfficer}},
		{login: "auditor", office: []access.Role{access.Auditor}},
		{login: "focal", role: access.FocalPoint, desk: "focal-point"},
		{login: "shelter", role: access.CaseManager, desk: "shelter"},
		{login: "duty", role: access.CaseManager, desk: "emergency"},
		{login: "archive", role: access.CaseManager, desk: "legal-hold"},
		{login: "prosecutor", role: access.Prosecutor, desk: "prosecution"},
	}
	if !whole {
		return all
	}
	return append(all,
		post{login: "responder", role: access.FirstResponder, desk: "out-of-hours"},
		post{login: "identification", role: access.IdentificationAuthority, desk: "identification"},
		post{login: "clinic", role: access.ServiceProvider, desk: "clinic"},
		post{login: "guardian", role: access.ChildGuardian, desk: "child-protection"},
		post{login: "police", role: access.PoliceLiaison, desk: "police"},
		post{login: "statistician", office: []access.Role{access.Statistician}},
		post{login: "secretariat", office: []access.Role{access.Secretariat}},
	)
}

// Logins returns the accounts that every country has, for the screen.
func (c *Country) Logins() []string {
	logins := []string{"admin"}
	for _, p := range posts(false) {
		logins = append(logins, p.login)
	}
	return logins
}

// chair is a role that somebody of the invented staff has, and the name with which she signs in.
type chair struct {
	role  access.Role
	login string
}

// chairs returns one of the staff for each role that a country has, in the order of the roles.
func (c *Country) chairs() []chair {
	all := []chair{{access.Administrator, "admin"}}
	for _, p := range posts(c.whole) {
		role := p.role
		if len(p.office) > 0 {
			role = p.office[0]
		}
		if !slices.ContainsFunc(all, func(of chair) bool { return of.role == role }) {
			all = append(all, chair{role, p.login})
		}
	}
	order := access.Roles()
	sorting.By(all, func(a, b chair) int { return cmp.Compare(slices.Index(order, a.role), slices.Index(order, b.role)) })
	return all
}

// link signs whoever opens it in, while the demonstration runs.
func (c *Country) link(of chair) string {
	return "http://" + c.Node.PeopleAddress() + "/as/" + of.login
}

// staff makes accounts, recovery officers, the authority key and desks, and passes the recovery drill.
func (c *Country) staff(ctx context.Context, link string) error {
	n := c.Node
	console := access.Console(c.Member)
	admin, _, err := n.Signin.Enrol(ctx, link, Passphrase)
	if err != nil {
		return err
	}
	c.users["admin"] = admin.ID
	for _, p := range posts(c.whole) {
		user, link, err := n.Signin.Invite(ctx, console, signin.Invitee{
			Login: p.login, Name: name(c.Member, p.login), Office: p.office, Language: "en", Zone: zone(c.Member), Demo: true,
		})
		if err != nil {
			return err
		}
		if _, _, err := n.Signin.Enrol(ctx, link, Passphrase); err != nil {
			return err
		}
		c.users[p.login] = user
	}
	officers := []id.User{c.users["coordinator"], c.users["dpo"], c.users["auditor"]}
	if err := n.Keyring.Enrol(ctx, console, officers); err != nil {
		return err
	}
	if c.authority, err = n.Keyring.NewAuthority(ctx, console, []id.User{c.users["coordinator"], c.users["focal"]}); err != nil {
		return err
	}
	for _, p := range posts(c.whole) {
		if p.desk == "" {
			continue
		}
		if err := n.Keyring.Found(ctx, console, keyring.Founding{Desk: c.desk(p), First: c.users[p.login], Role: p.role}); err != nil {
			return err
		}
	}
	return c.drill(ctx)
}

func (c *Country) desk(p post) desk.Desk {
	d := desk.Desk{
		ID: p.desk, Organisation: "demo-" + lower(c.Member), Kind: desk.AtNode, Realm: access.RealmOf(p.role), Sector: desk.Unsaid(access.RealmOf(p.role)),
		Function: "desk.function." + string(p.desk), Competence: []string{"emergency", "specialised-service"}, Languages: []string{"en"}, Zone: zone(c.Member),
		Public: true, VerifiedOn: frame.At(c.Node.Config.Now()),
	}
	switch p.desk {
	case "shelter":
		d.Sector, d.Deputy, d.Coordinator = profile.SectorService, "focal-point", "focal-point" // run by an association
	case "focal-point":
		d.Competence = append(d.Competence, "information")
		d.Deputy, d.Coordinator = "shelter", "shelter"
	case "prosecution":
		d.Function, d.Competence = "desk.function.prosecutor", []string{"proceedings"}
	case "clinic":
		d.Sector = profile.SectorService
	case "police":
		d.Competence = []string{"proceedings"}
	case "emergency":
		d.Purpose, d.Public = desk.Emergency, false
	case "legal-hold":
		d.Purpose, d.Public = desk.LegalHold, false
	}
	return d
}

func lower(m id.Member) string {
	b := []byte(m)
	for i, ch := range b {
		if ch >= 'A' && ch <= 'Z' {
			b[i] = ch + 'a' - 'A'
		}
	}
	return string(b)
}

// drill lets two of the three officers open the canary.
func (c *Country) drill(ctx context.Context) error {
	coordinator, err := c.As(ctx, "coordinator")
	if err != nil {
		return err
	}
	dpo, err := c.As(ctx, "dpo")
	if err != nil {
		return err
	}
	if err := c.Node.Keyring.OfferShare(ctx, dpo, c.users["coordinator"]); err != nil {
		return err
	}
	return c.Node.Keyring.Drill(ctx, coordinator)
}

// As signs somebody of the staff in, by the name that [Country.Logins] gives.
//
// It fails as [signin.Service.SignIn] does.
func (c *Country) As(ctx context.Context, login string) (keyring.Bearer, error) {
	in, err := c.Node.Signin.SignIn(ctx, login, Passphrase, "127.0.0.1")
	if err != nil {
		return keyring.Bearer{}, err
	}
	by, _, err := c.Node.Signin.Resume(ctx, in.Secret)
	return by, err
}

// publish signs the desk sheet with the authority key and publishes it.
func (c *Country) publish(ctx context.Context) error {
	coordinator, err := c.As(ctx, "coordinator")
	if err != nil {
		return err
	}
	sheet, err := c.Node.Sheet(ctx)
	if err != nil {
		return err
	}
	var signed member.SignedSheet
	err = c.Node.Keyring.WithAuthority(ctx, coordinator, []id.Key{c.authority.ID()}, func(k seal.SignPrivate) (err error) {
		signed, err = sheet.Sign(k)
		return err
	})
	if err != nil {
		return err
	}
	return c.Node.Members.Publish(ctx, coordinator.Actor, signed)
}

// signOut ends every session of the staff of a country: from here on nobody's keys are open there.
func (c *Country) signOut(ctx context.Context) error {
	for login, user := range c.users {
		by, err := c.As(ctx, login)
		if fault.Is(err, fault.Conflict) {
			continue // no place to act in
		}
		if err != nil {
			return err
		}
		all, err := c.Node.Signin.Sessions(ctx, by.Actor, user)
		if err != nil {
			return err
		}
		for _, session := range all {
			if session.ID == by.Session {
				continue
			}
			if err := c.Node.Signin.Revoke(ctx, by.Actor, user, session.ID); err != nil {
				return err
			}
		}
		if err := c.Node.Signin.SignOut(ctx, by.Actor); err != nil {
			return err
		}
	}
	return nil
}

// heard reports whether the receipt has come that says what was received under a consent is erased.
func (c *Country) heard(ctx context.Context, of id.Consent) error {
	return store.Reader[exchange.Tx](c.Node.DB)(ctx, func(tx exchange.Tx) error {
		rows, err := tx.OutUnder(ctx, of)
		if err != nil {
			return err
		}
		for _, o := range rows {
			if o.Kind != envelope.Identity {
				continue
			}
			r, err := envelope.ParseReceipt(o.Receipt)
			if err != nil {
				return err
			}
			if r.Receipt.Stage == envelope.Erased {
				return nil
			}
		}
		return failed("receipt")
	})
}
