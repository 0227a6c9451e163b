package page

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/signin"
)

// The cookies of what somebody had typed when her session locked.
const (
	WhoseCookie = "__Host-trm-whose" // whose session it was that this browser had
	KeptCookie  = "__Host-trm-kept"  // under which the node keeps what was typed
)

// KeptField marks a form that comes back from there.
const KeptField = "kept"

// What the lock page says of a form that came when the session was over.
const (
	keptWell  = "kept"
	keptLarge = "large"
	keptNot   = "lost"
)

// secrets are names of fields that are never kept, whatever form they are in.
func secrets() []string { return []string{"passphrase", "again", "chosen"} }

// private reports whether forms of an action may hold a passphrase, a code or a key.
func private(a access.Action) bool {
	return slices.Contains([]access.Action{"", access.AddUnlock, access.RemoveUnlock, access.PrepareDevice}, a)
}

// tooLate keeps a form that came when the session was over, and returns what the lock page says of it. The proof that it comes from a page
// of this node was asked for before.
func (v *Visit) tooLate() string {
	if v.R.Method != http.MethodPost {
		return ""
	}
	if kind := v.R.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/x-www-form-urlencoded") {
		return keptLarge
	}
	return v.KeepTyped(v.route, v.R.URL.RequestURI(), v.R.PostForm)
}

// KeepTyped keeps what was typed into a form, for the person whose session this browser had, and returns what the lock page says of it.
func (v *Visit) KeepTyped(to Route, path string, typed url.Values) string {
	if private(to.Action) || Within(path) != path || slices.ContainsFunc(secrets(), func(name string) bool { return typed.Get(name) != "" }) {
		return keptNot
	}
	session, err := v.R.Cookie(SessionCookie)
	if err != nil {
		return keptNot
	}
	whose, err := v.R.Cookie(WhoseCookie)
	if err != nil {
		return keptNot
	}
	typed.Del(KeptField)
	under, err := v.Site.Signin.KeepFor(v.R.Context(), whose.Value, session.Value, signin.Typed{Path: path, Fields: typed.Encode()})
	switch {
	case fault.Is(err, fault.TooLarge):
		return keptLarge
	case err != nil:
		if !fault.Is(err, fault.NotFound) {
			v.Failed("web.kept", err)
		}
		return keptNot
	}
	v.Cookie(KeptCookie, under, int(signin.KeptLimit.Seconds()))
	return keptWell
}

// FormAt is the line of the map that takes a form that is sent to a path; false if none does.
func (v *Visit) FormAt(path string) (Route, bool) {
	at, err := url.ParseRequestURI(path)
	if err != nil {
		return Route{}, false
	}
	_, pattern := v.door.mux.Handler(&http.Request{Method: http.MethodPost, URL: at, Host: v.R.Host})
	line, ok := v.door.lines[pattern]
	return line, ok && strings.HasPrefix(pattern, "POST ")
}

// Kept is the secret under which something is kept for this browser, "" if there is none.
func (v *Visit) Kept() string {
	c, err := v.R.Cookie(KeptCookie)
	if err != nil {
		return ""
	}
	return c.Value
}

// keptAgain deals with a form that comes back after it was kept: with what was done it is forgotten, and stays where it was refused.
func (v *Visit) keptAgain() error {
	delete(v.R.PostForm, KeptField)
	delete(v.R.Form, KeptField)
	err := v.serveOnce()
	if err != nil || v.status != http.StatusSeeOther {
		return err
	}
	if err := v.Site.Signin.ForgetKept(v.R.Context(), v.By.Actor, v.Kept()); err != nil {
		v.Failed("web.kept", err) // it goes by itself within the hour
	}
	return nil
}
