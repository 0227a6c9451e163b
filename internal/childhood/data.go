package childhood

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
	ListRelation  = "relation"
	ListEnd       = "guardian-end"
	ListAbout     = "interest-about"
	ListBody      = "body"
	ListWeighed   = "weighed"
	ListHeard     = "heard"
	ListTold      = "told-about"
	ListToldHow   = "told-how"
	ListNoticeHow = "notice-how"
)

// The codes on which rules stand.
const (
	NotHeard    = "not-heard"            // of [ListHeard]: she was not, and why is said
	Conflicted  = "conflict-of-interest" // of [ListEnd]
	ByDocuments = "documents"            // a method: papers were seen; what they say outweighs an estimate
	OfSharing   = "sharing"              // of [ListTold]: what others are told of her
	OfReturn    = "return"
	OfPlan      = "plan"
	OfAgeing    = "of-age" // what changes when she is 18
)

// Method is a way of assessing how old somebody is.
type Method struct {
	Code string `json:"code"`
	Asks bool   `json:"asks"` // something of her: it needs her agreement and that of her guardian
}

// Limits are numbers that are no law and may differ between networks.
type Limits struct {
	LongestReviewDays int64 `json:"longest_review_days"` // after which her best interests are looked at again at the latest
	Records           int   `json:"records"`             // of one kind in one case
}

// Data is the methods, lists and limits of the path of a child.
type Data struct {
	Schema        string          `json:"schema"`
	Version       int64           `json:"version"`
	Methods       []Method        `json:"methods"`
	MethodsOrigin profile.Origin  `json:"methods_origin"`
	Lists         []casefile.List `json:"lists"`
	Limits        Limits          `json:"limits"`
	LimitsOrigin  profile.Origin  `json:"limits_origin"`
}

//go:embed data/childhood.json
var embedded string

var shipped = sync.OnceValues(func() (Data, error) { return ParseData([]byte(embedded)) })

// Shipped returns the data that this program was built with.
//
// It fails with [fault.Internal] if they are broken, which a test excludes.
func Shipped() (Data, error) {
	d, err := shipped()
	if err != nil {
		return Data{}, fault.Wrap(fault.Internal, "childhood.data", err)
	}
	return d, nil
}

// ParseData reads a data file of the path of a child.
//
// It fails with [fault.Invalid] if it is not of the form, lacks a list, a limit or a code on which a rule stands, or does not say where
// something comes from and how far it may be trusted.
func ParseData(b []byte) (Data, error) {
	wrong := func(field string) error {
		return fault.New(fault.Invalid, "childhood.data.field").With("field", field)
	}
	var d Data
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return Data{}, fault.Wrap(fault.Invalid, "childhood.data.form", err)
	}
	if d.Schema != "opentrm/childhood-data/1" || d.Version < 1 {
		return Data{}, wrong("schema")
	}
	if m, ok := d.Method(ByDocuments); !ok || m.Asks {
		return Data{}, wrong("methods")
	}
	for list, codes := range map[string][]string{
		ListRelation: nil, ListEnd: {Conflicted}, ListAbout: nil, ListBody: nil, ListWeighed: nil, ListHeard: {NotHeard},
		ListTold: {OfSharing, OfReturn, OfPlan, OfAgeing}, ListToldHow: nil, ListNoticeHow: nil,
	} {
		if len(d.Codes(list)) == 0 || slices.ContainsFunc(codes, func(c string) bool { return !d.Has(list, c) }) {
			return Data{}, wrong(list)
		}
	}
	origins := []profile.Origin{d.MethodsOrigin, d.LimitsOrigin}
	for _, l := range d.Lists {
		origins = append(origins, l.Origin)
	}
	for _, o := range origins {
		if o.Source == "" || !slices.Contains([]profile.Status{profile.Unverified, profile.Verified, profile.Confirmed}, o.Status) {
			return Data{}, wrong("origin")
		}
	}
	if d.Limits.LongestReviewDays < 1 || d.Limits.Records < 1 {
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

// Method returns a way of assessing an age.
func (d Data) Method(code string) (Method, bool) {
	i := slices.IndexFunc(d.Methods, func(m Method) bool { return m.Code == code })
	if i < 0 {
		return Method{}, false
	}
	return d.Methods[i], true
}

// MethodCodes returns the codes of the methods, in the order in which they are shown.
func (d Data) MethodCodes() []string {
	var all []string
	for _, m := range d.Methods {
		all = append(all, m.Code)
	}
	return all
}
