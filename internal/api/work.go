package api

import "github.com/opentrm/opentrm/internal/access"

// workRoutes are about the work itself: cases, persons, consents, messages, publications, tasks.
func workRoutes() []Route {
	return []Route{
		{ID: "case.open", Method: post, Path: "/cases", Action: access.OpenCase, Made: true, Summary: "Open a case at one's desk"},
		{ID: "case.list", Method: get, Path: "/cases", Action: access.ListCase, Summary: "List the cases of one's desk"},
		{ID: "case.find", Method: get, Path: "/references/{reference}", Action: access.KnowCase, Summary: "Find a case by its spoken reference"},
		{ID: "case.read", Method: get, Path: "/cases/{case}", Action: access.ReadCase, Summary: "Open the file of a case"},
		{ID: "case.openings", Method: get, Path: "/cases/{case}/openings", Action: access.OpeningsCase, Summary: "By which functions and on which days the case was opened"},
		{ID: "case.note", Method: post, Path: "/cases/{case}/notes", Action: access.NoteCase, Made: true, Summary: "Add a note"},
		{ID: "case.assess", Method: post, Path: "/cases/{case}/assessments", Action: access.AssessCase, Made: true, Summary: "Add a risk assessment to the dated series"},
		{ID: "case.screen", Method: post, Path: "/cases/{case}/screenings", Action: access.ScreenCase, Made: true, Summary: "Add answers to indicators and what they suggest; nothing follows from it"},
		{ID: "case.screenings", Method: get, Path: "/cases/{case}/screenings", Action: access.ReadCase, Summary: "Open the screenings of a case"},
		{ID: "case.forms", Method: get, Path: "/cases/{case}/forms", Action: access.ReadCase, Summary: "List the filled-in forms of a case, without answers"},
		{ID: "case.form", Method: get, Path: "/cases/{case}/forms/{record}", Action: access.ReadCase, Summary: "Open a filled-in form by the version by which it was taken"},
		{ID: "case.fill", Method: post, Path: "/cases/{case}/forms", Action: access.FillCase, Made: true, Body: 1 << 20, Summary: "Keep a filled-in form, finished or as a draft"},
		{ID: "case.fill-on", Method: put, Path: "/cases/{case}/forms/{record}", Action: access.FillCase, Body: 1 << 20, Summary: "Save or finish a draft of a form"},
		{ID: "case.fill-correct", Method: post, Path: "/cases/{case}/forms/{record}/corrections", Action: access.FillCase, Made: true, Body: 1 << 20, Summary: "Correct a finished form by a new record, which names it"},
		{ID: "case.decide", Method: post, Path: "/cases/{case}/decisions", Action: access.DecideCase, Made: true, Summary: "Record a status decision"},
		{ID: "case.attach", Method: post, Path: "/cases/{case}/attachments", Action: access.AttachCase, Made: true, Body: 64 << 20, Summary: "Attach a file"},
		{ID: "case.fetch", Method: get, Path: "/cases/{case}/attachments/{record}", Action: access.ReadCase, Secret: true, Summary: "Fetch an attached file"},
		{ID: "case.close", Method: post, Path: "/cases/{case}/closure", Action: access.CloseCase, Summary: "Close a case"},
		{ID: "case.erase", Method: del, Path: "/cases/{case}", Action: access.EraseCase, Summary: "Destroy the key of a case"},
		{ID: "case.flag", Method: put, Path: "/cases/{case}/flags", Action: access.NoteCase, Summary: "Change what is known about asylum and origin"},
		{ID: "case.serve", Method: post, Path: "/cases/{case}/services", Action: access.NoteCase, Made: true, Summary: "Record a service that she is given"},
		{ID: "case.serve-change", Method: put, Path: "/cases/{case}/services/{record}", Action: access.NoteCase, Summary: "Change a service that goes on"},
		{ID: "case.reflect", Method: post, Path: "/cases/{case}/reflections", Action: access.DecideCase, Made: true, Summary: "Record that an authority granted the recovery and reflection period"},
		{ID: "case.reflect-end", Method: post, Path: "/cases/{case}/reflections/{record}/end", Action: access.DecideCase, Summary: "Record that the period is over, and why"},
		{ID: "case.refuse", Method: post, Path: "/cases/{case}/refusals", Action: access.NoteCase, Made: true, Summary: "Record what she did not want, and when she may be asked again"},
		{ID: "case.refuse-asked", Method: post, Path: "/cases/{case}/refusals/{record}/asked", Action: access.NoteCase, Summary: "Record what came of asking her again"},
		{ID: "case.cooperate", Method: post, Path: "/cases/{case}/cooperation", Action: access.CooperateCase, Made: true, Summary: "Record in a file of the prosecution whether she cooperates"},
		{ID: "case.rekey", Method: post, Path: "/cases/{case}/keys", Action: access.RekeyCase, Summary: "Give a case new keys and seal its records anew, some at a time"},
		{ID: "case.emergency-open", Method: post, Path: "/cases/{case}/emergency", Action: access.EmergencyOpenCase, Made: true, Summary: "Open a case under break-glass"},

		{ID: "person.record", Method: post, Path: "/cases/{case}/person", Action: access.RecordPerson, Made: true, Body: 1 << 20, Summary: "Write down who she is"},
		{ID: "person.correct", Method: put, Path: "/cases/{case}/person", Action: access.CorrectPerson, Body: 1 << 20, Summary: "Correct what is written"},
		{ID: "person.read", Method: get, Path: "/cases/{case}/person", Action: access.ReadPerson, Summary: "Read who she is"},
		{ID: "person.safe-contact", Method: get, Path: "/cases/{case}/contact", Action: access.ReadPerson, Summary: "The safe-contact card, without numbers and addresses"},
		{ID: "person.reach", Method: post, Path: "/cases/{case}/contact/{index}", Action: access.ReadPerson, Secret: true, Summary: "The number or address of one way of the card that one has read"},

		{ID: "consent.give", Method: post, Path: "/cases/{case}/consents", Action: access.GiveConsent, Made: true, Summary: "Record a consent"},
		{ID: "consent.list", Method: get, Path: "/cases/{case}/consents", Action: access.KnowConsent, Summary: "List the consents of a case"},
		{ID: "consent.receipt", Method: get, Path: "/consents/{consent}/receipt", Action: access.ReadConsent, Summary: "The receipt of a consent"},
		{ID: "consent.show", Method: get, Path: "/consents/{consent}", Action: access.ReadConsent, Summary: "Open a consent"},
		{ID: "consent.confirm", Method: post, Path: "/consents/{consent}/confirmation", Action: access.ConfirmConsent, Summary: "Say after a restore that a consent still stands"},
		{ID: "consent.reply", Method: post, Path: "/consents/{consent}/reply", Action: access.WithdrawConsent, Summary: "Say what becomes of data under a withdrawn consent"},
		{ID: "consent.withdraw", Method: post, Path: "/consents/{consent}/withdrawal", Action: access.WithdrawConsent, Summary: "Record a withdrawal"},

		{ID: "task.list", Method: get, Path: "/tasks", Action: access.ListTask, Summary: "List what is due at one's desk"},
		{ID: "task.read", Method: get, Path: "/tasks/{task}", Action: access.ReadTask, Summary: "Read a task"},
		{ID: "task.done", Method: post, Path: "/tasks/{task}/done", Action: access.DoneTask, Summary: "Mark a task as done"},

		{ID: "message.list", Method: get, Path: "/threads", Action: access.ListMessage, Summary: "List the threads of one's desk"},
		{ID: "message.thread", Method: get, Path: "/threads/{thread}/messages", Action: access.KnowMessage, Summary: "List the messages of a thread"},
		{ID: "message.read", Method: get, Path: "/messages/{message}", Action: access.ReadMessage, Summary: "Open a message"},
		{ID: "message.write", Method: post, Path: "/messages", Action: access.WriteMessage, Made: true, Summary: "Write to a desk"},
		{ID: "message.resend", Method: post, Path: "/messages/{message}/resend", Action: access.WriteMessage, Summary: "Seal a refused message anew, after the reason was looked at"},

		{ID: "publication.list", Method: get, Path: "/publications", Action: access.ReadPublication, Summary: "List what members have published"},
		{ID: "publication.read", Method: get, Path: "/publications/{publication}", Action: access.ReadPublication, Summary: "Every version of a publication"},
		{ID: "publication.write", Method: post, Path: "/publications", Action: access.WritePublication, Made: true, Summary: "Publish to all members"},
		{ID: "publication.correct", Method: put, Path: "/publications/{publication}", Action: access.WritePublication, Summary: "Publish the next version of a record"},
		{ID: "publication.forks", Method: get, Path: "/forks", Action: access.ReadPublication, Summary: "List records of which two of the same version exist"},
		{ID: "publication.withdraw", Method: post, Path: "/publications/{publication}/withdrawal", Action: access.WithdrawPublication, Summary: "Withdraw a publication"},
	}
}

