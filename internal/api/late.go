package api

import (
	"io"
	"net/http"
	"sync"
)

type writer = io.Writer

// late is a writer whose place is known only when the first byte comes: until then a refusal can still be said.
type late struct {
	begin func()
	open  chan writer
	once  sync.Once
	to    writer
}

// Write waits for the place at the first byte and writes there.
func (l *late) Write(b []byte) (int, error) {
	l.once.Do(func() {
		l.begin()
		l.to = <-l.open
	})
	return l.to.Write(b)
}

// abort ends the connection without an ending.
func abort() error { return http.ErrAbortHandler }
