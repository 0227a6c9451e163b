package web

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/letter"
)

// Route is one line of the map: what is asked where, which action it is, and who answers.
type Route struct {
	Pattern string
	Action  access.Action // empty if anybody may ask
	Public  string        // why anybody may ask
	Serve   func(*Visit) error
}

// Routes returns the map of the pages. The generated docs/routes.md says which role reaches which line.
func Routes() []Route {
	var all []Route
	for _, part := range [][]Route{doorRoutes(), staffRoutes(), workRoutes(), stepRoutes()} {
		all = append(all, part...)
	}
	return all
}

// doorRoutes are about coming in and going out.
func doorRoutes() []Route {
	return []Route{
		{"GET /signin", "", "who is not signed in must be able to", (*Visit).signInForm},
		{"POST /signin", "", "who is not signed in must be able to", (*Visit).signIn},
		{"GET /lock", "", "shows nothing but the way back in", (*Visit).lock},
		{"GET /enrol/{link}", "", "the link is the proof", (*Visit).enrolForm},
		{"POST /enrol/{link}", "", "the link is the proof", (*Visit).enrol},
		{"POST /language", "", "changes nothing but the language of this device", (*Visit).speak},
		{"GET /leave", "", "ends the session of whoever asks, if there is one", (*Visit).leave},
		{"POST /leave", "", "ends the session of whoever asks, if there is one", (*Visit).leave},
		{"GET " + letter.Path, "", "asks for the code of a letter and says nothing", (*Visit).replyForm},
		{"POST " + letter.Path, "", "the code of the letter is the proof", (*Visit).reply},
		{"GET " + letter.Path + "/taken", "", "says that an answer was taken, to anybody", (*Visit).replyTaken},
		{"GET /away", "", "an empty page", (*Visit).away},
		{"POST /signout", access.SignOutSession, "", (*Visit).signOut},
		{"GET /place", access.SignInSession, "", (*Visit).placeForm},
		{"POST /place", access.SignInSession, "", (*Visit).place},
		{"GET /me", access.ListSession, "", (*Visit).me},
		{"POST /me/sessions/{session}", access.RevokeSession, "", (*Visit).revokeMine},
		{"GET /me/notices", access.SettingsNotice, "", (*Visit).notices},
		{"POST /me/notices", access.SettingsNotice, "", (*Visit).setNotices},
		{"POST /me/notices/browsers", access.SettingsNotice, "", (*Visit).browser},
		{"POST /me/notices/browsers/{browser}", access.SettingsNotice, "", (*Visit).forgetBrowser},
		{"GET /worker.js", "", "a script that a browser asks for by itself", (*Visit).worker},
	}
}

// staffRoutes are about people who work here, their desks, and the log.
func staffRoutes() []Route {
	return []Route{
		{"GET /users", access.ListUser, "", (*Visit).users},
		{"GET /users/new", access.CreateUser, "", (*Visit).inviteForm},
		{"POST /users/new", access.CreateUser, "", (*Visit).invite},
		{"GET /users/{user}", access.ListUser, "", (*Visit).account},
		{"POST /users/{user}/link", access.CreateUser, "", (*Visit).reinvite},
		{"POST /users/{user}/disable", access.DisableUser, "", (*Visit).disable},
		{"POST /users/{user}/sessions/{session}", access.RevokeSession, "", (*Visit).revoke},
		{"GET /desks", access.ReadDesk, "", (*Visit).desks},
		{"GET /desks/new", access.CreateDesk, "", (*Visit).foundForm},
		{"POST /desks/new", access.CreateDesk, "", (*Visit).found},
		{"GET /desks/{desk}", access.ReadDesk, "", (*Visit).desk},
		{"POST /desks/{desk}/propose", access.ProposeMemberDesk, "", (*Visit).propose},
		{"POST /desks/{desk}/grant/{user}", access.GrantMemberDesk, "", (*Visit).grant},
		{"POST /desks/{desk}/remove/{user}", access.RemoveMemberDesk, "", (*Visit).remove},
		{"POST /desks/{desk}/intake", access.RotateDesk, "", (*Visit).renewIntake},
		{"GET /audit", access.ReadAudit, "", (*Visit).log},
	}
}

