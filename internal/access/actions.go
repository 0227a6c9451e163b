package access

import "strings"

// actionFacts are what of an action that policies and callers rely on.
type actionFacts struct {
	action Action
	kind   Kind
	opens  opening
}

// actionTable has one row for each action, in the order of the constants above.
func actionTable() []actionFacts {
	return []actionFacts{
		{OpenCase, Makes, content},
		{KnowCase, Sees, nothing},
		{ReadCase, Sees, content},
		{OpeningsCase, Sees, nothing},
		{ListCase, Lists, nothing},
		{NoteCase, Changes, content},
		{AssessCase, Changes, content},
		{PlanCase, Changes, content},
		{ScreenCase, Changes, content},
		{FillCase, Changes, content},
		{MediateCase, Changes, content},
		{DecideCase, Changes, content},
		{CooperateCase, Changes, content},
		{AttachCase, Changes, content},
		{CloseCase, Changes, content},
		{LinkCase, Changes, content},
		{ReopenCase, Changes, content},
		{EraseCase, Changes, nothing},
		{CopyCase, Sees, content},
		{CorrectCase, Changes, content},
		{HoldCase, Changes, nothing},
		{RekeyCase, Changes, content},
		{SearchCase, Lists, content},
		{ContactCase, Changes, nothing},
		{ReindexCase, Changes, content},
		{EmergencyOpenCase, Sees, content},
		{KnowHomecoming, Sees, nothing},
		{ReadHomecoming, Sees, content},
		{ListHomecoming, Lists, nothing},
		{ProposeHomecoming, Makes, nothing},
		{DecideHomecoming, Changes, content},
		{WithdrawHomecoming, Changes, nothing},
		{InterestHomecoming, Changes, content},
		{AssessHomecoming, Changes, content},
		{SignHomecoming, Changes, content},
		{ArrangeHomecoming, Changes, content},
		{DepartHomecoming, Changes, content},
		{ArriveHomecoming, Changes, content},
		{FollowHomecoming, Changes, content},
		{StopHomecoming, Changes, nothing},
		{CloseHomecoming, Changes, nothing},
		{RecordPerson, Makes, content},
		{KnowPerson, Sees, nothing},
		{ReadPerson, Sees, content},
		{CorrectPerson, Changes, content},
		{KnowConsent, Sees, nothing},
		{GiveConsent, Makes, content},
		{ReadConsent, Sees, content},
		{ConfirmConsent, Changes, nothing},
		{WithdrawConsent, Changes, nothing},
		{FreezeConsent, Changes, nothing},
		{DraftReferral, Makes, content},
		{KnowReferral, Sees, nothing},
		{ReadReferral, Sees, content},
		{ListReferral, Lists, nothing},
		{BoardReferral, Lists, nothing},
		{CheckReferral, Changes, content},
		{SendReferral, Changes, content},
		{ReceiveReferral, Changes, nothing},
		{ReleaseReferral, Changes, nothing},
		{AcknowledgeReferral, Changes, nothing},
		{OpenReferral, Sees, content},
		{AskReferral, Changes, content},
		{SupplyReferral, Changes, content},
		{AcceptReferral, Changes, nothing},
		{DeclineReferral, Changes, content},
		{PlanReferral, Changes, content},
		{HandOverReferral, Changes, nothing},
		{NotArrivedReferral, Changes, nothing},
		{ConfirmReferral, Changes, nothing},
		{InCareReferral, Changes, nothing},
		{FeedbackReferral, Changes, content},
		{CompleteReferral, Changes, nothing},
		{CloseReferral, Changes, nothing},
		{RevokeReferral, Changes, nothing},
		{WithdrawReferral, Changes, nothing},
		{EnterInErrorReferral, Changes, nothing},
		{ReReferReferral, Makes, content},
		{ResendReferral, Changes, content},
		{ExpireReferral, Changes, nothing},
		{EscalateReferral, Changes, nothing},
		{KnowRelease, Sees, nothing},
		{ByConsentRelease, Makes, content},
		{ByOrderRelease, Makes, content},
		{ApproveRelease, Changes, nothing},
		{ReadRelease, Sees, content},
		{WithdrawRelease, Changes, nothing},
		{KnowOverride, Sees, nothing},
		{ProposeOverride, Makes, content},
		{ApproveOverride, Changes, nothing},
		{ReadOverride, Sees, content},
		{ReviewOverride, Changes, nothing},
		{InformOverride, Changes, nothing},
		{KnowMessage, Sees, nothing},
		{WriteMessage, Makes, sealed},
		{ReadMessage, Sees, sealed},
		{ListMessage, Lists, nothing},
		{WritePublication, Makes, nothing},
		{WithdrawPublication, Changes, nothing},
		{ReadPublication, Sees, nothing},
		{ReceivePublication, Changes, nothing},
		{ListDirectory, Lists, nothing},
		{ReadDirectory, Sees, nothing},
		{AddressDirectory, Sees, sealed},
		{AddDirectory, Makes, nothing},
		{ChangeDirectory, Changes, sealed},
		{VerifyDirectory, Changes, nothing},
		{CapacityDirectory, Changes, nothing},
		{ImportDirectory, Makes, nothing},
		{ExportDirectory, Lists, nothing},
		{CreateDesk, Makes, nothing},
		{ProposeMemberDesk, Makes, nothing},
		{GrantMemberDesk, Changes, nothing},
		{RemoveMemberDesk, Changes, nothing},
		{LeaveDesk, Changes, nothing},
		{RotateDesk, Changes, nothing},
		{DutyDesk, Changes, nothing},
		{ReadDesk, Sees, nothing},
		{SheetDesk, Changes, nothing},
		{CreateUser, Makes, nothing},
		{DisableUser, Changes, nothing},
		{AssignUser, Changes, nothing},
		{ReadUser, Sees, nothing},
		{ListUser, Lists, nothing},
		{SignInSession, Makes, nothing},
		{SignOutSession, Changes, nothing},
		{ListSession, Lists, nothing},
		{RevokeSession, Changes, nothing},
		{RotateKey, Changes, nothing},
		{EnrolKey, Changes, nothing},
		{RecoverKey, Changes, nothing},
		{DrillKey, Changes, nothing},
		{ReadMember, Sees, nothing},
		{JoinMember, Changes, nothing},
		{BlockMember, Changes, nothing},
		{UnblockMember, Changes, nothing},
		{ImportRoster, Changes, nothing},
		{SignRoster, Changes, nothing},
		{ReadRoster, Sees, nothing},
		{DeliverExchange, Changes, nothing},
		{PullExchange, Sees, nothing},
		{RelayExchange, Changes, nothing},
		{ImportExchange, Changes, nothing},
		{ExportExchange, Changes, nothing},
		{InspectExchange, Sees, nothing},
		{ListExchange, Lists, nothing},
		{ReopenExchange, Changes, nothing},
		{ReadAudit, Sees, nothing},
		{DiscloseAudit, Sees, nothing},
		{VerifyAudit, Sees, nothing},
		{WitnessAudit, Changes, nothing},
		{WatchAudit, Changes, nothing},
		{MakeBackup, Changes, nothing},
		{RestoreBackup, Changes, nothing},
		{KnowTask, Sees, nothing},
		{ListTask, Lists, nothing},
		{ReadTask, Sees, nothing},
		{DoneTask, Changes, nothing},
		{MakeTask, Makes, nothing},
		{SettingsNotice, Changes, nothing},
		{SendNotice, Changes, nothing},
		{ReadFact, Sees, nothing},
		{ListFact, Lists, nothing},
		{WriteFact, Makes, nothing},
		{CollectFact, Makes, nothing},
		{ReadProfile, Sees, nothing},
		{ConfirmProfile, Changes, nothing},
		{ListRetention, Lists, nothing},
		{ProposeRetention, Makes, nothing},
		{ConfirmRetention, Changes, nothing},
		{WithdrawRetention, Changes, nothing},
		{SettleRetention, Changes, nothing},
		{InitNode, Changes, nothing},
		{DoctorNode, Sees, nothing},
		{CreateToken, Makes, nothing},
		{ListToken, Lists, nothing},
		{RevokeToken, Changes, nothing},
		{ApproveReaderToken, Changes, nothing},
		{WriteIntake, Makes, nothing},
		{ReadSelf, Sees, nothing},
		{WithdrawSelf, Changes, nothing},
		{ReadReply, Sees, sealed},
		{AnswerReply, Changes, nothing},
	}
}

// Actions returns every action, in the order of this file.
func Actions() []Action {
	table := actionTable()
	all := make([]Action, len(table))
	for i, f := range table {
		all[i] = f.action
	}
	return all
}

// Noun returns the part of the action before the dot: "referral".
func (a Action) Noun() string {
	noun, _, _ := strings.Cut(string(a), ".")
	return noun
}

// Verb returns the part of the action after the dot: "accept".
func (a Action) Verb() string {
	_, verb, _ := strings.Cut(string(a), ".")
	return verb
}

// Kind returns what the action does to a record; 0 for an action that does not exist.
func (a Action) Kind() Kind { return rules().facts[a].kind }

// OpensContent reports whether the action decrypts the content of a case, which only people at a desk
// can do.
func (a Action) OpensContent() bool { return rules().facts[a].opens == content }
