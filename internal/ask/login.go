package ask

import (
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
)

type place struct {
	Role string `json:"role"`
	Desk string `json:"desk,omitempty"`
}

// LoginCommand is "opentrm login".
type LoginCommand struct {
	console.Remote
	Login      string `arg:"" help:"Account name."`
	Server     string `env:"OPENTRM_SERVER" default:"http://127.0.0.1:8470" help:"Address of the node."`
	CA         string `type:"path" env:"OPENTRM_CA" help:"File with the certificate of whoever signed the node's."`
	Passphrase string `name:"passphrase-file" type:"path" env:"OPENTRM_PASSPHRASE_FILE" help:"File of mode 0600 with the passphrase; asked for otherwise."`
}

func (c *LoginCommand) Run(s *console.Screen) error {
	node, err := console.Dial(s, console.Session{Server: c.Server, CA: c.CA})
	if err != nil {
		return err
	}
	passphrase, err := s.Secret("Passphrase", c.Passphrase)
	if err != nil {
		return err
	}
	var in struct {
		Token  string     `json:"token"`
		User   string     `json:"user"`
		Place  place      `json:"place"`
		Places []place    `json:"places"`
		Ends   frame.Time `json:"ends"`
	}
	body := map[string]string{"login": c.Login, "passphrase": passphrase}
	err = node.Call(http.MethodPost, "/sessions", body, &in)
	if _, key, _ := fault.Public(err); err != nil && key == "signin.code" {
		if body["code"], err = s.Secret("Code of your app", ""); err != nil {
			return err
		}
		err = node.Call(http.MethodPost, "/sessions", body, &in)
	}
	if err != nil {
		return err
	}
	if err := c.Keep(console.Session{Server: c.Server, CA: c.CA, Token: in.Token}); err != nil {
		return err
	}
	in.Token = ""
	return s.Print(in, func(w io.Writer) {
		fmt.Fprintf(w, "signed in\t%s\nas\t%s %s\nuntil\t%s\n", in.User, in.Place.Role, in.Place.Desk, console.When(in.Ends))
	})
}

// LogoutCommand is "opentrm logout".
type LogoutCommand struct{ console.Remote }

func (c *LogoutCommand) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	if err := node.Call(http.MethodDelete, "/sessions/current", nil, nil); err != nil {
		return err
	}
	path, err := c.Path()
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil {
		return err
	}
	return s.Done("signed out")
}

// PassphraseCommand is "opentrm passphrase".
type PassphraseCommand struct {
	console.Remote
	Passphrase string `name:"passphrase-file" type:"path" env:"OPENTRM_PASSPHRASE_FILE" help:"File of mode 0600 with the passphrase of now; asked for otherwise."`
	New        string `name:"new-passphrase-file" type:"path" help:"File of mode 0600 with the new passphrase; asked for otherwise, twice."`
}

func (c *PassphraseCommand) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	old, err := s.Secret("Passphrase of now", c.Passphrase)
	if err != nil {
		return err
	}
	chosen, err := s.Secret("New passphrase, at least 14 characters", c.New)
	if err != nil {
		return err
	}
	if c.New == "" {
		again, err := s.Secret("The same again", "")
		if err != nil {
			return err
		}
		if again != chosen {
			return fault.New(fault.Invalid, "signin.again.differs")
		}
	}
	body := map[string]string{"passphrase": old, "new": chosen}
	err = node.Call(http.MethodPut, "/sessions/current/passphrase", body, nil)
	if _, key, _ := fault.Public(err); err != nil && key == "signin.code" {
		if body["code"], err = s.Secret("Code of your app", ""); err != nil {
			return err
		}
		err = node.Call(http.MethodPut, "/sessions/current/passphrase", body, nil)
	}
	if err != nil {
		return err
	}
	return s.Done("changed")
}

// WhoCommand is "opentrm who".
type WhoCommand struct {
	console.Remote
	Role string `help:"Act in this role."`
	At   string `help:"At this desk."`
}

func (c *WhoCommand) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	if c.Role != "" {
		if err := node.Call(http.MethodPut, "/sessions/current/place", place{Role: c.Role, Desk: c.At}, nil); err != nil {
			return err
		}
	}
	var out struct {
		User   string  `json:"user"`
		Member string  `json:"member"`
		Place  place   `json:"place"`
		Places []place `json:"places"`
		Key    string  `json:"key"`
	}
	if err := node.Call(http.MethodGet, "/sessions/current", nil, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "user\t%s\nmember\t%s\nas\t%s %s\nkey\t%s\n", out.User, out.Member, out.Place.Role, out.Place.Desk, out.Key)
		for _, p := range out.Places {
			fmt.Fprintf(w, "place\t%s %s\n", p.Role, p.Desk)
		}
	})
}
