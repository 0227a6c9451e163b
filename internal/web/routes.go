package web

import (
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/webcase"
	"github.com/opentrm/opentrm/internal/webconference"
	"github.com/opentrm/opentrm/internal/weboffice"
	"github.com/opentrm/opentrm/internal/webplan"
	"github.com/opentrm/opentrm/internal/webreferral"
	"github.com/opentrm/opentrm/internal/webreturn"
)

// Routes returns the map of the pages. The generated docs/routes.md says which role reaches which line.
func Routes() []page.Route { return (&Web{}).routes() }

// routes puts the maps of the areas together.
func (s *Web) routes() []page.Route {
	return slices.Concat(
		s.own(),
		weboffice.Services{
			Signin: s.Signin, Desks: s.Desks, Keyring: s.Keyring, Directory: s.Directory, Retention: s.Retention, Restrictions: s.Restrictions, Webhooks: s.Webhooks, Intake: s.Intake, Law: s.Law, Forms: func() form.Set { return s.Forms.Forms }, Audit: s.Audit, Others: s.Others, Lists: s.Lists,
		}.Routes(),
		webcase.Services{
			Cases: s.Cases, Persons: s.Persons, Consents: s.Consents, Members: s.Members, Lists: s.Lists, Law: s.Law,
			Forms: s.Forms, Screens: s.Screenings, Searches: s.Searches, Subjects: s.Subjects, Restrictions: s.Restrictions, HTCDS: s.HTCDS,
		}.Routes(),
		webconference.Services{Conferences: s.Conferences, Cases: s.Cases, Consents: s.Consents, Lists: s.Lists, Law: s.Law}.Routes(),
		webplan.Services{Desks: s.Desks, Signin: s.Signin, Careplans: s.Careplans, Childhoods: s.Childhoods, Relations: s.Relations, Transfers: s.Transfers, Duplicates: s.Duplicates, Cases: s.Cases, Directory: s.Directory, Members: s.Members, Lists: s.Lists}.Routes(),
		webreferral.Services{
			Referrals: s.Referrals, Messages: s.Messages, Members: s.Members, Cases: s.Cases, Consents: s.Consents, Lists: s.Lists, Law: s.Law,
			Address: s.Address,
		}.Routes(),
		webreturn.Services{Homecomings: s.Homecomings, Joints: s.Joints, Consents: s.Consents, Referrals: s.Referrals, Lists: s.Lists}.Routes(),
	)
}

// visit is one request about the reader herself: coming in and going out, what there is to do, and her own settings.
type visit struct {
	*page.Visit
	Services
	push   string
	phrase string // of the accounts of a demonstration
	law    func() profile.Set
}

// own is the map of the screens that everybody has.
func (s *Web) own() []page.Route {
	m := page.NewMap(func(v *page.Visit) *visit { return &visit{v, s.Services, s.Push, s.Phrase, s.Law} })
	m.Open("GET /signin", "who is not signed in must be able to", (*visit).signInForm)
	m.Open("POST /signin", "who is not signed in must be able to", (*visit).signIn)
	m.Open("GET /as/{login}", "on nodes of the demonstration, whose people are invented; no page anywhere else", (*visit).as)
	m.Open("GET /lock", "shows nothing but the way back in", (*visit).lock)
	m.Open("GET /enrol/{link}", "the link is the proof", (*visit).enrolForm)
	m.Open("POST /enrol/{link}", "the link is the proof", (*visit).enrol)
	m.Open("POST /language", "changes nothing but the language of this device", (*visit).speak)
	m.Open("GET /languages", "says what is built into every copy of the program", (*visit).languages)
	m.Open("GET /leave", "ends the session of whoever asks, if there is one", (*visit).leave)
	m.Open("POST /leave", "ends the session of whoever asks, if there is one", (*visit).leave)
	m.Open("GET /away", "an empty page", (*visit).away)
	m.For("POST /signout", access.SignOutSession, (*visit).signOut)
	m.For("GET /place", access.SignInSession, (*visit).placeForm)
	m.For("POST /place", access.SignInSession, (*visit).place)
	m.For("GET /me", access.ListSession, (*visit).me)
	m.For("POST /me/sessions/{session}", access.RevokeSession, (*visit).revokeMine)
	m.For("GET /me/notices", access.SettingsNotice, (*visit).notices)
	m.For("POST /me/notices", access.SettingsNotice, (*visit).setNotices)
	m.For("POST /me/notices/browsers", access.SettingsNotice, (*visit).browser)
	m.For("POST /me/notices/browsers/{browser}", access.SettingsNotice, (*visit).forgetBrowser)
	m.Open("GET /worker.js", "a script that a browser asks for by itself", (*visit).worker)
	m.For("GET /{$}", access.SignInSession, (*visit).home)
	m.For("GET /tasks", access.ListTask, (*visit).tasks)
	m.For("POST /tasks/{task}/done", access.DoneTask, (*visit).taskDone)
	return m.Routes()
}

