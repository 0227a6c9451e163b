// Package apioffice is the routes of the office: accounts, desks and duty, keys and recovery, the roster and the desk sheet, the
// directory, publications, the law, facts in numbers, and the log.
//
// Each file is one subject; the map is in [Routes].
package apioffice

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/region"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/webhook"
	"github.com/opentrm/opentrm/internal/wording"
)

// Area is the routes of the office, over the nouns that they need.
type Area struct {
	Signin       *signin.Service
	Desks        *desk.Service
	Keyring      *keyring.Service
	NodeKeys     *keyring.NodeService
	Members      *member.Service
	Audit        *audit.Service
	Profile      *profile.Service
	Wordings     *wording.Service
	Publications *publication.Service
	Directory    *directory.Service
	Retention    *retention.Service
	Webhooks     *webhook.Service
	Lookups      *lookup.Service
	Counts       *count.Service
	Regions      *region.Service
	Restrictions *restriction.Service
	Facts        *stats.Service
	Intake       *intake.Service

	Sheet func(context.Context) (member.Sheet, error) // drafts the desk sheet as the desks stand now
	Now   func() time.Time
}

// now is the present as the nouns count it.
func (a *Area) now() frame.Time { return frame.At(a.Now()) }

const (
	oneOrganisation = "/directory/{organisation}"
	oneProgram      = "/service-accounts/{user}"
	oneWebhook      = "/webhooks/{webhook}"
	oneCount        = "/counts/{count}"
	oneRegion       = "/regional-releases/{release}"
)

