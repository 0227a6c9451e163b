package web

import (
	"maps"
	"net/url"
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/page"
)

const keptPath = "/kept"

// keep takes what stands in a form of a page that is about to lock, from the script of that page. It does not ask whether the session goes
// on, so that it cannot keep it alive.
func (v *visit) keep() error {
	said, path := "lost", v.R.PostFormValue("path")
	typed, err := url.ParseQuery(v.R.PostFormValue("fields"))
	if line, ok := v.FormAt(path); ok && err == nil {
		said = v.KeepTyped(line, path, typed)
	}
	return v.To("/lock?"+said+"=yes", "")
}

// keptModel is what comes back.
type keptModel struct {
	path   string
	fields [][2]string
	typed  []page.Row // what she typed
	places bool       // she has several
}

// kept shows what somebody had typed before her session locked. Nothing of it was done, and nothing is before she sends it.
func (v *visit) kept() error {
	in, err := v.Signin.Kept(v.R.Context(), v.By, v.Kept())
	if err != nil {
		return err
	}
	typed, err := url.ParseQuery(in.Fields)
	if err != nil {
		return fault.New(fault.NotFound, "signin.kept.none")
	}
	m := keptModel{path: in.Path, typed: v.TypedIn(typed)}
	for _, name := range slices.Sorted(maps.Keys(typed)) {
		for _, value := range typed[name] {
			m.fields = append(m.fields, [2]string{name, value})
		}
	}
	all, err := v.Signin.Places(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	m.places = len(all) > 1
	return v.Show(page.Page{Title: page.Key("signin.kept"), Leave: true, Body: keptScreen(v.P, m)})
}

func (v *visit) forgetKept() error {
	if err := v.Signin.ForgetKept(v.R.Context(), v.By.Actor, v.Kept()); err != nil {
		return err
	}
	v.Cookie(page.KeptCookie, "", 0)
	return v.To("/", "kept-over")
}

// stay is asked for by whoever reads a page for long: her session goes on.
func (v *visit) stay() error { return v.Answer(0, struct{}{}) }
