package screening

import (
	_ "embed"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/person"
)

// Status says how far an item may be trusted.
type Status string

// The statuses of an item. Only what is verified may be called official.
const (
	Verified   Status = "verified"   // the text of the source was read
	Secondary  Status = "secondary"  // taken from another text about the source
	Unverified Status = "unverified" // nobody has read the text that it rests on
)

// Origin says where an item comes from and how far it may be trusted.
type Origin struct {
	Source   string `json:"source"`
	Citation string `json:"citation"`
	Status   Status `json:"status"`
}

// Strength of an indicator, as its source grades it.
type Strength string

// The strengths.
const (
	Strong Strength = "strong"
	Medium Strength = "medium"
	Weak   Strength = "weak"
)

// rank orders strengths; 0 is none.
func (s Strength) rank() int { return slices.Index([]Strength{"", Weak, Medium, Strong}, s) }

// Suggestion is all that can come out of a screening. It is about answers, not about a person.
type Suggestion string

// The suggestions, the weakest first.
const (
	None       Suggestion = "none"        // these answers suggest nothing
	LookCloser Suggestion = "look-closer" // some of them ask for a closer look
	Indicated  Suggestion = "indicated"   // they suggest trafficking
)

// Suggestions returns every suggestion, the weakest first.
func Suggestions() []Suggestion { return []Suggestion{None, LookCloser, Indicated} }

func (s Suggestion) rank() int { return slices.Index(Suggestions(), s) }

// Set is the indicators of one form of exploitation. One without indicators is not loaded and judges nothing.
type Set struct {
	Form   string          `json:"form"` // code: "adult-labour"
	Age    person.AgeClass `json:"age"`  // "child" or "adult": whom it is for
	Text   string          `json:"text"` // message key
	Origin string          `json:"origin"`
}

// Dimension is one element of the definition that indicators speak about.
type Dimension struct {
	Key  string `json:"key"`
	Text string `json:"text"` // message key
}

// Indicator is one sign and how strong it is in one set.
type Indicator struct {
	Form      string   `json:"form"` // the set
	Dimension string   `json:"dimension"`
	ID        string   `json:"id"` // "5.1": the first of the fifth dimension
	Strength  Strength `json:"strength"`
	Text      string   `json:"text"` // message key
	Origin    string   `json:"origin"`
}

// DimensionRule says which answers meet a dimension: for each need another yes that is at least as strong.
type DimensionRule struct {
	Key    string     `json:"key"`
	Needs  []Strength `json:"needs"` // the strongest first
	Text   string     `json:"text"`  // message key
	Origin string     `json:"origin"`
}

// WholeRule says which dimensions, met together, lead to a suggestion: one of each group.
type WholeRule struct {
	Key        string     `json:"key"`
	Forms      []string   `json:"forms"` // the sets that it judges
	Needs      [][]string `json:"needs"` // groups of dimensions
	Suggestion Suggestion `json:"suggestion"`
	Text       string     `json:"text"` // message key
	Origin     string     `json:"origin"`
}

// Observation is something that can be seen without asking. It has no strength and changes no suggestion.
type Observation struct {
	ID     string `json:"id"`
	Group  string `json:"group"` // code: "general"
	Text   string `json:"text"`  // message key
	Origin string `json:"origin"`
}

// Data is the indicators and rules; see spec/schema/screening-data.json.
type Data struct {
	Schema         string            `json:"schema"`
	Version        int64             `json:"version"` // rises by one with each change
	Origins        map[string]Origin `json:"origins"` // by the name that items use
	Sets           []Set             `json:"sets"`
	Dimensions     []Dimension       `json:"dimensions"`
	DimensionRules []DimensionRule   `json:"dimension_rules"`
	WholeRules     []WholeRule       `json:"whole_rules"`
	Indicators     []Indicator       `json:"indicators"`
	Observations   []Observation     `json:"observations"`
}

// DataSchema is the name and version of the file form.
const DataSchema = "opentrm/screening-data/1"

//go:embed data/screening.json
var embedded string

var shipped = sync.OnceValues(func() (Data, error) { return ParseData([]byte(embedded)) })

// Shipped returns the data that this program was built with. Nobody may change what it returns.
//
// It fails with [fault.Internal] if they are broken, which a test excludes.
func Shipped() (Data, error) {
	d, err := shipped()
	if err != nil {
		return Data{}, fault.Wrap(fault.Internal, "screening.data", err)
	}
	return d, nil
}

