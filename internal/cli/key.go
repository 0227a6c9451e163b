package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

type keyState struct{ remote }

func (c *keyState) Run(s *screen) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	var out json.RawMessage
	if err := node.call(http.MethodGet, "/keys", nil, &out); err != nil {
		return err
	}
	return s.raw(out)
}

type keyEnrol struct {
	remote
	Officers []id.User `arg:"" help:"At least three."`
}

func (c *keyEnrol) Run(s *screen) error {
	return do(s, c.remote, http.MethodPost, "/keys/officers", map[string]any{"officers": c.Officers}, "enrolled")
}

type keyOffer struct {
	remote
	To id.User `arg:"" help:"The officer who leads."`
}

func (c *keyOffer) Run(s *screen) error {
	return do(s, c.remote, http.MethodPost, "/keys/shares", map[string]any{"to": c.To}, "handed over for an hour")
}

type keyDrill struct{ remote }

func (c *keyDrill) Run(s *screen) error {
	return do(s, c.remote, http.MethodPost, "/keys/drill", nil, "the drill has passed")
}

type keyRecover struct {
	remote
	Desk id.Desk `arg:""`
	User id.User `arg:""`
}

func (c *keyRecover) Run(s *screen) error {
	return do(s, c.remote, http.MethodPost, "/keys/recovery", map[string]any{"desk": c.Desk, "user": c.User}, "granted again")
}

type keyRotate struct {
	remote
	Use string `arg:"" enum:"envelope,checkpoint,cosign,tls,control" help:"envelope, checkpoint, cosign, tls or control."`
}

func (c *keyRotate) Run(s *screen) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	var out json.RawMessage
	if err := node.call(http.MethodPost, "/keys/node"+seg(c.Use), nil, &out); err != nil {
		return err
	}
	return s.raw(out)
}

type keyAuthority struct {
	remote
	Officers []id.User `arg:"" help:"Whom it is sealed to."`
}

func (c *keyAuthority) Run(s *screen) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	var out struct {
		Key    id.Key          `json:"key"`
		Public seal.SignPublic `json:"public"`
	}
	if err := node.call(http.MethodPost, "/keys/authority", map[string]any{"officers": c.Officers}, &out); err != nil {
		return err
	}
	return s.print(out, func(w io.Writer) {
		text, _ := out.Public.MarshalText() // cannot fail for a key that was read
		fmt.Fprintf(w, "key\t%s\npublic\t%s\n", out.Key, text)
		s.say(s.printer().Text("cli.authority.next"))
	})
}
