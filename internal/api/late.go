package api

import (
	"context"
	"io"
	"net/http"
	"sync"
)

type writer = io.Writer

// late is a writer whose place is known only when the first byte comes: until then a refusal can still be said.
type late struct {
	ctx   context.Context // of the request: when it is over, nobody waits any more
	begin func()
	open  chan writer
	once  sync.Once
	to    writer
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

// abort ends the connection without an ending.
func abort() error { return http.ErrAbortHandler }
