package webreferral_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestAWithdrawalIsAnsweredOnAPage: she takes her consent back in Moldova; in Skopje the task leads to the page on which the desk says what
// becomes of what it holds, and the desk in Moldova reads it. Nobody else learns that there is something to answer.
func TestAWithdrawalIsAnsweredOnAPage(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	mk := n.Node("MK")
	mk.Desk(desk.Desk{ID: "archive", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.legal-hold", Purpose: desk.LegalHold}, "arka", access.CaseManager)
	mk.Desk(desk.Desk{ID: "house", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter"}, "zana", access.CaseManager)
	n.Run()
	md, there := webtest.At(t, n.Node("MD")), webtest.At(t, mk)
	ana, skopje := md.As("ana"), there.As("ana")
	withdrawn := func() (r, reply string) {
		t.Helper()
		path := webtest.Opened(t, ana)
		r = webtest.Draft(ana, path)
		ana.Take(r, "check", nil).OK()
		ana.Take(r, "send", nil).OK()
		n.Run()
		skopje.Take(r, "acknowledge", nil).OK()
		skopje.Take(r, "accept", nil).OK()
		n.Run()
		skopje.Do(http.MethodPost, r+"/open", nil).OK().Says("Мария Фиктивна")
		skopje.Get(r).OK().Never("Say what becomes of the data")
		ana.Get(r).OK().Never("What becomes of the data at the other desk")
		ana.Post(ana.Get(path).OK().Find(`action="(/cases/[^"]+/withdraw)"`), nil).OK()
		n.Run()
		ana.Get(r).OK().Says("What becomes of the data at the other desk Nobody has said it yet")
		reply = skopje.Get("/tasks").OK().Says("Say what becomes of the data").Find(`href="(/consents/[^"]+/reply)"`)
		if at := skopje.Get(r).OK().Says("Say what becomes of the data").Find(`href="(/consents/[^"]+/reply)"`); at != reply {
			t.Errorf("the referral leads to %s, the task to %s", at, reply)
		}
		return r, reply
	}

	r, reply := withdrawn()
	skopje.Get(reply).OK().Says("What lies under it here is frozen", "MD took her consent", "nobody can bring it back", "Name, Languages").Never("Мария", "Фиктивна")
	zana := there.As("zana")
	hidden, missing := zana.Get(reply).Is(http.StatusNotFound), zana.Get(reply[:len(reply)-len("/reply")]+"x/reply").Is(http.StatusNotFound)
	if hidden.Text() != missing.Text() {
		t.Error("another desk can tell a hidden consent from a missing one")
	}
	zana.Post(reply, url.Values{"answer": {"erased"}}).Is(http.StatusNotFound)
	skopje.Post(reply, nil).Is(http.StatusUnprocessableEntity).Says("What becomes of the data")
	file := skopje.Post(reply, url.Values{"answer": {"erased"}}).OK().Says("It is recorded what becomes of the data", "What becomes of the data Erased for ever")
	if strings.Contains(file.Body, reply) {
		t.Error("the case still asks for an answer")
	}
	skopje.Get(reply).OK().Says("There is no withdrawal waiting for an answer here").Never("<form method=\"post\" action=\"" + reply)
	skopje.Do(http.MethodPost, reply, url.Values{"answer": {"erased"}}).Is(http.StatusConflict)
	skopje.Get("/tasks").OK().Never("Say what becomes of the data")
	n.Run()
	ana.Get(r).OK().Says("What becomes of the data at the other desk Erased for ever")

	r, reply = withdrawn()
	keep := url.Values{"answer": {"kept"}, "ground": {"court-order"}, "desk": {"archive"}, "review-day": {"1"}, "review-month": {"3"}, "review-year": {"2027"}}
	skopje.Post(reply, keep).Is(http.StatusUnprocessableEntity).Says("Correct this part of the consent: Provision")
	keep.Set("citation", "Demo law 17/2026")
	for field, wrong := range map[string]string{"review-year": "2020", "desk": "house", "ground": ""} {
		bad := url.Values{}
		for k := range keep {
			bad[k] = keep[k]
		}
		bad[field] = []string{wrong}
		skopje.Post(reply, bad).Is(http.StatusUnprocessableEntity)
	}
	skopje.Post(reply, keep).OK().Says("Kept, because a law requires it", "An order of a court", "demo-law-17-2026", "Looked at again on 1 March 2027")
	n.Run()
	ana.Get(r).OK().Says("What becomes of the data at the other desk Kept, because a law requires it An order of a court Looked at again on 1 March 2027")
}
