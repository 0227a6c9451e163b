package conference

import (
	"slices"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// The kinds of sealed records of a case that are about a conference.
const (
	KindCall     = "conference"
	KindMinutes  = "conference-minutes"
	KindText     = "conference-text"
	KindSheet    = "conference-sheet"
	KindProtocol = "conference-protocol"
)

const (
	maxText  = 200
	maxNote  = 20000
	maxItems = 50
	maxSeats = 20
)

// Item is one item of the agenda. A seat sees it if its basis covers the category.
type Item struct {
	N        int64        `json:"n"`
	Title    string       `json:"title"`
	Category consent.Code `json:"category"` // what is spoken about
}

// Outsider is who takes part without a desk at this node. She is told what is said in the room, sees nothing here and signs nothing here.
type Outsider struct {
	Role         string `json:"role"` // what she sits there as: code of the network's list of seats
	Organisation string `json:"organisation"`
	Name         string `json:"name,omitempty"`
	Basis        string `json:"basis"` // by what she may hear it, in words
}

// Call is what a conference is called with.
type Call struct {
	Conference id.Conference `json:"conference"`
	Place      string        `json:"place"` // where, or by which line
	Agenda     []Item        `json:"agenda"`
	Outside    []Outsider    `json:"outside,omitempty"`
}

// Check reports whether the call can stand.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Call) Check() error {
	switch {
	case x.Conference == "":
		return bad("conference")
	case !person.Text(x.Place, 500):
		return bad("place")
	case len(x.Agenda) == 0 || len(x.Agenda) > maxItems:
		return bad("agenda")
	case len(x.Outside) > maxSeats:
		return bad("outside")
	}
	for i, a := range x.Agenda {
		if a.N != int64(i+1) || a.Title == "" || !person.Text(a.Title, 500) || !category(a.Category) {
			return bad("agenda")
		}
	}
	for _, o := range x.Outside {
		if o.Role == "" || !person.Text(o.Role, 64) || o.Organisation == "" || !person.Text(o.Organisation, maxText) || !person.Text(o.Name, maxText) || o.Basis == "" || !person.Text(o.Basis, 500) {
			return bad("outside")
		}
	}
	return nil
}

func (x Call) of() id.Conference { return x.Conference }

// category reports whether a code is one of the categories of consents.
func category(c consent.Code) bool {
	return slices.ContainsFunc(consent.Categories(), func(k consent.Category) bool { return k.Code == c })
}

// Attendance says whether a seat was taken.
type Attendance struct {
	Seat  int64  `json:"seat"`
	There bool   `json:"there"`
	Why   string `json:"why,omitempty"` // it was absent, code
	Note  string `json:"note,omitempty"`
}

// Dissent is that somebody did not agree, and why.
type Dissent struct {
	Who string `json:"who"` // as what she sat there
	Why string `json:"why"`
}

// Said is what was said to an item of the agenda.
type Said struct {
	Item     int64     `json:"item"`
	Text     string    `json:"text"`
	Dissents []Dissent `json:"dissents,omitempty"`
}

// Hearing is whether she took part or was heard. She is asked; nothing is required of her.
type Hearing struct {
	How   string `json:"how"`             // code
	Why   string `json:"why,omitempty"`   // she was not asked or not reached: why
	Words string `json:"words,omitempty"` // what she wanted the conference to know
	Told  bool   `json:"told"`            // she knows who sits there and what they see
}

// Minutes is what was said.
type Minutes struct {
	Conference id.Conference `json:"conference"`
	On         string        `json:"on"`       // yyyy-mm-dd
	Language   string        `json:"language"` // of the minutes, BCP 47
	Seats      []Attendance  `json:"seats"`    // each seat, in the order of the numbers
	Items      []Said        `json:"items"`
	Hearing    Hearing       `json:"hearing"`
}

