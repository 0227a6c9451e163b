package directory

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Part is what of an organisation can end.
type Part string

// The parts.
const (
	Whole       Part = "organisation"
	OneService  Part = "service"
	PublicPlace Part = "place"
	HiddenPlace Part = "confidential" // a confidential place, which is destroyed; without an identifier: all of them
)

// End says that a part of an organisation is there no more. What has ended stays readable for those whose plans name it; a confidential
// place does not.
type End struct {
	Part   Part       `json:"part"`
	ID     string     `json:"id,omitempty"` // of the service or place
	Reason string     `json:"reason"`       // code
	On     string     `json:"on"`           // yyyy-mm-dd from which it is so
	Note   string     `json:"note,omitempty"`
	At     frame.Time `json:"at"` // when it was written down
	By     id.User    `json:"by,omitempty"`
}

// Asked is what waits for a second person or another desk.
type Asked struct {
	To     id.Desk    `json:"to,omitempty"` // the desk that is asked to keep the record
	Reason string     `json:"reason,omitempty"`
	By     id.User    `json:"by"`
	At     frame.Time `json:"at"`
}

// Naming says that a desk has written a service into a plan at some time.
type Naming struct {
	Service id.Service
	Desk    id.Desk
}

// origin is where a part came from: its identifier in a file, and the digest of what the file said when it was last taken.
type origin struct {
	Source string `json:"source,omitempty"`
	Base   string `json:"base,omitempty"`
	Held   bool   `json:"held,omitempty"` // what stands here was newer than the file when it was last taken
}

// state is what is kept of an organisation beside what it says of itself.
type state struct {
	Counted  bool                  `json:"counted,omitempty"` // every plan that names it is known: it was entered after that was kept
	Taken    frame.Time            `json:"taken,omitempty"`   // when a file was last taken over
	Head     origin                `json:"head,omitzero"`
	Services map[id.Service]origin `json:"services,omitempty"`
	Places   map[string]origin     `json:"places,omitempty"` // public ones
	Gone     []string              `json:"gone,omitempty"`   // marks of confidential places that came from a file and were destroyed
	Ends     []End                 `json:"ends,omitempty"`
	Erasing  *Asked                `json:"erasing,omitempty"`
	Moving   *Asked                `json:"moving,omitempty"`
}

// stateOf reads the state of a row. A row that was written before there was one has an empty one.
func stateOf(r Row) (state, error) {
	st := state{Services: map[id.Service]origin{}, Places: map[string]origin{}}
	if len(r.State) == 0 {
		return st, nil
	}
	if err := parse(r.State, &st); err != nil {
		return state{}, fault.Wrap(fault.Internal, "directory.row", err)
	}
	return st, nil
}

func (st state) bytes() ([]byte, error) {
	b, err := json.Marshal(st)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "directory.row", err)
	}
	return b, nil
}

// end returns how a part ended, the whole with it; nil if it has not.
func end(all []End, p Part, which string) *End {
	i := slices.IndexFunc(all, func(e End) bool { return e.Part == Whole || e.Part == p && e.ID == which })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// EndOf returns how a service or place ended, or the organisation with it; nil if it is there.
func (o Organisation) EndOf(p Part, which string) *End { return end(o.Ends, p, which) }

// Over reports whether the organisation has ended.
func (o Organisation) Over() bool { return end(o.Ends, Whole, "") != nil }

// kept is a confidential place as it lies under the seal, with where it came from: a mark outside would let somebody who has
// the file find the address.
type kept struct {
	Place
	origin
}

func places(all []kept) []Place {
	out := make([]Place, len(all))
	for i, k := range all {
		out[i] = k.Place
	}
	return out
}

// mark is how it is remembered that a place of a file was destroyed here. Its identifier does not stand in the open.
func mark(o id.Organisation, source string) string {
	sum := sha256.Sum256(frame.JoinText("opentrm/directory-gone/1", string(o), source))
	return hex.EncodeToString(sum[:16])
}

// digest is the mark of what something says, without its identifier.
func digest(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

func (o Offer) digest() string {
	o.ID = ""
	if o.Languages == nil {
		o.Languages = []string{}
	}
	return digest(struct {
		Offer
		All []string `json:"all"`
	}{o, o.Languages})
}

func (p Place) digest() string {
	p.ID = ""
	return digest(p)
}

// digest is that of what an organisation says of itself, without its services and places.
func (b Body) digest() string {
	b.Services, b.Places = nil, nil
	return digest(b)
}

// ErasedPlaces is what confidential places that were destroyed are called in the list of erasures, and ErasedWhole an organisation.
const (
	ErasedPlaces = "directory-places"
	ErasedWhole  = "directory"
)

// OverIn reports in the caller's transaction whether a service that a plan names has ended, or its organisation is not there.
func (s *Service) OverIn(ctx context.Context, tx NameTx, o id.Organisation, service id.Service) (bool, error) {
	r, err := tx.Organisation(ctx, o)
	if fault.Is(err, fault.NotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	st, err := stateOf(r)
	return err == nil && end(st.Ends, OneService, string(service)) != nil, err
}

// NamedIn reports in the caller's transaction whether a service can be written into a plan of a desk, and remembers that it was: not in
// whose plan, how often or when.
//
// It fails with [fault.NotFound] "directory.none" or "directory.service.none", and [fault.Conflict] "directory.over" if it has ended.
func (s *Service) NamedIn(ctx context.Context, tx NameTx, o id.Organisation, service id.Service, desk id.Desk) error {
	r, err := tx.Organisation(ctx, o)
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "directory.none")
	}
	if err != nil {
		return err
	}
	st, err := stateOf(r)
	if err != nil {
		return err
	}
	var b Body
	if err := parse(r.Body, &b); err != nil {
		return fault.Wrap(fault.Internal, "directory.row", err)
	}
	switch {
	case !slices.ContainsFunc(b.Services, func(x Offer) bool { return x.ID == service }):
		return fault.New(fault.NotFound, "directory.service.none")
	case end(st.Ends, OneService, string(service)) != nil:
		return fault.New(fault.Conflict, "directory.over")
	}
	return tx.NameService(ctx, o, service, desk)
}
