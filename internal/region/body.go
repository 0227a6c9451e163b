package region

import (
	"bytes"
	"slices"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// step says what an envelope of the kind is for.
type step string

const (
	ask     step = "ask"     // the plan
	give    step = "give"    // the protected table of a member
	decline step = "decline" // it gives none, and why
	told    step = "told"    // what was published
)

// The reasons of a member that gives nothing.
const (
	ByLaw   = "law"   // its law does not permit it
	NoData  = "data"  // it does not hold what is asked
	Unsafe  = "small" // what it would give tells of single persons
	NotThis = "other" // any other
)

// Reasons returns the codes in the order in which they are offered.
func Reasons() []string { return []string{ByLaw, NoData, Unsafe, NotThis} }

const (
	digestSize = 32      // SHA-256
	mostNumber = 1000    // corrections of one contribution
	mostCount  = 1 << 40 // persons in one cell
)

// body is the body of a control of the kind: spec/regional-release.md 3.
type body struct {
	Step    step      `json:"step"`
	Release string    `json:"release"`
	Plan    seal.Blob `json:"plan"`    // of ask; else empty
	Digest  seal.Blob `json:"digest"`  // SHA-256 of the plan; of ask empty
	Number  int64     `json:"number"`  // of give: from 1; else 0
	Counts  []int64   `json:"counts"`  // of give: inner cells; else empty
	Persons seal.Blob `json:"persons"` // of give: what a count of persons has told, or empty; else empty
	Reason  string    `json:"reason"`  // of decline; else empty
	Result  seal.Blob `json:"result"`  // of told; else empty
}

// parseBody reads the body of a control strictly. Plan, persons and result are read by who takes them.
//
// It fails with [fault.Invalid].
func parseBody(c envelope.Control) (body, error) {
	var b body
	if err := c.DecodeBody(&b); err != nil {
		return body{}, err
	}
	if _, err := id.ParseRandom[id.Thread](b.Release); err != nil {
		return body{}, envelope.WrongBody("release")
	}
	switch {
	case b.Step != ask && b.Step != give && b.Step != decline && b.Step != told:
		return body{}, envelope.WrongBody("step")
	case (b.Step == ask) != (len(b.Plan) > 0):
		return body{}, envelope.WrongBody("plan")
	case (b.Step == ask) != (len(b.Digest) == 0), len(b.Digest) != 0 && len(b.Digest) != digestSize:
		return body{}, envelope.WrongBody("digest")
	case (b.Step == give) != (b.Number > 0), b.Number < 0 || b.Number > mostNumber:
		return body{}, envelope.WrongBody("number")
	case b.Counts == nil, (b.Step == give) != (len(b.Counts) > 0), len(b.Counts) > MostCells:
		return body{}, envelope.WrongBody("counts")
	case slices.ContainsFunc(b.Counts, func(n int64) bool { return n < 0 || n >= mostCount }):
		return body{}, envelope.WrongBody("counts")
	case b.Step != give && len(b.Persons) > 0:
		return body{}, envelope.WrongBody("persons")
	case (b.Step == decline) != (b.Reason != ""), b.Reason != "" && !slices.Contains(Reasons(), b.Reason):
		return body{}, envelope.WrongBody("reason")
	case (b.Step == told) != (len(b.Result) > 0):
		return body{}, envelope.WrongBody("result")
	}
	return b, nil
}

// Persons is what a count of persons over members has told of the months: how many different persons, with what noise.
type Persons struct {
	Run     string      `json:"run"`
	Members []id.Member `json:"members"` // who counted together
	Persons int64       `json:"persons"`
	Low     int64       `json:"low"`     // of the interval of 95 %
	High    int64       `json:"high"`    // both included
	Noise   int64       `json:"noise"`   // what noise exceeds on either side in 5 of 100 cases
	Epsilon int64       `json:"epsilon"` // what it may tell of one record, in thousandths
}

// parsePersons reads what a count has told strictly; nil for nothing.
//
// It fails with [fault.Invalid], and [fault.TooLarge].
func parsePersons(b []byte) (*Persons, error) {
	if len(b) == 0 {
		return nil, nil
	}
	var p Persons
	if err := frame.Decode(b, 4<<10, &p); err != nil {
		return nil, err
	}
	if _, err := id.ParseRandom[id.Thread](p.Run); err != nil {
		return nil, wrong("run")
	}
	switch {
	case len(p.Members) < 2 || len(p.Members) > MostMembers || !slices.IsSorted(p.Members):
		return nil, wrong("members")
	case p.Low < 0 || p.Persons < p.Low || p.High < p.Persons || p.High >= mostCount:
		return nil, wrong("persons")
	case p.Noise < 0 || p.Noise >= mostCount || p.Epsilon < 1 || p.Epsilon > 1_000_000:
		return nil, wrong("noise")
	}
	return &p, nil
}

// same reports whether two counts told the same.
func (p *Persons) same(o *Persons) bool {
	a, err1 := frame.Encode(p)
	b, err2 := frame.Encode(o)
	return err1 == nil && err2 == nil && bytes.Equal(a, b)
}
