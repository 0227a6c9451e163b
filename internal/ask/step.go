package ask

import (
	"net/http"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
)

// The transitions of a referral, one command each, in the order in which they happen.

type referralCheck struct{ step }

func (c *referralCheck) Run(s *console.Screen) error { return c.take(s, "/check", nil) }

type referralSend struct {
	step
	Both bool `help:"The identity leaves at once: danger to life only, on a recorded override."`
}

func (c *referralSend) Run(s *console.Screen) error {
	return c.take(s, "/send", map[string]any{"both": c.Both})
}

type referralAcknowledge struct{ step }

func (c *referralAcknowledge) Run(s *console.Screen) error { return c.take(s, "/acknowledgement", nil) }

// words is where the words beside a transition come from; they are sealed to the other desk.
type words struct {
	Text string `type:"path" help:"File with words for the other desk; - for standard input."`
}

// into puts the words into a body.
func (w words) into(s *console.Screen, body map[string]any) (map[string]any, error) {
	if w.Text == "" {
		return body, nil
	}
	b, err := console.ReadFile(s, w.Text)
	body["text"] = string(b)
	return body, err
}

type referralAsk struct {
	step
	words
	Reason string `arg:"" help:"What is asked about, code."`
}

func (c *referralAsk) Run(s *console.Screen) error {
	body, err := c.into(s, map[string]any{"reason": c.Reason})
	if err != nil {
		return err
	}
	return c.take(s, "/question", body)
}

type referralSupply struct {
	step
	Text string `type:"path" default:"-" help:"File with the answer; - for standard input."`
}

func (c *referralSupply) Run(s *console.Screen) error {
	body, err := words{c.Text}.into(s, map[string]any{})
	if err != nil {
		return err
	}
	return c.take(s, "/information", body)
}

type referralResend struct {
	step
	words
}

func (c *referralResend) Run(s *console.Screen) error {
	body, err := c.into(s, map[string]any{})
	if err != nil {
		return err
	}
	return c.take(s, "/resend", body)
}

type referralAccept struct{ step }

func (c *referralAccept) Run(s *console.Screen) error { return c.take(s, "/acceptance", nil) }

type referralDecline struct {
	step
	words
	Reason string `arg:"" help:"Code."`
	To     string `help:"Desk that could take her, MEMBER/desk."`
	None   string `help:"Why there is no other desk, code."`
}

func (c *referralDecline) Run(s *console.Screen) error {
	instead := map[string]any{}
	if c.To != "" {
		to, err := id.ParseAddress(c.To)
		if err != nil {
			return err
		}
		instead["desk"] = to
	}
	if c.None != "" {
		instead["code"] = c.None
	}
	body, err := c.into(s, map[string]any{"reason": c.Reason, "instead": instead})
	if err != nil {
		return err
	}
	return c.take(s, "/decline", body)
}

type referralPlan struct {
	step
	words
	At      string `arg:"" help:"When, RFC 3339."`
	Meeting string `arg:"" help:"Kind of place, code; the place itself is said in words."`
}

func (c *referralPlan) Run(s *console.Screen) error {
	at, err := moment(c.At)
	if err != nil {
		return err
	}
	body, err := c.into(s, map[string]any{"at": at, "meeting": c.Meeting})
	if err != nil {
		return err
	}
	return c.take(s, "/plan", body)
}

// happening is a transition that took place at a time.
type happening struct {
	step
	Happened string `help:"When it took place, RFC 3339; now otherwise."`
}

func (c happening) say(s *console.Screen, last string) error {
	at, err := moment(c.Happened)
	if err != nil {
		return err
	}
	return c.take(s, last, map[string]any{"happened": at})
}

type referralConfirm struct{ happening }

func (c *referralConfirm) Run(s *console.Screen) error { return c.say(s, "/arrival") }

type referralInCare struct{ happening }

func (c *referralInCare) Run(s *console.Screen) error { return c.say(s, "/care") }

// reasoned is a transition with its reason.
type reasoned struct {
	step
	Reason string `arg:"" help:"Code."`
}

func (c reasoned) say(s *console.Screen, last string) error {
	return c.take(s, last, map[string]any{"reason": c.Reason})
}

type referralNotArrived struct{ reasoned }

func (c *referralNotArrived) Run(s *console.Screen) error { return c.say(s, "/absence") }

type referralRevoke struct{ reasoned }

func (c *referralRevoke) Run(s *console.Screen) error { return c.say(s, "/revocation") }

type referralError struct{ reasoned }

func (c *referralError) Run(s *console.Screen) error { return c.say(s, "/error") }

type referralFeedback struct {
	step
	words
	Point   int    `arg:"" help:"Days after the handover."`
	Outcome string `arg:"" help:"Code."`
}

func (c *referralFeedback) Run(s *console.Screen) error {
	body, err := c.into(s, map[string]any{"point": c.Point, "outcome": c.Outcome})
	if err != nil {
		return err
	}
	return c.take(s, "/feedback", body)
}

type referralComplete struct {
	step
	Outcome string      `arg:"" help:"Code."`
	Next    id.Referral `help:"The referral that follows."`
}

func (c *referralComplete) Run(s *console.Screen) error {
	return c.take(s, "/completion", map[string]any{"outcome": c.Outcome, "next": c.Next})
}

type referralClose struct{ step }

func (c *referralClose) Run(s *console.Screen) error { return c.take(s, "/close", nil) }

// referralWithdraw asks for no version: what she says counts whatever has happened meanwhile.
type referralWithdraw struct{ end }

func (c *referralWithdraw) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	return referred(s, node, http.MethodPost, c.path("/withdrawal"), nil, nil)
}
