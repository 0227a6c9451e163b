// Package apireferral is the routes of what passes between desks: referrals and their steps, letters and answers to them, releases
// across the wall, messages, and the door for courier files.
//
// Each file is one subject; the map is in [Routes].
package apireferral

import (
	"log/slog"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/courier"
	"github.com/opentrm/opentrm/internal/docket"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/referral"
)

// Area is the routes of what passes between desks, over the nouns that they need.
type Area struct {
	Referrals *referral.Service
	Cases     *casefile.Service // releases
	Messages  *message.Service
	Exchange  *exchange.Service
	// Cooperations and Dockets are what prosecutors ask of each other, and their joint case boards.
	Cooperations *cooperation.Service
	Dockets      *docket.Service
	Texts        *lang.Catalogue // of a letter to a desk without a node
	Address      string          // at which people reach the node, "https://…"; may be empty
	Log          *slog.Logger
	Now          func() time.Time

	stretching sync.Mutex
}

const oneReferral = "/referrals/{referral}"

// Routes returns the map of the area.
func Routes() []call.Route {
	return []call.Route{
		{ID: "cooperation.list", Method: call.Get, Path: "/cooperation", Action: access.ListCooperation, Summary: "List the requests of one's desk of the prosecution, newest first"},
		{ID: "cooperation.times", Method: call.Get, Path: "/cooperation/days", Action: access.TimesCooperation, Summary: "Median days from request to receipt, decision and answer, of each pair of members"},
		{ID: "cooperation.read", Method: call.Get, Path: "/cooperation/{thread}", Action: access.ReadCooperation, Secret: true, Summary: "Open a request of prosecutors, with every step of both sides"},
		{ID: "docket.list", Method: call.Get, Path: "/dockets", Action: access.ListDocket, Summary: "List the joint case boards of one's desk of the prosecution, newest first"},
		{ID: "docket.read", Method: call.Get, Path: "/dockets/{board}", Action: access.ReadDocket, Secret: true, Summary: "Open a joint case board, as it stands"},

		{ID: "exchange.list", Method: call.Get, Path: "/exchange/{member}", Action: access.ListExchange, Summary: "List outbox and inbox with a member, by header"},
		{ID: "exchange.health", Method: call.Get, Path: "/members", Action: access.ReadMember, Summary: "How each other member is: last heard, what waits for it, its desk sheet"},
		{ID: "exchange.test", Method: call.Post, Path: "/members/{member}/test", Action: access.DoctorNode, Repeat: "the node is called again", Leaves: "log entry", Summary: "Call the node of a member, there and back: whether its key is right, how long it took, how its clock goes"},
		{ID: "exchange.export", Method: call.Post, Path: "/courier", Action: access.ExportExchange, Secret: true, Repeat: "the file is written again; nothing in the outbox changes", Leaves: "log entry", Summary: "Write what waits into a courier file"},
		{ID: "exchange.import", Method: call.Put, Path: "/courier", Action: access.ImportExchange, Body: courier.MaxFile, Summary: "Take a courier file"},
		{ID: "exchange.reopen", Method: call.Post, Path: "/exchange", Action: access.ReopenExchange, Summary: "Let envelopes go although not every member answered after a restore"},

		{ID: "message.list", Method: call.Get, Path: "/threads", Action: access.ListMessage, Summary: "List the threads of one's desk"},
		{ID: "message.thread", Method: call.Get, Path: "/threads/{thread}/messages", Action: access.KnowMessage, Summary: "List the messages of a thread"},
		{ID: "message.read", Method: call.Get, Path: "/messages/{message}", Action: access.ReadMessage, Summary: "Open a message"},
		{ID: "message.write", Method: call.Post, Path: "/messages", Action: access.WriteMessage, Made: true, Summary: "Write to a desk"},
		{ID: "message.resend", Method: call.Post, Path: "/messages/{message}/resend", Action: access.WriteMessage, Summary: "Seal a refused message anew, after the reason was looked at"},

		{ID: "referral.list", Method: call.Get, Path: "/referrals", Action: access.ListReferral, Summary: "List the referrals of one's desk"},
		{ID: "referral.board", Method: call.Get, Path: "/board", Action: access.BoardReferral, Summary: "Count referrals by country pair and status"},
		{ID: "referral.draft", Method: call.Post, Path: "/cases/{case}/referrals", Action: access.DraftReferral, Made: true, Summary: "Draft a referral"},
		{ID: "referral.redraft", Method: call.Put, Path: "/cases/{case}/referrals/{referral}", Action: access.DraftReferral, Summary: "Change a referral that was not sent"},
		{ID: "referral.show", Method: call.Get, Path: oneReferral, Action: access.KnowReferral, Summary: "Where a referral stands and how it came there"},
		{ID: "referral.fhir", Method: call.Get, Path: oneReferral + "/fhir", Action: access.KnowReferral, Summary: "A referral as Task and ServiceRequest of FHIR R4, without identity"},
		{ID: "referral.fhir-list", Method: call.Get, Path: "/fhir/referrals", Action: access.ListReferral, Summary: "The referrals of one's desk as resources of FHIR R4, without identity"},
		{ID: "referral.check", Method: call.Post, Path: oneReferral + "/check", Action: access.CheckReferral, Summary: "Find out whether it may be sent, and seal the identity bundle"},
		{ID: "referral.send", Method: call.Post, Path: oneReferral + "/send", Action: access.SendReferral, Summary: "Send the request, without identity"},
		{ID: "referral.open", Method: call.Post, Path: oneReferral + "/opening", Action: access.OpenReferral, Secret: true, Repeat: "what has arrived is shown again", Leaves: "log entry", Summary: "Decrypt what has arrived"},
		{ID: "referral.acknowledge", Method: call.Post, Path: oneReferral + "/acknowledgement", Action: access.AcknowledgeReferral, Summary: "Say that a person has taken notice"},
		{ID: "referral.ask", Method: call.Post, Path: oneReferral + "/question", Action: access.AskReferral, Summary: "Ask the sending desk for information"},
		{ID: "referral.supply", Method: call.Post, Path: oneReferral + "/information", Action: access.SupplyReferral, Summary: "Answer a question"},
		{ID: "referral.accept", Method: call.Post, Path: oneReferral + "/acceptance", Action: access.AcceptReferral, Summary: "Say that the desk will take her"},
		{ID: "referral.decline", Method: call.Post, Path: oneReferral + "/decline", Action: access.DeclineReferral, Summary: "Say that the desk cannot take her, why, and who could"},
		{ID: "referral.plan", Method: call.Post, Path: oneReferral + "/plan", Action: access.PlanReferral, Summary: "Plan the handover"},
		{ID: "referral.confirm", Method: call.Post, Path: oneReferral + "/arrival", Action: access.ConfirmReferral, Summary: "Confirm that she has arrived"},
		{ID: "referral.not-arrived", Method: call.Post, Path: oneReferral + "/absence", Action: access.NotArrivedReferral, Summary: "Say that she did not come"},
		{ID: "referral.in-care", Method: call.Post, Path: oneReferral + "/care", Action: access.InCareReferral, Summary: "Say that assistance has begun"},
		{ID: "referral.feedback", Method: call.Post, Path: oneReferral + "/feedback", Action: access.FeedbackReferral, Summary: "Tell how she is"},
		{ID: "referral.complete", Method: call.Post, Path: oneReferral + "/completion", Action: access.CompleteReferral, Summary: "Tell the outcome"},
		{ID: "referral.close", Method: call.Post, Path: oneReferral + "/close", Action: access.CloseReferral, Summary: "Close the loop"},
		{ID: "referral.revoke", Method: call.Post, Path: oneReferral + "/revocation", Action: access.RevokeReferral, Summary: "Take it back before the handover"},
		{ID: "referral.withdraw", Method: call.Post, Path: oneReferral + "/withdrawal", Action: access.WithdrawReferral, Summary: "Record that she does not want it any more"},
		{ID: "referral.enter-in-error", Method: call.Post, Path: oneReferral + "/error", Action: access.EnterInErrorReferral, Summary: "Say that it should never have been"},
		{ID: "referral.re-refer", Method: call.Post, Path: oneReferral + "/successor", Action: access.ReReferReferral, Made: true, Summary: "Draft again for another desk"},
		{ID: "referral.resend", Method: call.Post, Path: oneReferral + "/resend", Action: access.ResendReferral, Summary: "Seal anew what was refused, after the reason was looked at"},
		{ID: "referral.print", Method: call.Post, Path: oneReferral + "/letter", Action: access.ReadReferral, Secret: true, Summary: "The letter to a desk without a node"},
		{ID: "referral.seal", Method: call.Post, Path: oneReferral + "/file", Action: access.ReadReferral, Secret: true, Summary: "The letter to a desk without a node, as a file under a passphrase"},
		{ID: "referral.reply", Method: call.Post, Path: "/replies", Public: "the token of the letter is the proof", Repeat: "refused: the code of a letter works once", Summary: "Answer for a desk without a node"},

		{ID: "release.by-consent", Method: call.Post, Path: "/cases/{case}/releases/consent", Action: access.ByConsentRelease, Made: true, Body: 1 << 20, Summary: "Release to a desk of the prosecution what she consented to"},
		{ID: "release.by-order", Method: call.Post, Path: "/cases/{case}/releases/order", Action: access.ByOrderRelease, Made: true, Body: 1 << 20, Summary: "Propose a release that was ordered"},
		{ID: "release.approve", Method: call.Post, Path: "/releases/{release}/approval", Action: access.ApproveRelease, Summary: "Approve a release by order, as the second person"},
		{ID: "release.show", Method: call.Get, Path: "/releases/{release}", Action: access.ReadRelease, Secret: true, Summary: "Open what was released"},
		{ID: "release.withdraw", Method: call.Post, Path: "/releases/{release}/withdrawal", Action: access.WithdrawRelease, Summary: "End a release and destroy the copy"},
	}
}

