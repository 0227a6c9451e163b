package web

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/signin"
)

// signInScreen is what the sign-in page shows.
type signInModel struct {
	login, back string
	passkeys    bool // browsers keep passkeys for this address
	issuers     []page.Link
	out         signin.Issuer // with which the browser may still be signed in
	locked      bool
	late        page.Msg // what became of a form that came when the session was over
	errors      []page.Error
}

func (v *visit) showSignIn(status int, m signInModel) error {
	m.passkeys = v.Signin.TakesPasskeys()
	for _, l := range v.issuerLinks("/signin/with/") {
		l.Path += "?back=" + url.QueryEscape(m.back)
		m.issuers = append(m.issuers, l)
	}
	title := page.Key("signin.title")
	if m.locked {
		title = page.Key("signin.locked")
	}
	return v.Show(page.Page{Status: status, Title: title, Errors: m.errors, Body: signInScreen(v.P, m)})
}

func (v *visit) signInForm() error {
	if sent, err := v.discarding(); sent || err != nil {
		return err
	}
	q := v.R.URL.Query()
	m := signInModel{back: page.Within(q.Get("back"))}
	m.out, _ = v.Signin.IssuerNamed(q.Get("out")) // of any other name nothing is said
	return v.showSignIn(0, m)
}

// lock is what is left of a page after a quarter of an hour. It does not ask whether the session goes on, so that it
// cannot keep it alive, and shows nothing of what was there.
func (v *visit) lock() error {
	q := v.R.URL.Query()
	m := signInModel{back: page.Within(q.Get("back")), locked: true}
	for _, said := range []string{"lost", "large", "kept"} {
		if q.Get(said) != "" {
			m.late = page.Key("signin.locked." + said)
		}
	}
	return v.showSignIn(0, m)
}

func (v *visit) signIn() error {
	m := signInModel{login: v.Field("login"), back: page.Within(v.Field("back"))}
	if len(m.login) > 200 || len(v.R.PostFormValue("passphrase")) > 1000 {
		return fault.New(fault.TooLarge, "web.form")
	}
	var in signin.SignedIn
	err := v.Stretched(func() (err error) {
		in, err = v.Signin.Come(v.R.Context(), signin.Entry{Login: m.login, Passphrase: v.R.PostFormValue("passphrase"), Bound: v.named(), Address: v.Network()})
		return err
	})
	if in.Ticket != "" {
		v.Cookie(browserCookie, v.named(), 3600)
		return v.showCode(0, codeModel{ticket: in.Ticket, back: m.back})
	}
	if err != nil {
		kind, errors, err := v.refusedSignIn(err, "login")
		if err != nil {
			return err
		}
		m.errors = errors
		return v.showSignIn(page.StatusOf(kind), m)
	}
	return v.enter(in, m.back)
}

// refusedSignIn says why a sign-in was refused, at a field of the page. Anything else that went wrong it gives back.
func (v *visit) refusedSignIn(err error, field string) (fault.Kind, []page.Error, error) {
	kind, _, args := fault.Public(err)
	switch {
	case kind == fault.Unavailable && args["seconds"] != "":
		if _, err := strconv.Atoi(args["seconds"]); err == nil {
			v.Header().Set("Retry-After", args["seconds"])
		}
	case kind != fault.Denied && kind != fault.Conflict:
		return kind, nil, err
	}
	return kind, []page.Error{{Field: field, Text: page.Plain(v.P.Fault(err))}}, nil
}

