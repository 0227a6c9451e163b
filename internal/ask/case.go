package ask

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// CaseCommand is "opentrm case" with what stands below it.
type CaseCommand struct {
	Open       caseOpen       `cmd:"" help:"Open a case at one's desk."`
	List       caseList       `cmd:"" help:"List the cases of one's desk."`
	Find       caseFind       `cmd:"" help:"Look whether a person is known, by name or document."`
	Hits       caseHits       `cmd:"" help:"List searches for a person of one's desk by somebody who may not know of her."`
	Contact    caseContact    `cmd:"" help:"Say whether to make contact with a desk that searched; two people have to say the same."`
	Reindex    caseReindex    `cmd:"" help:"Put into the search index what is missing of one's desk, fold it anew, or give it new keys; or say what it is made of."`
	Show       caseShow       `cmd:"" help:"Open the file of a case."`
	Openings   caseOpenings   `cmd:"" help:"Tell by which functions and on which days a case was opened."`
	HTCDS      caseHTCDS      `cmd:"" name:"htcds" help:"Write cases in the form of HTCDS 2.0, for another system of one's desk or for her."`
	Note       caseNote       `cmd:"" help:"Add a note, read from standard input or a file."`
	Screen     caseScreen     `cmd:"" help:"Keep a sheet of answers to indicators and what it suggests."`
	Screenings caseScreenings `cmd:"" help:"Open the screenings of a case."`
	Rekey      caseRekey      `cmd:"" help:"Give a case new keys, seal its records anew and destroy the old keys."`
	Reflect    caseReflect    `cmd:"" help:"Record that an authority granted the recovery and reflection period."`
	Reflected  caseReflected  `cmd:"" help:"Record that the recovery and reflection period is over, and why."`
	Refuse     caseRefuse     `cmd:"" help:"Record what she did not want, and when she may be asked again."`
	Asked      caseAsked      `cmd:"" help:"Record what came of asking her again."`
	Mediate    caseMediate    `cmd:"" help:"Record how a text was put to her, and by whom it was interpreted."`
	Spoken     caseSpoken     `cmd:"" help:"Show the safe-contact card with what she needs in order to be understood, or record that."`
	Plan       casePlan       `cmd:"" help:"Open what she needs, the steps of her plan, and what she was given."`
	Links      caseLinks      `cmd:"" help:"Open the links of a case with others that one may open too."`
	Transfer   caseTransfer   `cmd:"" help:"Hand a case over to another desk of the node."`
	Merge      caseMerge      `cmd:"" help:"Say that two files are of one person, and undo it."`
	Child      caseChild      `cmd:"" help:"Open the path of who is or may be a child: guardians, best interests, age, what she was told, which bodies were."`
	ChildTold  caseChildTold  `cmd:"" help:"Record that a body that protects children was told of her; this node tells nobody."`
	ChildSeen  caseChildSeen  `cmd:"" help:"Say that one has looked at where a child stands."`
	Reopen     caseReopen     `cmd:"" help:"Take the work on a closed case up again, with a reason."`
	Consents   caseConsents   `cmd:"" help:"List the consents of a case."`
	Confirm    caseConfirm    `cmd:"" help:"Say after a restore that a consent still stands."`
	Withdraw   caseWithdraw   `cmd:"" help:"Record that she withdraws a consent."`
}

type caseOpen struct {
	console.Remote
	Age     string   `enum:"unknown,child,adult" default:"unknown" help:"unknown, child or adult."`
	Asylum  bool     `help:"She asked for asylum."`
	Origins []string `help:"Countries of origin."`
}

func (c *caseOpen) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		ID        id.Case      `json:"id"`
		Reference id.Reference `json:"reference"`
		Version   int64        `json:"version"`
	}
	body := map[string]any{"age_class": c.Age, "asylum": c.Asylum, "origins": append([]string{}, c.Origins...)}
	if err := node.Call(http.MethodPost, "/cases", body, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) { fmt.Fprintf(w, "case\t%s\nreference\t%s\n", out.ID, out.Reference) })
}

type caseLine struct {
	ID        id.Case      `json:"id"`
	Reference id.Reference `json:"reference"`
	State     string       `json:"state"`
	AgeClass  string       `json:"age_class"`
	Status    string       `json:"status"`
	Opened    frame.Time   `json:"opened"`
}

type caseList struct{ console.Remote }

