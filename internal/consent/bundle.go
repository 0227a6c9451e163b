package consent

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
)

// BundleForm names the form of a bundle (spec/consent.md, section 4).
const BundleForm = "opentrm/bundle/1"

// MaxBundle is the length in bytes up to which a bundle is read; it fits in one envelope.
const MaxBundle = 960 << 10

// Content is everything that a bundle can tell about a person. Each member belongs to exactly one
// category. A member that is absent was not shared; it does not mean "no".
type Content struct {
	Names        []person.Name                     `json:"names,omitempty"`   // registered and former
	Aliases      []person.Name                     `json:"aliases,omitempty"` // also the name used during exploitation
	Birth        *person.Answer[person.Birth]      `json:"birth,omitempty"`
	Sex          *person.Answer[person.Sex]        `json:"sex,omitempty"`
	Citizenships *person.Answer[[]string]          `json:"citizenships,omitempty"`
	Languages    *person.Answer[[]person.Language] `json:"languages,omitempty"`
	Documents    *person.Answer[[]person.Document] `json:"documents,omitempty"`
	Contacts     []person.Contact                  `json:"contacts,omitempty"`
	Photo        *Photo                            `json:"photo,omitempty"`
	Facts
}

// Facts is what the case can tell beside the person record.
type Facts struct {
	Needs        []Need      `json:"needs,omitempty"`
	Health       []Need      `json:"health,omitempty"`
	Risk         *Risk       `json:"risk,omitempty"`
	Exploitation *Account    `json:"exploitation,omitempty"`
	Family       *Account    `json:"family,omitempty"`
	Children     []Child     `json:"children,omitempty"`
	Legal        *Legal      `json:"legal,omitempty"`
	Services     []Provision `json:"services,omitempty"`
	Journey      *Account    `json:"journey,omitempty"`

	Interpreting *Interpreting `json:"interpreting,omitempty"`        // under the category of languages
	Unsafe       []Unsafe      `json:"unsafe_interpreters,omitempty"` // under that of what was found about risks
}

// Interpreting is what somebody who engages an interpreter for her has to know, in words.
type Interpreting struct {
	Languages []string `json:"languages"` // in which she wants to be spoken to, best first, BCP 47
	NotFrom   string   `json:"not_from"`  // community, place or dialect from which nobody should interpret
	Aid       string   `json:"aid"`       // sign language, large print, reading aloud
}

// Unsafe is somebody who must not interpret for her.
type Unsafe struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// Photo is a picture, shared only where it is consented to by itself.
type Photo struct {
	Type  string    `json:"type"` // image/jpeg, image/png
	Bytes seal.Blob `json:"bytes"`
}

// Need is one need (docs/sources.md, domain 10.3).
type Need struct {
	Code    string `json:"code"`
	Urgency string `json:"urgency"` // code
	Note    string `json:"note"`
}

// Risk is the newest assessment in short.
type Risk struct {
	At      frame.Time        `json:"at"`
	Grades  map[string]string `json:"grades"`  // domain to low, medium, high
	Factors []string          `json:"factors"` // those answered yes
	Note    string            `json:"note"`
}

// Account is codes and words.
type Account struct {
	Codes []string `json:"codes"`
	Note  string   `json:"note"`
}

// Child is one of her children.
type Child struct {
	Age  string `json:"age"` // code: infant, small, school, adolescent, adult, unknown
	With bool   `json:"with"`
	Note string `json:"note"`
}

// Legal is where she stands.
type Legal struct {
	Status string `json:"status"` // code of the identification status
	Asylum bool   `json:"asylum"`
	Note   string `json:"note"`
}

// Provision is a service that was given or is going on. It does not say whether she cooperates with
// anybody.
type Provision struct {
	Code  string     `json:"code"`
	Since frame.Time `json:"since"`
	Until frame.Time `json:"until"` // 0: goes on
	Note  string     `json:"note"`
}

// Bundle is what travels: the extract that says what may be in it, and the content.
type Bundle struct {
	Form    string        `json:"form"`
	Extract SignedExtract `json:"extract"`
	Content Content       `json:"content"`
}

// members returns the names of the members of a content.
func members() []string {
	var all []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Content]()) {
		if f.Anonymous {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		all = append(all, name)
	}
	return all
}

