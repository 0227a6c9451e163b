package access

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/cedar-policy/cedar-go/types"

	"github.com/opentrm/opentrm/internal/fault"
)

// Reason is one policy that took part in a decision.
type Reason struct {
	Policy  string // its identifier: "case.own-desk"
	Why     string // its reason as the policy file gives it, for logs and auditors
	Forbids bool   // it forbids; otherwise it permits
}

// Decision is an answer with everything that led to it.
type Decision struct {
	Allow   bool
	Hidden  bool // refused, and the actor may not learn whether the record exists
	Reasons []Reason
}

// String returns the decision and its reasons, for logs.
func (d Decision) String() string {
	var b strings.Builder
	b.WriteString(map[bool]string{true: "allowed", false: "refused"}[d.Allow])
	for _, r := range d.Reasons {
		b.WriteString("; " + r.Policy + ": " + r.Why)
	}
	if len(d.Reasons) == 0 {
		b.WriteString("; no policy permits it")
	}
	return b.String()
}

// Check asks whether who may do action on a resource.
//
// It fails with [fault.Denied] and the key "access.denied" if not; with [fault.Hidden] and the key
// "access.hidden" if not and the actor may not even learn that the record exists; and with
// [fault.Internal] for an action, role or flag that does not exist, a resource of another noun, or
// broken policies.
func Check(who Actor, action Action, on Resource) error {
	d, err := decide(rules(), who, action, on)
	switch {
	case err != nil:
		return err
	case d.Allow:
		return nil
	case d.Hidden:
		return fault.Wrap(fault.Hidden, "access.hidden", errors.New(string(action)+" by "+string(who.Role)+" "+d.String()))
	}
	return fault.Wrap(fault.Denied, "access.denied", errors.New(string(action)+" by "+string(who.Role)+" "+d.String())).
		With("action", string(action)).With("role", string(who.Role))
}

// Decide is [Check] with its reasons. Every policy of the noun is asked, also after one has forbidden,
// so that the person who was refused and the auditor see all of them. A question that makes no sense is
// refused with the reason "access.question".
func Decide(who Actor, action Action, on Resource) Decision {
	d, err := decide(rules(), who, action, on)
	if err != nil {
		return Decision{Hidden: true, Reasons: []Reason{{Policy: "access.question", Why: err.Error(), Forbids: true}}}
	}
	return d
}

// Ready reports whether the policies in this binary can be read. The node asks it once when it starts.
//
// It fails with [fault.Internal].
func Ready() error { return rules().broken }

func decide(r *ruleBook, who Actor, action Action, on Resource) (Decision, error) {
	if r.broken != nil {
		return Decision{}, r.broken
	}
	_, ok := r.facts[action]
	if !ok {
		return Decision{}, fault.New(fault.Internal, "access.action").With("action", string(action))
	}
	if on.Noun != "" && on.Noun != action.Noun() {
		return Decision{}, fault.New(fault.Internal, "access.noun").With("action", string(action)).With("noun", on.Noun)
	}
	if !r.roles[who.Role] {
		return Decision{}, fault.New(fault.Internal, "access.role").With("role", string(who.Role))
	}
	stand, err := relate(who, on)
	if err != nil {
		return Decision{}, err
	}
	d, err := r.ask(question{who.Role, action, stand})
	know := r.hides(action)
	if err != nil || d.Allow || know == "" {
		return d, err
	}
	k, err := r.ask(question{who.Role, know, stand})
	d.Hidden = !k.Allow
	return d, err
}

// Hides names the action by which one learns that what action concerns exists: who may not do that is answered [fault.Hidden]. It is empty
// where there is nothing to hide: what action makes does not exist yet, a list is narrowed, and some nouns are known to everybody.
func Hides(action Action) Action { return rules().hides(action) }

func (r *ruleBook) hides(action Action) Action {
	f := r.facts[action]
	know := Action(action.Noun() + ".know")
	if _, secret := r.facts[know]; !secret || f.kind == Makes || f.kind == Lists {
		return ""
	}
	return know
}

// circumstances say how an actor stands to a resource: a bit for each of [words].
type circumstances uint64

// words are all that the policies can ask about; policy/README.md explains them.
var words = sync.OnceValue(func() []types.String {
	all := []types.String{
		"own_desk", "own_record", "released", "emergency_desk", "own_member", "made_by_self", "maker_unknown", "across_wall",
		"realm_unstated", "wrong_realm_for_role", "in_prosecution",
	}
	for _, f := range Flags() {
		all = append(all, types.String(strings.ReplaceAll(string(f), "-", "_")))
	}
	return all
})

// record gives the policies their words.
func (c circumstances) record() types.Record {
	m := make(types.RecordMap, len(words()))
	for i, w := range words() {
		m[w] = types.Boolean(c>>i&1 == 1)
	}
	return types.NewRecord(m)
}

// relate says how the actor stands to the resource.
func relate(who Actor, on Resource) (circumstances, error) {
	home := realmOf(who.Role)
	// A desk has one realm, so a record across the wall is never at home with the actor, whatever it says.
	across := walled(who.Realm) && walled(on.Realm) && who.Realm != on.Realm
	said := [...]bool{ // in the order of words
		!across && who.Desk != "" && who.Desk == on.Desk,
		!across && who.User != "" && who.User == on.Owner,
		who.Desk != "" && slices.Contains(on.Released, who.Desk),
		!across && who.Desk != "" && who.Desk == on.Emergency,
		who.Member != "" && who.Member == on.Member,
		who.User != "" && who.User == on.Maker,
		on.Maker == "",
		across,
		on.Realm == "",
		home != "" && who.Realm != home,
		on.Realm == Prosecution,
	}
	var c circumstances
	for i, yes := range said {
		if yes {
			c |= 1 << i
		}
	}
	for _, f := range on.Flags {
		i := slices.Index(flags, f)
		if i < 0 {
			return 0, fault.New(fault.Internal, "access.flag").With("flag", string(f))
		}
		c |= 1 << (len(said) + i)
	}
	if who.Granted && who.Role == ServiceAccount && who.Realm == Assistance {
		c |= 1 << (len(said) + slices.Index(flags, GrantedReader))
	}
	return c, nil
}

// flags are [Flags], which are the last of words.
var flags = Flags()

func walled(r Realm) bool { return r == Assistance || r == Prosecution }

// realmOf returns the one realm in which a role works, or "" where the desk decides.
func realmOf(r Role) Realm {
	switch r {
	case Prosecutor, PoliceLiaison:
		return Prosecution
	case FirstResponder, IdentificationAuthority, CaseManager, ServiceProvider, ChildGuardian, FocalPoint, ThePerson:
		return Assistance
	case ServiceAccount, LightDesk:
		return ""
	}
	return Office
}

// RealmOf returns the one realm in which people of a role work, and "" for roles whose desk decides.
func RealmOf(r Role) Realm { return realmOf(r) }