// workRoutes are about what a desk does all day.
func workRoutes() []Route {
	return []Route{
		{"GET /{$}", access.SignInSession, "", (*Visit).home},
		{"GET /tasks", access.ListTask, "", (*Visit).tasks},
		{"POST /tasks/{task}/done", access.DoneTask, "", (*Visit).taskDone},

		{"GET /cases", access.ListCase, "", (*Visit).cases},
		{"GET /cases/new", access.OpenCase, "", (*Visit).openCaseForm},
		{"POST /cases/new", access.OpenCase, "", (*Visit).openCase},
		{"GET /cases/{case}", access.ReadCase, "", (*Visit).openedCase},
		{"GET /cases/{case}/person", access.RecordPerson, "", (*Visit).personForm},
		{"POST /cases/{case}/person", access.RecordPerson, "", (*Visit).record},
		{"POST /cases/{case}/reach/{index}", access.ReadPerson, "", (*Visit).reach},
		{"GET /cases/{case}/note", access.NoteCase, "", (*Visit).noteForm},
		{"POST /cases/{case}/note", access.NoteCase, "", (*Visit).note},
		{"GET /cases/{case}/risk", access.AssessCase, "", (*Visit).riskForm},
		{"POST /cases/{case}/risk", access.AssessCase, "", (*Visit).assess},
		{"GET /cases/{case}/decide", access.DecideCase, "", (*Visit).decideForm},
		{"POST /cases/{case}/decide", access.DecideCase, "", (*Visit).decide},
		{"GET /cases/{case}/reflection", access.DecideCase, "", (*Visit).reflectForm},
		{"POST /cases/{case}/reflection", access.DecideCase, "", (*Visit).reflect},
		{"GET /cases/{case}/reflections/{record}", access.DecideCase, "", (*Visit).reflectedForm},
		{"POST /cases/{case}/reflections/{record}", access.DecideCase, "", (*Visit).reflected},
		{"GET /cases/{case}/cooperation", access.CooperateCase, "", (*Visit).cooperateForm},
		{"POST /cases/{case}/cooperation", access.CooperateCase, "", (*Visit).cooperate},
		{"GET /cases/{case}/service", access.NoteCase, "", (*Visit).serviceForm},
		{"POST /cases/{case}/service", access.NoteCase, "", (*Visit).service},
		{"GET /cases/{case}/close", access.CloseCase, "", (*Visit).closeForm},
		{"POST /cases/{case}/close", access.CloseCase, "", (*Visit).closeCase},
		{"GET /releases", access.KnowRelease, "", (*Visit).releases},
		{"GET /releases/{release}", access.ReadRelease, "", (*Visit).release},
		{"GET /cases/{case}/consent", access.GiveConsent, "", (*Visit).consentForm},
		{"POST /cases/{case}/consent", access.GiveConsent, "", (*Visit).giveConsent},
		{"GET /consents/{consent}", access.ConfirmConsent, "", (*Visit).confirmForm},
		{"POST /consents/{consent}", access.ConfirmConsent, "", (*Visit).confirmConsent},
		{"POST /cases/{case}/consents/{consent}/withdraw", access.WithdrawConsent, "", (*Visit).withdrawConsent},
		{"GET /overrides/{override}", access.KnowOverride, "", (*Visit).override},
		{"POST /overrides/{override}/approve", access.ApproveOverride, "", (*Visit).approveOverride},
		{"POST /overrides/{override}/inform", access.InformOverride, "", (*Visit).informOverride},
		{"POST /overrides/{override}/review", access.ReviewOverride, "", (*Visit).reviewOverride},

		{"GET /cases/{case}/referral", access.DraftReferral, "", (*Visit).draftForm},
		{"POST /cases/{case}/referral", access.DraftReferral, "", (*Visit).draft},
		{"GET /referrals", access.ListReferral, "", (*Visit).referrals},
		{"GET /referrals/{referral}", access.KnowReferral, "", (*Visit).referral},
		{"POST /referrals/{referral}/open", access.OpenReferral, "", (*Visit).openReferral},
		{"GET /referrals/{referral}/letter", access.ReadReferral, "", (*Visit).letterForm},
		{"POST /referrals/{referral}/letter", access.ReadReferral, "", (*Visit).letter},
		{"POST /referrals/{referral}/file", access.ReadReferral, "", (*Visit).letterFile},
		{"POST /referrals/{referral}/file/save", access.ReadReferral, "", (*Visit).saveLetterFile},
		{"GET /referrals/{referral}/re-refer", access.ReReferReferral, "", (*Visit).reReferForm},
		{"POST /referrals/{referral}/re-refer", access.ReReferReferral, "", (*Visit).reRefer},
		{"GET /board", access.BoardReferral, "", (*Visit).board},

		{"GET /messages", access.ListMessage, "", (*Visit).threads},
		{"GET /messages/new", access.WriteMessage, "", (*Visit).writeForm},
		{"POST /messages/new", access.WriteMessage, "", (*Visit).write},
		{"GET /messages/{thread}", access.ReadMessage, "", (*Visit).thread},
		{"POST /messages/{thread}", access.WriteMessage, "", (*Visit).answerThread},
		{"GET /letters/{message}", access.ReadMessage, "", (*Visit).unread},
		{"POST /letters/{message}", access.ReadMessage, "", (*Visit).readMessage},

		{"GET /directory", access.ListDirectory, "", (*Visit).directory},
		{"GET /directory/{organisation}", access.ReadDirectory, "", (*Visit).organisation},
		{"POST /directory/{organisation}", access.AddressDirectory, "", (*Visit).confidential},
	}
}

// beginning is something that a role can begin from its home.
type beginning struct {
	path, text string
	action     access.Action
}

// beginnings returns what can be begun, what comes first first. A home shows the first three that the role may.
func beginnings() []beginning {
	return []beginning{
		{"/cases/new", "case.open", access.OpenCase},
		{"/referrals", "referral.list", access.ListReferral},
		{"/releases", "case.releases", access.KnowRelease},
		{"/board", "referral.board", access.BoardReferral},
		{"/users/new", "signin.invite", access.CreateUser},
		{"/desks/new", "desk.found", access.CreateDesk},
		{"/audit", "audit.log", access.ReadAudit},
	}
}

// taskPaths says on which page the task of a noun is done.
func taskPaths() map[string]string {
	return map[string]string{"message": "/letters/", "referral": "/referrals/", "override": "/overrides/", "desk": "/desks/", "consent": "/consents/"}
}
