// Package webfirst is the way of a first responder who cannot wait: looking whether a person is known, opening her case, asking what
// she agrees to, and sending an urgent referral to a desk of her own country; and the notification without a name where she does not
// agree.
//
// From the home of a first responder it is six screens at most and eight answers that must be given at most, none of which touches what
// happened to her. What was answered is sealed in the case before the next screen comes, all but which desk is asked for what: that is sent
// along with what she agreed to.
package webfirst

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/wording"
)

// Services are the nouns that these screens need.
type Services struct {
	Cases     *casefile.Service
	Persons   *person.Service
	Consents  *consent.Service
	Members   *member.Service
	Directory *directory.Service
	Forms     *form.Service
	Searches  *search.Service
	Referrals *referral.Service
	Facts     *stats.Service
	Wordings  *wording.Service
	Lists     casefile.Data // the lists of codes of cases
}

// visit is one request on that way.
type visit struct {
	*page.Visit
	Services
}

// Routes returns the map of these screens.
func (s Services) Routes() []page.Route {
	m := page.NewMap(func(v *page.Visit) *visit { return &visit{v, s} })
	m.For("GET /cases/begin", access.OpenCase, (*visit).caseForm)
	m.For("POST /cases/begin", access.SearchCase, (*visit).findCase)
	m.For("GET /urgent", access.OpenCase, (*visit).urgentForm)
	m.For("POST /urgent", access.SearchCase, (*visit).findUrgent)
	m.For("GET /urgent/new", access.OpenCase, (*visit).herForm)
	m.For("POST /urgent/new", access.OpenCase, (*visit).open)
	m.For("GET /cases/{case}/urgent", access.DraftReferral, (*visit).helpForm)
	m.For("POST /cases/{case}/urgent", access.DraftReferral, (*visit).ask)
	m.For("GET /urgent/{referral}", access.ReadReferral, (*visit).checkForm)
	m.For("POST /urgent/{referral}", access.SendReferral, (*visit).send)
	m.For("GET /urgent/{referral}/sent", access.KnowReferral, (*visit).sent)
	m.For("GET /unnamed", access.TellFact, (*visit).tellForm)
	m.For("POST /unnamed", access.TellFact, (*visit).tell)
	m.For("GET /unnamed/counts", access.ToldFact, (*visit).untold)
	return m.Routes()
}
