package call_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/lang"
)

// measured is an answer that cannot always be written.
type measured struct {
	ETag string `header:"ETag"`
	Body struct {
		Share float64 `json:"share"`
	}
}

// TestAnAnswerThatIsNoJSONIsAFault: nobody takes half of it for the whole.
func TestAnAnswerThatIsNoJSONIsAFault(t *testing.T) {
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	for share, want := range map[float64]int{0.5: http.StatusOK, math.Inf(1): http.StatusInternalServerError} {
		h := call.Handler(&call.Site{Texts: texts, Log: slog.New(slog.DiscardHandler)},
			[]call.Route{{ID: "try", Method: call.Get, Path: "/try", Public: "a test"}},
			func(r *call.Router) {
				call.Open(r, "try", func(context.Context, *call.Empty) (*measured, error) {
					out := &measured{ETag: call.Tag(1)}
					out.Body.Share = share
					return out, nil
				})
			})
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, call.Prefix+"/try", nil))
		if w.Code != want || !json.Valid(w.Body.Bytes()) || (w.Header().Get("ETag") != "") != (want == http.StatusOK) {
			t.Errorf("%v: %d %s", share, w.Code, w.Body)
		}
	}
}
