package apioffice

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/webhook"
)

// Webhooks are the addresses that one may see.
type Webhooks struct {
	Body struct {
		Items []webhook.Hook `json:"items" nullable:"false"`
		Types []string       `json:"types" nullable:"false" doc:"That a webhook can hear of"`
	}
}

func (a *Area) listWebhooks(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*Webhooks, error) {
	all, err := a.Webhooks.List(ctx, by.Actor)
	out := &Webhooks{}
	out.Body.Items, out.Body.Types = all, a.Webhooks.Data.Choices()
	return out, err
}

// OneWebhook names a webhook.
type OneWebhook struct {
	call.Session
	Webhook id.Webhook `path:"webhook" maxLength:"64"`
}

// WebhookShown is one webhook.
type WebhookShown struct {
	ETag string `header:"ETag"`
	Body webhook.Hook
}

func shownWebhook(h webhook.Hook, err error) (*WebhookShown, error) {
	return &WebhookShown{call.Tag(h.Version), h}, err
}

func (a *Area) showWebhook(ctx context.Context, by keyring.Bearer, in *OneWebhook) (*WebhookShown, error) {
	return shownWebhook(a.Webhooks.Show(ctx, by.Actor, in.Webhook))
}

// ProposedWebhook asks for a webhook.
type ProposedWebhook struct {
	call.Session
	call.Once
	Body struct {
		Desk   id.Desk  `json:"desk" maxLength:"40" doc:"Of which it hears; a member of it confirms"`
		URL    string   `json:"url" maxLength:"500" doc:"https"`
		Types  []string `json:"types" maxItems:"60" nullable:"false" doc:"That it hears of, spec/webhook.md 4"`
		Inside bool     `json:"inside,omitempty" doc:"It may lie in a private network"`
	}
}

// WebhookSecret is a webhook with its secret. The secret is told once.
type WebhookSecret struct {
	ETag string `header:"ETag"`
	Body struct {
		Webhook webhook.Hook `json:"webhook"`
		Secret  string       `json:"secret" doc:"With which the receiver checks the signature v1; told once"`
	}
}

func secretOf(h webhook.Hook, secret string, err error) (*WebhookSecret, error) {
	out := &WebhookSecret{ETag: call.Tag(h.Version)}
	out.Body.Webhook, out.Body.Secret = h, secret
	return out, err
}

func (a *Area) proposeWebhook(ctx context.Context, by keyring.Bearer, in *ProposedWebhook) (*WebhookSecret, error) {
	return secretOf(a.Webhooks.Propose(ctx, by.Actor, webhook.Proposal{
		Desk: in.Body.Desk, URL: in.Body.URL, Types: in.Body.Types, Inside: in.Body.Inside,
	}))
}

// SeenWebhook changes a webhook as it was seen.
type SeenWebhook struct {
	call.Session
	call.Match
	Webhook id.Webhook `path:"webhook" maxLength:"64"`
}

func (a *Area) confirmWebhook(ctx context.Context, by keyring.Bearer, in *SeenWebhook) (*WebhookShown, error) {
	seen, err := in.Version()
	if err != nil {
		return nil, err
	}
	return shownWebhook(a.Webhooks.Confirm(ctx, by.Actor, in.Webhook, seen))
}

func (a *Area) rotateWebhook(ctx context.Context, by keyring.Bearer, in *SeenWebhook) (*WebhookSecret, error) {
	seen, err := in.Version()
	if err != nil {
		return nil, err
	}
	return secretOf(a.Webhooks.Rotate(ctx, by.Actor, in.Webhook, seen))
}

func (a *Area) removeWebhook(ctx context.Context, by keyring.Bearer, in *SeenWebhook) (*call.Nothing, error) {
	seen, err := in.Version()
	if err != nil {
		return nil, err
	}
	return nil, a.Webhooks.Remove(ctx, by.Actor, in.Webhook, seen)
}

// TriedWebhook tries a webhook.
type TriedWebhook struct {
	call.Session
	call.Once
	Webhook id.Webhook `path:"webhook" maxLength:"64"`
}

func (a *Area) tryWebhook(ctx context.Context, by keyring.Bearer, in *TriedWebhook) (*WebhookShown, error) {
	return shownWebhook(a.Webhooks.Test(ctx, by.Actor, in.Webhook))
}

// ReplayedWebhook sends again.
type ReplayedWebhook struct {
	call.Session
	call.Once
	Webhook id.Webhook `path:"webhook" maxLength:"64"`
	Body    struct {
		From int64 `json:"from,omitempty" minimum:"0" doc:"Number of the first item that is sent again; 0: what was not taken"`
	}
}

func (a *Area) replayWebhook(ctx context.Context, by keyring.Bearer, in *ReplayedWebhook) (*WebhookShown, error) {
	return shownWebhook(a.Webhooks.Replay(ctx, by.Actor, in.Webhook, in.Body.From))
}