// Categories returns the categories of which the content holds something, in the order of their codes.
func (c Content) Categories() []Code {
	there := map[string]bool{}
	v := reflect.ValueOf(c)
	for _, field := range reflect.VisibleFields(v.Type()) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); !field.Anonymous {
			there[name] = !v.FieldByIndex(field.Index).IsZero()
		}
	}
	var out []Code
	for _, k := range Categories() {
		if slices.ContainsFunc(k.Covers, func(m string) bool { return there[m] }) {
			out = append(out, k.Code)
		}
	}
	return out
}

// Select returns of person and facts what the categories cover, and nothing else. It is pure; the
// shipped data say what covers what, and a code that they do not know covers nothing.
func Select(p person.Person, photo *Photo, f Facts, codes []Code) Content {
	may := covered(codes)
	all := Content{
		Birth: &p.Birth, Sex: &p.Sex, Citizenships: &p.Citizenships, Languages: &p.Languages, Documents: &p.Documents,
		Contacts: p.Contacts, Photo: photo, Facts: f,
	}
	for _, n := range p.Names {
		if n.Use == person.Registered || n.Use == person.Former {
			all.Names = append(all.Names, n)
		} else {
			all.Aliases = append(all.Aliases, n)
		}
	}
	v := reflect.ValueOf(&all).Elem()
	for _, field := range reflect.VisibleFields(v.Type()) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); !field.Anonymous && !may[name] {
			v.FieldByIndex(field.Index).SetZero()
		}
	}
	return all
}

// present returns the members that are there.
func (c Content) present() []string {
	var there []string
	v := reflect.ValueOf(c)
	for _, field := range reflect.VisibleFields(v.Type()) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); !field.Anonymous && !v.FieldByIndex(field.Index).IsZero() {
			there = append(there, name)
		}
	}
	return there
}

// Encode returns the canonical bytes of b.
//
// It fails as [Bundle.Within] if b holds more than its extract permits or not in its form, and with [fault.TooLarge] over
// [MaxBundle].
func (b Bundle) Encode() ([]byte, error) {
	b.Form = BundleForm
	if err := b.Within(b.Extract.Extract); err != nil {
		return nil, err
	}
	out, err := frame.Encode(b)
	if err != nil {
		return nil, err
	}
	if len(out) > MaxBundle {
		return nil, fault.New(fault.TooLarge, "consent.bundle.too-large")
	}
	return out, nil
}

// ParseBundle reads a bundle. Whether it keeps within its extract is asked by [Bundle.Within], whether
// the extract is genuine by [SignedExtract.Verify]; both come before anything of it is stored.
//
// It fails with [fault.TooLarge] over [MaxBundle] and [fault.Invalid] for any other form. A member that
// this program does not know makes it exceed its consent: [fault.Invalid] "consent.exceeds".
func ParseBundle(b []byte) (Bundle, error) {
	if len(b) > MaxBundle {
		return Bundle{}, fault.New(fault.TooLarge, "consent.bundle.too-large")
	}
	if err := frame.Check(b); err != nil {
		return Bundle{}, err
	}
	var loose struct {
		Content map[string]json.RawMessage `json:"content"`
	}
	if err := json.Unmarshal(b, &loose); err != nil {
		return Bundle{}, fault.Wrap(fault.Invalid, "consent.bundle.form", err)
	}
	known := members()
	for name := range loose.Content {
		if !slices.Contains(known, name) {
			return Bundle{}, fault.New(fault.Invalid, "consent.exceeds").With("member", "unknown")
		}
	}
	var out Bundle
	if err := frame.Decode(b, MaxBundle, &out); err != nil {
		return Bundle{}, err
	}
	if out.Form != BundleForm {
		return Bundle{}, fault.New(fault.Invalid, "consent.bundle.form")
	}
	if out.Extract.Signature.IsZero() {
		return Bundle{}, fault.New(fault.Invalid, "consent.extract.field").With("field", "signature")
	}
	if err := out.Extract.Check(); err != nil {
		return Bundle{}, err
	}
	return out, nil
}

// Within reports whether everything in b is covered by the categories of e. It is the check of the
// receiver, before anything is stored, and of the sender, before anything is sealed.
//
// It fails with [fault.Invalid]: "consent.exceeds" and the name of the member; "consent.bundle.field" and the one that has not
// its form, and as [person.Person.Check].
func (b Bundle) Within(e Extract) error {
	may := covered(e.Categories)
	for _, m := range b.Content.present() {
		if !may[m] {
			return fault.New(fault.Invalid, "consent.exceeds").With("member", m)
		}
	}
	return b.Content.check()
}
