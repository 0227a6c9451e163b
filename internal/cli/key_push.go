package cli

import (
	"crypto/rand"
	"fmt"
	"io"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/peer"
)

type keyPush struct{}

// Run makes a key. It is printed once, to be written into the senders file.
func (c *keyPush) Run(s *console.Screen) error {
	key, err := peer.NewPushKey(rand.Reader)
	if err != nil {
		return err
	}
	return s.Print(map[string]string{"key": key}, func(w io.Writer) {
		fmt.Fprintf(w, "key\t%s\n", key)
		s.Say(s.Printer().Text("cli.push.once"))
	})
}
