package askcase

import (
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// caseConsent is "opentrm case consent" with what stands below it.
type caseConsent struct {
	List     consentList     `cmd:"" default:"withargs" help:"List the consents of a case."`
	Give     consentGive     `cmd:"" help:"Record what she consented to, read as JSON."`
	Show     consentShow     `cmd:"" help:"Open a consent with the record that was taken."`
	Receipt  consentReceipt  `cmd:"" help:"The receipt of a consent, for her: ISO/IEC TS 27560."`
	Withdraw consentWithdraw `cmd:"" help:"Record that she takes a consent back; with --preview, only who would be told."`
	Reply    consentReply    `cmd:"" help:"Say what becomes of what one's desk has under a consent that was taken back."`
	Confirm  consentConfirm  `cmd:"" help:"Say after a restore that a consent still stands."`
}

// consentLine is a consent as the interface gives it.
type consentLine struct {
	ID          id.Consent   `json:"id"`
	State       string       `json:"state"`
	Purposes    []string     `json:"purposes"`
	Recipients  []id.Address `json:"recipients"`
	Categories  []string     `json:"categories"`
	ValidFrom   frame.Time   `json:"valid_from"`
	ValidTo     frame.Time   `json:"valid_to"`
	Withdrawn   frame.Time   `json:"withdrawn"`
	By          id.User      `json:"withdrawn_by"`
	Effective   frame.Time   `json:"effective"`
	Answered    frame.Time   `json:"answered"`
	Unconfirmed bool         `json:"unconfirmed"`
	Version     int64        `json:"version"`
}

type consentList struct{ console.OneCase }

func (c *consentList) Run(s *console.Screen) error { return c.Show(s, "/consents") }

type consentGive struct {
	adding
	From  string `help:"The first day, yyyy-mm-dd, in the place of what the file says; without either, now."`
	Until string `help:"The day on which it ends, yyyy-mm-dd, in the place of what the file says; without either, as the lists have it."`
}

// Run fills in what the node would otherwise miss: which form it is, and empty lists.
func (c *consentGive) Run(s *console.Screen) error {
	in := blankConsent()
	if err := console.ReadJSON(s, c.File, &in); err != nil {
		return err
	}
	for _, x := range []struct {
		day string
		at  *frame.Time
	}{{c.From, &in.ValidFrom}, {c.Until, &in.ValidTo}} {
		if x.day != "" {
			t, err := dayAt(x.day)
			if err != nil {
				return err
			}
			*x.at = t
		}
	}
	return c.Add(s, "/consents", map[string]any{"record": in}, "")
}

// blankConsent is a record in which nothing is said.
func blankConsent() consent.Record {
	return consent.Record{
		Form: consent.RecordForm, Purposes: []consent.Purpose{}, Recipients: []id.Address{}, Categories: []consent.Code{}, Withheld: []consent.Withheld{},
	}
}

// oneConsent names a consent.
type oneConsent struct {
	console.Remote
	Consent id.Consent `arg:"" help:"Its identifier, which opentrm case consent CASE lists."`
}

func (c oneConsent) path(last string) string { return "/consents" + console.Seg(c.Consent) + last }

type consentShow struct{ oneConsent }

func (c *consentShow) Run(s *console.Screen) error { return console.Show(s, c.Remote, c.path("")) }

type consentReceipt struct{ oneConsent }

func (c *consentReceipt) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, c.path("/receipt"))
}

type consentConfirm struct {
	oneConsent
	How string `arg:"" enum:"asked-again,on-paper" help:"How you know it: asked-again (she was asked again) or on-paper."`
}

func (c *consentConfirm) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, c.path("/confirmation"), map[string]any{"how": c.How}, "confirmed")
}

type consentWithdraw struct {
	oneConsent
	Reason  string `help:"Code; she need not give one."`
	Preview bool   `help:"Only show to which desks it would be told. Nothing is changed; that one has opened the consent is recorded."`
}

func (c *consentWithdraw) Run(s *console.Screen) error {
	if c.Preview {
		return c.preview(s)
	}
	in := map[string]any{}
	if c.Reason != "" {
		in["reason"] = c.Reason
	}
	return console.Do(s, c.Remote, http.MethodPost, c.path("/withdrawal"), in, "withdrawn")
}

// preview shows which desks may hold something under the consent: each that holds it is told, and answers what becomes of it.
func (c *consentWithdraw) preview(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var read struct {
		Consent consentLine `json:"consent"`
	}
	if err := node.Call(http.MethodGet, c.path(""), nil, &read); err != nil {
		return err
	}
	x := read.Consent
	return s.Print(x, func(w io.Writer) {
		fmt.Fprintf(w, "consent\t%s\nstate\t%s\n", x.ID, x.State)
		for _, to := range x.Recipients {
			fmt.Fprintf(w, "would be told\t%s\n", to)
		}
		for _, k := range x.Categories {
			fmt.Fprintf(w, "ends\t%s\n", k)
		}
	})
}

