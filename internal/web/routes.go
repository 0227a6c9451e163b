package web

import (
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/doctor"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/webcase"
	"github.com/opentrm/opentrm/internal/webconference"
	"github.com/opentrm/opentrm/internal/webconsent"
	"github.com/opentrm/opentrm/internal/webcooperation"
	"github.com/opentrm/opentrm/internal/webcount"
	"github.com/opentrm/opentrm/internal/webdocket"
	"github.com/opentrm/opentrm/internal/webfigures"
	"github.com/opentrm/opentrm/internal/webfirst"
	"github.com/opentrm/opentrm/internal/weblookup"
	"github.com/opentrm/opentrm/internal/webnetwork"
	"github.com/opentrm/opentrm/internal/weboffice"
	"github.com/opentrm/opentrm/internal/webplan"
	"github.com/opentrm/opentrm/internal/webprogram"
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
			Signin: s.Signin, Desks: s.Desks, Keyring: s.Keyring, Directory: s.Directory, Retention: s.Retention, Restrictions: s.Restrictions, Intake: s.Intake, Law: s.Law, Forms: func() form.Set { return s.Forms.Forms }, Audit: s.Audit, Others: s.Others, Examine: s.Examine, Lists: s.Lists, Searches: s.Searches,
			Exchange: s.Exchange, Members: s.Members, Profile: s.Profile, Tasks: s.Tasks,
		}.Routes(),
		webcase.Services{
			Cases: s.Cases, Persons: s.Persons, Consents: s.Consents, Members: s.Members, Lists: s.Lists, Law: s.Law,
			Desks: s.Desks, Forms: s.Forms, Screens: s.Screenings, Searches: s.Searches, Subjects: s.Subjects, Restrictions: s.Restrictions, HTCDS: s.HTCDS, Wordings: s.Wordings, Devices: s.Devices,
			Referrals: s.Referrals, Homecomings: s.Homecomings, Conferences: s.Conferences, Transfers: s.Transfers, Tasks: s.Tasks,
		}.Routes(),
		webconsent.Services{Cases: s.Cases, Forms: s.Forms, Persons: s.Persons, Consents: s.Consents, Members: s.Members, Wordings: s.Wordings, OwnViews: s.OwnViews, Address: s.Address}.Routes(),
		webfirst.Services{
			Cases: s.Cases, Persons: s.Persons, Consents: s.Consents, Members: s.Members, Forms: s.Forms, Searches: s.Searches, Referrals: s.Referrals, Lists: s.Lists, Facts: s.Facts, Wordings: s.Wordings, Directory: s.Directory,
		}.Routes(),
		webconference.Services{Conferences: s.Conferences, Cases: s.Cases, Consents: s.Consents, Lists: s.Lists, Law: s.Law}.Routes(),
		webplan.Services{Desks: s.Desks, Signin: s.Signin, Careplans: s.Careplans, Childhoods: s.Childhoods, Relations: s.Relations, Transfers: s.Transfers, Duplicates: s.Duplicates, Cases: s.Cases, Directory: s.Directory, Members: s.Members, Lists: s.Lists}.Routes(),
		webprogram.Services{Signin: s.Signin, Desks: s.Desks, Webhooks: s.Webhooks}.Routes(),
		webreferral.Services{
			Referrals: s.Referrals, Messages: s.Messages, Members: s.Members, Cases: s.Cases, Consents: s.Consents, Persons: s.Persons, Lists: s.Lists, Law: s.Law,
			Address: s.Address, Tasks: s.Tasks, Desks: s.Desks, Directory: s.Directory,
		}.Routes(),
		webfigures.Services{Facts: s.Facts, Referrals: s.Referrals}.Routes(),
		webcount.Services{Counts: s.Counts}.Routes(),
		webnetwork.Services{Publications: s.Publications, Members: s.Members, Exchange: s.Exchange, Referrals: s.Referrals, Counts: s.Counts, Lookups: s.Lookups}.Routes(),
		webcooperation.Services{Cooperations: s.Cooperations, Cases: s.Cases, Members: s.Members, Law: s.Law}.Routes(),
		webdocket.Services{Dockets: s.Dockets, Members: s.Members}.Routes(),
		weblookup.Services{Lookups: s.Lookups, Consents: s.Consents, Law: s.Law}.Routes(),
		webreturn.Services{Homecomings: s.Homecomings, Joints: s.Joints, Consents: s.Consents, Persons: s.Persons, Referrals: s.Referrals, Lists: s.Lists}.Routes(),
	)
}