// work registers them.
func (a *API) work(r *router) {
	add(r, "case.open", a.openCase)
	add(r, "case.list", a.listCases)
	add(r, "case.find", a.findCase)
	add(r, "case.read", a.readCase)
	add(r, "case.openings", a.caseOpenings)
	add(r, "case.note", a.noteCase)
	add(r, "case.assess", a.assessCase)
	add(r, "case.screen", a.screenCase)
	add(r, "case.screenings", a.screenings)
	add(r, "case.forms", a.filledForms)
	add(r, "case.form", a.filledForm)
	add(r, "case.fill", a.fillForm)
	add(r, "case.fill-on", a.fillOn)
	add(r, "case.fill-correct", a.correctForm)
	add(r, "case.decide", a.decideCase)
	add(r, "case.attach", a.attachCase)
	add(r, "case.fetch", a.fetchAttachment)
	add(r, "case.close", a.closeCase)
	add(r, "case.erase", a.eraseCase)
	add(r, "case.flag", a.flagCase)
	add(r, "case.serve", a.serveCase)
	add(r, "case.serve-change", a.changeService)
	add(r, "case.reflect", a.reflectCase)
	add(r, "case.reflect-end", a.endReflection)
	add(r, "case.refuse", a.refuseOffer)
	add(r, "case.refuse-asked", a.askAgain)
	add(r, "case.cooperate", a.cooperateCase)
	add(r, "case.rekey", a.rekeyCase)
	add(r, "case.emergency-open", a.emergencyOpen)

	add(r, "person.record", a.recordPerson)
	add(r, "person.correct", a.correctPerson)
	add(r, "person.read", a.readPerson)
	add(r, "person.safe-contact", a.safeContact)
	add(r, "person.reach", a.reachPerson)

	add(r, "consent.give", a.giveConsent)
	add(r, "consent.list", a.listConsents)
	add(r, "consent.receipt", a.consentReceipt)
	add(r, "consent.show", a.showConsent)
	add(r, "consent.confirm", a.confirmConsent)
	add(r, "consent.reply", a.replyConsent)
	add(r, "consent.withdraw", a.withdrawConsent)

	add(r, "task.list", a.listTasks)
	add(r, "task.read", a.readTask)
	add(r, "task.done", a.doneTask)

	add(r, "message.list", a.listThreads)
	add(r, "message.thread", a.listMessages)
	add(r, "message.read", a.readMessage)
	add(r, "message.write", a.writeMessage)
	add(r, "message.resend", a.resendMessage)

	add(r, "publication.list", a.listPublications)
	add(r, "publication.read", a.readPublication)
	add(r, "publication.write", a.writePublication)
	add(r, "publication.correct", a.correctPublication)
	add(r, "publication.forks", a.listForks)
	add(r, "publication.withdraw", a.withdrawPublication)
}
