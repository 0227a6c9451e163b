package api

import (
	"context"
	"net/http"
	"time"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/childhood"
	"github.com/opentrm/opentrm/internal/conference"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/device"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/docket"
	"github.com/opentrm/opentrm/internal/duplicate"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/htcds"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/joint"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/ownview"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/region"
	"github.com/opentrm/opentrm/internal/relation"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/screening"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/subject"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/transfer"
	"github.com/opentrm/opentrm/internal/webhook"
	"github.com/opentrm/opentrm/internal/wording"
)

// API is the interface over the services of one node. Every field is needed, save where its comment says otherwise.
type API struct {
	call.Site

	Desks    *desk.Service
	Keyring  *keyring.Service
	NodeKeys *keyring.NodeService
	Members  *member.Service
	Exchange *exchange.Service
	Notices  *notify.Service
	Profile  *profile.Service
	Wordings *wording.Service
	Audit    *audit.Service
	Cases    *casefile.Service
	Persons  *person.Service
	Consents *consent.Service
	Tasks    *task.Service
	Messages *message.Service

	Searches     *search.Service
	Careplans    *careplan.Service
	Childhoods   *childhood.Service
	Relations    *relation.Service
	Transfers    *transfer.Service
	Duplicates   *duplicate.Service
	Subjects     *subject.Service
	HTCDS        *htcds.Service
	Conferences  *conference.Service
	Cooperations *cooperation.Service
	Dockets      *docket.Service
	Homecomings  *homecoming.Service
	Joints       *joint.Service
	Screenings   *screening.Service
	Forms        *form.Service
	Directory    *directory.Service
	Retention    *retention.Service
	Webhooks     *webhook.Service
	Lookups      *lookup.Service
	Counts       *count.Service
	Regions      *region.Service
	Restrictions *restriction.Service
	OwnViews     *ownview.Service
	Devices      *device.Service
	Publications *publication.Service
	Referrals    *referral.Service
	Facts        *stats.Service
	Intake       *intake.Service

	Sheet   func(context.Context) (member.Sheet, error) // drafts the desk sheet as the desks stand now
	Address string                                      // at which people reach the node, "https://…"; may be empty
	Now     func() time.Time
}

// Prefix is where the interface begins.
const Prefix = call.Prefix

// Handler returns the interface as a handler for everything below [Prefix].
func (a *API) Handler() http.Handler { return call.Handler(&a.Site, Routes(), a.areas()...) }

// Description returns the OpenAPI 3.1 description of the interface as YAML.
func Description(texts *lang.Catalogue) ([]byte, error) {
	a := &API{Site: call.Site{Texts: texts}}
	return call.Description(&a.Site, Routes(), a.areas()...)
}