// Check reports whether the minutes can stand.
//
// It fails with [fault.Invalid]: "conference.field" and the field that is wrong; "conference.hearing" if it is not said whether she took
// part or was heard, or not why nobody asked her.
func (x Minutes) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case x.Conference == "":
		return bad("conference")
	case !person.Day(x.On):
		return bad("on")
	case !person.Tag(x.Language):
		return bad("language")
	case len(x.Seats) == 0 || len(x.Seats) > maxSeats:
		return bad("seats")
	case len(x.Items) > maxItems:
		return bad("items")
	case !person.Text(x.Hearing.Why, 2000):
		return bad("hearing")
	case !person.Text(x.Hearing.Words, maxNote):
		return bad("hearing")
	}
	for _, a := range x.Seats {
		if a.There == d.Has(ListAbsence, a.Why) || a.There && a.Why != "" || !person.Text(a.Note, 2000) {
			return bad("seats")
		}
	}
	for i, s := range x.Items {
		if s.Text == "" || !person.Text(s.Text, maxNote) || i > 0 && x.Items[i-1].Item >= s.Item || len(s.Dissents) > maxSeats {
			return bad("items")
		}
		for _, o := range s.Dissents {
			if o.Who == "" || !person.Text(o.Who, maxText) || o.Why == "" || !person.Text(o.Why, 2000) {
				return bad("dissents")
			}
		}
	}
	unasked := slices.Contains([]string{"not-asked", "unsafe-to-ask", "too-young", "not-reached"}, x.Hearing.How)
	if !d.Has(ListHearing, x.Hearing.How) || unasked && x.Hearing.Why == "" {
		return fault.New(fault.Invalid, "conference.hearing").With("field", "hearing")
	}
	return nil
}

func (x Minutes) of() id.Conference { return x.Conference }

// TextForm names the form of what is signed.
const TextForm = "opentrm/conference/1"

// Part is a seat as it stands in a text.
type Part struct {
	Seat  int64   `json:"seat"`
	Desk  id.Desk `json:"desk"`
	Kind  string  `json:"kind"`
	There bool    `json:"there"`
	Why   string  `json:"why,omitempty"` // it was absent, code
	Signs bool    `json:"signs"`
}

// Text is what was decided, as everybody signs it.
type Text struct {
	Form       string             `json:"form"`
	Conference id.Conference      `json:"conference"`
	Case       id.Case            `json:"case"`
	Draft      int64              `json:"draft"`
	Purpose    string             `json:"purpose"`
	On         string             `json:"on"` // of the minutes, yyyy-mm-dd
	Decision   *casefile.Decision `json:"decision,omitempty"`
	Words      string             `json:"words,omitempty"`
	Category   consent.Code       `json:"category,omitempty"` // of the words
	Parts      []Part             `json:"parts"`              // every seat
	Team       casefile.Standing  `json:"team"`               // what the profile said of who decides together, when it was written
	By         id.User            `json:"by"`
	At         frame.Time         `json:"at"`
}

// Check reports whether the text can be signed.
//
// It fails with [fault.Invalid] and the field that is wrong, and as [casefile.Decision.Check].
func (x Text) Check() error {
	switch {
	case x.Form != TextForm || x.Conference == "" || x.Case == "" || x.Draft < 1 || x.By == "" || x.At <= 0:
		return bad("text")
	case !person.Day(x.On):
		return bad("on")
	case x.Decision == nil && x.Words == "" || !person.Text(x.Words, maxNote):
		return bad("words")
	case (x.Words != "") != category(x.Category):
		return bad("category")
	case len(x.Parts) == 0 || len(x.Parts) > maxSeats || !slices.ContainsFunc(x.Parts, func(p Part) bool { return p.Signs }):
		return bad("signs")
	case !slices.Contains([]casefile.Standing{casefile.Competent, casefile.Unverified, casefile.Unstated}, x.Team):
		return bad("team")
	}
	for i, p := range x.Parts {
		if i > 0 && x.Parts[i-1].Seat >= p.Seat || p.Desk == "" || p.Kind == "" {
			return bad("signs")
		}
	}
	if x.Decision == nil {
		return nil
	}
	if x.Decision.Standing != "" {
		return bad("standing")
	}
	return x.Decision.Check()
}

func (x Text) of() id.Conference { return x.Conference }

// needs are the categories that who reads the text has to be allowed to see.
func (x Text) needs() []consent.Code {
	var out []consent.Code
	if x.Words != "" {
		out = append(out, x.Category)
	}
	if x.Decision != nil {
		if out = append(out, categoryStatus); x.Decision.Grounds != "" {
			out = append(out, categoryAccount)
		}
	}
	return out
}

// The categories under which a decision on her status stands.
const (
	categoryStatus  consent.Code = "legal.status"
	categoryAccount consent.Code = "exploitation.summary"
)

// part returns a seat as it stands in the text.
func (x Text) part(n int64) (Part, bool) {
	i := slices.IndexFunc(x.Parts, func(p Part) bool { return p.Seat == n })
	if i < 0 {
		return Part{}, false
	}
	return x.Parts[i], true
}
