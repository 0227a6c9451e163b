package careplan

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// NewStep is a step as it is written into the plan.
type NewStep struct {
	Need     id.Record `json:"need" maxLength:"64"`
	Goal     string    `json:"goal" maxLength:"2000" doc:"What she wants to reach by it"`
	Service  string    `json:"service" maxLength:"60" doc:"Code"`
	Provider Provider  `json:"provider" doc:"A service of the directory, or a name; empty: somebody has to look for one"`
	Due      string    `json:"due" maxLength:"10" doc:"yyyy-mm-dd by when; empty: no day was set"`
	Desk     id.Desk   `json:"desk" maxLength:"64" doc:"Of this node that sees to it; empty: one's own"`
	Agreed   bool      `json:"agreed" doc:"She has agreed to it; false: she has not been asked"`
	On       string    `json:"on" maxLength:"10" doc:"yyyy-mm-dd"`
	Note     string    `json:"note" maxLength:"20000"`
}

// Plan writes a step into the plan.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Invalid] as [Step.Check], and "careplan.provider" if the
// directory has no such service; [fault.Conflict] if the case is closed, "careplan.need.ended" or "careplan.step.many", or "directory.over" if the service has ended;
// [fault.NotFound] if the case has no such need or the node no such desk; and [fault.Locked] without keys.
func (s *Service) Plan(ctx context.Context, by keyring.Bearer, c id.Case, n NewStep) (casefile.Kept[Step], error) {
	var kept casefile.Kept[Step]
	d, err := Shipped()
	if err != nil {
		return kept, err
	}
	x := Step{Need: n.Need, Goal: n.Goal, Service: n.Service, Provider: n.Provider, Due: n.Due, Desk: n.Desk}
	if x.Desk == "" {
		x.Desk = by.Desk
	}
	if n.Provider.Organisation != "" {
		if x.Provider.Name, err = s.called(ctx, by.Actor, n.Provider, n.Service); err != nil {
			return kept, err
		}
	}
	first := Turn{Status: Proposed, On: n.On, Note: n.Note, At: s.now(), By: by.User}
	if n.Agreed {
		first.Status = Agreed
	}
	x.Course = []Turn{first}
	err = s.Cases.Work(ctx, by, access.PlanCase, c, "step", func(tx casefile.Tx, k *keyring.Case, row casefile.Case) error {
		if err := s.nameIn(ctx, tx, x.Provider, row.Desk); err != nil {
			return err
		}
		if _, _, err := needIn(ctx, tx, k, n.Need); err != nil {
			return err
		}
		if _, err := tx.Desk(ctx, x.Desk); err != nil {
			if fault.Is(err, fault.NotFound) {
				err = bad("desk")
			}
			return err
		}
		all, err := listIn[Step](ctx, tx, k, KindStep)
		if err != nil {
			return err
		}
		if len(all) >= d.Limits.Steps {
			return fault.New(fault.Conflict, "careplan.step.many")
		}
		if kept, err = putIn(ctx, tx, k, keyring.Record{Kind: KindStep}, x); err != nil {
			return err
		}
		return s.reviewIn(ctx, tx, k, row)
	})
	return kept, err
}

// called is what the directory calls a service.
func (s *Service) called(ctx context.Context, who access.Actor, p Provider, code string) (string, error) {
	wrong := fault.New(fault.Invalid, "careplan.provider").With("field", "provider")
	o, err := s.Directory.Show(ctx, who, p.Organisation)
	switch {
	case fault.Is(err, fault.NotFound) || fault.Is(err, fault.Hidden):
		return "", wrong
	case err != nil:
		return "", err
	}
	i := slices.IndexFunc(o.Body.Services, func(x directory.Offer) bool { return x.ID == p.Service && x.Code == code })
	if i < 0 {
		return "", wrong
	}
	name := []rune(o.Body.Name + ": " + o.Body.Services[i].Name)
	return string(name[:min(len(name), 200)]), nil
}

// nameIn tells the directory that a plan of a desk names a service.
func (s *Service) nameIn(ctx context.Context, narrow casefile.Tx, p Provider, desk id.Desk) error {
	if p.Organisation == "" {
		return nil
	}
	tx, ok := narrow.(directory.NameTx)
	if !ok {
		return fault.New(fault.Internal, "careplan.wiring")
	}
	return s.Directory.NamedIn(ctx, tx, p.Organisation, p.Service, desk)
}

