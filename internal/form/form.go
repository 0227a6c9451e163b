package form

import (
	"regexp"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
)

// The names and versions of the file forms.
const (
	SchemaName    = "opentrm/form/1"           // spec/schema/form.json
	AdditionsName = "opentrm/form-additions/1" // spec/schema/form-additions.json
)

// MaxFile is the size in bytes up to which a definition or a file of additions is read.
const MaxFile = 1 << 20

// Kind says what the own answer to a question is.
type Kind string

// The kinds.
const (
	Text     Kind = "text"      // one line
	LongText Kind = "long-text" // several lines
	Date     Kind = "date"      // a day of which parts may be unknown
	Choice   Kind = "choice"    // one of a list
	Choices  Kind = "choices"   // one or more of a list
	YesNo    Kind = "yes-no"
	Country  Kind = "country"  // ISO 3166-1 alpha-2, or XK
	Language Kind = "language" // BCP 47
	Number   Kind = "number"   // a whole number from 0 on
)

// Kinds returns every kind, in the order in which they are shown.
func Kinds() []Kind {
	return []Kind{Text, LongText, Date, Choice, Choices, YesNo, Country, Language, Number}
}

// Form is one version of a form.
type Form struct {
	Schema   string         `json:"schema"`          // SchemaName
	ID       string         `json:"form"`            // "F1"
	Version  int64          `json:"version"`         // rises by one with each change
	Title    string         `json:"title"`           // message key
	Urgent   bool           `json:"urgent,omitzero"` // it stands on the way of an urgent referral
	Record   string         `json:"record,omitzero"` // consent.Kind: its answers are kept as that record and nowhere else; empty: as a [Filling]
	Origin   profile.Origin `json:"origin"`
	Lists    []List         `json:"lists"`
	Sections []Section      `json:"sections"`
}

// List is what a question of kind choice or choices may be answered with.
type List struct {
	ID      string   `json:"list"`
	Choices []Option `json:"choices"`
}

// Option is one item of a list.
type Option struct {
	Code  string `json:"code"`
	Words string `json:"words"` // message key
}

// Section is a part of a form that is asked together.
type Section struct {
	ID        string     `json:"section"`
	Title     string     `json:"title"` // message key
	Questions []Question `json:"questions"`
}

// Question is one question, with all that the person may want to know of it.
type Question struct {
	ID       string        `json:"question"`
	Kind     Kind          `json:"kind"`
	Words    string        `json:"words"`             // message key
	Why      string        `json:"why"`               // message key: why it is asked
	Sees     []access.Role `json:"sees"`              // who sees the answer
	Keep     string        `json:"keep"`              // retention class, one of [Classes]
	List     string        `json:"list,omitzero"`     // of a choice
	Trauma   bool          `json:"trauma,omitzero"`   // asking can bring back what happened to her
	Required bool          `json:"required,omitzero"` // it may not stay empty; the four answers count
	Category consent.Code  `json:"category,omitzero"` // under which the answer may be shared; empty: it is not shared under consent
	HTCDS    string        `json:"htcds,omitzero"`    // field of HTCDS 2.0 that the answer fills
	When     *Condition    `json:"when,omitzero"`     // nil: it is always asked
}

// Condition holds if an earlier question was answered with one of some codes: of its list, "yes", "no", or the code of
// an answer without a value.
type Condition struct {
	Question string   `json:"question"`
	Is       []string `json:"is"`
}

// Additions is what a member asks beside the forms of the network.
type Additions struct {
	Schema  string                       `json:"schema"` // AdditionsName
	Member  id.Member                    `json:"member"`
	Version int64                        `json:"version"` // rises by one with each change
	Origin  profile.Origin               `json:"origin"`
	Forms   []Addition                   `json:"forms"`
	Words   map[string]map[string]string `json:"words"` // by language: message key to text
}

// Addition is what is added to one version of one form. The questions of a section come behind those that it has.
type Addition struct {
	Form     string  `json:"form"`
	Version  int64   `json:"version"`
	Lists    []List  `json:"lists"`
	Sections []Added `json:"sections"`
}

// Added is the questions that one section of a form is given.
type Added struct {
	Section   string     `json:"section"` // of the form
	Questions []Question `json:"questions"`
}

// Prefix returns what identifiers and message keys of a member's additions begin with: "mk.".
func Prefix(m id.Member) string { return strings.ToLower(string(m)) + "." }

// Classes returns the codes of the retention classes. How long each of them lasts is for the law of a member to say.
func Classes() []string {
	return []string{"draft", "screening", "case-file", "contact", "transfer", "closure"}
}

