package casefile

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Refusal is what she did not want. It is hers to refuse, ends nothing else, and can be taken back at any time: the offer stays
// open, and on the day that she agreed to somebody asks her again (domain 2.6).
type Refusal struct {
	Offer string `json:"offer"` // what was offered, code
	Why   string `json:"why"`   // code; that she was not asked why, or did not say, are codes too
	On    string `json:"on"`    // yyyy-mm-dd
	Told  bool   `json:"told"`  // she was told that the offer stays open, and how to come back to it
	Again string `json:"again"` // yyyy-mm-dd, when she may be asked again; empty: she does not want to be asked
	Note  string `json:"note"`

	Asked []AskedAgain `json:"asked,omitempty"` // the first first
}

// AskedAgain is what came of it when she was asked again, or came back by herself.
type AskedAgain struct {
	On      string `json:"on"`      // yyyy-mm-dd
	Outcome string `json:"outcome"` // code of [AskedOutcomes]
}

// The outcomes after which nobody asks again.
const (
	Accepted = "accepted"    // she takes what was offered
	NoMore   = "ask-no-more" // she asked not to be asked; she can come back by herself, and that is all that is recorded after it
)

// AskedOutcomes are what can come of asking again: she takes the offer; it was offered again and she thinks about it; she refuses
// again; she asks not to be asked any more; she was not found where she may be reached safely; it would have put her in danger to ask.
func AskedOutcomes() []string {
	return []string{Accepted, "thinking", "refused-again", NoMore, "not-reached", "unsafe-to-ask"}
}

// maxAsked is how often she is asked about one offer. To be asked for ever is pressure.
const maxAsked = 12

// Check reports whether the refusal can be recorded.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Refusal) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	last := x.On
	switch {
	case !d.Has(ListOffer, x.Offer):
		return bad("offer")
	case !d.Has(ListRefusal, x.Why):
		return bad("why")
	case !person.Day(x.On):
		return bad("on")
	case !person.Text(x.Note, maxNote):
		return bad("note")
	case len(x.Asked) > maxAsked:
		return bad("asked")
	}
	for i, a := range x.Asked {
		switch {
		case !person.Day(a.On) || a.On < last:
			return bad("asked.on")
		case !slices.Contains(AskedOutcomes(), a.Outcome):
			return bad("asked.outcome")
		case i > 0 && x.Asked[i-1].Outcome == NoMore && a.Outcome != Accepted:
			return fault.New(fault.Invalid, "case.refusal.no-more").With("field", "asked.outcome")
		}
		last = a.On
	}
	switch {
	case x.Again == "":
	case !person.Day(x.Again) || x.Again <= last, x.over():
		return bad("again")
	}
	return nil
}

// taken reports whether she has taken the offer since.
func (x Refusal) taken() bool { return x.last() == Accepted }

// over reports whether nobody asks her again.
func (x Refusal) over() bool { return x.taken() || x.last() == NoMore }

func (x Refusal) last() string {
	if len(x.Asked) == 0 {
		return ""
	}
	return x.Asked[len(x.Asked)-1].Outcome
}

// Open reports whether somebody has to ask her again.
func (x Refusal) Open() bool { return x.Again != "" }

// Refuse records that she did not want what was offered. Nothing follows from it but that she is asked again on the day that
// she agreed to, if she did.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Invalid] as [Refusal.Check], and
// "case.refusal.untold" if she was not told that she can come back; [fault.Conflict] if the case is closed; and [fault.Locked]
// without keys.
func (s *Service) Refuse(ctx context.Context, by keyring.Bearer, c id.Case, x Refusal) (Kept[Refusal], error) {
	var kept Kept[Refusal]
	switch {
	case len(x.Asked) > 0:
		return kept, bad("asked")
	case !x.Told:
		return kept, fault.New(fault.Invalid, "case.refusal.untold").With("field", "told")
	}
	err := s.Work(ctx, by, access.NoteCase, c, "refusal", func(tx Tx, k *keyring.Case, row Case) (err error) {
		if kept, err = putIn(ctx, tx, k, KindRefusal, x); err != nil {
			return err
		}
		return s.refusing(ctx, tx, k, row)
	})
	return kept, err
}

// AskAgain records what came of asking her again, or that she came back by herself: record and version are those that were
// read, again is the next day on which she may be asked, empty if none is.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Invalid] as [Refusal.Check]; [fault.Conflict] if the
// case is closed or "case.refusal.taken" if she took the offer before; [fault.NotFound] if the case has no such refusal;
// [fault.Stale] if it was changed since; and [fault.Locked] without keys.
func (s *Service) AskAgain(ctx context.Context, by keyring.Bearer, c id.Case, record id.Record, version int64, a AskedAgain, again string) (Kept[Refusal], error) {
	var kept Kept[Refusal]
	err := s.Work(ctx, by, access.NoteCase, c, "refusal", func(tx Tx, k *keyring.Case, row Case) error {
		all, _, err := listIn[Refusal](ctx, tx, k, KindRefusal)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(r Kept[Refusal]) bool { return r.Record == record })
		if i < 0 {
			return fault.New(fault.NotFound, "case.refusal.none")
		}
		x := all[i].Value
		if x.taken() {
			return fault.New(fault.Conflict, "case.refusal.taken")
		}
		x.Asked, x.Again = append(slices.Clone(x.Asked), a), again
		r := keyring.Record{ID: record, Kind: KindRefusal, Version: version, At: all[i].At, By: all[i].By}
		if kept, err = putAt(ctx, tx, k, k.Home(), r, x); err != nil {
			return err
		}
		return s.refusing(ctx, tx, k, row)
	})
	return kept, err
}

// refusing has somebody reminded of the first day on which she may be asked again, of all that she refused.
func (s *Service) refusing(ctx context.Context, tx Tx, k *keyring.Case, c Case) error {
	if s.Refusing == nil { // nobody would be reminded
		return fault.New(fault.Internal, "case.no-reminder")
	}
	all, _, err := listIn[Refusal](ctx, tx, k, KindRefusal)
	if err != nil {
		return err
	}
	first := ""
	for _, r := range all {
		if x := r.Value; x.Open() && (first == "" || x.Again < first) {
			first = x.Again
		}
	}
	if first == "" {
		return s.Refusing(ctx, tx, c, 0)
	}
	day, err := dayIn(s.Law(), s.Member, first)
	if err != nil {
		return err
	}
	return s.Refusing(ctx, tx, c, frame.At(day))
}
