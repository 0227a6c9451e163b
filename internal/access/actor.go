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

// The roles of the network (design 7).
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
	// ThePerson is the person served, through her own view or reply page.
	ThePerson Role = "person"
)

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
}

// Node returns the actor for unattended work of the node of member.
func Node(member id.Member) Actor { return Actor{Role: TheNode, Realm: Office, Member: member} }

// Peer returns the actor for what the node of another member does here.
func Peer(member id.Member) Actor { return Actor{Role: APeer, Realm: Office, Member: member} }

// Action is one verb of one noun, "referral.accept". The list is in action.go.
type Action string

// Resource describes what an action touches. Fields that do not apply stay empty.
type Resource struct {
	Noun     string    // "case", "referral", "desk" …: the part of the action before the dot
	ID       string    // opaque; for the reasons only
	Realm    Realm     // where it lives
	Desk     id.Desk   // the desk that holds it
	Released []id.Desk // desks it was released to, by consent or by order
	Owner    id.User   // the user it belongs to, where it belongs to one
	Maker    id.User   // the user who made it, where a second person must approve
	Flags    []string  // closed words the policies know: "emergency", "legal-hold", "asylum", "sealed"
}