var (
	formID   = regexp.MustCompile(`^F[1-9][0-9]?$`)
	code     = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$`)
	key      = regexp.MustCompile(`^[a-z][a-z0-9-]*(\.[a-zA-Z0-9-]+)+$`)
	htcdsKey = regexp.MustCompile(`^[a-z]{3}_[A-Za-z]+$`)
	tag      = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
)

func wrong(field string) error { return fault.New(fault.Invalid, "form.field").With("field", field) }

// Parse reads one definition, spec/schema/form.json. It says what the schema says and no more: [Lint] finds the rest.
//
// It fails with [fault.TooLarge] over [MaxFile] and with [fault.Invalid] for anything that is not the file form.
func Parse(raw []byte) (Form, error) {
	var f Form
	if err := decode(raw, &f); err != nil {
		return Form{}, err
	}
	field := ""
	switch {
	case f.Schema != SchemaName:
		field = "schema"
	case !formID.MatchString(f.ID):
		field = "form"
	case f.Version < 1:
		field = "version"
	case !isKey(f.Title):
		field = "title"
	case f.Record != "" && f.Record != consent.Kind:
		field = "record"
	case !sourced(f.Origin):
		field = "origin"
	case f.Lists == nil || slices.ContainsFunc(f.Lists, func(l List) bool { return !l.ok() }):
		field = "lists"
	case len(f.Sections) == 0:
		field = "sections"
	}
	for _, s := range f.Sections {
		if !isCode(s.ID) || !isKey(s.Title) || len(s.Questions) == 0 {
			field = "sections"
		}
		for _, q := range s.Questions {
			if bad := q.wrong(); bad != "" {
				field = bad
			}
		}
	}
	if field != "" {
		return Form{}, wrong(field)
	}
	return f, nil
}

// ParseAdditions reads a file of additions, spec/schema/form-additions.json. It says what the schema says and no more:
// [Set.Add] finds the rest.
//
// It fails with [fault.TooLarge] over [MaxFile] and with [fault.Invalid] for anything that is not the file form.
func ParseAdditions(raw []byte) (Additions, error) {
	var a Additions
	if err := decode(raw, &a); err != nil {
		return Additions{}, err
	}
	_, bad := id.ParseMember(string(a.Member))
	field := ""
	switch {
	case a.Schema != AdditionsName:
		field = "schema"
	case bad != nil:
		field = "member"
	case a.Version < 1:
		field = "version"
	case !sourced(a.Origin):
		field = "origin"
	case len(a.Forms) == 0:
		field = "forms"
	case a.Words == nil:
		field = "words"
	}
	for t, texts := range a.Words {
		if !tag.MatchString(t) || texts == nil {
			field = "words"
		}
		for k, text := range texts {
			if !isKey(k) || text == "" || len([]rune(text)) > maxLong {
				field = "words"
			}
		}
	}
	for _, f := range a.Forms {
		if !formID.MatchString(f.Form) || f.Version < 1 || len(f.Sections) == 0 {
			field = "forms"
		}
		if f.Lists == nil || slices.ContainsFunc(f.Lists, func(l List) bool { return !l.ok() }) {
			field = "lists"
		}
		for _, s := range f.Sections {
			if !isCode(s.Section) || len(s.Questions) == 0 {
				field = "sections"
			}
			for _, q := range s.Questions {
				if bad := q.wrong(); bad != "" {
					field = bad
				}
			}
		}
	}
	if field != "" {
		return Additions{}, wrong(field)
	}
	return a, nil
}

// decode reads a file, strictly but for white space and the order of names.
func decode(raw []byte, v any) error {
	if len(raw) > MaxFile {
		return fault.New(fault.TooLarge, "form.file")
	}
	canonical, err := frame.Canonical(raw)
	if err == nil {
		err = frame.Decode(canonical, MaxFile, v)
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, "form.file", err)
	}
	return nil
}

func isCode(s string) bool { return len(s) <= 64 && code.MatchString(s) }

func isKey(s string) bool { return len(s) <= 120 && key.MatchString(s) }

// sourced reports whether an origin says where the words come from and how far they may be trusted. Nobody confirms a
// form in a file: that is an act of an administrator, in the log.
func sourced(o profile.Origin) bool {
	return o.Source != "" && o.ConfirmedBy == "" && o.ConfirmedOn == "" && !o.Fictitious &&
		(o.Status == profile.Unverified || o.Status == profile.Superseded || o.Status == profile.Verified && o.Citation != "")
}

func (l List) ok() bool {
	return isCode(l.ID) && len(l.Choices) > 0 &&
		!slices.ContainsFunc(l.Choices, func(o Option) bool { return !isCode(o.Code) || !isKey(o.Words) })
}

// wrong returns the name of the first field that has not its form, and "" if none is.
func (q Question) wrong() string {
	switch {
	case !isCode(q.ID):
		return "question"
	case !slices.Contains(Kinds(), q.Kind):
		return "kind"
	case !isKey(q.Words):
		return "words"
	case q.Why != "" && !isKey(q.Why):
		return "why"
	case q.Sees == nil || slices.ContainsFunc(q.Sees, func(r access.Role) bool { return !isCode(string(r)) }):
		return "sees"
	case q.Keep != "" && !isCode(q.Keep):
		return "keep"
	case q.List != "" && !isCode(q.List):
		return "list"
	case q.Category != "" && !isCode(string(q.Category)):
		return "category"
	case q.HTCDS != "" && (len(q.HTCDS) > 64 || !htcdsKey.MatchString(q.HTCDS)):
		return "htcds"
	case q.When != nil && (!isCode(q.When.Question) || len(q.When.Is) == 0 || slices.ContainsFunc(q.When.Is, func(s string) bool { return !isCode(s) })):
		return "when"
	}
	return ""
}

// questions returns all questions in the order in which they are asked.
func (f Form) questions() []Question {
	var all []Question
	for _, s := range f.Sections {
		all = append(all, s.Questions...)
	}
	return all
}

// list returns the choices of a list.
func (f Form) list(id string) []Option {
	for _, l := range f.Lists {
		if l.ID == id {
			return l.Choices
		}
	}
	return nil
}
