package careplan

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
	ListUrgency      = "urgency"
	ListSaidBy       = "said-by"
	ListNeedEnd      = "need-end"
	ListNotAvailable = "not-available"
	ListStopped      = "stopped"
)

// NeedCode is a kind of need. Its code is that of the service which answers it.
type NeedCode struct {
	Code  string `json:"code"`
	HTCDS string `json:"htcds"` // type of support plan in HTCDS 2.0; empty: it has none
}

// Limits are numbers that are no law and may differ between networks.
type Limits struct {
	ReviewDays        int64 `json:"review_days"`         // after which a plan that nobody went through with her is looked at
	LongestReviewDays int64 `json:"longest_review_days"` // after which a plan is looked at again at the latest
	RemindDays        int64 `json:"remind_days"`         // before that day
	Needs             int   `json:"needs"`               // of one case
	Steps             int   `json:"steps"`
}

// Data is the needs, lists and limits of plans.
type Data struct {
	Schema       string          `json:"schema"`
	Version      int64           `json:"version"`
	Needs        []NeedCode      `json:"needs"`
	NeedsOrigin  profile.Origin  `json:"needs_origin"`
	Lists        []casefile.List `json:"lists"`
	Limits       Limits          `json:"limits"`
	LimitsOrigin profile.Origin  `json:"limits_origin"`
}

//go:embed data/plan.json
var embedded string

var shipped = sync.OnceValues(func() (Data, error) { return ParseData([]byte(embedded)) })

// Shipped returns the data that this program was built with.
//
// It fails with [fault.Internal] if they are broken, which a test excludes.
func Shipped() (Data, error) {
	d, err := shipped()
	if err != nil {
		return Data{}, fault.Wrap(fault.Internal, "careplan.data", err)
	}
	return d, nil
}

// ParseData reads a data file of plans.
//
// It fails with [fault.Invalid] if it is not of the form, lacks a list or a limit, names a need that no service answers, or does not
// say where something comes from and how far it may be trusted.
func ParseData(b []byte) (Data, error) {
	wrong := func(field string) error {
		return fault.New(fault.Invalid, "careplan.data.field").With("field", field)
	}
	var d Data
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return Data{}, fault.Wrap(fault.Invalid, "careplan.data.form", err)
	}
	if d.Schema != "opentrm/care-plan-data/1" || d.Version < 1 {
		return Data{}, wrong("schema")
	}
	cases, err := casefile.Shipped()
	if err != nil {
		return Data{}, err
	}
	services := cases.Codes(casefile.ListService)
	if !slices.EqualFunc(d.Needs, services, func(n NeedCode, service string) bool { return n.Code == service }) {
		return Data{}, wrong("needs")
	}
	origins := []profile.Origin{d.NeedsOrigin, d.LimitsOrigin}
	for _, key := range []string{ListUrgency, ListSaidBy, ListNeedEnd, ListNotAvailable, ListStopped} {
		if len(d.Codes(key)) == 0 {
			return Data{}, wrong(key)
		}
	}
	for _, l := range d.Lists {
		origins = append(origins, l.Origin)
	}
	for _, o := range origins {
		if o.Source == "" || !slices.Contains([]profile.Status{profile.Unverified, profile.Verified, profile.Confirmed}, o.Status) {
			return Data{}, wrong("origin")
		}
	}
	l := d.Limits
	if min(l.ReviewDays, l.RemindDays) < 1 || l.RemindDays >= l.ReviewDays || l.LongestReviewDays < l.ReviewDays || min(l.Needs, l.Steps) < 1 {
		return Data{}, wrong("limits")
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

// NeedCodes returns the codes of needs, in the order in which they are shown.
func (d Data) NeedCodes() []string {
	var all []string
	for _, n := range d.Needs {
		all = append(all, n.Code)
	}
	return all
}
