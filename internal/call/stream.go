package call

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
)

// Stream answers with what write writes. Until the first byte comes its refusal is said as any other; one that breaks off in
// the middle ends the connection, so that nobody takes what came for whole, and is logged under the operation.
func Stream(ctx context.Context, log *slog.Logger, operation string, write func(io.Writer) error) (*Streamed, error) {
	l := &late{ctx: ctx}
	ready := make(chan struct{})
	failed := make(chan error, 1)
	l.begin = func() { close(ready) }
	l.open = make(chan io.Writer)
	go func() { failed <- write(l) }()
	select {
	case err := <-failed:
		if err != nil {
			return nil, err
		}
		return &Streamed{Body: func(io.Writer) {}}, nil
	case <-ready:
	}
	return &Streamed{Body: func(w io.Writer) {
		select {
		case l.open <- w:
		case <-ctx.Done():
		}
		if err := <-failed; err != nil {
			Broken(ctx, log, operation, err)
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

// late is a writer whose place is known only when the first byte comes: until then a refusal can still be said.
type late struct {
	ctx   context.Context // of the request: when it is over, nobody waits any more
	begin func()
	open  chan io.Writer
	once  sync.Once
	to    io.Writer
}

// Write waits for the place at the first byte and writes there.
func (l *late) Write(b []byte) (int, error) {
	l.once.Do(func() {
		l.begin()
		select {
		case l.to = <-l.open:
		case <-l.ctx.Done():
		}
	})
	if l.to == nil {
		return 0, l.ctx.Err()
	}
	return l.to.Write(b)
}