// Register puts who answers on the router.
func (a *Area) Register(r *call.Router) {
	call.Add(r, "cooperation.list", a.listCooperation)
	call.Add(r, "cooperation.times", a.timesCooperation)
	call.Add(r, "cooperation.read", a.readCooperation)
	call.Add(r, "docket.list", a.listDockets)
	call.Add(r, "docket.read", a.readDocket)

	call.Add(r, "exchange.list", a.listExchange)
	call.Add(r, "exchange.health", a.healthOfMembers)
	call.Add(r, "exchange.test", a.testMember)
	call.Add(r, "exchange.export", a.exportCourier)
	call.Add(r, "exchange.import", a.importCourier)
	call.Add(r, "exchange.reopen", a.reopenExchange)

	call.Add(r, "message.list", a.listThreads)
	call.Add(r, "message.thread", a.listMessages)
	call.Add(r, "message.read", a.readMessage)
	call.Add(r, "message.write", a.writeMessage)
	call.Add(r, "message.resend", a.resendMessage)

	call.Add(r, "referral.list", a.listReferrals)
	call.Add(r, "referral.board", a.referralBoard)
	call.Add(r, "referral.draft", a.draftReferral)
	call.Add(r, "referral.redraft", a.redraftReferral)
	call.Add(r, "referral.show", a.showReferral)
	call.Add(r, "referral.fhir", a.referralInFHIR)
	call.Add(r, "referral.fhir-list", a.referralsInFHIR)
	call.Add(r, "referral.open", a.openReferral)
	call.Add(r, "referral.withdraw", a.withdrawReferral)
	call.Add(r, "referral.re-refer", a.reReferReferral)
	call.Add(r, "referral.print", a.printReferral)
	call.Add(r, "referral.seal", a.sealReferral)
	call.Open(r, "referral.reply", a.replyReferral)
	a.steps(r)

	call.Add(r, "release.by-consent", a.releaseByConsent)
	call.Add(r, "release.by-order", a.releaseByOrder)
	call.Add(r, "release.approve", a.approveRelease)
	call.Add(r, "release.show", a.showRelease)
	call.Add(r, "release.withdraw", a.withdrawRelease)
}
