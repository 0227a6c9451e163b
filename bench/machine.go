package main

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/seal"
)

// machine measures what the machine gives to everybody.
func machine() []contestant {
	return []contestant{
		{name: aSync, group: "machine", unit: "/s", run: appendAndSync},
		{name: aCrypto, group: "machine", unit: "/s", run: cryptography},
	}
}

// Sizes of what a document of 4 KB is at rest: its envelope, with content and control padded to 4 KB, and its receipt.
const (
	documentSize = 4096
	envelopeSize = 2*(documentSize+1120) + 1500
	receiptSize  = 600
)

// file is a file whose writes are durable when they return.
type file struct{ *os.File }

func newFile(dir, name string) (file, error) {
	f, err := os.Create(filepath.Join(dir, name))
	return file{f}, err
}

func (f file) append(n int) error {
	if _, err := f.Write(make([]byte, n)); err != nil {
		return err
	}
	return f.Sync()
}

func appendAndSync(ctx context.Context, dir string, d time.Duration) (float64, error) {
	f, err := newFile(dir, "file")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return repeat(ctx, d, func() error { return f.append(4096) })
}

// crypto is the cryptography that a document needs from its sealing to its receipt, in the steps between which something
// must be durable. The opening of the content by a person comes later and is no part of it.
type crypto struct {
	node, desk       seal.KEMPrivate
	signer           seal.SignPrivate
	text, info       []byte
	control, content []byte
	sig, receipt     seal.Signature
}

func newCrypto() *crypto {
	return &crypto{
		node: seal.NewKEM(nil), desk: seal.NewKEM(nil), signer: seal.NewSign(nil),
		text: make([]byte, documentSize), info: []byte("opentrm/bench/1"),
	}
}

// send seals content and control and signs.
func (c *crypto) send() (err error) {
	if c.content, err = c.desk.Public().Seal(c.info, nil, c.text); err != nil {
		return err
	}
	if c.control, err = c.node.Public().Seal(c.info, nil, c.text); err != nil {
		return err
	}
	c.sig = c.signer.Sign(seal.DomainEnvelope, c.content[:1024])
	return nil
}

// take verifies, opens the control and signs the receipt.
func (c *crypto) take() error {
	if err := c.signer.Public().Verify(seal.DomainEnvelope, c.content[:1024], c.sig); err != nil {
		return err
	}
	if _, err := c.node.Open(c.info, nil, c.control); err != nil {
		return err
	}
	c.receipt = c.signer.Sign(seal.DomainReceipt, c.control[:512])
	return nil
}

// settle verifies the receipt.
func (c *crypto) settle() error {
	return c.signer.Public().Verify(seal.DomainReceipt, c.control[:512], c.receipt)
}

func cryptography(ctx context.Context, _ string, d time.Duration) (float64, error) {
	c := newCrypto()
	return repeat(ctx, d, c.all)
}

// all is what one document needs, step by step.
func (c *crypto) all() error {
	for _, step := range []func() error{c.send, c.take, c.settle} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// limit does what a number of documents under way at once cannot do without: the cryptography of each, on all
// processors, and between its steps one durable write of all of them, at the sender, at the receiver and at the sender
// again. Nothing is stored in tables, nothing is carried over a network, nothing is checked and no log is kept.
func limit(batch int) func(context.Context, string, time.Duration) (float64, error) {
	return func(ctx context.Context, dir string, d time.Duration) (float64, error) {
		all := make([]*crypto, batch)
		for i := range all {
			all[i] = newCrypto()
		}
		sender, err := newFile(dir, "sender")
		if err != nil {
			return 0, err
		}
		defer sender.Close()
		receiver, err := newFile(dir, "receiver")
		if err != nil {
			return 0, err
		}
		defer receiver.Close()
		steps := []struct {
			do func(*crypto) error
			to file
			n  int
		}{
			{(*crypto).send, sender, envelopeSize},
			{(*crypto).take, receiver, envelopeSize + receiptSize},
			{(*crypto).settle, sender, receiptSize},
		}
		rate, err := repeat(ctx, d, func() error {
			for _, s := range steps {
				if err := atOnce(batch, func(i int) error { return s.do(all[i]) }); err != nil {
					return err
				}
				if err := s.to.append(batch * s.n); err != nil {
					return err
				}
			}
			return nil
		})
		return rate * float64(batch), err
	}
}

// atOnce runs f for 0 to n-1 at the same time and returns one of the failures.
func atOnce(n int, f func(int) error) error {
	if n == 1 {
		return f(0)
	}
	errs := make(chan error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs <- f(i) })
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
