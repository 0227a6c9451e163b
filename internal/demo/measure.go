package demo

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
)

// Work is how long one piece of work took, in microseconds.
type Work struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
	P50   int64  `json:"p50_us"`
	P99   int64  `json:"p99_us"`
}

func workOf(name string, took []time.Duration) Work {
	slices.Sort(took)
	at := func(percent int) int64 { return took[min(len(took)*percent/100, len(took)-1)].Microseconds() }
	return Work{name, len(took), at(50), at(99)}
}

// Measured is the result of [Measure]. Limit is what nothing can be faster than: the cryptography of one document on
// both sides and three writes with fsync, measured in the same run on the same disk.
type Measured struct {
	Go         string  `json:"go"`
	Platform   string  `json:"platform"`
	CPUs       int     `json:"cpus"`
	Bytes      int     `json:"bytes"`
	Throughput float64 `json:"documents_per_second"` // sealed and delivered with a verified receipt, one by one
	Stages     []Work  `json:"stages"`
	Limit      int64   `json:"limit_us"`
	Ratio      float64 `json:"ratio"` // seal and deliver at the median, over Limit
	LogRatio   float64 `json:"log_ratio"`
}

// measuredBytes is the length of a document that is measured.
const measuredBytes = 4096

// Measure lets two throwaway nodes in this process exchange documents, one after the other, and measures beside it what the
// machine gives to everybody. Nothing stays behind. It tells how many documents are through.
//
// It fails as the nodes fail, and with [fault.Unavailable] if a document was lost or a temporary file cannot be written.
func Measure(ctx context.Context, documents int, tell func(done, all int)) (Measured, error) {
	out := Measured{
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(), Bytes: measuredBytes,
	}
	dir, err := os.MkdirTemp("", "opentrm-bench-")
	if err != nil {
		return out, fault.Wrap(fault.Unavailable, "demo.dir", err)
	}
	defer os.RemoveAll(dir)
	w, err := Found(ctx, Plan{Dir: filepath.Join(dir, "net"), Members: []id.Member{"MD", "MK"}, Peer: "127.0.0.1:0"})
	if err != nil {
		return out, err
	}
	defer w.Close(context.WithoutCancel(ctx))
	if err := w.Settle(ctx); err != nil {
		return out, err
	}
	m := measuring{documents: documents, tell: tell, out: &out}
	if err := m.exchange(ctx, w); err != nil {
		return out, err
	}
	if err := m.rows(ctx, w.Countries["MD"]); err != nil {
		return out, err
	}
	if err := m.machine(dir); err != nil {
		return out, err
	}
	p50 := map[string]int64{}
	for _, x := range out.Stages {
		p50[x.Name] = x.P50
	}
	out.Limit = p50["cryptography"] + 3*p50["fsync"]
	out.Ratio = float64(p50["seal"]+p50["deliver"]) / float64(max(out.Limit, 1))
	out.LogRatio = float64(p50["row with log entry"]) / float64(max(p50["row alone"], 1))
	return out, nil
}

// measuring is one run of [Measure].
type measuring struct {
	documents int
	tell      func(done, all int)
	out       *Measured
}

