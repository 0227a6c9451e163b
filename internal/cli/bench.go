package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
)

type benchCommand struct {
	Documents int `default:"200" help:"Documents of 4 KB that two nodes exchange one after the other, 10 to 10000."`
}

// stage is how long one piece of work took, in microseconds.
type stage struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
	P50   int64  `json:"p50_us"`
	P99   int64  `json:"p99_us"`
}

func stageOf(name string, took []time.Duration) stage {
	slices.Sort(took)
	at := func(percent int) int64 { return took[min(len(took)*percent/100, len(took)-1)].Microseconds() }
	return stage{name, len(took), at(50), at(99)}
}

// measured is the result of one run. Limit is what nothing can be faster than: the cryptography of one document on
// both sides and three writes with fsync, measured in the same run on the same disk.
type measured struct {
	Go         string  `json:"go"`
	Platform   string  `json:"platform"`
	CPUs       int     `json:"cpus"`
	Bytes      int     `json:"bytes"`
	Throughput float64 `json:"documents_per_second"` // sealed and delivered with a verified receipt, one by one
	Stages     []stage `json:"stages"`
	Limit      int64   `json:"limit_us"`
	Ratio      float64 `json:"ratio"` // seal and deliver at the median, over Limit
	LogRatio   float64 `json:"log_ratio"`
}

const benchBytes = 4096

// Run measures on two throwaway nodes in this process. Nothing stays behind.
func (c *benchCommand) Run(s *screen) error {
	if c.Documents < 10 || c.Documents > 10_000 {
		return fault.New(fault.Invalid, "cli.bench.documents")
	}
	dir, err := os.MkdirTemp("", "opentrm-bench-")
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", os.TempDir())
	}
	defer os.RemoveAll(dir)
	w, err := demo.Found(s.ctx, demo.Plan{Dir: filepath.Join(dir, "net"), Members: []id.Member{"MD", "MK"}, Peer: "127.0.0.1:0"})
	if err != nil {
		return err
	}
	defer w.Close(context.WithoutCancel(s.ctx))
	if err := w.Settle(s.ctx); err != nil {
		return err
	}
	out := measured{
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(), Bytes: benchBytes,
	}
	if err := c.documents(s, w, &out); err != nil {
		return err
	}
	if err := c.rows(s.ctx, w.Countries["MD"], &out); err != nil {
		return err
	}
	if err := c.machine(dir, &out); err != nil {
		return err
	}
	p50 := map[string]int64{}
	for _, x := range out.Stages {
		p50[x.Name] = x.P50
	}
	out.Limit = p50["cryptography"] + 3*p50["fsync"]
	out.Ratio = float64(p50["seal"]+p50["deliver"]) / float64(max(out.Limit, 1))
	out.LogRatio = float64(p50["row with log entry"]) / float64(max(p50["row alone"], 1))
	return s.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s %s, %d processors, %d documents of %d bytes, one by one\n", out.Go, out.Platform, out.CPUs, c.Documents, out.Bytes)
		fmt.Fprintf(w, "seal and deliver\t%.1f/s\nSTAGE\tP50 µs\tP99 µs\n", out.Throughput)
		for _, x := range out.Stages {
			fmt.Fprintf(w, "%s\t%d\t%d\n", x.Name, x.P50, x.P99)
		}
		fmt.Fprintf(w, "limit: cryptography and three fsync\t%d\nseal and deliver, over the limit\t%.2f\nratio of a row with log entry to one without\t%.2f\n",
			out.Limit, out.Ratio, out.LogRatio)
	})
}

// documents lets one desk write to the other: seal is the business transaction of the sender, deliver the push with the
// receiver's check and commit and the verified receipt, receive the opening by a person, which answers with a receipt.
func (c *benchCommand) documents(s *screen, w *demo.Network, out *measured) error {
	from, to := w.Countries["MD"], w.Countries["MK"]
	writer, err := from.As(s.ctx, "focal")
	if err != nil {
		return err
	}
	reader, err := to.As(s.ctx, "focal")
	if err != nil {
		return err
	}
	for n := 1; n > 0; { // what the founding left
		if n, err = from.Node.Exchange.Deliver(s.ctx, 100); err != nil {
			return err
		}
	}
	bar := s.progress("bench")
	defer bar.end()
	var sealed, delivered, received []time.Duration
	text := strings.Repeat("Demo. ", benchBytes)[:benchBytes]
	for i := range c.Documents {
		at := time.Now()
		m, err := from.Node.Messages.Compose(s.ctx, writer, message.Draft{
			To: id.Address{Member: to.Member, Desk: "focal-point"}, Language: "en", Text: text, Basis: "protocol",
		})
		if err != nil {
			return err
		}
		sealed = append(sealed, time.Since(at))
		at = time.Now()
		if n, err := from.Node.Exchange.Deliver(s.ctx, 1); err != nil || n != 1 {
			return fault.Wrap(fault.Unavailable, "cli.bench.lost", err)
		}
		delivered = append(delivered, time.Since(at))
		at = time.Now()
		if _, err := to.Node.Messages.Open(s.ctx, reader, m.ID); err != nil {
			return err
		}
		received = append(received, time.Since(at))
		bar.at(int64(i+1), int64(c.Documents))
	}
	var took time.Duration
	for i := range sealed {
		took += sealed[i] + delivered[i]
	}
	out.Throughput = float64(c.Documents) / took.Seconds()
	out.Stages = append(out.Stages, stageOf("seal", sealed), stageOf("deliver", delivered), stageOf("receive", received))
	return nil
}

// rows writes one row in a transaction of its own, with an entry of the log and without.
func (c *benchCommand) rows(ctx context.Context, in *demo.Country, out *measured) error {
	n := in.Node
	type settings interface {
		SetSetting(ctx context.Context, name string, value []byte) error
	}
	write := store.Writer[settings](n.DB)
	entry := audit.Did(access.Console(n.Member), access.DoctorNode, "bench")
	var logged, alone []time.Duration
	for i := range c.Documents {
		name := "bench." + strconv.Itoa(i)
		at := time.Now()
		if err := write(ctx, entry, func(tx settings) error { return tx.SetSetting(ctx, name, []byte{1}) }); err != nil {
			return err
		}
		logged = append(logged, time.Since(at))
		at = time.Now()
		if err := n.API.Answers.Keep(ctx, api.Answer{Actor: "bench", Key: name, Digest: name}); err != nil {
			return err
		}
		alone = append(alone, time.Since(at))
	}
	out.Stages = append(out.Stages, stageOf("row with log entry", logged), stageOf("row alone", alone))
	return nil
}

// machine measures what a document needs at least until its receipt is verified: sealing, signing, verifying, opening the
// control part; and an append of its size with fsync. The opening of the content is part of the stage receive.
func (c *benchCommand) machine(dir string, out *measured) error {
	node, desk, signer := seal.NewKEM(nil), seal.NewKEM(nil), seal.NewSign(nil)
	text, info := bytes.Repeat([]byte{1}, benchBytes), []byte("opentrm/bench/1")
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", dir)
	}
	defer f.Close()
	var crypto, sync []time.Duration
	for range c.Documents {
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
			return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", dir)
		}
		sync = append(sync, time.Since(at))
	}
	out.Stages = append(out.Stages, stageOf("cryptography", crypto), stageOf("fsync", sync))
	return nil
}
