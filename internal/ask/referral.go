package ask

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// ReferralCommand is "opentrm referral" with what stands below it.
type ReferralCommand struct {
	List        referralList        `cmd:"" help:"List the referrals of one's desk."`
	Board       referralBoard       `cmd:"" help:"Count referrals by country pair and status."`
	Show        referralShow        `cmd:"" help:"Where a referral stands and how it came there."`
	Draft       referralDraft       `cmd:"" help:"Draft a referral, or change one that was not sent."`
	Check       referralCheck       `cmd:"" help:"Find out whether it may be sent, and seal the identity bundle."`
	Send        referralSend        `cmd:"" help:"Send the request, without identity."`
	Open        referralOpen        `cmd:"" help:"Decrypt what has arrived."`
	Acknowledge referralAcknowledge `cmd:"" help:"Say that a person has taken notice."`
	Ask         referralAsk         `cmd:"" help:"Ask the sending desk for information."`
	Supply      referralSupply      `cmd:"" help:"Answer a question."`
	Resend      referralResend      `cmd:"" help:"Seal anew what was refused, after the reason was looked at."`
	Accept      referralAccept      `cmd:"" help:"Say that the desk will take her."`
	Decline     referralDecline     `cmd:"" help:"Say that the desk cannot take her, why, and who could."`
	Plan        referralPlan        `cmd:"" help:"Plan the handover."`
	Confirm     referralConfirm     `cmd:"" help:"Confirm that she has arrived."`
	NotArrived  referralNotArrived  `cmd:"" help:"Say that she did not come."`
	InCare      referralInCare      `cmd:"" help:"Say that assistance has begun."`
	Feedback    referralFeedback    `cmd:"" help:"Tell how she is."`
	Complete    referralComplete    `cmd:"" help:"Tell the outcome."`
	Close       referralClose       `cmd:"" help:"Close the loop: the outcome was read."`
	Revoke      referralRevoke      `cmd:"" help:"Take it back before the handover."`
	Withdraw    referralWithdraw    `cmd:"" help:"Record that she does not want it any more."`
	Error       referralError       `cmd:"" name:"enter-in-error" help:"Say that it should never have been."`
	ReRefer     referralReRefer     `cmd:"" name:"re-refer" help:"Draft again for another desk."`
	Print       referralPrint       `cmd:"" help:"Print the letter to a desk without a node; its token is shown once."`
	File        referralFile        `cmd:"" help:"Write that letter into a file under a passphrase, which is shown once."`
	OpenFile    referralOpenFile    `cmd:"" name:"open-file" help:"Open such a file; needs no node."`
}

// end names one end of a referral, and the node that keeps it.
type end struct {
	console.Remote
	Referral id.Referral `arg:""`
	Desk     id.Desk     `help:"Which end; that of the place one acts in otherwise."`
}

func (e end) path(last string) string {
	p := "/referrals" + console.Seg(e.Referral) + last
	if e.Desk != "" {
		p += "?desk=" + url.QueryEscape(string(e.Desk))
	}
	return p
}

// step is an end of which a transition is taken.
type step struct {
	end
	Match string `help:"Version that was read; the present one otherwise."`
	Via   string `help:"How a desk without a node told it, code."`
}

// take takes a transition at the version that was read.
func (c step) take(s *console.Screen, last string, body map[string]any) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	header, err := node.At(c.Match, c.path(""))
	if err != nil {
		return err
	}
	if body == nil {
		body = map[string]any{}
	}
	if c.Via != "" {
		body["via"] = c.Via
	}
	return referred(s, node, http.MethodPost, c.path(last), body, header)
}

// referred asks for a change of a referral and prints where it stands then.
func referred(s *console.Screen, node *console.Client, method, path string, body any, header http.Header) error {
	var out json.RawMessage
	if _, err := node.CallWith(method, path, body, &out, header); err != nil {
		return err
	}
	var line referralLine
	if err := json.Unmarshal(out, &line); err != nil {
		return fault.Wrap(fault.Unavailable, "cli.stranger", err).With("server", node.Server)
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "referral\t%s\nreference\t%s\nstatus\t%s\nversion\t%d\n", line.ID, line.Reference, line.Status, line.Version)
	})
}

type referralLine struct {
	ID        id.Referral `json:"id"`
	Reference string      `json:"reference"`
	Side      string      `json:"side"`
	Peer      id.Address  `json:"peer"`
	Status    string      `json:"status"`
	Urgent    bool        `json:"urgent"`
	Since     frame.Time  `json:"since"`
	Due       frame.Time  `json:"due"`
	Version   int64       `json:"version"`
}

type referralList struct{ console.Remote }

func (c *referralList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	rows, err := console.All[json.RawMessage](node, "/referrals")
	if err != nil {
		return err
	}
	lines := make([]referralLine, len(rows))
	for i, row := range rows {
		if err := json.Unmarshal(row, &lines[i]); err != nil {
			return fault.Wrap(fault.Unavailable, "cli.stranger", err).With("server", node.Server)
		}
	}
	return s.Print(rows, func(w io.Writer) {
		fmt.Fprintln(w, "REFERRAL\tREFERENCE\tSIDE\tOTHER END\tSTATUS\tSINCE\tDUE")
		for _, l := range lines {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.ID, l.Reference, l.Side, l.Peer, l.Status, console.When(l.Since), console.When(l.Due))
		}
	})
}

