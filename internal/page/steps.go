package page

import (
	"encoding/json"

	"github.com/opentrm/opentrm/internal/frame"
)

// denseCookie remembers on a device that whoever uses it knows the forms and wants all questions of one on one page.
const (
	denseCookie = "__Host-trm-form"
	denseAge    = 180 * 24 * 60 * 60 // seconds
)

// Dense reports whether a form is shown on one page. The address may ask for it, or for one thing a page; the device remembers what was
// asked last.
func (v *Visit) Dense() bool {
	c, err := v.R.Cookie(denseCookie)
	dense := err == nil && c.Value != ""
	switch v.R.URL.Query().Get("view") {
	case "whole":
		dense = true
		v.Cookie(denseCookie, "*", denseAge)
	case "parts":
		dense = false
		v.Cookie(denseCookie, "", 0)
	}
	return dense
}

// Autosaved answers the script of a page that keeps each answer as it is given: from which version the page goes on, and when it was kept.
// What names a draft that was just begun goes along under the name of its field.
func (v *Visit) Autosaved(at frame.Time, fields map[string]string) error {
	raw, err := json.Marshal(map[string]any{"fields": fields, "said": Key("form.kept.at", "at", v.When(at).In(v.P)).In(v.P)})
	if err != nil {
		return err
	}
	return v.Send("application/json", raw)
}

// Step is one page of several that are gone through in an order, and may be in any.
type Step struct {
	Name string // that the button sends
	Text Msg
	Here bool
	Done bool // what it asks was answered
}
