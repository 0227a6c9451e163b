package member

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/sorting"
)

// RootSignature is the signature of one root key.
type RootSignature struct {
	Member    id.Member      `json:"member"`
	Key       id.Key         `json:"key"`
	Signature seal.Signature `json:"signature"`
}

// Signed is a roster with its signatures. Handover is empty unless the root set changes: then the keys of
// the old set sign the change too, in a domain of its own.
type Signed struct {
	Roster     Roster          `json:"roster"`
	Signatures []RootSignature `json:"signatures"` // by keys of the roster's own root set, in order of member
	Handover   []RootSignature `json:"handover"`   // by keys of the root set before it, in order of member
}

// bytes returns what is signed and hashed.
func (r Roster) bytes() ([]byte, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	return frame.Encode(r)
}

// Hash returns the SHA-256 of the canonical roster as hex: with the version it names what an envelope was
// sealed under.
//
// It fails with [fault.Invalid] if r could not be a roster.
func (r Roster) Hash() (string, error) {
	b, err := r.bytes()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// Fingerprint returns the name of the root set of a network, to be compared in person and typed at
// joining: 160 bits as eight groups of four letters or digits.
func (t Root) Fingerprint(network string) (string, error) {
	b, err := frame.Encode(t)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(frame.Join([]byte("opentrm/root-fingerprint/1"), []byte(network), b))
	text := base32.NewEncoding(letters).WithPadding(base32.NoPadding).EncodeToString(sum[:20])
	var out strings.Builder
	for i := 0; i < len(text); i += 4 {
		if i > 0 {
			out.WriteByte('-')
		}
		out.WriteString(text[i : i+4])
	}
	return out.String(), nil
}

const letters = "0123456789abcdefghjkmnpqrstvwxyz"

// plainFingerprint brings what a person typed to the form of Fingerprint.
func plainFingerprint(typed string) string {
	var out strings.Builder
	for _, r := range strings.ToLower(typed) {
		switch r {
		case ' ', '-', '\u2011', '\u2013':
			continue
		case 'o':
			r = '0'
		case 'i', 'l':
			r = '1'
		}
		if n := out.Len(); n%5 == 4 && n < 39 {
			out.WriteByte('-')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// Propose returns next as the successor of current, ready to be signed: version, previous hash, created and
// expires are set; members and root keys are put in order. Where the root keys or the threshold differ from
// the current ones the version of the root set rises. A nil current begins a network.
//
// A member is left out only after it was suspended in a roster before: to a suspended one withdrawals and receipts still go, to one that is not listed
// nothing does, and what she has agreed to there could no longer be ended.
//
// It fails with [fault.Conflict] "member.roster.vanished" if next leaves out a member that stands, or
// "member.roster.partner-key" if it gives a key of the root set to a partner, and with [fault.Invalid] if the result could not be a
// roster.
func Propose(current *Roster, next Roster, now frame.Time) (Roster, error) {
	next.Format, next.Version, next.Previous = 1, 1, ""
	next.Created, next.Expires = now, now.Add(RosterLife)
	next.Members = sorting.New(next.Members, func(a, b Member) int {
		return strings.Compare(string(a.ID), string(b.ID))
	})
	next.Root.Keys = sorting.New(next.Root.Keys, func(a, b RootKey) int {
		return strings.Compare(string(a.Member), string(b.Member))
	})
	next.Root.Version = 1
	if current != nil {
		hash, err := current.Hash()
		if err != nil {
			return Roster{}, err
		}
		for _, m := range current.Members {
			if _, stays := next.Find(m.ID); !stays && m.Status != Suspended {
				return Roster{}, fault.New(fault.Conflict, "member.roster.vanished").With("member", string(m.ID))
			}
		}
		next.Network, next.Version, next.Previous = current.Network, current.Version+1, hash
		next.Root.Version = current.Root.Version
		if !next.Root.same(current.Root) {
			next.Root.Version++
		}
	}
	for _, k := range next.Root.Keys { // who decides nothing signs nothing
		if m, ok := next.Find(k.Member); ok && !m.May(access.DecidePartner) {
			return Roster{}, fault.New(fault.Conflict, "member.roster.partner-key").With("member", string(k.Member))
		}
	}
	return next, next.Check()
}

func (t Root) same(o Root) bool {
	return t.Version == o.Version && t.Threshold == o.Threshold && slices.Equal(t.Keys, o.Keys)
}

// Sign signs r with a root key of its own root set.
//
// It fails with [fault.Invalid] if r could not be a roster, and with [fault.Denied] if key is no root key of
// it.
func (r Roster) Sign(key seal.SignPrivate) (RootSignature, error) {
	return r.sign(r.Root, seal.DomainRoster, key)
}

// SignHandover signs, with a root key of the set in force, that r may bring a new root set.
//
// It fails with [fault.Invalid] if r could not be a roster, and with [fault.Denied] if key is no root key of
// current.
func (r Roster) SignHandover(current Root, key seal.SignPrivate) (RootSignature, error) {
	return r.sign(current, seal.DomainRootSet, key)
}

func (r Roster) sign(set Root, domain seal.Domain, key seal.SignPrivate) (RootSignature, error) {
	b, err := r.bytes()
	if err != nil {
		return RootSignature{}, err
	}
	for _, k := range set.Keys {
		if k.Key == key.Public() {
			return RootSignature{k.Member, k.Key.ID(), key.Sign(domain, b)}, nil
		}
	}
	return RootSignature{}, fault.New(fault.Denied, "member.root.unknown-key")
}

// Assemble puts a roster and its signatures together, in order and each once. It does not ask whether they
// suffice: [Trust] and [Accept] do.
func Assemble(r Roster, signatures, handover []RootSignature) Signed {
	return Signed{r, ordered(signatures), ordered(handover)}
}

func ordered(list []RootSignature) []RootSignature {
	out := sorting.New(list, func(a, b RootSignature) int {
		return strings.Compare(string(a.Member), string(b.Member))
	})
	out = slices.CompactFunc(out, func(a, b RootSignature) bool { return a.Member == b.Member })
	if out == nil {
		out = []RootSignature{}
	}
	return out
}

// Encode returns the canonical bytes of a signed roster.
//
// It fails with [fault.Invalid] if s could not be one.
func (s Signed) Encode() ([]byte, error) {
	if err := s.Roster.Check(); err != nil {
		return nil, err
	}
	return frame.Encode(s)
}

// ParseRoster reads what [Signed.Encode] wrote. The signatures are not judged.
//
// It fails with [fault.Invalid] or [fault.TooLarge] for anything else.
func ParseRoster(b []byte) (Signed, error) {
	var s Signed
	if err := frame.Decode(b, MaxRoster, &s); err != nil {
		return Signed{}, err
	}
	if !inOrder(s.Signatures) || !inOrder(s.Handover) {
		return Signed{}, fault.New(fault.Invalid, "member.roster.field").With("field", "signatures")
	}
	return s, s.Roster.Check()
}

func inOrder(list []RootSignature) bool {
	for i, s := range list {
		_, err := id.ParseMember(string(s.Member))
		if err != nil || i > 0 && list[i-1].Member >= s.Member || !keyID(s.Key) || s.Signature.IsZero() {
			return false
		}
	}
	return list != nil && len(list) <= MaxMembers
}

// verify asks whether there are enough good signatures of set's keys.
func verify(set Root, domain seal.Domain, b []byte, list []RootSignature) bool {
	return len(good(set, domain, b, list)) >= set.Threshold
}

// good returns the members of set who signed well, in their order. A signature of a stranger or a wrong one spoils nothing and counts nothing.
func good(set Root, domain seal.Domain, b []byte, list []RootSignature) []id.Member {
	var all []id.Member
	for _, k := range set.Keys {
		for _, s := range list {
			if s.Member == k.Member && s.Key == k.Key.ID() && k.Key.Verify(domain, b, s.Signature) == nil {
				all = append(all, k.Member)
				break
			}
		}
	}
	return all
}

// Trust accepts the first roster that this node sees, if its root set has the fingerprint that was compared
// in person. Case, spaces and dashes of the fingerprint do not matter.
//
// It fails with [fault.Denied] and "member.root.fingerprint" if it is another root set,
// "member.roster.signatures" if too few of its keys signed, and [fault.Invalid] as [Roster.Check] does.
func Trust(s Signed, fingerprint string, now frame.Time) error {
	b, err := s.Roster.bytes()
	if err != nil {
		return err
	}
	f, err := s.Roster.Root.Fingerprint(s.Roster.Network)
	if err != nil {
		return err
	}
	if f != plainFingerprint(fingerprint) {
		return fault.New(fault.Denied, "member.root.fingerprint")
	}
	if !verify(s.Roster.Root, seal.DomainRoster, b, s.Signatures) {
		return fault.New(fault.Denied, "member.roster.signatures")
	}
	return notAhead(s.Roster, now)
}

func notAhead(r Roster, now frame.Time) error {
	if r.Created > now.Add(Ahead) {
		return fault.New(fault.Invalid, "member.roster.clock")
	}
	return nil
}

// Accept reports whether next may follow current.
//
// It fails with
//   - [fault.Stale] "member.roster.older" if next is older than current;
//   - [fault.Conflict] "member.roster.same" if next is current: there is nothing to do;
//   - [fault.Conflict] "member.roster.fork" if next is well signed and has current's version but other
//     contents, or follows directly and names another predecessor: neither may be used, raise the alarm;
//   - [fault.Denied] "member.roster.network", "member.roster.signatures" or "member.root.handover";
//   - [fault.Invalid] "member.roster.clock" or as [Roster.Check] does.
func Accept(current Roster, next Signed, now frame.Time) error {
	n := next.Roster
	b, err := n.bytes()
	if err != nil {
		return err
	}
	have, err := current.bytes()
	if err != nil {
		return err
	}
	if n.Network != current.Network {
		return fault.New(fault.Denied, "member.roster.network")
	}
	if n.Version < current.Version {
		return fault.New(fault.Stale, "member.roster.older")
	}
	if string(b) == string(have) {
		return fault.New(fault.Conflict, "member.roster.same")
	}
	if err := judge(current.Root, next, b); err != nil {
		return err
	}
	sum := sha256.Sum256(have)
	if n.Version == current.Version || n.Version == current.Version+1 && n.Previous != hex.EncodeToString(sum[:]) {
		return fault.New(fault.Conflict, "member.roster.fork")
	}
	if n.Created < current.Created {
		return fault.New(fault.Invalid, "member.roster.clock")
	}
	return notAhead(n, now)
}

// judge checks the signatures of next, whose bytes are b, against the root set that rules now.
func judge(root Root, next Signed, b []byte) error {
	mine := next.Roster.Root
	if mine.same(root) {
		if len(next.Handover) != 0 || !verify(root, seal.DomainRoster, b, next.Signatures) {
			return fault.New(fault.Denied, "member.roster.signatures")
		}
		return nil
	}
	if mine.Version <= root.Version || !verify(root, seal.DomainRootSet, b, next.Handover) {
		return fault.New(fault.Denied, "member.root.handover")
	}
	if !verify(mine, seal.DomainRoster, b, next.Signatures) {
		return fault.New(fault.Denied, "member.roster.signatures")
	}
	return nil
}
