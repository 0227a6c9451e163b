package webtest

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/device"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// Written is a draft as a device sends it: the name of a draft in a version, with one answer, how she may be reached.
func Written(on id.Device, version int64, way string) url.Values {
	raw, err := frame.Encode(device.Sent{
		Schema: device.SentName, Device: on, Draft: "0123456789abcdefghjkmnpqrw", Version: version, Form: "F1", FormVersion: 1, Began: 1, Changed: 1,
		Fields: map[string][]string{"q-safe-way": {way}, "q-language": {"ro"}},
	})
	if err != nil {
		panic(err)
	}
	return url.Values{"draft": {string(raw)}}
}

// Prepared is a device that somebody has prepared.
func Prepared(p *Somebody) (id.Device, string) {
	p.W.T.Helper()
	var made struct {
		Device id.Device
		Page   string
	}
	if err := json.Unmarshal([]byte(p.Do(http.MethodPost, "/offline", nil).OK().Body), &made); err != nil {
		p.W.T.Fatal(err)
	}
	return made.Device, made.Page
}

// TwoVersions is the page of a draft that a first responder wrote on while her deputy changed it at the node.
func TwoVersions(w *World, first, deputy string) string {
	w.T.Helper()
	p, n, ctx := w.As(first), w.Node, w.T.Context()
	on, _ := Prepared(p)
	p.Do(http.MethodPost, "/offline/drafts", Written(on, 1, "DEMO by the red gate")).OK()
	by := n.As(deputy)
	all, err := n.Cases.List(ctx, n.As(first).Actor, casefile.Filter{Limit: 200})
	if err != nil || len(all) == 0 {
		w.T.Fatal(len(all), err)
	}
	c := all[len(all)-1].ID
	forms, _, err := n.Forms.List(ctx, by, c)
	if err != nil || len(forms) != 1 {
		w.T.Fatal(len(forms), err)
	}
	e := forms[0]
	_, err = n.Forms.Save(ctx, by, c, e.Record, e.Version, form.Filling{
		Schema: form.FillingName, Language: "ro", Record: form.Record{Form: e.Form, Version: e.FormVersion, Additions: e.Additions, Answers: map[string]form.Answer{
			"safe-way": {State: person.Given, Value: json.RawMessage(`"DEMO by the blue gate"`)},
		}},
	})
	if err != nil {
		w.T.Fatal(err)
	}
	p.Do(http.MethodPost, "/offline/drafts", Written(on, 2, "DEMO by the green gate")).OK()
	return "/offline/drafts/0123456789abcdefghjkmnpqrw"
}
