package relation

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/profile"
)

// Kind is what the other person is to the one of whose case it is said.
type Kind struct {
	Code   string `json:"code"`
	Back   string `json:"back"`   // what this one is to the other
	Family bool   `json:"family"` // it is of a family
}

// Data is the kinds of links and why they end.
type Data struct {
	Schema  string         `json:"schema"`
	Version int64          `json:"version"`
	Kinds   []Kind         `json:"kinds"`
	Ends    []string       `json:"ends"` // codes of reasons
	Most    int            `json:"most"` // links of one case, ended ones among them
	Origin  profile.Origin `json:"origin"`
}

//go:embed data/relation.json
var embedded string

var shipped = sync.OnceValues(func() (Data, error) { return ParseData([]byte(embedded)) })

// Shipped returns the data that this program was built with.
//
// It fails with [fault.Internal] if they are broken, which a test excludes.
func Shipped() (Data, error) {
	d, err := shipped()
	if err != nil {
		return Data{}, fault.Wrap(fault.Internal, "relation.data", err)
	}
	return d, nil
}

// ParseData reads a data file of links.
//
// It fails with [fault.Invalid] if it is not of the form, lacks something, or names a kind that does not lead back.
func ParseData(b []byte) (Data, error) {
	wrong := func(field string) error {
		return fault.New(fault.Invalid, "relation.data.field").With("field", field)
	}
	var d Data
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return Data{}, fault.Wrap(fault.Invalid, "relation.data.form", err)
	}
	switch {
	case d.Schema != "opentrm/relation-data/1" || d.Version < 1:
		return Data{}, wrong("schema")
	case len(d.Kinds) == 0:
		return Data{}, wrong("kinds")
	case len(d.Ends) == 0:
		return Data{}, wrong("ends")
	case d.Most < 1 || d.Most > 200:
		return Data{}, wrong("most")
	case d.Origin.Source == "" || !slices.Contains([]profile.Status{profile.Unverified, profile.Verified, profile.Confirmed}, d.Origin.Status):
		return Data{}, wrong("origin")
	}
	for _, k := range d.Kinds {
		back, ok := d.Kind(k.Back)
		if !ok || back.Back != k.Code || back.Family != k.Family {
			return Data{}, wrong("kinds")
		}
	}
	return d, nil
}

// Kind returns a kind by its code, and whether there is one.
func (d Data) Kind(code string) (Kind, bool) {
	i := slices.IndexFunc(d.Kinds, func(k Kind) bool { return k.Code == code })
	if i < 0 {
		return Kind{}, false
	}
	return d.Kinds[i], true
}

// Codes returns the codes of the kinds, in the order in which they are shown.
func (d Data) Codes() []string {
	var all []string
	for _, k := range d.Kinds {
		all = append(all, k.Code)
	}
	return all
}
