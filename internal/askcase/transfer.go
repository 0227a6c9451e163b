package askcase

import (
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/transfer"
)

// caseTransfer is "opentrm case transfer" with what stands below it.
type caseTransfer struct {
	Show    transferShow    `cmd:"" help:"Show one of them, as one's desk may know it."`
	Preview transferPreview `cmd:"" help:"Show what would go along with a case to a desk, and what would stay."`
	Offer   transferOffer   `cmd:"" help:"Offer a case to a desk. The offer is read as JSON from a file: basis, agreement or override, note."`
	List    transferList    `cmd:"" help:"List what one's desk offered and was offered."`
	Of      transferOf      `cmd:"" help:"Show how a case went from desk to desk, with the notes that were left."`
	Accept  transferAccept  `cmd:"" help:"Take a case over."`
	Decline transferDecline `cmd:"" help:"Decline to take a case over."`
	Revoke  transferRevoke  `cmd:"" help:"Take an offer back before it is answered."`
}

type transferPreview struct {
	console.OneCase
	To id.Desk `required:"" help:"The desk that is to have the case."`
}

func (c *transferPreview) Run(s *console.Screen) error {
	return c.Show(s, "/transfer-preview?to="+url.QueryEscape(string(c.To)))
}

type transferOffer struct {
	console.OneCase
	File  string `arg:"" help:"The offer, as JSON."`
	Match string `required:"" help:"Version of the case that was read."`
}

func (c *transferOffer) Run(s *console.Screen) error {
	var in transfer.Offer
	if err := console.ReadJSON(s, c.File, &in); err != nil {
		return err
	}
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	var out struct {
		ID      id.Record `json:"id"`
		Version int64     `json:"version"`
	}
	if _, err := node.CallWith(http.MethodPost, path+"/transfers", in, &out, console.Version(c.Match)); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) { fmt.Fprintf(w, "transfer\t%s\n", out.ID) })
}

type transferLine struct {
	Transfer  id.Record    `json:"transfer"`
	Reference id.Reference `json:"reference"`
	Case      id.Case      `json:"case"`
	From      id.Desk      `json:"from"`
	To        id.Desk      `json:"to"`
	State     string       `json:"state"`
	AgeClass  string       `json:"age_class"`
	Urgent    bool         `json:"urgent"`
	Reason    string       `json:"reason"`
	Version   int64        `json:"version"`
}

type transferList struct{ console.Remote }

func (c *transferList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	all, err := console.All[transferLine](node, "/transfers")
	if err != nil {
		return err
	}
	return s.Print(all, func(w io.Writer) {
		fmt.Fprintln(w, "TRANSFER\tREFERENCE\tFROM\tTO\tSTATE\tAGE\tURGENT\tREASON\tVERSION")
		for _, t := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%t\t%s\t%d\n", t.Transfer, t.Reference, t.From, t.To, t.State, t.AgeClass, t.Urgent, t.Reason, t.Version)
		}
	})
}

type transferOf struct {
	console.OneCase
}

func (c *transferOf) Run(s *console.Screen) error {
	return c.Show(s, "/transfers")
}

type transferShow struct {
	console.Remote
	Transfer id.Record `arg:""`
}

func (c *transferShow) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/transfers"+console.Seg(c.Transfer))
}

// stepTransfer takes a step of a transfer.
func stepTransfer(s *console.Screen, r console.Remote, transfer id.Record, match, step, done string, in any) error {
	node, err := r.Open(s)
	if err != nil {
		return err
	}
	if _, err := node.CallWith(http.MethodPost, "/transfers"+console.Seg(transfer)+"/"+step, in, nil, console.Version(match)); err != nil {
		return err
	}
	return s.Done(done)
}

type transferAccept struct {
	console.Remote
	Transfer id.Record `arg:""`
	Match    string    `required:"" help:"Version that was read."`
}

func (c *transferAccept) Run(s *console.Screen) error {
	return stepTransfer(s, c.Remote, c.Transfer, c.Match, "acceptance", "taken over", nil)
}

type transferDecline struct {
	console.Remote
	Transfer    id.Record `arg:""`
	Reason      string    `required:"" help:"Why, code."`
	Alternative id.Desk   `help:"A desk that might take it."`
	Match       string    `required:"" help:"Version that was read."`
}

func (c *transferDecline) Run(s *console.Screen) error {
	return stepTransfer(s, c.Remote, c.Transfer, c.Match, "refusal", "declined", map[string]any{"reason": c.Reason, "alternative": c.Alternative})
}

type transferRevoke struct {
	console.Remote
	Transfer id.Record `arg:""`
	Reason   string    `required:"" help:"Why, code."`
	Match    string    `required:"" help:"Version that was read."`
}

func (c *transferRevoke) Run(s *console.Screen) error {
	return stepTransfer(s, c.Remote, c.Transfer, c.Match, "revocation", "taken back", map[string]any{"reason": c.Reason})
}