// as signs somebody of the invented staff of a demonstration in without typing. On any other node there is no such page.
func (v *visit) as() error {
	if v.phrase == "" {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	var in signin.SignedIn
	err := v.Stretched(func() (err error) {
		in, err = v.Signin.SignIn(v.R.Context(), v.R.PathValue("login"), v.phrase, v.Network())
		return err
	})
	if err != nil {
		return err
	}
	return v.enter(in, "/")
}

// enter begins a session in this browser and leads to the page that was asked for, by way of her places if she has several.
func (v *visit) enter(in signin.SignedIn, back string) error {
	v.Cookie(page.SessionCookie, in.Secret, int(signin.TotalLimit.Seconds()))
	if v.proof() != "" {
		v.Cookie(knownCookie, "", 0)
	}
	v.Cookie(page.WhoseCookie, in.Whose, int((signin.TotalLimit + signin.KeptLimit).Seconds()))
	waits, err := v.Signin.Waits(v.R.Context(), in.User.ID, v.Kept())
	if err != nil {
		return err
	}
	if waits {
		back = keptPath
	}
	if len(in.Places) > 1 {
		return v.To("/place?back="+url.QueryEscape(back), "")
	}
	return v.To(back, "")
}

func (v *visit) signOut() error {
	if err := v.Signin.SignOut(v.R.Context(), v.By.Actor); err != nil {
		return err
	}
	v.Cookie(page.SessionCookie, "", 0)
	v.Cookie(page.WhoseCookie, "", 0)
	return v.gone()
}

// leave ends the session and leads away. It is asked for by a link, so that the page takes the place of the one that
// is left in the history; another site cannot ask, because it has no cookie to send. Nothing may stand in the way of
// whoever leaves: what fails is logged, and the way leads on.
func (v *visit) leave() error {
	if err := v.Resume(); err == nil {
		if err := v.Signin.SignOut(v.R.Context(), v.By.Actor); err != nil {
			v.Failed("web.leave", err)
		}
	}
	v.Cookie(page.SessionCookie, "", 0)
	v.Cookie(page.WhoseCookie, "", 0)
	v.Cookie(page.KeptCookie, "", 0)
	v.Cookie(fromCookie, "", 0)
	if v.Site.Elsewhere != "" {
		return v.To(v.Site.Elsewhere, "")
	}
	return v.To(awayPath, "")
}

// speak changes the language of this device.
func (v *visit) speak() error {
	tag := v.Field("lang")
	if string(v.Site.Texts.Match(tag, "")) != tag {
		return fault.New(fault.Invalid, "web.language")
	}
	v.Lax(page.LanguageCookie, tag, 365*24*3600) // whoever comes back from another office reads on in her language
	return v.To(page.Within(v.Field("back")), "")
}

func (v *visit) placeForm() error {
	all, err := v.Signin.Places(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	m := placeModel{back: page.Within(v.R.URL.Query().Get("back"))}
	m.radios = page.Radios{Field: page.Field{ID: "place", Label: page.Key("signin.choose-place"), Hint: page.Key("signin.choose-place.hint"), Heading: true}}
	for i, at := range all {
		m.radios.Choices = append(m.radios.Choices, page.Choice{Value: strconv.Itoa(i), Text: v.PlaceName(at)})
		if at.Role == v.By.Role && at.Desk == v.By.Desk {
			m.radios.Value = strconv.Itoa(i)
		}
	}
	return v.Show(page.Page{Title: page.Key("signin.choose-place"), Body: placeScreen(v.P, m)})
}

type placeModel struct {
	back   string
	radios page.Radios
}

func (v *visit) place() error {
	all, err := v.Signin.Places(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	i, err := strconv.Atoi(v.Field("place"))
	if err != nil || i < 0 || i >= len(all) {
		return fault.New(fault.Invalid, "signin.place")
	}
	if err := v.Signin.Act(v.R.Context(), v.By.Actor, all[i]); err != nil {
		return err
	}
	return v.To(page.Within(v.Field("back")), "")
}

// meModel is what a person sees of her own account.
type meModel struct {
	rows     []page.Row
	sessions page.Sessions
}

func (v *visit) me() error {
	found, err := v.Signin.Sessions(v.R.Context(), v.By.Actor, v.By.User)
	if err != nil {
		return err
	}
	set, browsers, err := v.Notices.Mine(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	told := v.told(set, browsers)
	prepared, err := v.preparedRow()
	if err != nil {
		return err
	}
	m := meModel{sessions: v.SessionsOf("/me/sessions/", found), rows: []page.Row{
		{Key: page.Key("signin.name"), Value: page.Plain(v.User.Name)},
		{Key: page.Key("signin.login"), Value: page.Plain(v.User.Login)},
		{Key: page.Key("signin.acting"), Value: v.PlaceName(signin.Place{Role: v.By.Role, Desk: v.By.Desk}), Action: &page.Link{Path: "/place", Text: page.Key("web.change")}},
		{Key: page.Key("signin.zone"), Value: page.Plain(v.Zone.String())},
		{Key: page.Key("notify.mine"), Value: told[0], Lines: told[1:], Action: &page.Link{Path: noticesPath, Text: page.Key("web.change")}},
		{Key: page.Key("signin.unlock"), Value: page.Key("signin.unlock.text"), Action: &page.Link{Path: unlockPath, Text: page.Key("web.change")}},
		prepared,
		{Key: page.Key("signin.fingerprint"), Value: page.Plain(page.Grouped(v.User.Account().Fingerprint))},
	}}
	return v.Show(page.Page{Title: page.Key("signin.me"), Body: meScreen(v.P, m)})
}

func (v *visit) revokeMine() error {
	if err := v.Signin.Revoke(v.R.Context(), v.By.Actor, v.By.User, id.Session(v.R.PathValue("session"))); err != nil {
		return err
	}
	return v.To("/me", "session")
}

// enrolModel is what the page behind an invitation shows.
type enrolModel struct {
	link        string
	login       string // after it was used
	fingerprint string
	errors      []page.Error
}

func (v *visit) enrolForm() error {
	return v.showEnrol(0, enrolModel{link: v.R.PathValue("link")})
}

func (v *visit) showEnrol(status int, m enrolModel) error {
	title := page.Key("signin.enrol")
	if m.fingerprint != "" {
		title = page.Key("signin.enrolled")
	}
	return v.Show(page.Page{Status: status, Title: title, Errors: m.errors, Body: enrolScreen(v.P, m)})
}

func (v *visit) enrol() error {
	m := enrolModel{link: v.R.PathValue("link")}
	first := v.R.PostFormValue("passphrase")
	if first != v.R.PostFormValue("again") {
		m.errors = []page.Error{{Field: "again", Text: page.Key("signin.again.differs")}}
		return v.showEnrol(http.StatusUnprocessableEntity, m)
	}
	err := v.Stretched(func() error {
		user, print, err := v.Signin.Enrol(v.R.Context(), m.link, first)
		m.login, m.fingerprint = user.Login, page.Grouped(print)
		return err
	})
	if err != nil {
		if m.errors, err = v.Correct(err, map[string]string{"": "passphrase"}); err != nil {
			return err
		}
		m.fingerprint = ""
		return v.showEnrol(http.StatusUnprocessableEntity, m)
	}
	return v.showEnrol(0, m)
}