func (c *caseList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	cases, err := console.All[caseLine](node, "/cases")
	if err != nil {
		return err
	}
	return s.Print(cases, func(w io.Writer) {
		fmt.Fprintln(w, "CASE\tREFERENCE\tSTATE\tAGE\tSTATUS\tOPENED")
		for _, l := range cases {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", l.ID, l.Reference, l.State, l.AgeClass, l.Status, console.When(l.Opened))
		}
	})
}

type caseShow struct {
	console.Remote
	Case id.Case `arg:""`
}

func (c *caseShow) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/cases"+console.Seg(c.Case))
}

type caseNote struct {
	console.Remote
	Case     id.Case `arg:""`
	Text     string  `type:"path" default:"-" help:"File with the words; - for standard input."`
	Language string  `default:"en" help:"Language of the note."`
}

func (c *caseNote) Run(s *console.Screen) error {
	b, err := console.ReadFile(s, c.Text)
	if err != nil {
		return err
	}
	return console.Do(s, c.Remote, http.MethodPost, "/cases"+console.Seg(c.Case)+"/notes", map[string]any{"language": c.Language, "text": string(b)}, "noted")
}

type caseOpenings struct {
	console.Remote
	Case id.Case `arg:""`
}

func (c *caseOpenings) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		Items []struct {
			Day  string `json:"day"`
			Role string `json:"role"`
		} `json:"items"`
	}
	if err := node.Call(http.MethodGet, "/cases"+console.Seg(c.Case)+"/openings", nil, &out); err != nil {
		return err
	}
	return s.Print(out.Items, func(w io.Writer) {
		fmt.Fprintln(w, "DAY\tFUNCTION")
		for _, o := range out.Items {
			fmt.Fprintf(w, "%s\t%s\n", o.Day, o.Role)
		}
	})
}

type caseConsents struct {
	console.Remote
	Case id.Case `arg:""`
}

func (c *caseConsents) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/cases"+console.Seg(c.Case)+"/consents")
}

type caseConfirm struct {
	console.Remote
	Consent id.Consent `arg:""`
	How     string     `arg:"" enum:"asked-again,on-paper" help:"How you know it: asked-again (she was asked again) or on-paper."`
}

func (c *caseConfirm) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, "/consents"+console.Seg(c.Consent)+"/confirmation", map[string]any{"how": c.How}, "confirmed")
}

type caseWithdraw struct {
	console.Remote
	Consent id.Consent `arg:""`
}

func (c *caseWithdraw) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, "/consents"+console.Seg(c.Consent)+"/withdrawal", map[string]any{}, "withdrawn")
}

// TaskCommand is "opentrm task" with what stands below it.
type TaskCommand struct {
	List taskList `cmd:"" help:"List what is due at one's desk."`
	Done taskDone `cmd:"" help:"Mark a task as done."`
}

type taskList struct{ console.Remote }

func (c *taskList) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/tasks")
}

type taskDone struct {
	console.Remote
	Task id.Task `arg:""`
}

func (c *taskDone) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, "/tasks"+console.Seg(c.Task)+"/done", nil, "done")
}

// MessageCommand is "opentrm message" with what stands below it.
type MessageCommand struct {
	List  messageList  `cmd:"" help:"List the threads of one's desk."`
	Show  messageShow  `cmd:"" help:"List the messages of a thread."`
	Open  messageOpen  `cmd:"" help:"Open a message."`
	Write messageWrite `cmd:"" help:"Write to a desk; the words come from standard input or a file."`
}

type messageList struct{ console.Remote }

func (c *messageList) Run(s *console.Screen) error { return console.Show(s, c.Remote, "/threads") }

type messageShow struct {
	console.Remote
	Thread id.Thread `arg:""`
}

func (c *messageShow) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/threads"+console.Seg(c.Thread)+"/messages")
}

type messageOpen struct {
	console.Remote
	Message id.Message `arg:""`
}

func (c *messageOpen) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/messages"+console.Seg(c.Message))
}

type messageWrite struct {
	console.Remote
	To       string    `help:"Desk, MEMBER/desk, of a new thread."`
	Thread   id.Thread `help:"Thread to go on with."`
	Basis    string    `help:"Legal basis, code."`
	Language string    `default:"en" help:"Language of the words."`
	Urgent   bool      `help:"Wakes people."`
	Text     string    `type:"path" default:"-" help:"File with the words; - for standard input."`
}

func (c *messageWrite) Run(s *console.Screen) error {
	b, err := console.ReadFile(s, c.Text)
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
	return console.Do(s, c.Remote, http.MethodPost, "/messages", body, "written")
}

