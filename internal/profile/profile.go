package profile

import (
	"encoding/json"

	"github.com/opentrm/opentrm/internal/id"
)

// Status says how far an item may be trusted.
type Status string

// The statuses of an item.
const (
	Unverified Status = "unverified" // nobody has read the text that it rests on
	Verified   Status = "verified"   // the text was read; the source is named
	Superseded Status = "superseded" // it held once
	Confirmed  Status = "confirmed"  // a named national administrator confirmed it here
)

// Origin says where an item comes from and how far it may be trusted.
type Origin struct {
	Source      string  `json:"source"`                 // what was read, or who proposed it
	Citation    string  `json:"citation,omitempty"`     // article, page or address
	Status      Status  `json:"status"`                 //
	ConfirmedBy id.User `json:"confirmed_by,omitempty"` // with status confirmed only
	ConfirmedOn Date    `json:"confirmed_on,omitempty"` // with status confirmed only
	Fictitious  bool    `json:"fictitious,omitempty"`   // confirmed for a demonstration; true of no country
	Description bool    `json:"description,omitempty"`  // what was read describes the law or the practice, and is not itself the law
}

// Usable reports whether a transfer or a legal clock may rest on the item. On a description, which may be out of date, it
// may only when it is confirmed.
func (o Origin) Usable() bool {
	return o.Status == Verified && !o.Description || o.Status == Confirmed
}

// Date is a calendar day, "2026-11-23".
type Date string

// Profile is one file: the network's defaults, or what differs in one country.
type Profile struct {
	Schema    string      `json:"schema"`  // SchemaName
	Code      string      `json:"profile"` // "network", or the code of a member
	Version   int         `json:"version"` // rises by one with each change
	Values    []Value     `json:"values"`
	Bases     []Basis     `json:"bases,omitempty"`
	Rules     []RuleRow   `json:"rules,omitempty"`
	Clocks    []Clock     `json:"clocks,omitempty"`
	Pairs     []Pair      `json:"pairs,omitempty"`
	Calendars []Calendar  `json:"calendars,omitempty"`
	Rendering []Rendering `json:"rendering,omitempty"`

	Identification []Identification `json:"identification,omitempty"`
	Retention      []Retention      `json:"retention,omitempty"`
	Teams          []Team           `json:"teams,omitempty"`
	Instruments    []Instrument     `json:"instruments,omitempty"`
}

// SchemaName is the name and version of the file form; see spec/schema/profile.json.
const SchemaName = "opentrm/profile/1"

// Network is the code of the profile that holds the defaults of the network.
const Network = "network"

// Value is one fact about a country: a flag, a text, a number or a list.
type Value struct {
	Key    string          `json:"key"` // "eu-member"
	Value  json.RawMessage `json:"value"`
	Origin Origin          `json:"origin"`
}

// Sector says what kind of body sends or receives.
type Sector string

// The sectors.
const (
	SectorAuthority     Sector = "authority"     // a public authority
	SectorService       Sector = "service"       // an NGO or a service run by an international organisation
	SectorJustice       Sector = "justice"       // police or prosecutor
	SectorInternational Sector = "international" // an international organisation itself: IOM, a UN body
)

// Sectors returns every sector.
func Sectors() []Sector {
	return []Sector{SectorAuthority, SectorService, SectorJustice, SectorInternational}
}

// Zone says where a transfer starts or ends, as far as data-protection law is concerned.
type Zone string

// The zones.
const (
	Home   Zone = "home"   // the same member on both sides
	EU     Zone = "eu"     // a member state of the European Union
	NonEU  Zone = "non-eu" // another state
	BodyIO Zone = "io"     // an international organisation, wherever it is
)

// Basis is one legal basis on which a transfer may rest.
type Basis struct {
	Key     string `json:"key"`     // "consent"
	Consent bool   `json:"consent"` // it is the consent of the person
	Text    string `json:"text"`    // message key
	Origin  Origin `json:"origin"`
}

