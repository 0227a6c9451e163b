package homecoming

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/profile"
)

// The keys of the lists.
const (
	ListExplained = "explained"
	ListPaper     = "paper"
	ListEscort    = "escort"
	ListBody      = "interest-body"
	ListResult    = "interest-result"
	ListOutcome   = "outcome"
	ListStop      = "stop"
	ListClose     = "close"
)

// The codes that a rule reads.
const (
	InFavour       = "return"          // the result of a determination after which a child may return
	PersonDecided  = "person-decided"  // she changed her mind
	PersonDeclined = "person-declined" // she does not want to be asked any more
	FollowedUp     = "followed-up"     // the last point was told
)

// Data is the lists of returns.
type Data struct {
	Schema  string          `json:"schema"`
	Version int64           `json:"version"`
	Lists   []casefile.List `json:"lists"`
}

//go:embed data/return.json
var embedded string

var shipped = sync.OnceValues(func() (Data, error) { return ParseData([]byte(embedded)) })

// Shipped returns the data that this program was built with.
//
// It fails with [fault.Internal] if they are broken, which a test excludes.
func Shipped() (Data, error) {
	d, err := shipped()
	if err != nil {
		return Data{}, fault.Wrap(fault.Internal, "homecoming.data", err)
	}
	return d, nil
}

// ParseData reads a data file of returns.
//
// It fails with [fault.Invalid] if it is not of the form, lacks a list or a code that a rule reads, or does not say where a
// list comes from and how far it may be trusted.
func ParseData(b []byte) (Data, error) {
	wrong := func(field string) error {
		return fault.New(fault.Invalid, "homecoming.data.field").With("field", field)
	}
	var d Data
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return Data{}, fault.Wrap(fault.Invalid, "homecoming.data.form", err)
	}
	if d.Schema != "opentrm/return-data/1" || d.Version < 1 {
		return Data{}, wrong("schema")
	}
	for key, codes := range map[string][]string{
		ListExplained: nil, ListPaper: nil, ListEscort: nil, ListBody: nil, ListResult: {InFavour}, ListOutcome: nil,
		ListStop: {PersonDecided}, ListClose: {PersonDeclined, FollowedUp},
	} {
		if len(d.Codes(key)) == 0 {
			return Data{}, wrong(key)
		}
		for _, c := range codes {
			if !d.Has(key, c) {
				return Data{}, wrong(key)
			}
		}
	}
	for _, l := range d.Lists {
		if l.Origin.Source == "" || !slices.Contains([]profile.Status{profile.Unverified, profile.Verified, profile.Confirmed}, l.Origin.Status) {
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
