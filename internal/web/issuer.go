package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/signin"
)

const (
	// issuerCookie holds the question to an issuer while the browser is there. It comes back from another site, so that it is the one
	// cookie that is sent then; what it holds is sealed.
	issuerCookie = "__Host-trm-issuer"
	// knownCookie holds what an issuer has said, until she has opened her keys or has said that it is to be linked.
	knownCookie = "__Host-trm-known"
	// fromCookie names the issuer with which this browser has signed in, so that whoever signs out here is told of it.
	fromCookie = "__Host-trm-from"
)

// issuerLinks are the issuers that a page offers.
func (v *visit) issuerLinks(path string) []page.Link {
	var all []page.Link
	for _, i := range v.Signin.AllIssuers() {
		all = append(all, page.Link{Path: path + i.Name, Text: page.Key("signin.issuer.use", "issuer", i.Title)})
	}
	return all
}

// toIssuer sends the browser to an issuer, in order to sign in.
func (v *visit) toIssuer() error {
	to, err := v.Signin.AskIssuer(v.R.Context(), v.R.PathValue("issuer"), page.Within(v.R.URL.Query().Get("back")), v.Network())
	return v.leaveFor(to, err, "/signin")
}

// toLink sends the browser to an issuer, in order to link what it says.
func (v *visit) toLink() error {
	to, err := v.Signin.AskLink(v.R.Context(), v.By.Actor, v.R.PathValue("issuer"), v.Network())
	return v.leaveFor(to, err, unlockPath)
}

func (v *visit) leaveFor(to signin.Leaving, err error, back string) error {
	if err != nil {
		v.down(err)
		return v.showIssuer(err, back)
	}
	v.Lax(issuerCookie, to.Keep, int((2 * signin.StepLimit).Seconds()))
	return v.To(to.Address, "")
}

// showIssuer says what was wrong with what an issuer said, and what to do. Of what it said it shows nothing.
func (v *visit) showIssuer(wrong error, back string) error {
	kind, errors, err := v.refusedSignIn(wrong, "passphrase")
	if fault.Is(wrong, fault.Unavailable) {
		kind, errors, err = fault.Unavailable, []page.Error{{Text: page.Plain(v.P.Fault(wrong))}}, nil
	}
	if err != nil {
		return err
	}
	errors[0].Field = ""
	return v.Show(page.Page{Status: page.StatusOf(kind), Title: page.Key("signin.issuer.not"), Errors: errors, Body: issuerScreen(v.P, issuerModel{back: back})})
}

// down notes that an issuer did not answer.
func (v *visit) down(err error) {
	if fault.Is(err, fault.Unavailable) {
		v.Failed("web.issuer", err)
	}
}