type consentReply struct {
	oneConsent
	Keep     string  `help:"Ground on which it has to be kept, code; without it, it is erased."`
	Citation string  `help:"With --keep: the provision, code."`
	Review   string  `help:"With --keep: the day on which that is looked at again, yyyy-mm-dd."`
	Desk     id.Desk `help:"With --keep: the legal-hold desk."`
}

func (c *consentReply) Run(s *console.Screen) error {
	in := map[string]any{}
	if c.Keep != "" {
		review, err := dayAt(c.Review)
		if err != nil {
			return err
		}
		in["keep"] = map[string]any{"ground": c.Keep, "citation": c.Citation, "review": review, "desk": c.Desk}
	}
	return console.Do(s, c.Remote, http.MethodPost, c.path("/reply"), in, "answered")
}

// caseOverride is "opentrm case override" with what stands below it.
type caseOverride struct {
	Propose overridePropose `cmd:"" help:"Propose to act on vital interest or a duty of law, read as JSON."`
	State   overrideState   `cmd:"" help:"Say how far it has come, without the reason."`
	Show    overrideShow    `cmd:"" help:"Open the reason."`
	Approve overrideApprove `cmd:"" help:"Approve as the second person."`
	Inform  overrideInform  `cmd:"" help:"Record that she was told."`
	Review  overrideReview  `cmd:"" help:"Say afterwards whether it was justified."`
}

// overriding is a proposal as the interface takes it.
type overriding struct {
	Basis      string         `json:"basis"`
	Recipient  id.Address     `json:"recipient"`
	Categories []consent.Code `json:"categories"`
	Citation   string         `json:"citation,omitempty"`
	Text       string         `json:"text"`
	Notice     string         `json:"notice"`
}

func blankOverride() *overriding {
	return &overriding{Categories: []consent.Code{}}
}

type overridePropose struct{ adding }

func (c *overridePropose) Run(s *console.Screen) error {
	return c.put(s, "/overrides", blankOverride())
}

// oneOverride names an override.
type oneOverride struct {
	console.Remote
	Override id.Consent `arg:""`
}

func (c oneOverride) path(last string) string { return "/overrides" + console.Seg(c.Override) + last }

type overrideState struct{ oneOverride }

func (c *overrideState) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, c.path("/state"))
}

type overrideShow struct{ oneOverride }

func (c *overrideShow) Run(s *console.Screen) error { return console.Show(s, c.Remote, c.path("")) }

type overrideApprove struct{ oneOverride }

func (c *overrideApprove) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, c.path("/approval"), nil, "approved")
}

type overrideInform struct{ oneOverride }

func (c *overrideInform) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, c.path("/notice"), nil, "recorded")
}

type overrideReview struct {
	oneOverride
	Finding string `arg:"" enum:"justified,not-justified" help:"justified or not-justified."`
}

func (c *overrideReview) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, c.path("/review"), map[string]any{"finding": c.Finding}, "reviewed")
}

// caseRelease is "opentrm case release" with what stands below it.
type caseRelease struct {
	Consent  releaseConsent  `cmd:"" help:"Release to a desk of the prosecution what she consented to, read as JSON."`
	Order    releaseOrder    `cmd:"" help:"Propose a release that was ordered, read as JSON."`
	Approve  releaseApprove  `cmd:"" help:"Approve a release by order, as the second person."`
	Show     releaseShow     `cmd:"" help:"Open what was released."`
	Withdraw releaseWithdraw `cmd:"" help:"End a release and destroy the copy."`
}

type releaseConsent struct{ adding }

func (c *releaseConsent) Run(s *console.Screen) error { return c.release(s, "/releases/consent") }

type releaseOrder struct{ adding }

func (c *releaseOrder) Run(s *console.Screen) error { return c.release(s, "/releases/order") }

// release sends what the node judges.
func (c adding) release(s *console.Screen, last string) error {
	in, err := console.ReadObject(s, c.File)
	if err != nil {
		return err
	}
	return c.Add(s, last, in, "")
}

// oneRelease names a release.
type oneRelease struct {
	console.Remote
	Release id.Record `arg:""`
}

func (c oneRelease) path(last string) string { return "/releases" + console.Seg(c.Release) + last }

type releaseApprove struct{ oneRelease }

func (c *releaseApprove) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, c.path("/approval"), nil, "approved")
}

type releaseShow struct{ oneRelease }

func (c *releaseShow) Run(s *console.Screen) error { return console.Show(s, c.Remote, c.path("")) }

type releaseWithdraw struct{ oneRelease }

func (c *releaseWithdraw) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, c.path("/withdrawal"), nil, "withdrawn")
}
