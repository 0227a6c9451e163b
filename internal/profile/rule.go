package profile

import (
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Transfer is what one wants to send, as far as the rule rows ask.
type Transfer struct {
	From       id.Member
	FromSector Sector
	To         id.Member
	ToSector   Sector
	Kind       string // "referral", "cooperation"
	Basis      string // key of the basis chosen; empty with [Row]
	// Unasked: it tells who somebody is, and names neither a consent of hers nor an emergency path in its place.
	Unasked bool
}

// Rule returns the row that permits a transfer on the basis chosen.
//
// It fails with [fault.Denied] and the key
//   - "profile.rule.empty" if no row, or a row without any basis, answers for it;
//   - the refusal's own key, such as "profile.rule.gdpr-49-3", if a law forbids this basis here;
//   - "profile.rule.basis" if the row does not have this basis;
//   - "profile.rule.consent" if the row needs her consent, whatever the basis, and nobody asked her;
//   - "profile.rule.unverified" if the row, the basis, or whether one of the countries is a member state of
//     the European Union is not usable; the argument "item" names what has to be confirmed.
//
// and with [fault.Invalid] and "profile.member" if a member has no profile. Source: the rows of
// data/network.json, each with its origin.
func Rule(s Set, t Transfer) (RuleRow, error) {
	row, err := rowFor(s, t)
	if err != nil {
		return RuleRow{}, err
	}
	for _, f := range row.Refusals {
		if f.Basis == t.Basis {
			return RuleRow{}, fault.New(fault.Denied, f.Fault).With("rule", row.Key)
		}
	}
	if len(row.Bases) == 0 {
		return RuleRow{}, fault.New(fault.Denied, "profile.rule.empty").With("rule", row.Key)
	}
	if !slices.Contains(row.Bases, t.Basis) {
		return RuleRow{}, fault.New(fault.Denied, "profile.rule.basis").With("rule", row.Key)
	}
	if row.NeedsConsent && t.Unasked {
		return RuleRow{}, fault.New(fault.Denied, "profile.rule.consent").With("rule", row.Key)
	}
	if item := s.unusable(t, row, []string{t.Basis}); item != "" {
		return RuleRow{}, fault.New(fault.Denied, "profile.rule.unverified").With("rule", row.Key).With("item", item)
	}
	return row, nil
}

// Row returns the row that answers for a transfer, whether it is usable or not, for showing it with its
// status and the bases one may choose from.
//
// It fails with [fault.Denied] and "profile.rule.empty" if there is none, and with [fault.Invalid] and
// "profile.member" if a member has no profile.
func Row(s Set, t Transfer) (RuleRow, error) { return rowFor(s, t) }

// Unconfirmed returns the keys of the items that a national administrator has to confirm before anything can
// be sent on this row with one of the bases named.
func Unconfirmed(s Set, t Transfer, bases []string) ([]string, error) {
	row, err := rowFor(s, t)
	if err != nil {
		return nil, err
	}
	return s.lacking(t, row, bases), nil
}

func (s Set) unusable(t Transfer, row RuleRow, bases []string) string {
	if all := s.lacking(t, row, bases); len(all) > 0 {
		return all[0]
	}
	return ""
}

func (s Set) lacking(t Transfer, row RuleRow, bases []string) []string {
	var items []string
	if row.From != Home {
		for _, m := range []id.Member{t.From, t.To} {
			if _, known := s.Flag(m, euMember); !known && !(m == t.To && row.To == BodyIO) {
				items = append(items, string(m)+"/value."+euMember)
			}
		}
	}
	if !row.Origin.Usable() {
		items = append(items, Network+"/rule."+row.Key)
	}
	for _, key := range bases {
		if b, ok := s.basis(key); !ok || !b.Origin.Usable() {
			items = append(items, Network+"/basis."+key)
		}
	}
	return items
}

// euMember is the key of the value that says whether a country is a member state of the European Union.
const euMember = "eu-member"

// zone says where a member lies. The flag counts whatever its status; a transfer that rests on an unusable
// flag is refused later, with the name of what has to be confirmed.
func (s Set) zone(m id.Member) (Zone, error) {
	v, ok := s.countries[m]
	if !ok {
		return "", fault.New(fault.Invalid, "profile.member").With("member", string(m))
	}
	for _, value := range v.Values {
		if value.Key == euMember {
			if string(value.Value) == "true" {
				return EU, nil
			}
			return NonEU, nil
		}
	}
	return "", fault.New(fault.Invalid, "profile.member").With("member", string(m))
}

func rowFor(s Set, t Transfer) (RuleRow, error) {
	from, to := Home, Home
	var err error
	if t.From != t.To {
		if from, err = s.zone(t.From); err != nil {
			return RuleRow{}, err
		}
		if to = BodyIO; t.ToSector != SectorInternational {
			if to, err = s.zone(t.To); err != nil {
				return RuleRow{}, err
			}
		}
	}
	for _, r := range s.network.Rules {
		if r.From == from && r.FromSector == t.FromSector && r.To == to && slices.Contains(r.ToSectors, t.ToSector) && slices.Contains(r.Kinds, t.Kind) {
			return r, nil
		}
	}
	return RuleRow{}, fault.New(fault.Denied, "profile.rule.empty").With("rule", string(from)+"-"+string(to)+"."+string(t.FromSector))
}

// Rules returns every rule row of the network, in the order in which they are asked.
func (s Set) Rules() []RuleRow { return s.network.clone().Rules }

// Basis returns a legal basis by its key.
func (s Set) Basis(key string) (Basis, bool) { return s.basis(key) }

func (s Set) basis(key string) (Basis, bool) {
	for _, b := range s.network.Bases {
		if b.Key == key {
			return b, true
		}
	}
	return Basis{}, false
}

// RulesFrom returns the rows for what is sent from a member, to its own bodies and abroad, in the order of the file. Where it is not known
// whether the member is a state of the European Union, those for both are returned.
func (s Set) RulesFrom(m id.Member) []RuleRow {
	from, err := s.zone(m)
	var all []RuleRow
	for _, r := range s.network.Rules {
		if r.From == Home || err != nil || r.From == from {
			all = append(all, r)
		}
	}
	return all
}

// BasisText returns the message key of a legal basis; "" if the network knows none of that key.
func (s Set) BasisText(key string) string {
	b, _ := s.basis(key)
	return b.Text
}
