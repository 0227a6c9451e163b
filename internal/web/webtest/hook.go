package webtest

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/webhook"
)

// silent is a system at which nobody answers.
type silent struct{}

func (silent) Check(string, bool) error { return nil }

func (silent) Send(context.Context, webhook.Message) (webhook.Answer, error) {
	return webhook.Answer{}, fault.New(fault.Unavailable, "webhook.unreachable")
}

// Hooked proposes three systems that hear of the desk of ana, and returns their pages: the first waits for the desk, at the second nobody answers, and
// the third was stopped because of it. Their host resolves to nothing.
func Hooked(w *World) (pages [3]string) {
	w.T.Helper()
	ctx, s := w.T.Context(), w.Node.Webhooks
	before, dead := s.Sender, s.Data.Limits.DeadHours
	defer func() { s.Sender, s.Data.Limits.DeadHours = before, dead }()
	s.Sender = silent{}
	ana, ada := w.Node.As("ana").Actor, w.Node.As("ada").Actor
	for i, host := range []string{"register", "telephone", "figures"} {
		h, _, err := s.Propose(ctx, ada, webhook.Proposal{
			Desk: ana.Desk, URL: "https://" + host + ".example.invalid/in", Types: s.Data.Choices()[:3+9*i], Inside: i == 1,
		})
		if err != nil {
			w.T.Fatal(err)
		}
		if pages[i] = "/webhooks/" + string(h.ID); i == 0 {
			continue
		}
		if _, err = s.Confirm(ctx, ana, h.ID, h.Version); err == nil {
			_, err = s.Test(ctx, ada, h.ID)
		}
		if i == 2 {
			s.Data.Limits.DeadHours = 0
		}
		if err == nil {
			_, err = s.Deliver(ctx, false)
		}
		if err != nil {
			w.T.Fatal(err)
		}
	}
	return pages
}
