package cli

import (
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/id"
)

type deskCommand struct {
	List         deskList    `cmd:"" help:"List the desks of this member."`
	Found        deskFound   `cmd:"" help:"Found a desk with its first member."`
	Members      deskMembers `cmd:"" help:"List the members of a desk."`
	Propose      deskPropose `cmd:"" help:"Propose a member."`
	Grant        deskGrant   `cmd:"" help:"Let a proposed member in, after comparing her fingerprint with her."`
	Remove       deskRemove  `cmd:"" help:"Remove a member, or leave."`
	Rotate       deskRotate  `cmd:"" help:"Make new keys for a desk."`
	RotateIntake deskIntake  `cmd:"" help:"Make a new intake pair for a desk."`
	Rewrap       deskRewrap  `cmd:"" help:"Move every case key to the newest wrap key, after a suspected compromise."`
}

type deskList struct{ remote }

func (c *deskList) Run(s *screen) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	desks, err := all[desk.Desk](node, "/desks")
	if err != nil {
		return err
	}
	return s.print(desks, func(w io.Writer) {
		fmt.Fprintln(w, "DESK\tKIND\tREALM\tPURPOSE\tSTATE\tFUNCTION")
		for _, d := range desks {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.Kind, d.Realm, d.Purpose, d.State, d.Function)
		}
	})
}

type deskFound struct {
	remote
	Desk      id.Desk  `arg:"" help:"Slug."`
	Kind      string   `enum:"node,light,paper" default:"node" help:"How it works: node, light or paper."`
	Realm     string   `enum:"assistance,prosecution,office" default:"assistance" help:"assistance, prosecution or office."`
	Purpose   string   `enum:",emergency,legal-hold,data-protection" default:"" help:"emergency, legal-hold or data-protection."`
	First     id.User  `help:"Its first member."`
	Role      string   `help:"Of the first member."`
	Body      string   `name:"organisation" required:"" help:"Slug of the body to which it belongs."`
	Function  string   `required:"" help:"Code of what it does."`
	Languages []string `help:"Languages that its people work in."`
	Zone      string   `required:"" help:"Time zone."`
	Public    bool     `help:"Listed in the desk sheet."`
}

func (c *deskFound) Run(s *screen) error {
	said := map[string]any{"function": c.Function, "languages": append([]string{}, c.Languages...), "competence": []string{}, "zone": c.Zone, "public": c.Public}
	body := map[string]any{"desk": c.Desk, "kind": c.Kind, "realm": c.Realm, "purpose": c.Purpose, "first": c.First, "role": c.Role, "organisation": c.Body, "said": said}
	return do(s, c.remote, http.MethodPost, "/desks", body, "founded")
}

type deskMembers struct {
	remote
	Desk id.Desk `arg:""`
}

func (c *deskMembers) Run(s *screen) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	members, err := all[desk.Membership](node, "/desks"+seg(c.Desk)+"/members")
	if err != nil {
		return err
	}
	return s.print(members, func(w io.Writer) {
		fmt.Fprintln(w, "USER\tROLE\tSTATE\tSINCE")
		for _, m := range members {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", m.User, m.Role, m.State, when(m.Since))
		}
	})
}

type deskPropose struct {
	remote
	Desk id.Desk `arg:""`
	User id.User `arg:""`
	Role string  `arg:""`
}

func (c *deskPropose) Run(s *screen) error {
	return do(s, c.remote, http.MethodPost, "/desks"+seg(c.Desk)+"/members", map[string]any{"user": c.User, "role": c.Role}, "proposed")
}

type deskGrant struct {
	remote
	Desk        id.Desk `arg:""`
	User        id.User `arg:""`
	Fingerprint string  `help:"Of her key; asked for otherwise."`
}

func (c *deskGrant) Run(s *screen) error {
	if c.Fingerprint == "" {
		var err error
		if c.Fingerprint, err = s.asked("Fingerprint, as she read it to you"); err != nil {
			return err
		}
	}
	return do(s, c.remote, http.MethodPut, "/desks"+seg(c.Desk)+"/members"+seg(c.User), map[string]any{"fingerprint": c.Fingerprint}, "granted")
}

type deskRemove struct {
	remote
	Desk id.Desk `arg:""`
	User id.User `arg:""`
}

func (c *deskRemove) Run(s *screen) error {
	return do(s, c.remote, http.MethodDelete, "/desks"+seg(c.Desk)+"/members"+seg(c.User), nil, "removed")
}

type deskRotate struct {
	remote
	Desk id.Desk `arg:""`
}

func (c *deskRotate) Run(s *screen) error {
	return do(s, c.remote, http.MethodPost, "/desks"+seg(c.Desk)+"/keys", nil, "new keys")
}

type deskIntake struct {
	remote
	Desk id.Desk `arg:""`
}

func (c *deskIntake) Run(s *screen) error {
	return do(s, c.remote, http.MethodPost, "/desks"+seg(c.Desk)+"/intake", nil, "new intake pair")
}

type deskRewrap struct {
	remote
	Desk id.Desk `arg:""`
}

func (c *deskRewrap) Run(s *screen) error {
	return untilNothingIsLeft(s, c.remote, "rewrap", "/desks"+seg(c.Desk)+"/rewrap", "nothing is left")
}
