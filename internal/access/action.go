package access

// Kind says what an action does to the record it concerns.
type Kind uint8

// The kinds of action.
const (
	Makes   Kind = iota + 1 // brings a new thing about; no record exists yet
	Lists                   // shows many, narrowed by a [Scope]
	Sees                    // shows one; recorded with audit.Saw
	Changes                 // alters one; recorded with audit.Did
)

// opening says what an action decrypts.
type opening uint8

const (
	nothing opening = iota // operational or public data only
	sealed                 // what is sealed to a desk, but is no case
	content                // the content of a case: of persons, consents, referrals, releases
)

// The actions, by noun. The name of a constant is the verb and then the noun.
const (
	// Case: her file in one country.
	OpenCase          Action = "case.open"           // open a case for a person
	KnowCase          Action = "case.know"           // learn that the case exists
	ReadCase          Action = "case.read"           // open the file
	OpeningsCase      Action = "case.openings"       // see by which functions and when it was opened
	ListCase          Action = "case.list"           // list the cases of a desk
	NoteCase          Action = "case.note"           // add a note
	AssessCase        Action = "case.assess"         // add a risk or needs assessment to the dated series
	PlanCase          Action = "case.plan"           // write a step of her plan, record what she said to it and what came of it
	ProtectCase       Action = "case.protect"        // record guardians, best interests, age and notices of who is or may be a child
	AssentCase        Action = "case.assent"         // record what a child was told, and what she said to it
	ScreenCase        Action = "case.screen"         // add answers to indicators and what they suggest to the dated series
	FillCase          Action = "case.fill"           // keep a filled-in form, save a draft of one, or correct one
	MediateCase       Action = "case.mediate"        // record what she needs in order to be understood, and how a text was put to her
	DecideCase        Action = "case.decide"         // record a status decision with its deciding body and basis
	CooperateCase     Action = "case.cooperate"      // record whether she cooperates, in a file of the prosecution
	AttachCase        Action = "case.attach"         // attach a sealed file
	CloseCase         Action = "case.close"          // close with a reason
	LinkCase          Action = "case.link"           // say that two cases belong together, or no longer
	MergeCase         Action = "case.merge"          // say that two cases are of one person, or are not, or confirm that as the second person
	UnmergeCase       Action = "case.unmerge"        // undo that
	ReopenCase        Action = "case.reopen"         // take the work on a closed case up again, with a reason
	EraseCase         Action = "case.erase"          // destroy the key of the case or of one compartment
	CopyCase          Action = "case.copy"           // make a copy of what is kept of her, for her
	ExportCase        Action = "case.export"         // write a case in the form of a standard, for a system of the desk or for her
	CodeCase          Action = "case.code"           // give her a code for a page of her own, or switch that page off
	CorrectCase       Action = "case.correct"        // record that she asks for a correction, and what was decided
	HoldCase          Action = "case.hold"           // keep the case from every erasure, or end that
	RestrictCase      Action = "case.restrict"       // keep what is in the case from being used, because she asked
	UnrestrictCase    Action = "case.unrestrict"     // end that, after she was told
	ReasonCase        Action = "case.reason"         // say why one opens a case that is kept and not used
	RekeyCase         Action = "case.rekey"          // give the case new keys and seal its records anew
	SearchCase        Action = "case.search"         // look for a person among the cases of the organisation
	ContactCase       Action = "case.contact"        // see who searched for a case of one's desk without knowing it, and decide whether to make contact
	ReindexCase       Action = "case.reindex"        // give the search index new keys, or put in it what is missing
	EmergencyOpenCase Action = "case.emergency-open" // open under break-glass: read-only, 3 h, second person told

	// Conference: several desks about one case, and what they decide together.
	KnowConference   Action = "conference.know"   // learn that a conference is held
	ReadConference   Action = "conference.read"   // open what is kept of a conference, as far as it is open to one's desk
	ListConference   Action = "conference.list"   // list the conferences of a desk by reference and state
	CallConference   Action = "conference.call"   // call a conference and invite desks
	ChangeConference Action = "conference.change" // change when, where, what about and who sits there
	MinuteConference Action = "conference.minute" // write down what was said and who was there
	WriteConference  Action = "conference.write"  // write down what was decided, for signature
	AnswerConference Action = "conference.answer" // sign it, or refuse to and say why
	SettleConference Action = "conference.settle" // let it take effect, once everybody who has to has signed
	EndConference    Action = "conference.end"    // end a conference without a decision

	// Homecoming: her return to a country, and how she is received there.
	KnowHomecoming        Action = "homecoming.know"        // learn that a return is prepared
	ReadHomecoming        Action = "homecoming.read"        // open what is kept of a return
	ListHomecoming        Action = "homecoming.list"        // list the returns of a desk by reference and state
	ProposeHomecoming     Action = "homecoming.propose"     // propose a return
	DecideHomecoming      Action = "homecoming.decide"      // record her own informed decision
	WithdrawHomecoming    Action = "homecoming.withdraw"    // record that she changed her mind; everything stops
	InterestHomecoming    Action = "homecoming.interest"    // record what was determined to be in the best interests of a child
	AssessHomecoming      Action = "homecoming.assess"      // write the risk assessment, sign it, and ask the other desk
	SignHomecoming        Action = "homecoming.sign"        // sign the same assessment as the second person, of another organisation
	CountersignHomecoming Action = "homecoming.countersign" // take the answer of another member's desk that was asked to sign
	ArrangeHomecoming     Action = "homecoming.arrange"     // record documents, escort and reception
	DepartHomecoming      Action = "homecoming.depart"      // record that she has left
	ArriveHomecoming      Action = "homecoming.arrive"      // record that she has arrived, or has not
	FollowHomecoming      Action = "homecoming.follow"      // record how she is, after some months
	StopHomecoming        Action = "homecoming.stop"        // stop a return, with a reason
	CloseHomecoming       Action = "homecoming.close"       // end the follow-up

	// Transfer: a case that goes to another desk of this node.
	KnowTransfer    Action = "transfer.know"    // learn that a case was offered, without learning which
	ListTransfer    Action = "transfer.list"    // list what a desk offered and was offered
	OfferTransfer   Action = "transfer.offer"   // offer a case to another desk, with a note
	AcceptTransfer  Action = "transfer.accept"  // take it over
	DeclineTransfer Action = "transfer.decline" // decline with a reason and an alternative
	RevokeTransfer  Action = "transfer.revoke"  // take the offer back before it is answered

	// Person: the person served.
	RecordPerson  Action = "person.record"  // write down who she is
	KnowPerson    Action = "person.know"    // learn that she is known here
	ReadPerson    Action = "person.read"    // open names, dates, documents, safe-contact rules
	CorrectPerson Action = "person.correct" // correct what is written

	// Consent: what she agreed to.
	KnowConsent     Action = "consent.know"     // learn that a consent exists
	GiveConsent     Action = "consent.give"     // record a consent
	ReadConsent     Action = "consent.read"     // open a consent
	ConfirmConsent  Action = "consent.confirm"  // say after a restore that a consent still stands
	WithdrawConsent Action = "consent.withdraw" // record a withdrawal
	FreezeConsent   Action = "consent.freeze"   // block a compartment when a withdrawal arrives; opens nothing

	// Referral: a handover to a desk.
	DraftReferral        Action = "referral.draft"          // write a draft
	KnowReferral         Action = "referral.know"           // learn that the referral exists
	ReadReferral         Action = "referral.read"           // open request, bundle and history
	ListReferral         Action = "referral.list"           // list the referrals of a desk by reference and state
	BoardReferral        Action = "referral.board"          // counts, states, waiting times, breaches; never content
	CheckReferral        Action = "referral.check"          // check consent, rule row and capacity; seal the identity bundle
	SendReferral         Action = "referral.send"           // send the request
	ReceiveReferral      Action = "referral.receive"        // record an envelope that arrived; opens nothing
	ReleaseReferral      Action = "referral.release"        // release the sealed identity bundle after a signed acceptance; opens nothing
	AcknowledgeReferral  Action = "referral.acknowledge"    // say that a person has taken notice
	OpenReferral         Action = "referral.open"           // decrypt what was received
	AskReferral          Action = "referral.ask"            // ask for information
	SupplyReferral       Action = "referral.supply"         // supply information
	AcceptReferral       Action = "referral.accept"         // accept
	DeclineReferral      Action = "referral.decline"        // decline with reason and alternative
	PlanReferral         Action = "referral.plan"           // plan the handover
	HandOverReferral     Action = "referral.hand-over"      // record the handover
	NotArrivedReferral   Action = "referral.not-arrived"    // record that she did not arrive
	ConfirmReferral      Action = "referral.confirm"        // confirm the arrival
	InCareReferral       Action = "referral.in-care"        // record that care has begun
	FeedbackReferral     Action = "referral.feedback"       // give feedback
	CompleteReferral     Action = "referral.complete"       // complete with an outcome
	CloseReferral        Action = "referral.close"          // close the loop
	RevokeReferral       Action = "referral.revoke"         // revoke before the handover
	WithdrawReferral     Action = "referral.withdraw"       // record that the person withdrew
	EnterInErrorReferral Action = "referral.enter-in-error" // mark as entered in error
	ReReferReferral      Action = "referral.re-refer"       // draft again to another desk
	ResendReferral       Action = "referral.resend"         // seal anew what was refused
	ExpireReferral       Action = "referral.expire"         // let it expire when its clock has run out
	EscalateReferral     Action = "referral.escalate"       // tell the next in the chain; reference and age only

	// Release: what passes the wall between assistance and prosecution.
	KnowRelease      Action = "release.know"       // learn that something was released
	ByConsentRelease Action = "release.by-consent" // release parts of a case to a desk of the other realm by consent
	ByOrderRelease   Action = "release.by-order"   // propose a release ordered by a court or prosecutor
	ApproveRelease   Action = "release.approve"    // approve a release by order as the second person
	ReadRelease      Action = "release.read"       // open what was released
	WithdrawRelease  Action = "release.withdraw"   // end a release

	// Override: the vital-interests or legal-duty path, apart from consent.
	KnowOverride    Action = "override.know"    // learn that the path was used
	ProposeOverride Action = "override.propose" // propose to act on vital interest or legal duty, with the reason
	ApproveOverride Action = "override.approve" // approve as the second person
	ReadOverride    Action = "override.read"    // open the reason and what was sent
	ReviewOverride  Action = "override.review"  // review afterwards
	InformOverride  Action = "override.inform"  // record that the person was told

	// Joint: the risk assessment of a return that another member's desk asks us to sign.
	KnowJoint    Action = "joint.know"    // learn that a desk was asked
	ListJoint    Action = "joint.list"    // list what a desk was asked, by reference and state
	ReadJoint    Action = "joint.read"    // open an assessment that was sent to a desk here
	SignJoint    Action = "joint.sign"    // sign it
	DeclineJoint Action = "joint.decline" // say why one does not sign it
	ExpireJoint  Action = "joint.expire"  // destroy one whose time is over

	// Cooperation: what prosecutors of two members ask of each other.
	KnowCooperation    Action = "cooperation.know"    // learn that a request exists
	ListCooperation    Action = "cooperation.list"    // list the requests of a desk, by reference and state
	ReadCooperation    Action = "cooperation.read"    // open a request and what was said about it
	AskCooperation     Action = "cooperation.ask"     // begin a request
	WriteCooperation   Action = "cooperation.write"   // change one that was not sent
	SendCooperation    Action = "cooperation.send"    // send its record to the desk that is asked
	AnswerCooperation  Action = "cooperation.answer"  // take a step and tell the other side
	EraseCooperation   Action = "cooperation.erase"   // destroy what is kept of one
	CertifyCooperation Action = "cooperation.certify" // make the key with which an office signs documents, or take a certificate for it
	PackCooperation    Action = "cooperation.pack"    // make a request into a signed file
	TimesCooperation   Action = "cooperation.times"   // see how many days requests take between two members

	// Docket: the joint case board of prosecutors of several members.
	KnowDocket  Action = "docket.know"  // learn that a board exists
	ListDocket  Action = "docket.list"  // list the boards of a desk, by reference
	ReadDocket  Action = "docket.read"  // open a board
	BeginDocket Action = "docket.begin" // open a new board
	WriteDocket Action = "docket.write" // write on a board, which every desk of it reads
	EraseDocket Action = "docket.erase" // destroy what is kept of one

	// Message: a sealed desk-to-desk thread.
	KnowMessage  Action = "message.know"  // learn that a thread exists
	WriteMessage Action = "message.write" // write to a desk
	ReadMessage  Action = "message.read"  // open a message
	ListMessage  Action = "message.list"  // list the threads of a desk

	// Publication: a signed record for all members.
	WritePublication    Action = "publication.write"    // publish to all members
	WithdrawPublication Action = "publication.withdraw" // withdraw
	ReadPublication     Action = "publication.read"     // read
	ReceivePublication  Action = "publication.receive"  // take a publication of another member

	// Directory: who helps, with what, and whether there is room.
	ListDirectory     Action = "directory.list"     // list organisations without confidential places
	ReadDirectory     Action = "directory.read"     // read an organisation without its confidential places
	AddressDirectory  Action = "directory.address"  // open the confidential places of an organisation
	AddDirectory      Action = "directory.add"      // enter an organisation, kept by one's desk
	ChangeDirectory   Action = "directory.change"   // change what is said of it
	VerifyDirectory   Action = "directory.verify"   // say that it is still true
	CapacityDirectory Action = "directory.capacity" // say whether a service has room
	ImportDirectory   Action = "directory.import"   // take organisations from a file
	ExportDirectory   Action = "directory.export"   // write organisations to a file, without confidential places

	EndDirectory          Action = "directory.end"           // say that an organisation, a service or a place is there no more
	ProposeEraseDirectory Action = "directory.propose-erase" // propose to erase what was entered in error
	EraseDirectory        Action = "directory.erase"         // erase it, as the second person
	KeepDirectory         Action = "directory.keep"          // say that it is not erased
	HandOverDirectory     Action = "directory.hand-over"     // ask another desk to keep a record
	TakeOverDirectory     Action = "directory.take-over"     // keep the record that another desk hands over
	StayDirectory         Action = "directory.stay"          // say that the record stays where it is

	// Desk: an addressable function.
	CreateDesk        Action = "desk.create"         // create a desk with its first member
	ProposeMemberDesk Action = "desk.propose-member" // propose a member
	GrantMemberDesk   Action = "desk.grant-member"   // let the proposed member in, after comparing the fingerprint
	RemoveMemberDesk  Action = "desk.remove-member"  // remove a member
	LeaveDesk         Action = "desk.leave"          // leave a desk oneself
	RotateDesk        Action = "desk.rotate"         // make new keys for the desk
	DutyDesk          Action = "desk.duty"           // set the duty roster, deputy and quiet hours
	ReadDesk          Action = "desk.read"           // read desks and their duty
	SheetDesk         Action = "desk.sheet"          // sign the desk sheet

	// User: an account.
	CreateUser  Action = "user.create"  // create an account
	DisableUser Action = "user.disable" // disable an account
	LinkUser    Action = "user.link"    // link somebody's account to what an issuer calls her, or take that away
	AssignUser  Action = "user.assign"  // give or take a role
	ReadUser    Action = "user.read"    // read an account
	ListUser    Action = "user.list"    // list accounts
	ConfirmUser Action = "user.confirm" // let the office of an account in, after comparing its key

	// Session: a sign-in.
	SignInSession  Action = "session.sign-in"  // sign in
	SignOutSession Action = "session.sign-out" // sign out
	ListSession    Action = "session.list"     // list sign-ins
	RevokeSession  Action = "session.revoke"   // end a sign-in

	// Unlock: a way to open one's own keys.
	ListUnlock   Action = "unlock.list"   // list the ways to open one's keys
	AddUnlock    Action = "unlock.add"    // add or change a way to open one's keys
	RemoveUnlock Action = "unlock.remove" // remove a way to open one's keys
	DemandUnlock Action = "unlock.demand" // say which roles need more than a passphrase

	// Key: the keys of the node and their recovery.
	RotateKey  Action = "key.rotate"  // rotate the keys of the node
	EnrolKey   Action = "key.enrol"   // enrol a recovery officer
	RecoverKey Action = "key.recover" // re-grant a person to a desk with the recovery quorum
	ListKey    Action = "key.list"    // see which keys the node has, how old they are and what is due
	DrillKey   Action = "key.drill"   // open the canary to prove that recovery works

	// Count: how many persons members know together.
	ProposeCount  Action = "count.propose"  // propose a count to other members
	JoinCount     Action = "count.join"     // say that this member takes part
	DeclineCount  Action = "count.decline"  // say that it does not
	ShowCount     Action = "count.show"     // see counts, their steps and results
	PrepareCount  Action = "count.prepare"  // prepare the records of a count from the cases of one's desk, and encrypt them
	PublishCount  Action = "count.publish"  // make a result public
	AllowCount    Action = "count.allow"    // say what counts of a year may tell of one record
	ContinueCount Action = "count.continue" // go on with a count

	// Region: one table of what members protected at home.
	AskRegion     Action = "region.ask"     // ask members for their protected tables
	ShowRegion    Action = "region.show"    // see regional releases, who gave and what was published
	PrepareRegion Action = "region.prepare" // count and protect what this member would give
	ApproveRegion Action = "region.approve" // approve what leaves this node, as a second person
	DeclineRegion Action = "region.decline" // say that this member gives nothing, and why
	CompileRegion Action = "region.compile" // add up what members gave, and attack it
	PublishRegion Action = "region.publish" // publish it to the members, as a second person

	// Lookup: whether a person is known elsewhere, and the secret that members share for it.
	ShowLookup     Action = "lookup.show"     // see how the secret is kept and how its last run went
	CallLookup     Action = "lookup.call"     // call for a run that makes or refreshes the secret
	ContinueLookup Action = "lookup.continue" // go on with a run, answer as a holder, compare what is asked
	AskLookup      Action = "lookup.ask"      // propose to ask other members whether somebody is known to them
	ConfirmLookup  Action = "lookup.confirm"  // say as the second person that it is asked, or is not
	ListLookup     Action = "lookup.list"     // see what one's desk has asked, and what it has to decide
	DecideLookup   Action = "lookup.decide"   // say for the desk that knows somebody whether it speaks, and what
	OpenLookup     Action = "lookup.open"     // have questions opened that were drawn by chance, and see what came of it
	UnsealLookup   Action = "lookup.unseal"   // open with the key of the desk of data protection what a question was made from
	EnrolLookup    Action = "lookup.enrol"    // make those of one's desk findable who want it

	// Member: another country or partner.
	ReadMember    Action = "member.read"    // read members and their health
	JoinMember    Action = "member.join"    // join the network
	BlockMember   Action = "member.block"   // block another member here
	UnblockMember Action = "member.unblock" // lift the block

	// Partner: what the node of another member may take part in, by what kind of member she is.
	HearPartner      Action = "partner.hear"      // take and tell what is published, and countersign logs
	DecidePartner    Action = "partner.decide"    // be asked to sign conclusions off, and hold a key that signs rosters
	WritePartner     Action = "partner.write"     // write from desk to desk, and be written to
	ReferPartner     Action = "partner.refer"     // take part in a referral, a return or what follows from them
	CooperatePartner Action = "partner.cooperate" // take part in a request of prosecutors
	MatchPartner     Action = "partner.match"     // count persons together with others, and share the secret by which they ask each other

	// Roster: who is a member, with which keys.
	ImportRoster Action = "roster.import" // take a newer roster
	SignRoster   Action = "roster.sign"   // sign a roster with the root key of this member
	ReadRoster   Action = "roster.read"   // read the roster

	// Exchange: the one door out.
	DeliverExchange Action = "exchange.deliver" // deliver an envelope
	PullExchange    Action = "exchange.pull"    // collect waiting envelopes
	RelayExchange   Action = "exchange.relay"   // keep an envelope for a third member
	ImportExchange  Action = "exchange.import"  // take envelopes from a courier file
	ExportExchange  Action = "exchange.export"  // write waiting envelopes to a courier file
	InspectExchange Action = "exchange.inspect" // read the clear header of an envelope
	ListExchange    Action = "exchange.list"    // list outbox and inbox by header
	ReopenExchange  Action = "exchange.reopen"  // let envelopes go again after a restore, although a peer has not answered

	// Audit: who did what.
	ReadAudit     Action = "audit.read"     // read entries
	DiscloseAudit Action = "audit.disclose" // open the sealed reasons and search terms of entries
	VerifyAudit   Action = "audit.verify"   // verify the log
	WitnessAudit  Action = "audit.witness"  // countersign a checkpoint
	WatchAudit    Action = "audit.watch"    // tell of unusual openings

	// Backup: two archives.
	MakeBackup    Action = "backup.make"    // make a backup
	RestoreBackup Action = "backup.restore" // restore a backup; starts a new log epoch

	// Task: something to do by a time.
	KnowTask Action = "task.know" // learn that a task exists
	ListTask Action = "task.list" // list the tasks of a desk
	ReadTask Action = "task.read" // read a task
	DoneTask Action = "task.done" // mark a task as done
	MakeTask Action = "task.make" // make a task from a clock

	// Notice: there is something for you.
	SettingsNotice Action = "notice.settings" // set one's own channels and quiet hours
	SendNotice     Action = "notice.send"     // tell somebody that there is something, never what

	// Fact: a nameless record for statistics.
	ReadFact    Action = "fact.read"    // read facts
	ListFact    Action = "fact.list"    // filter facts by demographics
	WriteFact   Action = "fact.write"   // write the fact of a case
	TellFact    Action = "fact.tell"    // tell of somebody who does not agree to be named, in codes
	ToldFact    Action = "fact.told"    // learn how many were told of like that
	ShowFact    Action = "fact.show"    // see figures in which nobody can be recognised
	FreezeFact  Action = "fact.freeze"  // sign and keep what was reported of a year
	CollectFact Action = "fact.collect" // take records of a published collection, apart from the facts of this node

	// Profile: law and lists as data.
	ReadProfile    Action = "profile.read"    // read a profile
	ConfirmProfile Action = "profile.confirm" // confirm a value as a named national administrator

	// Wording: the texts that the person herself reads.
	ReadText   Action = "wording.read"   // see how far each text can be trusted
	ReviewText Action = "wording.review" // record that a native speaker has reviewed one

	// Retention: what has been kept long enough.
	ListRetention     Action = "retention.list"     // list what is on hold and what is due, by reference and day
	ProposeRetention  Action = "retention.propose"  // propose to erase what is due
	ConfirmRetention  Action = "retention.confirm"  // erase what somebody else proposed
	WithdrawRetention Action = "retention.withdraw" // take a proposal back
	SettleRetention   Action = "retention.settle"   // say after a restore that the holds are whole
	SweepRetention    Action = "retention.sweep"    // warn of the end of a draft, or find that it has come
	EraseRetention    Action = "retention.erase"    // destroy one record of a case whose own period is over

	// Webhook: an address of the member's own systems that hears of a desk.
	ListWebhook    Action = "webhook.list"    // see which addresses hear of a desk, of what, and whether it arrives
	ProposeWebhook Action = "webhook.propose" // propose that an address hears of a desk
	ConfirmWebhook Action = "webhook.confirm" // agree to that for the desk
	ChangeWebhook  Action = "webhook.change"  // try it, give it a new secret, send again
	RemoveWebhook  Action = "webhook.remove"  // end it
	SendWebhook    Action = "webhook.send"    // send what has happened: a code, an identifier, a time

	// Device: what somebody has prepared for work without a network.
	PrepareDevice Action = "device.prepare" // prepare a device for oneself
	ListDevice    Action = "device.list"    // see which devices are prepared
	DiscardDevice Action = "device.discard" // order that what is on a device is discarded
	HearDevice    Action = "device.hear"    // note that nothing is left on a device

	// Node: the machine.
	InitNode   Action = "node.init"   // give birth to a node
	DoctorNode Action = "node.doctor" // examine the node

	// Token: API tokens and service accounts.
	CreateToken        Action = "token.create"         // propose a service account
	ConfirmToken       Action = "token.confirm"        // let it work for the desk, for a time
	RotateToken        Action = "token.rotate"         // give it a new token
	ListToken          Action = "token.list"           // list service accounts
	RevokeToken        Action = "token.revoke"         // revoke one
	UseToken           Action = "token.use"            // come in with a token
	ApproveReaderToken Action = "token.approve-reader" // let a service account read, as the data-protection officer

	// Intake: write-only import.
	WriteIntake Action = "intake.write" // seal a record to the intake of a desk
	ListIntake  Action = "intake.list"  // list the imports of a desk in numbers

	// Self: the view of the person served.
	ReadSelf     Action = "self.read"     // see status words, consents, recipients, openings
	WithdrawSelf Action = "self.withdraw" // withdraw a consent

	// Reply: the one-time page of a desk without a node.
	ReadReply   Action = "reply.read"   // open what was sent to the page
	AnswerReply Action = "reply.answer" // answer on the page
)
