package ask

import (
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// KeyPaper is "opentrm key paper".
type KeyPaper struct{ console.Remote }

func (c *KeyPaper) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out keyring.Paper
	if err := node.Call(http.MethodPost, "/keys/paper", nil, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "# %s, recovery key %d, %s, officer %d\n", out.Member, out.Generation, out.Recovery, out.Index)
		for i, line := range out.Lines {
			fmt.Fprintf(w, "%2d: %s\n", i+1, line)
		}
		s.Say(s.Printer().Text("cli.paper.keep"))
	})
}

// KeyCheck is "opentrm key check".
type KeyCheck struct {
	Paper string `type:"path" help:"File of mode 0600 with the paper; asked for line by line otherwise."`
}

func (c *KeyCheck) Run(s *console.Screen) error {
	text, err := s.Paper(1, c.Paper)
	if err != nil {
		return err
	}
	b, err := seal.ParsePaper(text)
	if err != nil {
		return err
	}
	defer clear(b)
	share, err := seal.ParseShare(b)
	if err != nil {
		return err
	}
	return s.Print(map[string]int{"officer": share.Index, "needed": share.Threshold}, func(w io.Writer) {
		fmt.Fprintf(w, "the paper of officer %d is well written; %d are needed\n", share.Index, share.Threshold)
	})
}