// ParseData reads a data file.
//
// It fails with [fault.Invalid] if it is not of the form, names what it does not have, or breaks a rule of the form.
func ParseData(b []byte) (Data, error) {
	var d Data
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	err := dec.Decode(&d)
	if err == nil {
		if _, end := dec.Token(); end != io.EOF {
			return Data{}, fault.New(fault.Invalid, "screening.data.form")
		}
		return d, d.check()
	}
	return Data{}, fault.Wrap(fault.Invalid, "screening.data.form", err)
}

// Of returns the origin of an item by the name that the item uses.
func (d Data) Of(origin string) Origin { return d.Origins[origin] }

// In returns the indicators of a set, in their order; none if it is not loaded.
func (d Data) In(form string) []Indicator {
	var all []Indicator
	for _, i := range d.Indicators {
		if i.Form == form {
			all = append(all, i)
		}
	}
	return all
}

func wrong(field string) error {
	return fault.New(fault.Invalid, "screening.data.field").With("field", field)
}

// check finds what a data file may not contain.
func (d Data) check() error {
	if d.Schema != DataSchema || d.Version < 1 {
		return wrong("schema")
	}
	for name, o := range d.Origins {
		if o.Source == "" || o.Citation == "" || !slices.Contains([]Status{Verified, Secondary, Unverified}, o.Status) {
			return wrong("origins." + name)
		}
	}
	if len(d.Sets) == 0 || len(d.Dimensions) == 0 || len(d.DimensionRules) == 0 || len(d.WholeRules) == 0 {
		return wrong("sets")
	}
	seen := map[string]bool{}
	item := func(key, text, origin string) error { // what every item has
		_, known := d.Origins[origin]
		if seen[key] || strings.HasSuffix(key, "/") || text == "" || !known {
			return wrong(key)
		}
		seen[key] = true
		return nil
	}
	for _, s := range d.Sets {
		if err := item("set/"+s.Form, s.Text, s.Origin); err != nil {
			return err
		}
		if s.Age != person.Child && s.Age != person.Adult {
			return wrong("set/" + s.Form)
		}
	}
	for _, m := range d.Dimensions {
		if seen["dimension/"+m.Key] || m.Key == "" || m.Text == "" {
			return wrong("dimension/" + m.Key)
		}
		seen["dimension/"+m.Key] = true
	}
	for _, i := range d.Indicators {
		key := "indicator/" + i.Form + "/" + i.ID
		if err := item(key, i.Text, i.Origin); err != nil {
			return err
		}
		if i.ID == "" || !seen["set/"+i.Form] || !seen["dimension/"+i.Dimension] || i.Strength.rank() < 1 {
			return wrong(key)
		}
	}
	for _, o := range d.Observations {
		if err := item("observation/"+o.ID, o.Text, o.Origin); err != nil {
			return err
		}
		if o.Group == "" {
			return wrong("observation/" + o.ID)
		}
	}
	return d.checkRules(item, seen)
}

// checkRules finds rules that could not be met, or would be met by nothing.
func (d Data) checkRules(item func(key, text, origin string) error, seen map[string]bool) error {
	for _, r := range d.DimensionRules {
		key := "dimension-rule/" + r.Key
		if err := item(key, r.Text, r.Origin); err != nil {
			return err
		}
		last := Strong.rank()
		for _, n := range r.Needs {
			if n.rank() < 1 || n.rank() > last {
				return wrong(key)
			}
			last = n.rank()
		}
		if len(r.Needs) == 0 {
			return wrong(key)
		}
	}
	for _, r := range d.WholeRules {
		key := "whole-rule/" + r.Key
		if err := item(key, r.Text, r.Origin); err != nil {
			return err
		}
		if len(r.Needs) == 0 || len(r.Forms) == 0 || r.Suggestion.rank() <= None.rank() {
			return wrong(key)
		}
		for _, group := range r.Needs {
			if len(group) == 0 || slices.ContainsFunc(group, func(m string) bool { return !seen["dimension/"+m] }) {
				return wrong(key)
			}
		}
		if slices.ContainsFunc(r.Forms, func(f string) bool { return !seen["set/"+f] }) {
			return wrong(key)
		}
	}
	return nil
}
