package web

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/signin"
)

// Visit is one request with who asks, in which language. It lives as long as the request.
type Visit struct {
	web     *Web
	door    *door
	w       http.ResponseWriter
	r       *http.Request
	route   Route
	p       *lang.Printer
	request string // number of the request, to find it in the log
	status  int

	signed bool
	by     keyring.Bearer
	user   signin.User
	zone   *time.Location
}

// page is one screen: what surrounds it and its content.
type page struct {
	status    int // 0: 200
	title     Msg
	back      string
	errors    []Error
	leave     bool // sensitive: "leave this page quickly" is there
	countries []string
	speak     string // path at which another language is asked for, without a cookie
	body      templ.Component
}

// show sends a page. It is rendered whole before the first byte leaves, so that a fault in it is still a page.
func (v *Visit) show(pg page) error {
	s := Shell{
		P: v.p, Assets: v.web.Assets, Title: pg.title, Languages: LanguageChoices(v.web.Texts), Path: path(v.r.URL.RequestURI()),
		Speak: pg.speak, Back: pg.back, Errors: pg.errors, Countries: pg.countries, Draft: v.web.Texts.Status(v.p.Tag()).Awaiting != "",
	}
	if v.r.Method != http.MethodGet {
		s.Path = "/"
	}
	if v.signed {
		s.Who = &Who{Name: Plain(v.user.Name), Role: roleName(v.by.Role)}
		if v.by.Desk != "" {
			s.Who.Desk = Plain(string(v.web.Member) + "/" + string(v.by.Desk))
		}
		s.Nav = v.nav()
		// Whoever leaves the device alone finds nothing on it after a quarter of an hour.
		v.w.Header().Set("Refresh", "900; url=/lock?back="+url.QueryEscape(s.Path))
	}
	if pg.leave {
		s.Leave = "/leave"
	}
	if done := v.r.URL.Query().Get("done"); v.signed && done != "" && v.r.Method == http.MethodGet && v.web.Texts.Has("web.done."+done) {
		s.Banner = &Banner{Tone: Good, Title: Key("web.done"), Text: Key("web.done." + done)}
	}
	var b bytes.Buffer
	ctx := templ.WithChildren(v.r.Context(), pg.body)
	if err := Layout(s).Render(ctx, &b); err != nil {
		return fault.Wrap(fault.Internal, "fault.internal", err)
	}
	if v.status = pg.status; v.status == 0 {
		v.status = http.StatusOK
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Vary", "Accept-Language, Cookie")
	v.w.WriteHeader(v.status)
	_, _ = v.w.Write(b.Bytes()) // the reader went away: nobody is left to tell
	return nil
}

// to sends the browser to another page of this node after something was done. Done is a code of "web.done".
func (v *Visit) to(target, done string) error {
	if done != "" {
		target += "?done=" + done
	}
	v.status = http.StatusSeeOther
	v.w.Header().Set("Location", target)
	v.w.WriteHeader(v.status)
	return nil
}

// fail turns what went wrong into a page, in one place. The cause stays in the log under the number of the request.
func (v *Visit) fail(err error) {
	kind, _, _ := fault.Public(err)
	if kind == fault.Internal {
		v.web.Log.ErrorContext(v.r.Context(), "web.fault", "request", v.request, "route", v.route.Pattern, "cause", err.Error())
	}
	if v.status != 0 {
		return // an answer has left already
	}
	if kind == fault.Locked && v.route.Pattern != "GET /lock" {
		target := "/lock"
		switch {
		case v.r.Method != http.MethodGet:
			target += "?lost=yes"
		case v.r.URL.Path != "/":
			target += "?back=" + url.QueryEscape(path(v.r.URL.RequestURI()))
		}
		_ = v.to(target, "")
		return
	}
	text := Plain(v.p.Fault(err))
	if kind == fault.NotFound {
		text = Key("fault.not-found") // the same words whether it is hidden or was never there
	}
	request := ""
	if kind == fault.Internal {
		request = v.request
	}
	title := Key("fault.kind." + kind.String())
	shown := v.show(page{status: statusOf(kind), title: title, body: faultScreen(v.p, title, text, request)})
	if shown != nil {
		v.status = http.StatusInternalServerError
		v.w.WriteHeader(v.status)
	}
}

// statusOf is the status of a page that says why something failed.
func statusOf(kind fault.Kind) int {
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

// correct returns what the person can correct on the form that she sent, at the field that the fault names, or
// returns the fault where a form cannot mend it. Fields says which control stands for which field of the noun; "" is
// where the rest is said.
func (v *Visit) correct(err error, fields map[string]string) ([]Error, error) {
	kind, _, args := fault.Public(err)
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
	return []Error{{Field: at, Text: Plain(v.p.Fault(err))}}, nil
}

// at returns the error that stands at a field.
func at(errors []Error, field string) Msg {
	for _, e := range errors {
		if e.Field == field {
			return e.Text
		}
	}
	return Msg{}
}

// field returns what was sent for a field, without blanks around it.
func (v *Visit) field(name string) string { return strings.TrimSpace(v.r.PostFormValue(name)) }

// By returns who asks, with the keys that are open to her until the page is out.
func (v *Visit) By() keyring.Bearer { return v.by }

// when writes a moment in the zone of the person; "" for none.
func (v *Visit) when(t frame.Time) Msg {
	if t == 0 {
		return Key("web.none")
	}
	return Plain(v.p.DateTime(t.Time(), v.zone))
}

// age writes how long ago a moment was, or in how long it will be.
func (v *Visit) age(t frame.Time) Msg { return Plain(v.p.Age(t.Time(), v.web.Now())) }

func (v *Visit) now() frame.Time { return frame.At(v.web.Now()) }

func roleName(r access.Role) Msg { return Key("access.role." + string(r)) }

// word says a code in words if the catalogue has them, and shows the code otherwise: lists grow, and another member
// may know a code that this program does not.
func (v *Visit) word(prefix, code string) Msg {
	if code == "" {
		return Key("web.none")
	}
	if key := prefix + code; v.web.Texts.Has(key) {
		return Key(key)
	}
	return Plain(code)
}

// nav is the menu: what the role could do at all.
func (v *Visit) nav() []Link {
	all := []struct {
		path, text string
		action     access.Action
	}{
		{"/", "web.home", ""},
		{"/referrals", "referral.list", access.ListReferral},
		{"/cases", "case.list", access.ListCase},
		{"/releases", "case.releases", access.KnowRelease},
		{"/messages", "message.list", access.ListMessage},
		{"/directory", "directory.list", access.ListDirectory},
		{"/board", "referral.board", access.BoardReferral},
		{"/audit", "audit.log", access.ReadAudit},
		{"/users", "signin.accounts", access.ListUser},
		{"/desks", "desk.list", access.ReadDesk},
		{"/me", "signin.me", ""},
	}
	var nav []Link
	for _, l := range all {
		if l.action == "" || v.offered(l.path, l.action) {
			here := v.r.URL.Path == l.path || l.path != "/" && strings.HasPrefix(v.r.URL.Path, l.path+"/")
			nav = append(nav, Link{Path: l.path, Text: Key(l.text), Current: here})
		}
	}
	return nav
}

// offered reports whether a menu names a page: only a desk of the prosecution has something released to it.
func (v *Visit) offered(path string, action access.Action) bool {
	return May(v.by.Actor, action) && (path != "/releases" || v.by.Realm == access.Prosecution)
}
