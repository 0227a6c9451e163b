package cooperation

import (
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
)

// The kinds of request.
const (
	MLA         = "mla"         // mutual legal assistance
	EIO         = "eio"         // European Investigation Order
	JIT         = "jit"         // scoping of a joint investigation team
	Spontaneous = "spontaneous" // information that nobody asked for
)

const (
	requestTag = "opentrm/cooperation-request/1"
	maxWire    = 1 << 20 // of a content in its canonical form, in bytes
	maxText    = 20000   // of one text
	maxLine    = 300
	maxItems   = 200 // of one sort
)

// Marks say how one item may be used and how far it may be trusted, by the codes that police services use between them.
type Marks struct {
	Handling    string `json:"handling"`            // H0 to H3
	Condition   string `json:"condition,omitempty"` // with H3, in words
	Source      string `json:"source"`              // of the source: A, B, C, X
	Information string `json:"information"`         // of what it says: 1 to 4
}

// DefaultMarks are those of an item of which nobody has said anything: not passed on without permission, and not evaluated.
func DefaultMarks() Marks { return Marks{Handling: "H2", Source: "X", Information: "4"} }

// Handlings returns the handling codes, the least strict first.
func Handlings() []string { return []string{"H0", "H1", "H2", "H3"} }

// Sources returns the evaluation codes of sources.
func Sources() []string { return []string{"A", "B", "C", "X"} }

// Informations returns the evaluation codes of information.
func Informations() []string { return []string{"1", "2", "3", "4"} }

// Categories returns what a person may be in a request: Directive (EU) 2016/680, article 6.
func Categories() []string { return []string{"suspect", "convicted", "victim", "witness", "other"} }

// Grounds returns what a statement may rest on: Directive (EU) 2016/680, article 7.
func Grounds() []string { return []string{"fact", "opinion"} }

// Acts returns the acts of article 3 of the Palermo Protocol, by which an offence is described, and the exchange or transfer of control that
// Directive 2011/36/EU, article 2(1), adds.
func Acts() []string {
	return []string{"recruitment", "transport", "transfer", "harbouring", "receipt", "control"}
}

// Means returns the means of the protocol.
func Means() []string {
	return []string{"threat", "force", "coercion", "abduction", "fraud", "deception", "abuse-of-power", "abuse-of-vulnerability", "payments"}
}

// Purposes returns the purposes of the protocol, and those that Directive 2011/36/EU as amended adds.
func Purposes() []string {
	return []string{
		"sexual-exploitation", "forced-labour", "child-labour", "servitude", "organ-removal", "forced-begging", "forced-crime", "forced-marriage",
		"forced-adoption", "surrogacy", "forced-military", "other",
	}
}

// MeasureCodes returns what may be asked for.
func MeasureCodes() []string {
	return []string{
		"hearing", "hearing-video", "documents", "search", "seizure", "bank", "telecommunications", "interception", "covert", "identification",
		"location", "freezing", "transfer-person", "service-documents", "witness-protection", "transfer-proceedings", "extradition", "team", "other",
	}
}

// Office is an authority and how it is reached. It names no person.
type Office struct {
	Name    string `json:"name"`
	Contact string `json:"contact"`
}

// Fact is one statement about what happened.
type Fact struct {
	Marks
	Ground  string    `json:"ground"` // fact or opinion
	Text    string    `json:"text"`
	Release id.Record `json:"release,omitempty"` // out of a file of assistance: by which release
}

// Offence is one offence as the law of the asking member names it.
type Offence struct {
	Marks
	Article  string   `json:"article"` // of national law, in words
	Acts     []string `json:"acts"`
	Means    []string `json:"means"`
	Purposes []string `json:"purposes"`
}

// Person is somebody whom the request concerns.
type Person struct {
	Marks
	Category    string    `json:"category"`
	Ground      string    `json:"ground"` // whether that she is one is a fact or an opinion
	Name        string    `json:"name"`
	Born        string    `json:"born,omitempty"` // in words
	Nationality string    `json:"nationality,omitempty"`
	Location    string    `json:"location,omitempty"`
	Release     id.Record `json:"release,omitempty"`
}

// Measure is one thing that is asked for.
type Measure struct {
	Marks
	Code        string `json:"code"`
	Text        string `json:"text"`
	Formalities string `json:"formalities,omitempty"` // to be kept so that it is evidence at home
}

// Paper is a document that goes by the official channel, by its digest.
type Paper struct {
	Marks
	Title  string `json:"title"`
	Digest string `json:"digest"` // SHA-256, lower-case hexadecimal
}