// Routes returns the map of the area.
func Routes() []call.Route {
	return slices.Concat(textRoutes(), []call.Route{
		{ID: "user.list", Method: call.Get, Path: "/users", Action: access.ListUser, Summary: "List accounts"},
		{ID: "user.invite", Method: call.Post, Path: "/users", Action: access.CreateUser, Made: true, Summary: "Make an account and the link with which its owner makes her keys"},
		{ID: "user.reinvite", Method: call.Post, Path: "/users/{user}/invitation", Action: access.CreateUser, Made: true, Summary: "Give a user who lost her passphrase a new link"},
		{ID: "user.enrol", Method: call.Post, Path: "/enrolments", Public: "the link is the proof", Made: true, Secret: true, Repeat: "refused: the link works once", Summary: "Make one's keys with a link"},
		{ID: "user.let-in", Method: call.Post, Path: "/users/{user}/confirmation", Action: access.ConfirmUser, Summary: "Let the office of an account in, after comparing the fingerprint of its keys"},
		{ID: "user.disable", Method: call.Delete, Path: "/users/{user}", Action: access.DisableUser, Summary: "Disable an account and end its sessions"},
		{ID: "user.identities", Method: call.Get, Path: "/users/{user}/identities", Action: access.LinkUser, Summary: "Say whom issuers (OpenID Connect) mean by an account"},
		{ID: "user.link", Method: call.Post, Path: "/users/{user}/identities", Action: access.LinkUser, Made: true, Summary: "Say whom an issuer means by an account; it opens nothing"},
		{ID: "user.unlink", Method: call.Delete, Path: "/users/{user}/identities/{identity}", Action: access.LinkUser, Summary: "Take an identity away from an account"},

		{ID: "desk.list", Method: call.Get, Path: "/desks", Action: access.ReadDesk, Summary: "List the desks of this member"},
		{ID: "desk.found", Method: call.Post, Path: "/desks", Action: access.CreateDesk, Made: true, Summary: "Found a desk with its first member"},
		{ID: "desk.change", Method: call.Put, Path: "/desks/{desk}", Action: access.DutyDesk, Summary: "Change what a desk says about itself"},
		{ID: "desk.members", Method: call.Get, Path: "/desks/{desk}/members", Action: access.ReadDesk, Summary: "List the members of a desk"},
		{ID: "desk.propose", Method: call.Post, Path: "/desks/{desk}/members", Action: access.ProposeMemberDesk, Made: true, Summary: "Propose a member"},
		{ID: "desk.grant", Method: call.Put, Path: "/desks/{desk}/members/{user}", Action: access.GrantMemberDesk, Summary: "Let a proposed member in after comparing her fingerprint"},
		{ID: "desk.remove", Method: call.Delete, Path: "/desks/{desk}/members/{user}", Action: access.RemoveMemberDesk, Summary: "Remove a member, or leave"},
		{ID: "desk.duty", Method: call.Get, Path: "/desks/{desk}/duty", Action: access.ReadDesk, Summary: "Read the duty roster"},
		{ID: "desk.classify", Method: call.Put, Path: "/desks/{desk}/sector", Action: access.CreateDesk, Summary: "Say anew what kind of body runs a desk; sign the desk sheet afterwards"},
		{ID: "desk.schedule", Method: call.Put, Path: "/desks/{desk}/duty", Action: access.DutyDesk, Summary: "Set the duty roster"},
		{ID: "desk.absences", Method: call.Get, Path: "/desks/{desk}/away", Action: access.DutyDesk, Summary: "List who is away from a desk, and who stands in"},
		{ID: "desk.away", Method: call.Put, Path: "/desks/{desk}/away/{user}", Action: access.DutyDesk, Summary: "Say that somebody is away, and who stands in"},
		{ID: "desk.back", Method: call.Delete, Path: "/desks/{desk}/away/{user}", Action: access.DutyDesk, Summary: "Say that somebody is not away any more"},
		{ID: "desk.rotate", Method: call.Post, Path: "/desks/{desk}/keys", Action: access.RotateDesk, Summary: "Make new keys for a desk"},
		{ID: "desk.rotate-intake", Method: call.Post, Path: "/desks/{desk}/intake", Action: access.RotateDesk, Summary: "Make a new intake pair for a desk"},
		{ID: "desk.rewrap", Method: call.Post, Path: "/desks/{desk}/rewrap", Action: access.RotateDesk, Summary: "Move case keys to the newest wrap key, some at a time"},

		{ID: "count.list", Method: call.Get, Path: "/counts", Action: access.ShowCount, Summary: "List the counts of persons over several members, the newest first"},
		{ID: "count.propose", Method: call.Post, Path: "/counts", Action: access.ProposeCount, Made: true, Summary: "Propose a count; nobody hears of it before a second person here agrees"},
		{ID: "count.show", Method: call.Get, Path: oneCount, Action: access.ShowCount, Summary: "One count: its run sheet, how far it has come, who is waited for, and its result"},
		{ID: "count.agree", Method: call.Post, Path: oneCount + "/agreement", Action: access.JoinCount, Summary: "Say that this member takes part; with the second person who says so it does"},
		{ID: "count.decline", Method: call.Delete, Path: oneCount + "/agreement", Action: access.DeclineCount, Summary: "Say that this member does not take part, or no longer; the count ends for all"},
		{ID: "count.prepare", Method: call.Post, Path: oneCount + "/records", Action: access.PrepareCount, Summary: "Prepare the records of this member from the cases of one's desk, and commit to them"},
		{ID: "count.encrypt", Method: call.Put, Path: oneCount + "/records", Action: access.PrepareCount, Summary: "Encrypt what was committed to, for the mixers and the tally that were drawn"},
		{ID: "count.publish", Method: call.Post, Path: oneCount + "/publication", Action: access.PublishCount, Summary: "Say that the number is made public here"},
		{ID: "count.transcript", Method: call.Get, Path: oneCount + "/transcript", Action: access.ShowCount, Summary: "Everything that was said in a count that is over, as a file that opentrm count verify checks"},
		{ID: "count.ledger", Method: call.Get, Path: "/count-ledger", Action: access.ShowCount, Summary: "What the counts of this year may tell of one record here, and how much a year allows"},
		{ID: "count.allow", Method: call.Put, Path: "/count-ledger", Action: access.AllowCount, Summary: "Say what counts of a year may tell of one record"},
		{ID: "region.list", Method: call.Get, Path: "/regional-releases", Action: access.ShowRegion, Summary: "List the regional releases that this member asked for or was asked for, the newest first"},
		{ID: "region.ask", Method: call.Post, Path: "/regional-releases", Action: access.AskRegion, Made: true, Summary: "Ask members for tables of the same questions, protected at home"},
		{ID: "region.show", Method: call.Get, Path: oneRegion, Action: access.ShowRegion, Summary: "One regional release: its plan, what this member gave, what came, and every edition"},
		{ID: "region.prepare", Method: call.Put, Path: oneRegion + "/contribution", Action: access.PrepareRegion, Summary: "Count, protect and attack what this member would give; nothing leaves before a second person approves"},
		{ID: "region.approve", Method: call.Post, Path: oneRegion + "/contribution", Action: access.ApproveRegion, Summary: "Give what somebody else prepared"},
		{ID: "region.decline", Method: call.Delete, Path: oneRegion + "/contribution", Action: access.DeclineRegion, Summary: "Say that this member gives nothing, and why"},
		{ID: "region.compile", Method: call.Put, Path: oneRegion + "/edition", Action: access.CompileRegion, Summary: "Add up what members gave and attack it with all that is public beside it"},
		{ID: "region.publish", Method: call.Post, Path: oneRegion + "/edition", Action: access.PublishRegion, Summary: "Publish to the members what somebody else compiled"},
		{ID: "region.table", Method: call.Get, Path: oneRegion + "/table", Action: access.ShowRegion, Summary: "The newest edition as a table with all sums, with what must be printed beside it"},
		{ID: "lookup.show", Method: call.Get, Path: "/lookup-secret", Action: access.ShowLookup, Summary: "How the secret is kept that members share to ask each other who is known, and how its last run went"},
		{ID: "lookup.call", Method: call.Post, Path: "/lookup-secret/runs", Action: access.CallLookup, Summary: "Call for a run of all active members that makes the secret, or refreshes its shares"},
		{ID: "key.state", Method: call.Get, Path: "/keys", Action: access.DoctorNode, Summary: "Whether recovery works, and which desks it does not reach"},
		{ID: "key.enrol", Method: call.Post, Path: "/keys/officers", Action: access.EnrolKey, Summary: "Enrol the recovery officers"},
		{ID: "key.offer", Method: call.Post, Path: "/keys/shares", Action: access.RecoverKey, Summary: "Hand one's share to the officer who leads a recovery or drill"},
		{ID: "key.paper", Method: call.Post, Path: "/keys/paper", Action: access.RecoverKey, Secret: true, Summary: "Show one's share once, to be written down for the day on which the machine is lost"},
		{ID: "key.drill", Method: call.Post, Path: "/keys/drill", Action: access.DrillKey, Summary: "Open the canary with the shares offered"},
		{ID: "key.recover", Method: call.Post, Path: "/keys/recovery", Action: access.RecoverKey, Summary: "Grant a person a desk again with the recovery quorum"},
		{ID: "key.rotate", Method: call.Post, Path: "/keys/node/{use}", Action: access.RotateKey, Made: true, Summary: "Make the next key of the node for one use"},
		{ID: "key.authority", Method: call.Post, Path: "/keys/authority", Action: access.RotateKey, Made: true, Summary: "Make an authority key, which signs desk sheets, and seal it to its officers"},

		{ID: "roster.read", Method: call.Get, Path: "/roster", Action: access.ReadRoster, Summary: "The roster in force"},
		{ID: "roster.import", Method: call.Put, Path: "/roster", Action: access.ImportRoster, Body: 4 << 20, Summary: "Take a newer roster"},

		{ID: "member.join", Method: call.Post, Path: "/roster", Action: access.JoinMember, Body: 4 << 20, Summary: "Join a network whose root fingerprint was compared in person"},
		{ID: "member.publish", Method: call.Put, Path: "/sheet", Action: access.SheetDesk, Body: 2 << 20, Summary: "Publish this member's signed desk sheet"},
		{ID: "member.sign-sheet", Method: call.Post, Path: "/sheet", Action: access.SheetDesk, Summary: "Sign the desk sheet as the desks stand now, with one's authority key, and publish it"},
		{ID: "member.block", Method: call.Put, Path: "/members/{member}/block", Action: access.BlockMember, Summary: "Refuse another member from now on"},
		{ID: "member.unblock", Method: call.Delete, Path: "/members/{member}/block", Action: access.UnblockMember, Summary: "Lift a block"},

		{ID: "audit.entries", Method: call.Get, Path: "/audit/entries", Action: access.ReadAudit, Summary: "Read entries of the log"},
		{ID: "audit.find", Method: call.Get, Path: "/audit/search", Action: access.ReadAudit, Summary: "Look for entries of the log by action, role, object and time, the newest first"},
		{ID: "audit.entry", Method: call.Get, Path: "/audit/entries/{epoch}/{index}", Action: access.ReadAudit, Summary: "Read one entry of the log with what proves that it is there"},
		{ID: "audit.unusual", Method: call.Get, Path: "/audit/unusual", Action: access.ReadAudit, Summary: "Openings of cases that were unusual for whoever made them, by rule and numbers, the newest first"},
		{ID: "audit.forks", Method: call.Get, Path: "/audit/forks", Action: access.ReadAudit, Summary: "Evidence that a member has two histories of its log, the oldest first"},
		{ID: "audit.state", Method: call.Get, Path: "/audit", Action: access.VerifyAudit, Summary: "How long the log is and how far it is witnessed"},
		{ID: "audit.checkpoint", Method: call.Get, Path: "/audit/checkpoint", Action: access.VerifyAudit, Summary: "The newest checkpoint with its cosignatures"},
		{ID: "audit.proof", Method: call.Get, Path: "/audit/proofs/{epoch}/{index}", Action: access.VerifyAudit, Summary: "The proof that an entry is in the log"},
		{ID: "audit.verify", Method: call.Post, Path: "/audit/verification", Action: access.VerifyAudit, Secret: true, Repeat: "the log is read again, and the newest verdict is kept", Leaves: "log entry", Summary: "Recompute the whole log"},

		{ID: "profile.items", Method: call.Get, Path: "/profile/items", Action: access.ReadProfile, Summary: "Every item of law and agreement with its source and status"},
		{ID: "profile.checklist", Method: call.Get, Path: "/profile/checklist", Action: access.ReadProfile, Summary: "What the national administrator has to confirm, and what she has"},
		{ID: "profile.confirm", Method: call.Post, Path: "/profile/confirmations", Action: access.ConfirmProfile, Summary: "Confirm an item as it stands"},
		{ID: "profile.state", Method: call.Put, Path: "/profile/retention/{class}", Action: access.ConfirmProfile, Repeat: "it says the same already", Leaves: "log entry", Summary: "State how long this member keeps records of one kind, with the source; confirm it afterwards"},

		{ID: "hold.list", Method: call.Get, Path: "/holds", Action: access.ListRetention, Summary: "List the cases on hold, of one's desk or of every desk of assistance"},
		{ID: "hold.place", Method: call.Post, Path: "/holds", Action: access.HoldCase, Made: true, Summary: "Put a case on hold: nothing of it is erased"},
		{ID: "hold.lift", Method: call.Post, Path: "/holds/{hold}/lifting", Action: access.HoldCase, Summary: "Lift a hold"},
		{ID: "hold.settle", Method: call.Post, Path: "/holds-settled", Action: access.SettleRetention, Summary: "Say after a restore that the holds are whole: until then nothing is purged"},
		{ID: "restriction.list", Method: call.Get, Path: "/restrictions", Action: access.ListRetention, Summary: "List the cases that are kept and not used, of one's desk or of every desk of assistance"},
		{ID: "restriction.place", Method: call.Post, Path: "/restrictions", Action: access.RestrictCase, Made: true, Summary: "Keep a case from use, at her wish"},
		{ID: "restriction.noticed", Method: call.Post, Path: "/restrictions/{restriction}/noticed", Action: access.RestrictCase, Summary: "Record that she was told that it is in force"},
		{ID: "restriction.told", Method: call.Post, Path: "/restrictions/{restriction}/told", Action: access.RestrictCase, Summary: "Record that she was told that it will be lifted"},
		{ID: "restriction.lift", Method: call.Post, Path: "/restrictions/{restriction}/lifting", Action: access.UnrestrictCase, Summary: "Lift a restriction, after she was told"},
		{ID: "restriction.reason", Method: call.Post, Path: "/cases/{case}/opening-reason", Action: access.ReasonCase, Summary: "Say why one opens a case that is kept and not used"},
		{ID: "purge.preview", Method: call.Get, Path: "/purge-preview", Action: access.ListRetention, Summary: "What is due, and what is not erased although its period is over"},
		{ID: "purge.list", Method: call.Get, Path: "/purges", Action: access.ListRetention, Summary: "The newest proposals to erase, and what became of them"},
		{ID: "purge.propose", Method: call.Post, Path: "/purges", Action: access.ProposeRetention, Made: true, Summary: "Propose to erase what is due"},
		{ID: "purge.show", Method: call.Get, Path: "/purges/{purge}", Action: access.ListRetention, Summary: "A proposal with its set, and what became of it"},
		{ID: "purge.confirm", Method: call.Post, Path: "/purges/{purge}/confirmation", Action: access.ConfirmRetention, Summary: "Erase what somebody else proposed"},
		{ID: "purge.withdraw", Method: call.Post, Path: "/purges/{purge}/withdrawal", Action: access.WithdrawRetention, Summary: "Take a proposal back"},

		{ID: "token.list", Method: call.Get, Path: "/service-accounts", Action: access.ListToken, Summary: "List the programs that write to desks, or read there, with a token"},
		{ID: "token.create", Method: call.Post, Path: "/service-accounts", Action: access.CreateToken, Made: true, Secret: true, Summary: "Propose a program that writes to a desk or reads there; its token is told once, and opens nothing yet"},
		{ID: "token.show", Method: call.Get, Path: oneProgram, Action: access.ListToken, Summary: "One of them, and when it was last used"},
		{ID: "token.confirm", Method: call.Post, Path: oneProgram + "/confirmation", Action: access.ConfirmToken, Summary: "Let a program in for one's desk, for the days for which it was proposed"},
		{ID: "token.approve-reader", Method: call.Post, Path: oneProgram + "/reading", Action: access.ApproveReaderToken, Summary: "Grant that a program reads: the data-protection officer first, then a member of the desk"},
		{ID: "token.rotate", Method: call.Post, Path: oneProgram + "/token", Action: access.RotateToken, Secret: true, Summary: "Make a new token, told once; the one before opens nothing any more"},
		{ID: "token.revoke", Method: call.Delete, Path: oneProgram, Action: access.RevokeToken, Summary: "End a service account for good"},
		{ID: "webhook.list", Method: call.Get, Path: "/webhooks", Action: access.ListWebhook, Summary: "List the addresses of the member's own systems that hear of a desk"},
		{ID: "webhook.propose", Method: call.Post, Path: "/webhooks", Action: access.ProposeWebhook, Made: true, Secret: true, Summary: "Propose that an address hears of a desk; its secret is told once"},
		{ID: "webhook.show", Method: call.Get, Path: oneWebhook, Action: access.ListWebhook, Summary: "One of them, and how far what it hears has come"},
		{ID: "webhook.confirm", Method: call.Post, Path: oneWebhook + "/confirmation", Action: access.ConfirmWebhook, Summary: "Agree for one's desk that an address hears of it"},
		{ID: "webhook.rotate", Method: call.Post, Path: oneWebhook + "/secret", Action: access.ChangeWebhook, Secret: true, Summary: "Make a new secret, told once; the one before signs beside it for a while"},
		{ID: "webhook.test", Method: call.Post, Path: oneWebhook + "/test", Action: access.ChangeWebhook, Summary: "Send something that says nothing"},
		{ID: "webhook.replay", Method: call.Post, Path: oneWebhook + "/replay", Action: access.ChangeWebhook, Summary: "Send again what was not taken, or everything from a number on"},
		{ID: "webhook.remove", Method: call.Delete, Path: oneWebhook, Action: access.RemoveWebhook, Summary: "End one for good"},

		{ID: "publication.list", Method: call.Get, Path: "/publications", Action: access.ReadPublication, Summary: "List what members have published"},
		{ID: "publication.read", Method: call.Get, Path: "/publications/{publication}", Action: access.ReadPublication, Summary: "Every version of a publication"},
		{ID: "publication.write", Method: call.Post, Path: "/publications", Action: access.WritePublication, Made: true, Summary: "Publish to all members"},
		{ID: "publication.correct", Method: call.Put, Path: "/publications/{publication}", Action: access.WritePublication, Summary: "Publish the next version of a record"},
		{ID: "publication.find", Method: call.Get, Path: "/found-publications", Action: access.ReadPublication, Summary: "Find publications by words of any language and script"},
		{ID: "publication.attach", Method: call.Post, Path: "/publications/{publication}/files", Action: access.WritePublication, Summary: "Publish the next version of a record with a file more"},
		{ID: "publication.file", Method: call.Get, Path: "/publications/{publication}/files/{sum}", Action: access.ReadPublication, Summary: "A file that is attached to a publication"},
		{ID: "publication.forks", Method: call.Get, Path: "/forks", Action: access.ReadPublication, Summary: "List records of which two of the same version exist"},
		{ID: "publication.withdraw", Method: call.Post, Path: "/publications/{publication}/withdrawal", Action: access.WithdrawPublication, Summary: "Withdraw a publication"},

		{ID: "fact.totals", Method: call.Get, Path: "/facts", Action: access.ReadFact, Summary: "Count facts by year, sex and form"},
		{ID: "fact.measure", Method: call.Get, Path: "/facts/indicators", Action: access.ReadFact, Summary: "Work out every indicator over some years, with its definition"},
		{ID: "fact.loops", Method: call.Get, Path: "/board/indicators", Action: access.BoardReferral, Summary: "Work out how many referrals were decided and closed, by country pair"},
		{ID: "fact.tables", Method: call.Get, Path: "/facts/tables", Action: access.ReadFact, Summary: "List the tables of laws and questionnaires, with their sources and codes"},
		{ID: "fact.table", Method: call.Get, Path: "/facts/tables/{table}", Action: access.ReadFact, Summary: "Fill a table with what this node has counted in a year"},
		{ID: "fact.freeze", Method: call.Post, Path: "/facts/snapshots", Action: access.FreezeFact, Made: true, Summary: "Fill a table, sign it and keep it as it was reported"},
		{ID: "fact.snapshots", Method: call.Get, Path: "/facts/snapshots", Action: access.ReadFact, Summary: "List what was reported, the youngest first"},
		{ID: "fact.snapshot", Method: call.Get, Path: "/facts/snapshots/{snapshot}", Action: access.ReadFact, Summary: "Examine what was reported, and fill the same table from the facts of today"},
		{ID: "fact.tell", Method: call.Post, Path: "/facts/unnamed", Action: access.TellFact, Summary: "Tell, in codes, of an adult who does not agree to be named"},
		{ID: "fact.told", Method: call.Get, Path: "/facts/unnamed", Action: access.ToldFact, Summary: "Count who was told of without a name, by month; a statistician also by what was told"},
		{ID: "fact.collections", Method: call.Get, Path: "/collections", Action: access.ReadFact, Summary: "List the published collections that can be taken, with their sources"},
		{ID: "fact.collected", Method: call.Get, Path: "/collections/{collection}", Action: access.ReadFact, Summary: "Count the records of a published collection; none of them is a fact of this node"},
		{ID: "fact.collect", Method: call.Post, Path: "/collection-imports", Action: access.CollectFact, Made: true, Summary: "Begin the import of a published collection"},
		{ID: "fact.collect-runs", Method: call.Get, Path: "/collection-imports", Action: access.CollectFact, Summary: "List imports of published collections in numbers"},
		{ID: "fact.collect-rows", Method: call.Post, Path: "/collection-imports/{run}/rows", Action: access.CollectFact, Body: 4 << 20, Summary: "Take at most 1,000 records, all or none, and say what became of each"},
		{ID: "fact.collect-end", Method: call.Post, Path: "/collection-imports/{run}/end", Action: access.CollectFact, Summary: "End an import; the log says how many records were taken"},

		{ID: "intake.begin", Method: call.Post, Path: "/imports", Action: access.WriteIntake, Made: true, Body: 1 << 20, Summary: "Begin the import of a table about persons to one's desk"},
		{ID: "intake.runs", Method: call.Get, Path: "/imports", Action: access.ListIntake, Summary: "List the imports of one's desk in numbers"},
		{ID: "intake.rows", Method: call.Post, Path: "/imports/{run}/rows", Action: access.WriteIntake, Body: 4 << 20, Summary: "Take at most 100 rows as cases sealed to one's desk, all or none, and say what became of each"},
		{ID: "intake.end", Method: call.Post, Path: "/imports/{run}/end", Action: access.WriteIntake, Summary: "End an import; the log says how many rows were taken"},
		{ID: "intake.imported", Method: call.Get, Path: "/cases/{case}/imports", Action: access.ReadCase, Summary: "What a case was taken from, and what the source says that has no place of its own"},

		{ID: "directory.list", Method: call.Get, Path: "/directory", Action: access.ListDirectory, Summary: "List organisations without their confidential places"},
		{ID: "directory.add", Method: call.Post, Path: "/directory", Action: access.AddDirectory, Made: true, Summary: "Enter an organisation"},
		{ID: "directory.read", Method: call.Get, Path: oneOrganisation, Action: access.ReadDirectory, Summary: "Read an organisation without its confidential places"},
		{ID: "directory.change", Method: call.Put, Path: oneOrganisation, Action: access.ChangeDirectory, Summary: "Change what is said of an organisation"},
		{ID: "directory.address", Method: call.Get, Path: oneOrganisation + "/confidential", Action: access.AddressDirectory, Secret: true, Summary: "Open the confidential places of an organisation"},
		{ID: "directory.verify", Method: call.Put, Path: oneOrganisation + "/verification", Action: access.VerifyDirectory, Summary: "Say that everything in the record is still true"},
		{ID: "directory.capacity", Method: call.Put, Path: oneOrganisation + "/services/{service}/capacity", Action: access.CapacityDirectory, Summary: "Say whether a service has room"},
		{ID: "directory.end", Method: call.Put, Path: oneOrganisation + "/end", Action: access.EndDirectory, Summary: "Say that an organisation, or a service or place of it, is there no more; confidential places are destroyed"},
		{ID: "directory.propose-erase", Method: call.Put, Path: oneOrganisation + "/erasure", Action: access.ProposeEraseDirectory, Summary: "Propose to erase what was entered in error and no plan names"},
		{ID: "directory.keep", Method: call.Delete, Path: oneOrganisation + "/erasure", Action: access.KeepDirectory, Summary: "Say that it is not erased"},
		{ID: "directory.erase", Method: call.Put, Path: oneOrganisation + "/erasure/confirmation", Action: access.EraseDirectory, Summary: "Erase it, as the second person"},
		{ID: "directory.hand-over", Method: call.Put, Path: oneOrganisation + "/move", Action: access.HandOverDirectory, Summary: "Ask another desk to keep the record, with its confidential places"},
		{ID: "directory.stay", Method: call.Delete, Path: oneOrganisation + "/move", Action: access.StayDirectory, Summary: "Say that the record stays where it is"},
		{ID: "directory.take-over", Method: call.Put, Path: oneOrganisation + "/move/acceptance", Action: access.TakeOverDirectory, Summary: "Keep the record that another desk hands over"},
		{ID: "directory.import", Method: call.Post, Path: "/directory-imports", Action: access.ImportDirectory, Body: 16 << 20, Summary: "Take organisations from an HSDS 3.0 file"},
		{ID: "directory.export", Method: call.Get, Path: "/directory-export", Action: access.ExportDirectory, Summary: "Every organisation in HSDS 3.0, without confidential places"},
	})
}

