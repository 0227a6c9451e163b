package ask

import (
	"net/http"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
)

// MessageCommand is "opentrm message" with what stands below it.
type MessageCommand struct {
	List  messageList  `cmd:"" help:"List the threads of one's desk."`
	Show  messageShow  `cmd:"" help:"List the messages of a thread."`
	Open  messageOpen  `cmd:"" help:"Open a message."`
	Write messageWrite `cmd:"" help:"Write to a desk; the words come from standard input or a file."`
}

type messageList struct{ console.Remote }

func (c *messageList) Run(s *console.Screen) error { return console.Show(s, c.Remote, "/threads") }

type messageShow struct {
	console.Remote
	Thread id.Thread `arg:""`
}

func (c *messageShow) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/threads"+console.Seg(c.Thread)+"/messages")
}

type messageOpen struct {
	console.Remote
	Message id.Message `arg:""`
}

func (c *messageOpen) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/messages"+console.Seg(c.Message))
}

type messageWrite struct {
	console.Remote
	To       string    `help:"Desk, MEMBER/desk, of a new thread."`
	Thread   id.Thread `help:"Thread to go on with."`
	Basis    string    `help:"Legal basis, code."`
	Language string    `default:"en" help:"Language of the words."`
	Urgent   bool      `help:"Wakes people."`
	Text     string    `type:"path" default:"-" help:"File with the words; - for standard input."`
}

func (c *messageWrite) Run(s *console.Screen) error {
	b, err := console.ReadFile(s, c.Text)
	if err != nil {
		return err
	}
	body := map[string]any{"thread": c.Thread, "basis": c.Basis, "language": c.Language, "urgent": c.Urgent, "text": string(b)}
	if c.To != "" {
		to, err := id.ParseAddress(c.To)
		if err != nil {
			return err
		}
		body["to"] = to
	}
	return console.Do(s, c.Remote, http.MethodPost, "/messages", body, "written")
}
