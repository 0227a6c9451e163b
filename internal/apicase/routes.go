// Package apicase is the routes of a case: its file and what is written in it, the person and the safe-contact card, consent and
// the emergency path, screenings, filled-in forms, needs and plan, the path of a child, the search for a person, and her return to a country.
//
// Each file is one subject; the map is in [Routes].
package apicase

import (
	"log/slog"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/childhood"
	"github.com/opentrm/opentrm/internal/conference"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/duplicate"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/htcds"
	"github.com/opentrm/opentrm/internal/joint"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/ownview"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/relation"
	"github.com/opentrm/opentrm/internal/screening"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/subject"
	"github.com/opentrm/opentrm/internal/transfer"
)

// Area is the routes of a case, over the nouns that they need.
type Area struct {
	Cases       *casefile.Service
	Persons     *person.Service
	Consents    *consent.Service
	Screenings  *screening.Service
	Forms       *form.Service
	Searches    *search.Service
	Careplans   *careplan.Service
	Childhoods  *childhood.Service
	Relations   *relation.Service
	Transfers   *transfer.Service
	Duplicates  *duplicate.Service
	Subjects    *subject.Service
	OwnViews    *ownview.Service
	HTCDS       *htcds.Service
	Conferences *conference.Service
	Homecomings *homecoming.Service
	Joints      *joint.Service
	Lookups     *lookup.Service
	Log         *slog.Logger
}