// visit is one request about the reader herself: coming in and going out, what there is to do, and her own settings.
type visit struct {
	*page.Visit
	Services
	push   string
	phrase string // of the accounts of a demonstration
	others func() int
	law    func() profile.Set
	key    func() seal.SignPublic // under which the node answers
	seen   func() doctor.Seen     // what the last examination of the node found

	attended *attended
}

// own is the map of the screens that everybody has.
func (s *Web) own() []page.Route {
	m := page.NewMap(func(v *page.Visit) *visit {
		return &visit{v, s.Services, s.Push, s.Phrase, s.Others, s.Law, s.Signer, s.Seen, &s.attended}
	})
	m.Open("GET /signin", "who is not signed in must be able to", (*visit).signInForm)
	m.Open("POST /signin", "who is not signed in must be able to", (*visit).signIn)
	m.Open("GET /as/{login}", "on nodes of the demonstration, whose people are invented; no page anywhere else", (*visit).as)
	m.Open("POST /kept", "a page that locks: sealed for whoever's session this browser had, and for nobody else", (*visit).keep)
	m.For("GET /stay", access.SignInSession, (*visit).stay)
	m.For("GET /kept", access.SignInSession, (*visit).kept)
	m.For("POST /kept/forget", access.SignInSession, (*visit).forgetKept)
	m.Open("GET /lock", "shows nothing but the way back in", (*visit).lock)
	m.Open("GET /enrol/{link}", "the link is the proof", (*visit).enrolForm)
	m.Open("POST /enrol/{link}", "the link is the proof", (*visit).enrol)
	m.Open("POST /language", "changes nothing but the language of this device", (*visit).speak)
	m.Open("GET /languages", "says what is built into every copy of the program", (*visit).languages)
	m.For("GET /texts/{language}", access.ReadText, (*visit).textsOf)
	m.For("GET /texts/{language}/{text}", access.ReadText, (*visit).text)
	m.For("POST /texts/{language}/{text}", access.ReviewText, (*visit).reviewText)
	m.Open("GET /leave", "ends the session of whoever asks, if there is one", (*visit).leave)
	m.Open("POST /leave", "ends the session of whoever asks, if there is one", (*visit).leave)
	m.Open("GET "+awayPath, "the calendar of this month, and nothing of the program", (*visit).away)
	m.Open("POST /signin/code", "who is not signed in must be able to", (*visit).code)
	m.Open("GET /signin/passkey", "who is not signed in must be able to", (*visit).passkeyForm)
	m.Open("POST /signin/passkey", "who is not signed in must be able to", (*visit).passkey)
	m.Open("GET /signin/with/{issuer}", "who is not signed in must be able to", (*visit).toIssuer)
	m.Open("GET /signin/from/{issuer}", "the question that the browser keeps is the proof", (*visit).fromIssuer)
	m.Open("GET /signin/not/{why}", "shows nothing but what was wrong", (*visit).refusedIssuer)
	m.Open("GET /signin/out/{issuer}", "who has signed out must be able to", (*visit).leaveIssuer)
	m.Open("GET /signin/known", "shows nothing but the way in", (*visit).knownForm)
	m.Open("POST /signin/known", "who is not signed in must be able to", (*visit).known)
	m.Open("GET /signin/linking", "comes from another site, without the session; shows nothing but a form", (*visit).linkingForm)
	m.For("POST /signout", access.SignOutSession, (*visit).signOut)
	m.For("GET /place", access.SignInSession, (*visit).placeForm)
	m.For("POST /place", access.SignInSession, (*visit).place)
	m.For("GET /me", access.ListSession, (*visit).me)
	m.For("POST /me/sessions/{session}", access.RevokeSession, (*visit).revokeMine)
	m.For("GET /me/unlock", access.ListUnlock, (*visit).unlock)
	m.For("POST /me/unlock/prove", access.AddUnlock, (*visit).prove)
	m.For("POST /me/unlock/passkeys", access.AddUnlock, (*visit).addPasskey)
	m.For("POST /me/unlock/passkeys/{passkey}", access.RemoveUnlock, (*visit).removePasskey)
	m.For("POST /me/unlock/second/prove", access.AddUnlock, (*visit).proveSecond)
	m.For("POST /me/unlock/second", access.AddUnlock, (*visit).addSecond)
	m.For("POST /me/unlock/second/off", access.RemoveUnlock, (*visit).removeSecond)
	m.For("GET /me/unlock/passphrase", access.ListUnlock, (*visit).passphraseForm)
	m.For("POST /me/unlock/passphrase", access.AddUnlock, (*visit).changePassphrase)
	m.For("GET /me/unlock/with/{issuer}", access.AddUnlock, (*visit).toLink)
	m.For("POST /me/unlock/identities", access.AddUnlock, (*visit).link)
	m.For("POST /me/unlock/identities/{identity}", access.RemoveUnlock, (*visit).unlink)
	m.For("GET /demands", access.DemandUnlock, (*visit).demands)
	m.For("POST /demands", access.DemandUnlock, (*visit).demand)
	m.For("GET /me/notices", access.SettingsNotice, (*visit).notices)
	m.For("POST /me/notices", access.SettingsNotice, (*visit).setNotices)
	m.For("POST /me/notices/browsers", access.SettingsNotice, (*visit).browser)
	m.For("POST /me/notices/browsers/{browser}", access.SettingsNotice, (*visit).forgetBrowser)
	m.For("GET /offline", access.ListDevice, (*visit).devices)
	m.For("POST /offline", access.PrepareDevice, (*visit).prepareDevice)
	m.For("POST /offline/devices/{device}", access.DiscardDevice, (*visit).discardDevice)
	m.Open("POST /offline/contact", "a device asks whether it is to be discarded, by a name that it alone knows", (*visit).contactDevice)
	m.Open("GET /offline/worker.js", "a script that a browser asks for by itself", (*visit).offlineWorker)
	m.Open("GET /worker.js", "a script that a browser asks for by itself", (*visit).worker)
	m.For("GET /{$}", access.SignInSession, (*visit).home)
	m.For("GET /tasks", access.ListTask, (*visit).tasks)
	m.For("POST /tasks/{task}/done", access.DoneTask, (*visit).taskDone)
	return m.Routes()
}

