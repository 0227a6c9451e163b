package ask

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/signin"
)

// serviceUser is "opentrm user service" with what stands below it.
type serviceUser struct {
	List   serviceList   `cmd:"" help:"List service accounts."`
	Make   serviceMake   `cmd:"" help:"Propose a program. Its token is given once; a member of the desk lets the program in."`
	Show   serviceShow   `cmd:"" help:"Show one, and when it was last used."`
	Admit  serviceAdmit  `cmd:"" help:"Let a program in for your desk, for the days for which it was proposed."`
	Grant  serviceGrant  `cmd:"" help:"Grant that a program reads: the data-protection officer first, then a member of its desk."`
	Rotate serviceRotate `cmd:"" help:"Make a new token. The one before opens nothing any more."`
	Revoke serviceRevoke `cmd:"" help:"End a service account for good."`
}

// programPath is where service accounts are.
const programPath = "/service-accounts"

type serviceList struct{ console.Remote }

func (c *serviceList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	all, err := console.All[signin.Program](node, programPath)
	if err != nil {
		return err
	}
	return s.Print(all, func(w io.Writer) {
		fmt.Fprintln(w, "USER\tNAME\tDESK\tMAY\tSTATE\tUNTIL\tLAST USED")
		for _, p := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.ID, p.Name, p.Desk, mayOf(p), programState(p), console.When(p.Ends), console.When(p.Used))
		}
	})
}

func mayOf(p signin.Program) string {
	all := make([]string, len(p.Purposes))
	for i, w := range p.Purposes {
		all[i] = string(w)
	}
	return strings.Join(all, " ")
}

// programState says in a word how a service account stands.
func programState(p signin.Program) string {
	switch p.Next {
	case signin.OfficerNext:
		return "waits for the data-protection officer"
	case signin.DeskNext:
		return "waits for its desk"
	}
	if p.Waits {
		return "waits for its desk"
	}
	return string(p.State)
}

func printProgram(s *console.Screen, all any, p signin.Program, token string) error {
	return s.Print(all, func(w io.Writer) {
		fmt.Fprintf(w, "user\t%s\nname\t%s\ndesk\t%s\nmay\t%s\nnetworks\t%s\nstate\t%s\n", p.ID, p.Name, p.Desk, mayOf(p), strings.Join(p.Networks, " "), programState(p))
		for _, t := range []struct {
			name string
			at   frame.Time
		}{{"until", p.Ends}, {"token of", p.Drawn}, {"last used", p.Used}, {"revoked", p.Revoked}} {
			fmt.Fprintf(w, "%s\t%s\n", t.name, console.When(t.at))
		}
		if p.Reads() {
			fmt.Fprintf(w, "READS\t%d of %d today\ndata-protection officer\t%s, until %s\n", p.Opened, p.Quota, p.Officer, console.When(p.OfficerEnds))
		}
		fmt.Fprintf(w, "from\t%s\n", p.UsedFrom)
		if token != "" {
			fmt.Fprintf(w, "token\t%s\n", token)
		}
	})
}

// handing gives a token away once: into a new file of mode 0600, or on the screen.
type handing struct {
	TokenFile string `type:"path" placeholder:"FILE" help:"New file of mode 0600 for the token, which is then not shown."`
}

type withToken struct {
	Account signin.Program `json:"account"`
	Token   string         `json:"token,omitempty"`
}

func (h handing) give(s *console.Screen, out withToken) error {
	if h.TokenFile != "" {
		f, err := console.Create(h.TokenFile)
		if err == nil {
			_, err = io.WriteString(f, out.Token+"\n")
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", h.TokenFile)
		}
		out.Token = ""
	} else {
		s.Say("Keep the token where only the program reads it: it is not told again.")
	}
	return printProgram(s, out, out.Account, out.Token)
}

type serviceMake struct {
	console.Remote
	handing
	Name    string   `arg:"" help:"Of the program, which colleagues read."`
	Desk    id.Desk  `required:"" help:"To which it writes, or where it reads."`
	May     []string `default:"import" help:"What it may do: import; or to read: cases, persons."`
	Network []string `placeholder:"NETWORK" help:"Address or network from which it may come; left out: from everywhere."`
	Days    int64    `default:"90" help:"For how long the desk lets it in at a time."`
	Quota   int64    `help:"Of one that reads, how many openings a day; left out: 100."`
}

func (c *serviceMake) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out withToken
	body := map[string]any{"name": c.Name, "desk": c.Desk, "purposes": c.May, "networks": append([]string{}, c.Network...), "days": c.Days, "quota": c.Quota}
	if err := node.Call(http.MethodPost, programPath, body, &out); err != nil {
		return err
	}
	return c.give(s, out)
}

// oneService is a command about one service account.
type oneService struct {
	console.Remote
	User id.User `arg:"" help:"Service account."`
}

func (c oneService) path(more string) string { return programPath + console.Seg(c.User) + more }

func (c oneService) ask(s *console.Screen, method, more string, out any) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var header http.Header
	if method != http.MethodGet {
		if header, err = node.At("", c.path("")); err != nil {
			return err
		}
	}
	_, err = node.CallWith(method, c.path(more), nil, out, header)
	return err
}

func (c oneService) show(s *console.Screen, method, more string) error {
	var p signin.Program
	if err := c.ask(s, method, more, &p); err != nil {
		return err
	}
	return printProgram(s, p, p, "")
}

type serviceShow struct{ oneService }

func (c *serviceShow) Run(s *console.Screen) error { return c.show(s, http.MethodGet, "") }

type serviceAdmit struct{ oneService }

func (c *serviceAdmit) Run(s *console.Screen) error {
	return c.show(s, http.MethodPost, "/confirmation")
}

type serviceGrant struct{ oneService }

func (c *serviceGrant) Run(s *console.Screen) error { return c.show(s, http.MethodPost, "/reading") }

type serviceRotate struct {
	oneService
	handing
}

func (c *serviceRotate) Run(s *console.Screen) error {
	var out withToken
	if err := c.ask(s, http.MethodPost, "/token", &out); err != nil {
		return err
	}
	return c.give(s, out)
}

type serviceRevoke struct{ oneService }

func (c *serviceRevoke) Run(s *console.Screen) error { return c.show(s, http.MethodDelete, "") }
