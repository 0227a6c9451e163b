package referral

import (
	"bytes"
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// The categories under which a desk is told how she is spoken to, and by whom she must not be.
const (
	categoryLanguages consent.Code = "languages"
	categoryRisk      consent.Code = "risk.summary"
)

// spokenIn puts on a draft what the case says she needs in order to be understood, and nothing where the draft does not ask for it. It is
// read when a draft is written and again when it is checked.
func spokenIn(ctx context.Context, tx Tx, k *keyring.Case, in Drafting) (Drafting, error) {
	if !in.Spoken {
		return spoken(in, casefile.Interpreting{}), nil
	}
	needs, err := casefile.InterpretingIn(ctx, tx, k)
	return spoken(in, needs), err
}

// respokenIn reads it again when a draft is checked: who must not interpret may have been written down since.
func (s *Service) respokenIn(ctx context.Context, tx Tx, k *keyring.Case, by keyring.Bearer, r Row, in Drafting) (Drafting, error) {
	now, err := spokenIn(ctx, tx, k, in)
	if err != nil {
		return now, err
	}
	body, err := frame.Encode(now)
	if err != nil {
		return now, err
	}
	kept, err := k.ReadIn(ctx, tx, r.Record)
	if err != nil || bytes.Equal(kept.Body, body) {
		return now, err
	}
	kept.Body, kept.By, kept.At = body, by.User, s.now()
	_, err = k.PutIn(ctx, tx, kept)
	return now, err
}

// spoken is the draft with what she needs in order to be understood: codes in the request, which is read before she is accepted, and words with who
// she is, each as far as the categories cover it. The zero value says nothing.
func spoken(in Drafting, needs casefile.Interpreting) Drafting {
	in.Request.Interpreter, in.Facts.Interpreting, in.Facts.Unsafe = nil, nil, nil
	if needs.Needed == "" {
		return in
	}
	if slices.Contains(in.Categories, categoryLanguages) {
		in.Request.Interpreter = &Interpreter{
			Needed: Code(needs.Needed), Sex: Code(needs.Sex), Remote: Code(needs.Remote),
			Apart: needs.NotFrom != "" || len(needs.Unsafe) > 0, Aid: needs.Aid != "",
		}
		if len(needs.Languages) > 0 || needs.NotFrom != "" || needs.Aid != "" {
			in.Facts.Interpreting = &consent.Interpreting{Languages: append([]string{}, needs.Languages...), NotFrom: needs.NotFrom, Aid: needs.Aid}
		}
	}
	if slices.Contains(in.Categories, categoryRisk) {
		for _, u := range needs.Unsafe {
			in.Facts.Unsafe = append(in.Facts.Unsafe, consent.Unsafe{Name: u.Name, Why: u.Why})
		}
	}
	return in
}

// toldIn writes down at the receiving desk how she is spoken to, beside the bundle that says it in words.
func toldIn(ctx context.Context, tx Tx, k *keyring.Case, at id.Compartment, i *Interpreter, facts consent.Facts) error {
	var codes casefile.Interpreting
	if i != nil {
		codes = casefile.Interpreting{Needed: string(i.Needed), Sex: string(i.Sex), Remote: string(i.Remote)}
	}
	return casefile.ToldIn(ctx, tx, k, at, codes, facts)
}
