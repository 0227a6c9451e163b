package web

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/device"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/seal"
)

// Work without a network, as it is prepared and ended here. What is written there is sent to package webcase.

const (
	offlinePath     = "/offline"
	offlineFormPath = "/offline/form"
)

// devicesModel is which devices are prepared, and whether this browser can be.
type devicesModel struct {
	prepare    bool
	user, node string
	member     string
	passkeys   string // of hers: the name and the credential of each
	devices    []deviceModel
}

type deviceModel struct {
	id    id.Device
	rows  []page.Row
	state page.Tag
	order bool // the discard can be ordered
}

func (v *visit) devices() error {
	found, err := v.Devices.List(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	m := devicesModel{prepare: page.May(v.By.Actor, access.PrepareDevice), user: string(v.By.User), member: string(v.Site.Member)}
	raw, _ := seal.Blob(v.key().Bytes()).MarshalText() // does not fail
	m.node = string(raw)
	if m.passkeys, err = v.passkeysHere(); err != nil {
		return err
	}
	names := map[id.Desk]map[id.User]string{}
	for _, d := range found {
		if _, asked := names[d.Desk]; !asked {
			names[d.Desk], err = v.Signin.Colleagues(v.R.Context(), v.By.Actor, d.Desk)
			if err != nil && !fault.Is(err, fault.Denied) && !fault.Is(err, fault.Hidden) {
				return err
			}
		}
		m.devices = append(m.devices, v.deviceOf(d, names[d.Desk][d.User]))
	}
	return v.Show(page.Page{Title: page.Key("device.title"), Back: "/me", Body: devicesScreen(v.P, m, v.Site.Assets.URL("offline.js"))})
}

// passkeysHere are those of hers that a browser may use at this address, for the script of the page.
func (v *visit) passkeysHere() (string, error) {
	if !v.Signin.TakesPasskeys() {
		return "", nil
	}
	all, err := v.Signin.Passkeys(v.R.Context(), v.By.Actor)
	if err != nil {
		return "", err
	}
	out := make([]string, len(all))
	for i, p := range all {
		out[i] = p.ID + ":" + base64.RawURLEncoding.EncodeToString(p.Credential.ID)
	}
	return strings.Join(out, " "), nil
}

func (v *visit) deviceOf(d device.Device, name string) deviceModel {
	m := deviceModel{id: d.ID, order: d.Ordered == 0 && !d.Over(v.Now())}
	switch {
	case d.Gone != 0:
		m.state = page.Tag{Text: page.Key("device.state.gone"), Tone: page.Off}
	case d.Ordered != 0:
		m.state = page.Tag{Text: page.Key("device.state.ordered"), Tone: page.Late}
	case d.Over(v.Now()):
		m.state = page.Tag{Text: page.Key("device.state.over"), Tone: page.Off}
	default:
		m.state = page.Tag{Text: page.Key("device.state.kept"), Tone: page.Good}
	}
	if d.User == v.By.User {
		name = v.User.Name
	}
	m.rows = []page.Row{
		{Key: page.Key("device.of"), Value: page.Plain(name), Lines: []page.Msg{page.Key("signin.place-at", "role", page.RoleName(d.Role).In(v.P), "desk", string(v.Site.Member)+"/"+string(d.Desk))}},
		{Key: page.Key("device.made"), Value: v.When(d.Made)},
		{Key: page.Key("device.ends"), Value: v.When(d.Ends)},
		{Key: page.Key("device.heard"), Value: v.When(d.Heard)},
	}
	if d.Ordered != 0 {
		m.rows = append(m.rows, page.Row{Key: page.Key("device.ordered.at"), Value: v.When(d.Ordered)})
	}
	if d.Gone != 0 {
		m.rows = append(m.rows, page.Row{Key: page.Key("device.gone.at"), Value: v.When(d.Gone)})
	}
	return m
}

// deviceMade is what the script of the page needs to prepare the browser.
type deviceMade struct {
	Device id.Device `json:"device"`
	Page   string    `json:"page"`
}

func (v *visit) prepareDevice() error {
	d, err := v.Devices.Prepare(v.R.Context(), v.By)
	if err != nil {
		return v.Answer(page.StatusOf(fault.KindOf(err)), map[string]string{"error": v.P.Fault(err)})
	}
	name := string(d.ID)
	if p := v.Field("passkey"); p != "" && len(p) < 100 {
		name += "." + url.QueryEscape(p) // it goes with the passkey
	}
	v.Cookie(page.OfflineCookie, name, int(device.Lives.Seconds()))
	q := url.Values{"lang": {string(v.P.Tag())}, "role": {string(v.By.Role)}}
	return v.Answer(0, deviceMade{Device: d.ID, Page: offlineFormPath + "?" + q.Encode()})
}

func (v *visit) discardDevice() error {
	if err := v.Devices.Discard(v.R.Context(), v.By.Actor, id.Device(v.R.PathValue("device"))); err != nil {
		return err
	}
	return v.To(offlinePath, "device")
}

func (v *visit) contactDevice() error {
	of, err := id.ParseRandom[id.Device](v.Field("device"))
	if err != nil {
		return err
	}
	gone := v.Field("gone") == "yes"
	order, err := v.Devices.Contact(v.R.Context(), of, v.Field("passkey"), gone)
	if err != nil {
		return err
	}
	if gone {
		v.Cookie(page.OfflineCookie, "", 0)
	}
	return v.Answer(0, map[string]string{"order": string(order)})
}

// offlineWorker is the script that gives a browser without a network the one page that was put aside. It has a narrow scope: what lies below its path.
func (v *visit) offlineWorker() error {
	v.Header().Set("Cache-Control", "no-cache")
	return v.Send("text/javascript; charset=utf-8", v.Site.Assets.Content("offline-worker.js"))
}

// discarding sends a browser that was prepared here, and whose device is to be discarded, once to the page that does it: whatever page it
// asks for first is its first contact. It reports whether it did.
func (v *visit) discarding() (bool, error) {
	c, err := v.R.Cookie(page.OfflineCookie)
	if err != nil {
		return false, nil
	}
	name, passkey, _ := strings.Cut(c.Value, ".")
	of, err := id.ParseRandom[id.Device](name)
	if err != nil {
		return false, nil
	}
	order, err := v.Devices.Contact(v.R.Context(), of, passkey, false)
	if err != nil || order != device.Discard {
		return false, err
	}
	v.Cookie(page.OfflineCookie, "", 0)
	return true, v.To(offlineFormPath, "")
}

// preparedRow says on the page of her account how many devices of hers may still hold something.
func (v *visit) preparedRow() (page.Row, error) {
	all, err := v.Devices.List(v.R.Context(), v.By.Actor)
	if err != nil {
		return page.Row{}, err
	}
	all = slices.DeleteFunc(all, func(d device.Device) bool { return d.User != v.By.User || d.Over(v.Now()) })
	return page.Row{
		Key: page.Key("device.title"), Value: page.Plain(v.P.Plural("device.count", len(all))),
		Action: &page.Link{Path: offlinePath, Text: page.Key("web.change")},
	}, nil
}
