package relation

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// Row is a link as it is kept: two ends and a sealed body, without a case, a desk or a time.
//
// An end is found under a name that the key of its case gives, and another name for each link of the case: whoever opens the case asks
// for one name after the other until there is none. No two rows show that they are about the same case. What an end holds is sealed
// under a key of its case: which case the other is, and half of the key under which the body lies. The body opens only with both halves.
type Row struct {
	ID      id.Record
	Ends    [2]End // in the order of their names, so that it does not tell from which case the link was made
	Body    []byte
	Version int64
}

// End is one case's part of a link.
type End struct {
	Name   []byte
	Sealed []byte
}

// Tx is what links need kept.
type Tx interface {
	casefile.Tx

	// AddCaseLink keeps a new link; [fault.Conflict] if one of its ends is called as an end of another.
	AddCaseLink(ctx context.Context, l Row) error
	// SetCaseLink changes a link; [fault.Stale] if its stored version is another.
	SetCaseLink(ctx context.Context, l Row) error
	// CaseLinkCalled returns the link of which one end has a name; [fault.NotFound] if there is none.
	CaseLinkCalled(ctx context.Context, name []byte) (Row, error)
}

// held is what an end holds.
type held struct {
	Case  id.Case `json:"case"` // the other one
	Share []byte  `json:"share"`
}

// Link is what a link says, from the side of the case named first.
type Link struct {
	From   id.Case    `json:"from"`
	To     id.Case    `json:"to"`
	Kind   string     `json:"kind"`  // what the person of To is to the person of From, code
	Since  string     `json:"since"` // yyyy-mm-dd; empty: not known
	Reason string     `json:"reason"`
	At     frame.Time `json:"at"`
	By     id.User    `json:"by"`

	Ended   string     `json:"ended,omitempty"` // yyyy-mm-dd; empty: they belong together
	Why     string     `json:"why,omitempty"`   // it was ended, code
	Note    string     `json:"note,omitempty"`
	EndedAt frame.Time `json:"ended_at,omitempty"`
	EndedBy id.User    `json:"ended_by,omitempty"`
}

// Check reports whether the link can be kept.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Link) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	_, known := d.Kind(x.Kind)
	switch {
	case x.From == "" || x.To == "" || x.From == x.To:
		return bad("to")
	case !known:
		return bad("kind")
	case x.Since != "" && !person.Day(x.Since):
		return bad("since")
	case x.Reason == "" || !person.Text(x.Reason, 2000):
		return bad("reason")
	case x.At <= 0 || x.By == "":
		return bad("by")
	case x.Ended == "" && (x.Why != "" || x.Note != ""):
		return bad("ended")
	case x.Ended != "" && (!person.Day(x.Ended) || x.Ended < x.Since):
		return bad("ended")
	case x.Ended != "" && !slices.Contains(d.Ends, x.Why):
		return bad("why")
	case !person.Text(x.Note, 2000):
		return bad("note")
	}
	return nil
}

// seen is the link from the side of a case: which the other one is, and what its person is to this one.
func (x Link) seen(from id.Case) (other id.Case, kind Kind, err error) {
	d, err := Shipped()
	if err != nil {
		return "", Kind{}, err
	}
	k, _ := d.Kind(x.Kind)
	if x.From == from {
		return x.To, k, nil
	}
	k, _ = d.Kind(k.Back)
	return x.From, k, nil
}

// Service is the use-cases of links.
type Service struct {
	Cases *casefile.Service
}

func (s *Service) now() frame.Time { return frame.At(s.Cases.Now()) }

func bad(field string) error { return fault.New(fault.Invalid, "relation.field").With("field", field) }

// wide is the transaction of cases as links need it.
func wide(over any) (Tx, error) {
	tx, ok := over.(Tx)
	if !ok {
		return nil, fault.New(fault.Internal, "relation.wiring")
	}
	return tx, nil
}
