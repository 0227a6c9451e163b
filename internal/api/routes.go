package api

import (
	"net/http"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/courier"
)

// Route is one line of the map: what is asked where, and which action it is.
type Route struct {
	ID      string // operation: "referral.accept"
	Method  string
	Path    string        // below [Prefix]
	Action  access.Action // empty if anybody may ask
	Summary string
	Public  string // why anybody may ask
	Made    bool   // answers 201
	Secret  bool   // its answer holds content or a secret and is not kept for an idempotency key
	Repeat  string // why a writing route takes neither a version nor an idempotency key: what a repetition does
	Leaves  string // what a repetition leaves all the same: "log entry", "log entry, sign-in"
	Body    int64  // limit of the body in bytes; 0: [MaxBody]
}

// Prefix is where the interface begins.
const Prefix = "/api/v1"

// MaxBody is the size in bytes up to which the body of a request is read, where its route does not say otherwise.
const MaxBody = 256 << 10

const (
	get  = http.MethodGet
	post = http.MethodPost
	put  = http.MethodPut
	del  = http.MethodDelete
)

// Routes returns the map of the interface, in the order of the documentation.
func Routes() []Route {
	var all []Route
	for _, part := range [][]Route{staffRoutes(), networkRoutes(), workRoutes(), handoverRoutes(), directoryRoutes(), searchRoutes()} {
		all = append(all, part...)
	}
	return all
}

// staffRoutes are about people who work here, their desks and keys.
func staffRoutes() []Route {
	return []Route{
		{ID: "health", Method: get, Path: "/health", Public: "says only that the node answers", Summary: "Whether the node answers"},

		{ID: "session.sign-in", Method: post, Path: "/sessions", Public: "who is not signed in must be able to", Made: true, Secret: true, Repeat: "a second sign-in beside the first; both are in the list of her sign-ins, and end by themselves", Leaves: "log entry, sign-in", Summary: "Sign in with a passphrase"},
		{ID: "session.current", Method: get, Path: "/sessions/current", Action: access.ListSession, Summary: "Who one is, and in which places one can act"},
		{ID: "session.act", Method: put, Path: "/sessions/current/place", Action: access.SignInSession, Repeat: "the session acts in the place that is named, as after the first", Leaves: "log entry", Summary: "Act in another of one's places"},
		{ID: "session.sign-out", Method: del, Path: "/sessions/current", Action: access.SignOutSession, Repeat: "refused: the session is over", Summary: "Sign out"},
		{ID: "session.list", Method: get, Path: "/users/{user}/sessions", Action: access.ListSession, Summary: "List the sign-ins of a user"},
		{ID: "session.revoke", Method: del, Path: "/users/{user}/sessions/{session}", Action: access.RevokeSession, Summary: "End one sign-in of a user"},

		{ID: "user.list", Method: get, Path: "/users", Action: access.ListUser, Summary: "List accounts"},
		{ID: "user.invite", Method: post, Path: "/users", Action: access.CreateUser, Made: true, Summary: "Make an account and the link with which its owner makes her keys"},
		{ID: "user.reinvite", Method: post, Path: "/users/{user}/invitation", Action: access.CreateUser, Made: true, Summary: "Give a user who lost her passphrase a new link"},
		{ID: "user.enrol", Method: post, Path: "/enrolments", Public: "the link is the proof", Made: true, Secret: true, Repeat: "refused: the link works once", Summary: "Make one's keys with a link"},
		{ID: "user.disable", Method: del, Path: "/users/{user}", Action: access.DisableUser, Summary: "Disable an account and end its sessions"},

		{ID: "desk.list", Method: get, Path: "/desks", Action: access.ReadDesk, Summary: "List the desks of this member"},
		{ID: "desk.found", Method: post, Path: "/desks", Action: access.CreateDesk, Made: true, Summary: "Found a desk with its first member"},
		{ID: "desk.change", Method: put, Path: "/desks/{desk}", Action: access.DutyDesk, Summary: "Change what a desk says about itself"},
		{ID: "desk.members", Method: get, Path: "/desks/{desk}/members", Action: access.ReadDesk, Summary: "List the members of a desk"},
		{ID: "desk.propose", Method: post, Path: "/desks/{desk}/members", Action: access.ProposeMemberDesk, Made: true, Summary: "Propose a member"},
		{ID: "desk.grant", Method: put, Path: "/desks/{desk}/members/{user}", Action: access.GrantMemberDesk, Summary: "Let a proposed member in after comparing her fingerprint"},
		{ID: "desk.remove", Method: del, Path: "/desks/{desk}/members/{user}", Action: access.RemoveMemberDesk, Summary: "Remove a member, or leave"},
		{ID: "desk.duty", Method: get, Path: "/desks/{desk}/duty", Action: access.ReadDesk, Summary: "Read the duty roster"},
		{ID: "desk.classify", Method: put, Path: "/desks/{desk}/sector", Action: access.CreateDesk, Repeat: "the desk is of that sector already", Leaves: "log entry", Summary: "Say anew what kind of body runs a desk; sign the desk sheet afterwards"},
		{ID: "desk.schedule", Method: put, Path: "/desks/{desk}/duty", Action: access.DutyDesk, Summary: "Set the duty roster"},
		{ID: "desk.rotate", Method: post, Path: "/desks/{desk}/keys", Action: access.RotateDesk, Summary: "Make new keys for a desk"},
		{ID: "desk.rotate-intake", Method: post, Path: "/desks/{desk}/intake", Action: access.RotateDesk, Summary: "Make a new intake pair for a desk"},
		{ID: "desk.rewrap", Method: post, Path: "/desks/{desk}/rewrap", Action: access.RotateDesk, Summary: "Move case keys to the newest wrap key, some at a time"},

		{ID: "key.state", Method: get, Path: "/keys", Action: access.DoctorNode, Summary: "Whether recovery works, and which desks it does not reach"},
		{ID: "key.enrol", Method: post, Path: "/keys/officers", Action: access.EnrolKey, Summary: "Enrol the recovery officers"},
		{ID: "key.offer", Method: post, Path: "/keys/shares", Action: access.RecoverKey, Summary: "Hand one's share to the officer who leads a recovery or drill"},
		{ID: "key.paper", Method: post, Path: "/keys/paper", Action: access.RecoverKey, Secret: true, Summary: "Show one's share once, to be written down for the day on which the machine is lost"},
		{ID: "key.drill", Method: post, Path: "/keys/drill", Action: access.DrillKey, Summary: "Open the canary with the shares offered"},
		{ID: "key.recover", Method: post, Path: "/keys/recovery", Action: access.RecoverKey, Summary: "Grant a person a desk again with the recovery quorum"},
		{ID: "key.rotate", Method: post, Path: "/keys/node/{use}", Action: access.RotateKey, Made: true, Summary: "Make the next key of the node for one use"},
		{ID: "key.authority", Method: post, Path: "/keys/authority", Action: access.RotateKey, Made: true, Summary: "Make an authority key, which signs desk sheets, and seal it to its officers"},

		{ID: "notice.set", Method: put, Path: "/notices/settings", Action: access.SettingsNotice, Summary: "Say how one wants to be reached"},
	}
}