// Request is what is asked, as fields: spec/cooperation.md 2.
type Request struct {
	Schema       string      `json:"schema"`
	Thread       id.Thread   `json:"thread"`
	Kind         string      `json:"kind"`
	Instrument   string      `json:"instrument"` // key of the matrix row
	From         Office      `json:"from"`
	To           Office      `json:"to"`
	Language     string      `json:"language"` // of the words
	Answers      []string    `json:"answers"`  // languages in which an answer is read
	Subject      string      `json:"subject"`  // the proceedings: their nature, and who conducts them
	Purpose      string      `json:"purpose"`  // what for
	Confidential string      `json:"confidential,omitempty"`
	Urgent       string      `json:"urgent,omitempty"`
	Due          string      `json:"due,omitempty"` // day
	Conditions   string      `json:"conditions,omitempty"`
	Links        []id.Thread `json:"links"` // earlier requests between the two desks
	Facts        []Fact      `json:"facts"`
	Offences     []Offence   `json:"offences"`
	Persons      []Person    `json:"persons"`
	Measures     []Measure   `json:"measures"`
	Papers       []Paper     `json:"papers"`
}

func wrong(field string) error {
	return fault.New(fault.Invalid, "cooperation.field").With("field", field)
}

func (m Marks) check() error {
	switch {
	case !slices.Contains(Handlings(), m.Handling):
		return wrong("handling")
	case (m.Condition != "") != (m.Handling == "H3"), !person.Text(m.Condition, maxLine):
		return wrong("condition")
	case !slices.Contains(Sources(), m.Source):
		return wrong("source")
	case !slices.Contains(Informations(), m.Information):
		return wrong("information")
	}
	return nil
}

// said reports whether s is a text of at most n characters that says something.
func said(s string, n int) bool { return s != "" && person.Text(s, n) }

// of reports whether all are codes of a list, sorted, each once.
func of(all, list []string) bool {
	if all == nil || !slices.IsSorted(all) {
		return false
	}
	for i, c := range all {
		if !slices.Contains(list, c) || i > 0 && all[i-1] == c {
			return false
		}
	}
	return true
}

func (f Fact) check() error {
	switch {
	case !slices.Contains(Grounds(), f.Ground):
		return wrong("ground")
	case !said(f.Text, maxText):
		return wrong("text")
	}
	return f.Marks.check()
}

