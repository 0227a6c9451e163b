package profile

import (
	"slices"

	"github.com/opentrm/opentrm/internal/id"
)

// Instrument is one row of the matrix of prosecutors' cooperation: by which legal text a request of which kind goes from which members to
// which, and what may travel with it beside the record that tracks it.
type Instrument struct {
	Key     string      `json:"key"`               // "mla.coe-1959"
	Kinds   []string    `json:"kinds"`             // of request: "mla", "eio", "jit", "spontaneous"
	From    []id.Member `json:"from,omitempty"`    // members that may ask by it; none: every member
	To      []id.Member `json:"to,omitempty"`      // members that may be asked; none: every member
	Basis   string      `json:"basis"`             // key of the legal basis on which its envelopes cross a border
	Carries []string    `json:"carries,omitempty"` // what an envelope may carry beside the record: "spontaneous", "documents"
	Text    string      `json:"text"`              // message key of its name
	Origin  Origin      `json:"origin"`
}

// What an envelope may carry beside the record of a request.
const (
	CarriesSpontaneous = "spontaneous" // the facts of spontaneous information
	CarriesDocuments   = "documents"   // the whole request
)

// RequestKinds returns the kinds of request that an instrument may serve, in the order in which they are shown.
func RequestKinds() []string { return []string{"mla", "eio", "jit", "spontaneous"} }

// Serves reports whether a request of that kind from one member to another may name the instrument, usable or not.
func (i Instrument) Serves(from, to id.Member, kind string) bool {
	named := func(all []id.Member, m id.Member) bool { return len(all) == 0 || slices.Contains(all, m) }
	return from != to && named(i.From, from) && named(i.To, to) && slices.Contains(i.Kinds, kind)
}

// May reports whether an envelope may carry that beside the record. A row that is not usable lets nothing through.
func (i Instrument) May(carry string) bool {
	return i.Origin.Usable() && slices.Contains(i.Carries, carry)
}

// Instruments returns the rows of the matrix that serve a kind from one member to another, in the order of the file, usable or not.
func (s Set) Instruments(from, to id.Member, kind string) []Instrument {
	var all []Instrument
	for _, i := range s.network.Instruments {
		if i.Serves(from, to, kind) {
			all = append(all, i)
		}
	}
	return all
}

// Matrix returns every row of the matrix, in the order of the file.
func (s Set) Matrix() []Instrument { return s.network.clone().Instruments }

func (i Instrument) check() error {
	switch {
	case len(i.Kinds) == 0 || slices.ContainsFunc(i.Kinds, func(k string) bool { return !slices.Contains(RequestKinds(), k) }):
		return wrong(i.Key, "kinds")
	case slices.Contains(i.From, ""):
		return wrong(i.Key, "from")
	case slices.Contains(i.To, ""):
		return wrong(i.Key, "to")
	case slices.ContainsFunc(i.Carries, func(c string) bool { return c != CarriesSpontaneous && c != CarriesDocuments }):
		return wrong(i.Key, "carries")
	case slices.Contains(i.Carries, CarriesDocuments) && (len(i.From) != 1 || len(i.To) != 1):
		return wrong(i.Key, "carries") // documents are let through for a pair of countries, which agreed on it
	case i.Text == "":
		return wrong(i.Key, "text")
	}
	return nil
}
