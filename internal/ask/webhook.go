package ask

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/webhook"
)

// WebhookCommand is "opentrm webhook" with what stands below it.
type WebhookCommand struct {
	List    webhookList    `cmd:"" help:"List the addresses of your own systems that hear of a desk."`
	Show    webhookShow    `cmd:"" help:"Show one, and how far what it hears has come."`
	Add     webhookAdd     `cmd:"" help:"Propose an address. Its secret is shown once; a member of the desk confirms it."`
	Confirm webhookConfirm `cmd:"" help:"Agree for your desk that an address hears of it."`
	Test    webhookTest    `cmd:"" help:"Send something that says nothing."`
	Rotate  webhookRotate  `cmd:"" help:"Make a new secret. The one before signs beside it for a day."`
	Replay  webhookReplay  `cmd:"" help:"Send again: what was not taken, or everything from a number on. Takes up what was stopped."`
	Remove  webhookRemove  `cmd:"" help:"End one for good."`
}

type webhookList struct{ console.Remote }

func (c *webhookList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		Items []webhook.Hook `json:"items"`
	}
	if err := node.Call(http.MethodGet, "/webhooks", nil, &out); err != nil {
		return err
	}
	return s.Print(out.Items, func(w io.Writer) {
		fmt.Fprintln(w, "WEBHOOK\tDESK\tSTATE\tLAST\tTAKEN\tFAILED\tANSWER\tURL")
		for _, h := range out.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\n", h.ID, h.Desk, standing(h), h.Sequence, h.Sent, h.Attempts, h.Status, h.URL)
		}
	})
}

// standing says in a word or two how a webhook stands.
func standing(h webhook.Hook) string {
	switch {
	case h.State == webhook.Stopped:
		return string(h.State) + " (" + h.Why + ")"
	case h.Waits:
		return "unconfirmed"
	}
	return string(h.State)
}

// oneWebhook is a command about one of them.
type oneWebhook struct {
	console.Remote
	Webhook id.Webhook `arg:""`
}

func (c oneWebhook) path(more string) string { return "/webhooks" + console.Seg(c.Webhook) + more }

// show prints what a route answers.
func (c oneWebhook) show(s *console.Screen, method, more string, body any) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var h webhook.Hook
	if err := node.Call(method, c.path(more), body, &h); err != nil {
		return err
	}
	return printWebhook(s, h, h)
}

func printWebhook(s *console.Screen, all any, h webhook.Hook) error {
	return s.Print(all, func(w io.Writer) {
		fmt.Fprintf(w, "webhook\t%s\ndesk\t%s\nurl\t%s\ntypes\t%s\ninside\t%t\nstate\t%s\npublic key\t%s\n", h.ID, h.Desk, h.URL, strings.Join(h.Types, " "), h.Inside, standing(h), h.Public)
		fmt.Fprintf(w, "last\t%d\ntaken\t%d\nfailed\t%d\nfailing since\t%s\nnext attempt\t%s\nlast answer\t%d\n", h.Sequence, h.Sent, h.Attempts, console.When(h.Failing), console.When(h.Next), h.Status)
	})
}

type webhookShow struct{ oneWebhook }

func (c *webhookShow) Run(s *console.Screen) error { return c.show(s, http.MethodGet, "", nil) }

type webhookTest struct{ oneWebhook }

func (c *webhookTest) Run(s *console.Screen) error { return c.show(s, http.MethodPost, "/test", nil) }

type webhookReplay struct {
	oneWebhook
	From int64 `help:"Number of the first that is sent again. Without it: what was not taken."`
}

func (c *webhookReplay) Run(s *console.Screen) error {
	return c.show(s, http.MethodPost, "/replay", map[string]int64{"from": c.From})
}

// withSecret is a webhook with the secret that is told once.
type withSecret struct {
	Webhook webhook.Hook `json:"webhook"`
	Secret  string       `json:"secret"`
}

func (o withSecret) print(s *console.Screen) error {
	return s.Print(o, func(w io.Writer) {
		fmt.Fprintf(w, "webhook\t%s\nsecret\t%s\npublic key\t%s\n", o.Webhook.ID, o.Secret, o.Webhook.Public)
	})
}

type webhookAdd struct {
	console.Remote
	Desk   id.Desk  `arg:"" help:"Of which it hears."`
	URL    string   `arg:"" help:"https."`
	Type   []string `required:"" help:"That it hears of, spec/webhook.md 4."`
	Inside bool     `help:"It may lie in a private network."`
}

func (c *webhookAdd) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out withSecret
	body := map[string]any{"desk": c.Desk, "url": c.URL, "types": c.Type, "inside": c.Inside}
	if err := node.Call(http.MethodPost, "/webhooks", body, &out); err != nil {
		return err
	}
	return out.print(s)
}

type webhookRotate struct{ oneWebhook }

func (c *webhookRotate) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	seen, err := node.At("", c.path(""))
	if err != nil {
		return err
	}
	var out withSecret
	if _, err := node.CallWith(http.MethodPost, c.path("/secret"), nil, &out, seen); err != nil {
		return err
	}
	return out.print(s)
}

type webhookConfirm struct {
	oneWebhook
	Version string `required:"" help:"As show --json prints it: what was seen is confirmed, and nothing else."`
}

func (c *webhookConfirm) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var h webhook.Hook
	if _, err := node.CallWith(http.MethodPost, c.path("/confirmation"), nil, &h, console.Version(c.Version)); err != nil {
		return err
	}
	return printWebhook(s, h, h)
}

type webhookRemove struct{ oneWebhook }

func (c *webhookRemove) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	seen, err := node.At("", c.path(""))
	if err != nil {
		return err
	}
	if _, err := node.CallWith(http.MethodDelete, c.path(""), nil, nil, seen); err != nil {
		return err
	}
	return s.Done("removed")
}
