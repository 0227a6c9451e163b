package veil

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/fold"
)

// KeyVersion is the version of the templates below and of how a key is written (spec/match-key.md). It stands in every key, so that keys
// of two versions are never equal. It changes whenever a key of the same record would: the sounds that it is made of are those of version 1.
const KeyVersion = 1

// A key of this version is made of these sounds and of no others.
var _ = [1]struct{}{}[fold.SoundVersion-KeyVersion]

// Template says what a key is made of. Keys of two templates are never equal.
type Template string

// The templates of a person. Each gives at most one key, so that a record has at most [PersonKeys] of them.
const (
	NamesBirth       Template = "names-birth"       // beginnings of both names, date of birth; strong
	GivenBirth       Template = "given-birth"       // given name, date of birth; strong
	FamilyBirth      Template = "family-birth"      // family name, date of birth; strong
	NamesYears0      Template = "names-years-0"     // both names, three years of birth
	NamesYears1      Template = "names-years-1"     // the same, one year later
	NamesYears2      Template = "names-years-2"     // the same, two years later
	NamesPlace       Template = "names-place"       // beginnings of both names, place
	NamePlaceYear    Template = "name-place-year"   // one name, place, year of birth
	NamesNationality Template = "names-nationality" // both names in full sound, nationality
)

// The templates of things that a prosecutor looks for. Each is exact.
const (
	PhoneNumber    Template = "phone"
	PlateNumber    Template = "plate"
	CompanyNumber  Template = "company"
	DocumentNumber Template = "document"
	OnlineHandle   Template = "handle"
)

// PersonTemplates returns the templates of a person in their order.
func PersonTemplates() []Template {
	return []Template{NamesBirth, GivenBirth, FamilyBirth, NamesYears0, NamesYears1, NamesYears2, NamesPlace, NamePlaceYear, NamesNationality}
}

// ThingTemplates returns the templates of things.
func ThingTemplates() []Template {
	return []Template{PhoneNumber, PlateNumber, CompanyNumber, DocumentNumber, OnlineHandle}
}

const (
	// PersonKeys is the most keys that one person has.
	PersonKeys = 9
	// MostShared is how many records of one node may have a key. A key that more have says too little of each, and would be seen by how
	// often it comes: it is left out ([Shared.Rare]).
	MostShared = 200
)

// Strong reports whether one common key of the template is enough to ask people whether it is the same person or thing.
func (t Template) Strong() bool {
	switch t {
	case NamesYears0, NamesYears1, NamesYears2, NamesPlace, NamePlaceYear, NamesNationality:
		return false
	}
	return true
}

// Key is one thing that two records of the same person have in common. It holds in readable form what it was made of: it is compared and
// hidden in memory, and never written, logged or sent.
type Key struct {
	template Template
	bytes    string
}

// Template returns what the key is made of.
func (k Key) Template() Template { return k.template }

// Bytes returns the key as it is hashed to the group: version, template and parts, each with its length before it.
func (k Key) Bytes() []byte { return []byte(k.bytes) }

// String returns the template alone, so that no key is printed by mistake.
func (k Key) String() string { return string(k.template) }

// GoString is [Key.String].
func (k Key) GoString() string { return string(k.template) }

func keyOf(t Template, parts ...string) Key {
	b := []byte{KeyVersion}
	for _, p := range append([]string{string(t)}, parts...) {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(p))), p...)
	}
	return Key{t, string(b)}
}

// Birth is a date of birth. What is not known is zero; of an age that was estimated only the year is given.
type Birth struct{ Year, Month, Day int }

// Person is what keys are made of. What is not known is empty.
type Person struct {
	Given, Family string // as written, in any script of the region
	Birth         Birth
	Place         string // of birth or of origin, as written
	Nationality   string // ISO 3166-1 alpha-2
}

