package conference

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Replying is what a member says to the text that she read.
type Replying struct {
	Reply   Reply
	Dissent string // with a signature: she was of another opinion, and why
	Reason  string // of a refusal, code
	Note    string
}

// Answer signs the text that stands, or refuses to and says why, with her own key, for the seat of her desk. Version is
// that of the conference when she read it. It is said once to each text.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Denied] "conference.two-seats" if she answered for another
// seat; [fault.Stale] "conference.stale" if the text is not the one that she read; [fault.Conflict] "conference.state" if none waits,
// "conference.not-asked" if her desk has not to sign, "conference.answered" and "case.closed"; [fault.Invalid] as [Answer.Check]; and
// [fault.Locked] without keys.
func (s *Service) Answer(ctx context.Context, by keyring.Bearer, conf id.Conference, version int64, in Replying) (Seat, error) {
	c, err := s.caseOf(ctx, conf)
	if err != nil {
		return Seat{}, err
	}
	var out Seat
	err = s.Write(ctx, audit.Did(by.Actor, access.AnswerConference, string(conf)).In(c), func(tx Tx) error {
		row, err := tx.Conference(ctx, conf)
		if err != nil {
			return err
		}
		w, err := s.enter(ctx, tx, by.Actor, access.AnswerConference, row)
		if err != nil {
			return err
		}
		seat := w.seat()
		switch {
		case w.c.State != casefile.Open:
			return fault.New(fault.Conflict, "case.closed")
		case row.State != Written:
			return fault.New(fault.Conflict, "conference.state").With("state", string(row.State))
		case seat == nil || !seat.Signs:
			return fault.New(fault.Conflict, "conference.not-asked")
		case row.Version != version:
			return fault.New(fault.Stale, "conference.stale")
		case seat.Reply != Silent:
			return fault.New(fault.Conflict, "conference.answered")
		}
		for _, other := range w.seats {
			if other.N != seat.N && other.By == by.User {
				return fault.New(fault.Denied, "conference.two-seats")
			}
		}
		if w.k, err = s.Cases.Keys.OpenCaseIn(ctx, tx, by, c); err != nil {
			return err
		}
		if err := s.answerIn(ctx, w, by, seat, in); err != nil {
			return err
		}
		out = *seat
		return nil
	})
	return out, err
}

func (s *Service) answerIn(ctx context.Context, w *at, by keyring.Bearer, seat *Seat, in Replying) error {
	r, sheet, err := sheetIn(ctx, w, *seat)
	if err != nil {
		return err
	}
	if sheet.Text == nil || sheet.Text.Draft != w.row.Draft || sheet.Text.Conference != w.row.ID || sheet.Text.Case != w.row.Case {
		return fault.New(fault.Internal, "conference.kept")
	}
	a := Answer{
		Seat: seat.N, By: by.User, Desk: by.Desk, At: s.now(), Reply: in.Reply, Dissent: in.Dissent, Reason: in.Reason, Note: in.Note,
	}
	if a, err = sign(by, *sheet.Text, a); err != nil {
		return err
	}
	sheet.Answer = &a
	if _, err := putIn(ctx, w, r, sheet); err != nil {
		return err
	}
	seat.Reply, seat.By, seat.Replied = a.Reply, a.By, a.At
	if err := setSeat(ctx, w.tx, seat); err != nil {
		return err
	}
	open, err := w.tx.OpenTasks(ctx, string(w.row.ID), TaskSign)
	if err != nil {
		return err
	}
	for _, t := range open {
		if t.Desk == seat.Desk {
			if err := s.Tasks.FinishIn(ctx, w.tx, t); err != nil {
				return err
			}
		}
	}
	for _, x := range w.seats {
		if x.Signs && x.Reply == Silent {
			return nil
		}
	}
	return s.remindIn(ctx, w, w.c.Desk, w.c.Realm, TaskSettle, clockSign, s.now())
}

// Settle lets what was decided take effect, once everybody who has to has signed the text that stands: by the rows, by what is sealed, and
// by the keys that the node knows. A decision on her status is recorded in the case then, and not before.
//
// It fails as every step; with [fault.Conflict] "conference.unsigned" and the desk that has not signed, "conference.key" if a signature
// is by another key than hers; [fault.Invalid] as [Service.Resolve], if the profile has changed since; and as [casefile.Service.DecideIn].
func (s *Service) Settle(ctx context.Context, by keyring.Bearer, conf id.Conference, version int64) (Conference, error) {
	return s.work(ctx, by, access.SettleConference, conf, version, []State{Written}, func(w *at) error {
		x, err := textIn(ctx, w)
		if err != nil {
			return err
		}
		answers, err := s.answersIn(ctx, w, x)
		if err != nil {
			return err
		}
		if err := verify(x, answers); err != nil {
			return fault.Wrap(fault.Internal, "conference.kept", err)
		}
		for _, p := range x.Parts {
			if p.Signs && !said(answers, p.Seat, Signed) {
				return fault.New(fault.Conflict, "conference.unsigned").With("desk", string(p.Desk))
			}
		}
		if err := hers(ctx, w.tx, answers); err != nil {
			return err
		}
		if x.Decision != nil {
			if _, err := composed(s.Law(), *x.Decision, w.c.AgeClass, x.Parts); err != nil {
				return err
			}
			d := *x.Decision
			d.Conference = conf
			if err := s.Cases.DecideIn(ctx, w.tx, w.k, w.c, d); err != nil {
				return err
			}
		}
		if _, err := putIn(ctx, w, keyring.Record{Kind: KindProtocol, Compartment: w.k.Home()}, Protocol{Text: x, Answers: answers, Settled: true}); err != nil {
			return err
		}
		w.row.State = Settled
		return s.keepIn(ctx, w)
	})
}

// said reports whether a seat gave a reply.
func said(answers []Answer, seat int64, r Reply) bool {
	for _, a := range answers {
		if a.Seat == seat {
			return a.Reply == r
		}
	}
	return false
}
