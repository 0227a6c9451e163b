package consent

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/profile"
)

// Code names one category of data: "identity.names".
type Code string

// Sensitivity says how much harm the disclosure of a category can do; the screens show it.
type Sensitivity string

// The sensitivities.
const (
	Ordinary Sensitivity = "ordinary"
	Identity Sensitivity = "identity" // tells who she is
	High     Sensitivity = "high"
	Special  Sensitivity = "special" // GDPR article 9, or what happened to her
)

// Category is what she agrees to share, or not: one by one.
type Category struct {
	Code        Code        `json:"code"`
	Label       string      `json:"label"` // message key
	Sensitivity Sensitivity `json:"sensitivity"`
	Covers      []string    `json:"covers"` // members of [Content]
}

// Text is the state of the words in which a consent is asked, in one language.
type Text struct {
	Language string         `json:"language"`
	Version  int64          `json:"version"`
	Reviewed bool           `json:"reviewed"` // by a native reader; else it is read back or interpreted
	Origin   profile.Origin `json:"origin"`
}

// Data is the lists and defaults of consents, with their sources.
type Data struct {
	Schema           string         `json:"schema"`
	Version          int64          `json:"version"`
	Categories       []Category     `json:"categories"` // in the order of their codes
	CategoriesOrigin profile.Origin `json:"categories_origin"`
	ValidityDays     int64          `json:"validity_days"` // how long a consent lasts unless she says otherwise
	LongestDays      int64          `json:"longest_days"`
	ValidityOrigin   profile.Origin `json:"validity_origin"`
	Texts            []Text         `json:"texts"`
}

//go:embed data/categories.json
var embedded string

var shipped = sync.OnceValues(func() (Data, error) { return ParseData([]byte(embedded)) })

// Shipped returns the data that this program was built with.
//
// It fails with [fault.Internal] if they are broken, which a test excludes.
func Shipped() (Data, error) {
	d, err := shipped()
	if err != nil {
		return Data{}, fault.Wrap(fault.Internal, "consent.data", err)
	}
	return d, nil
}

// Categories returns the categories of the shipped data, in the order of their codes.
func Categories() []Category {
	d, err := shipped()
	if err != nil {
		return nil // nothing may be shared then
	}
	return slices.Clone(d.Categories)
}

const dataSchema = "opentrm/consent-data/1"

// ParseData reads a data file of consents.
//
// It fails with [fault.Invalid] if it is not of the form, names a member of [Content] that does not
// exist, leaves one without a category, or gives one to two.
func ParseData(b []byte) (Data, error) {
	bad := func(field string) error { return fault.New(fault.Invalid, "consent.data.field").With("field", field) }
	var d Data
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return Data{}, fault.Wrap(fault.Invalid, "consent.data.form", err)
	}
	if d.Schema != dataSchema || d.Version < 1 {
		return Data{}, bad("schema")
	}
	left := members()
	for i, c := range d.Categories {
		if i > 0 && d.Categories[i-1].Code >= c.Code || !c.Code.valid() || c.Label == "" ||
			!slices.Contains([]Sensitivity{Ordinary, Identity, High, Special}, c.Sensitivity) || len(c.Covers) == 0 {
			return Data{}, bad("categories")
		}
		for _, m := range c.Covers {
			at := slices.Index(left, m)
			if at < 0 {
				return Data{}, bad("covers")
			}
			left = slices.Delete(left, at, at+1)
		}
	}
	switch {
	case len(left) > 0:
		return Data{}, bad("covers")
	case d.ValidityDays < 1 || d.LongestDays < d.ValidityDays:
		return Data{}, bad("validity_days")
	}
	return d, nil
}

// Reviewed reports whether the words in that language were reviewed by a native reader.
func (d Data) Reviewed(language string) bool {
	return slices.ContainsFunc(d.Texts, func(t Text) bool { return t.Language == language && t.Reviewed })
}

// version returns the version of the words in a language, 0 where there are none of their own.
func (d Data) version(language string) int64 {
	for _, t := range d.Texts {
		if t.Language == language {
			return t.Version
		}
	}
	return 0
}

// covered returns the members of a content that the categories cover.
func covered(codes []Code) map[string]bool {
	all := map[string]bool{}
	for _, c := range Categories() {
		if slices.Contains(codes, c.Code) {
			for _, m := range c.Covers {
				all[m] = true
			}
		}
	}
	return all
}

// known reports whether every code is a category, in order and none twice.
func known(codes []Code) bool {
	for i, c := range codes {
		if i > 0 && codes[i-1] >= c || !slices.ContainsFunc(Categories(), func(x Category) bool { return x.Code == c }) {
			return false
		}
	}
	return true
}

func (c Code) valid() bool { return isCode(string(c)) }

// isCode reports whether s is lower-case letters, digits and single inner dashes in parts joined by dots.
func isCode(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for part := range strings.SplitSeq(s, ".") {
		if part == "" || part[0] == '-' || part[len(part)-1] == '-' || strings.Contains(part, "--") {
			return false
		}
		for i := range len(part) {
			if c := part[i]; c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
				return false
			}
		}
	}
	return true
}