func (o Offence) check() error {
	switch {
	case !said(o.Article, maxLine):
		return wrong("article")
	case !of(o.Acts, sorted(Acts())):
		return wrong("acts")
	case !of(o.Means, sorted(Means())):
		return wrong("means")
	case !of(o.Purposes, sorted(Purposes())):
		return wrong("purposes")
	}
	return o.Marks.check()
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

func (p Person) check() error {
	switch {
	case !slices.Contains(Categories(), p.Category):
		return wrong("category")
	case !slices.Contains(Grounds(), p.Ground):
		return wrong("ground")
	case !said(p.Name, maxLine):
		return wrong("name")
	case !person.Text(p.Born, maxLine):
		return wrong("born")
	case !person.Text(p.Nationality, maxLine):
		return wrong("nationality")
	case !person.Text(p.Location, maxLine):
		return wrong("location")
	}
	return p.Marks.check()
}

func (m Measure) check() error {
	switch {
	case !slices.Contains(MeasureCodes(), m.Code):
		return wrong("code")
	case !said(m.Text, maxText):
		return wrong("text")
	case !person.Text(m.Formalities, maxText):
		return wrong("formalities")
	}
	return m.Marks.check()
}

func (p Paper) check() error {
	switch {
	case !said(p.Title, maxLine):
		return wrong("title")
	case !lowerHex(p.Digest):
		return wrong("digest")
	}
	return p.Marks.check()
}

// lowerHex reports whether s is a SHA-256 as this package writes it.
func lowerHex(s string) bool { return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == "" }

func day(s string) bool {
	t, err := time.Parse(time.DateOnly, s)
	return err == nil && t.Format(time.DateOnly) == s
}

// every checks the items of one sort.
func every[T interface{ check() error }](all []T, field string) error {
	if all == nil || len(all) > maxItems {
		return wrong(field)
	}
	for _, x := range all {
		if err := x.check(); err != nil {
			return err
		}
	}
	return nil
}

// head checks what a request and its record have in common.
func head(thread id.Thread, kind string, from, to Office, language string, answers []string, due string, links []id.Thread) error {
	if _, err := id.ParseRandom[id.Thread](string(thread)); err != nil {
		return wrong("thread")
	}
	for _, l := range links {
		if _, err := id.ParseRandom[id.Thread](string(l)); err != nil || l == thread {
			return wrong("links")
		}
	}
	office := func(o Office) bool { return said(o.Name, maxLine) && person.Text(o.Contact, maxLine) }
	switch {
	case !slices.Contains(profile.RequestKinds(), kind):
		return wrong("kind")
	case !office(from):
		return wrong("from")
	case !office(to):
		return wrong("to")
	case !person.Tag(language):
		return wrong("language")
	case len(answers) == 0 || len(answers) > 20 || !slices.IsSorted(answers) || slices.ContainsFunc(answers, func(t string) bool { return !person.Tag(t) }):
		return wrong("answers")
	case due != "" && !day(due):
		return wrong("due")
	case links == nil || len(links) > 50 || !slices.IsSorted(links):
		return wrong("links")
	}
	return nil
}

// Check reports whether the request is of the form in which it is kept: every item has its marks, every code is one of its list.
//
// It fails with [fault.Invalid] "cooperation.field", naming the field.
func (r Request) Check() error {
	if r.Schema != requestTag {
		return wrong("schema")
	}
	if err := head(r.Thread, r.Kind, r.From, r.To, r.Language, r.Answers, r.Due, r.Links); err != nil {
		return err
	}
	switch {
	case !said(r.Instrument, 64):
		return wrong("instrument")
	case !person.Text(r.Subject, maxText):
		return wrong("subject")
	case !person.Text(r.Purpose, maxText):
		return wrong("purpose")
	case !person.Text(r.Confidential, maxText):
		return wrong("confidential")
	case !person.Text(r.Urgent, maxText):
		return wrong("urgent")
	case !person.Text(r.Conditions, maxText):
		return wrong("conditions")
	}
	if err := every(r.Facts, "facts"); err != nil {
		return err
	}
	if err := every(r.Offences, "offences"); err != nil {
		return err
	}
	if err := every(r.Persons, "persons"); err != nil {
		return err
	}
	if err := every(r.Measures, "measures"); err != nil {
		return err
	}
	return every(r.Papers, "papers")
}

// Lacks returns what a request still lacks before it can be sent, as names of fields, in the order of the form: "subject", "facts". Contents
// of a request: United Nations Convention against Transnational Organized Crime, article 18(15), as domain 6.2 gives it.
func (r Request) Lacks() []string {
	var all []string
	lacks := func(field string, is bool) {
		if is {
			all = append(all, field)
		}
	}
	lacks("subject", r.Subject == "")
	lacks("purpose", r.Purpose == "")
	lacks("facts", len(r.Facts) == 0)
	lacks("offences", len(r.Offences) == 0 && r.Kind != Spontaneous)
	lacks("measures", len(r.Measures) == 0 && r.Kind != Spontaneous)
	return all
}

// Releases returns the releases out of which something stands in the request, each once.
func (r Request) Releases() []id.Record {
	var all []id.Record
	add := func(x id.Record) {
		if x != "" && !slices.Contains(all, x) {
			all = append(all, x)
		}
	}
	for _, f := range r.Facts {
		add(f.Release)
	}
	for _, p := range r.Persons {
		add(p.Release)
	}
	return all
}

// Strictest returns the strictest handling code of all items; H2 of none.
func (r Request) Strictest() string {
	most := ""
	take := func(m Marks) { most = max(most, m.Handling) }
	for _, x := range r.Facts {
		take(x.Marks)
	}
	for _, x := range r.Offences {
		take(x.Marks)
	}
	for _, x := range r.Persons {
		take(x.Marks)
	}
	for _, x := range r.Measures {
		take(x.Marks)
	}
	for _, x := range r.Papers {
		take(x.Marks)
	}
	if most == "" {
		return DefaultMarks().Handling
	}
	return most
}

// Outward returns the request as it is shown to others: without the identifiers of releases, which are of this node.
func (r Request) Outward() Request {
	r.Facts, r.Persons = slices.Clone(r.Facts), slices.Clone(r.Persons)
	for i := range r.Facts {
		r.Facts[i].Release = ""
	}
	for i := range r.Persons {
		r.Persons[i].Release = ""
	}
	return r
}

// Canonical returns the one form of the request as others see it, which its digest is of and which goes with the documents.
//
// It fails as [frame.Encode].
func (r Request) Canonical() ([]byte, error) { return frame.Encode(r.Outward()) }

// ParseRequest reads a request strictly.
//
// It fails with [fault.Invalid], and [fault.TooLarge].
func ParseRequest(b []byte) (Request, error) {
	var r Request
	if err := frame.Decode(b, maxWire, &r); err != nil {
		return Request{}, err
	}
	return r, r.Check()
}
