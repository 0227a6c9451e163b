package member

import (
	"context"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Change is one thing that a roster says otherwise than the one before it.
type Change struct {
	Member id.Member
	What   string // joined, left, suspended, lifted, kind, name, address, mailbox, keys, keys-gone, root-joined, root-left, root-key
	Detail string // of joined and kind the kind, of name and address the new one, of keys the uses of which one came, of keys-gone those of which one went
}

// Changes returns what after says otherwise than before, member by member in their order; of each first what happens to its membership, then to its
// keys, then to its place among those who sign. A nil before is no roster: everybody joins.
func Changes(before *Roster, after Roster) []Change {
	if before == nil {
		before = &Roster{}
	}
	var names []id.Member
	for _, m := range slices.Concat(before.Members, after.Members) {
		names = append(names, m.ID)
	}
	slices.Sort(names)
	var all []Change
	for _, n := range slices.Compact(names) {
		say := func(what, detail string) { all = append(all, Change{n, what, detail}) }
		old, was := before.Find(n)
		now, is := after.Find(n)
		switch {
		case !was:
			say("joined", string(now.Kind))
		case !is:
			say("left", "")
		default:
			differ(old, now, say)
		}
		k, had := before.Root.of(n)
		l, has := after.Root.of(n)
		switch {
		case !had && has:
			say("root-joined", "")
		case had && !has:
			say("root-left", "")
		case k != l:
			say("root-key", "")
		}
	}
	return all
}

func differ(old, now Member, say func(what, detail string)) {
	switch {
	case old.Status == Active && now.Status == Suspended:
		say("suspended", "")
	case old.Status == Suspended && now.Status == Active:
		say("lifted", "")
	}
	if old.Kind != now.Kind {
		say("kind", string(now.Kind))
	}
	if old.Name != now.Name {
		say("name", now.Name)
	}
	if !slices.Equal(old.Addresses, now.Addresses) {
		say("address", strings.Join(now.Addresses, " "))
	}
	if old.Mailbox != now.Mailbox {
		say("mailbox", "")
	}
	var gone, fresh []string
	mine := now.Keys.uses()
	for i, use := range old.Keys.uses() {
		if slices.ContainsFunc(use.ids, func(k string) bool { return !slices.Contains(mine[i].ids, k) }) {
			gone = append(gone, use.name)
		} else if !slices.Equal(use.ids, mine[i].ids) {
			fresh = append(fresh, use.name)
		}
	}
	if gone != nil {
		say("keys-gone", strings.Join(gone, " "))
	}
	if fresh != nil {
		say("keys", strings.Join(fresh, " "))
	}
}

// of returns the root key of a member, as the identifier that it has, and whether it has one.
func (t Root) of(m id.Member) (id.Key, bool) {
	for _, k := range t.Keys {
		if k.Member == m {
			return k.Key.ID(), true
		}
	}
	return "", false
}

// Step is a roster of the past with what it changed, and who signed it.
type Step struct {
	Held    Held
	Changes []Change
	Signers []id.Member
}

// History returns the newest rosters that this node holds, newest first, at most limit, each with what it changed against the one that was held before
// it. Versions that this node never had are no step.
//
// It fails with [fault.Denied] if who may not read rosters. A node of no network has no history.
func (s *Service) History(ctx context.Context, who access.Actor, limit int) ([]Step, error) {
	if err := access.Check(who, access.ReadRoster, access.Resource{Noun: "roster", Realm: access.Office}); err != nil {
		return nil, err
	}
	var held []Held
	err := s.Read(ctx, func(tx Tx) (err error) {
		held, err = tx.Rosters(ctx, limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	var all []Step
	for i, h := range held[:min(limit, len(held))] {
		step := Step{Held: h}
		var before *Roster
		if i+1 < len(held) {
			before = &held[i+1].Signed.Roster
		}
		step.Changes = Changes(before, h.Signed.Roster)
		if step.Signers, err = h.Signed.signers(h.Signed.Roster.Root, seal.DomainRoster, h.Signed.Signatures); err != nil {
			return nil, err
		}
		all = append(all, step)
	}
	return all, nil
}

// Preview is a roster that was looked at before it is signed or taken.
type Preview struct {
	Next      Signed
	Changes   []Change
	Signers   []id.Member // whose signatures under it are good
	Need      int         // of those
	Handovers []id.Member // who of the root set in force agrees to another one; only where the set changes
	NeedOld   int         // of those; 0 where the set stays
	Vanishing []id.Member // who would be left out without having been suspended before
	Why       error       // why this node would not take it as it is; nil: it would
}

// Look reads a roster file as it is handed round, signed or not yet, and says what it would change here. It changes nothing.
//
// It fails with [fault.Denied] if who may not read rosters, as [ParseRoster] does, and with [fault.NotFound] "member.roster.none" if this node is in no
// network.
func (s *Service) Look(ctx context.Context, who access.Actor, file []byte) (Preview, error) {
	if err := access.Check(who, access.ReadRoster, access.Resource{Noun: "roster", Realm: access.Office}); err != nil {
		return Preview{}, err
	}
	next, err := ParseRoster(file)
	if err != nil {
		return Preview{}, err
	}
	var held Held
	err = s.Read(ctx, func(tx Tx) (err error) {
		held, err = InForce(ctx, tx)
		return err
	})
	if err != nil {
		return Preview{}, err
	}
	now, root := held.Signed.Roster, next.Roster.Root
	p := Preview{Next: next, Changes: Changes(&now, next.Roster), Need: root.Threshold, Why: Accept(now, next, frame.At(s.Now()))}
	if fault.Is(p.Why, fault.Internal) {
		return Preview{}, p.Why
	}
	if p.Signers, err = next.signers(root, seal.DomainRoster, next.Signatures); err != nil {
		return Preview{}, err
	}
	if !root.same(now.Root) {
		p.NeedOld = now.Root.Threshold
		if p.Handovers, err = next.signers(now.Root, seal.DomainRootSet, next.Handover); err != nil {
			return Preview{}, err
		}
	}
	for _, c := range p.Changes {
		if m, _ := now.Find(c.Member); c.What == "left" && m.Status != Suspended {
			p.Vanishing = append(p.Vanishing, c.Member)
		}
	}
	return p, nil
}

// signers returns the members of set whose signatures in list are good.
func (s Signed) signers(set Root, domain seal.Domain, list []RootSignature) ([]id.Member, error) {
	b, err := s.Roster.bytes()
	if err != nil {
		return nil, err
	}
	return good(set, domain, b, list), nil
}
