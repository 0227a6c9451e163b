package careplan

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// The kinds of sealed records of a case that are of its plan.
const (
	KindNeed      = "need"
	KindStep      = "plan-step"
	KindAgreement = "plan"
)

// maxNote is the number of characters of what somebody writes down.
const maxNote = 20000

// Need is something that she needs. Needs are added, and end with a reason; none is overwritten.
type Need struct {
	Code    string `json:"code"`    // of [Data.NeedCodes]
	Urgency string `json:"urgency"` // code
	Said    string `json:"said"`    // who said so, code
	On      string `json:"on"`      // yyyy-mm-dd
	Note    string `json:"note"`
	Ended   string `json:"ended,omitempty"` // yyyy-mm-dd; empty: she needs it still
	Why     string `json:"why,omitempty"`   // it ended, code
}

// Open reports whether she needs it still.
func (x Need) Open() bool { return x.Ended == "" }

// Check reports whether the need can be recorded.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Need) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case !slices.Contains(d.NeedCodes(), x.Code):
		return bad("code")
	case !d.Has(ListUrgency, x.Urgency):
		return bad("urgency")
	case !d.Has(ListSaidBy, x.Said):
		return bad("said")
	case !person.Day(x.On):
		return bad("on")
	case !person.Text(x.Note, maxNote):
		return bad("note")
	case x.Ended == "" && x.Why != "" || x.Ended != "" && (!person.Day(x.Ended) || x.Ended < x.On):
		return bad("ended")
	case x.Ended != "" && !d.Has(ListNeedEnd, x.Why):
		return bad("why")
	}
	return nil
}

// Provider is who gives a service: a service of the directory, or somebody who is not in it, by name.
type Provider struct {
	Organisation id.Organisation `json:"organisation,omitempty"`
	Service      id.Service      `json:"service,omitempty"`
	Name         string          `json:"name,omitempty"` // never the address of a shelter; of the directory, as it was called then
}

// Step is a step of the plan: what is done about a need.
type Step struct {
	Need     id.Record `json:"need"`
	Goal     string    `json:"goal"`     // what she wants to reach by it
	Service  string    `json:"service"`  // code
	Provider Provider  `json:"provider"` // empty: somebody has to look for one
	Due      string    `json:"due"`      // yyyy-mm-dd by when; empty: no day was set
	Desk     id.Desk   `json:"desk"`     // of this node that sees to it
	Course   []Turn    `json:"course" maxItems:"60"`
}

// Turn is how a step stands from a day on.
type Turn struct {
	Status Status     `json:"status"`
	On     string     `json:"on"`     // yyyy-mm-dd
	Reason string     `json:"reason"` // code, where the status asks for one
	Note   string     `json:"note"`
	At     frame.Time `json:"at"` // when it was recorded
	By     id.User    `json:"by"`
}

// maxTurns is how often a step turns; after that there is another step to write.
const maxTurns = 60

// Status is how a step stands: how it last turned.
func (x Step) Status() Status {
	if len(x.Course) == 0 {
		return ""
	}
	return x.Course[len(x.Course)-1].Status
}

// Agreed reports whether she has agreed to the step and not declined it since.
func (x Step) Agreed() bool {
	for _, t := range slices.Backward(x.Course) {
		switch t.Status {
		case Agreed:
			return true
		case Declined, Proposed:
			return false
		}
	}
	return false
}

// Check reports whether the step can be recorded.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Step) Check() error {
	cases, err := casefile.Shipped()
	if err != nil {
		return err
	}
	switch {
	case x.Need == "" || !person.Text(string(x.Need), 64):
		return bad("need")
	case !person.Text(x.Goal, 2000):
		return bad("goal")
	case !cases.Has(casefile.ListService, x.Service):
		return bad("service")
	case (x.Provider.Organisation == "") != (x.Provider.Service == ""), x.Provider.Organisation != "" && x.Provider.Name == "", !person.Text(x.Provider.Name, 200):
		return bad("provider")
	case x.Due != "" && !person.Day(x.Due):
		return bad("due")
	case x.Desk == "":
		return bad("desk")
	case len(x.Course) == 0 || len(x.Course) > maxTurns:
		return bad("status")
	}
	if first := x.Course[0].Status; first != Proposed && first != Agreed {
		return bad("status")
	}
	for i, t := range x.Course {
		if err := t.check(); err != nil {
			return err
		}
		if i == 0 {
			continue
		}
		if t.On < x.Course[i-1].On {
			return bad("on")
		}
		if !Turns(x.Course[i-1].Status, t.Status) {
			return bad("status")
		}
	}
	return nil
}

func (t Turn) check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	reason := t.Reason == ""
	switch t.Status {
	case NotAvailable:
		reason = d.Has(ListNotAvailable, t.Reason)
	case Stopped:
		reason = d.Has(ListStopped, t.Reason)
	}
	switch {
	case !reason:
		return bad("reason")
	case !person.Day(t.On):
		return bad("on")
	case !person.Text(t.Note, maxNote):
		return bad("note")
	case t.At <= 0 || t.By == "":
		return bad("by")
	}
	return nil
}

// Answer is what she said to the plan.
type Answer string

// The answers. That nobody has asked her is one of them, and never looks like a yes.
const (
	AgreedAll  Answer = "agreed"
	AgreedPart Answer = "partly"
	AgreedNone Answer = "not-agreed"
	NotAsked   Answer = "not-asked"
)

