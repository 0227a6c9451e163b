package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// firsts are the screens of fana, a first responder who is at the desk of ana, and what some of them follow on.
func firsts(w *webtest.World, sent map[string]after) []screen {
	w.T.Helper()
	fana := w.As("fana")
	_, gone := webtest.Urgent(fana)
	at := fana.Post(gone, url.Values{"version": {fana.Get(gone).OK().Find(`name="version" value="([0-9]+)"`)}}).OK().Path
	file, check := webtest.Urgent(fana)
	to := fana.Get(file + "/urgent").OK().Find(`name="to" type="radio" value="([^"]+)"`)
	fill := fana.Get(file + "/forms").OK().Find(`href="(` + file + `/forms/[^"]+)"`)
	maps.Copy(sent, map[string]after{
		"urgent-found":       {form: url.Values{"name": {"Demona Nepostoechka"}}},
		"urgent-her-missing": {status: http.StatusUnprocessableEntity},
		"urgent-agree":       {form: url.Values{"to": {to}, "needs": {"accommodation"}}},
	})
	return []screen{
		{"home-first", "fana", "/"},
		{"urgent-find", "fana", "/urgent"},
		{"urgent-found", "fana", "/urgent"},
		{"urgent-her", "fana", "/urgent/new"},
		{"urgent-her-missing", "fana", "/urgent/new"},
		{"urgent-help", "fana", file + "/urgent"},
		{"urgent-agree", "fana", file + "/urgent"},
		{"urgent-check", "fana", check},
		{"urgent-sent", "fana", strings.Split(at, "?")[0]},
		{"case-begin", "fana", "/cases/begin"},
		{"form-whole", "fana", fill + "/fill?view=whole"},
	}
}
