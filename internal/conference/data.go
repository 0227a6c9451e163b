package conference

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/profile"
)

// The keys of the lists.
const (
	ListHearing = "hearing"
	ListAbsence = "absence"
	ListRefusal = "refusal"
	ListEnd     = "end"
)

// Purpose is what a conference is called for, and which purposes of a consent cover that somebody takes part in it.
type Purpose struct {
	Code     string            `json:"code"`
	Consents []consent.Purpose `json:"consents"`
}

// Data is the lists of conferences.
type Data struct {
	Schema         string          `json:"schema"`
	Version        int64           `json:"version"`
	Purposes       []Purpose       `json:"purposes"`
	PurposesOrigin profile.Origin  `json:"purposes_origin"`
	Lists          []casefile.List `json:"lists"`
}

//go:embed data/conference.json
var embedded string

var shipped = sync.OnceValues(func() (Data, error) { return ParseData([]byte(embedded)) })

// Shipped returns the data that this program was built with.
//
// It fails with [fault.Internal] if they are broken, which a test excludes.
func Shipped() (Data, error) {
	d, err := shipped()
	if err != nil {
		return Data{}, fault.Wrap(fault.Internal, "conference.data", err)
	}
	return d, nil
}

// ParseData reads a data file of conferences.
//
// It fails with [fault.Invalid] if it is not of the form, lacks a list, names a purpose that no consent has, or does not say where a list
// comes from and how far it may be trusted.
func ParseData(b []byte) (Data, error) {
	wrong := func(field string) error {
		return fault.New(fault.Invalid, "conference.data.field").With("field", field)
	}
	var d Data
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return Data{}, fault.Wrap(fault.Invalid, "conference.data.form", err)
	}
	if d.Schema != "opentrm/conference-data/1" || d.Version < 1 {
		return Data{}, wrong("schema")
	}
	known := func(o profile.Origin) bool {
		return o.Source != "" && slices.Contains([]profile.Status{profile.Unverified, profile.Verified, profile.Confirmed}, o.Status)
	}
	if len(d.Purposes) == 0 || !known(d.PurposesOrigin) {
		return Data{}, wrong("purposes")
	}
	for _, p := range d.Purposes {
		if p.Code == "" || len(p.Consents) == 0 || slices.ContainsFunc(p.Consents, func(c consent.Purpose) bool { return !slices.Contains(consent.Purposes(), c) }) {
			return Data{}, wrong("purposes")
		}
	}
	for _, key := range []string{ListHearing, ListAbsence, ListRefusal, ListEnd} {
		if len(d.Codes(key)) == 0 {
			return Data{}, wrong(key)
		}
	}
	for _, l := range d.Lists {
		if !known(l.Origin) {
			return Data{}, wrong(l.Key)
		}
	}
	return d, nil
}

// Codes returns the codes of a list, in the order in which they are shown; none if there is no such list.
func (d Data) Codes(list string) []string {
	for _, l := range d.Lists {
		if l.Key == list {
			return l.Codes
		}
	}
	return nil
}

// Has reports whether code is in the list.
func (d Data) Has(list, code string) bool { return slices.Contains(d.Codes(list), code) }

// purpose finds a purpose by its code.
func (d Data) purpose(code string) (Purpose, bool) {
	i := slices.IndexFunc(d.Purposes, func(p Purpose) bool { return p.Code == code })
	if i < 0 {
		return Purpose{}, false
	}
	return d.Purposes[i], true
}