// Agreement is the plan gone through: what it held, what she agreed to, and when it is looked at again.
type Agreement struct {
	On          string      `json:"on"` // yyyy-mm-dd
	Answer      Answer      `json:"answer"`
	Steps       []id.Record `json:"steps" maxItems:"120"`             // that were open
	Agreed      []id.Record `json:"agreed" maxItems:"120"`            // of them those that she agrees to
	Waiting     []id.Record `json:"waiting,omitempty" maxItems:"120"` // of them those that she was not asked about yet
	Goals       string      `json:"goals"`                            // what she wants, in her words
	Safety      string      `json:"safety"`                           // her safety plan
	Language    string      `json:"language"`                         // BCP 47, in which it was gone through; empty where nobody asked
	Interpreter string      `json:"interpreter"`                      // who interpreted; empty: nobody
	Guardian    string      `json:"guardian,omitempty"`               // of a child: who decides with her, and agreed
	Why         string      `json:"why"`                              // nobody asked her
	Review      string      `json:"review"`                           // yyyy-mm-dd on which it is looked at again
}

// Check reports whether the agreement can be recorded.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Agreement) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	asked := x.Answer != NotAsked
	switch {
	case !slices.Contains([]Answer{AgreedAll, AgreedPart, AgreedNone, NotAsked}, x.Answer):
		return bad("answer")
	case !person.Day(x.On):
		return bad("on")
	case len(x.Steps) == 0 || len(x.Steps) > d.Limits.Steps:
		return bad("steps")
	case x.Agreed == nil || slices.ContainsFunc(x.Agreed, func(r id.Record) bool { return !slices.Contains(x.Steps, r) }):
		return bad("agreed")
	case len(x.Waiting) > 0 && (!asked || len(x.Waiting) >= len(x.Steps)) || slices.ContainsFunc(x.Waiting, func(r id.Record) bool {
		return !slices.Contains(x.Steps, r) || slices.Contains(x.Agreed, r)
	}):
		return bad("waiting")
	case asked && answer(len(x.Agreed), len(x.Steps)-len(x.Waiting)) != x.Answer || !asked && len(x.Agreed) > 0:
		return bad("agreed")
	case !person.Text(x.Goals, maxNote):
		return bad("goals")
	case !person.Text(x.Safety, maxNote):
		return bad("safety")
	case asked && !person.Tag(x.Language) || !asked && x.Language != "":
		return bad("language")
	case !person.Text(x.Interpreter, 200):
		return bad("interpreter")
	case !person.Text(x.Guardian, 200) || !asked && x.Guardian != "":
		return bad("guardian")
	case asked && x.Why != "" || !asked && (x.Why == "" || !person.Text(x.Why, maxNote)):
		return bad("why")
	case !reviewed(x.On, x.Review, d.Limits.LongestReviewDays):
		return bad("review")
	}
	return nil
}

// Service is the use-cases of plans.
type Service struct {
	Cases     *casefile.Service
	Directory *directory.Service
	// Guarded asks for a child whether she refused the plan, and whether a guardian who agrees with her may. Nil: nothing is recorded.
	Guarded func(ctx context.Context, tx person.Tx, k *keyring.Case, guardian string) error
	// Reviewing makes what somebody has to do when the plan has to be looked at, in the same transaction, in place of what was
	// there; due 0: nothing has to be done.
	Reviewing func(ctx context.Context, tx casefile.Tx, c casefile.Case, remind, due frame.Time) error
}

func (s *Service) now() frame.Time { return frame.At(s.Cases.Now()) }

func bad(field string) error { return fault.New(fault.Invalid, "careplan.field").With("field", field) }

// checked is a sealed record of a plan.
type checked interface{ Check() error }

// putIn seals and keeps a record of the home compartment.
func putIn[T checked](ctx context.Context, tx casefile.Tx, k *keyring.Case, r keyring.Record, v T) (casefile.Kept[T], error) {
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

// listIn opens the records of one kind, oldest first. What is not open to the reader is left out.
func listIn[T checked](ctx context.Context, tx casefile.Tx, k *keyring.Case, kind string) ([]casefile.Kept[T], error) {
	records, _, err := k.ListIn(ctx, tx, kind)
	if err != nil {
		return nil, err
	}
	all := make([]casefile.Kept[T], len(records))
	for i, r := range records {
		var v T
		if err := frame.Decode(r.Body, keyring.MaxRecord, &v); err != nil {
			return nil, fault.Wrap(fault.Internal, "careplan.kept", err)
		}
		all[i] = casefile.Kept[T]{Record: r.ID, Version: r.Version, At: r.At, By: r.By, Value: v}
	}
	return all, nil
}

// oneIn is the record of a list that somebody read.
//
// It fails with [fault.NotFound] and the key if there is none.
func oneIn[T any](all []casefile.Kept[T], r id.Record, key string) (casefile.Kept[T], error) {
	i := slices.IndexFunc(all, func(k casefile.Kept[T]) bool { return k.Record == r })
	if i < 0 {
		return casefile.Kept[T]{}, fault.New(fault.NotFound, key)
	}
	return all[i], nil
}

// again is a record that is kept anew, in the version in which it was read.
func again[T any](k casefile.Kept[T], kind string, version int64) keyring.Record {
	return keyring.Record{ID: k.Record, Kind: kind, Version: version, At: k.At, By: k.By}
}
