package web

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/page"
)

const (
	noticesPath = "/me/notices"
	workerPath  = "/worker.js"
)

// noticesModel is how a person is told, as she sees and changes it.
type noticesModel struct {
	silent   bool                      // nothing would reach her
	way      map[notify.Channel]string // address of mail and of text messages; only those that there are
	first    string
	from, to string // quiet hours, "22:00"
	zone     string
	push     string // public key to which a browser subscribes; empty: this node tells in no browser
	browsers []browserModel
	errors   []page.Error
}

type browserModel struct {
	id       id.Browser
	since    page.Msg
	endpoint string // by which the browser knows itself again
}

func (v *visit) notices() error {
	set, browsers, err := v.Notices.Mine(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	m := noticesModel{first: string(set.Channel), way: map[notify.Channel]string{}}
	for c, address := range map[notify.Channel]string{set.Channel: set.Address, set.Second: set.SecondAddress} {
		if c == notify.Mail || c == notify.SMS {
			m.way[c] = address
		}
	}
	if set.QuietFrom != set.QuietTo {
		m.from, m.to = clockOf(set.QuietFrom), clockOf(set.QuietTo)
	}
	return v.showNotices(0, m, set, browsers)
}

// showNotices shows what is kept around what was typed.
func (v *visit) showNotices(status int, m noticesModel, set notify.Setting, browsers []notify.Browser) error {
	m.zone, m.push = v.Zone.String(), v.push
	for _, c := range []notify.Channel{notify.Mail, notify.SMS} {
		if _, given := m.way[c]; !given && v.Notices.Offers(c) {
			m.way[c] = ""
		}
	}
	if m.first == "" || m.first == string(notify.Push) {
		m.first = string(notify.Mail)
	}
	for _, b := range browsers {
		m.browsers = append(m.browsers, browserModel{id: b.ID, since: v.When(b.Made), endpoint: endpointOf(b.Address)})
	}
	m.silent = len(v.ways(set, browsers)) == 0
	return v.Show(page.Page{Status: status, Title: page.Key("notify.mine"), Back: "/me", Errors: m.errors, Body: noticesScreen(v.P, m)})
}

func (v *visit) setNotices() error {
	m := noticesModel{first: v.Field("first"), from: v.Field("from"), to: v.Field("to"), way: map[notify.Channel]string{}}
	in := v.setting()
	in.Channel = notify.Push
	for _, c := range []notify.Channel{notify.Mail, notify.SMS} {
		address := v.Field(string(c))
		if _, sent := v.R.PostForm[string(c)]; sent {
			m.way[c] = address
		}
		if c == notify.SMS {
			address = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", "/", "").Replace(address)
		}
		switch {
		case address == "":
		case in.Address == "":
			in.Channel, in.Address = c, address
		default:
			in.Second, in.SecondAddress = c, address
		}
	}
	if in.Second != "" && m.first == string(in.Second) {
		in.Channel, in.Address, in.Second, in.SecondAddress = in.Second, in.SecondAddress, in.Channel, in.Address
	}
	stands, _, err := v.Notices.Mine(v.R.Context(), v.By.Actor) // all that she says is in the form
	if err != nil {
		return err
	}
	if m.from != "" || m.to != "" {
		if in.QuietFrom, err = minutesOf(m.from); err == nil {
			in.QuietTo, err = minutesOf(m.to)
		}
	}
	if err == nil {
		if err = v.Notices.Set(v.R.Context(), v.By.Actor, stands.Mark(), in); err == nil {
			return v.To(noticesPath, "notices")
		}
	}
	status := page.StatusOf(fault.KindOf(err))
	if _, _, args := fault.Public(err); args["field"] == "quiet" {
		err = fault.New(fault.Invalid, "notify.correct.from").With("field", "quiet")
	}
	if m.errors, err = v.Correct(err, map[string]string{"mail": "mail", "sms": "sms", "quiet": "from", "": "mail"}); err != nil {
		return err
	}
	set, browsers, err := v.Notices.Mine(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	return v.showNotices(status, m, set, browsers)
}

// setting is what her account says of the rest.
func (v *visit) setting() notify.Setting {
	return notify.Setting{User: v.By.User, Zone: v.Zone.String(), Language: lang.Tag(v.User.Language)}
}

// browser adds the browser that asks, or takes it away.
func (v *visit) browser() error {
	address := v.R.PostFormValue("subscription")
	if v.Field("do") == "stop" {
		if err := v.Notices.Unsubscribe(v.R.Context(), v.By.Actor, "", address); err != nil {
			return err
		}
		return v.To(noticesPath, "browser-over")
	}
	if err := v.Notices.Subscribe(v.R.Context(), v.By.Actor, v.setting(), address); err != nil {
		return err
	}
	return v.To(noticesPath, "browser")
}

func (v *visit) forgetBrowser() error {
	if err := v.Notices.Unsubscribe(v.R.Context(), v.By.Actor, id.Browser(v.R.PathValue("browser")), ""); err != nil {
		return err
	}
	return v.To(noticesPath, "browser-over")
}

// worker is the script that shows what is pushed. It keeps its name, so that a browser finds what came after it.
func (v *visit) worker() error {
	v.Header().Set("Cache-Control", "no-cache")
	return v.Send("text/javascript; charset=utf-8", v.Site.Assets.Content("worker.js"))
}

// ways are those in which something reaches somebody, in words.
func (v *visit) ways(set notify.Setting, browsers []notify.Browser) []page.Msg {
	var ways []page.Msg
	for _, c := range []notify.Channel{notify.Mail, notify.SMS} {
		if v.Notices.Offers(c) && (set.Channel == c && set.Address != "" || set.Second == c) {
			ways = append(ways, page.Key("notify.channel."+string(c)))
		}
	}
	if len(browsers) > 0 && v.Notices.Offers(notify.Push) {
		ways = append(ways, page.Key("notify.told.browsers"))
	}
	return ways
}

// told says in words how somebody is told.
func (v *visit) told(set notify.Setting, browsers []notify.Browser) []page.Msg {
	if ways := v.ways(set, browsers); len(ways) > 0 {
		return ways
	}
	return []page.Msg{page.Key("notify.told.none")}
}

func endpointOf(subscription string) string {
	var s struct {
		Endpoint string `json:"endpoint"`
	}
	_ = json.Unmarshal([]byte(subscription), &s) // of another form: no browser knows itself again
	return s.Endpoint
}

// firstWays are the ways of which one is tried first.
func firstWays() []page.Choice {
	return []page.Choice{{Value: string(notify.Mail), Text: page.Key("notify.channel.mail")}, {Value: string(notify.SMS), Text: page.Key("notify.channel.sms")}}
}

func clockOf(minutes int64) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// minutesOf reads a time of day.
func minutesOf(clock string) (int64, error) {
	var h, m int64
	if n, err := fmt.Sscanf(clock, "%d:%d", &h, &m); err != nil || n != 2 || h < 0 || h > 23 || m < 0 || m > 59 {
		return 0, fault.Wrap(fault.Invalid, "notify.field", err).With("field", "quiet")
	}
	return h*60 + m, nil
}