// menu is what the pages offer at their head, to whoever may: what belongs together stands together.
func menu() []page.Way {
	const work, hands, network, node = "web.menu.work", "web.menu.exchange", "web.menu.network", "web.menu.node"
	return []page.Way{
		{Path: "/", Text: "web.home", Group: work},
		{Path: "/tasks", Text: "task.list", Action: access.ListTask, Group: work},
		{Path: "/cases", Text: "case.list", Action: access.ListCase, Group: work},
		emergency(),
		{Path: "/find", Text: "search.title", Action: access.SearchCase, Group: work},
		{Path: "/conferences", Text: "conference.list", Action: access.ListConference, Group: work},
		{Path: "/imports", Text: "intake.title", Action: access.ListIntake, Group: work},
		{Path: "/referrals", Text: "referral.list", Action: access.ListReferral, Group: hands},
		releases(),
		{Path: "/returns", Text: "homecoming.list", Action: access.ListHomecoming, Group: hands},
		{Path: "/cooperation", Text: "cooperation.list", Action: access.ListCooperation, Group: hands},
		{Path: "/dockets", Text: "docket.list", Action: access.ListDocket, Group: hands},
		{Path: "/transfers", Text: "transfer.list", Action: access.ListTransfer, Group: hands},
		{Path: "/messages", Text: "message.list", Action: access.ListMessage, Group: hands},
		{Path: "/unnamed", Text: "urgent.unnamed", Action: access.TellFact, Group: hands},
		{Path: "/board", Text: "referral.board", Action: access.BoardReferral, Group: network},
		{Path: "/figures", Text: "figure.home", Action: access.ShowFact, Group: network},
		{Path: "/unnamed/counts", Text: "urgent.unnamed.counts", Action: access.ToldFact, Group: network},
		{Path: "/directory", Text: "directory.list", Action: access.ListDirectory, Group: network},
		{Path: "/publications", Text: "publication.list", Action: access.ReadPublication, Group: network},
		{Path: "/meetings", Text: "publication.meetings", Action: access.ReadPublication, Group: network},
		{Path: "/follow-up", Text: "publication.follow", Action: access.ReadPublication, Group: network},
		{Path: "/laws", Text: "publication.law.title", Action: access.ReadPublication, Group: network},
		{Path: "/cooperation/days", Text: "cooperation.days", Action: access.TimesCooperation, Realm: access.Office, Group: network},
		{Path: "/counts", Text: "count.title", Action: access.ShowCount, Group: network},
		{Path: "/members", Text: "exchange.health", Action: access.ReadMember, Group: network},
		{Path: "/courier", Text: "exchange.courier.title", Action: access.InspectExchange, Group: network},
		{Path: "/desks", Text: "desk.list", Action: access.ReadDesk, Group: network},
		{Path: "/duty", Text: "desk.duty.title", Action: access.ReadDesk, Group: network},
		{Path: "/restrictions", Text: "restriction.title", Action: access.ListRetention, Group: node},
		{Path: "/retention", Text: "retention.title", Action: access.ListRetention, Group: node},
		{Path: "/profile/checklist", Text: "profile.checklist.title", Action: access.ReadProfile, Group: node},
		{Path: "/audit", Text: "audit.log", Action: access.ReadAudit, Group: node},
		{Path: "/diagnostics", Text: "doctor.title", Action: access.DoctorNode, Group: node},
		{Path: "/keys", Text: "key.title", Action: access.ListKey, Group: node},
		{Path: "/lookup-openings", Text: "lookup.openings", Action: access.OpenLookup, Group: node},
		{Path: "/lookup-secret", Text: "lookup.secret", Action: access.ShowLookup, Group: node},
		{Path: "/users", Text: "signin.accounts", Action: access.ListUser, Group: node},
		{Path: "/service-accounts", Text: "signin.program.title", Action: access.ListToken, Realm: access.Office, Group: node},
		{Path: "/webhooks", Text: "webhook.title", Action: access.ProposeWebhook, Group: node},
		{Path: "/me", Text: "signin.me", Group: node},
	}
}

