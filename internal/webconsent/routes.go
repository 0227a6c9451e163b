// Package webconsent is the screens of what she agreed to: what is read to her and asked, and the receipt; what may be done
// without it, by two people and with a review; and the page that she has of her own, on which she takes a
// consent back herself. Which consents stand is on the page of the case, in package webcase.
package webconsent

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/ownview"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/wording"
)

// Services are the nouns that the screens of a consent need.
type Services struct {
	Cases    *casefile.Service
	Forms    *form.Service
	Persons  *person.Service
	Consents *consent.Service
	Members  *member.Service
	Wordings *wording.Service
	OwnViews *ownview.Service
	Address  string // at which people reach the node, "https://…"; empty: none that a slip could name
}

// visit is one request about a consent.
type visit struct {
	*page.Visit
	Services
	looks *page.Rates
}

// Codes that one network may try on the page of a person. It keeps the processor free and shuts nobody out: no code is found by trying.
const (
	looks    = 30 // at once
	perLooks = 1  // a second, after that
)

// Routes returns the map of the screens of a consent.
func (s Services) Routes() []page.Route {
	rates := page.NewRates(perLooks, looks)
	m := page.NewMap(func(v *page.Visit) *visit { return &visit{v, s, rates} })
	m.For("GET /cases/{case}/consent", access.GiveConsent, (*visit).consentForm)
	m.For("POST /cases/{case}/consent", access.GiveConsent, (*visit).giveConsent)
	m.For("GET /consents/{consent}/receipt", access.ReadConsent, (*visit).receipt)
	m.For("GET /sheets/{form}", access.ReadText, (*visit).sheet)
	m.For("GET /cases/{case}/override", access.ProposeOverride, (*visit).proposeForm)
	m.For("POST /cases/{case}/override", access.ProposeOverride, (*visit).proposeOverride)
	m.For("GET /overrides/{override}", access.KnowOverride, (*visit).override)
	m.For("POST /overrides/{override}/approve", access.ApproveOverride, (*visit).approveOverride)
	m.For("POST /overrides/{override}/inform", access.InformOverride, (*visit).informOverride)
	m.For("POST /overrides/{override}/review", access.ReviewOverride, (*visit).reviewOverride)
	m.Open("GET "+ownview.Path, "asks for the code of a person and says nothing", (*visit).ownForm)
	m.Open("POST "+ownview.Path, "the code is the proof", (*visit).ownLook)
	m.Open("GET "+ownview.Path+"/back", "says that something was taken back, to anybody", (*visit).ownBackDone)
	m.Open("POST "+ownview.Path+"/back", "the ticket of a page that is looked at is the proof", (*visit).ownBack)
	m.Open("GET "+ownview.Path+"/off", "says that a page is off, to anybody", (*visit).ownOffDone)
	m.Open("POST "+ownview.Path+"/off", "the ticket of a page that is looked at is the proof", (*visit).ownOff)
	m.For("POST "+ownview.Path+"/new", access.CodeCase, (*visit).issueOwn)
	m.For("GET /cases/{case}/page", access.CodeCase, (*visit).ownPage)
	m.For("POST /cases/{case}/page/off", access.CodeCase, (*visit).revokeOwn)
	m.For("POST /cases/{case}/page/{consent}", access.WithdrawConsent, (*visit).confirmOwn)
	return m.Routes()
}
