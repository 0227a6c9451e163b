package call_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/lang"
)

// TestABodyThatDoesNotCome: whoever sends half a body is told so, whether he breaks off or falls silent, and nothing of it is taken.
func TestABodyThatDoesNotCome(t *testing.T) {
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	taken := 0
	server := httptest.NewServer(call.Handler(&call.Site{Texts: texts, Log: slog.New(slog.DiscardHandler), Patience: 200 * time.Millisecond},
		[]call.Route{{ID: "try", Method: call.Post, Path: "/try/{place}", Public: "a test"}},
		func(r *call.Router) {
			call.Open(r, "try", func(_ context.Context, in *bounded) (*call.Nothing, error) {
				taken++
				return nil, nil
			})
		}))
	defer server.Close()
	const body = `{"words":["a"]}`
	for name, x := range map[string]struct {
		sent   int  // bytes of the body
		ends   bool // the line is closed behind them
		status int
		says   string
	}{
		"whole":      {len(body), false, http.StatusNoContent, ""},
		"broken off": {5, true, http.StatusBadRequest, `"api.form"`},
		"silent":     {5, false, http.StatusRequestTimeout, `"api.slow"`},
		"not there":  {0, true, http.StatusBadRequest, `"api.form"`},
	} {
		t.Run(name, func(t *testing.T) {
			before := taken
			c, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close() //nolint:errcheck // the test is over
			fmt.Fprintf(c, "POST %s/try/here HTTP/1.1\r\nHost: node\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", call.Prefix, len(body), body[:x.sent])
			if x.ends {
				if err := c.(*net.TCPConn).CloseWrite(); err != nil {
					t.Fatal(err)
				}
			}
			answer, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close() //nolint:errcheck // read to its end
			var said strings.Builder
			if _, err := bufio.NewReader(answer.Body).WriteTo(&said); err != nil {
				t.Fatal(err)
			}
			if answer.StatusCode != x.status || !strings.Contains(said.String(), x.says) {
				t.Errorf("%d %s", answer.StatusCode, said.String())
			}
			if done := taken - before; done != 0 && x.status != http.StatusNoContent {
				t.Errorf("it was taken %d times", done)
			}
		})
	}
	if taken != 1 {
		t.Errorf("%d bodies were taken", taken)
	}
}
