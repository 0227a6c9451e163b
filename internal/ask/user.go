package ask

import (
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/signin"
)

// UserCommand is "opentrm user" with what stands below it.
type UserCommand struct {
	List     userList     `cmd:"" help:"List accounts."`
	Invite   userInvite   `cmd:"" help:"Make an account, and the link with which its owner makes her keys."`
	Reinvite userReinvite `cmd:"" help:"Give a user who lost her passphrase a new link."`
	Enrol    userEnrol    `cmd:"" help:"Make one's keys with a link."`
	LetIn    userLetIn    `cmd:"" help:"Let the office of an account in, after comparing the fingerprint of its keys with her."`
	Disable  userDisable  `cmd:"" help:"Disable an account and end its sessions."`
	Linked   userLinked   `cmd:"" help:"List whom issuers (OpenID Connect) mean by an account."`
	Link     userLink     `cmd:"" help:"Say whom an issuer means by an account. It opens nothing."`
	Unlink   userUnlink   `cmd:"" help:"Take an identity away from an account."`
	Service  serviceUser  `cmd:"" help:"Service accounts: programs that write to one desk with a token, and read nothing."`
}

type userList struct{ console.Remote }

func (c *userList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	users, err := console.All[signin.Account](node, "/users")
	if err != nil {
		return err
	}
	return s.Print(users, func(w io.Writer) {
		fmt.Fprintln(w, "USER\tLOGIN\tNAME\tSTATE\tFINGERPRINT")
		for _, u := range users {
			state := string(u.State)
			if u.State == signin.Active && u.Waits {
				state = "waits"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", u.ID, u.Login, u.Name, state, u.Fingerprint)
		}
	})
}

type invited struct {
	User id.User `json:"user"`
	Link string  `json:"link"`
}

func (i invited) show(s *console.Screen) error {
	return s.Print(i, func(w io.Writer) {
		fmt.Fprintf(w, "user\t%s\nlink\t%s\n", i.User, i.Link)
		s.Say("Hand the link over in person: it works once, within 24 hours.")
	})
}

type userInvite struct {
	console.Remote
	Login    string        `arg:"" help:"What she types when she signs in."`
	Name     string        `required:"" help:"How colleagues call her."`
	Office   []access.Role `help:"Roles that serve no desk."`
	Language string        `default:"en" help:"Her language."`
	Zone     string        `help:"Her time zone; that of the country if none is given."`
	Demo     bool          `help:"Invented, of a demo node."`
}

func (c *userInvite) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out invited
	body := map[string]any{"login": c.Login, "name": c.Name, "office": append([]access.Role{}, c.Office...), "language": c.Language, "zone": c.Zone, "demo": c.Demo}
	if err := node.Call(http.MethodPost, "/users", body, &out); err != nil {
		return err
	}
	return out.show(s)
}

type userReinvite struct {
	console.Remote
	User id.User `arg:""`
}

func (c *userReinvite) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out invited
	if err := node.Call(http.MethodPost, "/users"+console.Seg(c.User)+"/invitation", nil, &out); err != nil {
		return err
	}
	return out.show(s)
}

type userEnrol struct {
	Server     string `env:"OPENTRM_SERVER" default:"http://127.0.0.1:8470" help:"Address of the node."`
	CA         string `type:"path" env:"OPENTRM_CA" help:"File with the certificate of whoever signed the node's."`
	Link       string `name:"link-file" type:"path" help:"File of mode 0600 with the link; asked for otherwise."`
	Passphrase string `name:"passphrase-file" type:"path" env:"OPENTRM_PASSPHRASE_FILE" help:"File of mode 0600 with the new passphrase; asked for otherwise."`
}

func (c *userEnrol) Run(s *console.Screen) error {
	node, err := console.Dial(s, console.Session{Server: c.Server, CA: c.CA})
	if err != nil {
		return err
	}
	link, err := s.Secret("Link", c.Link)
	if err != nil {
		return err
	}
	passphrase, err := s.Secret("New passphrase, at least 14 characters", c.Passphrase)
	if err != nil {
		return err
	}
	var out struct {
		User        id.User `json:"user"`
		Login       string  `json:"login"`
		Fingerprint id.Key  `json:"fingerprint"`
	}
	if err := node.Call(http.MethodPost, "/enrolments", map[string]string{"link": link, "passphrase": passphrase}, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "user\t%s\nlogin\t%s\nfingerprint\t%s\n", out.User, out.Login, out.Fingerprint)
	})
}

type userDisable struct {
	console.Remote
	User id.User `arg:""`
}

func (c *userDisable) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodDelete, "/users"+console.Seg(c.User), nil, "disabled")
}

type userLetIn struct {
	console.Remote
	User        id.User `arg:""`
	Fingerprint string  `help:"Of her keys; asked for otherwise."`
}

func (c *userLetIn) Run(s *console.Screen) error {
	if c.Fingerprint == "" {
		var err error
		if c.Fingerprint, err = s.Asked("Fingerprint, as she read it to you"); err != nil {
			return err
		}
	}
	return console.Do(s, c.Remote, http.MethodPost, "/users"+console.Seg(c.User)+"/confirmation", map[string]any{"fingerprint": c.Fingerprint}, "let in")
}

type userLinked struct {
	console.Remote
	User id.User `arg:""`
}

func (c *userLinked) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		Identities []signin.Identity `json:"identities"`
	}
	if err := node.Call(http.MethodGet, "/users"+console.Seg(c.User)+"/identities", nil, &out); err != nil {
		return err
	}
	all := out.Identities
	return s.Print(all, func(w io.Writer) {
		fmt.Fprintln(w, "IDENTITY\tISSUER\tMADE\tUSED")
		for _, i := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", i.ID, i.Issuer, console.When(i.Made), console.When(i.Used))
		}
	})
}

type userLink struct {
	console.Remote
	User    id.User `arg:""`
	Issuer  string  `required:"" help:"Name of the issuer, from the node's configuration."`
	Subject string  `required:"" help:"What the issuer calls her (sub), exactly."`
}

func (c *userLink) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, "/users"+console.Seg(c.User)+"/identities", map[string]string{"issuer": c.Issuer, "subject": c.Subject}, "linked")
}

type userUnlink struct {
	console.Remote
	User     id.User `arg:""`
	Identity string  `arg:""`
}

func (c *userUnlink) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodDelete, "/users"+console.Seg(c.User)+"/identities"+console.Seg(c.Identity), nil, "unlinked")
}
