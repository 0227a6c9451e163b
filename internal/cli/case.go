package cli

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

type caseCommand struct {
	Open       caseOpen       `cmd:"" help:"Open a case at one's desk."`
	List       caseList       `cmd:"" help:"List the cases of one's desk."`
	Show       caseShow       `cmd:"" help:"Open the file of a case."`
	Openings   caseOpenings   `cmd:"" help:"Tell by which functions and on which days a case was opened."`
	Note       caseNote       `cmd:"" help:"Add a note, read from standard input or a file."`
	Screen     caseScreen     `cmd:"" help:"Keep a sheet of answers to indicators and what it suggests."`
	Screenings caseScreenings `cmd:"" help:"Open the screenings of a case."`
	Rekey      caseRekey      `cmd:"" help:"Give a case new keys, seal its records anew and destroy the old keys."`
	Reflect    caseReflect    `cmd:"" help:"Record that an authority granted the recovery and reflection period."`
	Reflected  caseReflected  `cmd:"" help:"Record that the recovery and reflection period is over, and why."`
	Consents   caseConsents   `cmd:"" help:"List the consents of a case."`
	Confirm    caseConfirm    `cmd:"" help:"Say after a restore that a consent still stands."`
	Withdraw   caseWithdraw   `cmd:"" help:"Record that she withdraws a consent."`
}

type caseOpen struct {
	remote
	Age     string   `enum:"unknown,child,adult" default:"unknown" help:"unknown, child or adult."`
	Asylum  bool     `help:"She asked for asylum."`
	Origins []string `help:"Countries of origin."`
}

func (c *caseOpen) Run(s *screen) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	var out struct {
		ID        id.Case      `json:"id"`
		Reference id.Reference `json:"reference"`
		Version   int64        `json:"version"`
	}
	body := map[string]any{"age_class": c.Age, "asylum": c.Asylum, "origins": append([]string{}, c.Origins...)}
	if err := node.call(http.MethodPost, "/cases", body, &out); err != nil {
		return err
	}
	return s.print(out, func(w io.Writer) { fmt.Fprintf(w, "case\t%s\nreference\t%s\n", out.ID, out.Reference) })
}

type caseLine struct {
	ID        id.Case      `json:"id"`
	Reference id.Reference `json:"reference"`
	State     string       `json:"state"`
	AgeClass  string       `json:"age_class"`
	Status    string       `json:"status"`
	Opened    frame.Time   `json:"opened"`
}

type caseList struct{ remote }

func (c *caseList) Run(s *screen) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	cases, err := all[caseLine](node, "/cases")
	if err != nil {
		return err
	}
	return s.print(cases, func(w io.Writer) {
		fmt.Fprintln(w, "CASE\tREFERENCE\tSTATE\tAGE\tSTATUS\tOPENED")
		for _, l := range cases {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", l.ID, l.Reference, l.State, l.AgeClass, l.Status, when(l.Opened))
		}
	})
}

type caseShow struct {
	remote
	Case id.Case `arg:""`
}

func (c *caseShow) Run(s *screen) error {
	return show(s, c.remote, "/cases"+seg(c.Case))
}

type caseNote struct {
	remote
	Case     id.Case `arg:""`
	Text     string  `type:"path" default:"-" help:"File with the words; - for standard input."`
	Language string  `default:"en" help:"Language of the note."`
}

func (c *caseNote) Run(s *screen) error {
	b, err := readFile(s, c.Text)
	if err != nil {
		return err
	}
	return do(s, c.remote, http.MethodPost, "/cases"+seg(c.Case)+"/notes", map[string]any{"language": c.Language, "text": string(b)}, "noted")
}

type caseOpenings struct {
	remote
	Case id.Case `arg:""`
}

func (c *caseOpenings) Run(s *screen) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	var out struct {
		Items []struct {
			Day  string `json:"day"`
			Role string `json:"role"`
		} `json:"items"`
	}
	if err := node.call(http.MethodGet, "/cases"+seg(c.Case)+"/openings", nil, &out); err != nil {
		return err
	}
	return s.print(out.Items, func(w io.Writer) {
		fmt.Fprintln(w, "DAY\tFUNCTION")
		for _, o := range out.Items {
			fmt.Fprintf(w, "%s\t%s\n", o.Day, o.Role)
		}
	})
}

type caseConsents struct {
	remote
	Case id.Case `arg:""`
}

func (c *caseConsents) Run(s *screen) error {
	return show(s, c.remote, "/cases"+seg(c.Case)+"/consents")
}

type caseConfirm struct {
	remote
	Consent id.Consent `arg:""`
	How     string     `arg:"" enum:"asked-again,on-paper" help:"How you know it: asked-again (she was asked again) or on-paper."`
}

func (c *caseConfirm) Run(s *screen) error {
	return do(s, c.remote, http.MethodPost, "/consents"+seg(c.Consent)+"/confirmation", map[string]any{"how": c.How}, "confirmed")
}

type caseWithdraw struct {
	remote
	Consent id.Consent `arg:""`
}

func (c *caseWithdraw) Run(s *screen) error {
	return do(s, c.remote, http.MethodPost, "/consents"+seg(c.Consent)+"/withdrawal", map[string]any{}, "withdrawn")
}

type taskCommand struct {
	List taskList `cmd:"" help:"List what is due at one's desk."`
	Done taskDone `cmd:"" help:"Mark a task as done."`
}

type taskList struct{ remote }

func (c *taskList) Run(s *screen) error {
	return show(s, c.remote, "/tasks")
}

type taskDone struct {
	remote
	Task id.Task `arg:""`
}

func (c *taskDone) Run(s *screen) error {
	return do(s, c.remote, http.MethodPost, "/tasks"+seg(c.Task)+"/done", nil, "done")
}

