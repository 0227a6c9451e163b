package casefile

import (
	"context"

	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// codeNotAsked is the code of each list of what she needs that says nothing.
const codeNotAsked = "not-asked"

// ToldIn writes down in a new case what the desk that referred her has told of how she is spoken to: codes as far as they are known here, and
// words. It lies where her bundle lies, so it ends with the consent. What this desk asks her itself takes its place ([Service.Interpret]).
//
// It fails as the storage fails.
func ToldIn(ctx context.Context, tx Tx, k *keyring.Case, at id.Compartment, codes Interpreting, facts consent.Facts) error {
	x, err := told(codes, facts)
	if err != nil || x == nil {
		return err
	}
	_, err = putAt(ctx, tx, k, at, keyring.Record{Kind: KindInterpreting}, *x)
	return err
}

// told is the record of it; nil if nothing was told. Another country's program may know other codes and longer words.
func told(codes Interpreting, facts consent.Facts) (*Interpreting, error) {
	if codes.Needed == "" && facts.Interpreting == nil && len(facts.Unsafe) == 0 {
		return nil, nil
	}
	d, err := Shipped()
	if err != nil {
		return nil, err
	}
	known := func(list, code string) string {
		if d.Has(list, code) {
			return code
		}
		return codeNotAsked
	}
	x := &Interpreting{
		Languages: []string{}, Needed: known(ListAsked, codes.Needed), Sex: known(ListInterpreterSex, codes.Sex), Remote: known(ListAsked, codes.Remote),
	}
	if i := facts.Interpreting; i != nil {
		x.Languages = append(x.Languages, i.Languages[:min(len(i.Languages), 10)]...)
		x.NotFrom, x.Aid = cut(i.NotFrom, 500), cut(i.Aid, 500)
	}
	for _, u := range facts.Unsafe[:min(len(facts.Unsafe), 20)] {
		if name := cut(u.Name, 200); len(fold.Words(name)) > 0 {
			x.Unsafe = append(x.Unsafe, Unsafe{Name: name, Why: cut(u.Why, 500)})
		}
	}
	return x, nil
}

// cut shortens what is longer than a record holds.
func cut(s string, most int) string {
	if all := []rune(s); len(all) > most {
		return string(all[:most-1]) + "…"
	}
	return s
}