// Register puts who answers on the router.
func (a *Area) Register(r *call.Router) {
	call.Add(r, "user.list", a.listUsers)
	call.Add(r, "user.invite", a.inviteUser)
	call.Add(r, "user.reinvite", a.reinviteUser)
	call.Open(r, "user.enrol", a.enrolUser)
	call.Add(r, "user.let-in", a.letIn)
	call.Add(r, "user.disable", a.disableUser)
	call.Add(r, "user.identities", a.identities)
	call.Add(r, "user.link", a.linkUser)
	call.Add(r, "user.unlink", a.unlinkUser)

	call.Add(r, "desk.list", a.listDesks)
	call.Add(r, "desk.found", a.foundDesk)
	call.Add(r, "desk.change", a.changeDesk)
	call.Add(r, "desk.members", a.listMembers)
	call.Add(r, "desk.propose", a.proposeMember)
	call.Add(r, "desk.grant", a.grantMember)
	call.Add(r, "desk.remove", a.removeMember)
	call.Add(r, "desk.duty", a.readDuty)
	call.Add(r, "desk.classify", a.classifyDesk)
	call.Add(r, "desk.schedule", a.scheduleDuty)
	call.Add(r, "desk.absences", a.listAbsences)
	call.Add(r, "desk.away", a.leaveDesk)
	call.Add(r, "desk.back", a.backAtDesk)
	call.Add(r, "desk.rotate", a.rotateDesk)
	call.Add(r, "desk.rotate-intake", a.rotateIntake)
	call.Add(r, "desk.rewrap", a.rewrapDesk)

	call.Add(r, "count.list", a.listCounts)
	call.Add(r, "count.propose", a.proposeCount)
	call.Add(r, "count.show", a.showCount)
	call.Add(r, "count.agree", a.agreeCount)
	call.Add(r, "count.decline", a.declineCount)
	call.Add(r, "count.prepare", a.prepareCount)
	call.Add(r, "count.encrypt", a.encryptCount)
	call.Add(r, "count.publish", a.publishCount)
	call.Add(r, "count.allow", a.allowCounts)
	call.Add(r, "count.transcript", a.transcriptOfCount)
	call.Add(r, "count.ledger", a.ledgerOfCounts)
	call.Add(r, "region.list", a.listRegions)
	call.Add(r, "region.ask", a.askRegion)
	call.Add(r, "region.show", a.showRegion)
	call.Add(r, "region.prepare", a.prepareRegion)
	call.Add(r, "region.approve", a.approveRegion)
	call.Add(r, "region.decline", a.declineRegion)
	call.Add(r, "region.compile", a.compileRegion)
	call.Add(r, "region.publish", a.publishRegion)
	call.Add(r, "region.table", a.tableOfRegion)
	call.Add(r, "lookup.show", a.showLookup)
	call.Add(r, "lookup.call", a.callLookup)
	call.Add(r, "key.state", a.keyState)
	call.Add(r, "key.enrol", a.enrolOfficers)
	call.Add(r, "key.offer", a.offerShare)
	call.Add(r, "key.paper", a.takePaper)
	call.Add(r, "key.drill", a.drill)
	call.Add(r, "key.recover", a.recoverUser)
	call.Add(r, "key.rotate", a.rotateNodeKey)
	call.Add(r, "key.authority", a.newAuthority)

	call.Add(r, "roster.read", a.readRoster)
	call.Add(r, "roster.import", a.importRoster)

	call.Add(r, "member.join", a.joinNetwork)
	call.Add(r, "member.publish", a.publishSheet)
	call.Add(r, "member.sign-sheet", a.signSheet)
	call.Add(r, "member.block", a.blockMember)
	call.Add(r, "member.unblock", a.unblockMember)

	call.Add(r, "audit.entries", a.auditEntries)
	call.Add(r, "audit.find", a.auditFind)
	call.Add(r, "audit.entry", a.auditEntry)
	call.Add(r, "audit.unusual", a.auditUnusual)
	call.Add(r, "audit.forks", a.auditForks)
	call.Add(r, "audit.state", a.auditState)
	call.Add(r, "audit.checkpoint", a.auditCheckpoint)
	call.Add(r, "audit.proof", a.auditProof)
	call.Add(r, "audit.verify", a.auditVerify)

	call.Add(r, "profile.items", a.profileItems)
	call.Add(r, "profile.checklist", a.checklist)
	call.Add(r, "profile.confirm", a.confirmItem)
	call.Add(r, "text.list", a.texts)
	call.Add(r, "text.review", a.reviewText)
	call.Add(r, "profile.state", a.stateRetention)

	call.Add(r, "hold.list", a.listHolds)
	call.Add(r, "hold.place", a.hold)
	call.Add(r, "hold.lift", a.lift)
	call.Add(r, "hold.settle", a.settleHolds)
	call.Add(r, "restriction.list", a.listRestrictions)
	call.Add(r, "restriction.place", a.restrict)
	call.Add(r, "restriction.noticed", a.noticedRestriction)
	call.Add(r, "restriction.told", a.toldOfRestriction)
	call.Add(r, "restriction.lift", a.liftRestriction)
	call.Add(r, "restriction.reason", a.stateReason)
	call.Add(r, "purge.preview", a.previewPurge)
	call.Add(r, "purge.list", a.listPurges)
	call.Add(r, "purge.propose", a.proposePurge)
	call.Add(r, "purge.show", a.showPurge)
	call.Add(r, "purge.confirm", a.confirmPurge)
	call.Add(r, "purge.withdraw", a.withdrawPurge)

	call.Add(r, "token.list", a.listPrograms)
	call.Add(r, "token.create", a.proposeProgram)
	call.Add(r, "token.show", a.showProgram)
	call.Add(r, "token.confirm", a.confirmProgram)
	call.Add(r, "token.approve-reader", a.approveReader)
	call.Add(r, "token.rotate", a.rotateProgram)
	call.Add(r, "token.revoke", a.revokeProgram)
	call.Add(r, "webhook.list", a.listWebhooks)
	call.Add(r, "webhook.propose", a.proposeWebhook)
	call.Add(r, "webhook.show", a.showWebhook)
	call.Add(r, "webhook.confirm", a.confirmWebhook)
	call.Add(r, "webhook.rotate", a.rotateWebhook)
	call.Add(r, "webhook.test", a.tryWebhook)
	call.Add(r, "webhook.replay", a.replayWebhook)
	call.Add(r, "webhook.remove", a.removeWebhook)

	call.Add(r, "publication.list", a.listPublications)
	call.Add(r, "publication.read", a.readPublication)
	call.Add(r, "publication.write", a.writePublication)
	call.Add(r, "publication.correct", a.correctPublication)
	call.Add(r, "publication.find", a.findPublications)
	call.Add(r, "publication.attach", a.attachFile)
	call.Add(r, "publication.file", a.readFile)
	call.Add(r, "publication.forks", a.listForks)
	call.Add(r, "publication.withdraw", a.withdrawPublication)

	call.Add(r, "fact.totals", a.factTotals)
	call.Add(r, "fact.measure", a.measure)
	call.Add(r, "fact.loops", a.measureLoops)
	call.Add(r, "fact.tables", a.listTables)
	call.Add(r, "fact.table", a.fillTable)
	call.Add(r, "fact.freeze", a.freeze)
	call.Add(r, "fact.snapshots", a.listSnapshots)
	call.Add(r, "fact.snapshot", a.examineSnapshot)
	call.Add(r, "fact.tell", a.tellUnnamed)
	call.Add(r, "fact.told", a.untold)
	call.Add(r, "fact.collections", a.listCollections)
	call.Add(r, "fact.collected", a.collected)
	call.Add(r, "fact.collect", a.beginCollecting)
	call.Add(r, "fact.collect-runs", a.collectingRuns)
	call.Add(r, "fact.collect-rows", a.collect)
	call.Add(r, "fact.collect-end", a.endCollecting)

	call.Add(r, "intake.begin", a.beginImport)
	call.Add(r, "intake.runs", a.importRuns)
	call.Add(r, "intake.rows", a.importRows)
	call.Add(r, "intake.end", a.endImport)
	call.Add(r, "intake.imported", a.imported)

	call.Add(r, "directory.list", a.listDirectory)
	call.Add(r, "directory.add", a.addOrganisation)
	call.Add(r, "directory.read", a.readOrganisation)
	call.Add(r, "directory.change", a.changeOrganisation)
	call.Add(r, "directory.address", a.confidentialPlaces)
	call.Add(r, "directory.verify", a.verifyOrganisation)
	call.Add(r, "directory.capacity", a.sayCapacity)
	call.Add(r, "directory.end", a.endOrganisation)
	call.Add(r, "directory.propose-erase", a.proposeErase)
	call.Add(r, "directory.keep", a.keepOrganisation)
	call.Add(r, "directory.erase", a.eraseOrganisation)
	call.Add(r, "directory.hand-over", a.handOver)
	call.Add(r, "directory.stay", a.stayWhere)
	call.Add(r, "directory.take-over", a.takeOver)
	call.Add(r, "directory.import", a.importDirectory)
	call.Add(r, "directory.export", a.exportDirectory)
}