// refusedIssuer says what was wrong with what an issuer said, on a page whose address has nothing of it.
func (v *visit) refusedIssuer() error {
	kind, ok := map[string]fault.Kind{
		"refused": fault.Denied, "unknown": fault.Denied, "late": fault.Conflict, "down": fault.Unavailable,
	}[v.R.PathValue("why")]
	if !ok {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	return v.showIssuer(fault.New(kind, "signin.issuer."+v.R.PathValue("why")), "/signin")
}

// fromIssuer takes the browser back from an issuer. It comes from another site, and brings no other cookie of this one: it is led on
// to a page that has nothing of what the issuer sent in its address.
func (v *visit) fromIssuer() error {
	keep := ""
	if c, err := v.R.Cookie(issuerCookie); err == nil {
		keep = c.Value
	}
	v.Lax(issuerCookie, "", 0)
	q := v.R.URL.Query()
	name := v.R.PathValue("issuer")
	back, err := v.Signin.Return(v.R.Context(), name, keep, signin.Brought{
		State: q.Get("state"), Code: q.Get("code"), Issuer: q.Get("iss"), Error: q.Get("error"),
	}, v.Network())
	if err != nil {
		v.down(err)
		_, key, _ := fault.Public(err)
		if why, ok := strings.CutPrefix(key, "signin.issuer."); ok {
			return v.To("/signin/not/"+why, "")
		}
		v.R = v.R.WithContext(v.R.Context()) // a page that says what was wrong leads back to where she began, not to this address
		v.R.URL = &url.URL{Path: "/signin"}
		return v.showIssuer(err, "/signin")
	}
	v.Cookie(knownCookie, back.Keep, int(signin.StepLimit.Seconds()))
	v.Cookie(fromCookie, name, int(signin.TotalLimit.Seconds()))
	if back.Linking {
		return v.To("/signin/linking?with="+url.QueryEscape(name), "")
	}
	return v.To("/signin/known?with="+url.QueryEscape(name)+"&back="+url.QueryEscape(page.Within(back.Back)), "")
}

// gone leads from a session that is over to the way in, which says with whom the browser may still be signed in.
func (v *visit) gone() error {
	c, err := v.R.Cookie(fromCookie)
	if err != nil {
		return v.To("/signin", "")
	}
	v.Cookie(fromCookie, "", 0)
	return v.To("/signin?out="+url.QueryEscape(c.Value), "")
}

// leaveIssuer sends the browser to an issuer, to sign out there as well.
func (v *visit) leaveIssuer() error {
	to, err := v.Signin.LeaveIssuer(v.R.Context(), v.R.PathValue("issuer"))
	if err != nil {
		v.down(err)
		return v.showIssuer(err, "/signin")
	}
	return v.To(to, "")
}

// issuerModel is a page on the way from an issuer.
type issuerModel struct {
	title   string // of the issuer
	back    string // page that was asked for
	linking bool
	keys    bool // browsers keep passkeys for this address
	errors  []page.Error
}

func (v *visit) proof() string {
	c, err := v.R.Cookie(knownCookie)
	if err != nil {
		return ""
	}
	return c.Value
}

func (v *visit) knownForm() error {
	return v.showKnown(0, issuerModel{back: page.Within(v.R.URL.Query().Get("back"))})
}

func (v *visit) linkingForm() error { return v.showKnown(0, issuerModel{linking: true}) }

// showKnown asks for the passphrase of whoever an issuer knows. It does not say whom.
func (v *visit) showKnown(status int, m issuerModel) error {
	with := v.R.FormValue("with")
	i, err := v.Signin.IssuerNamed(with)
	if err != nil {
		return err
	}
	m.title, m.keys = i.Title, v.Signin.TakesPasskeys()
	title := page.Key("signin.known")
	if m.linking {
		title = page.Key("signin.issuer.link", "issuer", i.Title)
	}
	return v.Show(page.Page{Status: status, Title: title, Errors: m.errors, Body: knownScreen(v.P, m, with)})
}

// known opens the keys of whoever an issuer knows.
func (v *visit) known() error {
	m := issuerModel{back: page.Within(v.Field("back"))}
	if len(v.R.PostFormValue("passphrase")) > 1000 {
		return fault.New(fault.TooLarge, "web.form")
	}
	known := v.proof()
	if known == "" {
		return v.showIssuer(fault.New(fault.Conflict, "signin.issuer.late"), "/signin")
	}
	var in signin.SignedIn
	err := v.Stretched(func() (err error) {
		in, err = v.Signin.Come(v.R.Context(), signin.Entry{Known: known, Passphrase: v.R.PostFormValue("passphrase"), Bound: v.named(), Address: v.Network()})
		return err
	})
	if in.Ticket != "" {
		v.Cookie(browserCookie, v.named(), 3600)
		return v.showCode(0, codeModel{ticket: in.Ticket, back: m.back})
	}
	if err != nil {
		kind, errors, err := v.refusedSignIn(err, "passphrase")
		if err != nil {
			return err
		}
		if kind == fault.Conflict {
			return v.showIssuer(fault.New(fault.Conflict, "signin.issuer.late"), "/signin")
		}
		m.errors = errors
		return v.showKnown(page.StatusOf(kind), m)
	}
	return v.enter(in, m.back)
}

// link links what an issuer has said to the account of the reader.
func (v *visit) link() error {
	err := v.Stretched(func() error {
		return v.Signin.LinkIdentity(v.R.Context(), v.By.Actor, v.proof(), v.R.PostFormValue("passphrase"), v.Network())
	})
	if err != nil {
		kind, errors, err := v.refusedSignIn(err, "passphrase")
		if err != nil {
			return err
		}
		if kind == fault.Conflict {
			errors[0].Field = ""
			return v.showUnlock(page.StatusOf(kind), errors)
		}
		return v.showKnown(page.StatusOf(kind), issuerModel{linking: true, errors: errors})
	}
	v.Cookie(knownCookie, "", 0)
	return v.To(unlockPath, "identity")
}

func (v *visit) unlink() error {
	if err := v.Signin.UnlinkIdentity(v.R.Context(), v.By.Actor, v.R.PathValue("identity")); err != nil {
		return err
	}
	return v.To(unlockPath, "identity-over")
}

// identityLines are the identities of the reader, as she sees them.
func (v *visit) identityLines() ([]passkeyLine, error) {
	if len(v.Signin.AllIssuers()) == 0 {
		return nil, nil
	}
	all, err := v.Signin.Identities(v.R.Context(), v.By.Actor, v.By.User)
	if err != nil {
		return nil, err
	}
	var lines []passkeyLine
	for _, i := range all {
		rows := []page.Row{{Key: page.Key("signin.issuer.since"), Value: v.When(i.Made)}}
		if i.By != v.By.User {
			rows = append(rows, page.Row{Key: page.Key("signin.issuer.by"), Value: page.Key("signin.issuer.by-office")})
		}
		if i.Used != 0 {
			rows = append(rows, page.Row{Key: page.Key("signin.passkey.used"), Value: v.When(i.Used)})
		}
		lines = append(lines, passkeyLine{path: unlockPath + "/identities/" + i.ID, name: v.Signin.IssuerTitle(i.Issuer), rows: rows})
	}
	return lines, nil
}

// linkable are the issuers of which the reader has linked no identity.
func (v *visit) linkable(have []passkeyLine) []page.Link {
	var all []page.Link
	for _, i := range v.Signin.AllIssuers() {
		if !slices.ContainsFunc(have, func(l passkeyLine) bool { return l.name == i.Title }) {
			all = append(all, page.Link{Path: unlockPath + "/with/" + i.Name, Text: page.Key("signin.issuer.link", "issuer", i.Title)})
		}
	}
	return all
}