// menu is what the pages offer at their head, to whoever may.
func menu() []page.Way {
	return []page.Way{
		{Path: "/", Text: "web.home"},
		{Path: "/referrals", Text: "referral.list", Action: access.ListReferral},
		{Path: "/cases", Text: "case.list", Action: access.ListCase},
		{Path: "/find", Text: "search.title", Action: access.SearchCase},
		releases(),
		{Path: "/returns", Text: "homecoming.list", Action: access.ListHomecoming},
		{Path: "/conferences", Text: "conference.list", Action: access.ListConference},
		{Path: "/messages", Text: "message.list", Action: access.ListMessage},
		{Path: "/directory", Text: "directory.list", Action: access.ListDirectory},
		{Path: "/imports", Text: "intake.title", Action: access.ListIntake},
		{Path: "/restrictions", Text: "restriction.title", Action: access.ListRetention},
		{Path: "/retention", Text: "retention.title", Action: access.ListRetention},
		{Path: "/webhooks", Text: "webhook.title", Action: access.ProposeWebhook},
		{Path: "/service-accounts", Text: "signin.program.title", Action: access.CreateToken},
		{Path: "/board", Text: "referral.board", Action: access.BoardReferral},
		{Path: "/audit", Text: "audit.log", Action: access.ReadAudit},
		{Path: "/users", Text: "signin.accounts", Action: access.ListUser},
		{Path: "/desks", Text: "desk.list", Action: access.ReadDesk},
		{Path: "/me", Text: "signin.me"},
	}
}

// beginnings returns what can be begun, what comes first first. A home shows the first three that the role may.
func beginnings() []page.Way {
	return []page.Way{
		{Path: "/cases/new", Text: "case.open", Action: access.OpenCase},
		{Path: "/referrals", Text: "referral.list", Action: access.ListReferral},
		releases(),
		{Path: "/board", Text: "referral.board", Action: access.BoardReferral},
		{Path: "/users/new", Text: "signin.invite", Action: access.CreateUser},
		{Path: "/desks/new", Text: "desk.found", Action: access.CreateDesk},
		{Path: "/audit", Text: "audit.log", Action: access.ReadAudit},
	}
}

// releases is offered to the prosecution only: nothing is released to another realm.
func releases() page.Way {
	return page.Way{Path: "/releases", Text: "case.releases", Action: access.KnowRelease, Realm: access.Prosecution}
}

// taskPaths says on which page the task of a noun is done.
func taskPaths() map[string]string {
	return map[string]string{"case": "/cases/", "message": "/letters/", "referral": "/referrals/", "override": "/overrides/", "desk": "/desks/", "consent": "/consents/", "search": "/hits#", "return": "/returns/", "conference": "/conferences/", "webhook": "/webhooks/", "token": "/service-accounts/", "directory": "/directory/", "duplicate": "/merges/"}
}
