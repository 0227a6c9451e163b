// Package askcase is the commands that ask a running node about a case and what belongs to it: its file, consents, plan, the path of a
// child, transfers and merges, conferences, returns and restrictions. They ask as those of package ask do.
//
// What is said of somebody, and every name, is read from a file or from standard input; an argument is at most a code, a day, a
// version or a reference. A case is named by its reference, as people speak it, or by its identifier.
package askcase

import (
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// CaseCommand is "opentrm case" with what stands below it.
type CaseCommand struct {
	Open     caseOpen     `cmd:"" help:"Open a case at one's desk."`
	List     caseList     `cmd:"" help:"List the cases of one's desk."`
	Find     caseFind     `cmd:"" help:"Look whether a person is known, by name or document."`
	Hits     caseHits     `cmd:"" help:"List searches for a person of one's desk by somebody who may not know of her."`
	Contact  caseContact  `cmd:"" help:"Say whether to make contact with a desk that searched; two people have to say the same."`
	Reindex  caseReindex  `cmd:"" help:"Put into the search index what is missing of one's desk, fold it anew, or give it new keys; or say what it is made of."`
	Show     caseShow     `cmd:"" help:"Open the file of a case."`
	Openings caseOpenings `cmd:"" help:"Tell by which functions and on which days a case was opened."`

	Person     casePerson     `cmd:"" help:"Who she is."`
	Card       caseCard       `cmd:"" help:"Show her safe-contact card, without numbers and addresses."`
	Reach      caseReach      `cmd:"" help:"Show the number or address of one way of the card that one has read; that is recorded."`
	Spoken     caseSpoken     `cmd:"" help:"Show the safe-contact card with what she needs in order to be understood, or record that."`
	Mediate    caseMediate    `cmd:"" help:"Record how a text was put to her, and by whom it was interpreted."`
	Note       caseNote       `cmd:"" help:"Add a note, read from standard input or a file."`
	Attach     caseAttach     `cmd:"" help:"Attach a file."`
	Fetch      caseFetch      `cmd:"" help:"Fetch an attached file."`
	Screen     caseScreen     `cmd:"" help:"Keep a sheet of answers to indicators and what it suggests."`
	Screenings caseScreenings `cmd:"" help:"Open the screenings of a case."`
	Assess     caseAssess     `cmd:"" help:"Add a risk assessment to the dated series, read as JSON."`
	Decide     caseDecide     `cmd:"" help:"Record a status decision, with the body that took it and its basis, read as JSON."`
	Reflect    caseReflect    `cmd:"" help:"Record that an authority granted the recovery and reflection period."`
	Reflected  caseReflected  `cmd:"" help:"Record that the recovery and reflection period is over, and why."`
	Refuse     caseRefuse     `cmd:"" help:"Record what she did not want, and when she may be asked again."`
	Asked      caseAsked      `cmd:"" help:"Record what came of asking her again."`
	Flag       caseFlag       `cmd:"" help:"Change what is known about asylum and origin."`
	Cooperate  caseCooperate  `cmd:"" help:"Record in a file of the prosecution whether she cooperates."`

	Consent    caseConsent    `cmd:"" aliases:"consents" help:"What she consented to, and takes back."`
	Override   caseOverride   `cmd:"" help:"The path around consent: danger to life, or a duty of law."`
	Release    caseRelease    `cmd:"" help:"What passes the wall between assistance and prosecution."`
	Plan       casePlan       `cmd:"" help:"What she needs, the steps of her plan, and what came of them."`
	Service    caseService    `cmd:"" help:"Services that she is given beside the plan."`
	Child      caseChild      `cmd:"" help:"The path of who is or may be a child."`
	Links      caseLinks      `cmd:"" help:"Who belongs together with her."`
	Transfer   caseTransfer   `cmd:"" help:"Hand a case over to another desk of the node."`
	Merge      caseMerge      `cmd:"" help:"Say that two files are of one person, and undo it."`
	Close      caseClose      `cmd:"" help:"Close a case."`
	Reopen     caseReopen     `cmd:"" help:"Take the work on a closed case up again, with a reason."`
	Emergency  caseEmergency  `cmd:"" help:"Open a case under break-glass, when one is on duty at the emergency desk."`
	Page       casePage       `cmd:"" help:"The page that she has of her own: give her a code, switch it off, and say what she said."`
	Copy       caseCopy       `cmd:"" help:"Write a copy of what is kept of her into a file, for her, without what speaks of others."`
	Correction caseCorrection `cmd:"" help:"What she asked to be corrected."`
	HTCDS      caseHTCDS      `cmd:"" name:"htcds" help:"Write cases in the form of HTCDS 2.0, for another system of one's desk or for her."`
	Rekey      caseRekey      `cmd:"" help:"Give a case new keys, seal its records anew and destroy the old keys."`

	Blank caseBlank `cmd:"" help:"Print a record in which nothing is said, to be filled in. Asks no node."`
	Codes caseCodes `cmd:"" help:"List the codes that records of a case are made of. Asks no node."`
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
	console.OneCase
}

func (c *caseShow) Run(s *console.Screen) error {
	return c.Show(s, "")
}

type caseOpenings struct {
	console.OneCase
}

func (c *caseOpenings) Run(s *console.Screen) error {
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	var out struct {
		Items []struct {
			Day  string `json:"day"`
			Role string `json:"role"`
		} `json:"items"`
	}
	if err := node.Call(http.MethodGet, path+"/openings", nil, &out); err != nil {
		return err
	}
	return s.Print(out.Items, func(w io.Writer) {
		fmt.Fprintln(w, "DAY\tFUNCTION")
		for _, o := range out.Items {
			fmt.Fprintf(w, "%s\t%s\n", o.Day, o.Role)
		}
	})
}
