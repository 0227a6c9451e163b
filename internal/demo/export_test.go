package demo

import (
	"context"
	"io"
	"time"

	"github.com/opentrm/opentrm/internal/lang"
)

// Proofs is the last stage of the demonstration.
func (w *Network) Proofs(ctx context.Context, out io.Writer) error {
	texts, err := lang.Load()
	if err != nil {
		return err
	}
	return proofs(ctx, w, &trace{out: out, say: texts.Printer(lang.English), begin: time.Now()})
}

// VerifyAll verifies the logs as they are.
func (w *Network) VerifyAll(ctx context.Context) error {
	_, _, err := w.verify(ctx)
	return err
}
