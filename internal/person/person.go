package person

import (
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Kind is the kind of the sealed record that holds a person.
const Kind = "person"

// MaxSize is the length in bytes up to which a person is kept.
const MaxSize = 64 << 10

// Person is who she is, as she and her documents say. Lists keep their order.
type Person struct {
	ID           id.Person          `json:"person"`
	Names        []Name             `json:"names"` // may be empty: a person without a known name is helped too
	Birth        Answer[Birth]      `json:"birth"`
	Age          Answer[AgeClass]   `json:"age"` // as stated or established, where no date decides it
	Sex          Answer[Sex]        `json:"sex"`
	Citizenships Answer[[]string]   `json:"citizenships"` // ISO 3166-1 alpha-2 or XK; "stateless" alone
	Languages    Answer[[]Language] `json:"languages"`    // best first
	Documents    Answer[[]Document] `json:"documents"`    // given and empty cannot be: say what was seen, or unknown
	Contacts     []Contact          `json:"contacts"`
	Photo        id.Attachment      `json:"photo"` // sealed file; empty: none
}

// NameUse says when a name was used.
type NameUse string

// The uses of a name.
const (
	Registered   NameUse = "registered"   // in the register or passport
	Former       NameUse = "former"       // before marriage, adoption, change
	Alias        NameUse = "alias"        // another name she goes by
	Nickname     NameUse = "nickname"     // what her people call her
	Exploitation NameUse = "exploitation" // the name under which she was exploited
)

// Name is one name in one script. The same name in two scripts is two names.
type Name struct {
	Use      NameUse    `json:"use"`
	Parts    []NamePart `json:"parts"`    // in the order in which she writes them
	Script   string     `json:"script"`   // ISO 15924: Latn, Cyrl, Grek …
	Language string     `json:"language"` // BCP 47; empty: not known
}

// PartKind says what a part of a name is.
type PartKind string

// The kinds of name parts.
const (
	GivenName  PartKind = "given"
	Patronymic PartKind = "patronymic"
	Surname    PartKind = "surname"
	Suffix     PartKind = "suffix"
	WholeName  PartKind = "whole" // it is not known which part is what
)

// NamePart is one word or group of words of a name.
type NamePart struct {
	Kind PartKind `json:"kind"`
	Text string   `json:"text"`
}

// Text returns the parts with blanks between them, as she writes them.
func (n Name) Text() string {
	s := ""
	for i, p := range n.Parts {
		if i > 0 {
			s += " "
		}
		s += p.Text
	}
	return s
}

// Birth is a birth date of which parts may be unknown (0), or an estimate.
type Birth struct {
	Year   int `json:"year"`
	Month  int `json:"month"`  // 0: unknown
	Day    int `json:"day"`    // 0: unknown
	Margin int `json:"margin"` // years either way by which an estimate may be wrong; 0: no estimate
}

// Sex as she states it.
type Sex string

// The values.
const (
	Female Sex = "female"
	Male   Sex = "male"
	Other  Sex = "other"
)

// Language is one that she speaks.
type Language struct {
	Tag         string `json:"tag"` // BCP 47
	Interpreter bool   `json:"interpreter"`
	Reads       bool   `json:"reads"`
}

// Document is an identity document that was seen or named.
type Document struct {
	Type    string `json:"type"`    // code: passport, identity-card, birth-certificate, residence-permit, asylum-card, other
	Country string `json:"country"` // who issued it; empty: not known
	Number  string `json:"number"`  // empty: not known
	Expires string `json:"expires"` // yyyy-mm-dd; empty: not known
	Held    string `json:"held"`    // code: by-her, with-us, by-authority, by-exploiter, lost, not-known
}

// Way is a way of reaching her.
type Way string

// The ways.
const (
	Telephone Way = "telephone"
	TextSMS   Way = "sms"
	Messenger Way = "messenger"
	Email     Way = "email"
	Post      Way = "post"
	Visit     Way = "visit"
	ThroughTP Way = "third-person" // through somebody whom she named
)

// Safety says whether a way may be used at all.
type Safety string

// The safeties. Unknown is not safe.
const (
	Safe          Safety = "safe"
	Unsafe        Safety = "unsafe"
	SafetyUnknown Safety = "unknown"
)

// Contact is one way of reaching her, with the rule under which it may be used.
type Contact struct {
	Way      Way    `json:"way"`
	Address  string `json:"address"` // number, address, or who
	Safety   Safety `json:"safety"`
	Answerer string `json:"answerer"` // who else may answer, and her relation
	Times    string `json:"times"`    // when it is safe
	MaySay   string `json:"may_say"`  // what may be said, and as whom to introduce oneself
	CodeWord string `json:"code_word"`
	Voice    bool   `json:"voice"`           // a message may be left
	Never    string `json:"never,omitempty"` // what must never be said or done
}

// AgeClass is whether she is a child.
type AgeClass string

// The classes. Unknown is treated as child.
const (
	Child      AgeClass = "child"
	Adult      AgeClass = "adult"
	AgeUnknown AgeClass = "unknown"
)

// Encode returns the canonical bytes of p.
//
// It fails as [Person.Check].
func (p Person) Encode() ([]byte, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	b, err := frame.Encode(p)
	if err != nil {
		return nil, err
	}
	if len(b) > MaxSize {
		return nil, tooLarge()
	}
	return b, nil
}

// Parse reads what [Person.Encode] wrote.
//
// It fails with [fault.TooLarge] over [MaxSize] and with [fault.Invalid] for anything else that Encode
// would not have written.
func Parse(b []byte) (Person, error) {
	var p Person
	if err := frame.Decode(b, MaxSize, &p); err != nil {
		return Person{}, err
	}
	return p, p.Check()
}
