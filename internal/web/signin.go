package web

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/signin"
)

// signInScreen is what the sign-in page shows.
type signInModel struct {
	login, back  string
	locked, lost bool
	errors       []Error
}

func (v *Visit) showSignIn(status int, m signInModel) error {
	title := Key("signin.title")
	if m.locked {
		title = Key("signin.locked")
	}
	return v.show(page{status: status, title: title, errors: m.errors, body: signInScreen(v.p, m)})
}

func (v *Visit) signInForm() error {
	return v.showSignIn(0, signInModel{back: path(v.r.URL.Query().Get("back"))})
}

// lock is what is left of a page after a quarter of an hour. It does not ask whether the session goes on, so that it
// cannot keep it alive, and shows nothing of what was there.
func (v *Visit) lock() error {
	q := v.r.URL.Query()
	return v.showSignIn(0, signInModel{back: path(q.Get("back")), locked: true, lost: q.Get("lost") != ""})
}

func (v *Visit) signIn() error {
	m := signInModel{login: v.field("login"), back: path(v.field("back"))}
	if len(m.login) > 200 || len(v.r.PostFormValue("passphrase")) > 1000 {
		return fault.New(fault.TooLarge, "web.form")
	}
	var in signin.SignedIn
	err := v.stretched(func() (err error) {
		in, err = v.web.Signin.SignIn(v.r.Context(), m.login, v.r.PostFormValue("passphrase"), network(v.r.RemoteAddr))
		return err
	})
	if err != nil {
		kind, _, args := fault.Public(err)
		switch {
		case kind == fault.Unavailable && args["seconds"] != "":
			if _, err := strconv.Atoi(args["seconds"]); err == nil {
				v.w.Header().Set("Retry-After", args["seconds"])
			}
		case kind != fault.Denied && kind != fault.Conflict:
			return err
		}
		m.errors = []Error{{Field: "login", Text: Plain(v.p.Fault(err))}}
		return v.showSignIn(statusOf(kind), m)
	}
	v.cookie(sessionCookie, in.Secret, int(signin.TotalLimit.Seconds()))
	if len(in.Places) > 1 {
		return v.to("/place?back="+url.QueryEscape(m.back), "")
	}
	return v.to(m.back, "")
}

