// Package webreferral is the screens of what passes between desks: referrals with every step, letters to a desk without a node
// and the page on which it answers, messages, and what is released to the prosecution.
//
// Each file is one subject with its screens beside it in a templ file; the map is in [Services.Routes].
package webreferral

import (
	"time"

	"golang.org/x/time/rate"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/letter"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/task"
)

// Services are the nouns that the screens between desks need.
type Services struct {
	Referrals *referral.Service
	Messages  *message.Service
	Members   *member.Service
	Cases     *casefile.Service
	Consents  *consent.Service
	Persons   *person.Service
	Tasks     *task.Service
	Desks     *desk.Service
	Directory *directory.Service
	Lists     casefile.Data      // the lists of codes of cases
	Law       func() profile.Set // the profiles as they stand now
	Address   string             // at which people reach the node, "https://…"; empty: none that a letter could name
}

// Codes of letters that one network may try.
const (
	replies  = 10 // at once
	perReply = 6 * time.Second
)

// visit is one request about what passes between desks.
type visit struct {
	*page.Visit
	Services
	replies *page.Rates
}

// Routes returns the map of the screens between desks.
func (s Services) Routes() []page.Route {
	slow := page.NewRates(rate.Every(perReply), replies)
	m := page.NewMap(func(v *page.Visit) *visit { return &visit{v, s, slow} })
	m.Open("GET "+letter.Path, "asks for the code of a letter and says nothing", (*visit).replyForm)
	m.Open("POST "+letter.Path, "the code of the letter is the proof", (*visit).reply)
	m.Open("GET "+letter.Path+"/taken", "says that an answer was taken, to anybody", (*visit).replyTaken)
	m.For("GET /releases", access.KnowRelease, (*visit).releases)
	m.For("GET /releases/{release}", access.ReadRelease, (*visit).release)
	m.For("POST /releases/{release}/approve", access.ApproveRelease, (*visit).approveRelease)
	m.For("POST /releases/{release}/end", access.WithdrawRelease, (*visit).endRelease)
	m.For("GET /cases/{case}/releases", access.ByOrderRelease, (*visit).releaseForm)
	m.For("POST /cases/{case}/releases", access.ByOrderRelease, (*visit).releaseCase)
	m.For("GET /cases/{case}/referral", access.DraftReferral, (*visit).draftForm)
	m.For("POST /cases/{case}/referral", access.DraftReferral, (*visit).draft)
	m.For("GET /referrals", access.ListReferral, (*visit).referrals)
	m.For("GET /referrals/{referral}", access.KnowReferral, (*visit).referral)
	m.For("POST /referrals/{referral}/open", access.OpenReferral, (*visit).openReferral)
	m.For("POST /referrals/{referral}/reach/{index}", access.OpenReferral, (*visit).reach)
	m.For("GET /referrals/{referral}/letter", access.ReadReferral, (*visit).letterForm)
	m.For("POST /referrals/{referral}/letter", access.ReadReferral, (*visit).letter)
	m.For("POST /referrals/{referral}/file", access.ReadReferral, (*visit).letterFile)
	m.For("POST /referrals/{referral}/file/save", access.ReadReferral, (*visit).saveLetterFile)
	m.For("GET /referrals/{referral}/re-refer", access.ReReferReferral, (*visit).draftForm)
	m.For("POST /referrals/{referral}/re-refer", access.ReReferReferral, (*visit).draft)
	m.For("GET /consents/{consent}/reply", access.WithdrawConsent, (*visit).answerForm)
	m.For("POST /consents/{consent}/reply", access.WithdrawConsent, (*visit).answer)
	m.For("GET /board", access.BoardReferral, (*visit).board)
	m.For("GET /messages", access.ListMessage, (*visit).threads)
	m.For("GET /messages/new", access.WriteMessage, (*visit).writeForm)
	m.For("POST /messages/new", access.WriteMessage, (*visit).write)
	m.For("GET /messages/{thread}", access.ReadMessage, (*visit).thread)
	m.For("POST /messages/{thread}", access.WriteMessage, (*visit).answerThread)
	m.For("GET /letters/{message}", access.ReadMessage, (*visit).unread)
	m.For("POST /letters/{message}", access.ReadMessage, (*visit).readMessage)
	m.For("GET /letters/{message}/resend", access.WriteMessage, (*visit).resendForm)
	m.For("POST /letters/{message}/resend", access.WriteMessage, (*visit).resendMessage)
	stepRoutes(m)
	return m.Routes()
}
