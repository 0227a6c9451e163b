package ask

import (
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// DeskCommand is "opentrm desk" with what stands below it.
type DeskCommand struct {
	List         deskList    `cmd:"" help:"List the desks of this member."`
	Found        deskFound   `cmd:"" help:"Found a desk with its first member."`
	Classify     deskSector  `cmd:"" help:"Say anew what kind of body runs a desk. Sign the desk sheet afterwards."`
	Members      deskMembers `cmd:"" help:"List the members of a desk."`
	Propose      deskPropose `cmd:"" help:"Propose a member."`
	Grant        deskGrant   `cmd:"" help:"Let a proposed member in, after comparing her fingerprint with her."`
	Remove       deskRemove  `cmd:"" help:"Remove a member, or leave."`
	Duty         deskDuty    `cmd:"" help:"Show who is on duty from now on, and enter or drop a shift."`
	Away         deskAway    `cmd:"" help:"Show who is away, and say who is and who stands in."`
	Rotate       deskRotate  `cmd:"" help:"Make new keys for a desk."`
	RotateIntake deskIntake  `cmd:"" help:"Make a new intake pair for a desk."`
	Rewrap       DeskRewrap  `cmd:"" help:"Move every case key to the newest wrap key, after a suspected compromise."`
}

type deskList struct{ console.Remote }

func (c *deskList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	desks, err := console.All[desk.Desk](node, "/desks")
	if err != nil {
		return err
	}
	return s.Print(desks, func(w io.Writer) {
		fmt.Fprintln(w, "DESK\tKIND\tREALM\tSECTOR\tPURPOSE\tSTATE\tFUNCTION")
		for _, d := range desks {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.Kind, d.Realm, d.Sector, d.Purpose, d.State, s.Word(d.Function))
		}
	})
}

type deskFound struct {
	console.Remote
	Desk      id.Desk  `arg:"" help:"Slug."`
	Kind      string   `enum:"node,light,paper" default:"node" help:"How it works: node, light or paper."`
	Realm     string   `enum:"assistance,prosecution,office" default:"assistance" help:"assistance, prosecution or office."`
	Sector    string   `enum:"authority,service,justice,international" required:"" help:"Kind of body that runs it: authority, service (an association), justice (exactly in the realm of prosecution) or international."`
	Purpose   string   `enum:",emergency,legal-hold,data-protection" default:"" help:"emergency, legal-hold or data-protection."`
	First     id.User  `help:"Its first member."`
	Role      string   `help:"Of the first member."`
	Body      string   `name:"organisation" required:"" help:"Slug of the body to which it belongs."`
	Function  string   `required:"" help:"Code of what it does."`
	Languages []string `help:"Languages that its people work in."`
	Zone      string   `required:"" help:"Time zone."`
	Public    bool     `help:"Listed in the desk sheet."`
}

func (c *deskFound) Run(s *console.Screen) error {
	said := map[string]any{"function": c.Function, "languages": append([]string{}, c.Languages...), "competence": []string{}, "zone": c.Zone, "public": c.Public}
	body := map[string]any{"desk": c.Desk, "kind": c.Kind, "realm": c.Realm, "sector": c.Sector, "purpose": c.Purpose, "first": c.First, "role": c.Role, "organisation": c.Body, "said": said}
	return console.Do(s, c.Remote, http.MethodPost, "/desks", body, "founded")
}

type deskSector struct {
	console.Remote
	Desk   id.Desk `arg:""`
	Sector string  `arg:"" enum:"authority,service,justice,international" help:"authority, service, justice or international."`
}

func (c *deskSector) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	all, err := console.All[desk.Desk](node, "/desks")
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.ID != c.Desk {
			continue
		}
		at := console.Version(strconv.FormatInt(d.Version, 10))
		if _, err := node.CallWith(http.MethodPut, "/desks"+console.Seg(c.Desk)+"/sector", map[string]any{"sector": c.Sector}, nil, at); err != nil {
			return err
		}
		return s.Done("classified")
	}
	return fault.New(fault.NotFound, "desk.missing")
}

type deskMembers struct {
	console.Remote
	Desk id.Desk `arg:""`
}

func (c *deskMembers) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	members, err := console.All[desk.Membership](node, "/desks"+console.Seg(c.Desk)+"/members")
	if err != nil {
		return err
	}
	return s.Print(members, func(w io.Writer) {
		fmt.Fprintln(w, "USER\tROLE\tSTATE\tSINCE")
		for _, m := range members {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", m.User, m.Role, m.State, console.When(m.Since))
		}
	})
}

type deskPropose struct {
	console.Remote
	Desk id.Desk `arg:""`
	User id.User `arg:""`
	Role string  `arg:""`
}

func (c *deskPropose) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, "/desks"+console.Seg(c.Desk)+"/members", map[string]any{"user": c.User, "role": c.Role}, "proposed")
}

type deskGrant struct {
	console.Remote
	Desk        id.Desk `arg:""`
	User        id.User `arg:""`
	Fingerprint string  `help:"Of her key; asked for otherwise."`
}

func (c *deskGrant) Run(s *console.Screen) error {
	if c.Fingerprint == "" {
		var err error
		if c.Fingerprint, err = s.Asked("Fingerprint, as she read it to you"); err != nil {
			return err
		}
	}
	return console.Do(s, c.Remote, http.MethodPut, "/desks"+console.Seg(c.Desk)+"/members"+console.Seg(c.User), map[string]any{"fingerprint": c.Fingerprint}, "granted")
}

type deskRemove struct {
	console.Remote
	Desk id.Desk `arg:""`
	User id.User `arg:""`
}

func (c *deskRemove) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodDelete, "/desks"+console.Seg(c.Desk)+"/members"+console.Seg(c.User), nil, "removed")
}

type deskRotate struct {
	console.Remote
	Desk id.Desk `arg:""`
}

func (c *deskRotate) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, "/desks"+console.Seg(c.Desk)+"/keys", nil, "new keys")
}

type deskIntake struct {
	console.Remote
	Desk id.Desk `arg:""`
}

func (c *deskIntake) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, "/desks"+console.Seg(c.Desk)+"/intake", nil, "new intake pair")
}

// DeskRewrap is "opentrm desk rewrap".
type DeskRewrap struct {
	console.Remote
	Desk id.Desk `arg:""`
}

func (c *DeskRewrap) Run(s *console.Screen) error {
	return console.UntilNothingIsLeft(s, c.Remote, "rewrap", "/desks"+console.Seg(c.Desk)+"/rewrap", "nothing is left")
}
