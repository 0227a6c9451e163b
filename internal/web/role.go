package web

import (
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/page"
)

// part is what the home of a role is made of.
type part struct {
	often []string                      // the ways of the menu that stand outside of the drawer, what is used most first
	begin []page.Way                    // what it can begin, what comes first first
	due   []func(*visit) ([]due, error) // what is due beside its tasks
}

// partOf returns the part of a role. What it may not do is left out later: the policies decide, not this list.
func partOf(r access.Role) part {
	open := page.Way{Path: "/cases/begin", Text: "case.open", Action: access.OpenCase}
	find := page.Way{Path: "/find", Text: "search.title", Action: access.SearchCase}
	urgent := page.Way{Path: "/urgent", Text: "urgent.title", Action: access.SendReferral, Realm: access.Assistance}
	write := page.Way{Path: "/messages/new", Text: "message.write", Action: access.WriteMessage}
	board := page.Way{Path: "/board", Text: "referral.board", Action: access.BoardReferral}
	members := page.Way{Path: "/members", Text: "exchange.health", Action: access.ReadMember}
	figures := page.Way{Path: "/figures", Text: "figure.home", Action: access.ShowFact}
	log := page.Way{Path: "/audit", Text: "audit.log", Action: access.ReadAudit}
	switch r {
	case access.FirstResponder:
		return part{often: []string{"/cases", "/referrals"}, begin: []page.Way{urgent, open, find}, due: []func(*visit) ([]due, error){(*visit).begun}}
	case access.IdentificationAuthority:
		return part{often: []string{"/cases", "/referrals", "/find"}, begin: []page.Way{open, find, write}, due: []func(*visit) ([]due, error){(*visit).begun}}
	case access.CaseManager:
		return part{often: []string{"/referrals", "/cases", "/find"}, begin: []page.Way{open, find, write}, due: []func(*visit) ([]due, error){(*visit).begun}}
	case access.ServiceProvider:
		return part{often: []string{"/referrals", "/cases", "/directory"}, begin: []page.Way{write}}
	case access.ChildGuardian:
		return part{often: []string{"/cases", "/referrals", "/messages"}, begin: []page.Way{write}}
	case access.FocalPoint:
		return part{often: []string{"/referrals", "/messages", "/cases"}, begin: []page.Way{open, write, board}}
	case access.Prosecutor:
		return part{often: []string{"/releases", "/cases", "/messages"}, begin: []page.Way{releases(), open, write}}
	case access.PoliceLiaison:
		return part{often: []string{"/releases", "/referrals", "/messages"}, begin: []page.Way{releases(), write}}
	case access.NationalCoordinator:
		return part{often: []string{"/board", "/figures", "/members"}, begin: []page.Way{board, members, {Path: "/duty", Text: "desk.duty.title", Action: access.ReadDesk}}, due: []func(*visit) ([]due, error){(*visit).silentMembers, (*visit).unattended, (*visit).unanswered}}
	case access.Secretariat:
		return part{often: []string{"/board", "/figures"}, begin: []page.Way{board, figures}, due: []func(*visit) ([]due, error){(*visit).breaches, (*visit).unanswered}}
	case access.Statistician:
		return part{often: []string{"/figures", "/unnamed/counts"}, begin: []page.Way{
			figures,
			{Path: "/unnamed/counts", Text: "urgent.unnamed.counts", Action: access.ToldFact},
			{Path: "/directory", Text: "directory.list", Action: access.ListDirectory},
		}, due: []func(*visit) ([]due, error){(*visit).brokenOff}}
	case access.DataProtectionOfficer:
		return part{
			often: []string{"/retention", "/restrictions", "/audit"},
			begin: []page.Way{{Path: "/retention", Text: "retention.title", Action: access.ListRetention}, {Path: "/audit/unusual", Text: "audit.unusual", Action: access.ReadAudit}, {Path: "/register", Text: "register.title", Action: access.ReadProfile}},
			due:   []func(*visit) ([]due, error){(*visit).logStands, (*visit).unconfirmedPeriods},
		}
	case access.Auditor:
		return part{
			often: []string{"/audit", "/users"},
			begin: []page.Way{log, {Path: "/audit/unusual", Text: "audit.unusual", Action: access.ReadAudit}},
			due:   []func(*visit) ([]due, error){(*visit).logStands},
		}
	case access.Administrator:
		return part{
			often: []string{"/users", "/desks", "/members"},
			begin: []page.Way{
				{Path: "/users/new", Text: "signin.invite", Action: access.CreateUser},
				{Path: "/desks/new", Text: "desk.found", Action: access.CreateDesk},
				{Path: "/service-accounts", Text: "signin.program.title", Action: access.CreateToken},
			},
			due: []func(*visit) ([]due, error){(*visit).silentMembers, (*visit).lawToConfirm, (*visit).nodeStands},
		}
	}
	return part{}
}

// often returns the paths that a role uses most, for the head of its pages.
func often(r access.Role) []string { return slices.Concat([]string{"/"}, partOf(r).often) }
