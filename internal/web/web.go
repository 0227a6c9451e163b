package web

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/web/asset"
)

// Services are what the pages call. Package node fills them; every one is needed.
type Services struct {
	Signin    *signin.Service
	Desks     *desk.Service
	Keyring   *keyring.Service
	Tasks     *task.Service
	Audit     *audit.Service
	Messages  *message.Service
	Members   *member.Service
	Persons   *person.Service
	Consents  *consent.Service
	Cases     *casefile.Service
	Referrals *referral.Service
	Directory *directory.Service
	Notices   *notify.Service
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
	Others    func() int         // how many other members the network has: how many witnesses there can be
	Address   string             // at which people reach the node, "https://…"; empty: none that a letter could name
	Elsewhere string             // address to which "leave this page quickly" leads; empty: an empty page of this node
	Lists     casefile.Data      // the lists of codes of cases
	Law       func() profile.Set // the profiles as they stand now
	Push      string             // public key to which a browser subscribes; empty: nobody is told in a browser
	Demo      bool               // an invented member: every page says so
}

// Limits of the door.
const (
	perSecond  = 10 // requests of one session, or of one network address without a session
	burst      = 60
	maxClients = 10_000
	maxForm    = 256 << 10 // bytes of a form
	stretching = 2         // passphrases stretched at once: each takes 64 MiB
	replies    = 10        // codes of letters that one network may try at once
	perReply   = 6 * time.Second
)

// policy is the content security policy of every page: everything comes from this node, nothing is inline.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Handler returns the pages as a handler for every path that is not another face's.
func (s *Web) Handler() http.Handler { return s.Pages(Routes()) }

// Pages returns the door with these pages only.
func (s *Web) Pages(routes []Route) http.Handler {
	d := &door{
		web: s, rates: newRates(perSecond, burst), replies: newRates(rate.Every(perReply), replies), stretch: make(chan struct{}, stretching), mux: http.NewServeMux(),
		cross: http.NewCrossOriginProtection(),
	}
	d.mux.Handle("GET "+asset.Prefix, s.Assets)
	for _, r := range routes {
		d.mux.Handle(r.Pattern, d.route(r))
	}
	d.mux.Handle("/", d.route(Route{Pattern: "/", Public: "says that there is nothing", Serve: (*Visit).nothing}))
	return d
}

// path is a link of this node that somebody asked to come back to, or "/" if it could lead elsewhere.
func path(asked string) string {
	if !strings.HasPrefix(asked, "/") || strings.HasPrefix(asked, "//") || len(asked) > 300 ||
		strings.ContainsFunc(asked, func(r rune) bool { return r < ' ' || r == '\\' || r > '~' }) {
		return "/"
	}
	return asked
}

// bases are the legal bases that the law of the network knows and the catalogue can name.
func (s *Web) bases() []string {
	law, all := s.Law(), []string(nil)
	for _, key := range s.Texts.Keys(lang.English) {
		if name, ok := strings.CutPrefix(key, "law.basis."); ok {
			if _, known := law.Basis(name); known {
				all = append(all, name)
			}
		}
	}
	return all
}
