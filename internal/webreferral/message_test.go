package webreferral_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// A message that the other desk refused is a task that leads to a page on which it is sealed anew; a message that was not refused is not.
func TestARefusedMessageIsSentAgain(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	say := url.Values{"to": {"MK/focal-point"}, "text": {"DEMO: is there a bed?"}, "basis": {"protocol"}}
	thread := ana.Do(http.MethodPost, "/messages/new", say).Is(http.StatusSeeOther).Header.Get("Location")
	thread, _, _ = strings.Cut(thread, "?")
	w.Node.Net.Run()
	mk := w.Node.Net.Node("MK")
	err := store.Writer[message.Tx](mk.DB)(t.Context(), audit.Did(nodetest.Console("MK"), access.EraseCase, "x"), func(tx message.Tx) error {
		return mk.Messages.EraseIn(t.Context(), tx, id.Thread(strings.TrimPrefix(thread, "/messages/")))
	})
	if err != nil {
		t.Fatal(err)
	}
	ana.Get(thread).OK().Never("Send the refused message again")
	ana.Post(thread, url.Values{"text": {"DEMO: tonight?"}, "basis": {"protocol"}}).OK()
	w.Node.Net.Run()

	again := ana.Get("/tasks").OK().Find(`href="(/letters/[^"]+/resend)"`)
	if found := ana.Get(thread).OK().Says("Refused").Find(`href="(/letters/[^"]+/resend)"`); found != again {
		t.Errorf("the task leads to %s, the message to %s", again, found)
	}
	ana.Get(again).OK().Says("nobody there has read it").Never("tonight")
	ana.Do(http.MethodPost, again, url.Values{}).Is(http.StatusForbidden).Says("Choose another basis", "nobody there has read it")
	ana.Post(again, url.Values{"basis": {"protocol"}}).OK()
	ana.Get(thread).OK().Never("Refused", "Send the refused message again")
	if strings.Contains(ana.Get("/tasks").OK().Body, again) {
		t.Error("the task is still there")
	}
	ana.Do(http.MethodPost, again, url.Values{"basis": {"protocol"}}).Is(http.StatusConflict)
}
