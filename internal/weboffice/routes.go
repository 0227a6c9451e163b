// Package weboffice is the screens of those who run a node and its network: accounts, desks and who belongs to them, the
// directory of services, the log, and what has been kept long enough.
//
// Each file is one subject with its screens beside it in a templ file; the map is in [Services.Routes].
package weboffice

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/doctor"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/task"
)

// Services are the nouns that the screens of the office need.
type Services struct {
	Signin       *signin.Service
	Desks        *desk.Service
	Exchange     *exchange.Service
	Profile      *profile.Service
	Members      *member.Service
	Keyring      *keyring.Service
	Directory    *directory.Service
	Audit        *audit.Service
	Retention    *retention.Service
	Restrictions *restriction.Service
	Intake       *intake.Service
	Searches     *search.Service
	Tasks        *task.Service
	Forms        func() form.Set
	Law          func() profile.Set // the profiles as they stand now
	Examine      func(ctx context.Context, who access.Actor) ([]doctor.Finding, error)
	Others       func() int    // how many other members the network has: how many witnesses there can be
	Lists        casefile.Data // the lists of codes of cases
}

// visit is one request about the office.
type visit struct {
	*page.Visit
	Services
}

// Routes returns the map of the screens of the office.
func (s Services) Routes() []page.Route {
	m := page.NewMap(func(v *page.Visit) *visit { return &visit{v, s} })
	m.For("GET /users", access.ListUser, (*visit).users)
	m.For("GET /users/new", access.CreateUser, (*visit).inviteForm)
	m.For("POST /users/new", access.CreateUser, (*visit).invite)
	m.For("GET /users/{user}", access.ListUser, (*visit).account)
	m.For("POST /users/{user}/link", access.CreateUser, (*visit).reinvite)
	m.For("GET /let-in/{user}", access.ConfirmUser, (*visit).letInForm)
	m.For("POST /let-in/{user}", access.ConfirmUser, (*visit).letIn)
	m.For("POST /users/{user}/disable", access.DisableUser, (*visit).disable)
	m.For("POST /users/{user}/identities", access.LinkUser, (*visit).linkUser)
	m.For("POST /users/{user}/identities/{identity}", access.LinkUser, (*visit).unlinkUser)
	m.For("POST /users/{user}/sessions/{session}", access.RevokeSession, (*visit).revoke)
	m.For("GET /members", access.ReadMember, (*visit).members)
	m.For("POST /members/{member}/test", access.DoctorNode, (*visit).testMember)
	m.For("GET /members/{member}/block", access.BlockMember, (*visit).blockForm)
	m.For("POST /members/{member}/block", access.BlockMember, (*visit).block)
	m.For("GET /members/{member}/unblock", access.UnblockMember, (*visit).unblockForm)
	m.For("POST /members/{member}/unblock", access.UnblockMember, (*visit).unblock)
	m.For("GET /sending", access.ReopenExchange, (*visit).reopenForm)
	m.For("POST /sending", access.ReopenExchange, (*visit).reopen)
	m.For("GET /courier", access.InspectExchange, (*visit).courier)
	m.Files("POST /courier", access.ImportExchange, courierForm, (*visit).importCourier)
	m.For("POST /courier/file", access.ExportExchange, (*visit).exportCourier)
	m.For("GET /desks", access.ReadDesk, (*visit).desks)
	m.For("GET /desks/new", access.CreateDesk, (*visit).foundForm)
	m.For("POST /desks/new", access.CreateDesk, (*visit).found)
	m.For("GET /desks/{desk}", access.ReadDesk, (*visit).desk)
	m.For("POST /desks/{desk}/propose", access.ProposeMemberDesk, (*visit).propose)
	m.For("POST /desks/{desk}/grant/{user}", access.GrantMemberDesk, (*visit).grant)
	m.For("POST /desks/{desk}/remove/{user}", access.RemoveMemberDesk, (*visit).remove)
	m.For("POST /desks/{desk}/intake", access.RotateDesk, (*visit).renewIntake)
	m.For("GET /duty", access.ReadDesk, (*visit).duties)
	m.For("GET /duty/{desk}", access.ReadDesk, (*visit).duty)
	m.For("POST /duty/{desk}", access.DutyDesk, (*visit).enterShift)
	m.For("POST /duty/{desk}/drop", access.DutyDesk, (*visit).dropShift)
	m.For("POST /duty/{desk}/away", access.DutyDesk, (*visit).leaveDesk)
	m.For("POST /duty/{desk}/back", access.DutyDesk, (*visit).backAtDesk)
	m.For("GET /duty/{desk}/deputy", access.DutyDesk, (*visit).deputyForm)
	m.For("POST /duty/{desk}/deputy", access.DutyDesk, (*visit).changeDeputy)
	m.For("GET /audit", access.ReadAudit, (*visit).log)
	m.For("POST /audit/check", access.VerifyAudit, (*visit).checkLog)
	m.For("GET /audit/unusual", access.ReadAudit, (*visit).unusual)
	m.For("GET /audit/{epoch}/{index}", access.ReadAudit, (*visit).entry)
	m.For("GET /audit/{epoch}/{index}/proof", access.ReadAudit, (*visit).proof)
	m.For("GET /diagnostics", access.DoctorNode, (*visit).diagnostics)
	m.For("GET /keys", access.ListKey, (*visit).keys)
	m.For("GET /directory", access.ListDirectory, (*visit).directory)
	m.For("GET /directory/new", access.AddDirectory, (*visit).enterForm)
	m.For("POST /directory/new", access.AddDirectory, (*visit).enter)
	m.For("GET /directory/file", access.ImportDirectory, (*visit).fillDirectory)
	m.Files("POST /directory/file", access.ImportDirectory, hsdsForm, (*visit).takeDirectory)
	m.For("POST /directory/export", access.ExportDirectory, (*visit).exportDirectory)
	m.For("GET /directory/{organisation}/change/{part}", access.ChangeDirectory, (*visit).editForm)
	m.For("POST /directory/{organisation}/change/{part}", access.ChangeDirectory, (*visit).edit)
	m.For("GET /directory/{organisation}", access.ReadDirectory, (*visit).organisation)
	m.For("POST /directory/{organisation}", access.AddressDirectory, (*visit).confidential)
	m.For("GET /directory/{organisation}/end", access.EndDirectory, (*visit).endForm)
	m.For("POST /directory/{organisation}/end", access.EndDirectory, (*visit).endOrganisation)
	m.For("POST /directory/{organisation}/verify", access.VerifyDirectory, (*visit).verifyOrganisation)
	m.For("POST /directory/{organisation}/capacity", access.CapacityDirectory, (*visit).sayRoom)
	m.For("POST /directory/{organisation}/erase", access.ProposeEraseDirectory, (*visit).proposeErasure)
	m.For("POST /directory/{organisation}/erase/keep", access.KeepDirectory, (*visit).keepOrganisation)
	m.For("POST /directory/{organisation}/erase/confirm", access.EraseDirectory, (*visit).eraseOrganisation)
	m.For("POST /directory/{organisation}/move", access.HandOverDirectory, (*visit).moveOrganisation)
	m.For("POST /directory/{organisation}/move/take", access.TakeOverDirectory, (*visit).takeOrganisation)
	m.For("POST /directory/{organisation}/move/stay", access.StayDirectory, (*visit).stayOrganisation)
	m.For("GET /retention", access.ListRetention, (*visit).keeping)
	m.For("POST /retention/holds", access.HoldCase, (*visit).hold)
	m.For("GET /retention/holds/{hold}", access.HoldCase, (*visit).liftForm)
	m.For("POST /retention/holds/{hold}", access.HoldCase, (*visit).lift)
	m.For("GET /restrictions", access.ListRetention, (*visit).restrictions)
	m.For("POST /restrictions", access.RestrictCase, (*visit).restrict)
	m.For("GET /restrictions/{restriction}", access.RestrictCase, (*visit).restriction)
	m.For("POST /restrictions/{restriction}/told", access.RestrictCase, (*visit).tellOfRestriction)
	m.For("POST /restrictions/{restriction}/lift", access.UnrestrictCase, (*visit).liftRestriction)
	m.For("POST /retention/settled", access.SettleRetention, (*visit).settleHolds)
	m.For("POST /retention/purges", access.ProposeRetention, (*visit).proposePurge)
	m.For("GET /retention/purges/{purge}", access.ListRetention, (*visit).purge)
	m.For("POST /retention/purges/{purge}/confirm", access.ConfirmRetention, (*visit).confirmPurge)
	m.For("POST /retention/purges/{purge}/withdraw", access.WithdrawRetention, (*visit).withdrawPurge)
	m.For("GET /imports", access.ListIntake, (*visit).imports)
	m.For("GET /imports/new", access.WriteIntake, (*visit).importForm)
	m.Files("POST /imports/new", access.WriteIntake, tableForm, (*visit).sendTable)
	m.For("GET /imports/{upload}", access.WriteIntake, (*visit).report)
	m.For("POST /imports/{upload}", access.WriteIntake, (*visit).takeTable)
	m.For("GET /profile/checklist", access.ReadProfile, (*visit).checklist)
	m.For("GET /profile/checklist/item", access.ReadProfile, (*visit).checklistItem)
	m.For("POST /profile/checklist", access.ConfirmProfile, (*visit).confirmLine)
	m.For("GET /register", access.ReadProfile, (*visit).register)
	m.For("GET /register/dpia", access.ReadProfile, (*visit).dpia)
	return m.Routes()
}