// goneIn are the open steps whose service has ended.
func (s *Service) goneIn(ctx context.Context, narrow casefile.Tx, all []casefile.Kept[Step]) ([]id.Record, error) {
	gone := []id.Record{}
	for _, k := range all {
		p := k.Value.Provider
		if p.Organisation == "" || !k.Value.Status().Open() {
			continue
		}
		tx, ok := narrow.(directory.NameTx)
		if !ok {
			return nil, fault.New(fault.Internal, "careplan.wiring")
		}
		over, err := s.Directory.OverIn(ctx, tx, p.Organisation, p.Service)
		if err != nil {
			return nil, err
		}
		if over {
			gone = append(gone, k.Record)
		}
	}
	return gone, nil
}

// Turn records how a step stands now. Record and version are those that were read.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Invalid] as [Step.Check]; [fault.Conflict] if the case is
// closed, or "careplan.step.turn" if it does not turn so; [fault.NotFound] if the case has no such step; [fault.Stale] if it was changed
// since; and [fault.Locked] without keys.
func (s *Service) Turn(ctx context.Context, by keyring.Bearer, c id.Case, record id.Record, version int64, t Turn) (casefile.Kept[Step], error) {
	var kept casefile.Kept[Step]
	err := s.Cases.Work(ctx, by, access.PlanCase, c, "step", func(tx casefile.Tx, k *keyring.Case, row casefile.Case) error {
		was, err := stepIn(ctx, tx, k, record)
		if err != nil {
			return err
		}
		if kept, err = turnIn(ctx, tx, k, was, version, t, s.now(), by.User); err != nil {
			return err
		}
		return s.reviewIn(ctx, tx, k, row)
	})
	return kept, err
}

func stepIn(ctx context.Context, tx casefile.Tx, k *keyring.Case, record id.Record) (casefile.Kept[Step], error) {
	all, err := listIn[Step](ctx, tx, k, KindStep)
	if err != nil {
		return casefile.Kept[Step]{}, err
	}
	return oneIn(all, record, "careplan.step.none")
}

// turnIn adds a turn to the course of a step.
func turnIn(ctx context.Context, tx casefile.Tx, k *keyring.Case, was casefile.Kept[Step], version int64, t Turn, now frame.Time, by id.User) (casefile.Kept[Step], error) {
	x := was.Value
	if !Turns(x.Status(), t.Status) {
		return casefile.Kept[Step]{}, fault.New(fault.Conflict, "careplan.step.turn").With("from", string(x.Status()))
	}
	t.At, t.By = now, by
	x.Course = append(slices.Clone(x.Course), t)
	return putIn(ctx, tx, k, again(was, KindStep, version), x)
}

// Deliver records a service that carries out a step, as a record of the case; the step is under way, or delivered if the service has
// ended. Record and version are those of the step that were read.
//
// It fails as [Service.Turn], and with [fault.Invalid] as [casefile.Delivery.Check].
func (s *Service) Deliver(ctx context.Context, by keyring.Bearer, c id.Case, record id.Record, version int64, d casefile.Delivery) (casefile.Kept[casefile.Delivery], error) {
	var kept casefile.Kept[casefile.Delivery]
	if d.Step != "" || len(d.Was) > 0 {
		return kept, bad("step")
	}
	err := s.Cases.Work(ctx, by, access.PlanCase, c, "service", func(tx casefile.Tx, k *keyring.Case, row casefile.Case) error {
		d := d // what was asked, however often this is tried
		was, err := stepIn(ctx, tx, k, record)
		if err != nil {
			return err
		}
		x := was.Value
		d.Service, d.Step = x.Service, record
		if d.Provider == "" {
			d.Provider = x.Provider.Name
		}
		t := Turn{Status: Delivered, On: d.Until}
		if d.Until == "" {
			t = Turn{Status: UnderWay, On: d.From}
		}
		last := x.Course[len(x.Course)-1]
		t.On = max(t.On, last.On) // a service that began before it was planned turns the step on the day of the plan
		if t.Status != UnderWay || last.Status != UnderWay {
			if _, err := turnIn(ctx, tx, k, was, version, t, s.now(), by.User); err != nil {
				return err
			}
		} else if was.Version != version {
			return fault.New(fault.Stale, "careplan.stale")
		}
		if kept, err = s.Cases.ServeIn(ctx, tx, k, row, d); err != nil {
			return err
		}
		return s.reviewIn(ctx, tx, k, row)
	})
	return kept, err
}