// releases is offered to the prosecution only: nothing is released to another realm.
func releases() page.Way {
	return page.Way{Path: "/releases", Text: "case.releases", Action: access.KnowRelease, Realm: access.Prosecution, Group: "web.menu.exchange"}
}

// taskPaths says on which page the task of a noun is done, and who reaches it.
func taskPaths() map[string]page.Way {
	return map[string]page.Way{
		"case":        {Path: "/cases/", Action: access.ReadCase},
		"child":       {Path: "/cases/", Action: access.ReadCase},
		"message":     {Path: "/letters/", Action: access.ReadMessage},
		"referral":    {Path: "/referrals/", Action: access.KnowReferral},
		"override":    {Path: "/overrides/", Action: access.KnowOverride},
		"release":     {Path: "/releases/", Action: access.KnowRelease},
		"desk":        {Path: "/desks/", Action: access.ReadDesk},
		"consent":     {Path: "/consents/", Action: access.ConfirmConsent},
		"search":      {Path: "/hits#", Action: access.ContactCase},
		"return":      {Path: "/returns/", Action: access.ReadHomecoming},
		"conference":  {Path: "/conferences/", Action: access.ReadConference},
		"webhook":     {Path: "/webhooks/", Action: access.ListWebhook},
		"token":       {Path: "/service-accounts/", Action: access.ListToken},
		"directory":   {Path: "/directory/", Action: access.ReadDirectory},
		"count":       {Path: "/counts/", Action: access.ShowCount},
		"lookup":      {Path: "/lookups/", Action: access.ConfirmLookup},
		"opening":     {Path: "/lookup-openings/", Action: access.UnsealLookup},
		"asked":       {Path: "/lookup-hits/", Action: access.DecideLookup},
		"duplicate":   {Path: "/merges/", Action: access.MergeCase},
		"transfer":    {Path: "/transfers/", Action: access.KnowTransfer},
		"cooperation": {Path: "/cooperation/", Action: access.ReadCooperation},
		"docket":      {Path: "/dockets/", Action: access.ReadDocket},
		"joint":       {Path: "/assessments/", Action: access.ReadJoint},
		"own":         {Path: "/cases/", Action: access.ReadCase},
		"retention":   {Path: "/retention/purges/", Action: access.ListRetention},
		"restriction": {Path: "/restrictions/", Action: access.RestrictCase},
		"user":        {Path: "/let-in/", Action: access.ConfirmUser},
		"audit":       {Path: "/audit/unusual", Action: access.ReadAudit},
	}
}
