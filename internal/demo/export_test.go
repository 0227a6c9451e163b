package demo

import (
	"context"
	"io"
	"time"

	"github.com/opentrm/opentrm/internal/access"
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

// Live is the stage in which the network publishes.
func (w *Network) Live(ctx context.Context, out io.Writer) error {
	texts, err := lang.Load()
	if err != nil {
		return err
	}
	return life(ctx, w, &trace{out: out, say: texts.Printer(lang.English), begin: time.Now()})
}

// VerifyAll verifies the logs as they are.
func (w *Network) VerifyAll(ctx context.Context) error {
	_, _, err := w.verify(ctx)
	return err
}

// Links returns what leads whoever opens it into a country, by role.
func (c *Country) Links() map[access.Role]string {
	all := map[access.Role]string{}
	for _, of := range c.chairs() {
		all[of.role] = c.link(of)
	}
	return all
}
