package store

import (
	"errors"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/store/internal/engine"
)

// The message keys of what an engine refuses, where the store says it itself.
const (
	keyUnique      = engine.KeyUnique
	keyMissing     = engine.KeyMissing
	keyUnavailable = engine.KeyUnavailable
)

// explain turns an error of an engine into a fault, and leaves faults and nil as they are.
func explain(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	if _, ok := errors.AsType[*unsure](err); ok {
		return fault.Wrap(fault.Unavailable, "store.commit.unsure", err)
	}
	return engine.Explain(err)
}
