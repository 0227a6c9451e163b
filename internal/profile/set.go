package profile

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/sorting"
)

//go:embed data/*.json
var shipped embed.FS

// MaxFile is the size in bytes up to which a profile file is read.
const MaxFile = 1 << 20

// Set is the profile of the network and those of its countries. It never changes.
type Set struct {
	network   Profile
	countries map[id.Member]Profile
	worked    *sync.Map // what was worked out of this set
}

// Load returns the profiles in this binary.
//
// It fails with [fault.Invalid] if one of them breaks a rule of [Parse] or [NewSet].
func Load() (Set, error) {
	files, err := Files()
	if err != nil {
		return Set{}, err
	}
	var all []Profile
	for _, raw := range files {
		p, err := Parse(raw)
		if err != nil {
			return Set{}, err
		}
		all = append(all, p)
	}
	return NewSet(all)
}

// Parse reads one profile file, spec/schema/profile.json.
//
// It fails with [fault.TooLarge] over [MaxFile] and with [fault.Invalid] for anything that is not the file
// form: unknown fields, unknown words, an item without source or status, a key that stands twice.
func Parse(raw []byte) (Profile, error) {
	if len(raw) > MaxFile {
		return Profile{}, fault.New(fault.TooLarge, "profile.file")
	}
	var p Profile
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return Profile{}, fault.Wrap(fault.Invalid, "profile.file", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Profile{}, fault.New(fault.Invalid, "profile.file")
	}
	if err := p.check(); err != nil {
		return Profile{}, err
	}
	return p, nil
}

// NewSet puts profiles together.
//
// It fails with [fault.Invalid] if the network's is missing, a country stands twice, or a rule or clock names
// something that is in none of them.
func NewSet(profiles []Profile) (Set, error) {
	s := Set{countries: map[id.Member]Profile{}, worked: &sync.Map{}}
	for _, p := range profiles {
		if p.Code == Network {
			if s.network.Code != "" {
				return Set{}, wrong(p.Code, "profile")
			}
			s.network = p
			continue
		}
		if _, twice := s.countries[id.Member(p.Code)]; twice {
			return Set{}, wrong(p.Code, "profile")
		}
		s.countries[id.Member(p.Code)] = p
	}
	if s.network.Code == "" {
		return Set{}, wrong(Network, "profile")
	}
	return s, s.checkReferences()
}

// Members returns the members that have a profile, in the order of their codes.
func (s Set) Members() []id.Member { return slices.Sorted(maps.Keys(s.countries)) }

// Item is one line of a set, for lists of what there is to confirm.
type Item struct {
	Key     string          // in the whole set: "MK/clock.reflection"
	Content json.RawMessage // without origin: what a confirmation is about
	Digest  string          // of the content, its origin left empty
	Text    string          // message key, where the item has one
	Origin  Origin
}

// noOrigin is how an origin that was left out stands in the content of an item.
const noOrigin = `,"origin":{"source":"","status":""}`

// Items returns everything in the set that has an origin, in the order of the keys.
func (s Set) Items() []Item {
	var all []Item
	s.clone().each(func(key string, content any, text string, o *Origin) {
		raw, sum := digest(content)
		raw = bytes.ReplaceAll(raw, []byte(noOrigin), nil)
		all = append(all, Item{Key: key, Content: raw, Digest: sum, Text: text, Origin: *o})
	})
	sorting.By(all, func(a, b Item) int { return bytes.Compare([]byte(a.Key), []byte(b.Key)) })
	return all
}

// Country returns the profile of a member as it stands.
func (s Set) Country(m id.Member) (Profile, bool) {
	p, ok := s.countries[m]
	return p.clone(), ok
}

// Value returns a value of a country, or of the network where the country has none of that key.
func (s Set) Value(m id.Member, key string) (Value, bool) {
	for _, p := range []Profile{s.countries[m], s.network} {
		for _, v := range p.Values {
			if v.Key == key {
				return v, true
			}
		}
	}
	return Value{}, false
}