type caseRekey struct {
	console.Remote
	Case  id.Case `arg:"" optional:""`
	All   bool    `help:"Every case of one's desk, one after the other; one that fails does not stop the others."`
	After id.Case `help:"With --all: only the cases listed after this one, to go on where it was stopped."`
}

// rekeyed says what became of one case.
type rekeyed struct {
	Case id.Case `json:"case"`
	Key  string  `json:"key,omitempty"` // of the message that says why not; empty: it has new keys
}

func (c *caseRekey) Run(s *console.Screen) error {
	if c.All == (c.Case != "") || c.After != "" && !c.All {
		return fault.New(fault.Invalid, "cli.rekey.which")
	}
	if !c.All {
		return console.UntilNothingIsLeft(s, c.Remote, "rekey", "/cases"+console.Seg(c.Case)+"/keys",
			"nothing is left; back up now: content of before does not open with keys of afterwards")
	}
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	cases, err := console.All[caseLine](node, "/cases")
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
	bar := s.Progress("rekey")
	for i, l := range cases {
		bar.At(int64(i), int64(len(cases)))
		r := rekeyed{Case: l.ID}
		if err := console.Repeat(node, "/cases"+console.Seg(l.ID)+"/keys", func(int64) {}); err != nil {
			failed++
			_, r.Key, _ = fault.Public(err)
		}
		did = append(did, r)
	}
	bar.End()
	err = s.Print(did, func(w io.Writer) {
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
	console.Remote
	Case     id.Case   `arg:""`
	Body     string    `required:"" help:"The authority that granted it."`
	Basis    string    `required:"" help:"The legal basis, as the authority cites it."`
	From     string    `required:"" help:"The first day, yyyy-mm-dd."`
	Until    string    `help:"The last day; without it, as the confirmed law of the country says."`
	Country  id.Member `required:"" help:"Whose authority it is."`
	Informed bool      `help:"She was told, in words that she understood."`
}

func (c *caseReflect) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, "/cases"+console.Seg(c.Case)+"/reflections", map[string]any{
		"body": c.Body, "basis": c.Basis, "from": c.From, "until": c.Until, "country": c.Country, "informed": c.Informed, "note": "",
	}, "recorded")
}

type caseReflected struct {
	console.Remote
	Case   id.Case   `arg:""`
	Record id.Record `arg:""`
	Day    string    `required:"" help:"The day it ended, yyyy-mm-dd."`
	Reason string    `required:"" enum:"elapsed,cooperates,withdrawn,child-regime,ended-by-authority" help:"elapsed, cooperates, withdrawn, child-regime or ended-by-authority."`
	Match  string    `required:"" help:"Version that was read."`
}

func (c *caseReflected) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	in := map[string]any{"day": c.Day, "reason": c.Reason}
	if _, err := node.CallWith(http.MethodPost, "/cases"+console.Seg(c.Case)+"/reflections"+console.Seg(c.Record)+"/end", in, nil, console.Version(c.Match)); err != nil {
		return err
	}
	return s.Done("recorded")
}

type caseRefuse struct {
	console.Remote
	Case  id.Case `arg:""`
	Offer string  `required:"" help:"What was offered, code."`
	Why   string  `default:"not-asked" help:"Why she did not want it, code."`
	On    string  `required:"" help:"The day, yyyy-mm-dd."`
	Told  bool    `help:"She was told that the offer stays open, and how to come back."`
	Again string  `help:"The day on which she may be asked again; without it, nobody asks her."`
}

func (c *caseRefuse) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, "/cases"+console.Seg(c.Case)+"/refusals", map[string]any{
		"offer": c.Offer, "why": c.Why, "on": c.On, "told": c.Told, "again": c.Again, "note": "",
	}, "recorded")
}

type caseAsked struct {
	console.Remote
	Case    id.Case   `arg:""`
	Record  id.Record `arg:""`
	On      string    `required:"" help:"The day, yyyy-mm-dd."`
	Outcome string    `required:"" enum:"accepted,thinking,refused-again,ask-no-more,not-reached,unsafe-to-ask" help:"accepted, thinking, refused-again, ask-no-more, not-reached or unsafe-to-ask."`
	Again   string    `help:"The next day on which she may be asked; without it, nobody asks her."`
	Match   string    `required:"" help:"Version that was read."`
}

func (c *caseAsked) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	in := map[string]any{"on": c.On, "outcome": c.Outcome, "again": c.Again}
	if _, err := node.CallWith(http.MethodPost, "/cases"+console.Seg(c.Case)+"/refusals"+console.Seg(c.Record)+"/asked", in, nil, console.Version(c.Match)); err != nil {
		return err
	}
	return s.Done("recorded")
}