type messageCommand struct {
	List  messageList  `cmd:"" help:"List the threads of one's desk."`
	Show  messageShow  `cmd:"" help:"List the messages of a thread."`
	Open  messageOpen  `cmd:"" help:"Open a message."`
	Write messageWrite `cmd:"" help:"Write to a desk; the words come from standard input or a file."`
}

type messageList struct{ remote }

func (c *messageList) Run(s *screen) error { return show(s, c.remote, "/threads") }

type messageShow struct {
	remote
	Thread id.Thread `arg:""`
}

func (c *messageShow) Run(s *screen) error {
	return show(s, c.remote, "/threads"+seg(c.Thread)+"/messages")
}

type messageOpen struct {
	remote
	Message id.Message `arg:""`
}

func (c *messageOpen) Run(s *screen) error { return show(s, c.remote, "/messages"+seg(c.Message)) }

type messageWrite struct {
	remote
	To       string    `help:"Desk, MEMBER/desk, of a new thread."`
	Thread   id.Thread `help:"Thread to go on with."`
	Basis    string    `help:"Legal basis, code."`
	Language string    `default:"en" help:"Language of the words."`
	Urgent   bool      `help:"Wakes people."`
	Text     string    `type:"path" default:"-" help:"File with the words; - for standard input."`
}

func (c *messageWrite) Run(s *screen) error {
	b, err := readFile(s, c.Text)
	if err != nil {
		return err
	}
	body := map[string]any{"thread": c.Thread, "basis": c.Basis, "language": c.Language, "urgent": c.Urgent, "text": string(b)}
	if c.To != "" {
		to, err := id.ParseAddress(c.To)
		if err != nil {
			return err
		}
		body["to"] = to
	}
	return do(s, c.remote, http.MethodPost, "/messages", body, "written")
}

type caseRekey struct {
	remote
	Case  id.Case `arg:"" optional:""`
	All   bool    `help:"Every case of one's desk, one after the other; one that fails does not stop the others."`
	After id.Case `help:"With --all: only the cases listed after this one, to go on where it was stopped."`
}

// rekeyed says what became of one case.
type rekeyed struct {
	Case id.Case `json:"case"`
	Key  string  `json:"key,omitempty"` // of the message that says why not; empty: it has new keys
}

func (c *caseRekey) Run(s *screen) error {
	if c.All == (c.Case != "") || c.After != "" && !c.All {
		return fault.New(fault.Invalid, "cli.rekey.which")
	}
	if !c.All {
		return untilNothingIsLeft(s, c.remote, "rekey", "/cases"+seg(c.Case)+"/keys",
			"nothing is left; back up now: content of before does not open with keys of afterwards")
	}
	node, err := c.open(s)
	if err != nil {
		return err
	}
	cases, err := all[caseLine](node, "/cases")
	if err != nil {
		return err
	}
	if c.After != "" {
		at := slices.IndexFunc(cases, func(l caseLine) bool { return l.ID == c.After })
		if at < 0 {
			return fault.New(fault.Invalid, "cli.rekey.after")
		}
		cases = cases[at+1:]
	}
	did, failed := make([]rekeyed, 0, len(cases)), 0
	bar := s.progress("rekey")
	for i, l := range cases {
		bar.at(int64(i), int64(len(cases)))
		r := rekeyed{Case: l.ID}
		if err := repeat(node, "/cases"+seg(l.ID)+"/keys", func(int64) {}); err != nil {
			failed++
			_, r.Key, _ = fault.Public(err)
		}
		did = append(did, r)
	}
	bar.end()
	err = s.print(did, func(w io.Writer) {
		for _, r := range did {
			fmt.Fprintf(w, "%s\t%s\n", r.Case, cmp.Or(r.Key, "new keys"))
		}
		if failed == 0 {
			fmt.Fprintln(w, "nothing is left; back up now: content of before does not open with keys of afterwards")
		}
	})
	if err == nil && failed > 0 {
		err = fault.New(fault.Conflict, "cli.rekey.some").With("failed", strconv.Itoa(failed))
	}
	return err
}

type caseReflect struct {
	remote
	Case     id.Case   `arg:""`
	Body     string    `required:"" help:"The authority that granted it."`
	Basis    string    `required:"" help:"The legal basis, as the authority cites it."`
	From     string    `required:"" help:"The first day, yyyy-mm-dd."`
	Until    string    `help:"The last day; without it, as the confirmed law of the country says."`
	Country  id.Member `required:"" help:"Whose authority it is."`
	Informed bool      `help:"She was told, in words that she understood."`
}

func (c *caseReflect) Run(s *screen) error {
	return do(s, c.remote, http.MethodPost, "/cases"+seg(c.Case)+"/reflections", map[string]any{
		"body": c.Body, "basis": c.Basis, "from": c.From, "until": c.Until, "country": c.Country, "informed": c.Informed, "note": "",
	}, "recorded")
}

type caseReflected struct {
	remote
	Case   id.Case   `arg:""`
	Record id.Record `arg:""`
	Day    string    `required:"" help:"The day it ended, yyyy-mm-dd."`
	Reason string    `required:"" enum:"elapsed,cooperates,withdrawn,child-regime,ended-by-authority" help:"elapsed, cooperates, withdrawn, child-regime or ended-by-authority."`
	Match  string    `required:"" help:"Version that was read."`
}

func (c *caseReflected) Run(s *screen) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	in := map[string]any{"day": c.Day, "reason": c.Reason}
	if _, err := node.callWith(http.MethodPost, "/cases"+seg(c.Case)+"/reflections"+seg(c.Record)+"/end", in, nil, version(c.Match)); err != nil {
		return err
	}
	return s.done("recorded")
}
