package askcase

import (
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
)

// casePage is "opentrm case page" with what stands below it.
type casePage struct {
	Show    pageShow    `cmd:"" default:"withargs" help:"Say whether it is on, and what she took back there."`
	Issue   pageIssue   `cmd:"" help:"Give her a code, shown this once; one that she had stops working."`
	Revoke  pageRevoke  `cmd:"" help:"Switch it off."`
	Confirm pageConfirm `cmd:"" help:"Record what she said when she was asked whether it was she who took a consent back."`
}

type pageShow struct{ console.OneCase }

func (c *pageShow) Run(s *console.Screen) error { return c.OneCase.Show(s, "/own-page") }

type pageIssue struct{ console.OneCase }

func (c *pageIssue) Run(s *console.Screen) error {
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	var out struct {
		Code  string `json:"code"`
		Path  string `json:"path"`
		Paper bool   `json:"paper"`
	}
	if err := node.Call(http.MethodPost, path+"/own-page", nil, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "code\t%s\npath\t%s\n", out.Code, out.Path)
		if !out.Paper {
			fmt.Fprintln(w, "paper\tnone: read it to her")
		}
	})
}

type pageRevoke struct{ console.OneCase }

func (c *pageRevoke) Run(s *console.Screen) error {
	return c.Do(s, http.MethodDelete, "/own-page", nil, "", "switched off")
}

type pageConfirm struct {
	console.Remote
	Consent id.Consent `arg:""`
	Outcome string     `required:"" enum:"hers,keep,not-hers" help:"hers: it was she, and what lies under the consent is erased; keep: it was she, and nothing is erased; not-hers: it was somebody else, and her page is switched off."`
}

func (c *pageConfirm) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	if err := node.Call(http.MethodPost, "/consents"+console.Seg(c.Consent)+"/own-confirmation", map[string]string{"outcome": c.Outcome}, nil); err != nil {
		return err
	}
	return s.Done("recorded")
}
