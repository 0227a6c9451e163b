package store

import "context"

// AddAnswer is [Tx.AddAnswer] for a face, which remembers what it answered after the change itself was recorded.
func (e *EphemeralTx) AddAnswer(ctx context.Context, a Answer) error { return e.tx.AddAnswer(ctx, a) }
