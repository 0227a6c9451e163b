package api

import "github.com/opentrm/opentrm/internal/access"

// handoverRoutes are about what leaves a desk: referrals, releases across the wall, overrides; and about facts.
func handoverRoutes() []Route {
	const one = "/referrals/{referral}"
	return []Route{
		{ID: "referral.list", Method: get, Path: "/referrals", Action: access.ListReferral, Summary: "List the referrals of one's desk"},
		{ID: "referral.board", Method: get, Path: "/board", Action: access.BoardReferral, Summary: "Count referrals by country pair and status"},
		{ID: "referral.draft", Method: post, Path: "/cases/{case}/referrals", Action: access.DraftReferral, Made: true, Summary: "Draft a referral"},
		{ID: "referral.redraft", Method: put, Path: "/cases/{case}/referrals/{referral}", Action: access.DraftReferral, Summary: "Change a referral that was not sent"},
		{ID: "referral.show", Method: get, Path: one, Action: access.KnowReferral, Summary: "Where a referral stands and how it came there"},
		{ID: "referral.check", Method: post, Path: one + "/check", Action: access.CheckReferral, Summary: "Find out whether it may be sent, and seal the identity bundle"},
		{ID: "referral.send", Method: post, Path: one + "/send", Action: access.SendReferral, Summary: "Send the request, without identity"},
		{ID: "referral.open", Method: post, Path: one + "/opening", Action: access.OpenReferral, Secret: true, Repeat: "what has arrived is shown again", Leaves: "log entry", Summary: "Decrypt what has arrived"},
		{ID: "referral.acknowledge", Method: post, Path: one + "/acknowledgement", Action: access.AcknowledgeReferral, Summary: "Say that a person has taken notice"},
		{ID: "referral.ask", Method: post, Path: one + "/question", Action: access.AskReferral, Summary: "Ask the sending desk for information"},
		{ID: "referral.supply", Method: post, Path: one + "/information", Action: access.SupplyReferral, Summary: "Answer a question"},
		{ID: "referral.accept", Method: post, Path: one + "/acceptance", Action: access.AcceptReferral, Summary: "Say that the desk will take her"},
		{ID: "referral.decline", Method: post, Path: one + "/decline", Action: access.DeclineReferral, Summary: "Say that the desk cannot take her, why, and who could"},
		{ID: "referral.plan", Method: post, Path: one + "/plan", Action: access.PlanReferral, Summary: "Plan the handover"},
		{ID: "referral.confirm", Method: post, Path: one + "/arrival", Action: access.ConfirmReferral, Summary: "Confirm that she has arrived"},
		{ID: "referral.not-arrived", Method: post, Path: one + "/absence", Action: access.NotArrivedReferral, Summary: "Say that she did not come"},
		{ID: "referral.in-care", Method: post, Path: one + "/care", Action: access.InCareReferral, Summary: "Say that assistance has begun"},
		{ID: "referral.feedback", Method: post, Path: one + "/feedback", Action: access.FeedbackReferral, Summary: "Tell how she is"},
		{ID: "referral.complete", Method: post, Path: one + "/completion", Action: access.CompleteReferral, Summary: "Tell the outcome"},
		{ID: "referral.close", Method: post, Path: one + "/close", Action: access.CloseReferral, Summary: "Close the loop"},
		{ID: "referral.revoke", Method: post, Path: one + "/revocation", Action: access.RevokeReferral, Summary: "Take it back before the handover"},
		{ID: "referral.withdraw", Method: post, Path: one + "/withdrawal", Action: access.WithdrawReferral, Summary: "Record that she does not want it any more"},
		{ID: "referral.enter-in-error", Method: post, Path: one + "/error", Action: access.EnterInErrorReferral, Summary: "Say that it should never have been"},
		{ID: "referral.re-refer", Method: post, Path: one + "/successor", Action: access.ReReferReferral, Made: true, Summary: "Draft again for another desk"},
		{ID: "referral.resend", Method: post, Path: one + "/resend", Action: access.ResendReferral, Summary: "Seal anew what was refused, after the reason was looked at"},
		{ID: "referral.print", Method: post, Path: one + "/letter", Action: access.ReadReferral, Secret: true, Summary: "The letter to a desk without a node"},
		{ID: "referral.seal", Method: post, Path: one + "/file", Action: access.ReadReferral, Secret: true, Summary: "The letter to a desk without a node, as a file under a passphrase"},
		{ID: "referral.reply", Method: post, Path: "/replies", Public: "the token of the letter is the proof", Repeat: "refused: the code of a letter works once", Summary: "Answer for a desk without a node"},

		{ID: "release.by-consent", Method: post, Path: "/cases/{case}/releases/consent", Action: access.ByConsentRelease, Made: true, Body: 1 << 20, Summary: "Release to a desk of the prosecution what she consented to"},
		{ID: "release.by-order", Method: post, Path: "/cases/{case}/releases/order", Action: access.ByOrderRelease, Made: true, Body: 1 << 20, Summary: "Propose a release that was ordered"},
		{ID: "release.approve", Method: post, Path: "/releases/{release}/approval", Action: access.ApproveRelease, Summary: "Approve a release by order, as the second person"},
		{ID: "release.show", Method: get, Path: "/releases/{release}", Action: access.ReadRelease, Secret: true, Summary: "Open what was released"},
		{ID: "release.withdraw", Method: post, Path: "/releases/{release}/withdrawal", Action: access.WithdrawRelease, Summary: "End a release and destroy the copy"},

		{ID: "override.propose", Method: post, Path: "/cases/{case}/overrides", Action: access.ProposeOverride, Made: true, Summary: "Propose to act on vital interest or legal duty"},
		{ID: "override.approve", Method: post, Path: "/overrides/{override}/approval", Action: access.ApproveOverride, Summary: "Approve as the second person"},
		{ID: "override.review", Method: post, Path: "/overrides/{override}/review", Action: access.ReviewOverride, Summary: "Review afterwards"},
		{ID: "override.inform", Method: post, Path: "/overrides/{override}/notice", Action: access.InformOverride, Summary: "Record that the person was told"},
		{ID: "override.know", Method: get, Path: "/overrides/{override}/state", Action: access.KnowOverride, Summary: "How far it has come, without the reason"},
		{ID: "override.show", Method: get, Path: "/overrides/{override}", Action: access.ReadOverride, Secret: true, Summary: "Open the reason"},

		{ID: "fact.totals", Method: get, Path: "/facts", Action: access.ReadFact, Summary: "Count facts by year, sex and form"},
	}
}

