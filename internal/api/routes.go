package api

import (
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/apicase"
	"github.com/opentrm/opentrm/internal/apioffice"
	"github.com/opentrm/opentrm/internal/apireferral"
	"github.com/opentrm/opentrm/internal/call"
)

// Routes returns the map of the interface.
func Routes() []call.Route {
	return slices.Concat(ownRoutes(), apioffice.Routes(), apicase.Routes(), apireferral.Routes())
}

// areas returns who puts the handlers of the map on a router.
func (a *API) areas() []func(*call.Router) {
	office := &apioffice.Area{
		Signin: a.Signin, Desks: a.Desks, Keyring: a.Keyring, NodeKeys: a.NodeKeys, Members: a.Members, Audit: a.Audit, Profile: a.Profile, Wordings: a.Wordings,
		Publications: a.Publications, Directory: a.Directory, Retention: a.Retention, Restrictions: a.Restrictions, Webhooks: a.Webhooks, Lookups: a.Lookups, Counts: a.Counts, Regions: a.Regions, Facts: a.Facts, Intake: a.Intake, Sheet: a.Sheet,
		Now: a.Now,
	}
	cases := &apicase.Area{
		Cases: a.Cases, Persons: a.Persons, Consents: a.Consents, Screenings: a.Screenings, Forms: a.Forms, Searches: a.Searches,
		Conferences: a.Conferences, Homecomings: a.Homecomings, Joints: a.Joints, Lookups: a.Lookups, Careplans: a.Careplans, Childhoods: a.Childhoods, Relations: a.Relations, Transfers: a.Transfers, Duplicates: a.Duplicates, Subjects: a.Subjects, OwnViews: a.OwnViews, HTCDS: a.HTCDS, Log: a.Log,
	}
	referrals := &apireferral.Area{
		Cooperations: a.Cooperations, Dockets: a.Dockets, Referrals: a.Referrals, Cases: a.Cases, Messages: a.Messages, Exchange: a.Exchange, Texts: a.Texts, Address: a.Address, Log: a.Log,
		Now: a.Now,
	}
	return []func(*call.Router){a.own, office.Register, cases.Register, referrals.Register}
}

// ownRoutes are about what everybody does here: coming in and going out, what there is to do, one's own settings.
func ownRoutes() []call.Route {
	return []call.Route{
		{ID: "health", Method: call.Get, Path: "/health", Public: "says only that the node answers", Summary: "Whether the node answers"},

		{ID: "session.sign-in", Method: call.Post, Path: "/sessions", Public: "who is not signed in must be able to", Made: true, Secret: true, Repeat: "a second sign-in beside the first; both are in the list of her sign-ins, and end by themselves", Leaves: "log entry, sign-in", Summary: "Sign in with a passphrase"},
		{ID: "session.current", Method: call.Get, Path: "/sessions/current", Action: access.ListSession, Summary: "Who one is, and in which places one can act"},
		{ID: "session.act", Method: call.Put, Path: "/sessions/current/place", Action: access.SignInSession, Repeat: "the session acts in the place that is named, as after the first", Leaves: "log entry", Summary: "Act in another of one's places"},
		{ID: "session.sign-out", Method: call.Delete, Path: "/sessions/current", Action: access.SignOutSession, Repeat: "refused: the session is over", Summary: "Sign out"},
		{ID: "session.list", Method: call.Get, Path: "/users/{user}/sessions", Action: access.ListSession, Summary: "List the sign-ins of a user"},
		{ID: "session.revoke", Method: call.Delete, Path: "/users/{user}/sessions/{session}", Action: access.RevokeSession, Summary: "End one sign-in of a user"},
		{ID: "unlock.passphrase", Method: call.Put, Path: "/sessions/current/passphrase", Action: access.AddUnlock, Summary: "Change one's passphrase, which ends one's other sessions"},

		{ID: "device.list", Method: call.Get, Path: "/devices", Action: access.ListDevice, Summary: "List browsers that were prepared for work without a network, one's own and those of one's desk"},
		{ID: "device.discard", Method: call.Post, Path: "/devices/{device}/discard", Action: access.DiscardDevice, Summary: "Order that what is on a lost device is discarded; it hears of it at its first contact"},

		{ID: "notice.read", Method: call.Get, Path: "/notices/settings", Action: access.SettingsNotice, Secret: true, Summary: "How one is told that there is something; without a channel: nothing was said"},
		{ID: "notice.set", Method: call.Put, Path: "/notices/settings", Action: access.SettingsNotice, Summary: "Say how one wants to be reached"},

		{ID: "task.list", Method: call.Get, Path: "/tasks", Action: access.ListTask, Summary: "List what is due at one's desk"},
		{ID: "task.read", Method: call.Get, Path: "/tasks/{task}", Action: access.ReadTask, Summary: "Read a task"},
		{ID: "task.done", Method: call.Post, Path: "/tasks/{task}/done", Action: access.DoneTask, Summary: "Mark a task as done"},
	}
}

// own registers them.
func (a *API) own(r *call.Router) {
	call.Open(r, "health", a.health)

	call.Open(r, "session.sign-in", a.signIn)
	call.Add(r, "session.current", a.currentSession)
	call.Add(r, "session.act", a.act)
	call.Add(r, "session.sign-out", a.signOut)
	call.Add(r, "session.list", a.listSessions)
	call.Add(r, "session.revoke", a.revokeSession)
	call.Add(r, "unlock.passphrase", a.changePassphrase)

	call.Add(r, "device.list", a.listDevices)
	call.Add(r, "device.discard", a.discardDevice)

	call.Add(r, "notice.read", a.readNotices)
	call.Add(r, "notice.set", a.setNotices)

	call.Add(r, "task.list", a.listTasks)
	call.Add(r, "task.read", a.readTask)
	call.Add(r, "task.done", a.doneTask)
}
