package subject

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// KindRequest is the kind of the sealed record that holds a request.
const KindRequest = "correction-request"

// Outcome is what was decided about a request.
type Outcome string

// The outcomes. Empty: nobody has decided yet.
const (
	Corrected Outcome = "corrected"
	Partly    Outcome = "partly"
	Refused   Outcome = "refused" // what is kept stays as it is; her words stand beside it
)

// Request is that something about her is wrong, in her words, and what was decided.
type Request struct {
	Says    string     `json:"says"`            // what is wrong and what is right
	About   id.Record  `json:"about,omitempty"` // the record that she means, where she means one
	Asked   frame.Time `json:"asked"`
	Outcome Outcome    `json:"outcome,omitempty"`
	Reason  string     `json:"reason,omitempty"` // told to her
	By      id.Record  `json:"by,omitempty"`     // the record that corrects it
	Decided frame.Time `json:"decided,omitempty"`
	Decider id.User    `json:"decider,omitempty"`
}

// Kept is a request as kept.
type Kept struct {
	Record  id.Record `json:"record"`
	Version int64     `json:"version"`
	Request
}

func bad(field string) error { return fault.New(fault.Invalid, "subject.field").With("field", field) }

// Ask records that she asks for a correction. It may be asked of a closed case too.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] without words, [fault.NotFound] if the
// case is erased or has no such record, and [fault.Locked] without keys.
func (s *Service) Ask(ctx context.Context, by keyring.Bearer, c id.Case, says string, about id.Record) (Kept, error) {
	if says == "" || !person.Text(says, 4000) {
		return Kept{}, bad("says")
	}
	return s.keep(ctx, by, c, "request", func(ctx context.Context, tx casefile.Tx, _ []Kept) (Kept, error) {
		if about != "" {
			r, err := tx.Row(ctx, about)
			if err != nil {
				return Kept{}, err
			}
			if r.Case != c {
				return Kept{}, fault.New(fault.NotFound, "subject.record")
			}
		}
		return Kept{Request: Request{Says: says, About: about, Asked: frame.At(s.Cases.Now())}}, nil
	})
}

// Decide records what was decided about a request, and why. The correction itself, if there is one, was made where the wrong thing
// stands; corrected names it.
//
// It fails as [Service.Ask]; with [fault.Invalid] without an outcome or a reason, [fault.Conflict] if it was decided already, and
// [fault.Stale] if it has changed since version was read.
func (s *Service) Decide(ctx context.Context, by keyring.Bearer, c id.Case, request id.Record, version int64, what Outcome, reason string, corrected id.Record) (Kept, error) {
	switch {
	case !slices.Contains([]Outcome{Corrected, Partly, Refused}, what):
		return Kept{}, bad("outcome")
	case reason == "" || !person.Text(reason, 4000):
		return Kept{}, bad("reason")
	}
	return s.keep(ctx, by, c, "decision", func(_ context.Context, _ casefile.Tx, all []Kept) (Kept, error) {
		i := slices.IndexFunc(all, func(k Kept) bool { return k.Record == request })
		switch {
		case i < 0:
			return Kept{}, fault.New(fault.NotFound, "subject.record")
		case all[i].Version != version:
			return Kept{}, fault.New(fault.Stale, "subject.stale")
		case all[i].Outcome != "":
			return Kept{}, fault.New(fault.Conflict, "subject.decided")
		}
		k := all[i]
		k.Outcome, k.Reason, k.By, k.Decided, k.Decider = what, reason, corrected, frame.At(s.Cases.Now()), by.User
		return k, nil
	})
}

// Requests opens the requests of a case, oldest first.
//
// It fails as [casefile.Service.Look].
func (s *Service) Requests(ctx context.Context, by keyring.Bearer, c id.Case) ([]Kept, error) {
	var all []Kept
	err := s.Cases.Look(ctx, by, c, "requests", func(tx casefile.Tx, k *keyring.Case, _ casefile.Case) (err error) {
		all, err = requestsIn(ctx, tx, k)
		return err
	})
	return all, err
}

// keep writes a request down.
func (s *Service) keep(
	ctx context.Context, by keyring.Bearer, c id.Case, purpose string, next func(context.Context, casefile.Tx, []Kept) (Kept, error),
) (Kept, error) {
	var out Kept
	err := s.Cases.Write(ctx, audit.Did(by.Actor, access.CorrectCase, string(c)).In(c).For(purpose), func(tx casefile.Tx) error {
		if _, err := person.MayIn(ctx, tx, by.Actor, access.CorrectCase, c, frame.At(s.Cases.Now())); err != nil {
			return err
		}
		k, err := s.Cases.Keys.OpenCaseIn(ctx, tx, by, c)
		if err != nil {
			return err
		}
		all, err := requestsIn(ctx, tx, k)
		if err != nil {
			return err
		}
		if out, err = next(ctx, tx, all); err != nil {
			return err
		}
		body, err := frame.Encode(out.Request)
		if err != nil {
			return err
		}
		r, err := k.PutIn(ctx, tx, keyring.Record{ID: out.Record, Compartment: k.Home(), Kind: KindRequest, Version: out.Version, Body: body})
		out.Record, out.Version = r.ID, r.Version
		return err
	})
	if err != nil {
		return Kept{}, err
	}
	return out, nil
}

func requestsIn(ctx context.Context, tx casefile.Tx, k *keyring.Case) ([]Kept, error) {
	records, _, err := k.ListIn(ctx, tx, KindRequest)
	if err != nil {
		return nil, err
	}
	all := make([]Kept, len(records))
	for i, r := range records {
		all[i] = Kept{Record: r.ID, Version: r.Version}
		if err := frame.Decode(r.Body, keyring.MaxRecord, &all[i].Request); err != nil {
			return nil, fault.Wrap(fault.Internal, "subject.kept", err)
		}
	}
	return all, nil
}
