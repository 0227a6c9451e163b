package web_test

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/backgroundservice"
	chromium "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"

	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// How somebody is told: she sees it, changes it, is told what to correct, and takes browsers away; nobody does it for her.
func TestSomebodyChoosesHowSheIsTold(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	ana.Get("/me").OK().Says("How you are told In no way")
	a := ana.Get("/me/notices").OK().Says("Nothing reaches you yet", "Mail address", "Mobile number", "Tell me in this browser", "scripts must be switched on")
	if key := a.Find(`data-push="([^"]+)"`); len(key) != 87 {
		t.Errorf("the page gives the key %q", key)
	}
	quiet := func(mail, sms, from, to string) url.Values {
		return url.Values{"mail": {mail}, "sms": {sms}, "first": {"sms"}, "from": {from}, "to": {to}}
	}
	for name, c := range map[string]struct {
		form  url.Values
		field string
		says  string
	}{
		"a name":      {quiet("Ana <ana@example.org>", "", "", ""), "mail", "cannot be reached"},
		"a number":    {quiet("ana@example.org", "070 123 456", "", ""), "sms", "cannot be reached"},
		"one time":    {quiet("ana@example.org", "", "22:00", ""), "from", "Enter both times"},
		"a late time": {quiet("ana@example.org", "", "22:00", "24:01"), "from", "Enter both times"},
	} {
		a := ana.Do(http.MethodPost, "/me/notices", c.form).Is(http.StatusUnprocessableEntity).Says(c.says)
		a.Find(`href="(#` + c.field + `)"`)
		if got := a.Find(`id="mail"[^>]*value="([^"]*)"`); got != c.form.Get("mail") {
			t.Errorf("%s: what was typed is gone: %q", name, got)
		}
	}
	kept := func(want notify.Setting) {
		t.Helper()
		want.User, want.Zone, want.Language = w.Node.As("ana").User, "Europe/Chisinau", "en"
		if set, _, err := w.Node.Notices.Mine(t.Context(), w.Node.As("ana").Actor); err != nil || set != want {
			t.Errorf("kept: %+v, %v", set, err)
		}
	}
	ana.Post("/me/notices", quiet("ana@example.org", "", "", "")).OK()
	kept(notify.Setting{Channel: notify.Mail, Address: "ana@example.org"})
	ana.Post("/me/notices", quiet("", "", "", "")).OK().Says("Nothing reaches you yet")
	kept(notify.Setting{Channel: notify.Push})
	a = ana.Post("/me/notices", quiet("ana@example.org", "+389 70 (123) 456", "22:00", "06:30")).OK().Says("It is saved how you are told.").Never("Nothing reaches you yet")
	for id, want := range map[string]string{"mail": "ana@example.org", "sms": "+38970123456", "from": "22:00", "to": "06:30"} {
		if got := a.Find(`id="` + id + `"[^>]*value="([^"]*)"`); got != want {
			t.Errorf("%s is %q, want %q", id, got, want)
		}
	}
	kept(notify.Setting{Channel: notify.SMS, Address: "+38970123456", Second: notify.Mail, SecondAddress: "ana@example.org", QuietFrom: 1320, QuietTo: 390})

	for _, bad := range []string{"", "no subscription", strings.Replace(subscription(t, "x"), "fcm.googleapis.com", "intranet.example.org", 1)} {
		ana.Do(http.MethodPost, "/me/notices/browsers", url.Values{"subscription": {bad}}).Is(http.StatusUnprocessableEntity).Says("cannot be reached")
	}
	for i := range 5 {
		ana.Post("/me/notices/browsers", url.Values{"subscription": {subscription(t, fmt.Sprint(i))}}).OK().Says("You are told in this browser from now on.", "A browser since")
	}
	ana.Do(http.MethodPost, "/me/notices/browsers", url.Values{"subscription": {subscription(t, "6")}}).Is(http.StatusConflict).Says("five browsers already")
	ana.Get("/me").OK().Says("By mail By text message In browsers")
	first := ana.Get("/me/notices").Find(`action="(/me/notices/browsers/[^"]+)" data-endpoint="https://fcm\.googleapis\.com/fcm/send/0"`)
	ada := w.As("ada")
	ada.Post(first, url.Values{"do": {"stop"}}).OK()
	ada.Get("/me/notices").OK().Never("fcm.googleapis.com")
	if a := ana.Get("/me/notices"); !strings.Contains(a.Body, "/send/0") {
		t.Fatal("somebody took away the browser of another")
	}
	if a := ana.Post(first, url.Values{"do": {"stop"}}).OK().Says("no longer told in that browser"); strings.Contains(a.Body, "/send/0") || !strings.Contains(a.Body, "/send/1") {
		t.Error("another browser was taken away")
	}
	if logs := w.Node.Logs.String(); strings.Contains(logs, "fcm.googleapis.com") || strings.Contains(logs, "70123456") {
		t.Error("an address of hers stands in the log")
	}
}

// A node that has no way of telling says so on the page, and offers none.
func TestNobodyIsOfferedAWayThatThereIsNot(t *testing.T) {
	w := webtest.Open(t)
	ana := w.As("ana")
	ana.Get("/me/notices").OK().Says("Nothing reaches you yet", "sends no mail and no text messages", "tells nobody in a browser").Never("data-push", `name="mail"`)
	ana.Do(http.MethodPost, "/me/notices/browsers", url.Values{"subscription": {subscription(t, "x")}}).Is(http.StatusUnprocessableEntity)
}

