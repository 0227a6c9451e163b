package audit

import (
	"context"
	"io"
)

// Erase deletes payloads and records, in the same transaction and the same log, who had it done and why.
// The leaves stay, so everything still verifies, and no longer says what they were about. It returns
// how many payloads were there.
//
// It fails as [Append] does, and as e fails.
func Erase(ctx context.Context, tx Tx, e Eraser, rand io.Reader, why Entry, at ...Place) (int64, error) {
	if _, err := Append(ctx, tx, rand, why); err != nil {
		return 0, err
	}
	return e.EraseAuditPayloads(ctx, at)
}
