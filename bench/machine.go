package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/opentrm/opentrm/internal/seal"
)

// machine measures what nothing can be faster than.
func machine() []contestant {
	return []contestant{
		{"machine", "append 4 KB and fsync", "/s", fsync},
		{"machine", "cryptography of one document, both sides", "/s", cryptography},
	}
}

func fsync(ctx context.Context, dir string, d time.Duration) (float64, error) {
	f, err := os.Create(filepath.Join(dir, "file"))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	block := bytes.Repeat([]byte{1}, 4096)
	return repeat(ctx, d, func() error {
		if _, err := f.Write(block); err != nil {
			return err
		}
		return f.Sync()
	})
}

// cryptography does what a document of 4 KB needs between two nodes and no more: seal content and control
// and sign, verify and open both, sign the receipt and verify it.
func cryptography(ctx context.Context, _ string, d time.Duration) (float64, error) {
	node, desk, signer := seal.NewKEM(nil), seal.NewKEM(nil), seal.NewSign(nil)
	text := bytes.Repeat([]byte{1}, 4096)
	info := []byte("opentrm/bench/1")
	return repeat(ctx, d, func() error {
		content, err := desk.Public().Seal(info, nil, text)
		if err != nil {
			return err
		}
		control, err := node.Public().Seal(info, nil, text)
		if err != nil {
			return err
		}
		sig := signer.Sign(seal.DomainEnvelope, content[:512])
		if err := signer.Public().Verify(seal.DomainEnvelope, content[:512], sig); err != nil {
			return err
		}
		if _, err := node.Open(info, nil, control); err != nil {
			return err
		}
		if _, err := desk.Open(info, nil, content); err != nil {
			return err
		}
		receipt := signer.Sign(seal.DomainReceipt, control[:512])
		return signer.Public().Verify(seal.DomainReceipt, control[:512], receipt)
	})
}
