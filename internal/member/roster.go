package member

import (
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Limits of a roster (spec/roster.md 2).
const (
	MaxRoster   = 768 << 10            // bytes of a signed roster; it fits into a control
	MaxMembers  = 64                   // members of a network
	MaxKeys     = 4                    // keys of one use of one member, newest first
	RosterLife  = 400 * 24 * time.Hour // from created to expires, at most
	RosterGrace = 30 * 24 * time.Hour  // after expiry, until which an identity bundle may leave
	Ahead       = 24 * time.Hour       // by which a maker's clock may be ahead of ours
)

// Kind says what a member is.
type Kind string

// The kinds of member.
const (
	Country      Kind = "country"
	Secretariat  Kind = "secretariat"
	Organisation Kind = "organisation"
	Observer     Kind = "observer"
)

// Status says whether a member takes part.
type Status string

// The statuses. To a suspended member nothing is sent but withdrawals and receipts.
const (
	Active    Status = "active"
	Suspended Status = "suspended"
)

// Keys are the public keys of a member, each list newest first. What is sealed or signed now uses the
// first; the others are accepted until a roster leaves them out.
type Keys struct {
	Envelope   []seal.SignPublic `json:"envelope"`   // sign envelopes and receipts
	Checkpoint []seal.SignPublic `json:"checkpoint"` // sign checkpoints of the member's log
	Cosign     []seal.SignPublic `json:"cosign"`     // sign as witness of the logs of others
	Control    []seal.KEMPublic  `json:"control"`    // control blocks are sealed to the first
	TLS        []string          `json:"tls"`        // SHA-256 of the SubjectPublicKeyInfo of the node, as hex
	Authority  []seal.SignPublic `json:"authority"`  // sign desk sheets
}

// Signer returns the key of list with that identifier, which may be any that is still accepted.
func Signer(list []seal.SignPublic, key id.Key) (seal.SignPublic, bool) {
	for _, k := range list {
		if k.ID() == key {
			return k, true
		}
	}
	return seal.SignPublic{}, false
}

// Member is one line of the roster.
type Member struct {
	ID        id.Member    `json:"member"`
	Name      string       `json:"name"` // how it is shown, in its own words
	Kind      Kind         `json:"kind"`
	Status    Status       `json:"status"`
	Addresses []string     `json:"addresses"` // base addresses over https, preferred first; none: it collects
	Mailbox   bool         `json:"mailbox"`   // it has agreed to keep envelopes for members without an address
	Suites    []seal.Suite `json:"suites"`    // that it opens, preferred first
	Keys      Keys         `json:"keys"`
}

// RootKey is the offline key with which one member signs rosters.
type RootKey struct {
	Member id.Member       `json:"member"`
	Key    seal.SignPublic `json:"key"`
}

// Root is the set of keys that decides about the roster.
type Root struct {
	Version   int64     `json:"version"`   // 1, 2, …
	Threshold int       `json:"threshold"` // signatures needed: more than half of the keys
	Keys      []RootKey `json:"keys"`      // in order of member, one each
}

// Roster is who is a member, with which keys.
type Roster struct {
	Format   int        `json:"v"` // 1
	Network  string     `json:"network"`
	Version  int64      `json:"version"`  // 1, 2, …
	Previous string     `json:"previous"` // hash of the roster of the version before; empty for the first
	Created  frame.Time `json:"created"`
	Expires  frame.Time `json:"expires"`
	Root     Root       `json:"root"`
	Members  []Member   `json:"members"` // in order of identifier
}

// Find returns the member with that identifier.
func (r Roster) Find(m id.Member) (Member, bool) {
	i, ok := slices.BinarySearchFunc(r.Members, m, func(x Member, m id.Member) int {
		return strings.Compare(string(x.ID), string(m))
	})
	if !ok {
		return Member{}, false
	}
	return r.Members[i], true
}

// Others returns how many members besides one are active: those that can be asked to countersign a log.
func (r Roster) Others(self id.Member) int {
	n := 0
	for _, m := range r.Members {
		if m.ID != self && m.Status == Active {
			n++
		}
	}
	return n
}

// Supports reports whether m opens the suite.
func (m Member) Supports(s seal.Suite) bool { return slices.Contains(m.Suites, s) }

// Standing says how far a roster has aged.
type Standing string

// The standings. In grace and when lapsed a warning shows; only when lapsed identity bundles stay.
const (
	Valid  Standing = "valid"
	Grace  Standing = "grace"
	Lapsed Standing = "lapsed"
)

// Standing returns how far r has aged by now.
func (r Roster) Standing(now frame.Time) Standing {
	switch {
	case now <= r.Expires:
		return Valid
	case now <= r.Expires.Add(RosterGrace):
		return Grace
	}
	return Lapsed
}

// IdentityMayLeave reports whether an identity bundle may be sealed or released under r by now.
func (r Roster) IdentityMayLeave(now frame.Time) bool { return r.Standing(now) != Lapsed }

// Check reports whether r could be a roster, signatures apart.
//
// It fails with [fault.Invalid] and the name of the field that is wrong.
func (r Roster) Check() error {
	bad := func(field string) error { return fault.New(fault.Invalid, "member.roster.field").With("field", field) }
	switch {
	case r.Format != 1:
		return bad("v")
	case !slug(r.Network, 40):
		return bad("network")
	case r.Version < 1:
		return bad("version")
	case r.Version == 1 && r.Previous != "" || r.Version > 1 && !hex32(r.Previous):
		return bad("previous")
	case r.Created <= 0 || r.Expires <= r.Created || r.Expires > r.Created.Add(RosterLife):
		return bad("expires")
	case len(r.Members) == 0 || len(r.Members) > MaxMembers:
		return bad("members")
	}
	if err := r.Root.check(r); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, k := range r.Root.Keys {
		seen[string(k.Key.ID())] = true
	}
	for i, m := range r.Members {
		if i > 0 && r.Members[i-1].ID >= m.ID {
			return bad("members")
		}
		if err := m.check(seen); err != nil {
			return err
		}
	}
	return nil
}

func (t Root) check(r Roster) error {
	bad := func(field string) error { return fault.New(fault.Invalid, "member.roster.field").With("field", field) }
	if t.Version < 1 || len(t.Keys) == 0 || len(t.Keys) > MaxMembers {
		return bad("root")
	}
	if t.Threshold > len(t.Keys) || 2*t.Threshold <= len(t.Keys) {
		return bad("threshold")
	}
	for i, k := range t.Keys {
		if i > 0 && t.Keys[i-1].Member >= k.Member || k.Key.IsZero() {
			return bad("root")
		}
		if _, ok := r.Find(k.Member); !ok {
			return bad("root")
		}
		for _, other := range t.Keys[:i] {
			if other.Key == k.Key {
				return bad("root")
			}
		}
	}
	return nil
}

// check reports whether m could be listed. No two members, no two uses and no
// root key share a key: seen collects them.
func (m Member) check(seen map[string]bool) error {
	bad := func(field string) error {
		return fault.New(fault.Invalid, "member.roster.field").With("field", field).With("member", string(m.ID))
	}
	if _, err := id.ParseMember(string(m.ID)); err != nil {
		return err
	}
	switch {
	case !printable(m.Name, 80):
		return bad("name")
	case !slices.Contains([]Kind{Country, Secretariat, Organisation, Observer}, m.Kind):
		return bad("kind")
	case m.Status != Active && m.Status != Suspended:
		return bad("status")
	case m.Addresses == nil || len(m.Addresses) > 4 || !all(m.Addresses, address):
		return bad("addresses")
	case len(m.Suites) == 0 || len(m.Suites) > 8 || !all(m.Suites, suite):
		return bad("suites")
	case !all(m.Keys.TLS, hex32):
		return bad("tls")
	}
	for _, use := range m.Keys.uses() {
		if len(use.ids) == 0 || len(use.ids) > MaxKeys {
			return bad(use.name)
		}
		for _, k := range use.ids {
			if k == "" || seen[k] {
				return bad(use.name)
			}
			seen[k] = true
		}
	}
	return nil
}

type keyUse struct {
	name string
	ids  []string
}

func (k Keys) uses() []keyUse {
	control := make([]string, len(k.Control))
	for i, c := range k.Control {
		control[i] = string(c.ID())
	}
	return []keyUse{
		{"envelope", signers(k.Envelope)},
		{"checkpoint", signers(k.Checkpoint)},
		{"cosign", signers(k.Cosign)},
		{"authority", signers(k.Authority)},
		{"control", control},
		{"tls", k.TLS},
	}
}

func signers(keys []seal.SignPublic) []string {
	ids := make([]string, len(keys))
	for i, k := range keys {
		ids[i] = string(k.ID())
	}
	return ids
}