// Routes returns the map of the area.
func Routes() []call.Route {
	return slices.Concat([]call.Route{
		{ID: "case.open", Method: call.Post, Path: "/cases", Action: access.OpenCase, Made: true, Summary: "Open a case at one's desk"},
		{ID: "case.list", Method: call.Get, Path: "/cases", Action: access.ListCase, Summary: "List the cases of one's desk"},
		{ID: "case.find", Method: call.Get, Path: "/references/{reference}", Action: access.KnowCase, Summary: "Find a case by its spoken reference"},
		{ID: "case.read", Method: call.Get, Path: "/cases/{case}", Action: access.ReadCase, Summary: "Open the file of a case"},
		{ID: "case.openings", Method: call.Get, Path: "/cases/{case}/openings", Action: access.OpeningsCase, Summary: "By which functions and on which days the case was opened"},
		{ID: "case.copy", Method: call.Get, Path: "/cases/{case}/copy", Action: access.CopyCase, Summary: "A copy of what is kept of her, for her, without what speaks of others"},
		{ID: "case.htcds", Method: call.Get, Path: "/cases/{case}/htcds", Action: access.ExportCase, Summary: "A case in the form of HTCDS 2.0, for another system of the desk or for her"},
		{ID: "case.corrections", Method: call.Get, Path: "/cases/{case}/corrections", Action: access.ReadCase, Summary: "What she asked to be corrected, and what was decided"},
		{ID: "case.correct", Method: call.Post, Path: "/cases/{case}/corrections", Action: access.CorrectCase, Made: true, Summary: "Record that she asks for a correction"},
		{ID: "case.correction", Method: call.Put, Path: "/cases/{case}/corrections/{record}", Action: access.CorrectCase, Summary: "Record what was decided about a request for correction"},
		{ID: "case.note", Method: call.Post, Path: "/cases/{case}/notes", Action: access.NoteCase, Made: true, Summary: "Add a note"},
		{ID: "case.assess", Method: call.Post, Path: "/cases/{case}/assessments", Action: access.AssessCase, Made: true, Summary: "Add a risk assessment to the dated series"},
		{ID: "case.screen", Method: call.Post, Path: "/cases/{case}/screenings", Action: access.ScreenCase, Made: true, Summary: "Add answers to indicators and what they suggest; nothing follows from it"},
		{ID: "case.screenings", Method: call.Get, Path: "/cases/{case}/screenings", Action: access.ReadCase, Summary: "Open the screenings of a case"},
		{ID: "case.forms", Method: call.Get, Path: "/cases/{case}/forms", Action: access.ReadCase, Summary: "List the filled-in forms of a case, without answers"},
		{ID: "case.form", Method: call.Get, Path: "/cases/{case}/forms/{record}", Action: access.ReadCase, Summary: "Open a filled-in form by the version by which it was taken"},
		{ID: "case.fill", Method: call.Post, Path: "/cases/{case}/forms", Action: access.FillCase, Made: true, Body: 1 << 20, Summary: "Keep a filled-in form, finished or as a draft"},
		{ID: "case.fill-on", Method: call.Put, Path: "/cases/{case}/forms/{record}", Action: access.FillCase, Body: 1 << 20, Summary: "Save or finish a draft of a form"},
		{ID: "case.fill-correct", Method: call.Post, Path: "/cases/{case}/forms/{record}/corrections", Action: access.FillCase, Made: true, Body: 1 << 20, Summary: "Correct a finished form by a new record, which names it"},
		{ID: "case.decide", Method: call.Post, Path: "/cases/{case}/decisions", Action: access.DecideCase, Made: true, Summary: "Record a status decision"},
		{ID: "case.attach", Method: call.Post, Path: "/cases/{case}/attachments", Action: access.AttachCase, Made: true, Body: 64 << 20, Summary: "Attach a file"},
		{ID: "case.fetch", Method: call.Get, Path: "/cases/{case}/attachments/{record}", Action: access.ReadCase, Secret: true, Summary: "Fetch an attached file"},
		{ID: "case.close", Method: call.Post, Path: "/cases/{case}/closure", Action: access.CloseCase, Summary: "Close a case"},
		{ID: "case.reopen", Method: call.Post, Path: "/cases/{case}/reopening", Action: access.ReopenCase, Summary: "Take the work on a closed case up again"},
		{ID: "case.erase", Method: call.Delete, Path: "/cases/{case}", Action: access.EraseCase, Summary: "Destroy the key of a case"},
		{ID: "case.flag", Method: call.Put, Path: "/cases/{case}/flags", Action: access.NoteCase, Summary: "Change what is known about asylum and origin"},
		{ID: "case.serve", Method: call.Post, Path: "/cases/{case}/services", Action: access.NoteCase, Made: true, Summary: "Record a service that she is given"},
		{ID: "case.serve-change", Method: call.Put, Path: "/cases/{case}/services/{record}", Action: access.NoteCase, Summary: "Change a service that goes on"},
		{ID: "case.reflect", Method: call.Post, Path: "/cases/{case}/reflections", Action: access.DecideCase, Made: true, Summary: "Record that an authority granted the recovery and reflection period"},
		{ID: "case.reflect-end", Method: call.Post, Path: "/cases/{case}/reflections/{record}/end", Action: access.DecideCase, Summary: "Record that the period is over, and why"},
		{ID: "case.refuse", Method: call.Post, Path: "/cases/{case}/refusals", Action: access.NoteCase, Made: true, Summary: "Record what she did not want, and when she may be asked again"},
		{ID: "case.refuse-asked", Method: call.Post, Path: "/cases/{case}/refusals/{record}/asked", Action: access.NoteCase, Summary: "Record what came of asking her again"},
		{ID: "case.mediate", Method: call.Post, Path: "/cases/{case}/mediations", Action: access.MediateCase, Made: true, Summary: "Record how a text was put to her: in which language, who interpreted, whether she agreed, how she understood it"},
		{ID: "case.interpret", Method: call.Put, Path: "/cases/{case}/interpreting", Action: access.MediateCase, Summary: "Record what she needs in order to be understood, in the place of what stood there"},
		{ID: "case.cooperate", Method: call.Post, Path: "/cases/{case}/cooperation", Action: access.CooperateCase, Made: true, Summary: "Record in a file of the prosecution whether she cooperates"},
		{ID: "case.rekey", Method: call.Post, Path: "/cases/{case}/keys", Action: access.RekeyCase, Summary: "Give a case new keys and seal its records anew, some at a time"},
		{ID: "case.emergency-open", Method: call.Post, Path: "/cases/{case}/emergency", Action: access.EmergencyOpenCase, Made: true, Summary: "Open a case under break-glass"},
		{ID: "case.search", Method: call.Post, Path: "/case-searches", Action: access.SearchCase, Secret: true, Summary: "Look whether a person is known, by name or document; shows at most five cases, and only such as one may open"},
		{ID: "case.search-hits", Method: call.Get, Path: "/search-hits", Action: access.ContactCase, Summary: "Searches for a person of one's desk by somebody who may not know of her, and answers to one's own"},
		{ID: "case.search-contact", Method: call.Post, Path: "/search-hits/{hit}/decisions", Action: access.ContactCase, Summary: "Say whether one's desk makes contact with the desk that searched; two people have to say the same"},
		{ID: "lookup.of-case", Method: call.Get, Path: "/cases/{case}/lookups", Action: access.ListLookup, Summary: "What other members were asked about the person of a case, and which have answered"},
		{ID: "lookup.ask", Method: call.Post, Path: "/cases/{case}/lookups", Action: access.AskLookup, Made: true, Summary: "Propose to ask other members whether they know her; a second person of the desk confirms it"},
		{ID: "lookup.things", Method: call.Get, Path: "/cases/{case}/lookup-things", Action: access.ReadCase, Summary: "Telephones, plates, companies, documents and online names of a file of the prosecution"},
		{ID: "lookup.note-thing", Method: call.Post, Path: "/cases/{case}/lookup-things", Action: access.NoteCase, Made: true, Summary: "Write down one of them, so that it can be asked about and found"},
		{ID: "lookup.confirm", Method: call.Post, Path: "/lookups/{lookup}/confirmation", Action: access.ConfirmLookup, Summary: "Say as the second person whether it is asked"},
		{ID: "lookup.attend", Method: call.Post, Path: "/lookups/attendance", Action: access.EnrolLookup, Summary: "Do with one's keys what questions of one's desk wait for, and make those findable who want it"},
		{ID: "lookup.hits", Method: call.Get, Path: "/lookup-hits", Action: access.ListLookup, Summary: "Questions of other members about people of one's desk"},
		{ID: "lookup.hit", Method: call.Get, Path: "/lookup-hits/{hit}", Action: access.DecideLookup, Summary: "One of them, and what the desk wants to say"},
		{ID: "lookup.decide", Method: call.Post, Path: "/lookup-hits/{hit}/decisions", Action: access.DecideLookup, Summary: "Say for one's desk whether it speaks and what; two people have to agree, and one is enough to be silent"},
		{ID: "lookup.demand", Method: call.Post, Path: "/lookup-openings", Action: access.OpenLookup, Summary: "Draw questions by chance that their desks have to open"},
		{ID: "lookup.demanded", Method: call.Get, Path: "/lookup-openings", Action: access.OpenLookup, Summary: "What came of opening them, and which nobody has opened"},
		{ID: "lookup.demand-of-others", Method: call.Post, Path: "/lookup-demands", Action: access.OpenLookup, Summary: "Draw queries of other members by chance, which they have to open at home"},
		{ID: "lookup.demands", Method: call.Get, Path: "/lookup-demands", Action: access.OpenLookup, Summary: "What was demanded of other members and by them, and what came of it"},
		{ID: "lookup.unseal", Method: call.Get, Path: "/lookup-openings/{lookup}", Action: access.UnsealLookup, Summary: "Open with the key of the desk of data protection what a question was made from, and check it against the logs"},
		{ID: "case.search-rotate", Method: call.Post, Path: "/search-index/keys", Action: access.ReindexCase, Summary: "Give the search index a new key pair and seal it anew, some of it at a time"},
		{ID: "case.search-refold", Method: call.Post, Path: "/search-index/folds", Action: access.ReindexCase, Summary: "Fold anew what an older version of the fold has folded of one's desk, some cases at a time"},
		{ID: "case.search-state", Method: call.Get, Path: "/search-index", Action: access.ReindexCase, Summary: "What the search index is made of: versions of the fold, and what is under keys of before"},
		{ID: "case.search-build", Method: call.Post, Path: "/search-index/cases", Action: access.ReindexCase, Summary: "Put into the search index what one's desk wrote down before there was one, some cases at a time"},

		{ID: "person.record", Method: call.Post, Path: "/cases/{case}/person", Action: access.RecordPerson, Made: true, Body: 1 << 20, Summary: "Write down who she is"},
		{ID: "person.correct", Method: call.Put, Path: "/cases/{case}/person", Action: access.CorrectPerson, Body: 1 << 20, Summary: "Correct what is written"},
		{ID: "person.read", Method: call.Get, Path: "/cases/{case}/person", Action: access.ReadPerson, Summary: "Read who she is"},
		{ID: "person.safe-contact", Method: call.Get, Path: "/cases/{case}/contact", Action: access.ReadPerson, Summary: "The safe-contact card, without numbers and addresses"},
		{ID: "person.reach", Method: call.Post, Path: "/cases/{case}/contact/{index}", Action: access.ReadPerson, Secret: true, Summary: "The number or address of one way of the card that one has read"},

		{ID: "consent.give", Method: call.Post, Path: "/cases/{case}/consents", Action: access.GiveConsent, Made: true, Summary: "Record a consent"},
		{ID: "consent.list", Method: call.Get, Path: "/cases/{case}/consents", Action: access.KnowConsent, Summary: "List the consents of a case"},
		{ID: "consent.receipt", Method: call.Get, Path: "/consents/{consent}/receipt", Action: access.ReadConsent, Summary: "The receipt of a consent"},
		{ID: "consent.show", Method: call.Get, Path: "/consents/{consent}", Action: access.ReadConsent, Summary: "Open a consent"},
		{ID: "consent.confirm", Method: call.Post, Path: "/consents/{consent}/confirmation", Action: access.ConfirmConsent, Summary: "Say after a restore that a consent still stands"},
		{ID: "consent.reply", Method: call.Post, Path: "/consents/{consent}/reply", Action: access.WithdrawConsent, Summary: "Say what becomes of data under a withdrawn consent"},
		{ID: "consent.withdraw", Method: call.Post, Path: "/consents/{consent}/withdrawal", Action: access.WithdrawConsent, Summary: "Record a withdrawal"},

		{ID: "override.propose", Method: call.Post, Path: "/cases/{case}/overrides", Action: access.ProposeOverride, Made: true, Summary: "Propose to act on vital interest or legal duty"},
		{ID: "override.approve", Method: call.Post, Path: "/overrides/{override}/approval", Action: access.ApproveOverride, Summary: "Approve as the second person"},
		{ID: "override.review", Method: call.Post, Path: "/overrides/{override}/review", Action: access.ReviewOverride, Summary: "Review afterwards"},
		{ID: "override.inform", Method: call.Post, Path: "/overrides/{override}/notice", Action: access.InformOverride, Summary: "Record that the person was told"},
		{ID: "override.know", Method: call.Get, Path: "/overrides/{override}/state", Action: access.KnowOverride, Summary: "How far it has come, without the reason"},
		{ID: "override.show", Method: call.Get, Path: "/overrides/{override}", Action: access.ReadOverride, Secret: true, Summary: "Open the reason"},
	}, planRoutes(), linkRoutes(), transferRoutes(), duplicateRoutes(), childRoutes(), conferenceRoutes(), homecomingRoutes(), jointRoutes(), ownRoutes())
}

