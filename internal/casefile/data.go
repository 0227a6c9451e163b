package casefile

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/profile"
)

// The keys of the lists.
const (
	ListStatus    = "status"
	ListBody      = "body"
	ListDomain    = "risk-domain"
	ListFactor    = "risk-factor"
	ListTrigger   = "risk-trigger"
	ListClosure   = "closure"
	ListAction    = "data-action"
	ListService   = "service"
	ListCategory  = "person-category"
	ListHandling  = "handling"
	ListEmergency = "emergency-reason"
	ListFileType  = "file-type"
	ListOffer     = "offer"
	ListRefusal   = "refusal-reason"
	ListUnit      = "unit"
	ListReopening = "reopening"
	ListKeeping   = "keeping" // why something is kept although she took her consent back

	ListText           = "text"
	ListMediator       = "mediator"
	ListAgreed         = "mediator-agreed"
	ListUnderstood     = "understood"
	ListAsked          = "asked"
	ListInterpreterSex = "interpreter-sex"
)

// List is a closed list of codes, with its source.
type List struct {
	Key    string         `json:"key"`
	Codes  []string       `json:"codes"`
	Origin profile.Origin `json:"origin"`
}

// Limits are numbers that are no law and may differ between networks.
type Limits struct {
	FileBytes         int64 `json:"file_bytes"`     // of one attachment, in clear
	FilesPerCase      int64 `json:"files_per_case"` //
	StaleDays         int64 `json:"stale_days"`     // after which an assessment is old whatever it says
	ReviewDays        int64 `json:"review_days"`    // after which an assessment is looked at again unless its maker says otherwise
	LongestReviewDays int64 `json:"longest_review_days"`
	GlassMinutes      int64 `json:"glass_minutes"` // how long a break-glass opening lasts
}

// Data is the lists and limits of cases.
type Data struct {
	Schema       string         `json:"schema"`
	Version      int64          `json:"version"`
	Lists        []List         `json:"lists"`
	Limits       Limits         `json:"limits"`
	LimitsOrigin profile.Origin `json:"limits_origin"`
}

//go:embed data/case.json
var embedded string

var shipped = sync.OnceValues(func() (Data, error) { return ParseData([]byte(embedded)) })

// Shipped returns the data that this program was built with.
//
// It fails with [fault.Internal] if they are broken, which a test excludes.
func Shipped() (Data, error) {
	d, err := shipped()
	if err != nil {
		return Data{}, fault.Wrap(fault.Internal, "case.data", err)
	}
	return d, nil
}

// ParseData reads a data file of cases.
//
// It fails with [fault.Invalid] if it is not of the form, lacks a list, or holds a limit that is none.
func ParseData(b []byte) (Data, error) {
	wrong := func(field string) error { return fault.New(fault.Invalid, "case.data.field").With("field", field) }
	var d Data
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return Data{}, fault.Wrap(fault.Invalid, "case.data.form", err)
	}
	if d.Schema != "opentrm/case-data/1" || d.Version < 1 {
		return Data{}, wrong("schema")
	}
	for _, key := range []string{
		ListStatus, ListBody, ListDomain, ListFactor, ListTrigger, ListClosure, ListAction, ListService, ListCategory,
		ListHandling, ListEmergency, ListFileType, ListOffer, ListRefusal, ListUnit, ListReopening, ListKeeping,
		ListText, ListMediator, ListAgreed, ListUnderstood, ListAsked, ListInterpreterSex,
	} {
		if len(d.Codes(key)) == 0 {
			return Data{}, wrong(key)
		}
	}
	l := d.Limits
	if min(l.FileBytes, l.FilesPerCase, l.StaleDays, l.LongestReviewDays, l.GlassMinutes) < 1 || l.FileBytes > maxFile {
		return Data{}, wrong("limits")
	}
	return d, nil
}

// Codes returns the codes of a list, in the order in which they are shown; none if there is no such
// list.
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

func days(n int64) time.Duration { return time.Duration(n) * 24 * time.Hour }
