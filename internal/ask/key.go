package ask

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// KeyState is "opentrm key state".
type KeyState struct{ console.Remote }

func (c *KeyState) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out keyring.RecoveryState
	if err := node.Call(http.MethodGet, "/keys", nil, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "recovery key\t%d\nofficers\t%s\nneeded\t%d\n", out.Generation, Named(out.Officers), out.Threshold)
		fmt.Fprintf(w, "drill passed\t%s\nescrow since\t%s\n", console.When(out.Drilled), console.When(out.Escrowed))
		fmt.Fprintf(w, "papers\t%s\npapers used\t%s\nnot reached\t%s\n", Named(out.Papers), console.When(out.Used), Named(out.Unrecoverable))
	})
}

// Named writes identifiers on one line; a stroke for none.
func Named[T ~string](all []T) string {
	if len(all) == 0 {
		return "-"
	}
	words := make([]string, len(all))
	for i, x := range all {
		words[i] = string(x)
	}
	return strings.Join(words, " ")
}

// KeyEnrol is "opentrm key enrol".
type KeyEnrol struct {
	console.Remote
	Officers []id.User `arg:"" help:"At least three."`
}

func (c *KeyEnrol) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, "/keys/officers", map[string]any{"officers": c.Officers}, "enrolled")
}

// KeyOffer is "opentrm key offer".
type KeyOffer struct {
	console.Remote
	To id.User `arg:"" help:"The officer who leads."`
}

func (c *KeyOffer) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, "/keys/shares", map[string]any{"to": c.To}, "handed over for an hour")
}

// KeyDrill is "opentrm key drill".
type KeyDrill struct{ console.Remote }

func (c *KeyDrill) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, "/keys/drill", nil, "the drill has passed")
}

// KeyRecover is "opentrm key recover".
type KeyRecover struct {
	console.Remote
	Desk id.Desk `arg:""`
	User id.User `arg:""`
}

func (c *KeyRecover) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, "/keys/recovery", map[string]any{"desk": c.Desk, "user": c.User}, "granted again")
}

// KeyRotate is "opentrm key rotate".
type KeyRotate struct {
	console.Remote
	Use string `arg:"" enum:"envelope,checkpoint,cosign,tls,control" help:"envelope, checkpoint, cosign, tls or control."`
}

func (c *KeyRotate) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out console.Made
	if err := node.Call(http.MethodPost, "/keys/node"+console.Seg(c.Use), nil, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) { fmt.Fprintf(w, "key\t%s\n", out.ID) })
}

// KeyAuthority is "opentrm key authority".
type KeyAuthority struct {
	console.Remote
	Officers []id.User `arg:"" help:"Whom it is sealed to."`
}

func (c *KeyAuthority) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		Key    id.Key          `json:"key"`
		Public seal.SignPublic `json:"public"`
	}
	if err := node.Call(http.MethodPost, "/keys/authority", map[string]any{"officers": c.Officers}, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) {
		text, _ := out.Public.MarshalText() // cannot fail for a key that was read
		fmt.Fprintf(w, "key\t%s\npublic\t%s\n", out.Key, text)
		s.Say(s.Printer().Text("cli.authority.next"))
	})
}