// cookie sets a cookie that no script reads and no other site sends; age 0 or less deletes it.
func (v *Visit) cookie(name, value string, age int) {
	if age <= 0 {
		age = -1
	}
	http.SetCookie(v.w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: age, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

func (v *Visit) signOut() error {
	if err := v.web.Signin.SignOut(v.r.Context(), v.by.Actor); err != nil {
		return err
	}
	v.cookie(sessionCookie, "", 0)
	return v.to("/signin", "")
}

// leave ends the session and leads away. It is asked for by a link, so that the page takes the place of the one that
// is left in the history; another site cannot ask, because it has no cookie to send. Nothing may stand in the way of
// whoever leaves: what fails is logged, and the way leads on.
func (v *Visit) leave() error {
	if err := v.resume(); err == nil {
		if err := v.web.Signin.SignOut(v.r.Context(), v.by.Actor); err != nil {
			v.web.Log.ErrorContext(v.r.Context(), "web.leave", "request", v.request, "cause", err.Error())
		}
	}
	v.cookie(sessionCookie, "", 0)
	if v.web.Elsewhere != "" {
		return v.to(v.web.Elsewhere, "")
	}
	return v.to("/away", "")
}

// away is a page that says nothing about where it comes from.
func (v *Visit) away() error {
	v.status = http.StatusOK
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return awayScreen(v.p).Render(v.r.Context(), v.w)
}

// speak changes the language of this device.
func (v *Visit) speak() error {
	tag := v.field("lang")
	if string(v.web.Texts.Match(tag, "")) != tag {
		return fault.New(fault.Invalid, "web.language")
	}
	v.cookie(languageCookie, tag, 365*24*3600)
	return v.to(path(v.field("back")), "")
}

// placeName is a role and the desk at which it is held.
func (v *Visit) placeName(at signin.Place) Msg {
	role := roleName(at.Role).In(v.p)
	if at.Desk == "" {
		return Plain(role)
	}
	return Key("signin.place-at", "role", role, "desk", string(v.web.Member)+"/"+string(at.Desk))
}

func (v *Visit) placeForm() error {
	all, err := v.web.Signin.Places(v.r.Context(), v.by.Actor)
	if err != nil {
		return err
	}
	m := placeModel{back: path(v.r.URL.Query().Get("back"))}
	m.radios = Radios{Field: Field{ID: "place", Label: Key("signin.choose-place"), Hint: Key("signin.choose-place.hint"), Heading: true}}
	for i, at := range all {
		m.radios.Choices = append(m.radios.Choices, Choice{Value: strconv.Itoa(i), Text: v.placeName(at)})
		if at.Role == v.by.Role && at.Desk == v.by.Desk {
			m.radios.Value = strconv.Itoa(i)
		}
	}
	return v.show(page{title: Key("signin.choose-place"), body: placeScreen(v.p, m)})
}

type placeModel struct {
	back   string
	radios Radios
}

func (v *Visit) place() error {
	all, err := v.web.Signin.Places(v.r.Context(), v.by.Actor)
	if err != nil {
		return err
	}
	i, err := strconv.Atoi(v.field("place"))
	if err != nil || i < 0 || i >= len(all) {
		return fault.New(fault.Invalid, "signin.place")
	}
	if err := v.web.Signin.Act(v.r.Context(), v.by.Actor, all[i]); err != nil {
		return err
	}
	return v.to(path(v.field("back")), "")
}

// meModel is what a person sees of her own account.
type meModel struct {
	rows     []Row
	sessions sessionsModel
}

// sessionsModel is a list of sign-ins; Path is what the forms that end one are sent to, before its number.
type sessionsModel struct {
	path string
	all  []sessionModel
}

type sessionModel struct {
	id   id.Session
	rows []Row
	this bool
}

func (v *Visit) me() error {
	found, err := v.web.Signin.Sessions(v.r.Context(), v.by.Actor, v.by.User)
	if err != nil {
		return err
	}
	set, browsers, err := v.web.Notices.Mine(v.r.Context(), v.by.Actor)
	if err != nil {
		return err
	}
	told := v.told(set, browsers)
	m := meModel{sessions: v.sessions("/me/sessions/", found), rows: []Row{
		{Key: Key("signin.name"), Value: Plain(v.user.Name)},
		{Key: Key("signin.login"), Value: Plain(v.user.Login)},
		{Key: Key("signin.acting"), Value: v.placeName(signin.Place{Role: v.by.Role, Desk: v.by.Desk}), Action: &Link{Path: "/place", Text: Key("web.change")}},
		{Key: Key("signin.zone"), Value: Plain(v.user.Zone)},
		{Key: Key("notify.mine"), Value: told[0], Lines: told[1:], Action: &Link{Path: noticesPath, Text: Key("web.change")}},
		{Key: Key("signin.fingerprint"), Value: Plain(grouped(v.user.Account().Fingerprint))},
	}}
	return v.show(page{title: Key("signin.me"), body: meScreen(v.p, m)})
}

func (v *Visit) sessions(path string, found []signin.Session) sessionsModel {
	m := sessionsModel{path: path}
	for _, s := range found {
		m.all = append(m.all, sessionModel{id: s.ID, this: s.ID == v.by.Session, rows: []Row{
			{Key: Key("signin.session.since"), Value: v.when(s.Created)},
			{Key: Key("signin.session.seen"), Value: v.age(s.Seen)},
			{Key: Key("signin.session.from"), Value: Plain(s.Address)},
			{Key: Key("signin.acting"), Value: v.placeName(signin.Place{Role: s.Role, Desk: s.Desk})},
		}})
	}
	return m
}

func (v *Visit) revokeMine() error {
	if err := v.web.Signin.Revoke(v.r.Context(), v.by.Actor, v.by.User, id.Session(v.r.PathValue("session"))); err != nil {
		return err
	}
	return v.to("/me", "session")
}

// enrolModel is what the page behind an invitation shows.
type enrolModel struct {
	link        string
	login       string // after it was used
	fingerprint string
	errors      []Error
}

func (v *Visit) enrolForm() error {
	return v.showEnrol(0, enrolModel{link: v.r.PathValue("link")})
}

func (v *Visit) showEnrol(status int, m enrolModel) error {
	title := Key("signin.enrol")
	if m.fingerprint != "" {
		title = Key("signin.enrolled")
	}
	return v.show(page{status: status, title: title, errors: m.errors, body: enrolScreen(v.p, m)})
}

func (v *Visit) enrol() error {
	m := enrolModel{link: v.r.PathValue("link")}
	first := v.r.PostFormValue("passphrase")
	if first != v.r.PostFormValue("again") {
		m.errors = []Error{{Field: "again", Text: Key("signin.again.differs")}}
		return v.showEnrol(http.StatusUnprocessableEntity, m)
	}
	err := v.stretched(func() error {
		user, print, err := v.web.Signin.Enrol(v.r.Context(), m.link, first)
		m.login, m.fingerprint = user.Login, grouped(print)
		return err
	})
	if err != nil {
		if m.errors, err = v.correct(err, map[string]string{"": "passphrase"}); err != nil {
			return err
		}
		m.fingerprint = ""
		return v.showEnrol(http.StatusUnprocessableEntity, m)
	}
	return v.showEnrol(0, m)
}

// grouped writes a fingerprint in groups of four, to be read aloud.
func grouped(k id.Key) string {
	var b []byte
	for i := range len(k) {
		if i > 0 && i%4 == 0 {
			b = append(b, ' ')
		}
		b = append(b, k[i])
	}
	return string(b)
}