// In a real browser the page registers the worker, and the worker shows what is pushed: the words that the node sent and, for
// what it cannot read, the name of the program.
func TestABrowserShowsWhatIsPushed(t *testing.T) {
	ctx := browser(t)
	w := webtest.Pair(t)
	base := "http://" + w.Node.PeopleAddress()
	enter(t, ctx, base, "ana")
	shown := make(chan *backgroundservice.Event, 64)
	registered := make(chan *serviceworker.Registration, 64)
	err := chromedp.Listen(ctx, func(ev any) {
		if e, ok := ev.(*serviceworker.EventWorkerRegistrationUpdated); ok {
			for _, r := range e.Registrations {
				registered <- r
			}
		}
		if e, ok := ev.(*backgroundservice.EventBackgroundServiceEventReceived); ok {
			shown <- e.BackgroundServiceEvent
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	prepare := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, serviceworker.Enable, cdp.Empty{})
		if err == nil {
			_, err = cdp.Call(ctx, target, backgroundservice.StartObserving, backgroundservice.StartObservingParams{Service: backgroundservice.ServiceNameNotifications})
		}
		if err == nil {
			_, err = cdp.Call(ctx, target, backgroundservice.SetRecording, backgroundservice.SetRecordingParams{ShouldRecord: true, Service: backgroundservice.ServiceNameNotifications})
		}
		return err
	})
	press := `form[data-do=add] button`
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	// What a browser without a screen has not is put in its place: a push service that fails, and one that answers.
	given := subscription(t, "here")
	page := chromedp.Navigate(base + "/me/notices")
	fails := chromedp.Evaluate[bool](`PushManager.prototype.subscribe = () => Promise.reject(new Error()); true`)
	answers := chromedp.Evaluate[bool](`PushManager.prototype.subscribe = async () => ({ toJSON: () => ({ ...` + given + `, expirationTime: null }) }); true`)
	if err := chromedp.Do(ctx, prepare, notifications(base, chromium.PermissionSettingDenied), page, chromedp.WaitVisible(`[data-when=denied]`),
		notifications(base, chromium.PermissionSettingGranted), page, chromedp.WaitVisible(press), chromedp.WaitNotVisible(`[data-when=denied]`)); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Run(ctx, fails); err != nil {
		t.Fatal(err)
	}
	tap(t, ctx, press)
	if err := chromedp.Do(ctx, chromedp.WaitVisible(`[data-when=failed]`), chromedp.WaitNotVisible(`[data-when=busy]`)); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Run(ctx, answers); err != nil {
		t.Fatal(err)
	}
	tap(t, ctx, press)
	if err := chromedp.Do(ctx, chromedp.WaitVisible(`[data-endpoint="https://fcm.googleapis.com/fcm/send/here"]`)); err != nil {
		t.Fatal(err)
	}
	if _, kept, err := w.Node.Notices.Mine(ctx, w.Node.As("ana").Actor); err != nil || len(kept) != 1 || kept[0].Address != given {
		t.Errorf("kept: %+v, %v", kept, err)
	}
	var at *serviceworker.Registration
	select {
	case at = <-registered:
	case <-ctx.Done():
		t.Fatal("no worker was registered")
	}
	ready := `navigator.serviceWorker.ready.then((r) => new Promise((done) => {
		const look = () => r.active && r.active.state === 'activated' ? done(true) : requestAnimationFrame(look)
		look()
	}))`
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](ready, chromedp.EvalAwaitPromise)); err != nil {
		t.Fatal(err)
	}
	if at.ScopeURL != base+"/me/notices" {
		t.Errorf("the worker answers for %s", at.ScopeURL)
	}
	for _, c := range [][2]string{
		{`{"title":"2"}`, "2|"},
		{`{"title":"mk-7k2p is waiting","body":"Sign in: <b>here</b>","url":"https://elsewhere.example/"}`, "mk-7k2p is waiting|Sign in: <b>here</b>"},
		{`not to be read`, "OpenTRM|"},
		{`{"title":"mk-7k2p"}`, "mk-7k2p|"},
	} {
		data, want := c[0], c[1]
		deliver := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{Origin: base, RegistrationID: at.RegistrationID, Data: data})
			return err
		})
		if err := chromedp.Do(ctx, deliver); err != nil {
			t.Fatal(err)
		}
		select {
		case e := <-shown:
			got := map[string]string{}
			for _, m := range e.EventMetadata {
				got[m.Key] = m.Value
			}
			if said := got["Title"] + "|" + got["Body"]; said != want {
				t.Errorf("the browser shows %q, want %q", said, want)
			}
		case <-ctx.Done():
			t.Fatalf("nothing was shown, want %q", want)
		}
	}
}

// notifications says in the browser whether a page may show notices.
func notifications(base string, setting chromium.PermissionSetting) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, chromium.SetPermission, chromium.SetPermissionParams{
			Permission: &chromium.PermissionDescriptor{Name: "notifications"}, Setting: setting, Origin: base,
		})
		return err
	})
}

// subscription is what a browser would give.
func subscription(t testing.TB, name string) string {
	t.Helper()
	k, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	return fmt.Sprintf(`{"endpoint":"https://fcm.googleapis.com/fcm/send/%s","keys":{"auth":%q,"p256dh":%q}}`, name, b64([]byte("sixteen bytes ok")), b64(k.PublicKey().Bytes()))
}