// handover registers them.
func (a *API) handover(r *router) {
	add(r, "referral.list", a.listReferrals)
	add(r, "referral.board", a.referralBoard)
	add(r, "referral.draft", a.draftReferral)
	add(r, "referral.redraft", a.redraftReferral)
	add(r, "referral.show", a.showReferral)
	add(r, "referral.open", a.openReferral)
	add(r, "referral.withdraw", a.withdrawReferral)
	add(r, "referral.re-refer", a.reReferReferral)
	add(r, "referral.print", a.printReferral)
	add(r, "referral.seal", a.sealReferral)
	open(r, "referral.reply", a.replyReferral)
	a.steps(r)

	add(r, "release.by-consent", a.releaseByConsent)
	add(r, "release.by-order", a.releaseByOrder)
	add(r, "release.approve", a.approveRelease)
	add(r, "release.show", a.showRelease)
	add(r, "release.withdraw", a.withdrawRelease)

	add(r, "override.propose", a.proposeOverride)
	add(r, "override.approve", a.approveOverride)
	add(r, "override.review", a.reviewOverride)
	add(r, "override.inform", a.informOverride)
	add(r, "override.know", a.knowOverride)
	add(r, "override.show", a.showOverride)

	add(r, "fact.totals", a.factTotals)
}