// RuleRow says on which bases a transfer of one kind may rest.
type RuleRow struct {
	Key          string    `json:"key"`
	From         Zone      `json:"from"`
	FromSector   Sector    `json:"from_sector"`
	To           Zone      `json:"to"`
	ToSectors    []Sector  `json:"to_sectors"`
	Kinds        []string  `json:"kinds"`                // kinds of transfer: "referral", "cooperation"
	Bases        []string  `json:"bases"`                // keys of bases; empty: nothing is permitted
	Refusals     []Refusal `json:"refusals,omitempty"`   // bases that a law forbids here, with the reason
	NeedsConsent bool      `json:"needs_consent"`        // who she is goes only under a consent of hers, or the emergency path, whatever the basis
	Occasional   bool      `json:"occasional,omitempty"` // permitted case by case, not as a channel
	Text         string    `json:"text"`                 // message key of the explanation
	Origin       Origin    `json:"origin"`
}

// Refusal is a basis that a law forbids for a row. It holds whatever the status of its origin.
type Refusal struct {
	Basis  string `json:"basis"`
	Fault  string `json:"fault"` // message key of the refusal
	Origin Origin `json:"origin"`
}

// Unit is how a length is counted.
type Unit string

// The units.
const (
	Hours       Unit = "hours"        // of elapsed time
	Days        Unit = "days"         // of the calendar; the day of the start is not counted
	WorkingDays Unit = "working-days" // of a working calendar; the day of the start is not counted
	Months      Unit = "months"       // of the calendar, to the end of the day with the same number
)

// Length is a span of time, counted in a unit.
type Length struct {
	N    int  `json:"n"`
	Unit Unit `json:"unit"`
}

// Step is one step of an escalation: whom the node tells when the clock has run that far.
type Step struct {
	AtPercent int    `json:"at_percent"` // of the length of the clock: 100 is the deadline itself
	To        string `json:"to"`         // "desk", "deputy", "coordinator", "other-coordinator"
}

// Clock is a deadline: how long, from what event, with which reminder and whom to tell.
type Clock struct {
	Key            string  `json:"key"`                       // "acknowledge"
	Legal          bool    `json:"legal"`                     // it is law: it does not start before it is usable
	Start          string  `json:"start"`                     // event that starts it: "delivered"
	Length         Length  `json:"length"`                    //
	Urgent         *Length `json:"urgent,omitempty"`          // if marked as urgent
	Longest        *Length `json:"longest,omitempty"`         // where the source gives a range
	AtLeast        bool    `json:"at_least,omitempty"`        // the length is a minimum; national law may give more
	RemindPercent  int     `json:"remind_percent,omitempty"`  // of the length; 0: no reminder
	Escalation     []Step  `json:"escalation,omitempty"`      //
	UntilConfirmed string  `json:"until_confirmed,omitempty"` // network clock to display while this one is not usable
	Text           string  `json:"text"`                      // message key
	Origin         Origin  `json:"origin"`
}

// Starts reports whether the clock may be started: law only when it is usable, an agreement always, unless
// it was superseded.
func (c Clock) Starts() bool {
	return c.Origin.Usable() || !c.Legal && c.Origin.Status == Unverified
}

// Pair overrides a clock of the network for referrals from one member to another.
type Pair struct {
	From  id.Member `json:"from"`
	To    id.Member `json:"to"`
	Clock Clock     `json:"clock"`
}

// Rendering is a rule for writing or drawing the name of a member. It holds whatever its status.
type Rendering struct {
	Key       string    `json:"key"`
	Member    id.Member `json:"member"`
	Mark      string    `json:"mark"`        // put after the name: "*"
	Footnote  string    `json:"footnote"`    // message key of the note that belongs to the mark
	Border    string    `json:"border"`      // how its border is drawn: "dashed"
	CodeInISO bool      `json:"code_in_iso"` // the code is part of ISO 3166-1
	Origin    Origin    `json:"origin"`
}
