// Package webprogram is the screens of what other programs may do and hear: service accounts, what they may write and, where two have
// signed, read; and the systems that are told that something happened at a desk.
//
// Each file is one subject with its screens beside it in a templ file; the map is in [Services.Routes].
package webprogram

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/webhook"
)

// Services are the nouns that the screens of other programs need.
type Services struct {
	Signin   *signin.Service
	Desks    *desk.Service
	Webhooks *webhook.Service
}

// visit is one request about another program.
type visit struct {
	*page.Visit
	Services
}

// Routes returns the map of the screens of other programs.
func (s Services) Routes() []page.Route {
	m := page.NewMap(func(v *page.Visit) *visit { return &visit{v, s} })
	m.For("GET /service-accounts", access.ListToken, (*visit).programs)
	m.For("GET /service-accounts/new", access.CreateToken, (*visit).programForm)
	m.For("POST /service-accounts/new", access.CreateToken, (*visit).proposeProgram)
	m.For("GET /service-accounts/{user}", access.ListToken, (*visit).program)
	m.For("POST /service-accounts/{user}/confirm", access.ConfirmToken, (*visit).confirmProgram)
	m.For("POST /service-accounts/{user}/reading", access.ApproveReaderToken, (*visit).approveReader)
	m.For("POST /service-accounts/{user}/token", access.RotateToken, (*visit).rotateProgram)
	m.For("POST /service-accounts/{user}/revoke", access.RevokeToken, (*visit).revokeProgram)
	m.For("GET /webhooks", access.ListWebhook, (*visit).webhooks)
	m.For("GET /webhooks/new", access.ProposeWebhook, (*visit).webhookForm)
	m.For("POST /webhooks/new", access.ProposeWebhook, (*visit).proposeWebhook)
	m.For("GET /webhooks/{webhook}", access.ListWebhook, (*visit).webhook)
	m.For("POST /webhooks/{webhook}/confirm", access.ConfirmWebhook, (*visit).confirmWebhook)
	m.For("POST /webhooks/{webhook}/test", access.ChangeWebhook, (*visit).tryWebhook)
	m.For("POST /webhooks/{webhook}/replay", access.ChangeWebhook, (*visit).replayWebhook)
	m.For("POST /webhooks/{webhook}/secret", access.ChangeWebhook, (*visit).rotateWebhook)
	m.For("POST /webhooks/{webhook}/remove", access.RemoveWebhook, (*visit).removeWebhook)
	return m.Routes()
}
