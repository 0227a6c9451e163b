package web_test

import (
	"context"
	"net/url"
	"path/filepath"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// aCourierFileUploaded: no line leads to Skopje. The administrator in Chisinau saves a file in her browser, that in Skopje takes it in in
// hers; the referral is there, and the answer goes back the same way.
func aCourierFileUploaded(h *hall) {
	mira, skopje := h.mira, h.skopje
	h.net.CutAll(true)
	defer h.net.CutAll(false)
	_, r := h.sent("Nosena", "MK/focal-point")
	h.net.Run()
	mira.look(r)
	mira.says(mira.said("referral.status.sent"))

	here, there := h.sit(h.md, "ada", "en", false), h.sit(h.mk, "ada", "mk", true)
	there.bring(here.saved("MK"))
	there.says(there.said("exchange.courier.kind.envelope"), there.said("exchange.courier.outcome.taken"))
	there.never("Nosena", "Demona")
	skopje.look(r)
	skopje.says(skopje.said("referral.status.delivered"))
	skopje.answer(r+"/acknowledge", nil)
	skopje.answer(r+"/accept", nil)
	here.bring(there.saved("MD"))
	here.says(here.said("exchange.courier.outcome.taken"))
	h.net.Run() // the node releases what she accepted with nobody signed in
	mira.look(r)
	mira.says(mira.said("referral.status.accepted"))
	there.bring(here.saved("MK"))
	skopje.look(r)
	skopje.send(r + "/open")
	skopje.says("Demona Nosena")
}

// saved lets an administrator save a courier file for a member, and returns where her browser has put it.
func (s *seat) saved(to string) string {
	s.t.Helper()
	dir := s.t.TempDir()
	s.follow("/courier")
	s.fill(url.Values{"to": {to}})
	ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
	defer cancel()
	do := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
			Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllowAndName, BrowserContextID: chromedp.FromContext(ctx).BrowserContextID, DownloadPath: dir, EventsEnabled: new(true),
		})
		return err
	})
	if err := chromedp.Do(ctx, do); err != nil {
		s.t.Fatal(err)
	}
	events := chromedp.Events(ctx, cdpbrowser.DownloadProgress)
	s.press("button that saves", where+`(document.querySelector('form[action="/courier/file"] button'), 'button')`, false)
	for e, err := range events {
		if err != nil {
			s.t.Fatal(err)
		}
		switch e.State {
		case cdpbrowser.DownloadProgressStateCompleted:
			return filepath.Join(dir, e.GUID)
		case cdpbrowser.DownloadProgressStateCanceled:
			s.t.Fatal("the browser did not save the file")
		}
	}
	s.t.Fatal("no file came")
	return ""
}

// bring lets an administrator take in a file that lies on her disk.
func (s *seat) bring(file string) {
	s.t.Helper()
	s.follow("/courier")
	if err := chromedp.Do(s.ctx, chromedp.SetUploadFiles("#file", []string{file})); err != nil {
		s.t.Fatal(err)
	}
	s.send("/courier")
}
