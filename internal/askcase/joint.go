package askcase

import (
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// jointCommand is "opentrm homecoming asked" with what stands below it.
type jointCommand struct {
	List    jointList    `cmd:"" help:"List them."`
	Show    jointShow    `cmd:"" help:"Open one; the desk that asked learns that a person has read it."`
	Sign    jointSign    `cmd:"" help:"Sign the assessment that was read."`
	Decline jointDecline `cmd:"" help:"Say why one does not sign it."`
}

// jointLine is a question as the API gives it.
type jointLine struct {
	Thread    id.Thread    `json:"thread"`
	Reference id.Reference `json:"reference"`
	From      id.Address   `json:"from"`
	Referral  id.Referral  `json:"referral"`
	State     string       `json:"state"`
	Code      string       `json:"code,omitempty"`
	At        frame.Time   `json:"at"`
	Version   int64        `json:"version"`
}

type jointList struct{ console.Remote }

func (c *jointList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	all, err := console.All[jointLine](node, "/assessments")
	if err != nil {
		return err
	}
	return s.Print(all, func(w io.Writer) {
		fmt.Fprintln(w, "THREAD\tREFERENCE\tFROM\tREFERRAL\tSTATE\tARRIVED\tVERSION")
		for _, l := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\n", l.Thread, l.Reference, l.From, l.Referral, l.State, console.When(l.At), l.Version)
		}
	})
}

type jointShow struct {
	console.Remote
	Thread id.Thread `arg:""`
}

func (c *jointShow) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/assessments"+console.Seg(c.Thread))
}

// jointReply answers a question that was read.
type jointReply struct {
	console.Remote
	Thread id.Thread `arg:""`
	Match  string    `required:"" help:"Version that was read: what is answered is that one and no other."`
	Note   string    `type:"path" help:"File with a note; - for standard input."`
	Lang   string    `name:"language" help:"Of the note."`
}

func (c jointReply) send(s *console.Screen, what string, in map[string]any) error {
	if c.Note != "" {
		text, err := console.ReadFile(s, c.Note)
		if err != nil {
			return err
		}
		in["note"], in["language"] = string(text), c.Lang
	}
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	path := "/assessments" + console.Seg(c.Thread)
	read, err := node.At(c.Match, path)
	if err != nil {
		return err
	}
	var out jointLine
	if _, err := node.CallWith(http.MethodPost, path+what, in, &out, read); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) { fmt.Fprintf(w, "state\t%s\nversion\t%d\n", out.State, out.Version) })
}

type jointSign struct {
	jointReply
	Accepts []string `help:"Red risks, domain/factor, of which you accept what is done about them. She leaves only if both desks do."`
}

func (c *jointSign) Run(s *console.Screen) error {
	return c.send(s, "/signature", map[string]any{"accepts": append([]string{}, c.Accepts...)})
}

type jointDecline struct {
	jointReply
	Reason string `required:"" help:"Code; opentrm homecoming codes lists them under decline."`
}

func (c *jointDecline) Run(s *console.Screen) error {
	return c.send(s, "/refusal", map[string]any{"reason": c.Reason})
}