// Flag returns a value that is true or false. It is known only if it exists and is usable.
func (s Set) Flag(m id.Member, key string) (is, known bool) {
	v, ok := s.Value(m, key)
	if !ok || json.Unmarshal(v.Value, &is) != nil {
		return false, false
	}
	return is, v.Origin.Usable()
}

// Number returns a value that is a whole number, whatever its status; 0 where there is none.
func (s Set) Number(m id.Member, key string) int64 {
	v, ok := s.Value(m, key)
	var n int64
	if !ok || json.Unmarshal(v.Value, &n) != nil {
		return 0
	}
	return n
}

// List returns a value that is a list of words, whatever its status.
func (s Set) List(m id.Member, key string) []string {
	v, ok := s.Value(m, key)
	var list []string
	if !ok || json.Unmarshal(v.Value, &list) != nil {
		return nil
	}
	return list
}

// Text returns a value that is a text, whatever its status.
func (s Set) Text(m id.Member, key string) string {
	v, ok := s.Value(m, key)
	var text string
	if !ok || json.Unmarshal(v.Value, &text) != nil {
		return ""
	}
	return text
}

// Bases returns the keys of the legal bases that the network knows, in the order in which its profile lists them.
func (s Set) Bases() []string {
	all := make([]string, len(s.network.Bases))
	for i, b := range s.network.Bases {
		all[i] = b.Key
	}
	return all
}

// Answering returns the keys of [Set.Bases] in the order in which a desk that answers tries them, since nobody chooses one
// there: what claims something of the person herself, her consent or a danger to her life, comes last.
func (s Set) Answering() []string {
	var first, last []string
	for _, b := range s.network.Bases {
		if b.Consent || b.Key == "vital-interests" || b.Key == "legal-duty" {
			last = append(last, b.Key)
		} else {
			first = append(first, b.Key)
		}
	}
	return append(first, last...)
}

// Zone returns the time zone of a member's offices. There is no default zone.
//
// It fails with [fault.NotFound] if the profile names none, and with [fault.Internal] if the machine has no
// data about it.
func (s Set) Zone(m id.Member) (*time.Location, error) {
	name := s.Text(m, "time-zone")
	if name == "" {
		return nil, fault.New(fault.NotFound, "profile.zone").With("member", string(m))
	}
	return Remember(s, zoneName(name), func(Set) (*time.Location, error) { // to read one takes longer than a whole clock
		zone, err := time.LoadLocation(name)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "profile.zone", err)
		}
		return zone, nil
	})
}

type zoneName string

// Remember returns what make works out of s, and works it out once for each key, whose type is its caller's own. Nobody
// changes what is returned. A failure is not remembered.
func Remember[T any](s Set, key any, make func(Set) (T, error)) (T, error) {
	if s.worked == nil {
		return make(s)
	}
	if v, ok := s.worked.Load(key); ok {
		return v.(T), nil
	}
	v, err := make(s)
	if err == nil {
		s.worked.Store(key, v)
	}
	return v, err
}

// Rendering returns the rule for writing the name of a member, if there is one.
func (s Set) Rendering(m id.Member) (Rendering, bool) {
	for _, r := range s.network.Rendering {
		if r.Member == m {
			return r, true
		}
	}
	return Rendering{}, false
}

// clone returns a copy of s that shares no origin with it.
func (s Set) clone() Set {
	c := Set{network: s.network.clone(), countries: make(map[id.Member]Profile, len(s.countries)), worked: &sync.Map{}}
	for m, p := range s.countries {
		c.countries[m] = p.clone()
	}
	return c
}

