package nodetest_test

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/message"
)

// mostPages is how many pages of SQLite a document of 4 KB may write: in the three commits of two nodes, from its sealing
// until its receipt is kept. Each is encrypted, synced and copied back later. A new index on the way of every document, or a
// table with an index beside it, is one more. Two are there so that an inbox, and what has been kept long enough, are found without
// reading everything, and one so that the page that closes a case finds what is open about it.
const mostPages = 49

// TestADocumentDirtiesFewPages counts them in the write-ahead logs of two nodes. The log says in clear, in its index, how
// many frames it has.
func TestADocumentDirtiesFewPages(t *testing.T) {
	ctx := t.Context()
	dir := filepath.Join(t.TempDir(), "nodes")
	net, err := demo.Found(ctx, demo.Plan{Dir: dir, Members: []id.Member{"MD", "MK"}, Peer: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := net.Close(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
	})
	for range 6 {
		if err := net.Tick(ctx); err != nil {
			t.Fatal(err)
		}
	}
	from := net.Countries["MD"].Node
	by, err := net.Countries["MD"].As(ctx, "focal")
	if err != nil {
		t.Fatal(err)
	}
	settled, moved := make(chan struct{}, 1), from.Exchange.Moved
	from.Exchange.Moved = func(ctx context.Context, tx exchange.Tx, m exchange.Moved) error {
		if m.Out.Kind == envelope.Message && m.Out.State == exchange.OutDelivered {
			tx.OnCommit(func() { settled <- struct{}{} })
		}
		return moved(ctx, tx, m)
	}
	run, stop := context.WithCancel(ctx)
	var carrying sync.WaitGroup
	carrying.Go(from.Carry(run))
	defer carrying.Wait()
	defer stop()
	frames := func() (n []int) {
		logs, err := filepath.Glob(filepath.Join(dir, "*", "*-shm"))
		if err != nil || len(logs) != 2 {
			t.Fatalf("indexes of logs: %v, %v", logs, err)
		}
		for _, l := range logs {
			b, err := os.ReadFile(l)
			if err != nil || len(b) < 20 {
				t.Fatalf("%s: %d bytes, %v", l, len(b), err)
			}
			n = append(n, int(binary.NativeEndian.Uint32(b[16:])))
		}
		return n
	}
	const documents, warm = 120, 40
	pages := 0
	for i := range documents + warm {
		before := frames()
		_, err := from.Messages.Compose(ctx, by, message.Draft{
			To: id.Address{Member: "MK", Desk: "focal-point"}, Language: "en", Text: strings.Repeat("Demo. ", 600), Basis: "protocol",
		})
		if err != nil {
			t.Fatal(err)
		}
		<-settled
		for j, n := range frames() {
			if n -= before[j]; n < 0 {
				n += before[j] // the log began anew
			}
			if i >= warm {
				pages += n
			}
		}
	}
	each := float64(pages) / documents
	t.Logf("%.1f pages for a document", each)
	if each > mostPages {
		t.Errorf("a document dirties %.1f pages, at most %d are wanted", each, mostPages)
	}
	if each < mostPages-8 {
		t.Errorf("a document dirties %.1f pages: far fewer than the %d that are allowed", each, mostPages)
	}
}
