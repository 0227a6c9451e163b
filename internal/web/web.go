// Package web puts the pages of the node together, and has those that everybody has: coming in and going out, the home with
// what there is to do, and one's own settings.
//
// The other screens are in packages by area, each with its map of routes: webcase (a case), webconsent (what she agreed to),
// webreferral (what passes between desks), weboffice (accounts, desks, the directory, the log), webprogram (other programs) and others. Package page is what all of them are made of.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
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
	"github.com/opentrm/opentrm/internal/doctor"
	"github.com/opentrm/opentrm/internal/duplicate"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/htcds"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/joint"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/ownview"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/relation"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/screening"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/subject"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/transfer"
	"github.com/opentrm/opentrm/internal/web/asset"
	"github.com/opentrm/opentrm/internal/webhook"
	"github.com/opentrm/opentrm/internal/wording"
)

// Services are what the pages call. Package node fills them; every one is needed.
type Services struct {
	Signin       *signin.Service
	Desks        *desk.Service
	Keyring      *keyring.Service
	Tasks        *task.Service
	Wordings     *wording.Service
	Audit        *audit.Service
	Messages     *message.Service
	Members      *member.Service
	Exchange     *exchange.Service
	Profile      *profile.Service
	Persons      *person.Service
	Consents     *consent.Service
	Cases        *casefile.Service
	Referrals    *referral.Service
	Directory    *directory.Service
	Retention    *retention.Service
	Restrictions *restriction.Service
	Webhooks     *webhook.Service
	Intake       *intake.Service
	Facts        *stats.Service
	Notices      *notify.Service
	Forms        *form.Service
	Screenings   *screening.Service
	Searches     *search.Service
	Lookups      *lookup.Service
	Counts       *count.Service
	Subjects     *subject.Service
	OwnViews     *ownview.Service
	HTCDS        *htcds.Service
	Careplans    *careplan.Service
	Childhoods   *childhood.Service
	Relations    *relation.Service
	Conferences  *conference.Service
	Homecomings  *homecoming.Service
	Joints       *joint.Service
	Cooperations *cooperation.Service
	Dockets      *docket.Service
	Transfers    *transfer.Service
	Duplicates   *duplicate.Service
	Devices      *device.Service
	Publications *publication.Service
}

// Web is the pages over the services of one node.
type Web struct {
	Services

	Member    id.Member
	Texts     *lang.Catalogue
	Assets    *asset.Set
	Log       *slog.Logger
	Now       func() time.Time
	IDs       id.Maker
	Examine   func(ctx context.Context, who access.Actor) ([]doctor.Finding, error)
	Seen      func() doctor.Seen     // what the last examination of the node found
	Others    func() int             // how many other members the network has: how many witnesses there can be
	Address   string                 // at which people reach the node, "https://…"; empty: none that a letter could name
	Elsewhere string                 // address to which "leave this page quickly" leads; empty: a calendar of this node
	Lists     casefile.Data          // the lists of codes of cases
	Law       func() profile.Set     // the profiles as they stand now
	Push      string                 // public key to which a browser subscribes; empty: nobody is told in a browser
	Demo      bool                   // an invented member: every page says so
	Phrase    string                 // of every account of a demonstration, which a link signs in; empty: no link does
	Sent      page.Sent              // remembers the forms that were sent
	Signer    func() seal.SignPublic // key under which the node answers devices that work without a network

	attended attended
}

// Handler returns the pages as a handler for every path that is not another face's.
func (s *Web) Handler() http.Handler { return s.Pages(s.routes()) }

// Pages returns the door with these pages only.
func (s *Web) Pages(routes []page.Route) http.Handler {
	near := &practices{find: s.Publications.Find}
	urgent := &emergencyDesks{list: func(v *page.Visit) ([]desk.Desk, error) { return s.Desks.List(v.R.Context(), v.By.Actor) }}
	return page.Door(&page.Site{
		Signin: s.Signin, Member: s.Member, Texts: s.Texts, Assets: s.Assets, Log: s.Log, Now: s.Now, IDs: s.IDs,
		Neutral: ownview.Path, Elsewhere: s.Elsewhere, Demo: s.Demo, Law: s.Law, Desks: &page.Desks{List: s.Members.Directory}, Emergency: urgent.has, Beside: near.of, Menu: menu(), Often: often, Sent: s.Sent,
	}, routes)
}
