package page

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/signin"
)

// Visit is one request with who asks, in which language. It lives as long as the request.
type Visit struct {
	Site *Site
	R    *http.Request
	P    *lang.Printer
	By   keyring.Bearer // who asks, with the keys that are open to her until the page is out
	User signin.User    // her account
	Zone *time.Location

	door    *door
	w       http.ResponseWriter
	route   Route
	request string // number of the request, to find it in the log
	status  int
	signed  bool
	late    string // what became of a form that came when the session was over
	neutral bool   // the page says nothing of the program
	all     bool   // the page lists every country
}

// Page is one screen: what surrounds it and its content.
type Page struct {
	Status    int // 0: 200
	Title     Msg
	Back      string
	Errors    []Error
	Leave     bool // "leave this page quickly" is there although nobody is signed in
	Countries []string
	Speak     string // path at which another language is asked for, without a cookie
	Script    string // a further script that this page needs
	Alone     bool   // it is read without a network: no other language can be asked for
	Now       *Now   // how that stands which a form of it changes, where somebody was faster; nil: the page itself says it
	Body      templ.Component
}

// Show sends a page. It is rendered whole before the first byte leaves, so that a fault in it is still a page.
func (v *Visit) Show(pg Page) error {
	s := Shell{
		P: v.P, Assets: v.Site.Assets, Title: pg.Title, Languages: LanguageChoices(v.Site.Texts), Path: Within(v.R.URL.RequestURI()),
		Speak: pg.Speak, Back: pg.Back, Errors: pg.Errors, Countries: pg.Countries, Script: pg.Script, Draft: v.Site.Texts.Status(v.P.Tag()).Awaiting != "",
	}
	if v.all {
		s.Countries = append(slices.Clone(s.Countries), slices.Collect(maps.Keys(v.P.Countries()))...)
	}
	if pg.Speak != "" {
		s.Languages = ReadChoices(v.Site.Texts)
	}
	if v.R.Method != http.MethodGet {
		s.Path = "/"
	}
	s.Neutral = v.neutral
	if v.signed && !v.neutral {
		s.Who = &Who{Name: Plain(v.User.Name), Role: RoleName(v.By.Role)}
		if v.By.Desk != "" {
			s.Who.Desk = Plain(string(v.Site.Member) + "/" + string(v.By.Desk))
		}
		s.Menu = v.menu()
		if v.Site.Beside != nil && v.R.Method == http.MethodGet {
			s.Beside = v.Site.Beside(v, v.route.Pattern)
		}
	}
	if v.signed {
		// Whoever leaves the device alone finds nothing on it after a quarter of an hour.
		v.w.Header().Set("Refresh", "900; url=/lock?back="+url.QueryEscape(s.Path))
	}
	if pg.Alone {
		s.Languages = nil
	}
	if pg.Leave || v.signed { // who is signed in may have to hide any page; the others are hers, who reads them herself
		s.Leave = "/leave"
	}
	if done := v.R.URL.Query().Get("done"); v.signed && done != "" && v.R.Method == http.MethodGet && v.Site.Texts.Has("web.done."+done) {
		s.Banner = &Banner{Tone: Good, Title: Key("web.done"), Text: Key("web.done." + done)}
	}
	ctx, body := context.WithValue(v.withOnce(v.R.Context()), namesKey{}, v), pg.Body
	refused := pg.Status >= http.StatusBadRequest && v.R.Method == http.MethodPost && v.signed
	if len(pg.Errors) > 0 || refused {
		// The controls first: the summary stands above them and says what they say.
		said := map[string]string{}
		var b bytes.Buffer
		if err := body.Render(context.WithValue(ctx, saidKey{}, said), &b); err != nil {
			return fault.Wrap(fault.Internal, "fault.internal", err)
		}
		body, s.Errors = templ.Raw(b.String()), slices.Clone(pg.Errors)
		for i, e := range s.Errors {
			if text, ok := said[e.Field]; ok && e.Text.fault != nil {
				s.Errors[i].Text = Plain(text)
			}
		}
		if refused {
			above, err := v.beside(pg, b.String())
			if err != nil {
				return err
			}
			body = templ.Join(above, body)
		}
	}
	var b bytes.Buffer
	if err := Layout(s).Render(templ.WithChildren(ctx, body), &b); err != nil {
		return fault.Wrap(fault.Internal, "fault.internal", err)
	}
	if v.status = pg.Status; v.status == 0 {
		v.status = http.StatusOK
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Vary", "Accept-Language, Cookie, Accept-Encoding")
	v.packed(b.Bytes())
	return nil
}

// Shown sends what was answered, before the visit does something for which the reader is not to wait.
func (v *Visit) Shown() {
	_ = http.NewResponseController(v.w).Flush() // a connection that cannot: then she waits
}

// To sends the browser to another page of this node after something was done. Done is a code of "web.done".
func (v *Visit) To(target, done string) error {
	if done != "" {
		sign := "?"
		if strings.Contains(target, "?") {
			sign = "&"
		}
		target += sign + "done=" + done
	}
	v.status = http.StatusSeeOther
	v.w.Header().Set("Location", target)
	v.w.WriteHeader(v.status)
	return nil
}

// fail turns what went wrong into a page, in one place. The cause stays in the log under the number of the request.
func (v *Visit) fail(err error) {
	kind, key, args := fault.Public(err)
	if kind == fault.Internal {
		v.Site.Log.ErrorContext(v.R.Context(), "web.fault", "request", v.request, "route", v.route.Pattern, "cause", err.Error())
	}
	if v.status != 0 {
		return // an answer has left already
	}
	if kind == fault.Locked && v.route.Pattern != "GET /lock" {
		target := "/lock"
		switch {
		case v.R.Method != http.MethodGet:
			target += "?" + Or(v.late, keptNot) + "=yes"
		case v.R.URL.Path != "/":
			target += "?back=" + url.QueryEscape(Within(v.R.URL.RequestURI()))
		}
		_ = v.To(target, "")
		return
	}
	if key == "restriction.reason" && v.route.Pattern != "GET /cases/{case}/restriction" {
		_ = v.To("/cases/"+url.PathEscape(args["case"])+"/restriction", "") // she says why, and then opens it
		return
	}
	text := Plain(v.P.Fault(err))
	if kind == fault.NotFound {
		text = Key("fault.not-found") // the same words whether it is hidden or was never there
	}
	request := ""
	if kind == fault.Internal {
		request = v.request
	}
	title := Key("fault.kind." + kind.String())
	shown := v.Show(Page{Status: StatusOf(kind), Title: title, Body: faultScreen(v.P, title, text, request, !v.neutral)})
	if shown != nil {
		v.status = http.StatusInternalServerError
		v.w.WriteHeader(v.status)
	}
}

// StatusOf is the status of a page that says why something failed.
func StatusOf(kind fault.Kind) int {
	switch kind {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Denied:
		return http.StatusForbidden
	case fault.Hidden, fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict, fault.Stale:
		return http.StatusConflict
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Locked:
		return http.StatusUnauthorized
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusInternalServerError
}

func (v *Visit) nothing() error { return fault.New(fault.NotFound, "fault.not-found") }

// unsure is the key of package store for a change that may have been kept although nobody was told.
const unsure = "store.commit.unsure"

// Correct returns what the person can correct on the form that she sent, at the field that the fault names, or
// returns the fault where a form cannot mend it. Fields says which control stands for which field of the noun; "" is
// where the rest is said. The control calls the field by its label; what no control stands for is called by no name.
func (v *Visit) Correct(err error, fields map[string]string) ([]Error, error) {
	kind, key, args := fault.Public(err)
	if key == unsure {
		return nil, err // a form that is shown anew would do it twice
	}
	if !slices.Contains([]fault.Kind{fault.Invalid, fault.Conflict, fault.Stale, fault.TooLarge, fault.Unavailable}, kind) {
		return nil, err
	}
	at, ok := fields[args["field"]]
	if whole, _, inner := strings.Cut(args["field"], "."); inner && !ok {
		at, ok = fields[whole]
	}
	if !ok {
		at = fields[""]
	}
	text := Plain(v.P.Fault(err))
	switch {
	case kind == fault.Stale && v.Field(versionName) != "":
		text = Key("web.both.stale")
	case args["field"] == "":
	case ok:
		text = Msg{fault: err}
	default:
		text = Plain(Msg{fault: err}.In(v.P))
	}
	return []Error{{Field: at, Text: text}}, nil
}

// ErrorAt returns the error that stands at a field.
func ErrorAt(errors []Error, field string) Msg {
	for _, e := range errors {
		if e.Field == field {
			return e.Text
		}
	}
	return Msg{}
}

// Field returns what was sent for a field, without blanks around it.
func (v *Visit) Field(name string) string { return strings.TrimSpace(v.R.PostFormValue(name)) }

// When writes a moment in the zone of the person; "" for none.
func (v *Visit) When(t frame.Time) Msg {
	if t == 0 {
		return Key("web.none")
	}
	return Plain(v.P.DateTime(t.Time(), v.Zone))
}

// Age writes how long ago a moment was, or in how long it will be.
func (v *Visit) Age(t frame.Time) Msg { return Plain(v.P.Age(t.Time(), v.Site.Now())) }

// Now is the moment by the clock of the node.
func (v *Visit) Now() frame.Time { return frame.At(v.Site.Now()) }

// RoleName says a role in words.
func RoleName(r access.Role) Msg { return Key("access.role." + string(r)) }

// Word says a code in words if the catalogue has them, and shows the code otherwise: lists grow, and another member
// may know a code that this program does not.
func (v *Visit) Word(prefix, code string) Msg {
	if code == "" {
		return Key("web.none")
	}
	if key := prefix + code; v.Site.Texts.Has(key) {
		return Key(key)
	}
	return Plain(code)
}

// Header is the head of the answer.
func (v *Visit) Header() http.Header { return v.w.Header() }

// Send answers with something that is no page.
func (v *Visit) Send(kind string, content []byte) error {
	v.status = http.StatusOK
	v.w.Header().Set("Content-Type", kind)
	_, _ = v.w.Write(content) // the reader went away: nobody is left to tell
	return nil
}

// Answer answers a script of a page of this node; status 0 is 200.
func (v *Visit) Answer(status int, value any) error {
	text, err := frame.Encode(value)
	if err != nil {
		return err
	}
	if v.status = status; status == 0 {
		v.status = http.StatusOK
	}
	v.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	v.w.WriteHeader(v.status)
	_, _ = v.w.Write(text) // the reader went away: nobody is left to tell
	return nil
}

// Bare answers with a page that has nothing around it.
func (v *Visit) Bare(content templ.Component) error {
	var b bytes.Buffer
	if err := content.Render(v.R.Context(), &b); err != nil {
		return fault.Wrap(fault.Internal, "fault.internal", err)
	}
	return v.Send("text/html; charset=utf-8", b.Bytes())
}

// SpeakIn changes the language of this answer only, to what was asked for or what the browser prefers.
func (v *Visit) SpeakIn(asked string) {
	v.P = v.Site.Texts.Reader(v.Site.Texts.MatchReader(asked, v.R.Header.Get("Accept-Language")))
}

// Failed logs what went wrong beside an answer that is given all the same, under the number of the request.
func (v *Visit) Failed(event string, err error) {
	v.Site.Log.ErrorContext(v.R.Context(), event, "request", v.request, "cause", err.Error())
}

// Officer says who somebody of the office is, by name and function; an account that is gone, or no longer there, is an identifier.
func (v *Visit) Officer(accounts *signin.Service, user id.User) Msg {
	name, office, err := accounts.Known(v.R.Context(), v.By.Actor, user)
	if err != nil || name == "" {
		return Plain(string(user))
	}
	for _, r := range office {
		name += ", " + RoleName(r).In(v.P)
	}
	return Plain(name)
}