// networkRoutes are about other members, the door between them, the log and the law.
func networkRoutes() []Route {
	return []Route{
		{ID: "roster.read", Method: get, Path: "/roster", Action: access.ReadRoster, Summary: "The roster in force"},
		{ID: "roster.import", Method: put, Path: "/roster", Action: access.ImportRoster, Body: 4 << 20, Summary: "Take a newer roster"},
		{ID: "member.join", Method: post, Path: "/roster", Action: access.JoinMember, Body: 4 << 20, Summary: "Join a network whose root fingerprint was compared in person"},
		{ID: "member.publish", Method: put, Path: "/sheet", Action: access.SheetDesk, Body: 2 << 20, Summary: "Publish this member's signed desk sheet"},
		{ID: "member.sign-sheet", Method: post, Path: "/sheet", Action: access.SheetDesk, Summary: "Sign the desk sheet as the desks stand now, with one's authority key, and publish it"},
		{ID: "member.block", Method: put, Path: "/members/{member}/block", Action: access.BlockMember, Summary: "Refuse another member from now on"},
		{ID: "member.unblock", Method: del, Path: "/members/{member}/block", Action: access.UnblockMember, Summary: "Lift a block"},

		{ID: "exchange.list", Method: get, Path: "/exchange/{member}", Action: access.ListExchange, Summary: "List outbox and inbox with a member, by header"},
		{ID: "exchange.export", Method: post, Path: "/courier", Action: access.ExportExchange, Secret: true, Repeat: "the file is written again; nothing in the outbox changes", Leaves: "log entry", Summary: "Write what waits into a courier file"},
		{ID: "exchange.import", Method: put, Path: "/courier", Action: access.ImportExchange, Body: courier.MaxFile, Summary: "Take a courier file"},
		{ID: "exchange.reopen", Method: post, Path: "/exchange", Action: access.ReopenExchange, Summary: "Let envelopes go although not every member answered after a restore"},

		{ID: "audit.entries", Method: get, Path: "/audit/entries", Action: access.ReadAudit, Summary: "Read entries of the log"},
		{ID: "audit.unusual", Method: get, Path: "/audit/unusual", Action: access.ReadAudit, Summary: "Openings of cases that were unusual for whoever made them, by rule and numbers, the newest first"},
		{ID: "audit.state", Method: get, Path: "/audit", Action: access.VerifyAudit, Summary: "How long the log is and how far it is witnessed"},
		{ID: "audit.checkpoint", Method: get, Path: "/audit/checkpoint", Action: access.VerifyAudit, Summary: "The newest checkpoint with its cosignatures"},
		{ID: "audit.proof", Method: get, Path: "/audit/proofs/{epoch}/{index}", Action: access.VerifyAudit, Summary: "The proof that an entry is in the log"},
		{ID: "audit.verify", Method: post, Path: "/audit/verification", Action: access.VerifyAudit, Secret: true, Repeat: "the log is read again", Summary: "Recompute the whole log"},

		{ID: "profile.items", Method: get, Path: "/profile/items", Action: access.ReadProfile, Summary: "Every item of law and agreement with its source and status"},
		{ID: "profile.confirm", Method: post, Path: "/profile/confirmations", Action: access.ConfirmProfile, Summary: "Confirm an item as it stands"},
	}
}