func (p Profile) clone() Profile {
	p.Values, p.Bases, p.Rules = slices.Clone(p.Values), slices.Clone(p.Bases), slices.Clone(p.Rules)
	for i := range p.Rules {
		p.Rules[i].Refusals = slices.Clone(p.Rules[i].Refusals)
	}
	p.Clocks, p.Pairs = slices.Clone(p.Clocks), slices.Clone(p.Pairs)
	p.Calendars, p.Rendering = slices.Clone(p.Calendars), slices.Clone(p.Rendering)
	p.Identification, p.Retention, p.Teams = slices.Clone(p.Identification), slices.Clone(p.Retention), slices.Clone(p.Teams)
	p.Instruments = slices.Clone(p.Instruments)
	return p
}

// each calls do with every item of the set: its key, its content, its message key and its origin, which do
// may change. Only a clone may be given to a do that changes something.
func (s Set) each(do func(key string, content any, text string, o *Origin)) {
	s.network.each(do)
	for _, m := range s.Members() {
		s.countries[m].each(do)
	}
}

func (p Profile) each(do func(key string, content any, text string, o *Origin)) {
	at := func(sort, key string) string { return p.Code + "/" + sort + "." + key }
	for i := range p.Values {
		v := &p.Values[i]
		do(at("value", v.Key), v.Value, "", &v.Origin)
	}
	for i := range p.Bases {
		b := p.Bases[i]
		b.Origin = Origin{}
		do(at("basis", b.Key), b, b.Text, &p.Bases[i].Origin)
	}
	for i := range p.Rules {
		r := p.Rules[i]
		r.Origin, r.Refusals = Origin{}, slices.Clone(r.Refusals)
		for j := range r.Refusals {
			r.Refusals[j].Origin = Origin{}
		}
		do(at("rule", r.Key), r, r.Text, &p.Rules[i].Origin)
		for j := range p.Rules[i].Refusals {
			f := &p.Rules[i].Refusals[j]
			do(at("refusal", r.Key+"."+f.Basis), r.Refusals[j], f.Fault, &f.Origin)
		}
	}
	for i := range p.Clocks {
		c := p.Clocks[i]
		c.Origin = Origin{}
		do(at("clock", c.Key), c, c.Text, &p.Clocks[i].Origin)
	}
	for i := range p.Pairs {
		c := p.Pairs[i]
		c.Clock.Origin = Origin{}
		do(at("pair", string(c.From)+"-"+string(c.To)+"."+c.Clock.Key), c, c.Clock.Text, &p.Pairs[i].Clock.Origin)
	}
	for i := range p.Calendars {
		c := p.Calendars[i]
		c.Origin = Origin{}
		do(at("calendar", c.Key), c, c.Text, &p.Calendars[i].Origin)
	}
	for i := range p.Rendering {
		r := p.Rendering[i]
		r.Origin = Origin{}
		do(at("rendering", r.Key), r, r.Footnote, &p.Rendering[i].Origin)
	}
	for i := range p.Identification {
		r := p.Identification[i]
		r.Origin = Origin{}
		do(at("identification", r.Key), r, r.Text, &p.Identification[i].Origin)
	}
	for i := range p.Teams {
		t := p.Teams[i]
		t.Origin = Origin{}
		do(at("team", t.Key), t, t.Text, &p.Teams[i].Origin)
	}
	for i := range p.Instruments {
		r := p.Instruments[i]
		r.Origin = Origin{}
		do(at("instrument", r.Key), r, r.Text, &p.Instruments[i].Origin)
	}
	for i := range p.Retention {
		r := p.Retention[i]
		r.Origin = Origin{}
		do(at("retention", r.Key), r, r.Text, &p.Retention[i].Origin)
	}
}

// digest returns the content of an item and its name. White space in the file does not count.
func digest(content any) (json.RawMessage, string) {
	raw, err := json.Marshal(content)
	if err != nil {
		return nil, "" // cannot happen: everything here came out of JSON
	}
	sum := sha256.Sum256(raw)
	return raw, hex.EncodeToString(sum[:])
}

func wrong(key, field string) error {
	return fault.New(fault.Invalid, "profile.item").With("item", key).With("field", field)
}
