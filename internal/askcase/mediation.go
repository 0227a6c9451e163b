package askcase

import (
	"cmp"
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/console"
)

type caseMediate struct {
	console.OneCase
	File string `arg:"" type:"path" default:"-" help:"JSON object as docs/openapi.yaml describes it; - for standard input, so that no name stands in a list of commands."`
}

func (c *caseMediate) Run(s *console.Screen) error {
	in, err := console.ReadObject(s, c.File)
	if err != nil {
		return err
	}
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	var out struct {
		ID       string   `json:"id"`
		Concerns []string `json:"concerns"`
	}
	if err := node.Call(http.MethodPost, path+"/mediations", in, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "record\t%s\n", out.ID)
		for _, concern := range out.Concerns {
			fmt.Fprintf(w, "concern\t%s\n", concern)
		}
	})
}

type caseSpoken struct {
	console.OneCase
	File  string `type:"path" help:"JSON object with what she needs, in the place of what stands there; - for standard input. Without it, the safe-contact card and what she needs are shown."`
	Match string `help:"Version that was read; 0 if nobody has recorded what she needs."`
}

func (c *caseSpoken) Run(s *console.Screen) error {
	if c.File == "" {
		return c.Show(s, "/contact")
	}
	in, err := console.ReadObject(s, c.File)
	if err != nil {
		return err
	}
	return c.Do(s, http.MethodPut, "/interpreting", in, cmp.Or(c.Match, "0"), "recorded")
}