// Register puts who answers on the router.
func (a *Area) Register(r *call.Router) {
	call.Add(r, "case.open", a.openCase)
	call.Add(r, "case.list", a.listCases)
	call.Add(r, "case.find", a.findCase)
	call.Add(r, "case.read", a.readCase)
	call.Add(r, "case.openings", a.caseOpenings)
	call.Add(r, "case.copy", a.copyCase)
	call.Add(r, "case.htcds", a.exportCase)
	call.Add(r, "case.corrections", a.corrections)
	call.Add(r, "case.correct", a.askCorrection)
	call.Add(r, "case.correction", a.decideCorrection)
	call.Add(r, "case.note", a.noteCase)
	call.Add(r, "case.assess", a.assessCase)
	call.Add(r, "case.screen", a.screenCase)
	call.Add(r, "case.screenings", a.screenings)
	call.Add(r, "case.forms", a.filledForms)
	call.Add(r, "case.form", a.filledForm)
	call.Add(r, "case.fill", a.fillForm)
	call.Add(r, "case.fill-on", a.fillOn)
	call.Add(r, "case.fill-correct", a.correctForm)
	call.Add(r, "case.decide", a.decideCase)
	call.Add(r, "case.attach", a.attachCase)
	call.Add(r, "case.fetch", a.fetchAttachment)
	call.Add(r, "case.close", a.closeCase)
	call.Add(r, "case.reopen", a.reopenCase)
	call.Add(r, "case.erase", a.eraseCase)
	call.Add(r, "case.flag", a.flagCase)
	call.Add(r, "case.serve", a.serveCase)
	call.Add(r, "case.serve-change", a.changeService)
	call.Add(r, "case.reflect", a.reflectCase)
	call.Add(r, "case.reflect-end", a.endReflection)
	call.Add(r, "case.refuse", a.refuseOffer)
	call.Add(r, "case.refuse-asked", a.askAgain)
	call.Add(r, "case.mediate", a.mediate)
	call.Add(r, "case.interpret", a.interpret)
	call.Add(r, "case.cooperate", a.cooperateCase)
	call.Add(r, "case.rekey", a.rekeyCase)
	call.Add(r, "case.emergency-open", a.emergencyOpen)
	call.Add(r, "case.search", a.searchCases)
	call.Add(r, "case.search-hits", a.searchHits)
	call.Add(r, "case.search-contact", a.decideContact)
	call.Add(r, "lookup.of-case", a.lookups)
	call.Add(r, "lookup.ask", a.askLookup)
	call.Add(r, "lookup.things", a.lookupThings)
	call.Add(r, "lookup.note-thing", a.noteLookupThing)
	call.Add(r, "lookup.confirm", a.confirmLookup)
	call.Add(r, "lookup.attend", a.attendLookups)
	call.Add(r, "lookup.hits", a.lookupHits)
	call.Add(r, "lookup.hit", a.lookupHit)
	call.Add(r, "lookup.decide", a.decideLookup)
	call.Add(r, "lookup.demand", a.demandLookups)
	call.Add(r, "lookup.demanded", a.demandedLookups)
	call.Add(r, "lookup.demand-of-others", a.demandOfOthers)
	call.Add(r, "lookup.demands", a.lookupDemands)
	call.Add(r, "lookup.unseal", a.unsealLookup)
	call.Add(r, "case.search-rotate", a.rotateIndex)
	call.Add(r, "case.search-refold", a.refoldIndex)
	call.Add(r, "case.search-state", a.indexState)
	call.Add(r, "case.search-build", a.buildIndex)

	call.Add(r, "person.record", a.recordPerson)
	call.Add(r, "person.correct", a.correctPerson)
	call.Add(r, "person.read", a.readPerson)
	call.Add(r, "person.safe-contact", a.safeContact)
	call.Add(r, "person.reach", a.reachPerson)

	call.Add(r, "consent.give", a.giveConsent)
	call.Add(r, "consent.list", a.listConsents)
	call.Add(r, "consent.receipt", a.consentReceipt)
	call.Add(r, "consent.show", a.showConsent)
	call.Add(r, "consent.confirm", a.confirmConsent)
	call.Add(r, "consent.reply", a.replyConsent)
	call.Add(r, "consent.withdraw", a.withdrawConsent)

	call.Add(r, "override.propose", a.proposeOverride)
	call.Add(r, "override.approve", a.approveOverride)
	call.Add(r, "override.review", a.reviewOverride)
	call.Add(r, "override.inform", a.informOverride)
	call.Add(r, "override.know", a.knowOverride)
	call.Add(r, "override.show", a.showOverride)

	a.plans(r)
	a.links(r)
	a.transfers(r)
	a.children(r)
	a.conferences(r)
	a.duplicates(r)
	a.homecomings(r)
	a.joints(r)
	a.own(r)
}
