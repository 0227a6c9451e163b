package profile

import (
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Act is what a body does on the way to a status of identification.
type Act string

// The acts.
const (
	Detect Act = "detect" // notice the signs; the bodies are codes of the network's list of detectors
	Decide Act = "decide" // decide a status
	Review Act = "review" // decide a status again, on review or appeal
)

// People says to whom a row applies.
type People string

// The people. Whose age is unknown follows the path of children.
const (
	Everybody People = ""
	Adults    People = "adults"
	Children  People = "children"
)

// Edge is a day that is known only to lie between two; they are the same where the source names the day.
type Edge struct {
	Earliest Date `json:"earliest,omitempty"` // empty: nobody says
	Latest   Date `json:"latest"`
}

// Identification says which bodies may take one step on the way to a status, in one country and one period.
type Identification struct {
	Key      string   `json:"key"`                // "formal-adults"
	Act      Act      `json:"act"`                //
	Status   string   `json:"status,omitempty"`   // code decided or reviewed; none where signs are noticed
	Named    string   `json:"named,omitempty"`    // message key: what the country calls the status, if otherwise
	People   People   `json:"people,omitempty"`   //
	By       []string `json:"by"`                 // types of body
	Together bool     `json:"together,omitempty"` // all of them, not any of them
	From     *Edge    `json:"from,omitempty"`     // first day; none: nobody says since when
	Until    *Edge    `json:"until,omitempty"`    // first day on which it held no longer; none: as far as the source knows it holds
	Text     string   `json:"text"`               // message key of the remark
	Origin   Origin   `json:"origin"`
}

// covers reports whether the row may have held on a day, and whether it is sure to have.
func (r Identification) covers(on Date) (may, sure bool) {
	may, sure = true, r.From != nil
	if r.From != nil {
		may, sure = on >= r.From.Earliest, on >= r.From.Latest
	}
	if r.Until != nil {
		may = may && on < r.Until.Latest
		sure = sure && r.Until.Earliest != "" && on < r.Until.Earliest
	}
	return may, may && sure
}

// The keys of the values about identification: the first three are lists of the network, the last is a country's.
const (
	listStatuses  = "identification.statuses"
	listBodies    = "identification.bodies"
	listDetectors = "identification.detectors"
	ownStatuses   = "identification.decided"
)

// Statuses returns the codes of every status of identification, of the network's list.
func (s Set) Statuses() []string { return s.List("", listStatuses) }

// Bodies returns the codes of every type of body that may decide a status, of the network's list.
func (s Set) Bodies() []string { return s.List("", listBodies) }

// Decided returns the codes of the statuses on which bodies of a country decide, whatever the status of that list: two
// where the country knows a preliminary one.
func (s Set) Decided(m id.Member) []string { return s.List(m, ownStatuses) }

// Answer says which bodies may take a step. Whoever shows it shows whether it is verified; nothing that the law gives,
// such as a clock or a transfer, may rest on an answer that is not.
type Answer struct {
	Bodies      []string     `json:"bodies"`      // types of body, each once; none: the profile does not say
	Rows        []Competence `json:"rows"`        // the rows that say so
	Verified    bool         `json:"verified"`    // every row is usable and sure to hold on that day, and there is one
	Unconfirmed []string     `json:"unconfirmed"` // keys of the items that a national administrator has to confirm first
}

// Competence is one row of an answer.
type Competence struct {
	Identification
	Sure bool `json:"sure"` // it held on that day; else the source leaves open whether it did
}

// Deciders returns which bodies may decide a status in a country on a day, for people of that kind.
//
// It fails with [fault.Invalid] and "profile.member" if the member has no profile, "profile.identification.status" if the
// network knows no such status, and "profile.identification.day" if on is no day.
func (s Set) Deciders(m id.Member, status string, people People, on Date) (Answer, error) {
	if !slices.Contains(s.Statuses(), status) {
		return Answer{}, fault.New(fault.Invalid, "profile.identification.status").With("status", status)
	}
	return s.Who(m, Decide, status, people, on)
}

// Who returns which bodies may take a step of any kind: [Set.Deciders] for all acts. Where signs are noticed there is no status.
//
// It fails as [Set.Deciders], except that a status unknown to the network has no rows.
func (s Set) Who(m id.Member, act Act, status string, people People, on Date) (Answer, error) {
	p, ok := s.countries[m]
	if !ok {
		return Answer{}, fault.New(fault.Invalid, "profile.member").With("member", string(m))
	}
	if !on.valid() {
		return Answer{}, fault.New(fault.Invalid, "profile.identification.day")
	}
	a := Answer{Bodies: []string{}, Rows: []Competence{}, Unconfirmed: []string{}}
	sure := true
	for _, r := range p.Identification {
		may, certain := r.covers(on)
		if r.Act != act || r.Status != status || r.People != Everybody && r.People != people || !may {
			continue
		}
		a.Rows = append(a.Rows, Competence{r, certain})
		for _, b := range r.By {
			if !slices.Contains(a.Bodies, b) {
				a.Bodies = append(a.Bodies, b)
			}
		}
		sure = sure && certain && r.Origin.Usable()
		if !r.Origin.Usable() && r.Origin.Status != Superseded {
			a.Unconfirmed = append(a.Unconfirmed, p.Code+"/identification."+r.Key)
		}
	}
	a.Verified = sure && len(a.Rows) > 0
	return a, nil
}
