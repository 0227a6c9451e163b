package ask

import (
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/retention"
)

// RetentionCommand is "opentrm retention" with what stands below it.
type RetentionCommand struct {
	Holds    retentionHolds    `cmd:"" help:"List the cases on hold."`
	Hold     retentionHold     `cmd:"" help:"Put a case on hold: nothing of it is erased until it is lifted."`
	Lift     retentionLift     `cmd:"" help:"Lift a hold."`
	Settle   retentionSettle   `cmd:"" help:"Say after a restore that the holds are whole: until then nothing is purged."`
	Preview  retentionPreview  `cmd:"" help:"Show what is due, and what is not erased although its period is over."`
	Propose  retentionPropose  `cmd:"" help:"Propose to erase what is due. Nothing is erased yet."`
	List     retentionList     `cmd:"" help:"List the newest proposals, and what became of them."`
	Show     retentionShow     `cmd:"" help:"Show a proposal with its set and its digest."`
	Confirm  retentionConfirm  `cmd:"" help:"Erase what somebody else proposed."`
	Withdraw retentionWithdraw `cmd:"" help:"Take a proposal back."`
}

type retentionHolds struct{ console.Remote }

func (c *retentionHolds) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	all, err := console.All[retention.Hold](node, "/holds")
	if err != nil {
		return err
	}
	return s.Print(all, func(w io.Writer) {
		fmt.Fprintln(w, "HOLD\tCASE\tDESK\tGROUND\tSINCE\tBY\tOFFICE")
		for _, h := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%v\n", h.ID, h.Reference, h.Desk, h.Ground, console.When(h.Placed), h.By, h.Office)
		}
	})
}

// made is what a route says of what it made.
type made struct {
	ID string `json:"id"`
}

type retentionHold struct {
	console.Remote
	Reference string `arg:"" help:"Of the case, as people speak it."`
	Ground    string `required:"" help:"Code of the ground: order, complaint, claim, inquiry."`
	Text      string `type:"path" default:"-" help:"File that says which order, complaint or claim; sealed to the data-protection desk. - for standard input."`
}

func (c *retentionHold) Run(s *console.Screen) error {
	words, err := console.ReadText(s, c.Text)
	if err != nil {
		return err
	}
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out made
	body := map[string]string{"reference": c.Reference, "ground": c.Ground, "words": words}
	if err := node.Call(http.MethodPost, "/holds", body, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) { fmt.Fprintln(w, out.ID) })
}

type retentionLift struct {
	console.Remote
	Hold   id.Record `arg:""`
	Ground string    `required:"" help:"Code of the ground: order-ended, decided, settled, in-error."`
	Text   string    `type:"path" default:"-" help:"File that says what ended it; sealed to the data-protection desk. - for standard input."`
}

func (c *retentionLift) Run(s *console.Screen) error {
	words, err := console.ReadText(s, c.Text)
	if err != nil {
		return err
	}
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	body := map[string]string{"ground": c.Ground, "words": words}
	if err := node.Call(http.MethodPost, "/holds/"+string(c.Hold)+"/lifting", body, nil); err != nil {
		return err
	}
	return s.Done("lifted")
}

type retentionSettle struct{ console.Remote }

func (c *retentionSettle) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	if err := node.Call(http.MethodPost, "/holds-settled", nil, nil); err != nil {
		return err
	}
	return s.Done("settled")
}

type retentionPreview struct{ console.Remote }

func (c *retentionPreview) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var p retention.Preview
	if err := node.Call(http.MethodGet, "/purge-preview", nil, &p); err != nil {
		return err
	}
	return s.Print(p, func(w io.Writer) {
		items(w, p.Due, p.Left)
		if p.More {
			fmt.Fprintln(w, "…")
		}
		if p.Unsettled {
			fmt.Fprintln(w, s.Printer().Text("retention.restored"))
		}
	})
}

// items prints records and why some of them stay.
func items(w io.Writer, due []retention.Item, left []retention.Left) {
	fmt.Fprintln(w, "WHAT\tREFERENCE\tDESK\tCLASS\tSINCE\tOVER\tSTAYS")
	line := func(i retention.Item, stays string) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", i.What, i.Reference, i.Desk, i.Class, console.When(i.Event), console.When(i.Over), stays)
	}
	for _, i := range due {
		line(i, "")
	}
	for _, l := range left {
		line(l.Item, l.Reason)
	}
}

type retentionPropose struct{ console.Remote }

func (c *retentionPropose) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out made
	if err := node.Call(http.MethodPost, "/purges", nil, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) { fmt.Fprintln(w, out.ID) })
}

type retentionList struct{ console.Remote }

func (c *retentionList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		Items []retention.Purge `json:"items"`
	}
	if err := node.Call(http.MethodGet, "/purges", nil, &out); err != nil {
		return err
	}
	return s.Print(out.Items, func(w io.Writer) {
		fmt.Fprintln(w, "PURGE\tSTATE\tRECORDS\tSTAYED\tMADE\tBY\tENDED\tSECOND")
		for _, p := range out.Items {
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\t%s\t%s\n", p.ID, p.State, len(p.Items), len(p.Left), console.When(p.Made), p.Maker, console.When(p.Ended), p.Second)
		}
	})
}

// showPurge prints a proposal.
func showPurge(s *console.Screen, p retention.Purge) error {
	return s.Print(p, func(w io.Writer) {
		fmt.Fprintf(w, "purge\t%s\nstate\t%s\ndigest\t%s\nby\t%s\nsecond\t%s\n\n", p.ID, p.State, p.Digest, p.Maker, p.Second)
		items(w, p.Items, p.Left)
	})
}

type retentionShow struct {
	console.Remote
	Purge id.Record `arg:""`
}

func (c *retentionShow) Run(s *console.Screen) error {
	return c.ask(s, c.Purge, http.MethodGet, "", nil)
}

func (c *retentionConfirm) Run(s *console.Screen) error {
	return retentionShow{Remote: c.Remote}.ask(s, c.Purge, http.MethodPost, "/confirmation", map[string]string{"digest": c.Digest})
}

func (c *retentionWithdraw) Run(s *console.Screen) error {
	return retentionShow{Remote: c.Remote}.ask(s, c.Purge, http.MethodPost, "/withdrawal", nil)
}

// ask asks one route about a proposal and prints what it answers.
func (c retentionShow) ask(s *console.Screen, purge id.Record, method, path string, body any) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var p retention.Purge
	if err := node.Call(method, "/purges/"+string(purge)+path, body, &p); err != nil {
		return err
	}
	return showPurge(s, p)
}

type retentionConfirm struct {
	console.Remote
	Purge  id.Record `arg:""`
	Digest string    `arg:"" help:"Of the set that was seen, as show prints it."`
}

type retentionWithdraw struct {
	console.Remote
	Purge id.Record `arg:""`
}
