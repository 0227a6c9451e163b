package node

import (
	"context"
	"errors"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/docket"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/joint"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
)

// sweepTx is what destroying intake keys needs: the keys, and what may still need them.
type sweepTx interface {
	message.Tx
	referral.Tx
	joint.Tx
	cooperation.RowTx
	docket.RowTx
}

// errNothing ends a change that turned out to be none.
var errNothing = errors.New("node: nothing to do")

// sweepIntake destroys retired intake keys whose grace is over and that no unopened envelope needs.
func (n *Node) sweepIntake(ctx context.Context) (int, error) {
	destroyed := 0
	entry := audit.Did(access.Node(n.Member), access.RotateKey, "intake").For("sweep")
	err := store.Writer[sweepTx](n.DB)(ctx, entry, func(tx sweepTx) (err error) {
		destroyed, err = n.Keyring.SweepIn(ctx, tx, func(key id.Key) (bool, error) {
			if needed, err := n.Messages.NeedsIn(ctx, tx, key); needed || err != nil {
				return needed, err
			}
			if needed, err := n.Referrals.NeedsIn(ctx, tx, key); needed || err != nil {
				return needed, err
			}
			if needed, err := n.Joints.NeedsIn(ctx, tx, key); needed || err != nil {
				return needed, err
			}
			if needed, err := tx.CooperationSealedTo(ctx, key); needed || err != nil {
				return needed, err
			}
			if needed, err := tx.DocketSealedTo(ctx, key); needed || err != nil {
				return needed, err
			}
			return parked(ctx, tx, key)
		})
		if err == nil && destroyed == 0 {
			err = errNothing
		}
		return err
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return destroyed, err
}

// parked reports whether an envelope that no noun has taken yet is sealed to a key: it waits for one before it. What was
// taken is known by its noun, with the key, until somebody has opened it.
func parked(ctx context.Context, tx sweepTx, key id.Key) (bool, error) {
	const page = 50
	var after id.Envelope
	for {
		rows, err := tx.ParkedLetters(ctx, after, page)
		if err != nil {
			return false, err
		}
		for _, in := range rows {
			after = in.ID
			e, err := envelope.Parse(in.Bytes)
			if err == nil && e.Header.Content != nil && e.Header.Content.Key == key {
				return true, nil
			}
		}
		if len(rows) < page {
			return false, nil
		}
	}
}

// sweepAnswers forgets remembered answers that are too old.
func (n *Node) sweepAnswers(ctx context.Context) (int, error) {
	var dropped int64
	err := store.Ephemeral[answersTx](n.DB)(ctx, func(tx answersTx) (err error) {
		dropped, err = tx.DropAnswers(ctx)
		return err
	})
	return int(dropped), err
}

type answersTx interface {
	AddAnswer(ctx context.Context, a store.Answer) error
	SetAnswer(ctx context.Context, a store.Answer) error
	DropAnswer(ctx context.Context, a store.Answer) error
	DropAnswers(ctx context.Context) (int64, error)
}

// answers remembers what the faces answered, for a day.
type answers struct{ n *Node }

const answersLast = 24 * time.Hour

func (a answers) row(x call.Answer) store.Answer {
	return store.Answer{Key: x.Key, Actor: x.Actor, Digest: x.Digest, Response: x.Response, Expires: frame.At(a.n.Config.Now().Add(answersLast))}
}

func (a answers) write(ctx context.Context, do func(answersTx) error) error {
	return store.Ephemeral[answersTx](a.n.DB)(ctx, do)
}

// Begin marks that a request is being answered.
func (a answers) Begin(ctx context.Context, x call.Answer) error {
	return a.write(ctx, func(tx answersTx) error { return tx.AddAnswer(ctx, a.row(x)) })
}

// Finish keeps what was answered.
func (a answers) Finish(ctx context.Context, x call.Answer) error {
	return a.write(ctx, func(tx answersTx) error { return tx.SetAnswer(ctx, a.row(x)) })
}

// Forget takes a mark away to which nothing was answered.
func (a answers) Forget(ctx context.Context, x call.Answer) error {
	return a.write(ctx, func(tx answersTx) error { return tx.DropAnswer(ctx, a.row(x)) })
}

// Kept returns what was kept.
func (a answers) Kept(ctx context.Context, actor, key string) (call.Answer, error) {
	var kept store.Answer
	err := store.Reader[keptTx](a.n.DB)(ctx, func(tx keptTx) (err error) {
		kept, err = tx.Answer(ctx, actor, key)
		return err
	})
	return call.Answer{Actor: actor, Key: key, Digest: kept.Digest, Response: kept.Response}, err
}

type keptTx interface {
	Answer(ctx context.Context, actor, key string) (store.Answer, error)
}

// sent remembers the forms that people sent, beside what programs asked.
type sent struct{ answers }

func (s sent) form(who id.User, form string) call.Answer {
	return call.Answer{Actor: string(who), Key: "form:" + form, Digest: form}
}

// Begin marks that a form is being dealt with.
func (s sent) Begin(ctx context.Context, who id.User, form string) error {
	return s.answers.Begin(ctx, s.form(who, form))
}

// Finish keeps where a form has led.
func (s sent) Finish(ctx context.Context, who id.User, form string, led []byte) error {
	a := s.form(who, form)
	a.Response = led
	return s.answers.Finish(ctx, a)
}

// Forget takes a mark away.
func (s sent) Forget(ctx context.Context, who id.User, form string) error {
	return s.answers.Forget(ctx, s.form(who, form))
}

// Led returns where a form has led.
func (s sent) Led(ctx context.Context, who id.User, form string) ([]byte, error) {
	a, err := s.answers.Kept(ctx, string(who), s.form(who, form).Key)
	return a.Response, err
}
