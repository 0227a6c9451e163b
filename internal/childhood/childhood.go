package childhood

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/task"
)

// The kinds of sealed records of a case that are of the path of a child.
const (
	KindGuardian = "child-guardian"
	KindInterest = "child-interest"
	KindAge      = "child-age"
	KindTold     = "child-told"
	KindNotice   = "child-notice"
)

const (
	maxText = 200
	maxNote = 20000
)

// purpose is what the log says about every act on the path: not which one, so that the log does not tell when she comes of age.
const purpose = "child"

// Tx is what the path of a child needs kept, beside the sealed rows.
type Tx interface {
	casefile.Tx
	task.Tx
}

// Service is the use-cases of the path of a child.
type Service struct {
	Cases    *casefile.Service
	Consents *consent.Service
	Tasks    *task.Service
	Law      func() profile.Set // in force, with what was confirmed
}

func (s *Service) now() frame.Time { return frame.At(s.Cases.Now()) }

// today is the day in the country of this node.
func (s *Service) today() (string, error) {
	zone, err := s.zone()
	if err != nil {
		return "", err
	}
	return s.Cases.Now().In(zone).Format(time.DateOnly), nil
}

func (s *Service) zone() (*time.Location, error) {
	zone, err := s.Law().Zone(s.Cases.Member)
	if fault.Is(err, fault.NotFound) {
		return time.UTC, nil
	}
	return zone, err
}

func bad(field string) error { return fault.New(fault.Invalid, "childhood.field").With("field", field) }

// wide is the transaction of another noun as the path needs it.
func wide(over any) (Tx, error) {
	tx, ok := over.(Tx)
	if !ok {
		return nil, fault.New(fault.Internal, "childhood.wiring")
	}
	return tx, nil
}

// checked is a sealed record of the path.
type checked interface{ Check() error }

// putIn seals and keeps a record of the home compartment.
func putIn[T checked](ctx context.Context, tx person.Tx, k *keyring.Case, r keyring.Record, v T) (casefile.Kept[T], error) {
	if err := v.Check(); err != nil {
		return casefile.Kept[T]{}, err
	}
	body, err := frame.Encode(v)
	if err != nil {
		return casefile.Kept[T]{}, err
	}
	r.Compartment, r.Body = k.Home(), body
	if r, err = k.PutIn(ctx, tx, r); err != nil {
		return casefile.Kept[T]{}, err
	}
	return casefile.Kept[T]{Record: r.ID, Version: r.Version, At: r.At, By: r.By, Value: v}, nil
}

// addIn keeps one more record of a kind.
//
// It fails with [fault.Conflict] "childhood.many" if there are too many.
func addIn[T checked](ctx context.Context, tx person.Tx, k *keyring.Case, kind string, v T) (casefile.Kept[T], error) {
	d, err := Shipped()
	if err != nil {
		return casefile.Kept[T]{}, err
	}
	all, err := listIn[T](ctx, tx, k, kind)
	if err != nil {
		return casefile.Kept[T]{}, err
	}
	if len(all) >= d.Limits.Records {
		return casefile.Kept[T]{}, fault.New(fault.Conflict, "childhood.many")
	}
	return putIn(ctx, tx, k, keyring.Record{Kind: kind}, v)
}

// listIn opens the records of one kind, oldest first. What is not open to the reader is left out.
func listIn[T checked](ctx context.Context, tx keyring.Tx, k *keyring.Case, kind string) ([]casefile.Kept[T], error) {
	records, _, err := k.ListIn(ctx, tx, kind)
	if err != nil {
		return nil, err
	}
	all := make([]casefile.Kept[T], len(records))
	for i, r := range records {
		var v T
		if err := frame.Decode(r.Body, keyring.MaxRecord, &v); err != nil {
			return nil, fault.Wrap(fault.Internal, "childhood.kept", err)
		}
		all[i] = casefile.Kept[T]{Record: r.ID, Version: r.Version, At: r.At, By: r.By, Value: v}
	}
	return all, nil
}

// oneIn is the record of a list that somebody read.
//
// It fails with [fault.NotFound] "childhood.none" if there is none.
func oneIn[T any](all []casefile.Kept[T], r id.Record) (casefile.Kept[T], error) {
	i := slices.IndexFunc(all, func(k casefile.Kept[T]) bool { return k.Record == r })
	if i < 0 {
		return casefile.Kept[T]{}, fault.New(fault.NotFound, "childhood.none")
	}
	return all[i], nil
}

// texts reports the first field whose text is too long or holds what no text holds.
func texts(limit int, fields ...[2]string) error {
	for _, f := range fields {
		if !person.Text(f[1], limit) {
			return bad(f[0])
		}
	}
	return nil
}
