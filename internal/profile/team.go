package profile

import (
	"slices"

	"github.com/opentrm/opentrm/internal/id"
)

// Team says who sits in a body of several members, how many of each kind have to sign what it decides, and how many kinds have to be
// there. While nothing may rest on it, it is shown as what it is, and refuses nothing.
type Team struct {
	Key    string `json:"key"`              // of the row of [Identification] by which the team decides
	Seats  []Seat `json:"seats"`            //
	Quorum int    `json:"quorum,omitempty"` // kinds of seat that have to be there; 0: nobody says
	Text   string `json:"text"`             // message key of the remark
	Origin Origin `json:"origin"`
}

// Seat is one kind of member of a team.
type Seat struct {
	Kind string `json:"kind"`           // of the network's list: "medical"
	Sign int    `json:"sign,omitempty"` // how many of this kind have to sign; 0: nobody says that they do
}

// listSeats is the network's list of the kinds of seat.
const listSeats = "identification.seats"

// Seats returns the kinds of seat that a team may have, of the network's list.
func (s Set) Seats() []string { return s.List("", listSeats) }

// TeamOf returns who sits in the team that decides by a row of a country; false if nobody says.
func (s Set) TeamOf(m id.Member, row string) (Team, bool) {
	for _, t := range s.countries[m].Teams {
		if t.Key == row {
			return t, true
		}
	}
	return Team{}, false
}

func (t Team) check() error {
	kinds := map[string]bool{}
	for _, x := range t.Seats {
		if x.Kind == "" || kinds[x.Kind] || x.Sign < 0 || x.Sign > 9 {
			return wrong(t.Key, "seats")
		}
		kinds[x.Kind] = true
	}
	switch {
	case len(t.Seats) == 0 || len(t.Seats) > 20:
		return wrong(t.Key, "seats")
	case t.Quorum < 0 || t.Quorum > len(t.Seats):
		return wrong(t.Key, "quorum")
	case t.Text == "":
		return wrong(t.Key, "text")
	}
	return nil
}

// teams finds kinds of seat that are on no list, and teams of no row.
func (l *linter) teams() {
	seats := l.set.Seats()
	for _, p := range l.all() {
		l.code = p.Code
		for _, t := range p.Teams {
			if !slices.ContainsFunc(p.Identification, func(r Identification) bool { return r.Key == t.Key }) {
				l.add(lintReference, t.Key, "identification")
			}
			for _, x := range t.Seats {
				if !slices.Contains(seats, x.Kind) {
					l.add(lintReference, t.Key, listSeats)
				}
			}
		}
	}
	l.code = Network
}
