// Package access answers one question, "may you?", and says why.
//
// An [Actor] is a person in one role at one desk, the node itself, or another member's node. An
// [Action] is one verb of one noun. A [Resource] is what the action touches, described by what the
// rules need to know and nothing else. The rules are Cedar policies in policy/*.cedar, text that a
// lawyer can read: nothing is allowed unless a policy permits it, and a policy that forbids wins.
package access

import "github.com/opentrm/opentrm/internal/id"

// Role is the one role in which a user acts at a time; shown on the screen and logged.
type Role string

// The roles of the network. docs/access.md says what each may do.
const (
	FirstResponder          Role = "first-responder"
	IdentificationAuthority Role = "identification-authority"
	CaseManager             Role = "case-manager"
	ServiceProvider         Role = "service-provider"
	ChildGuardian           Role = "child-guardian"
	Prosecutor              Role = "prosecutor"
	PoliceLiaison           Role = "police-liaison"
	FocalPoint              Role = "focal-point"
	NationalCoordinator     Role = "national-coordinator"
	Statistician            Role = "statistician"
	DataProtectionOfficer   Role = "data-protection-officer"
	Auditor                 Role = "auditor"
	Administrator           Role = "administrator"
	Secretariat             Role = "secretariat"

	// TheNode acts unattended: relays, signs, counts, runs clocks, notifies, blocks, destroys.
	TheNode Role = "node"
	// APeer is another member's node, known by its roster keys.
	APeer Role = "peer"
	// Operator has the machine: init, backup, restore, doctor and rosters at its console.
	Operator Role = "operator"
	// ServiceAccount is a program with a token: it writes to an intake and reads nothing, unless a desk
	// and the data-protection officer granted it.
	ServiceAccount Role = "service-account"
	// LightDesk answers for a desk without a node, through a one-time reply page.
	LightDesk Role = "light-desk"
	// ThePerson is the person served, through her own view.
	ThePerson Role = "person"
)

// Roles returns every role, people first, in the order in which they are shown.
func Roles() []Role {
	return []Role{
		FirstResponder, IdentificationAuthority, CaseManager, ServiceProvider, ChildGuardian, FocalPoint,
		Prosecutor, PoliceLiaison,
		NationalCoordinator, Secretariat, Statistician, DataProtectionOfficer, Auditor, Administrator,
		TheNode, APeer, Operator, ServiceAccount, LightDesk, ThePerson,
	}
}

// Realm keeps assistance and prosecution apart: what is in one is invisible from the other unless it
// was released by consent or by order.
type Realm string

// The realms.
const (
	Assistance  Realm = "assistance"
	Prosecution Realm = "prosecution"
	Office      Realm = "office" // running the node and the network: users, keys, rosters, publications
)

// Actor is who acts: exactly one of a user in a role at a desk, the node, a peer or the person.
type Actor struct {
	User    id.User
	Role    Role
	Desk    id.Desk // the desk she acts for; empty for roles that serve no desk
	Realm   Realm
	Member  id.Member // the member whose node she uses; of a peer, the peer
	Session id.Session
	Granted bool // a service account that its desk and the data-protection officer let read, as package signin has just found
}

// Node returns the actor for unattended work of the node of member.
func Node(member id.Member) Actor { return Actor{Role: TheNode, Realm: Office, Member: member} }

// Peer returns the actor for what the node of another member does here.
func Peer(member id.Member) Actor { return Actor{Role: APeer, Realm: Office, Member: member} }

// Console returns the actor for what is done at the machine of the node of member.
func Console(member id.Member) Actor { return Actor{Role: Operator, Realm: Office, Member: member} }

// Action is one verb of one noun, "referral.accept". The list is in action.go.
type Action string

// Resource describes what an action touches. Fields that do not apply stay empty; an empty field never
// equals another empty field.
//
// Of a referral or thread held by two desks, Desk is the desk of the side that acts, or of the reader.
type Resource struct {
	Noun      string    // "case", "referral", "desk" …: the part of the action before the dot; may be left out
	ID        string    // opaque; for the reasons only
	Realm     Realm     // where it lives; never empty for what is a person's
	Desk      id.Desk   // the desk that holds it
	Released  []id.Desk // desks it was released to, by consent or by order
	Owner     id.User   // the user it belongs to, where it belongs to one
	Maker     id.User   // the user who made it, where a second person must approve
	Emergency id.Desk   // the emergency desk to which the key of the case is sealed
	Member    id.Member // the other member it concerns, where it concerns one
	Flags     []Flag
}

// Flag is a closed word that the policies know about the moment or the record.
type Flag string

// The flags.
const (
	OnDuty          Flag = "on-duty"          // the actor is on duty at her desk now
	UnderGlass      Flag = "under-glass"      // a break-glass opening of this case by this actor is in force
	LegalHold       Flag = "legal-hold"       // kept only because a law requires it
	AsylumApplicant Flag = "asylum"           // she asked for asylum
	ToOrigin        Flag = "to-origin"        // it would reach her country of origin or its consulate
	Urgent          Flag = "urgent"           // marked as urgent
	RecoveryOfficer Flag = "recovery-officer" // the actor is enrolled as a recovery officer
	OfSecretariat   Flag = "of-secretariat"   // the member is the secretariat of the network
	OfOrganisation  Flag = "of-organisation"  // the member is an international organisation
	OfObserver      Flag = "of-observer"      // the member is a state that takes no part, and is told
	GrantedReader   Flag = "granted-reader"   // the service account may read, by the desk and the data-protection officer
)

// Flags returns every flag.
func Flags() []Flag {
	return []Flag{OnDuty, UnderGlass, LegalHold, AsylumApplicant, ToOrigin, Urgent, RecoveryOfficer, OfSecretariat, OfOrganisation, OfObserver, GrantedReader}
}