// exchange lets one desk write to the other: seal is the business transaction of the sender, deliver the push with the
// receiver's check and commit and the verified receipt, receive the opening by a person, which answers with a receipt.
func (c *measuring) exchange(ctx context.Context, w *Network) error {
	from, to := w.Countries["MD"], w.Countries["MK"]
	writer, err := from.As(ctx, "focal")
	if err != nil {
		return err
	}
	reader, err := to.As(ctx, "focal")
	if err != nil {
		return err
	}
	for n := 1; n > 0; { // what the founding left
		if n, err = from.Node.Exchange.Deliver(ctx, 100); err != nil {
			return err
		}
	}
	var sealed, delivered, received []time.Duration
	text := strings.Repeat("Demo. ", measuredBytes)[:measuredBytes]
	for i := range c.documents {
		at := time.Now()
		m, err := from.Node.Messages.Compose(ctx, writer, message.Draft{
			To: id.Address{Member: to.Member, Desk: "focal-point"}, Language: "en", Text: text, Basis: "protocol",
		})
		if err != nil {
			return err
		}
		sealed = append(sealed, time.Since(at))
		at = time.Now()
		if n, err := from.Node.Exchange.Deliver(ctx, 1); err != nil || n != 1 {
			return fault.Wrap(fault.Unavailable, "demo.lost", err)
		}
		delivered = append(delivered, time.Since(at))
		at = time.Now()
		if _, err := to.Node.Messages.Open(ctx, reader, m.ID); err != nil {
			return err
		}
		received = append(received, time.Since(at))
		c.tell(i+1, c.documents)
	}
	var took time.Duration
	for i := range sealed {
		took += sealed[i] + delivered[i]
	}
	c.out.Throughput = float64(c.documents) / took.Seconds()
	c.out.Stages = append(c.out.Stages, workOf("seal", sealed), workOf("deliver", delivered), workOf("receive", received))
	return nil
}

// rows writes one row in a transaction of its own, with an entry of the log and without.
func (c *measuring) rows(ctx context.Context, in *Country) error {
	n := in.Node
	type settings interface {
		SetSetting(ctx context.Context, name string, value []byte) error
	}
	write := store.Writer[settings](n.DB)
	entry := audit.Did(access.Console(n.Member), access.DoctorNode, "bench")
	var logged, alone []time.Duration
	for i := range c.documents {
		name := "bench." + strconv.Itoa(i)
		at := time.Now()
		if err := write(ctx, entry, func(tx settings) error { return tx.SetSetting(ctx, name, []byte{1}) }); err != nil {
			return err
		}
		logged = append(logged, time.Since(at))
		at = time.Now()
		if err := n.API.Answers.Begin(ctx, call.Answer{Actor: "bench", Key: name, Digest: name}); err != nil {
			return err
		}
		alone = append(alone, time.Since(at))
	}
	c.out.Stages = append(c.out.Stages, workOf("row with log entry", logged), workOf("row alone", alone))
	return nil
}

// machine measures what a document needs at least until its receipt is verified: sealing, signing, verifying, opening the
// control part; and an append of its size with fsync. The opening of the content is part of the stage receive.
func (c *measuring) machine(dir string) error {
	node, desk, signer := seal.NewKEM(nil), seal.NewKEM(nil), seal.NewSign(nil)
	text, info := bytes.Repeat([]byte{1}, measuredBytes), []byte("opentrm/bench/1")
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return fault.Wrap(fault.Unavailable, "demo.dir", err)
	}
	defer f.Close()
	var crypto, sync []time.Duration
	for range c.documents {
		at := time.Now()
		_, err := desk.Public().Seal(info, nil, text)
		if err != nil {
			return err
		}
		control, err := node.Public().Seal(info, nil, text[:512])
		if err != nil {
			return err
		}
		envelope := signer.Sign(seal.DomainEnvelope, control)
		err = signer.Public().Verify(seal.DomainEnvelope, control, envelope)
		if err == nil {
			_, err = node.Open(info, nil, control)
		}
		if err == nil {
			err = signer.Public().Verify(seal.DomainReceipt, text[:512], signer.Sign(seal.DomainReceipt, text[:512]))
		}
		if err != nil {
			return err
		}
		crypto = append(crypto, time.Since(at))
		at = time.Now()
		if _, err = f.Write(text); err == nil {
			err = f.Sync()
		}
		if err != nil {
			return fault.Wrap(fault.Unavailable, "demo.dir", err)
		}
		sync = append(sync, time.Since(at))
	}
	c.out.Stages = append(c.out.Stages, workOf("cryptography", crypto), workOf("fsync", sync))
	return nil
}