// OfPerson returns the keys of a person in the order of [PersonTemplates]. What is too little known gives no key: it is not an error to have
// none. A name longer than 200 letters is cut there.
func OfPerson(p Person) []Key {
	var keys []Key
	add := func(t Template, parts ...string) { keys = append(keys, keyOf(t, parts...)) }
	given, givenSound := boneOf(p.Given)
	family, familySound := boneOf(p.Family)
	_, place := boneOf(p.Place)
	year := ""
	if p.Birth.Year >= 1850 && p.Birth.Year <= 2150 {
		year = strconv.Itoa(p.Birth.Year)
	}
	if day := p.Birth.day(); day != "" && year != "" {
		if given != "" && family != "" {
			a, b := ordered(begin(given), begin(family))
			add(NamesBirth, a, b, year, day)
		}
		if given != "" {
			add(GivenBirth, given, year, day)
		}
		if family != "" {
			add(FamilyBirth, family, year, day)
		}
	}
	if given != "" && family != "" {
		if year != "" {
			a, b := ordered(given, family)
			for i, t := range []Template{NamesYears0, NamesYears1, NamesYears2} {
				add(t, a, b, strconv.Itoa((p.Birth.Year+i)/3))
			}
		}
		if place != "" {
			a, b := ordered(begin(given), begin(family))
			add(NamesPlace, a, b, place)
		}
	}
	if one := cmp.Or(given, family); one != "" && place != "" && year != "" {
		add(NamePlaceYear, one, place, year)
	}
	if country := countryOf(p.Nationality); given != "" && family != "" && country != "" {
		a, b := ordered(givenSound, familySound)
		add(NamesNationality, a, b, country)
	}
	return keys
}

// day returns month and day, the smaller first, as both orders are written; empty unless both are known.
func (b Birth) day() string {
	if b.Month < 1 || b.Month > 12 || b.Day < 1 || b.Day > 31 {
		return ""
	}
	x, y := strconv.Itoa(b.Month), strconv.Itoa(b.Day)
	if b.Day < b.Month {
		x, y = y, x
	}
	return x + "-" + y
}

// boneOf returns the consonants of a name and its sound, its words in an order that does not depend on how they stand; each word in its likeliest
// reading. Of the consonants, h and j count at the beginning of a word only: they come and go between the scripts.
func boneOf(name string) (bone, sound string) {
	if r := []rune(name); len(r) > 200 {
		name = string(r[:200])
	}
	var bones, sounds []string
	for _, ways := range fold.SoundWords(name) {
		root := fold.Root(ways[0])
		s := fold.Skeleton(root)
		bones = append(bones, s[:1]+strings.ReplaceAll(s[1:], "h", ""))
		sounds = append(sounds, root)
	}
	slices.Sort(bones)
	slices.Sort(sounds)
	return strings.Join(bones, ""), strings.Join(sounds, "")
}

// begin returns the first two consonants of a name.
func begin(bone string) string { return bone[:min(2, len(bone))] }

func ordered(a, b string) (string, string) { return min(a, b), max(a, b) }

// Likeness is what the keys that two records have in common say.
type Likeness string

// How likely two records are of one person. Only people say that they are.
const (
	Unlike   Likeness = ""
	Possible Likeness = "possible" // one weak key
	Likely   Likeness = "likely"   // a strong key, or two weak ones
)

// Alike returns what it says that two records have keys of these templates in common.
func Alike(common []Template) Likeness {
	weak := 0
	for _, t := range common {
		if t.Strong() {
			return Likely
		}
		weak++
	}
	switch {
	case weak > 1:
		return Likely
	case weak == 1:
		return Possible
	}
	return Unlike
}

// Shared counts how many records of a node have a key.
type Shared map[Key]int

// Add counts the keys of one record.
func (s Shared) Add(keys []Key) {
	for _, k := range keys {
		s[k]++
	}
}

// Rare returns those of the keys that at most [MostShared] of the records counted have.
func (s Shared) Rare(keys []Key) []Key {
	var out []Key
	for _, k := range keys {
		if s[k] <= MostShared {
			out = append(out, k)
		}
	}
	return out
}