type referralBoard struct{ console.Remote }

func (c *referralBoard) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	type cell struct {
		From    id.Member  `json:"from"`
		To      id.Member  `json:"to"`
		Status  string     `json:"status"`
		Count   int        `json:"count"`
		Late    int        `json:"late"`
		Longest frame.Time `json:"longest"`
	}
	cells, err := console.All[cell](node, "/board")
	if err != nil {
		return err
	}
	return s.Print(cells, func(w io.Writer) {
		fmt.Fprintln(w, "FROM\tTO\tSTATUS\tCOUNT\tLATE\tLONGEST SINCE")
		for _, x := range cells {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\n", x.From, x.To, x.Status, x.Count, x.Late, console.When(x.Longest))
		}
	})
}

type referralShow struct{ end }

func (c *referralShow) Run(s *console.Screen) error { return console.Show(s, c.Remote, c.path("")) }

type referralDraft struct {
	console.OneCase
	File   string      `arg:"" optional:"" type:"path" default:"-" help:"JSON of the draft, docs/openapi.yaml; standard input otherwise."`
	Change id.Referral `help:"A draft that is to be changed."`
	Match  string      `help:"Version that was read of it; the present one otherwise."`
}

func (c *referralDraft) Run(s *console.Screen) error {
	draft, err := readDraft(s, c.File)
	if err != nil {
		return err
	}
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	path += "/referrals"
	if c.Change == "" {
		return referred(s, node, http.MethodPost, path, draft, nil)
	}
	header, err := node.At(c.Match, "/referrals"+console.Seg(c.Change))
	if err != nil {
		return err
	}
	return referred(s, node, http.MethodPut, path+console.Seg(c.Change), draft, header)
}

// readDraft reads a draft, which the node judges.
func readDraft(s *console.Screen, path string) (json.RawMessage, error) {
	b, err := console.ReadFile(s, path)
	if err == nil && !json.Valid(b) {
		err = fault.New(fault.Invalid, "cli.json").With("file", path)
	}
	return b, err
}

type referralReRefer struct {
	end
	File string `arg:"" optional:"" type:"path" default:"-" help:"JSON of the draft; standard input otherwise."`
}

func (c *referralReRefer) Run(s *console.Screen) error {
	draft, err := readDraft(s, c.File)
	if err != nil {
		return err
	}
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	return referred(s, node, http.MethodPost, c.path("/successor"), draft, nil)
}

type referralOpen struct{ end }

func (c *referralOpen) Run(s *console.Screen) error { return c.ask(s, "/opening") }

type referralPrint struct{ end }

func (c *referralPrint) Run(s *console.Screen) error { return c.ask(s, "/letter") }

type referralFile struct {
	end
	File     string `arg:"" type:"path" help:"File to write; must not be there yet."`
	Language string `help:"Of the letter; English otherwise."`
}

func (c *referralFile) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	path := c.path("/file")
	if c.Language != "" {
		path += map[bool]string{true: "&", false: "?"}[c.Desk != ""] + "language=" + url.QueryEscape(c.Language)
	}
	f, err := console.Create(c.File) // before the code of an earlier letter ends
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.File)
	}
	var out struct {
		File       string `json:"file"`
		Passphrase string `json:"passphrase"`
	}
	err = node.Call(http.MethodPost, path, nil, &out)
	if err == nil {
		if _, err = io.WriteString(f, out.File); err != nil {
			err = fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.File)
		}
	}
	if e := f.Close(); err == nil && e != nil {
		err = fault.Wrap(fault.Unavailable, "cli.file", e).With("file", c.File)
	}
	if err != nil {
		_ = os.Remove(c.File) // nothing is in it
		return err
	}
	return s.Print(map[string]string{"passphrase": out.Passphrase}, func(w io.Writer) {
		fmt.Fprintf(w, "passphrase\t%s\n", out.Passphrase)
		s.Say(s.Printer().Text("cli.file.passphrase"))
	})
}

type referralOpenFile struct {
	File       string `arg:"" type:"existingfile"`
	Passphrase string `name:"passphrase-file" type:"path" env:"OPENTRM_PASSPHRASE_FILE" help:"File of mode 0600; asked for otherwise."`
}

func (c *referralOpenFile) Run(s *console.Screen) error {
	f, err := os.Open(c.File)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.File)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 4*seal.MaxFile))
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.File)
	}
	passphrase, err := s.Secret("passphrase", c.Passphrase)
	if err != nil {
		return err
	}
	plain, err := seal.OpenFile(passphrase, string(text))
	if err != nil {
		return err
	}
	return s.Print(map[string]string{"letter": string(plain)}, func(w io.Writer) { fmt.Fprint(w, string(plain)) })
}

// ask prints an answer that is asked for with a POST, because asking leaves a trace.
func (e end) ask(s *console.Screen, last string) error {
	node, err := e.Open(s)
	if err != nil {
		return err
	}
	var out json.RawMessage
	if err := node.Call(http.MethodPost, e.path(last), nil, &out); err != nil {
		return err
	}
	return s.Raw(out)
}

// moment reads a time that a person typed.
//
// It fails with [fault.Invalid] if it is none.
func moment(text string) (frame.Time, error) {
	if text == "" {
		return console.Present(), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, fault.Wrap(fault.Invalid, "cli.time", err)
	}
	return frame.At(t), nil
}
