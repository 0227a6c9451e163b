package web

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/passkey"
	"github.com/opentrm/opentrm/internal/signin"
)

const (
	unlockPath  = "/me/unlock"
	passkeyPath = "/signin/passkey"
	// browserCookie names the browser to which a step of a sign-in is bound.
	browserCookie = "__Host-trm-step"
)

// askModel is what the script of a page asks the browser for.
type askModel struct {
	ask   signin.Ask
	made  bool // a passkey is to be made; otherwise one is to sign
	login string
}

func (m askModel) text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (m askModel) known() string {
	all := make([]string, len(m.ask.Known))
	for i, b := range m.ask.Known {
		all[i] = m.text(b)
	}
	return strings.Join(all, " ")
}

func (m askModel) algorithms() string {
	var all []string
	for _, a := range passkey.Algorithms() {
		all = append(all, strconv.Itoa(a))
	}
	return strings.Join(all, " ")
}

// named is the name of the browser that asks; it is new if it has none yet, and then the same for this visit.
func (v *visit) named() string {
	if c, err := v.R.Cookie(browserCookie); err == nil && len(c.Value) >= 20 && len(c.Value) <= 64 {
		return c.Value
	}
	name := string(id.Random[id.Notice](v.Site.IDs))
	v.R.AddCookie(&http.Cookie{Name: browserCookie, Value: name}) // the next look finds it
	return name
}

// passkeyAt is where somebody signs in with a passkey on her way to a page.
func passkeyAt(back string) string { return passkeyPath + "?back=" + url.QueryEscape(back) }

// passkeyModel is what the page of a sign-in with a passkey shows.
type passkeyModel struct {
	askModel

	back string
}

func (v *visit) passkeyForm() error {
	return v.showPasskey(0, page.Within(v.R.URL.Query().Get("back")), nil)
}

func (v *visit) showPasskey(status int, back string, errors []page.Error) error {
	ask, err := v.Signin.AskPasskey(v.named())
	if err != nil {
		return err
	}
	v.Cookie(browserCookie, v.named(), 3600)
	return v.Show(page.Page{
		Status: status, Title: page.Key("signin.passkey.use"), Errors: errors, Script: "passkey.js",
		Body: passkeyScreen(v.P, passkeyModel{askModel{ask: ask}, back}),
	})
}

func (v *visit) passkey() error {
	back := page.Within(v.Field("back"))
	c, err := v.R.Cookie(browserCookie)
	if err != nil {
		c = &http.Cookie{}
	}
	f := fields{v: v}
	a := signin.Answer{
		Signed: passkey.Signed{ID: f.bytes("id"), Data: f.bytes("data"), Client: f.bytes("client"), Signature: f.bytes("signature")},
		Handle: string(f.bytes("handle")), Output: f.bytes("output"), Known: v.proof(),
	}
	defer clear(a.Output)
	if f.err != nil {
		return f.err
	}
	in, err := v.Signin.SignInPasskey(v.R.Context(), a, c.Value, v.Network())
	if err != nil {
		kind, errors, err := v.refusedSignIn(err, "")
		if err != nil {
			return err
		}
		return v.showPasskey(page.StatusOf(kind), back, errors)
	}
	return v.enter(in, back)
}

// fields reads what a script wrote into a form.
type fields struct {
	v   *visit
	err error
}

func (f *fields) bytes(name string) []byte {
	b, err := base64.RawURLEncoding.Strict().DecodeString(f.v.R.PostFormValue(name))
	if err != nil || len(b) > 8<<10 {
		f.err = fault.New(fault.Denied, "signin.passkey.wrong")
	}
	return b
}

// unlockModel is how a person signs in, as she sees and changes it.
type unlockModel struct {
	passkeys []passkeyLine
	able     bool // this node is reached at an address for which browsers keep passkeys
	second   bool // a code is asked for
	owes     bool // the role demands more than a passphrase
	unlinked bool // the role demands that an issuer knows her
	errors   []page.Error

	identities []passkeyLine
	issuers    []page.Link // at which she can link an identity
}

type passkeyLine struct {
	path string
	name string
	rows []page.Row
}

func (v *visit) unlock() error { return v.showUnlock(0, nil) }

func (v *visit) showUnlock(status int, errors []page.Error) error {
	all, err := v.Signin.Passkeys(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	m := unlockModel{errors: errors, able: v.Signin.TakesPasskeys(), owes: v.User.Owes, unlinked: v.User.Unlinked}
	if m.identities, err = v.identityLines(); err != nil {
		return err
	}
	m.issuers = v.linkable(m.identities)
	if m.second, err = v.Signin.HasSecond(v.R.Context(), v.By.Actor); err != nil {
		return err
	}
	for _, p := range all {
		m.passkeys = append(m.passkeys, passkeyLine{path: unlockPath + "/passkeys/" + p.ID, name: p.Name, rows: []page.Row{
			{Key: page.Key("signin.passkey.made"), Value: v.When(p.Made)},
			{Key: page.Key("signin.passkey.used"), Value: v.When(p.Used)},
		}})
	}
	return v.Show(page.Page{Status: status, Title: page.Key("signin.unlock"), Back: "/me", Errors: errors, Body: unlockScreen(v.P, m)})
}

// makingModel is the page on which the browser makes a passkey.
type makingModel struct {
	askModel

	ticket string
}

// prove takes the passphrase again and goes on to where a passkey is made.
func (v *visit) prove() error {
	var ticket string
	err := v.Stretched(func() (err error) {
		ticket, err = v.Signin.Prove(v.R.Context(), v.By.Actor, v.R.PostFormValue("passphrase"), v.Network())
		return err
	})
	if err != nil {
		kind, errors, err := v.refusedSignIn(err, "passphrase")
		if err != nil {
			return err
		}
		return v.showUnlock(page.StatusOf(kind), errors)
	}
	ask, err := v.Signin.AskMaking(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	return v.Show(page.Page{
		Title: page.Key("signin.passkey.add"), Back: unlockPath, Script: "passkey.js",
		Body: makingScreen(v.P, makingModel{askModel{ask: ask, made: true, login: v.User.Login}, ticket}),
	})
}

func (v *visit) addPasskey() error {
	f := fields{v: v}
	algorithm, err := strconv.Atoi(v.Field("algorithm"))
	if err != nil {
		return fault.New(fault.Denied, "signin.passkey.wrong")
	}
	in := signin.Making{
		Ticket: v.R.PostFormValue("ticket"), Name: v.Field("name"), Output: f.bytes("output"),
		Made:   passkey.Made{ID: f.bytes("id"), Key: f.bytes("key"), Algorithm: algorithm, Data: f.bytes("made"), Client: f.bytes("made-client")},
		Signed: passkey.Signed{ID: f.bytes("id"), Data: f.bytes("data"), Client: f.bytes("client"), Signature: f.bytes("signature")},
	}
	defer clear(in.Output)
	if f.err != nil {
		return f.err
	}
	if err := v.Signin.AddPasskey(v.R.Context(), v.By.Actor, in); err != nil {
		return err
	}
	return v.To(unlockPath, "passkey")
}

func (v *visit) removePasskey() error {
	if err := v.Signin.RemovePasskey(v.R.Context(), v.By.Actor, v.R.PathValue("passkey")); err != nil {
		return err
	}
	return v.To(unlockPath, "passkey-over")
}
